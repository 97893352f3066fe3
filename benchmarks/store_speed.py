"""Stores of 100 to 100,000 cells -> what a cell costs, and how long opening and looking takes.

    python benchmarks/store_speed.py               # about ten minutes on two cores
    python benchmarks/store_speed.py --cells 1000  # the same in small

Training is real where "overhead", "memory" and "report" are measured: circles, 300 steps. Overhead
is what a study costs beyond training and measuring the same cells in as many plain threads: two
threads share caches and Python's lock, and need more CPU time for the same training. The large
stores are filled with copies of one such cell, each with a key and a seed of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = """
from initlab.comparison import prepare
inits = ["zeros", "normal(std=10)", "he_normal", "orthogonal"]
def study_of(seeds):
    return prepare("circles", {"inits": inits, "steps": 300, "seeds": seeds})
"""
OVERHEAD = """
import time
from concurrent.futures import ThreadPoolExecutor
from initlab.comparison import run_study
from initlab.study import expand, run_cell
warm, loaded = study_of(2)
run_study(warm, loaded, progress=False, store="warm.db")
study, loaded = study_of(CELLS // 4)
run_study(study.replace(seeds=study.seeds[:1]), loaded, progress=False)
specs = [spec for block in expand(study, loaded) for spec in block]
begun = time.process_time()
with loaded.repeatable(), ThreadPoolExecutor(WORKERS) as threads:
    list(threads.map(lambda spec: run_cell(spec, loaded), specs))
alone = time.process_time() - begun
begun, wall = time.process_time(), time.perf_counter()
run_study(study, loaded, progress=False, store="s.db", workers=WORKERS)
spent, wall = time.process_time() - begun, time.perf_counter() - wall
print(f"{1e3 * alone / len(specs):.2f} {1e3 * (spent - alone) / len(specs):.2f} "
      f"{1e3 * wall / len(specs):.2f}")
"""
LARGE = """
import resource, time
from initlab.comparison import run_study
study, loaded = study_of(CELLS // 4)
begun = time.perf_counter()
result = run_study(study, loaded, progress=False, store="large.db")
ran = time.perf_counter() - begun
def memory():
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"
before, begun, cpu = memory(), time.perf_counter(), time.process_time()
result.plot("report")
print(f"{ran:.1f} {time.perf_counter() - begun:.1f} {time.process_time() - cpu:.1f} {before} "
      f"{memory()}")
"""
REPORT = """
import resource, time
from initlab.comparison.stored import read_comparison
from initlab.study.store import open_store
with open_store("large.db", read_only=True) as store:
    name = store.names()[0]
begun, cpu = time.perf_counter(), time.process_time()
read_comparison(f"large.db#{name}").plot("again")
print(f"{time.perf_counter() - begun:.1f} {time.process_time() - cpu:.1f} "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
"""
FILL = """
import os, time
from initlab.study import expand, run_cell
from initlab.study.store import open_store
study, loaded = study_of(max(1, MOST // 4))
specs = [spec for block in expand(study, loaded) for spec in block]
cell = run_cell(specs[0], loaded)
bounds = [n for n in (100, 1_000, 10_000, 100_000) if n <= len(specs)]
with open_store("many.db") as store:
    raw = store._connection.connection.driver_connection
    raw.execute("PRAGMA synchronous = OFF")  # the disk was measured above
    writer, begun, wall, done = store.begin(study, loaded.versions()), time.process_time(), \\
        time.perf_counter(), 0
    for k in range(0, len(specs), 10):  # together, as where cells come fast
        some = specs[k : k + 10]
        writer.add([(s, cell.replace(init=s.init, seed=s.seed), 1) for s in some])
        k += len(some)
        if k in bounds:
            size = sum(os.path.getsize(f) for f in ("many.db", "many.db-wal"))
            count = k - done
            print(f"{k} {1e3 * (time.process_time() - begun) / count:.3f} "
                  f"{1e3 * (time.perf_counter() - wall) / count:.3f} {size / k:.0f}")
            begun, wall, done = time.process_time(), time.perf_counter(), k
"""
REOPEN = """
import time
from initlab.study import expand
from initlab.study.store import open_store
begun = time.perf_counter()
cpu = time.process_time()
with open_store("many.db", read_only=True) as store:
    (stored,) = store.studies()
opened, cpu = time.perf_counter() - begun, time.process_time() - cpu
study, loaded = study_of(max(1, MOST // 4))
with open_store("many.db") as store, store.writing() as connection:
    for table in ("members", "cells"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE rowid <= 40")
begun, cpu2 = time.perf_counter(), time.process_time()
blocks = expand(study, loaded)
with open_store("many.db") as store:
    writer = store.begin(study, loaded.versions())
    there = writer.find(spec for block in blocks for spec in block)
missing = sum(spec.key not in there for block in blocks for spec in block)
assert missing == 40, missing
print(f"{stored.done} {opened:.2f} {cpu:.2f} {time.perf_counter() - begun:.2f} "
      f"{time.process_time() - cpu2:.2f}")
"""


def run(code, folder, **names):
    """Run code in a process of its own; return the lines it prints, in words."""
    for name, value in names.items():
        code = code.replace(name, str(value))
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS + code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
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
        ((ran, wall, cpu, memory, both),) = run(LARGE, folder, CELLS=large)
        line(f"{large:,} circles cells with a store: time", f"{ran} s")
        line("  the driver's memory", f"{memory} MB", "under 400 MB")
        line(f"  report ({cpu} s CPU; memory with it {both} MB)", f"{wall} s", "under 20 s")
        ((again, cpu, memory),) = run(REPORT, folder)
        line(f"  the same report from the store ({cpu} s CPU, {memory} MB)", f"{again} s")
        for count, cpu, wall, size in run(FILL, folder, MOST=most):
            words = f"{cpu} ms CPU"
            line(f"a cell's cost, up to {int(count):,} cells ({wall} ms wall, {size} bytes)", words,
                 "flat")  # fmt: skip
        ((count, opened, cpu, missing, cpu2),) = run(REOPEN, folder, MOST=most)
        what = f"opening a store of {int(count):,} cells, and its study ({cpu} s CPU)"
        line(what, f"{opened} s", "under 1 s")
        line(f"finding which cells are missing ({cpu2} s CPU)", f"{missing} s", "under 5 s")


if __name__ == "__main__":
    main()
