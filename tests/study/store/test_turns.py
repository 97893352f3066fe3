"""Runs that write into one store take turns, whatever happens to the one before."""

from __future__ import annotations

import errno
import os
import signal
import threading

import pytest

from initlab.errors import StorageError
from initlab.study.store.turns import turn


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path):
    path, order, waiting = tmp_path / "s.db", [], threading.Event()

    def say(words):
        order.append(words)
        waiting.set()

    def second():
        with turn(path, say):
            order.append("second")

    with turn(path, order.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join()
    assert order[0].startswith("waiting for another program that writes into ")
    assert order[1:] == ["first", "second"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a child")
def test_a_killed_run_gives_its_turn_to_the_next(tmp_path):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with turn(tmp_path / "s.db", print):
            os.write(writer, b"x")
            signal.pause()
    assert os.read(reader, 1) == b"x"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = []
    with turn(tmp_path / "s.db", said.append):
        assert said == []


def test_a_lock_that_cannot_be_opened_is_one_sentence(tmp_path):
    (tmp_path / "s.db-lock").mkdir()
    words = r"s\.db cannot be used: "
    with pytest.raises(StorageError, match=words), turn(tmp_path / "s.db", print):
        pass


def test_a_file_system_without_locks_is_not_waited_for(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="Windows locks otherwise")

    def flock(descriptor, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    def waits(words):
        raise AssertionError(words)

    monkeypatch.setattr(fcntl, "flock", flock)
    words = r"s\.db cannot be used: "
    with pytest.raises(StorageError, match=words), turn(tmp_path / "s.db", waits):
        pass
