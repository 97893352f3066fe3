"""Tests of initlab.datasets, one file per source file."""
