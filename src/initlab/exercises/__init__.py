"""Tasks that a learner's function solves, and checks of it in a notebook and in the shell."""

from __future__ import annotations

from initlab.exercises.catalogue import EXERCISES, exercise
from initlab.exercises.exercise import Exercise
from initlab.exercises.notebook_check import check
from initlab.exercises.verdict import Verdict

__all__ = ["EXERCISES", "Exercise", "Verdict", "check", "exercise"]
