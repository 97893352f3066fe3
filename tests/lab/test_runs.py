import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from initlab.lab import runs
from initlab.lab.recording import FILE
from initlab.lab.runs import FullError, Recording, Runs
from initlab.lab.scene import prepared
from tests.lab.asking import until


@pytest.fixture
def idle_runs(monkeypatch):
    monkeypatch.setattr(runs, "WORKERS", 0)


@pytest.fixture
def one_worker(monkeypatch):
    monkeypatch.setattr(runs, "WORKERS", 1)
    monkeypatch.setattr(runs, "ALONE_SECONDS", 1e4)


def in_loop(work):
    """Run a coroutine function of the runs, and close them."""

    async def whole():
        found = Runs()
        try:
            return await work(found)
        finally:
            found.close()

    return asyncio.run(whole())


def short(**scene):
    return prepared({"study": "circles", "steps": 20, "inits": ["he_normal"], **scene})


async def begun(recording):
    """Wait until a process trains it."""
    while not any(name == "begin" for name, _ in recording.log):
        await asyncio.wait_for(recording.news.wait(), 300)


async def ended(recording):
    while not recording.ended:
        await asyncio.wait_for(recording.news.wait(), 300)


def test_the_same_scene_is_one_run(idle_runs):
    async def work(found):
        first = found.begin(short())
        assert all(found.begin(short()) is first for _ in range(20))
        assert found.begin(short(seed=4)) is not first
        assert found.begin(short(), 5) is not first
        assert found.get(first.id) is first

    in_loop(work)


def test_eight_runs_may_wait_or_train(idle_runs):
    async def work(found):
        kept = [found.begin(short(seed=seed)) for seed in range(8)]
        with pytest.raises(FullError, match="8 runs are waiting or training"):
            found.begin(short(seed=8))
        assert found.begin(short(seed=3)) is kept[3]
        kept[0].end()
        assert found.begin(short(seed=8))

    in_loop(work)


def test_a_run_without_a_page_is_stopped(idle_runs, monkeypatch):
    monkeypatch.setattr(runs, "ALONE_SECONDS", 0.3)

    async def work(found):
        alone, followed = found.begin(short()), found.begin(short(seed=1))
        with found.followed(followed):
            await asyncio.sleep(0.5)
            assert alone.stopped
            assert not followed.stopped
        found._stop_if_alone(followed)  # a timer of the time before
        assert not followed.stopped
        with found.followed(followed):  # the page was reloaded
            await asyncio.sleep(0.5)
            assert not followed.stopped
        await asyncio.sleep(0.5)
        assert followed.stopped

    in_loop(work)


def test_a_run_that_waits_ends_at_once_when_it_is_stopped(idle_runs):
    async def work(found):
        for _ in range(20):  # none of them takes a place
            waiting = found.begin(short())
            found.stop(waiting)
            assert waiting.ended
            assert [name for name, _ in waiting.log] == ["end"]
        for seed in range(8):
            found.begin(short(seed=seed + 10))

    in_loop(work)


def test_a_run_that_is_stopped_and_begun_again_is_trained_once_more(one_worker, monkeypatch):
    monkeypatch.setattr(runs, "WORKERS", 2)

    async def work(found):
        long = prepared({"study": "digits", "steps": 30_000})
        first = found.begin(long)
        await begun(first)
        found.stop(first)
        second = found.begin(long)
        assert second is not first
        await begun(second)
        await ended(first)
        assert not second.ended
        found.stop(second)
        await ended(second)
        after = found.begin(short())
        await ended(after)
        assert after.log[-1][0] == "end"

    in_loop(work)


def test_a_stopped_run_begins_anew_when_it_is_asked_for_again(idle_runs):
    async def work(found):
        first = found.begin(short())
        found.stop(first)
        again = found.begin(short())
        assert again is not first
        assert again.id == first.id
        assert not again.stopped

    in_loop(work)


def test_frames_beyond_the_room_are_dropped_and_told_and_nothing_else(monkeypatch):
    monkeypatch.setattr(runs, "MOST_BYTES", 100)

    async def work():
        recording = Recording("x", short())
        recording.add("begin", "b" * 90)
        for step in range(5):
            recording.add("frame", "f" * 20, (step % 2, step))
        recording.add("done", "d" * 50)
        recording.add("end", "e")
        return recording

    recording = asyncio.run(work())
    assert [name for name, _ in recording.log] == ["begin", "dropped", "done", "end"]
    assert recording.log[1][1] == '{"frames":5,"panels":{"0":3,"1":2}}'
    assert recording.frames == {}


def test_the_oldest_recordings_are_forgotten(idle_runs, monkeypatch):
    monkeypatch.setattr(runs, "KEPT_BYTES", 3 * runs.LEAST_BYTES)

    async def work(found):
        kept = [found.begin(short(seed=seed)) for seed in range(3)]
        for one in kept:
            one.add("end", "{}")
            one.end()
        found.begin(short(seed=0))  # asked for again, it is the newest
        with found.followed(kept[1]):
            found.begin(short(seed=3))
            assert [found.get(one.id) is one for one in kept] == [True, True, False]
        found.begin(short(seed=4))
        assert found.get(kept[1].id) is None

    in_loop(work)


def test_a_process_makes_one_recording_after_another(one_worker):

    async def work(found):
        several = [found.begin(short(seed=seed)) for seed in range(3)]
        for one in several:
            await ended(one)
        later = found.begin(short(seed=3))
        await ended(later)
        return several, later

    several, later = in_loop(work)
    for one in several:  # asked for before a process was ready, and that is said
        assert one.log.pop(0) == ("waiting", '{"reason":"starting"}')
    for one in (*several, later):
        names = [name for name, _ in one.log]
        assert names[0] == "begin"
        assert names[-2:] == ["done", "end"]
        assert FILE not in names
        assert one.study_file.startswith("{")
        assert len(one.frames) == 21


def test_a_process_that_is_killed_is_told_and_replaced(one_worker):

    async def work(found):
        long = found.begin(prepared({"study": "digits", "steps": 30_000}))
        await begun(long)
        (process,) = found._processes
        os.kill(process._process.pid, signal.SIGKILL)
        await ended(long)
        assert long.log[-1] == ("failed", runs.as_json({"message": runs.LOST, "refused": False}))
        after = found.begin(short())
        await ended(after)
        assert after.log[-1][0] == "end"
        again = found.begin(long.prepared)
        assert again is not long
        found.stop(again)
        await ended(again)
        assert again.log[-1][0] == "end"

    in_loop(work)


def test_closing_ends_processes_and_threads_in_the_middle_of_a_run(one_worker):
    before = threading.active_count()

    async def work(found):
        long = found.begin(prepared({"study": "digits", "steps": 30_000}))
        await begun(long)
        return [process._process for process in found._processes]

    (process,) = in_loop(work)
    assert not process.is_alive()
    assert threading.active_count() == before


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_worker_ends_with_a_server_that_is_killed(tmp_path):
    import subprocess
    import sys

    program = tmp_path / "server.py"
    program.write_text(
        "import asyncio\n"
        "from initlab.lab.runs import Runs\n"
        "async def work():\n"
        "    found = Runs()\n"
        "    while len(found._processes) < 2:\n"
        "        await asyncio.sleep(0.01)\n"
        "    print(*(one._process.pid for one in found._processes), flush=True)\n"
        "    await asyncio.sleep(100)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(work())\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as server:
        numbers = server.stdout.readline().split()
        server.kill()
    assert len(numbers) == 2
    for number in numbers:
        until(lambda number=number: not Path(f"/proc/{number}").exists())
