"""Tests of initlab.results, one file per source file."""
