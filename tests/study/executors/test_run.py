"""The contract of executors: every cell comes back, whatever happens to the others."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from functools import partial

import pytest
from threadpoolctl import threadpool_limits

from initlab.errors import ArgumentError, DataError, InitlabError
from initlab.study import (
    CellBegun,
    CellDone,
    CellFailed,
    Frame,
    Progress,
    Run,
    run_cell,
)
from initlab.study.executors.working import FAILED, GONE

from ..making import (
    BLAS,
    EXPLODING,
    SGD,
    DiesAtOne,
    FailsAtOne,
    HangsAtOne,
    Noting,
    a_study,
    blas_threads,
    dense,
    everything,
    expand,
    specs_of,
)

ENDLESS = SGD.replace(steps=10**8, record_every=10**8, learning_rate=1e-6)  # hours, none diverges


def blocks_of(loaded, **changes):
    return expand(a_study(loaded, **changes), loaded)


def events_of(run):
    with run:
        return list(run)


@pytest.fixture(params=["threads", "processes", "cluster"])
def run_with(request):
    """Return what begins a run: (blocks, problem, workers=...) -> run."""
    if request.param == "cluster":
        client = request.getfixturevalue("client")
        return lambda *what, workers, **options: Run(*what, executor=client(workers), **options)
    return partial(Run, executor=request.param)


def test_every_cell_comes_back_once_after_its_beginning_and_all_its_steps(run_with):
    loaded = dense()
    blocks = blocks_of(loaded, inits=("he_normal", EXPLODING[BLAS]))
    run = run_with(blocks, loaded, workers=2)
    events = events_of(run)
    done = [event.spec.key for event in events if isinstance(event, CellDone)]
    assert sorted(done) == sorted(spec.key for (spec,) in blocks)
    assert [cell.key for cell in run.cells] == done
    assert {cell.outcome for cell in run.cells} == {"finished", "diverged"}
    for (spec,) in blocks:
        own = [event for event in events if event.spec.key == spec.key]
        assert isinstance(own[0], CellBegun)
        assert isinstance(own[-1], CellDone)
        assert own[-1].cell.key == spec.key
        steps = [event.steps for event in own[1:-1] if isinstance(event, Progress)]
        assert len(steps) == len(own) - 2
        assert sum(steps) == 40


def test_stop_from_another_thread_ends_the_run_and_keeps_what_is_finished(run_with):
    loaded = dense()
    blocks = blocks_of(loaded, seeds=(0,))
    blocks += blocks_of(loaded, training=ENDLESS, seeds=(1, 2))
    run, long = run_with(blocks, loaded, workers=1), []
    with run:
        for event in run:
            if isinstance(event, Progress) and event.spec.training == ENDLESS and not long:
                stopper = threading.Thread(target=run.stop)
                long.append(event.spec.key)
                stopper.start()
    stopper.join()
    assert [cell.outcome for cell in run.cells] == ["finished", "finished", "cancelled"]
    assert run.cells[-1].key == long[0]  # and the others were never begun
    assert run.cells[-1].parameters is None
    assert run.failure is None


def test_a_stop_before_anything_is_begun_ends_without_a_cell(run_with):
    loaded = dense()
    run = run_with(blocks_of(loaded, training=ENDLESS), loaded, workers=1)
    run.stop()
    begun = {event.spec.key for event in events_of(run)}
    assert len(begun) <= 1  # one cell may have been begun, and cancelled
    assert {cell.outcome for cell in run.cells} <= {"cancelled"}


def test_a_failing_cell_ends_the_run_and_what_was_done_before_is_kept(run_with):
    loaded = dense(BLAS, FailsAtOne)
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=(0, 1, 2, 3))
    run = run_with(blocks, loaded, workers=1)
    events = events_of(run)
    begun = [event.spec.seed for event in events if isinstance(event, CellBegun)]
    assert begun == [0, 1]
    assert [cell.seed for cell in run.cells] == [0]
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert failed.spec.seed == 1
    assert failed.error is run.failure
    assert isinstance(run.failure, DataError)
    assert (str(run.failure), run.failure.argument) == ("seed 1 fails", "model")


def test_a_failure_stops_the_cells_of_other_workers(run_with):
    loaded = dense(BLAS, FailsAtOne)
    blocks = blocks_of(loaded, training=ENDLESS, inits=("he_normal",), seeds=(0, 1))
    run = run_with(blocks, loaded, workers=2)
    events_of(run)
    assert str(run.failure) == "seed 1 fails"
    assert [cell.outcome for cell in run.cells] in ([], ["cancelled"])


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
@pytest.mark.parametrize("run_with", ["processes", "cluster"], indirect=True)
def test_a_cell_whose_worker_is_killed_three_times_fails_and_the_others_go_on(run_with):
    loaded = dense(BLAS, DiesAtOne)
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=(0, 1, 2, 3, 4, 5))
    run = run_with(blocks, loaded, workers=1)
    events = events_of(run)
    assert [cell.seed for cell in run.cells] == [0, 2, 3, 4, 5]  # the others go on
    (failed,) = [event for event in events if isinstance(event, CellFailed)]
    assert failed.spec.seed == 1
    assert failed.error is run.failure
    assert isinstance(run.failure, InitlabError)
    words = "he_normal, seed 1: the worker process ended 3 times before the run was finished. The "
    assert str(run.failure).startswith(words)
    begun = [event.spec.seed for event in events if isinstance(event, CellBegun)]
    if isinstance(run_with, partial):
        assert begun == [0, 1, 1, 1, 2, 3, 4, 5]
    else:  # the last words of a worker that dies at once may be lost, its last cell too
        assert set(begun) == {0, 1, 2, 3, 4, 5}
        assert [begun.count(seed) for seed in (2, 3, 4, 5)] == [1] * 4


@pytest.mark.parametrize("executor", ["processes", "local"])
def test_a_second_interrupt_ends_the_processes_that_hang(executor):
    if executor == "local":
        pytest.importorskip("distributed", reason="clusters are Dask's")
    before = set(multiprocessing.active_children())
    loaded = dense(BLAS, HangsAtOne)
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=(0, 1))
    run = Run(blocks, loaded, workers=1, executor=executor)
    with pytest.raises(KeyboardInterrupt):
        interrupted_at_one(run)
    begun = set(multiprocessing.active_children()) - before
    for process in begun:
        process.join(30)
    assert not any(process.is_alive() for process in begun)
    assert [cell.seed for cell in run.cells] == [0]


def interrupted_at_one(run):
    wanted = {(CellDone, 0), (CellBegun, 1)}  # a cluster says them in any order
    with run:
        for event in run:
            wanted -= {(type(event), event.spec.seed)}
            if not wanted:
                raise KeyboardInterrupt


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_frames_show_the_parameters_every_so_many_steps_and_change_no_bit(executor):
    loaded = dense()
    blocks = blocks_of(loaded, inits=("he_normal", EXPLODING[BLAS]), seeds=(0, 1))
    run = Run(blocks, loaded, workers=2, executor=executor, frame_every=8)
    events = events_of(run)
    for cell in run.cells:
        (spec,) = next(block for block in blocks if block[0].key == cell.key)
        frames = [e for e in events if isinstance(e, Frame) and e.spec.key == cell.key]
        assert [frame.step for frame in frames] == (
            [0, 8, 16, 24, 32, 40] if cell.outcome == "finished" else [0]
        )
        same(frames[0].parameters, loaded.draw(spec))
        if cell.outcome == "finished":
            same(frames[-1].parameters, cell.parameters)
            assert frames[2].parameters["W1"].tobytes() != frames[3].parameters["W1"].tobytes()
        assert everything(cell) == everything(run_cell(spec, loaded))


def same(one, other):
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in other.items()}


def test_a_frame_in_the_middle_is_the_end_of_a_shorter_training():
    loaded = dense()
    events = events_of(Run(blocks_of(loaded, seeds=(0,)), loaded, workers=1, frame_every=8))
    for event in (e for e in events if isinstance(e, Frame) and e.step == 24):
        short = SGD.replace(steps=24)
        specs = specs_of(loaded, training=short, seeds=(0,))
        (spec,) = [spec for spec in specs if spec.init == event.spec.init]
        same(event.parameters, run_cell(spec, loaded).parameters)


@pytest.mark.parametrize("steps", [[0, 1, 5, 24, 40], [3], [40], [0], [7, 8, 99], ()])
def test_frames_come_at_the_steps_that_are_named(steps):
    loaded = dense()
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=(0,))
    every = [e for e in events_of(Run(blocks, loaded, workers=1, frame_every=1)) if frame(e)]
    named = [e for e in events_of(Run(blocks, loaded, workers=1, frame_every=steps)) if frame(e)]
    assert [one.step for one in named] == [step for step in steps if step <= 40]
    for one in named:
        same(one.parameters, every[one.step].parameters)


def test_a_step_that_is_named_for_a_frame_is_checked():
    loaded = dense()
    with pytest.raises(ArgumentError, match="frame_every must be an integer >= 0; got -1"):
        Run(blocks_of(loaded), loaded, frame_every=[1, -1])


def frame(event):
    return isinstance(event, Frame)


def test_iterating_goes_on_after_an_interrupt(run_with):
    loaded, seen = dense(), []
    blocks = blocks_of(loaded)
    with run_with(blocks, loaded, workers=2) as run:
        interrupted = 0
        while True:
            try:
                for event in run:
                    seen.append(event)
                    if isinstance(event, CellBegun):
                        raise KeyboardInterrupt
                break
            except KeyboardInterrupt:
                interrupted += 1
    assert interrupted == len(blocks)
    assert len([event for event in seen if isinstance(event, CellDone)]) == len(blocks)


def test_parameters_are_kept_or_not_as_asked():
    loaded = dense()
    blocks = blocks_of(loaded, seeds=(0,))
    for keep in (True, False):
        run = Run(blocks, loaded, keep=keep)
        events_of(run)
        assert [cell.parameters is not None for cell in run.cells] == [keep] * 2


def test_blas_has_one_thread_per_worker_while_a_run_lasts_and_the_users_number_after():
    loaded = dense(BLAS, Noting)
    events_of(Run(blocks_of(loaded), loaded))  # loads every library there is to limit
    with threadpool_limits(limits=2):
        before, run = blas_threads(), Run(blocks_of(loaded), loaded)
        events_of(run)
        assert {cell.engine for cell in run.cells} == {"BLAS threads: {1}"}
        assert blas_threads() == before != {1}


def test_the_users_number_comes_back_after_a_second_interrupt_too():
    loaded = dense()
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=(0, 1))
    events_of(Run(blocks, loaded))  # loads every library there is to limit
    with threadpool_limits(limits=2):
        before = blas_threads()
        with pytest.raises(KeyboardInterrupt):
            interrupted_at_one(Run(blocks, loaded, workers=1))
        assert blas_threads() == before != {1}


def test_nothing_to_run_is_no_event():
    assert events_of(Run([], dense())) == []


def test_executors_are_refused_by_name():
    loaded = dense()
    with pytest.raises(ArgumentError, match=r"^executor must be .*got 'thread'.*'threads'"):
        Run(blocks_of(loaded), loaded, executor="thread")
    loaded.reload = None
    words = '^executor must be "threads" for this study; got .* can load only image studies'
    with pytest.raises(ArgumentError, match=words):
        Run(blocks_of(loaded), loaded, executor="processes")


def not_here():
    raise DataError("the file has gone", argument="data")


def test_data_that_a_process_cannot_load_is_a_failure_with_its_own_words():
    loaded = dense()
    loaded.reload = not_here
    run = Run(blocks_of(loaded), loaded, workers=1, executor="processes")
    events_of(run)
    assert isinstance(run.failure, DataError)
    assert str(run.failure) == "the file has gone"


INTERRUPTED = f"""
import json, sys
from tests.study.making import dense, SGD
from {__name__} import ENDLESS, blocks_of
from initlab.study import CellDone, Run
loaded = dense()
blocks = blocks_of(loaded, seeds=(0,)) + blocks_of(loaded, training=ENDLESS, seeds=(1, 2))
executor, moment = sys.argv[1:]
outcome = "not interrupted"
if __name__ == "__main__":
    with Run(blocks, loaded, workers=2, executor=executor) as run:
        while True:
            try:
                if moment == "begun":
                    print("now", flush=True)
                for event in run:
                    if moment == "done" and isinstance(event, CellDone) and len(run.cells) == 2:
                        print("now", flush=True)
                break
            except KeyboardInterrupt:
                outcome, moment = "interrupted", ""
                run.stop()
    print(json.dumps([outcome, repr(run.failure), [cell.outcome for cell in run.cells]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
@pytest.mark.parametrize(
    ("executor", "moment"),
    [
        ("threads", "begun"), ("threads", "done"), ("processes", "begun"), ("processes", "done"),
        ("local", "done"),
    ],
)  # fmt: skip
def test_ctrl_c_reaches_all_processes_and_is_answered_by_the_one_that_asked(executor, moment):
    if executor == "local":
        pytest.importorskip("distributed", reason="clusters are Dask's")
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, executor, moment], start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert process.stdout.readline() == "now\n", process.stderr.read()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    outcome, failure, cells = json.loads(out.splitlines()[-1])
    assert (outcome, failure) == ("interrupted", "None")
    finished = cells.count("finished")
    assert sorted(cells, reverse=True) == ["finished"] * finished + ["cancelled"] * (
        len(cells) - finished
    )
    assert finished == 2 if moment == "done" else finished <= 2


@pytest.mark.parametrize(("argument", "value"), [("workers", 0), ("frame_every", -1)])
def test_numbers_of_a_run_are_refused_by_name(argument, value):
    loaded = dense()
    with pytest.raises(ArgumentError, match=f"^{argument} must be an integer .*got {value}"):
        Run(blocks_of(loaded), loaded, **{argument: value})


def test_a_run_that_is_told_to_goes_on_after_a_failure(run_with):
    loaded = dense(BLAS, FailsAtOne)
    blocks = blocks_of(loaded)
    run = run_with(blocks, loaded, workers=2, stop_on_failure=False)
    failed = [event.spec for event in events_of(run) if isinstance(event, CellFailed)]
    assert [spec.seed for spec in failed] == [1, 1]
    assert sorted(cell.seed for cell in run.cells) == [0, 0, 2, 2]
    assert not run.broken


def test_a_run_says_whether_the_next_event_is_there_and_then_hands_it_over():
    loaded = dense()
    blocks = blocks_of(loaded, seeds=(0,))
    with Run(blocks, loaded, workers=1) as run:
        seen = [next(run)]
        while run.pending or run._left:
            if run.pending:
                seen.append(next(run))
        assert not run.pending
        assert list(run) == []
    assert [type(event) for event in seen if not isinstance(event, Progress)] == (
        [CellBegun, CellDone] * 2
    )


@pytest.mark.parametrize("executor", ["threads", "processes", "cluster"])
def test_a_worker_begins_no_cell_before_its_last_one_is_kept(executor, client):
    loaded = dense()
    blocks = blocks_of(loaded, seeds=(0, 1))
    begun = kept = 0
    where = {"executor": executor, "workers": 1}
    if executor == "cluster":
        where = {"executor": client(1)}
    with Run(blocks, loaded, **where, until_kept=True) as run:
        for event in run:
            begun += isinstance(event, CellBegun)
            if isinstance(event, CellDone):
                threading.Event().wait(0.1)  # a cell takes a few milliseconds
                assert not run.pending
                assert begun == kept + 1
                run.kept(1)
                kept += 1
    assert kept == len(blocks)


def test_a_run_that_is_left_lets_go_of_a_worker_that_waits():
    loaded = dense()
    with Run(blocks_of(loaded), loaded, workers=1, until_kept=True) as run:
        while not isinstance(next(run), CellDone):
            pass
    assert len(run.cells) == 1


DRIVER = f"""
import sys
from tests.study.making import BLAS, HangsAtOne, dense
from {__name__} import blocks_of
from initlab.study import CellBegun, Run
import multiprocessing
if __name__ == "__main__":
    loaded = dense(BLAS, HangsAtOne)
    with Run(blocks_of(loaded, seeds=(1,)), loaded, workers=2, executor=sys.argv[1]) as run:
        for event in run:
            if isinstance(event, CellBegun):
                print(*(one.pid for one in multiprocessing.active_children()), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("executor", ["processes", "local"])
def test_worker_processes_end_with_a_driver_that_is_killed(executor):
    if executor == "local":
        pytest.importorskip("distributed", reason="clusters are Dask's")
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, executor], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as driver:  # fmt: skip
        workers = [int(pid) for pid in driver.stdout.readline().split()]
        driver.kill()
    assert len(workers) == 2
    for _ in range(500):
        if not any(map(alive, workers)):
            return
        threading.Event().wait(0.02)
    raise AssertionError("a worker outlived its driver")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


class Silent:
    """Workers of whom the test itself says what they do."""

    def begin(self, blocks):
        pass

    def stop(self):
        pass

    def close(self, *, patient):
        pass


def test_that_the_workers_are_gone_is_said_before_any_cells_own_error(monkeypatch):
    monkeypatch.setattr(Run, "_pool_of", lambda *_: Silent())
    loaded = dense()
    run = Run(blocks_of(loaded, inits=("he_normal",)), loaded, stop_on_failure=False)
    for number, kind, words in [(0, FAILED, "a cell's"), (1, GONE, "gone"), (2, GONE, "again")]:
        run._hear(number, kind, InitlabError(words))
    assert str(run.failure) == "gone"
    assert [str(event.error) for event in events_of(run)] == ["a cell's", "gone", "again"]
