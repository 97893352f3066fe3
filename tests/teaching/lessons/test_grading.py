"""nbgrader, really run: a right, a wrong and two cheating submissions get what they deserve."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from initlab.teaching.lessons.notebook import build
from tests.teaching.lessons.making import HE, ZEROS, small_lesson

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "starts"
c.Exchange.root = {exchange!r}
c.ExecutePreprocessor.timeout = 120
"""
APART = """
from initlab.teaching.lessons.grading import judge_apart
judge_apart(c)
"""
HALF = HE.replace("np.sqrt(2 /", "np.sqrt(1 /")
# constants, an alias and a module of its own beside it
HELPED = "import factors\nROOT = np.sqrt\nTWO: int = factors.TWO * 1\n" + HE.replace(
    "np.sqrt(2 /", "ROOT(TWO /"
)
# what a cheat does to the process that runs its checks
PATCHED_CHECK = """
import initlab, initlab.teaching.exercises
from initlab.teaching.exercises import Verdict
Verdict.require = lambda self: self
initlab.check = initlab.teaching.exercises.check = lambda name, function: Verdict(name, passed=True)
initialize_parameters_he = None
"""
PATCHED_PROCESS = """
import subprocess
subprocess.run = lambda *a, **k: subprocess.CompletedProcess(a, 0, "", "")
"""
SHADOW = """
class Yes:
    def require(self):
        return self
def check(name, function):
    return Yes()
"""


class Course:
    """A course's folder, as a teacher has it."""

    def __init__(self, root: Path, more: str = "") -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        (root / "nbgrader_config.py").write_text(CONFIG.format(exchange=str(root)) + more)

    def release(self) -> Course:
        source = self.root / "source" / "ps1"
        source.mkdir(parents=True)
        nbformat.write(build(small_lesson(), teacher=True).notebook, source / "circles.ipynb")
        (source / "lesson.json").write_text(json.dumps({"lesson": "circles", "language": "en"}))
        self.nbgrader("generate_assignment", "ps1")
        return self

    def copy(self, root: Path, more: str = "") -> Course:
        return Course(shutil.copytree(self.root, root), more)

    @property
    def released(self):
        path = self.root / "release" / "ps1" / "circles.ipynb"
        return nbformat.read(path, as_version=4)

    def nbgrader(self, *arguments: str) -> None:
        done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=self.root,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    def submit(self, student: str, solutions: dict[str, str], **files: str) -> None:
        notebook = self.released
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = solutions.get(name, cell.source)
        folder = self.root / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "circles.ipynb")
        for file, text in files.items():
            (folder / f"{file}.py").write_text(text)

    def points(self, student: str) -> dict[str, float | None]:
        from nbgrader.api import Gradebook  # late: a second of every worker

        with Gradebook(f"sqlite:///{self.root}/gradebook.db", "starts") as book:
            graded = book.find_submission("ps1", student)
            return {
                grade.name: grade.auto_score
                for notebook in graded.notebooks
                for grade in notebook.grades
            }


@pytest.fixture(scope="module", autouse=True)
def activated():
    """Put the environment's programs on the path, as activating it does: nbgrader calls alembic."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course with its assignment released, of which tests make copies."""
    return Course(tmp_path_factory.mktemp("released") / "course").release()


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    made = released.copy(tmp_path_factory.mktemp("nbgrader") / "course")
    made.submit("right", {"zeros_solution": ZEROS, "he_solution": HE, "why_answer": "So."})
    made.submit("wrong", {"he_solution": HALF})
    made.submit("cheat", {
        "zeros_solution": "initialize_parameters_zeros = None",
        "zeros_check": "pass  # the check itself is overwritten",
        "he_solution": PATCHED_CHECK,
    }, initlab=SHADOW)  # fmt: skip
    made.nbgrader("autograde", "ps1")
    yield made
    shutil.rmtree(made.root, ignore_errors=True)


def test_nbgrader_releases_our_students_version(released):
    ours = build(small_lesson()).notebook.cells
    theirs = released.released.cells
    assert [cell.id for cell in theirs] == [cell.id for cell in ours]
    for cell, other in zip(theirs, ours, strict=True):
        wanted = other.source.replace("Your answer here.", "YOUR ANSWER HERE")
        assert cell.source.strip() == wanted.strip()


def test_a_right_submission_gets_all_points_and_its_prose_waits_for_a_reader(course):
    assert course.points("right") == {"zeros_check": 2, "he_check": 3, "why_answer": None}


def test_a_wrong_one_gets_none(course):
    assert course.points("wrong") == {"zeros_check": 0, "he_check": 0, "why_answer": 0}


def test_overwriting_the_check_or_replacing_what_it_calls_earns_nothing(course):
    assert course.points("cheat") == {"zeros_check": 0, "he_check": 0, "why_answer": 0}


def test_judged_apart_even_one_who_owns_the_kernel_earns_nothing(released, tmp_path):
    course = released.copy(tmp_path / "course", APART)
    course.submit("right", {"zeros_solution": ZEROS, "he_solution": HELPED},
                  factors="TWO = 2")  # fmt: skip
    course.submit("cheat", {"zeros_solution": ZEROS,
                            "he_solution": PATCHED_CHECK + PATCHED_PROCESS})  # fmt: skip
    course.nbgrader("autograde", "ps1")
    assert course.points("right") == {"zeros_check": 2, "he_check": 3, "why_answer": 0}
    assert course.points("cheat") == {"zeros_check": 2, "he_check": 0, "why_answer": 0}
