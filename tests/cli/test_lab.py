import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from initlab.lab.guided import GUIDED
from initlab.lab.scene import STUDIES
from tests.lab.asking import until

from .running import answer, initlab

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/#[\w-]{43}")


def served(*arguments, **environment):
    """Begin the command, and return it with the first line that it prints."""
    command = subprocess.Popen(
        [sys.executable, "-m", "initlab", "lab", *arguments], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    return command, command.stdout.readline().strip()


def ended_by(command, number):
    command.send_signal(number)
    output = command.communicate(timeout=60)
    return command.returncode, *output


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_line_is_the_address_and_an_interrupt_ends_all(number, code):
    command, line = served("circles", "--init", "zeros", "--no-open")
    port = ADDRESS.fullmatch(line)[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
        assert b"initlab" in page.read()
    tasks = Path(f"/proc/{command.pid}/task")
    workers = [] if not tasks.is_dir() else [
        one for task in tasks.iterdir() for one in (task / "children").read_text().split()
    ]  # fmt: skip
    assert len(workers) >= 2 or not tasks.is_dir()
    assert ended_by(command, number) == (code, "", "initlab: interrupted.\n")
    for worker in workers:
        until(lambda worker=worker: not Path(f"/proc/{worker}").exists())
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", int(port))) != 0


def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command, line = served("--no-open", "--port", str(port))
        used = ADDRESS.fullmatch(line)[1]
        assert used != str(port)
        said = command.stdout.readline()
        assert said == f"Port {port} is taken, so the page uses port {used}.\n"
        assert ended_by(command, signal.SIGINT)[0] == 130


def test_no_browser_is_told():
    command, line = served(BROWSER="/nowhere/browser %s", DISPLAY="", PATH="")
    assert ADDRESS.fullmatch(line)
    assert command.stdout.readline() == "No browser could be opened. Open the address yourself.\n"
    assert ended_by(command, signal.SIGINT)[0] == 130


def test_a_scene_is_recorded(tmp_path):
    done = initlab("lab", "--scene", "zeros", "--lang", "zh", "--record", "z.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "z.html\n", "")
    assert b'id="recorded"' in (tmp_path / "z.html").read_bytes()


@pytest.mark.parametrize(("arguments", "words"), [
    (["spheres"], "study must be one of circles, moons, spirals, boundary, curve, digits; got"),
    (["mnist"], "study must be one of circles"),
    (["--scene", "zero"], "Did you mean 'zeros'?"),
    (["curve", "--scene", "zeros"], "study must be left out with --scene; got 'curve'."),
    (["--scene", "zeros", "--init", "ones"], "init must be left out with --scene; got ['ones']."),
    (["--init", "zeross"], "Did you mean 'zeros'?"),
    (["--init", "os:system"], "must be names of built-in initializations, numbers"),
    (["--seed", "x"], "seed must be an integer"),
    (["--port", "80"], "port must be an integer from 1,024 to 65,535; got 80."),
    (["--lang", "de"], "lang must be one of en, zh, ru; got 'de'."),
    (["--record", "a.txt"], "must be a file name that ends in .html; got 'a.txt'."),
    (["--record", "a.html", "--port", "8123"], "port must be left out with --record"),
    (["--record", "a.html", "--no-open"], "no_open must be left out with --record"),
    ([one for k in "12345" for one in ("--init", f"normal(std={k})")], "a list of at most 4 inits"),
])  # fmt: skip
def test_bad_input_is_one_sentence(arguments, words):
    code, output, error = answer("lab", *arguments)
    assert (code, output) == (2, "")
    assert words in error
    assert "Traceback" not in error


def test_another_language_of_the_environment_is_taken_or_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("INITLAB_LANGUAGE", "xx")
    assert answer("lab", "--record", str(tmp_path / "a.html"))[0] == 2


def test_the_help_names_every_study_and_scene():
    code, output, _ = answer("lab", "--help")
    words = re.sub(r"[│\s]+", " ", output)
    assert code == 0
    assert ", ".join(STUDIES) in words
    assert ", ".join(GUIDED) in words
