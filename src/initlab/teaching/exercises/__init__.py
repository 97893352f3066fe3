"""Tasks that a learner's function solves, and checks of it in a notebook and in the shell."""

from __future__ import annotations

from initlab.teaching.exercises.catalogue import EXERCISES, exercise
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.notebook_check import check
from initlab.teaching.exercises.verdict import Verdict

__all__ = ["EXERCISES", "Exercise", "Verdict", "check", "exercise"]
