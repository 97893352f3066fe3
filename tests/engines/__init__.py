"""Tests of initlab.dense, one file per source file."""
