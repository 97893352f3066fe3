"""Stands before the package of this name: see ``ABSENT`` in ``tests/conftest.py``."""

raise ImportError("left out, to save its two seconds")
