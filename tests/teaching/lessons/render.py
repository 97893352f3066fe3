"""Lesson -> an executed page: python -m tests.teaching.lessons.render circles [ru] [--student]."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from initlab.teaching.lessons.folder import start_lesson


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lesson")
    parser.add_argument("language", nargs="?", default="en")
    parser.add_argument("--student", action="store_true")
    parser.add_argument("--out", type=Path, help="else LESSON.LANGUAGE.html, here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, _, _ = start_lesson(asked.lesson, folder, language=asked.language,
                            teacher=not asked.student)  # fmt: skip
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=300, allow_errors=asked.student,
                       resources={"metadata": {"path": folder}}).execute()  # fmt: skip
    out = asked.out or Path(f"{asked.lesson}.{asked.language}.html")
    out.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    print(out.absolute())


if __name__ == "__main__":
    main()
