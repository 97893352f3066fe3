"""Stores of 100 to 100,000 cells -> what a cell costs, and how long opening and looking takes.

    python benchmarks/store_speed.py               # about ten minutes on two cores
    python benchmarks/store_speed.py --cells 1000  # the same in small

Training is real where "overhead", "memory" and "report" are measured: circles, 300 steps. The
large stores are filled with copies of one such cell, each with a key and a seed of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OVERHEAD = """
import time
from initlab.comparison import prepare, run_study
from initlab.study import expand, run_cell
settings = {"inits": ["zeros", "normal(std=10)", "he_normal", "orthogonal"], "steps": 300}
warm, loaded = prepare("circles", {**settings, "seeds": 2})
run_study(warm, loaded, progress=False, store="warm.db")
study, loaded = prepare("circles", {**settings, "seeds": CELLS // 4})
run_study(study.replace(seeds=study.seeds[:1]), loaded, progress=False)
specs = [spec for block in expand(study, loaded) for spec in block]
begun = time.process_time()
with loaded.single_threaded():
    for spec in specs:
        run_cell(spec, loaded)
alone = time.process_time() - begun
begun, wall = time.process_time(), time.perf_counter()
run_study(study, loaded, progress=False, store="s.db", workers=WORKERS)
spent, wall = time.process_time() - begun, time.perf_counter() - wall
print(f"{1e3 * alone / len(specs):.2f} {1e3 * (spent - alone) / len(specs):.2f} "
      f"{1e3 * wall / len(specs):.2f}")
"""
LARGE = """
import resource, time
from initlab.comparison import prepare, run_study
settings = {"inits": ["zeros", "normal(std=10)", "he_normal", "orthogonal"], "steps": 300}
study, loaded = prepare("circles", {**settings, "seeds": CELLS // 4})
begun = time.perf_counter()
result = run_study(study, loaded, progress=False, store="large.db")
ran = time.perf_counter() - begun
begun = time.perf_counter()
result.plot("report")
print(f"{ran:.1f} {time.perf_counter() - begun:.1f} "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
"""
REPORT = """
import resource, time
from initlab.comparison.stored import read_comparison
from initlab.study.store import open_store
with open_store("large.db", read_only=True) as store:
    name = store.names()[0]
begun = time.perf_counter()
read_comparison(f"large.db#{name}").plot("again")
print(f"{time.perf_counter() - begun:.1f} "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
"""
FILL = """
import os, time
from initlab.comparison import prepare
from initlab.study import expand, run_cell
from initlab.study.store import open_store
settings = {"inits": ["zeros", "normal(std=10)", "he_normal", "orthogonal"], "steps": 300}
study, loaded = prepare("circles", {**settings, "seeds": max(1, MOST // 4)})
specs = [spec for block in expand(study, loaded) for spec in block]
cell = run_cell(specs[0], loaded)
bounds = [n for n in (100, 1_000, 10_000, 100_000) if n <= len(specs)]
with open_store("many.db") as store:
    store._connection.exec_driver_sql("PRAGMA synchronous = OFF")  # the disk is measured above
    store._connection.rollback()
    writer, begun, wall, done = store.begin(study, loaded.versions()), time.process_time(), \\
        time.perf_counter(), 0
    for k, spec in enumerate(specs, 1):
        writer.add([(spec, cell.replace(init=spec.init, seed=spec.seed), 1)])
        if k in bounds:
            size = sum(os.path.getsize(f) for f in ("many.db", "many.db-wal"))
            count = k - done
            print(f"{k} {1e3 * (time.process_time() - begun) / count:.3f} "
                  f"{1e3 * (time.perf_counter() - wall) / count:.3f} {size / k:.0f}")
            begun, wall, done = time.process_time(), time.perf_counter(), k
"""
REOPEN = """
import time
from initlab.comparison import prepare
from initlab.study import expand
from initlab.study.store import open_store
begun = time.perf_counter()
with open_store("many.db", read_only=True) as store:
    (stored,) = store.studies()
opened = time.perf_counter() - begun
settings = {"inits": ["zeros", "normal(std=10)", "he_normal", "orthogonal"], "steps": 300}
study, loaded = prepare("circles", {**settings, "seeds": max(1, MOST // 4) + 10})
begun = time.perf_counter()
blocks = expand(study, loaded)
with open_store("many.db") as store:
    writer = store.begin(study, loaded.versions())
    there = writer.find(spec for block in blocks for spec in block)
missing = sum(spec.key not in there for block in blocks for spec in block)
assert missing == 40, missing
print(f"{stored.done} {opened:.2f} {time.perf_counter() - begun:.2f}")
"""


def run(code, folder, **names):
    """Run code in a process of its own; return the lines it prints, in words."""
    for name, value in names.items():
        code = code.replace(name, str(value))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return [line.split() for line in done.stdout.splitlines()]


def line(what, found, asked=""):
    """Print one row of the table."""
    print(f"{what:<66} {found:>16}   {asked}", flush=True)


def main():
    """Measure, and print a line per figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cells", type=int, default=100_000, help="of the largest store")
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to measure")
    given = parser.parse_args()
    most = given.cells
    large = max(40, most // 10)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for workers in (1, os.cpu_count() or 1):
            ((alone, over, wall),) = run(OVERHEAD, folder, CELLS=min(2_000, most), WORKERS=workers)
            Path(folder, "s.db").unlink()
            what = f"overhead per cell, {workers} workers (training and measuring: {alone} ms)"
            line(what, f"{over} ms CPU", "at most 2 ms CPU")
            line("  wall time per cell with all of it", f"{wall} ms")
        ((ran, plotted, memory),) = run(LARGE, folder, CELLS=large)
        line(f"{large:,} circles cells with a store: time", f"{ran} s")
        line("  report", f"{plotted} s", "under 20 s")
        line("  the driver's memory, report included", f"{memory} MB", "under 400 MB")
        ((again, memory),) = run(REPORT, folder)
        line("  the same report from the store", f"{again} s, {memory} MB")
        for count, cpu, wall, size in run(FILL, folder, MOST=most):
            words = f"{cpu} ms CPU"
            line(f"a cell's cost, up to {int(count):,} cells ({wall} ms wall, {size} bytes)", words,
                 "flat")  # fmt: skip
        ((count, opened, missing),) = run(REOPEN, folder, MOST=most)
        line(f"opening a store of {int(count):,} cells, and its study", f"{opened} s", "under 1 s")
        line("finding which cells are missing", f"{missing} s", "under 5 s")


if __name__ == "__main__":
    main()
