"""Ctrl-C is never lost, and falls between two events of a run."""

from __future__ import annotations

import signal
import sys
import threading
import weakref

import pytest

from initlab.study import CellBegun, CellDone, Run

from ..making import dense
from .test_run import ENDLESS, blocks_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to itself")


class Thing:
    """Something that weak references can point to."""


def in_a_weak_references_callback(number):
    """Send a signal to this process where Python drops every exception."""
    thing = Thing()
    reference = weakref.ref(thing, lambda _: signal.raise_signal(number))
    del thing
    assert reference() is None


@pytest.fixture(autouse=True)
def _as_a_shell_begins_a_program():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_signal_that_comes_in_a_weak_references_callback_is_answered():
    loaded, interrupted = dense(), 0
    with Run(blocks_of(loaded, training=ENDLESS), loaded, workers=1) as run:
        while True:
            try:
                for event in run:
                    if isinstance(event, CellBegun):
                        in_a_weak_references_callback(signal.SIGINT)
                break
            except KeyboardInterrupt:
                interrupted += 1
                run.stop()
    assert interrupted == 1
    assert [cell.outcome for cell in run.cells] == ["cancelled"]


def test_the_second_signal_is_answered_at_once():
    loaded, reached = dense(), []

    def interrupt_twice():
        with Run(blocks_of(loaded, training=ENDLESS), loaded, workers=1) as run:
            next(run)
            for name in ("first", "second"):
                signal.raise_signal(signal.SIGINT)
                reached.append(f"after the {name}")

    with pytest.raises(KeyboardInterrupt):
        interrupt_twice()
    assert reached == ["after the first"]


def test_a_signal_after_the_last_event_is_answered_at_the_end():
    loaded, events = dense(), []

    def interrupt_at_the_end():
        with Run(blocks_of(loaded), loaded, workers=1) as run:
            events.extend(run)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupt_at_the_end()
    assert [type(event) for event in events].count(CellDone) == 6


def test_signals_are_answered_as_before_once_a_run_has_ended():
    loaded, answered = dense(), []
    signal.signal(signal.SIGINT, lambda *_: answered.append("here"))
    with Run(blocks_of(loaded), loaded, workers=1) as run:
        list(run)
    signal.raise_signal(signal.SIGINT)
    assert answered == ["here"]


def test_a_run_in_another_thread_leaves_signals_alone():
    loaded, found = dense(), []

    def follow():
        with Run(blocks_of(loaded), loaded, workers=1) as run:
            found.append((signal.getsignal(signal.SIGINT), len(list(run)) > 0))

    thread = threading.Thread(target=follow)
    thread.start()
    thread.join()
    assert found == [(signal.default_int_handler, True)]
