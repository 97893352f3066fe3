"""initlab compare package.module:name, as a shell sees it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from .running import initlab, one_json

pytest.importorskip("torch", reason="modules are PyTorch's")

CODE = """
import torch
from torch import nn

def build():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))

def normed():
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2),
                         nn.Linear(8, 3))

def wrong():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(9, 3))

def right(outputs, target):
    return (outputs.argmax(1) == target).double().mean()

def load():
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(60) % 3
    return torch.randn(3, 6, generator=generator)[y] + torch.randn(60, 6, generator=generator), y
"""

FAILING = """
class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        if float(self.fc.weight.detach()[0, 0]) > 0.2:
            raise RuntimeError("unlucky")
        return self.fc(x)

def failing():
    return Failing()
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    (folder / "mine.py").write_text(CODE)
    (folder / "broken.py").write_text("import torch\nx = 1 / 0\n")
    return folder


COMPARE = ("compare", "mine:normed", "--data", "mine:load", "--steps", "8", "--batch-size", "9",
           "--record-every", "3", "--metric", "mine:right", "--clip-norm", "2.5",
           "--optimizer", "adamw", "--optimizer-argument", "weight_decay=0.1")  # fmt: skip


@pytest.fixture(scope="module")
def finished(here):
    return initlab(
        *COMPARE, "--init", "he_normal", "--init", "orthogonal", "--init", "default",
        "--seeds", "5", "--out", "report", cwd=here,
    )  # fmt: skip


def test_a_study_of_a_module_prints_table_engine_and_verdict(finished, here):
    assert (finished.returncode, finished.stderr) == (0, "")
    out = finished.stdout
    assert "mine:normed: 99 parameters, adamw" in out
    assert "engine: torch, cpu, seeds trained one by one" in out
    assert out.startswith("Nothing trained: no init is shown to beat the best constant prediction")
    assert {"he_normal", "orthogonal", "default"} <= set(out.split())
    assert "Next: initlab compare mine:normed --init he_normal" in out
    assert {"index.html", "study.json"} <= {path.name for path in (here / "report").iterdir()}


def test_the_next_command_runs(finished, here):
    line = next(one for one in finished.stdout.splitlines() if one.startswith("Next: initlab "))
    words = shlex.split(line.removeprefix("Next: initlab "))
    asked = [*COMPARE]
    steps = asked.index("--steps")
    del asked[steps : steps + 2]  # nothing trained: the usual budget
    assert "--steps" not in line
    for k in range(3, len(asked), 2):  # what else was asked for is asked for again
        assert f" {asked[k - 1]} {asked[k]}" in line
    words[words.index("--seeds") + 1] = "1"
    words[words.index("--out") + 1] = "again"
    assert initlab(*words, cwd=here).returncode == 0


def test_a_stored_study_is_run_again_to_the_last_digit(finished, here):
    again = initlab("compare", "--from", "report/study.json", cwd=here)
    assert again.returncode == 0
    assert "Again: all 15 runs agree with the file to the last digit." in again.stdout


def test_json_is_one_document(here):
    done = initlab(*COMPARE, "--seeds", "1", "--engine", "torch", "--json", cwd=here)
    study = one_json(done.stdout)
    assert study["engine"] == "torch, cpu, one by one"
    assert study["study"]["module"]["model"] == "mine:normed"
    assert study["cells"][0]["init"] == "default"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("compare", "mine:biuld", "--data", "mine:load"), 3, "Did you mean 'build'"),
        (("compare", "broken:build", "--data", "mine:load"), 3, "broken.py, line 2, `x = 1 / 0`"),
        (("compare", "mine:wrong", "--data", "mine:load"), 3, "in layer 2 = Linear(in_features=9"),
        (("compare", "mine:build"), 2, "data must be given when a model is given"),
        (("compare", "mine:build", "--data", "circles"), 2, "data must be your own data or one of "
         "fashion-mnist, mnist, kmnist, fashion-sample, digits; got 'circles'. The study circles "
         "trains its own network. Run the study without a model: initlab compare circles."),
        (("compare", "mine.build", "--data", "mine:load"), 2,
         "file.py:name, with a colon. A file of data is given with --data."),
        (("compare", "mine:build", "--data", "mine:load", "--dropout", "0.5"), 2, "dropout"),
        (("compare", "mine:build", "--data", "mine:load", "--optimizer-argument", "beta=1"), 2,
         "arguments of Adam"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_and_an_exit_code(here, words, code, message):
    done = initlab(*words, cwd=here)
    said = " ".join(done.stderr.split())
    assert done.returncode == code
    assert message in said
    assert "Traceback" not in said


def test_strict_tells_of_diverged_runs(here):
    words = ("compare", "mine:build", "--data", "mine:load", "--steps", "2", "--seeds", "1",
             "--init", "normal(std=1e30)", "--json", "--engine", "torch")  # fmt: skip
    done = initlab(*words, "--strict", cwd=here)
    assert done.returncode == 1
    assert one_json(done.stdout)["cells"][0]["outcome"] == "diverged"


def test_help_tells_of_modules():
    text = " ".join(initlab("compare", "--help").stdout.split())
    assert "any PyTorch module" in text
    for option in ("--clip-norm", "--device", "--engine", "--optimizer-argument", "--loss"):
        assert option in text


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_leaves_what_is_done_and_cancelled_cells(here):
    program = """
import initlab, sys, threading, mine
from initlab.study.executors import working
plain, done = working.run_block, []
def told(*arguments, **options):
    result = plain(*arguments, **options)
    if not done:
        done.append(1)
        print("first replicate done", flush=True)
    return result
working.run_block = told
result = initlab.compare(model=mine.normed, data=mine.load, inits=["default", "zeros"], seeds=40,
                         steps=400, workers=1, progress=False, engine="torch")
print(repr(result.interrupted))
print(" ".join(cell.outcome for cell in result.cells))
print(result.verdict)
"""
    path = os.pathsep.join([str(here), *filter(None, sys.path)])
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert process.stdout.readline() == "first replicate done\n", process.stderr.read()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    interrupted, outcomes, verdict = out.splitlines()
    finished = outcomes.split().count("finished")
    assert interrupted == "KeyboardInterrupt()"
    # the one in training is cancelled; those not begun are not there
    assert outcomes.split().count("cancelled") <= 1
    assert len(outcomes.split()) <= finished + 1
    assert 1 <= finished < 80
    assert f"Unfinished: {finished} of 80 runs are done" in verdict


def test_comparing_the_circles_loads_no_torch(here):
    program = (
        "import initlab, sys\n"
        "initlab.compare('circles', seeds=1, steps=2, progress=False)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          cwd=here, check=False)  # fmt: skip
    assert done.stdout == "False\n", done.stderr


def test_a_forward_that_fails_before_the_first_step_is_the_users_and_its_line_is_named(tmp_path):
    (tmp_path / "mine.py").write_text(CODE + FAILING)
    command = ("compare", "mine:failing", "--data", "mine:load", "--seeds", "12", "--steps", "3",
               "--init", "default")  # fmt: skip
    words = "Before training, measuring the model fails on a batch of shape (48, 6) at mine.py, "
    words += 'line 30, `raise RuntimeError("unlucky")`: RuntimeError'
    done = initlab(*command, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert words in done.stderr
    assert "Please report" not in done.stderr
    initlab(*command, "--store", "s.db", cwd=tmp_path)
    shown = initlab("study", "show", "--store", "s.db", "--json", cwd=tmp_path)
    failures = one_json(shown.stdout)["study"]["failures"]
    assert failures
    assert all("at mine.py, line 30" in one["reason"] for one in failures)
