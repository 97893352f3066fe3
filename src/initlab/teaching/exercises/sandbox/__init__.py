"""Learner's file -> answers, from a process that can hurt nobody."""
