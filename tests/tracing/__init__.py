"""Tests of the trace: numbers, words, picture."""
