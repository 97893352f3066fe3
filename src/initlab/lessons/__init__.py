"""Lessons: one source each -> a notebook for students or teachers, in the reader's language."""

from initlab.lessons.lesson import Lesson, open_lesson

__all__ = ["Lesson", "open_lesson"]
