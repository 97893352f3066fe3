"""Lessons -> the template of their texts, and each language's catalogue brought up to date.

For whoever changes a lesson: ``python -m initlab.teaching.lessons.extraction``, then translate
what it lists. ``--prose`` does not run the lessons and keeps the figures' labels as they are.
"""

from __future__ import annotations

import argparse
import os

from initlab.teaching.lessons.catalogue import TEMPLATE
from initlab.teaching.lessons.messages import (
    all_lessons,
    labels_in,
    recorded_labels,
    template,
)
from initlab.translation import LANGUAGE_VARIABLE, SOURCE_LANGUAGE, read_catalogue, update


def main(arguments: list[str] | None = None) -> None:
    """Write the template and update the catalogues; print what is left to translate."""
    parser = argparse.ArgumentParser(prog="python -m initlab.teaching.lessons.extraction")
    words = "do not run the lessons; keep the labels of their figures"
    parser.add_argument("--prose", action="store_true", help=words)
    prose_only = parser.parse_args(arguments).prose
    lessons = all_lessons()
    if prose_only:
        labels = labels_in(read_catalogue(TEMPLATE))
    else:
        os.environ[LANGUAGE_VARIABLE] = SOURCE_LANGUAGE
        labels = recorded_labels(lessons)
    for line in update(template(lessons, labels), TEMPLATE):
        print(line)


if __name__ == "__main__":
    main()
