"""Elementwise nonlinearities: one row each, their gains, and what deep networks of them do."""
