"""Where the output goes, and Ctrl-C at any time: an exit code and at most one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX shell and signals")
FULL = pytest.mark.skipif(
    not os.path.exists("/dev/full"),  # noqa: PTH110
    reason="needs /dev/full",
)
UNWRITTEN = "initlab: the output cannot be written: No space left on device.\n"


def shell(words, **environment):
    command = f'set -o pipefail; "{sys.executable}" -m initlab {words}'
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, **environment},
    )  # fmt: skip


@FULL
@pytest.mark.parametrize("words", ["inits --json", "inits", "inits nonsense --json", "--version"])
def test_a_full_standard_output_is_said_whatever_was_to_be_printed(words):
    done = shell(f"{words} > /dev/full")
    assert (done.returncode, done.stderr) == (5, UNWRITTEN)


@FULL
@pytest.mark.parametrize("words", ["nonsense", "inits nonsense"])
def test_a_full_standard_error_leaves_the_exit_code(words):
    assert shell(f"{words} 2> /dev/full").returncode == 2


@pytest.mark.parametrize("words", ["inits --json >&-", "inits >&- 2>&-"])
def test_a_closed_output_is_no_error(words):
    done = shell(words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", ["inits --json", "inits", "--help", "compare --help"])
def test_a_reader_that_goes_away_is_no_error(words):
    done = shell(f"{words} | true")
    assert (done.returncode, done.stderr) == (0, "")


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
