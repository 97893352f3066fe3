"""The bar appears only where somebody watches, and only when a run takes long."""

from __future__ import annotations

import re
import time

import pytest

from initlab.comparison import progress
from initlab.comparison.progress import ProgressBar, duration
from initlab.study import Compiling


def test_nothing_is_written_where_standard_error_is_no_terminal(monkeypatch, capfd):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    with ProgressBar(10) as bar:
        bar.advance(4)
    assert capfd.readouterr().err == ""


def test_bar_shows_on_a_terminal_after_a_while(monkeypatch, capfd):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ProgressBar(10) as bar:
        bar.advance(4)
        assert bar._bar is not None
        assert bar._bar.tasks[0].completed == 4
    assert "training" in capfd.readouterr().err


@pytest.mark.parametrize(("total", "words"), [(10**9, "minutes|hours|days"), (20, "")])
def test_a_long_study_says_in_its_first_second_how_long_it_takes(monkeypatch, capfd, total, words):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.01)
    with ProgressBar(total, runs=7) as bar:
        time.sleep(0.02)
        bar.advance(10)
        bar.advance(5)
    said = capfd.readouterr().err
    if not words:
        assert said == ""
        return
    assert said.count("\n") == 1  # once
    assert re.fullmatch(
        rf"initlab: 7 runs, 1,000,000,000 updates in all, take about [\d.,]+ ({words}) by the pace "
        r"of the first ones\. Ctrl-C keeps what is finished\.\n", said,
    )  # fmt: skip
    ProgressBar(total, runs=7, enabled=False).advance(10)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 seconds"), (600, "10 minutes"), (5400, "1.5 hours"), (9e5, "10 days"),
     (9e8, "10,417 days")],
)  # fmt: skip
def test_a_time_to_wait_is_in_its_largest_unit(seconds, words):
    assert duration(seconds) == words


def test_compiling_is_said_unless_progress_is_off(capfd):
    ProgressBar(10).show(Compiling())
    assert "once" in capfd.readouterr().err
    ProgressBar(10, enabled=False).show(Compiling())
    assert capfd.readouterr().err == ""
