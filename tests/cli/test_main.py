"""Exit codes, help, and errors of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from initlab.cli.main import app, main
from tests.cli.running import initlab, one_json
from tests.test_architecture import HEAVY


def test_no_arguments_print_the_help_and_exit_2():
    done = initlab()
    assert done.returncode == 2
    assert "compare" in done.stdout + done.stderr


def test_help_has_exit_0_in_a_new_interpreter():
    done = initlab("--help", fresh=True)
    assert done.returncode == 0
    assert "initlab" in done.stdout


@pytest.mark.parametrize("command", [one.name for one in app.registered_commands])
def test_every_command_has_help_with_examples(command):
    done = initlab(command, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout


def test_help_prints_brackets_that_are_no_markup():
    assert "initlab[store]" in initlab("compare", "--help").stdout


def test_help_loads_nothing_heavy():
    """Its time depends on the machine; ``benchmarks/study_speed.py`` prints it."""
    command = [sys.executable, "-X", "importtime", "-m", "initlab", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "initlab.cli.main" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_version_is_the_packages():
    import initlab as package

    assert initlab("--version", fresh=True).stdout == f"initlab {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["foo"], 2, "foo"),
        (["compare", "circles", "--bogus", "1"], 2, "--bogus"),
        (["compare", "circles", "--seeds", "abc"], 2, "seeds must be an integer"),
        (["compare", "circls"], 2, "Did you mean 'circles'"),
        (["compare", "circles", "--init", "he_norml"], 2, "Did you mean 'he_normal'"),
        (["compare", "circles", "--learning-rate", "nan"], 2, "learning_rate"),
        (["compare", "circles", "--seeds", "2", "--seed", "3"], 2, "not both"),
        (["compare"], 2, "circles"),
        (["compare", "--from", "absent.json"], 5, "absent.json"),
        (["compare", "--from", "absent.json", "--steps", "3"], 2, "--from"),
        (["show", "he_normal"], 2, "--shape"),
        (["show", "he_normal", "--shape", "3x"], 2, "256x784"),
        (["show", "he_normal", "--size", "10"], 2, "fan_in"),
        (["inits", "nope"], 2, "nope"),
    ],
)  # fmt: skip
def test_misuse_is_one_sentence_with_its_exit_code(arguments, code, words, tmp_path):
    done = initlab(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "circles", "--steps", "-1", "--json"],
        ["compare", "circles", "--seeds", "abc", "--json"],
        ["inits", "nope", "--json"],
    ],
)
def test_errors_under_json_are_one_document(arguments):
    done = initlab(*arguments)
    assert done.returncode == 2
    document = one_json(done.stdout)
    assert document["ok"] is False
    assert document["error"]["message"]


def test_debug_shows_the_traceback():
    assert "Traceback" in initlab("--debug", "inits", "nope").stderr


def test_a_reader_that_goes_away_leaves_no_complaint():
    """As in ``initlab inits | head -1``."""
    command = f'"{sys.executable}" -m initlab inits | head -1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "line",
    [
        "compare circles --steps 1 --out", "compare --from", "compare digits --data-dir",
        "report study.json --out", "report --out r", "show he_normal --size 3 --out",
        "trace curve --case W1=0,W2=0 --out", "check he", "dropin bamberg", "lesson start circles",
        "data list --data-dir",
    ],
)  # fmt: skip
def test_an_empty_path_is_not_the_current_folder(line, tmp_path, monkeypatch, capsys):
    from initlab.cli.main import main

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main([*line.split(), ""])
    assert caught.value.code in (2, 5)
    assert "must be a" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_minus_is_not_lost_where_the_terminal_has_ascii_only(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = initlab("trace", "curve", "--case", "W1=-0.5,W2=1", "--batch-size", "1", fresh=True)
    assert done.returncode == 0
    assert "Z1 = [-0.17381974 -0.17381974]" in done.stdout
    assert "dA1 = dZ2 W2?" in done.stdout


def test_the_help_gives_each_exit_code_a_line_of_its_own(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = initlab("--help").stdout.partition("Exit codes")[2].splitlines()
    lines = [line.strip() for line in said if line.strip()]
    starts = [line.split()[0] for line in lines]
    assert [one for one in starts if one[0].isdigit()] == [*"012345", "70", "130,"]


def test_threads_of_the_caller_do_not_end_its_process(monkeypatch):
    monkeypatch.setattr(os, "_exit", lambda code: pytest.fail(f"the process would end with {code}"))
    leave = threading.Event()
    other = threading.Thread(target=leave.wait)
    other.start()
    try:
        with pytest.raises(SystemExit) as caught:
            main(["--version"])
    finally:
        leave.set()
        other.join()
    assert caught.value.code == 0
