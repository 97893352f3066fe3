"""Tests of initlab.analysis, one file per source file."""
