"""nbgrader's configuration -> checks judged apart from the submission's own kernel.

A submission runs in one process with its checks, so a determined student can make every check
there say yes: replace ``initlab.check``, ``subprocess.run`` or the kernel's own error handling.
What no cell can reach is what nbgrader does after the kernel has ended. Two lines in a course's
``nbgrader_config.py`` judge each checked exercise there once more, from the submission's file, in
the sandbox of ``initlab check``::

    from initlab.teaching.lessons.grading import judge_apart
    judge_apart(get_config())

Full points then need both: the check cell passed, and so did the sandbox. nbgrader still runs the
whole notebook on the machine that grades; what its cells can do to that machine is nbgrader's
concern, not ours (grade in a container).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from initlab.teaching.lessons.extra import load_extra

CHECK = "_check"  # ending of the grade_id of a check cell, after the exercise
LONGEST = 120  # seconds; the sandbox itself ends a submission far earlier


class JudgedApart(NbGraderPreprocessor):
    """Executed notebook -> the same, with an error below each check that fails in the sandbox."""

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        """Judge every exercise of a notebook; nbconvert's own signature."""
        checks = [cell for cell in notebook.cells if _exercise(cell)]
        beside = resources["metadata"]["path"] or None  # where the modules lie that it imports
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", suffix=".ipynb", dir=beside
        ) as file:
            file.write(load_extra("nbformat").writes(notebook))
            file.flush()
            for cell in checks:
                words = refused(_exercise(cell), Path(file.name))
                if words:
                    facts = {"ename": "AssertionError", "evalue": words, "traceback": [words]}
                    cell.outputs.insert(0, load_extra("nbformat.v4").new_output("error", **facts))
        return notebook, resources


def judge_apart(config: Any) -> None:
    """Make nbgrader's autograde judge exercises in the sandbox too; ``config``: get_config()."""
    from nbgrader.converters import Autograde

    steps = list(Autograde.autograde_preprocessors.default())
    after = [step.__name__ for step in steps].index("Execute") + 1
    config.Autograde.autograde_preprocessors = [*steps[:after], JudgedApart, *steps[after:]]


def refused(exercise: str, notebook: Path) -> str:
    """Return what the sandbox says against a notebook's answer; "" if it passes.

    Args:
        exercise: id.
        notebook: a file; of its code runs what the answer needs.
    """
    command = [sys.executable, "-P", "-m", "initlab", "check", exercise, str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or "not passed"


def _exercise(cell: Any) -> str:
    facts = cell.metadata.get("nbgrader", {})
    name = str(facts.get("grade_id", ""))
    is_check = facts.get("grade") and cell.cell_type == "code" and name.endswith(CHECK)
    return name.removesuffix(CHECK) if is_check else ""
