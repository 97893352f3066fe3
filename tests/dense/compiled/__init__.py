"""Tests of initlab.dense.compiled, one file per source file."""
