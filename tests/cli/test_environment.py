"""Where the output goes, and Ctrl-C at any time: an exit code and at most one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from .running import redirected

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX shell and signals")
FULL = pytest.mark.skipif(
    not os.path.exists("/dev/full"),  # noqa: PTH110
    reason="needs /dev/full",
)
UNWRITTEN = "initlab: the output cannot be written: No space left on device.\n"


@FULL
@pytest.mark.parametrize("words", ["inits --json", "inits", "inits nonsense --json", "--version"])
def test_a_full_standard_output_is_said_whatever_was_to_be_printed(words):
    done = redirected(words, "> /dev/full", fresh=words == "inits")
    assert (done.returncode, done.stderr) == (5, UNWRITTEN)


@FULL
@pytest.mark.parametrize("words", ["nonsense", "inits nonsense"])
def test_a_full_standard_error_leaves_the_exit_code(words):
    assert redirected(words, "2> /dev/full", fresh=words == "nonsense").returncode == 2


PRINTING = [  # at least one line of every kind of command
    "--version", "--help", "inits", "inits --json", "inits nonsense --json",
    "show he_normal --shape 3x4", "show he_normal --shape 3x4 --json",
    "trace curve --case W1=0,W2=0 --json", "trace curve --case W1=0,W2=0", "anatomy circles",
    "data list", "data list --json", "dropin --help", "lesson list", "lesson list --json",
    "check --list", "study --help", "report --help", "compare --help",
    "compare circles --steps 1 --json", "compare circles --steps 1",
]  # fmt: skip


def assert_a_closed_output_is_said(done):
    *_, last = done.stderr.splitlines()
    assert (done.returncode, last) == (
        5, "initlab: the output cannot be written: standard output is closed."
    )  # fmt: skip
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", PRINTING)
def test_output_that_a_closed_standard_output_loses_is_an_error_as_on_a_full_disk(words):
    assert_a_closed_output_is_said(redirected(words, ">&-"))


@pytest.mark.parametrize("words", ["--help", "inits", "inits --json", "show he_normal --shape 3x4"])
def test_output_that_a_shell_closes_is_an_error_too(words):
    buffered = {"PYTHONUNBUFFERED": "1" if "json" in words else ""}
    assert_a_closed_output_is_said(redirected(words, ">&-", fresh=True, **buffered))


def test_a_closed_standard_error_leaves_the_exit_code():
    for fresh in (True, False):
        assert redirected("inits", ">&- 2>&-", fresh=fresh).returncode == 5
    assert redirected("inits", "2>&-").returncode == 0
    assert redirected("inits nonsense", "2>&-", fresh=True).returncode == 2


@pytest.mark.parametrize("store", ["", "--store runs.db"])
@pytest.mark.parametrize("where", ["2>&-", "2< /dev/null"])  # closed; open for reading only
def test_a_study_runs_without_its_notes_where_standard_error_takes_none(tmp_path, where, store):
    words = f"compare circles --steps 10 {store.replace('runs.db', str(tmp_path / 'runs.db'))}"
    done = redirected(words, where, fresh=bool(store) and where == "2>&-")
    assert done.returncode == 0, done.stdout
    assert "\nNext: initlab compare" in done.stdout
    assert (tmp_path / "runs.db").exists() == bool(store)


@pytest.mark.parametrize("words", ["inits --json", "inits", "--help", "compare --help"])
def test_a_reader_that_goes_away_is_no_error(words):
    done = redirected(words, "| true", fresh=words == "inits")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("words", ["inits nonsense --json", "inits --nonsense --json"])
def test_a_reader_that_goes_away_leaves_the_exit_code_of_an_error(words, buffered):
    unbuffered = {"PYTHONUNBUFFERED": buffered} if buffered else {}
    assert redirected(words, "| true", **unbuffered).returncode == 2


def test_ctrl_c_before_anything_runs_says_so():
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTS], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "imports\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, error) == (130, "initlab: interrupted.\n")


IMPORTS = """
import sys, time
class Waiting:
    def find_spec(self, name, path, target=None):
        if name == "initlab.cli.main":
            print("imports", flush=True)
            time.sleep(60)  # until the signal
sys.meta_path.insert(0, Waiting())
from initlab.__main__ import run
run()
"""


@pytest.mark.parametrize("backend", ["nonsense", "module://no_such_module_anywhere"])
def test_a_backend_that_is_not_there_is_said_or_done_without(backend):
    program = (
        "import initlab\n"
        "try:\n    initlab.hist_dist('t', [1, 2, 3])\n"
        "except initlab.ArgumentError as error:\n    assert error.argument == 'MPLBACKEND'\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True,
        env={**os.environ, "MPLBACKEND": backend}, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
