"""Nothing finished is lost: signals, failing models, a full or closed standard output.

The third network of the study interrupts its own training, at its fourth step. So two cells of six
are finished, whatever the machine, and nothing waits for a time to pass.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest

import initlab
from initlab.analysis import read_study
from initlab.study import Run

from .running import initlab as command
from .running import one_json, redirected

pytest.importorskip("torch", reason="modules are PyTorch's")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT and SIGTERM")

CODE = """
import os, signal, threading
import torch
from torch import nn
from initlab.study import Run

what, stopped = os.environ.get("WHAT", ""), threading.Event()
stop = Run.stop

def stop_and_say(run):
    stop(run)
    stopped.set()

Run.stop = stop_and_say

def send(number):
    os.kill(os.getpid(), number)
    assert stopped.wait(60)

def act():
    if what == "fail":
        raise ValueError("not today")
    if what:
        send(getattr(signal, what.split()[0]))
    if what.endswith("twice"):
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait()  # a model that hangs

class Net(nn.Module):
    trained = 0

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        self.steps = 0

    def forward(self, x):
        if self.training and torch.is_grad_enabled():
            self.steps += 1
            if self.steps == 4:
                Net.trained += 1
                if Net.trained == int(os.environ.get("NETWORK", "3")):
                    act()
        return self.body(x)

def load():
    y = torch.arange(60) % 3
    return torch.randn(60, 6, generator=torch.Generator().manual_seed(0)) + y[:, None], y
"""
COMPARE = ("compare", "mine:Net", "--data", "mine:load", "--init", "he_normal",
           "--init", "orthogonal", "--seeds", "3", "--steps", "20", "--workers", "1")  # fmt: skip
VERDICT = "Unfinished: 2 of 6 runs are done"
TOO_FEW = (
    "1 seed is too few to name a winner. At least 3 seeds are needed, or 6 if a run diverges.\n"
)
STORED = (
    " A new start trains all runs again. With --store studies.db, every finished run is kept, "
    "and a new start trains only the remaining runs."
)
KEPT = "2 of 6 runs are finished, and their results are shown. The report is in report."


@pytest.fixture
def here(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def run(here, what, *arguments, words=COMPARE):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHAT", what)
        return command(*words, *arguments, cwd=here)


def outcomes(file):
    return {(cell.init, cell.seed): cell.outcome for cell in read_study(file).cells}


def two_and(third):
    """Return the cells of a study whose third network was interrupted; one seed comes first."""
    found = {("he_normal", 0): "finished", ("orthogonal", 0): "finished"}
    return found if third is None else {**found, ("he_normal", 1): third}


def in_document(study):
    return {(cell["init"], cell["seed"]): cell["outcome"] for cell in study["cells"]}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


SIGNALS = [("SIGINT", 130, "cancelled"), ("SIGTERM", 143, "cancelled"),
           ("SIGINT twice", 130, None), ("SIGTERM twice", 130, None)]  # fmt: skip


@pytest.mark.parametrize(("what", "code", "third"), SIGNALS)
def test_a_signal_shows_and_keeps_what_is_finished(here, what, code, third):
    done = run(here, what, "--out", "report")
    assert done.returncode == code
    assert done.stderr.splitlines() == [f"initlab: interrupted. {KEPT}{STORED}"]
    following = done.stdout.split("Next: ")[1].splitlines()[0]
    assert following.endswith("--out report --store studies.db --workers 1")
    assert VERDICT in " ".join(done.stdout.split())
    assert outcomes(here / "report" / "study.json") == two_and(third)


@pytest.mark.parametrize(("what", "code", "third"), SIGNALS)
def test_a_signal_without_out_shows_what_is_finished(here, what, code, third):
    done = run(here, what, "--json")
    assert done.returncode == code
    assert in_document(one_json(done.stdout)) == two_and(third)
    kept = "2 of 6 runs are finished, and their results are shown."
    assert done.stderr == f"initlab: interrupted. {kept}{STORED}\n"
    assert {path.name for path in here.iterdir()} <= {"mine.py", "__pycache__"}


def test_two_signals_in_the_first_network_end_a_run_with_nothing_finished(here, monkeypatch):
    monkeypatch.setenv("NETWORK", "1")
    done = run(here, "SIGINT twice", "--out", "report")
    assert done.returncode == 130
    assert done.stderr == f"initlab: interrupted. 0 of 6 runs are finished.{STORED}\n"
    assert "--out report --store studies.db" in done.stdout
    assert "Unfinished: 0 of 6 runs are done" in " ".join(done.stdout.split())
    assert not (here / "report").exists()  # there is nothing to draw


def test_a_termination_signal_outside_training_exits_143(here):
    before = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"
    (here / "mine.py").write_text(before + CODE)
    done = run(here, "")
    assert done.returncode == 143
    assert done.stderr == "initlab: interrupted.\n"
    done = run(here, "", "--store", "s.db")
    assert done.returncode == 143
    words = "Run the same command again to train only the runs that the store does not hold."
    assert done.stderr == f"initlab: interrupted. {words}\n"


def test_an_unfinished_run_leaves_a_finished_study_as_it_is(here):
    assert run(here, "", "--out", "report").returncode == 0
    before = content(here / "report")
    done = run(here, "SIGINT", "--out", "report")
    assert done.returncode == 130
    assert (
        "the folder report holds the report of a finished study and is not changed. The report of "
        "the unfinished study goes to " in done.stderr
    )
    assert "report-unfinished." in done.stderr
    assert content(here / "report") == before
    assert outcomes(here / "report-unfinished" / "study.json") == two_and("cancelled")
    assert run(here, "", "--out", "report").returncode == 0
    assert content(here / "report") == before  # the same study, the same bytes


def test_a_model_that_fails_at_step_4_loses_no_finished_cell(here):
    done = run(here, "fail", "--out", "report")
    assert done.returncode == 3
    kept, error = done.stderr.splitlines()
    assert kept == f"initlab: stopped by an error. {KEPT}"
    assert "ValueError: not today" in error
    assert "mine.py, line" in error
    assert VERDICT in " ".join(done.stdout.split())
    assert outcomes(here / "report" / "study.json") == two_and(None)


def test_a_failing_model_under_json_is_one_document_with_the_study(here):
    done = run(here, "fail", "--json")
    assert done.returncode == 3
    document = one_json(done.stdout)
    assert document["ok"] is False
    assert "not today" in document["error"]["message"]
    assert in_document(document["study"]) == two_and(None)


@pytest.fixture
def mine(here, monkeypatch):
    """The user's module, which fails, as long as the test runs."""
    monkeypatch.setenv("WHAT", "fail")
    monkeypatch.syspath_prepend(here)
    monkeypatch.setattr(Run, "stop", Run.stop)  # which the module replaces
    found = importlib.import_module("mine")
    yield found
    del sys.modules["mine"]


def test_a_python_user_finds_the_finished_cells_in_the_error(mine, capfd):
    with pytest.raises(initlab.DataError) as error:
        initlab.compare(
            model=mine.Net, data=mine.load, inits=["he_normal", "orthogonal"], seeds=3, steps=20,
            workers=1, progress=False,
        )  # fmt: skip
    found = [(one.init, one.seed, one.outcome) for one in error.value.comparison.cells]
    assert found == [("he_normal", 0, "finished"), ("orthogonal", 0, "finished")]
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the kernel of the circles beforehand: that is said on standard error."""
    command("compare", "circles", "--init", "he_normal", "--steps", "1")


DRAWN = "compare circles --steps 50 --out report"


FULL = pytest.param(
    "> /dev/full", "No space left on device",
    marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs it"),  # noqa: PTH110
)  # fmt: skip


@pytest.mark.parametrize(("where", "reason"), [(">&-", "standard output is closed"), FULL])
def test_a_full_or_closed_standard_output_exits_5_and_keeps_the_report(tmp_path, where, reason):
    done = redirected(DRAWN, where, cwd=tmp_path)
    assert done.returncode == 5
    kept, why = done.stderr.removeprefix(TOO_FEW).splitlines()
    assert kept == "initlab: the report is in report."
    assert why == f"initlab: the output cannot be written: {reason}."
    assert set(outcomes(tmp_path / "report" / "study.json").values()) == {"finished"}
    assert (tmp_path / "report" / "loss_curves.png").stat().st_size > 1000


def test_an_unusable_backend_of_matplotlib_breaks_no_report(tmp_path):
    done = redirected(DRAWN, "", cwd=tmp_path, MPLBACKEND="nonsense")
    assert (done.returncode, done.stderr) == (0, TOO_FEW)
    assert (tmp_path / "report" / "loss_curves.png").stat().st_size > 1000


INTERRUPTED_DRAWING = """
import weakref
from initlab.cli.main import main
from initlab.report import folder

drawn = folder.draw_file

def draw(figure, ending):
    class Watched:
        pass

    def interrupt(_):
        raise KeyboardInterrupt  # in a weak reference's callback: Python drops it

    watched = Watched()
    reference = weakref.ref(watched, interrupt)
    del watched
    return drawn(figure, ending)

folder.draw_file = draw
main(["compare", "circles", "--steps", "50", "--out", "report"])
"""


def test_ctrl_c_while_the_report_is_drawn_keeps_the_study_and_its_networks(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_DRAWING], capture_output=True, text=True, check=False,
        cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 130
    kept, end = done.stderr.removeprefix(TOO_FEW).splitlines()
    assert "The study is kept in" in kept
    assert end == "initlab: interrupted."
    assert not (tmp_path / "report").exists()
    again = command("report", "report-unfinished", "--out", "again", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "again" / "decision_boundaries.png").exists()
