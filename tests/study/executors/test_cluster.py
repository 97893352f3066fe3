"""What a Dask cluster adds to the contract of executors: machines that differ, die or go away."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import initlab
from initlab.errors import ArgumentError, InitlabError, StudyError, WorkerError
from initlab.study import CellDone, CellFailed, DenseProblem, Progress, Run, Waiting
from initlab.study.executors import cluster, connection, shipping
from initlab.study.executors.on_worker import run_here

from ..conftest import cluster_of
from ..making import (
    BLAS,
    Noting,
    Once,
    a_study,
    blas_threads,
    dense,
    everything,
    module,
    set_blas_threads,
)
from .test_run import ENDLESS, blocks_of, events_of

distributed = pytest.importorskip("distributed", reason="clusters are Dask's")
posix = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


def cells_of(run):
    events_of(run)
    assert run.failure is None
    return {cell.key: everything(cell) for cell in run.cells}


@pytest.mark.parametrize(
    ("workers", "load", "sent"),
    [
        (1, dense, "by reference"), (2, dense, "whole"),
        (2, module, "by reference"), (1, module, "whole"),
    ],
)  # fmt: skip
def test_cells_have_the_same_bits_whatever_trained_them(client, workers, load, sent):
    loaded = load()
    blocks = blocks_of(loaded)
    here = cells_of(Run(blocks, loaded))
    if sent == "whole":
        loaded.reload = None
    assert len(here) == 6
    assert cells_of(Run(blocks, loaded, executor=client(workers))) == here


def test_compare_trains_on_the_users_own_client_and_leaves_it_open(client):
    x = np.random.default_rng(0).normal(size=(60, 3))
    data = x, (x.sum(axis=1) > 0).astype(int)
    settings = {"inits": ["he_normal", "zeros"], "seeds": 3, "steps": 30, "progress": False}
    result = initlab.compare(data=data, **settings, executor=client(2))
    here = initlab.compare(data=data, **settings)
    assert [everything(cell) for cell in result.cells] == [everything(cell) for cell in here.cells]
    assert client(2).status == "running"


def test_a_module_of_a_notebook_travels_to_the_workers(client):
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 2)
            self.other = torch.nn.Linear(2, 2)

        def forward(self, x):
            return self.other(torch.sin(self.layer(x)))

    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    settings = {
        "data": (x, (x[:, 0] > 0).long()), "inits": ["default"], "seeds": 2, "steps": 5,
        "progress": False,
    }  # fmt: skip
    result = initlab.compare(model=Net, **settings, executor=client(1))
    here = initlab.compare(model=Net, **settings)
    assert [everything(cell) for cell in result.cells] == [everything(cell) for cell in here.cells]


@pytest.mark.parametrize("by", ["client", "address"])
def test_a_worker_loads_a_problem_once_and_gives_the_libraries_their_threads_back(tmp_path, by):
    options = {"processes": False, "protocol": "tcp://"}
    loaded = dense(BLAS, Noting)
    events_of(Run(blocks_of(loaded), loaded))  # loads every library there is to limit
    set_blas_threads(2)
    try:
        with cluster_of(1, **options) as cluster, distributed.Client(cluster) as one:
            loaded.reload = Counting(tmp_path / "loads")
            before = one.submit(blas_threads).result()
            for _ in range(2):
                executor = one if by == "client" else cluster.scheduler_address
                run = Run(blocks_of(loaded), loaded, executor=executor)
                events_of(run)
                assert {cell.engine for cell in run.cells} == {"BLAS threads: {1}"}
            assert (tmp_path / "loads").read_text() == "+"
            assert one.submit(blas_threads, pure=False).result() == before == {2}
    finally:
        set_blas_threads(1)


def test_torch_has_one_thread_in_a_worker_that_used_several_before(tmp_path):
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    seen = tmp_path / "threads"

    def several():
        torch.set_num_threads(2)
        return torch.ones(100_000).exp().sum().item()

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 2)

        def forward(self, x):
            with seen.open("a") as file:
                file.write(f"{threading.current_thread().name} {torch.get_num_threads()}\n")
            return self.layer(x) + torch.sin(x[:, :2])

    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    here = torch.get_num_threads()
    options = {"processes": False, "protocol": "tcp://"}
    with cluster_of(1, **options) as cluster, distributed.Client(cluster) as one:
        one.submit(several, pure=False).result()
        initlab.compare(model=Net, data=(x, (x[:, 0] > 0).long()), inits=["default"], seeds=1,
                        steps=5, progress=False, executor=one)  # fmt: skip
    torch.set_num_threads(here)
    lines = seen.read_text().splitlines()
    trained = [line.split()[-1] for line in lines if "Dask" in line]
    assert {*trained[-5:]} == {"1"}, lines


class Counting:
    """Loads a problem, and counts how often."""

    def __init__(self, path):
        self.path = path

    def __call__(self):
        with self.path.open("a") as file:
            file.write("+")
        return dense(BLAS, Noting)


def test_the_progress_of_a_long_cell_comes_while_it_is_trained(client):
    loaded = dense()
    blocks = blocks_of(loaded, training=ENDLESS, inits=("he_normal",), seeds=(0,))
    run, times = Run(blocks, loaded, executor=client(1)), []
    with run:
        for event in run:
            if isinstance(event, Progress):
                times.append(time.monotonic())
                if len(times) == 4:
                    run.stop()
    assert times[3] - times[0] > 0.9  # not more often than every half a second
    assert [cell.outcome for cell in run.cells] == ["cancelled"]


def test_a_cluster_without_workers_says_so_and_goes_on_when_one_comes():
    with cluster_of(0) as cluster, distributed.Client(cluster) as one:
        loaded, waited = dense(), []
        with Run(blocks_of(loaded), loaded, executor=one) as run:
            for event in run:
                if isinstance(event, Waiting):
                    waited.append(event.reason)
                    cluster.scale(1)
    (words,) = waited
    assert words.startswith(f"The cluster {cluster.scheduler_address} has no worker yet.")
    assert words.endswith(f": dask worker {cluster.scheduler_address}")
    assert len(run.cells) == 6


@posix
def test_a_killed_worker_repeats_only_what_it_had(client, tmp_path):
    loaded = dense(BLAS, Once)
    loaded.marker, loaded.signal, loaded.reload = str(tmp_path / "killed"), signal.SIGKILL, None
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=range(8))
    run = Run(blocks, loaded, executor=client(2))
    events = events_of(run)
    assert (tmp_path / "killed").exists()
    assert run.failure is None
    assert sorted(cell.seed for cell in run.cells) == list(range(8))
    steps = [event.steps for event in events if isinstance(event, Progress)]
    assert sum(steps) == 8 * 40  # taken back for what was repeated
    here = {cell.key: everything(cell) for cell in run.cells}
    assert here == cells_of(Run(blocks, dense()))


class Noted(Once):
    """Notes every training, before its process may come into trouble."""

    file = ""

    def train(self, specs, networks, callbacks):
        with open(self.file, "a") as file:  # noqa: PTH123
            file.write(f"{specs[0].seed} ")
        return super().train(specs, networks, callbacks)


@posix
@pytest.mark.parametrize("at", [1, 70])  # in a task of its own, and among those of many
def test_a_killed_worker_repeats_one_short_cell(client, tmp_path, at):
    loaded = dense(BLAS, Noted)
    loaded.marker, loaded.signal, loaded.reload = str(tmp_path / "killed"), signal.SIGKILL, None
    loaded.file, loaded.seed = str(tmp_path / "trained"), at
    run = Run(
        blocks_of(loaded, inits=("he_normal",), seeds=range(120)), loaded, executor=client(1)
    )  # fmt: skip
    events_of(run)
    assert sorted(cell.seed for cell in run.cells) == list(range(120))
    trained = sorted(map(int, (tmp_path / "trained").read_text().split()))
    assert trained == sorted([*range(120), at])


def test_short_cells_go_together_and_leave_nothing_on_the_scheduler(client, tmp_path):
    loaded, one = dense(BLAS, Noted), client(1)
    loaded.file, loaded.reload, loaded.seed = str(tmp_path / "trained"), None, None
    with submitted(one) as tasks:
        run = Run(
            blocks_of(loaded, inits=("he_normal",), seeds=range(120)), loaded, executor=one
        )  # fmt: skip
        events_of(run)
    assert len(run.cells) == 120
    sizes = [len(task) for task in tasks]
    assert sizes[: cluster.FIRST] == [1] * cluster.FIRST
    assert max(sizes) > 1  # how many depends on how long one takes here
    assert len((tmp_path / "trained").read_text().split()) == 120  # and none twice
    wait_for(lambda: one.run_on_scheduler(remembered, one.id) == (0, 0))


def test_a_word_that_is_lost_is_asked_for_and_no_event_stays_on_the_scheduler(client, monkeypatch):
    loaded, one, lost, say = dense(), client(1), [], cluster.Cluster._say_kept

    async def losing(self, number):
        if number not in lost and number % 4 == 0:
            lost.append(number)
        else:
            await say(self, number)

    def follow():
        with run:
            for event in run:
                if isinstance(event, CellDone):
                    run.kept(1)

    monkeypatch.setattr(cluster.Cluster, "_say_kept", losing)
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=range(9))
    run = Run(blocks, loaded, executor=one, until_kept=True)
    threading.Thread(target=follow, daemon=True).start()
    wait_for(lambda: len(run.cells) == 9, seconds=20)
    assert [*lost] == [0, 4, 8]
    wait_for(lambda: one.run_on_scheduler(remembered, one.id) == (0, 0))


STORING = f"""
import sys
from tests.study.making import BLAS, dense
from {__name__} import Noted, study_of
from initlab.comparison import run_study
from initlab.study.store.writer import StudyWriter
_, scheduler, store, file = sys.argv
loaded, add = dense(BLAS, Noted), StudyWriter.add
loaded.file, loaded.reload, loaded.seed = file, None, None
def told(self, cells):
    print("writes", flush=True)
    add(self, cells)
StudyWriter.add = told
run_study(study_of(loaded), loaded, progress=False, store=store, executor=scheduler)
"""


def study_of(loaded):
    return a_study(loaded, inits=("he_normal",), seeds=tuple(range(16)))


@posix
def test_a_killed_driver_repeats_one_short_cell_per_worker(client, tmp_path):
    pytest.importorskip("sqlalchemy", reason="stores need the extra")
    one, file, kills = client(2), tmp_path / "trained", 2
    file.touch()
    for kill in range(kills + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", STORING, one.scheduler.address, tmp_path / "s.db", file],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        with process:
            for _ in zip(range(4 + kill), process.stdout, strict=False):
                pass
            if kill < kills:
                process.kill()
            else:
                process.stdout.read()
        wait_for(lambda: not any(one.run(busy).values()), seconds=10)
    assert process.returncode == 0
    seeds = file.read_text().split()
    assert {*map(int, seeds)} == {*range(16)}
    assert len(seeds) <= 16 + 2 * kills


@contextlib.contextmanager
def submitted(client):
    """The tasks that are handed to the scheduler meanwhile."""
    tasks, submit = [], client.submit

    def noting(call, *arguments, **options):
        if call is run_here:
            tasks.append(arguments[4])
        return submit(call, *arguments, **options)

    client.submit = noting
    try:
        yield tasks
    finally:
        del client.submit


def remembered(client_id, dask_scheduler):
    """What a scheduler keeps of a run that has ended: names of tasks, and who listens to it."""
    topic = dask_scheduler._broker._topics[client_id]
    return len(dask_scheduler.extensions["events"]._events), len(topic.subscribers)


def test_two_runs_of_one_client_hear_their_own_workers(client):
    loaded = dense()
    blocks = [blocks_of(loaded, inits=(init,), seeds=range(20)) for init in ("zeros", "he_normal")]
    runs = [Run(some, loaded, executor=client(1)) for some in blocks]
    threads = [threading.Thread(target=events_of, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [{cell.init for cell in run.cells} for run in runs] == [{"zeros"}, {"he_normal"}]
    assert [len(run.cells) for run in runs] == [20, 20]


class Waits(DenseProblem):
    """Trains once a file is there; until then it notes its worker, and looks at the stop."""

    folder = ""

    def train(self, specs, networks, callbacks):
        Path(self.folder, "where").write_text(distributed.get_worker().address)
        while not callbacks.stop.is_set() and not Path(self.folder, "go").exists():
            time.sleep(0.01)
        return super().train(specs, networks, callbacks)


def test_a_cell_goes_on_elsewhere_as_often_as_workers_retire(tmp_path):
    loaded, retired = dense(BLAS, Waits), set()
    loaded.folder, loaded.reload = str(tmp_path), None
    with cluster_of(4) as local, distributed.Client(local) as one:
        one.wait_for_workers(4, timeout=60)
        run = Run(
            blocks_of(loaded, inits=("he_normal",), seeds=(0,)), loaded, executor=one
        )  # fmt: skip
        with run:
            wait_for((tmp_path / "where").exists)
            while len(retired) < 3:
                where = (tmp_path / "where").read_text()
                if where and where not in retired:
                    one.retire_workers([where], close_workers=True)
                    retired.add(where)
                time.sleep(0.01)
            (tmp_path / "go").touch()
            events = list(run)
    assert run.failure is None
    assert [cell.outcome for cell in run.cells] == ["finished"]
    assert [type(event) for event in events].count(CellDone) == 1


class Large(Noted):
    """Its trained parameters do not go through a scheduler."""

    def parameters(self, trajectory):
        return {**super().parameters(trajectory), "W9": np.zeros(20_000)}


@posix
@pytest.mark.parametrize("killed", [False, True])
def test_a_worker_begins_nothing_before_a_large_result_was_fetched(
    tmp_path, monkeypatch, killed
):  # fmt: skip
    loaded = dense(BLAS, Large)
    loaded.file, loaded.reload, meanwhile = str(tmp_path / "trained"), None, []
    loaded.seed = None
    with cluster_of(1) as local, distributed.Client(local) as one:
        one.wait_for_workers(1, timeout=60)
        (process,) = one.run(os.getpid).values()

        class Slow(distributed.as_completed):
            """The first result is fetched, and only looked at a while later."""

            def __next__(self):
                found = super().__next__()
                if not hasattr(self, "seen"):
                    self.seen = threading.Event().wait(1)
                    meanwhile.append((tmp_path / "trained").read_text())
                    if killed:
                        os.kill(process, signal.SIGKILL)
                return found

        monkeypatch.setattr(distributed, "as_completed", Slow)
        run = Run(
            blocks_of(loaded, inits=("he_normal",), seeds=range(6)), loaded, executor=one
        )  # fmt: skip
        events_of(run)
    assert sorted(cell.seed for cell in run.cells) == list(range(6))
    assert meanwhile == ["0 "]
    trained = (tmp_path / "trained").read_text().split()
    assert len(trained) <= 6 + killed  # one is repeated at most


@contextlib.contextmanager
def started(module, *arguments):
    """A scheduler or worker in a process of its own, which nobody restarts."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def worker(address):
    return started("dask_worker", address, "--no-nanny", "--nthreads=1", "--no-dashboard")


@posix
def test_a_stopped_worker_that_goes_on_late_doubles_no_cell(tmp_path):
    dask = pytest.importorskip("dask")
    loaded = dense(BLAS, Once)
    loaded.marker, loaded.signal, loaded.reload = str(tmp_path / "stopped"), signal.SIGSTOP, None
    blocks = blocks_of(loaded, inits=("he_normal",), seeds=range(4))
    with contextlib.ExitStack() as ending:
        ending.enter_context(dask.config.set({"distributed.scheduler.worker-ttl": "1s"}))
        cluster = ending.enter_context(cluster_of(0))
        ending.enter_context(worker(cluster.scheduler_address))
        ending.enter_context(worker(cluster.scheduler_address))
        one = ending.enter_context(distributed.Client(cluster))
        one.wait_for_workers(2, timeout=60)
        run, of_one = Run(blocks, loaded, executor=one), []
        with run:
            for event in run:
                if event.spec.seed == 1:
                    of_one.append(type(event))
                if isinstance(event, CellDone) and event.spec.seed == 1:
                    os.kill(int((tmp_path / "stopped").read_text()), signal.SIGCONT)
        assert of_one.index(CellDone) == len(of_one) - 1  # and nothing more is said of it
        assert sorted(cell.seed for cell in run.cells) == [0, 1, 2, 3]
        assert run.failure is None


@contextlib.contextmanager
def own_scheduler(tmp_path):
    """A scheduler in a process of its own, with a worker; the process and its address."""
    file = tmp_path / "scheduler.json"
    with started(
        "dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard",
        "--dashboard-address=127.0.0.1:0", f"--scheduler-file={file}",
    ) as scheduler:  # fmt: skip
        wait_for(file.exists)
        address = json.loads(file.read_text())["address"]
        with worker(address):
            yield scheduler, address


@posix
@pytest.mark.parametrize("in_limbo", [False, True])
def test_a_scheduler_that_dies_ends_the_run_and_what_is_finished_is_kept(
    tmp_path, monkeypatch, in_limbo
):
    class Forgetful(distributed.as_completed):
        async def _track_future(self, future):
            """Never end, as where a result was on its way while the connection broke."""

    if in_limbo:
        monkeypatch.setattr(distributed, "as_completed", Forgetful)
    quiet = logging.getLogger("distributed")
    with own_scheduler(tmp_path) as (scheduler, address):
        loaded = dense()
        blocks = blocks_of(loaded, seeds=(0,))
        blocks += blocks_of(loaded, training=ENDLESS, seeds=(1,))
        handlers = [len(handler.filters) for handler in quiet.handlers]
        run = Run(blocks, loaded, executor=address)

        def follow():
            with run:
                for event in run:
                    if isinstance(event, Progress) and event.spec.training == ENDLESS:
                        scheduler.kill()

        following = threading.Thread(target=follow, daemon=True)  # it may never end
        following.start()
        following.join(120)
        assert not following.is_alive()
        assert [cell.outcome for cell in run.cells] == ["finished", "finished"]
        assert isinstance(run.failure, InitlabError)
        assert run.broken
        words = f"The Dask scheduler at {address} no longer answers, or has cancelled the study's"
        assert str(run.failure).startswith(words)
        assert run.failure.exit_code == 5
        assert [len(handler.filters) for handler in quiet.handlers] == handlers


@posix
def test_a_scheduler_that_dies_before_the_first_task_is_one_sentence(tmp_path, monkeypatch):
    listen = cluster._listen
    with own_scheduler(tmp_path) as (scheduler, address):

        def dying(*arguments):
            scheduler.kill()
            scheduler.wait()
            listen(*arguments)

        monkeypatch.setattr(cluster, "_listen", dying)
        loaded = dense()
        with pytest.raises(WorkerError, match=f"The Dask scheduler at {address} no longer answers"):
            Run(blocks_of(loaded), loaded, executor=address)


def wait_for(condition, seconds=60):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


DRIVER = f"""
import sys
from tests.study.making import dense
from {__package__}.test_run import ENDLESS, blocks_of
from initlab.study import Progress, Run
loaded = dense()
if __name__ == "__main__":
    with Run(blocks_of(loaded, training=ENDLESS), loaded, executor=sys.argv[1]) as run:
        for event in run:
            if isinstance(event, Progress):
                print("now", flush=True)
"""


@posix
def test_the_workers_of_a_killed_driver_are_free_again(client):
    one = client(1)
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, one.scheduler.address], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "now\n"
        assert any(one.run(busy).values())
        process.kill()
    wait_for(lambda: not any(one.run(busy).values()), seconds=10)
    loaded = dense()
    assert len(cells_of(Run(blocks_of(loaded), loaded, executor=one))) == 6


def busy(dask_worker):
    return bool(dask_worker.active_threads)


def test_a_worker_of_other_versions_refuses_with_both(client, monkeypatch):
    loaded, own = dense(), shipping.versions
    monkeypatch.setattr(
        shipping, "versions", lambda torch: {**own(torch=torch), "numpy": "1.0", "initlab": "0.0"}
    )
    run = Run(blocks_of(loaded), loaded, executor=client(1))
    events_of(run)
    assert run.cells == []
    assert isinstance(run.failure, StudyError)
    there = own(torch=False)
    others = (
        f"initlab {there['initlab']} on the worker and 0.0 here; "
        f"numpy {there['numpy']} on the worker and 1.0 here"
    )
    assert f" and this machine have different versions ({others}), so " in str(run.failure)
    assert str(run.failure).startswith("The worker tcp://127.0.0.1:")


def test_a_worker_that_finds_other_data_refuses(client):
    loaded = dense()
    loaded.problem = loaded.problem.replace(digest="of other samples")
    run = Run(blocks_of(loaded), loaded, executor=client(1))
    events_of(run)
    assert isinstance(run.failure, StudyError)
    assert "does not load the same data as this machine" in str(run.failure)


def test_a_model_changed_since_a_worker_imported_it_is_refused(tmp_path, monkeypatch):
    found = module().problem
    sources = {"model": "a", "shapes": "b"}
    first = found.replace(network=found.network.replace(sources=sources))
    second = found.replace(network=found.network.replace(sources={**sources, "model": "c"}))
    monkeypatch.setattr(shipping, "_imported", {})
    for problem in (first, first, second):
        shipped = shipping.Shipped(problem, {}, "", True, b"")
        if problem is second:
            with pytest.raises(StudyError, match="The model of the study has changed since"):
                shipped._check(problem, "w")
        else:
            shipped._check(problem, "w")


def test_what_cannot_be_sent_is_refused_before_anything_is_trained(client):
    loaded = dense()
    loaded.reload, loaded.own = None, threading.Lock()
    with pytest.raises(ArgumentError, match="executor must be left out, because the model"):
        Run(blocks_of(loaded), loaded, executor=client(1))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"executor": "nonsense://here:1"},
            "executor must be an address such as tcp://scheduler:8",
        ),
        ({"executor": "scheduler:port"}, "executor must be an address such as"),
        ({"executor": "tcp://me:secret@here:1"}, "got 'tcp://here:1'"),
        ({"executor": "me:secret@here:1"}, "got 'here:1'"),
        ({"executor": "tcp://token@here:1"}, "got 'tcp://here:1'"),
        (
            {"executor": "tcp://127.0.0.1:1"},
            r"executor must be the address of a Dask scheduler that answers .* `dask scheduler`",
        ),
        (
            {"executor": "tcp://127.0.0.1:1", "workers": 2},
            "workers must be left out with a running Dask cluster",
        ),
    ],
)
def test_clusters_are_refused_by_name(options, sentence, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    loaded = dense()
    with pytest.raises(ArgumentError, match=sentence):
        Run(blocks_of(loaded), loaded, **options)


def test_frames_and_closed_clients_are_refused(client):
    loaded = dense()
    with pytest.raises(ArgumentError, match="frame_every must be 0 on a cluster; got 8"):
        Run(blocks_of(loaded), loaded, executor=client(1), frame_every=8)
    with distributed.Client(client(1).scheduler.address, set_as_default=False) as closed:
        pass
    with pytest.raises(ArgumentError, match="executor must be a connected distributed"):
        Run(blocks_of(loaded), loaded, executor=closed)


def test_an_error_of_dask_between_two_results_ends_the_run_with_it(client, monkeypatch):
    class Failing(distributed.as_completed):
        def __next__(self):
            raise RuntimeError("a future that nobody knows")

    monkeypatch.setattr(distributed, "as_completed", Failing)
    loaded = dense()
    run = Run(blocks_of(loaded), loaded, executor=client(1))
    threading.Thread(target=events_of, args=[run], daemon=True).start()
    wait_for(lambda: run.failure is not None, seconds=20)
    wait_for(lambda: not run._left, seconds=20)
    assert str(run.failure) == "a future that nobody knows"
    assert run.broken


def test_another_version_of_dask_is_refused_with_both(client, monkeypatch):
    monkeypatch.setattr(distributed, "__version__", "2020.1.0")
    words = f"on this machine; got 'version {connection.version('distributed')} at tcp://"
    with pytest.raises(ArgumentError, match=words):
        Run(blocks_of(dense()), dense(), executor=client(1))


def test_without_dask_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        InitlabError, match=r'not installed. Install it with: pip install "initlab\[cluster\]"'
    ):
        Run(blocks_of(dense()), dense(), executor="tcp://127.0.0.1:1")


def test_a_failing_cell_has_the_workers_traceback(client):
    loaded = dense()
    loaded.reload = partial_of_nothing
    run = Run(blocks_of(loaded), loaded, executor=client(1))
    (failed,) = [event for event in events_of(run) if isinstance(event, CellFailed)]
    assert "partial_of_nothing" in "".join(failed.error.__notes__)


def partial_of_nothing():
    raise ValueError("nothing")
