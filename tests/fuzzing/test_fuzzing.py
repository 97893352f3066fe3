"""Whatever the arguments, a call ends in its result, in an error of ours or in a wrong signature.

``INITLAB_FUZZ=20000`` makes that many calls in place of the few here; the lines follow in step.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from .calls import Target, arguments_of, outcome, sweep, targets
from .lines import outcome as line_outcome
from .oddities import changed, odd

COUNT = int(os.environ.get("INITLAB_FUZZ", "300"))
SEED = int(os.environ.get("INITLAB_FUZZ_SEED", "0"))
ROOT = Path(__file__).parent.parent.parent
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # as where it is not installed
sys.argv[1:] = ["calls", "100", "0", sys.argv[1]]
from tests.fuzzing.__main__ import main
sys.exit(main())
"""
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("sketched")]


@pytest.fixture
def sketched(monkeypatch):
    """Files of a report's figures say so: what a figure raises there is a line of the report."""
    monkeypatch.setattr(
        "initlab.report.folder.draw_file", lambda figure, ending: f"a{ending}".encode()
    )


def test_odd_arguments_end_in_no_raw_exception():
    pool = targets()
    found = [outcome(number, SEED, pool) for number in range(COUNT)]
    assert [words for result, words in found if result == "raw"] == []
    results = [result for result, _ in found]
    assert results.count("refused") > COUNT / 2  # the arguments are odd
    assert results.count("done") > COUNT / 50  # and do not all fail at the first check


def test_the_worst_values_in_every_argument_end_in_no_raw_exception():
    found = list(sweep(targets()))
    assert [words for result, words in found if result == "raw"] == []
    assert len(found) > 1_000


def test_odd_command_lines_end_in_a_documented_exit_code_and_a_sentence():
    found = [line_outcome(number, SEED) for number in range(COUNT // 6)]
    assert [words for result, words in found if result == "raw"] == []


def test_odd_arguments_end_in_no_raw_exception_without_torch():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_TORCH, str(SEED)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused" in done.stdout


def test_a_raw_exception_is_noticed():
    def broken(value):
        return int(value) + 1

    raw = [outcome(k, 0, [Target(broken, lambda: {"value": 1})]) for k in range(20)]
    assert {"raw"} < {result for result, _ in raw}


def test_a_wrong_signature_is_pythons_own_affair():
    def strict(value):
        return value

    found = [outcome(k, 0, [Target(strict, lambda: {"value": 1})])[0] for k in range(400)]
    assert set(found) == {"done", "signature"}


def test_a_number_stands_for_one_call():
    pool = [Target(lambda value: value, lambda: {"value": [1, {"a": 2.0}]})]
    first, second = (arguments_of(Random("7"), pool[0]) for _ in range(2))
    assert repr(first) == repr(second)
    assert type(odd(Random(3))) is type(odd(Random(3)))
    assert repr(changed(Random(3), [1, 2])) == repr(changed(Random(3), [1, 2]))
