"""Odd arguments and command lines: initlab answers each with its own error, or does the work.

At length: ``python -m tests.fuzzing calls 20000`` and ``python -m tests.fuzzing lines 1000``.
"""
