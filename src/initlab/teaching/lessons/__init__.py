"""Lessons: one source each -> a notebook for students or teachers, in the reader's language."""

from initlab.teaching.lessons.lesson import Lesson as Lesson
from initlab.teaching.lessons.lesson import open_lesson as open_lesson
