"""Tests of initlab.engines.compiled, one file per source file."""
