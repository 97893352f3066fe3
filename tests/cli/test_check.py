"""`initlab check` in the shell."""

from __future__ import annotations

import pytest

from initlab.teaching.exercises import EXERCISES
from tests.cli.running import initlab, one_json
from tests.teaching.exercises.solving import SOLUTIONS

RIGHT = str(SOLUTIONS / "right" / "default_start__short.py")
WRONG = str(SOLUTIONS / "wrong" / "default_start__swapped.py")
NO_PYTHON = str(SOLUTIONS / "wrong" / "he__syntax_error.py")


def test_alone_it_lists_the_exercises():
    for arguments in ((), ("--list",)):
        done = initlab("check", *arguments)
        assert done.returncode == 0
        assert all(f"{id} " in done.stdout for id in EXERCISES)


def test_an_id_prints_the_task():
    done = initlab("check", "he")
    assert done.returncode == 0
    assert done.stdout.strip() == str(EXERCISES["he"]).strip()


def test_a_right_file_passes_with_exit_code_0():
    done = initlab("check", "default_start", RIGHT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("default_start: passed.")


def test_a_wrong_file_gets_expected_got_and_hint_with_exit_code_1():
    done = initlab("check", "default_start", WRONG)
    assert done.returncode == 1
    for words in ("default_start: not passed yet.", "Called:", "Expected: bound = 1.",
                  "Got:      0.57735", "Hint:"):  # fmt: skip
        assert words in done.stdout


def test_what_the_code_prints_stands_apart(tmp_path):
    (tmp_path / "s.py").write_text("print('default_start: passed.')\n")
    (tmp_path / "s.py").write_text("print('x: passed.')\ndef default_start(n):\n    return 1\n")
    done = initlab("check", "default_start", "s.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("| x: passed.\n\ndefault_start: not passed yet.")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["hee"], 2),
        (["he", "--list"], 2),
        (["he", NO_PYTHON], 3),
        (["he", "not_there.py"], 5),
        (["he", "."], 5),
    ],
)
def test_misuse_has_its_exit_code_and_one_sentence(arguments, code, tmp_path):
    done = initlab("check", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith("initlab: ")
    assert "Traceback" not in done.stderr
    facts = one_json(initlab("check", *arguments, "--json", cwd=tmp_path).stdout)
    assert facts["ok"] is False


def test_json_is_one_document_for_list_task_and_verdict():
    assert len(one_json(initlab("check", "--json").stdout)["exercises"]) == len(EXERCISES)
    assert one_json(initlab("check", "he", "--json").stdout)["function"].endswith("_he")
    facts = one_json(initlab("check", "default_start", WRONG, "--json").stdout)
    assert facts["ok"] is True
    assert facts["passed"] is False
    assert facts["hint"] == "The number that you return as bound is the std."
