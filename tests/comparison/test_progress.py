"""The bar appears only where somebody watches, and only when a run takes long."""

from __future__ import annotations

import errno
import io
from types import SimpleNamespace

import pytest

from initlab.comparison import compare, progress
from initlab.comparison.progress import ProgressBar, duration, tell
from initlab.comparison.run_study import _say_once
from initlab.study import Compiling, Waiting


def test_nothing_is_written_where_standard_error_is_no_terminal(monkeypatch, capfd):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    with ProgressBar(10) as bar:
        bar.advance(4)
    assert capfd.readouterr().err == ""


def test_notes_that_standard_error_does_not_take_are_left_out(monkeypatch):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    for stream in (Full(), None):
        monkeypatch.setattr("sys.stderr", stream)
        tell("one seed cannot name a winner")
        with ProgressBar(10) as bar:
            bar.show(Compiling())
            bar.announce(1e6)


def test_bar_shows_on_a_terminal_after_a_while(monkeypatch, capfd):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ProgressBar(10) as bar:
        bar.advance(4)
        assert bar._bar is not None
        assert bar._bar.tasks[0].completed == 4
    assert "training" in capfd.readouterr().err


def test_too_few_seeds_are_said_once_before_training_unless_progress_is_off(capfd):
    _say_once.cache_clear()
    compare("circles", steps=1, progress=False)
    assert capfd.readouterr().err == ""
    compare("circles", steps=1)
    words = (
        "1 seed is too few to name a winner. At least 3 seeds are needed, or 6 if a run diverges."
    )
    assert words in capfd.readouterr().err
    compare("circles", steps=1)
    assert capfd.readouterr().err == ""
    compare("circles", seeds=6, steps=1)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 seconds"), (600, "10 minutes"), (5400, "1.5 hours"), (9e5, "10 days"),
     (9e8, "10,417 days")],
)  # fmt: skip
def test_a_time_to_wait_is_in_its_largest_unit(seconds, words):
    assert duration(seconds) == words


def test_compiling_is_said_once_for_all_processes_and_waiting_with_its_reason(capfd):
    bar = ProgressBar(10)
    for event in (Compiling(), Compiling(), Waiting("No worker yet.")):
        bar.show(event)
    compiling, waiting = capfd.readouterr().err.splitlines()
    assert compiling.startswith("Compiling code that trains this network")
    assert waiting == "initlab: No worker yet."


def test_compiling_is_said_unless_progress_is_off(capfd):
    ProgressBar(10).show(Compiling())
    assert "once" in capfd.readouterr().err
    ProgressBar(10, enabled=False).show(Compiling())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("pace", "said"), [(1e-3, ""), (10.0, "5 runs (50,000 updates")])
def test_a_long_study_is_announced_by_its_pace_and_not_by_what_came_before(
    monkeypatch, capfd, pace, said
):
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    bar = ProgressBar(50_000, runs=5)
    bar.show(Compiling())
    now[0] += 500  # compiling, and the first look at the data
    bar.advance(1)
    now[0] += 60  # the first updates warm up
    for steps in (1, *[2_000] * 10):
        now[0] += steps * pace
        bar.advance(steps)
    words = capfd.readouterr().err
    assert said in words
    assert ("updates in all" in words) == bool(said)


@pytest.fixture
def now(monkeypatch):
    """A clock that the test sets."""
    time = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: time[0]))
    return time


def test_a_few_slow_first_steps_announce_nothing(now, capfd):
    bar = ProgressBar(36_000, runs=24)
    for _ in range(4):  # a worker of a cluster loads, and each step waits on it
        bar.advance(1)
        now[0] += 6
    for _ in range(30):
        bar.advance(1_200)
        now[0] += 0.7
    assert capfd.readouterr().err == ""


def test_pace_is_forgotten_where_a_worker_compiles(now, capfd):
    bar = ProgressBar(100_000, runs=1)
    bar.advance(1)
    now[0] += 2
    bar.advance(200)
    now[0] += 300
    bar.show(Compiling())
    capfd.readouterr()
    for _ in range(99):
        bar.advance(1_000)
        now[0] += 0.5
    assert capfd.readouterr().err == ""


def test_bar_of_a_resumed_run_begins_after_what_is_there_and_knows_the_time_left_late(
    now, monkeypatch
):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ProgressBar(10_000, runs=10, steps_before=30_000) as bar:
        seen = []
        for _ in range(8):
            now[0] += 2
            bar.advance(300)
            [task] = bar._bar.tasks
            seen.append((round(task.percentage, 1), task.fields["left"]))
    assert seen[0] == (75.8, "")
    assert [words for _, words in seen[:5]] == [""] * 5  # a whole run has 1,000 steps
    assert seen[5] == (79.5, "55 seconds left")
