"""Whole studies -> how much of their time is training, what they hold in memory, how they begin.

    python benchmarks/study_speed.py

Each line runs in a process of its own, with every kernel compiled before, but for the line on
compiling. "Training alone" trains the same networks from the same initial parameters on as many
threads, without drawing, measuring or statistics; once with the orders of batches drawn for every
network, once shared among the networks of a seed, as a study shares them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from statistics import median

CURVE = """
import time
from concurrent.futures import ThreadPoolExecutor
import initlab
from initlab.comparison import prepare, run_study
from initlab.engines import Callbacks, batches
from initlab.study import expand
study, loaded = prepare("curve", {"seeds": 20})
blocks = expand(study, loaded)
networks = [loaded.draw(block[0]) for block in blocks]
def alone():
    with loaded.repeatable(), ThreadPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(loaded.train, block, [network], Callbacks())
                for block, network in zip(blocks, networks)]
        for job in jobs:
            job.result()
def apart():  # every network draws the order of its batches for itself
    batches._SHARED.clear()
    kept, batches.KEPT = batches.KEPT, 0
    alone()
    batches.KEPT = kept
def whole():
    result = run_study(*prepare("curve", {"seeds": 20}), workers=WORKERS, progress=False)
    str(result.summary())
alone(), whole()
for _ in range(REPEATS):
    began = time.perf_counter(); apart(); by_itself = time.perf_counter() - began
    began = time.perf_counter(); alone(); training = time.perf_counter() - began
    began = time.perf_counter(); whole(); study = time.perf_counter() - began
    print(by_itself, training, study, study / by_itself, study / training)
"""
MEMORY = """
import resource, initlab
inits = ["zeros", "normal(std=10)", "he_normal", "orthogonal"]
result = initlab.compare("circles", inits=inits, seeds=SEEDS, steps=300, progress=False)
str(result.summary())
if REPORT:
    result.plot(REPORT)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
COMPILING = """
import time
from initlab.comparison import prepare
from initlab.engines import Callbacks
from initlab.study import expand
import numba
study, loaded = prepare("circles", {"steps": 1})
((spec,), *_) = expand(study, loaded)
network = loaded.draw(spec)
began = time.process_time()
loaded.train([spec], [network], Callbacks())
print(time.process_time() - began)
"""


def run(program: str, environment: dict[str, str] | None = None, **values: object) -> list[float]:
    """Run a program in a fresh process; return the numbers it prints."""
    head = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    done = subprocess.run(
        [sys.executable, "-c", head + program], check=True, capture_output=True, text=True,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    return [float(word) for word in done.stdout.split()]


def cpu_of(arguments: list[str]) -> float:
    """CPU seconds of one command, its children included."""
    began = os.times()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    ended = os.times()
    before = began.children_user + began.children_system
    return ended.children_user + ended.children_system - before


def repeated(measure: Callable[[], float], repeats: int) -> float:
    """Median of several measurements."""
    return median(measure() for _ in range(repeats))


def main() -> None:
    """Print one line per measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="of which the median counts")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found = run(CURVE, WORKERS=options.workers, REPEATS=options.repeats)
    by_itself, training, study, over, ratio = (median(found[k::5]) for k in range(5))
    print(f"curve, 60 cells, {options.workers} threads: the whole study {study:.2f} s; training "
          f"alone, every network by itself, {by_itself:.2f} s ({over:.2f} times); training alone, "
          f"batch orders shared as in a study, {training:.2f} s ({ratio:.2f} times) (medians)",
          flush=True)  # fmt: skip
    (small,) = run(MEMORY, SEEDS=1, REPORT="")
    (large,) = run(MEMORY, SEEDS=500, REPORT="")
    with tempfile.TemporaryDirectory() as folder:
        (reported,) = run(MEMORY, SEEDS=500, REPORT=folder)
    print(f"circles, 4 inits x 500 seeds, 300 steps: peak memory {large:.0f} MB, {reported:.0f} MB "
          f"with a report; 4 x 1: {small:.0f} MB", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        (cold,) = run(COMPILING, {"INITLAB_CACHE_DIR": folder})
    (warm,) = run(COMPILING)
    print(f"first use of the circles' kernel: {cold:.1f} s CPU, compiled before: {warm:.2f} s",
          flush=True)  # fmt: skip
    command = ["-m", "initlab", "compare", "circles"]
    plain = repeated(lambda: cpu_of(command), options.repeats)
    with tempfile.TemporaryDirectory() as folder:
        report = repeated(lambda: cpu_of([*command, "--out", folder]), options.repeats)
    print(f"initlab compare circles: {plain:.1f} s CPU, with --out {report:.1f} s")
    imported = repeated(lambda: cpu_of(["-c", "import initlab"]), options.repeats)
    bare = repeated(lambda: cpu_of(["-c", ""]), options.repeats)
    helped = repeated(lambda: cpu_of(["-m", "initlab", "compare", "--help"]), options.repeats)
    print(f"import initlab {imported - bare:.2f} s, initlab compare --help {helped:.2f} s CPU")


if __name__ == "__main__":
    main()
