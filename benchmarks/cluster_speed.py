"""Two Dask workers of this machine against one, and what a cell costs beyond its training.

    python benchmarks/cluster_speed.py --data-dir FOLDER      # or INITLAB_DATA=FOLDER

Wall time says what a user waits, on as many free cores as there are workers; CPU time, of all
processes together, says whether the work itself grows. Both clusters are begun, and the images
loaded, before anything is measured; they take turns, and the median counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import distributed

from initlab.comparison import prepare, run_study
from initlab.study import Run, expand

Measured = tuple[float, float]  # seconds: wall, CPU


@contextlib.contextmanager
def client_of(workers: int) -> Iterator[Any]:
    """A cluster of this machine, one thread in each worker."""
    place = {"host": "127.0.0.1", "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"}}
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, memory_limit=0, **place
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def cpu_seconds(client: Any = None) -> float:
    """CPU time of this process, in which the scheduler runs too, and of all workers."""
    others = client.run(time.process_time).values() if client else []
    return time.process_time() + sum(others)


def measured(blocks: Any, loaded: Any, client: Any = None) -> Measured:
    """Seconds that a run takes: on a cluster, or in one thread."""
    wall, cpu = time.perf_counter(), cpu_seconds(client)
    where = {"executor": client} if client else {"workers": 1}
    with Run(blocks, loaded, keep=False, **where) as run:
        for _ in run:
            pass
    assert run.failure is None
    assert len(run.cells) == sum(map(len, blocks))
    return time.perf_counter() - wall, cpu_seconds(client) - cpu


def stored(study: Any, loaded: Any, client: Any = None) -> Measured:
    """Seconds that a run takes which begins a cell when the last one is on the disk."""
    wall, cpu = time.perf_counter(), cpu_seconds(client)
    where = {"executor": client} if client else {"workers": 1}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "studies.db"
        result = run_study(study, loaded, progress=False, store=path, **where)
    assert len(result.cells) == study.cell_count
    return time.perf_counter() - wall, cpu_seconds(client) - cpu


def medians(turns: list[Measured]) -> Measured:
    """Median of each column."""
    wall, cpu = (median(column) for column in zip(*turns, strict=True))
    return wall, cpu


def main() -> None:
    """Print one line per measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", default=os.environ.get("INITLAB_DATA"))
    parser.add_argument("--repeats", type=int, default=3, help="of which the median counts")
    parser.add_argument("--steps", type=int, default=480, help="of a Fashion-MNIST cell")
    parser.add_argument("--cells", type=int, default=8, help="of Fashion-MNIST")
    options = parser.parse_args()
    images = {"data_dir": options.data_dir, "steps": options.steps, "inits": ["he_normal"]}
    study, fashion = prepare("fashion-mnist", {**images, "seeds": options.cells})
    blocks = expand(study, fashion)
    small, circles = prepare("circles", {"steps": 300, "inits": ["he_normal"], "seeds": 200})
    many = expand(small, circles)
    names = ("one", "two", "thread", "circles", "stored", "stored on one", "stored on two")
    turns: dict[str, list[Measured]] = {name: [] for name in names}
    with client_of(1) as one, client_of(2) as two:
        for client in (one, two):
            measured(blocks[:4], fashion, client)  # loads the images
            measured(many[:4], circles, client)
        measured(many[:4], circles)
        stored(small, circles)
        for _ in range(options.repeats):
            turns["one"].append(measured(blocks, fashion, one))
            turns["two"].append(measured(blocks, fashion, two))
            turns["thread"].append(measured(many, circles))
            turns["circles"].append(measured(many, circles, one))
            turns["stored"].append(stored(small, circles))
            turns["stored on one"].append(stored(small, circles, one))
            turns["stored on two"].append(stored(small, circles, two))
    wall, cpu = medians(turns["one"])
    wall_2, cpu_2 = medians(turns["two"])
    print(f"fashion-mnist, {options.cells} cells of {options.steps} steps: one worker {wall:.2f} s "
          f"({cpu:.2f} s CPU), two workers {wall_2:.2f} s ({cpu_2:.2f} s CPU): "
          f"{wall / wall_2:.2f} times as fast, {cpu_2 / cpu:.2f} times the CPU time; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    wall, cpu = medians(turns["thread"])
    wall_2, cpu_2 = medians(turns["circles"])
    count = len(many)
    print(f"circles, {count} cells of 300 steps: a cell takes {1e3 * cpu / count:.2f} ms CPU in a "
          f"thread, {1e3 * cpu_2 / count:.2f} ms on a cluster of one worker, scheduler included "
          f"({1e3 * wall / count:.2f} and {1e3 * wall_2 / count:.2f} ms wall)")  # fmt: skip
    per_cell = [
        f"{1e3 * wall / count:.2f} ms wall, {1e3 * cpu / count:.2f} ms CPU"
        for wall, cpu in (medians(turns[name]) for name in names[4:])
    ]
    print("with a store: a thread {}; one worker {}; two workers {}".format(*per_cell))


if __name__ == "__main__":
    main()
