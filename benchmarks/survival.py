"""A study with a store, killed with SIGKILL at random moments until it has been killed N times.

    python benchmarks/survival.py --kills 1000

Killed are the driver alone, a worker process alone, and both. After every kill the store is read
and checked: every cell whose writing was acknowledged must be there, once, and whole. A study that
is complete must have the digest of one that was never interrupted; then the next study is begun.

Runs that a killed driver had finished, and that were not on the disk yet, are run again: at most
one per worker, which begins its next run when its last one is on the disk.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from initlab.analysis import Analysis
from initlab.analysis.analysis import checksum
from initlab.comparison import prepare, run_study
from initlab.study import Run
from initlab.study.executors.working import DONE
from initlab.study.store import open_store
from initlab.study.store.writer import StudyWriter

SETTINGS = {"inits": ["zeros", "normal(std=10)", "he_normal"], "seeds": 40, "steps": 300}
THREADS, DRIVER, WORKER, BOTH = "driver with threads", "driver of processes", "worker", "both"
WORKERS = 2
LONGEST = {THREADS: 0.4, DRIVER: 3.0, WORKER: 3.0, BOTH: 3.0}  # seconds to a kill
KEY = 64  # characters
SHARES = {THREADS: 0.91, DRIVER: 0.03, WORKER: 0.03, BOTH: 0.03}  # processes begin slowly


def load():
    """Load the problem, in a worker process too."""
    return prepare("circles", SETTINGS)[1]


class Survival:
    """Begins drivers, kills them, and looks at what they left."""

    def __init__(self, folder, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.study, self.loaded = prepare("circles", SETTINGS)
        self.loaded.reload = load
        self.expected = run_study(self.study, self.loaded, progress=False)
        self.digest = checksum(self.expected.analysis.to_record())
        self.counts = Counter()
        self.path = self.folder / "0.db"
        self.acknowledged = set()
        self.in_vain = []  # runs that were finished and not kept, by kill of a driver

    def kill(self, target):
        """Begin a driver, kill the target after a while, and check the store."""
        reader, writer = os.pipe()
        driver = os.fork()
        if not driver:
            os.close(reader)
            self._drive(writer, processes=target != THREADS)
        os.close(writer)
        wait = self.random.uniform(0, LONGEST[target])
        ended = time.monotonic() + wait
        while time.monotonic() < ended and not self._gone(driver):
            time.sleep(min(0.002, wait))
        if target == WORKER:
            workers = _workers(driver)
            for worker in workers[: 1 + self.random.randrange(len(workers) or 1)]:
                self.counts["kills"] += _killed(worker)
            self._await(driver)
        else:
            self.counts["kills"] += _killed(-driver if target == BOTH else driver)
            self._await(driver)
        in_vain = self._read(reader)
        self.counts["too many again"] += in_vain > WORKERS
        if target != WORKER:
            self.in_vain.append(in_vain)
        if target == DRIVER:
            self.counts["orphans"] += _outlived(driver)
        self._check()

    def run_to_end(self):
        """Run the last study without a kill."""
        run_study(self.study, self.loaded, progress=False, store=self.path)
        self._check()

    def _drive(self, writer, *, processes):
        """Run the study in this process; say which cells are finished, and which are written."""
        os.setpgid(0, 0)
        add, hear = StudyWriter.add, Run._hear

        def say(word, keys):
            os.write(writer, "".join(word + key for key in keys).encode("ascii"))

        def acknowledging(self, cells):
            cells = list(cells)
            add(self, cells)
            say("+", [spec.key for spec, _, _ in cells])

        def noting(self, number, kind, value):
            if kind == DONE:
                say("-", [cell.key for cell in value])
            hear(self, number, kind, value)

        StudyWriter.add, Run._hear = acknowledging, noting
        code = 1
        try:
            run_study(
                self.study, self.loaded, progress=False, store=self.path, workers=WORKERS,
                executor="processes" if processes else "threads",
            )  # fmt: skip
            code = 0
        finally:
            os._exit(code)

    def _gone(self, driver):
        with contextlib.suppress(ChildProcessError):
            return os.waitpid(driver, os.WNOHANG)[0] != 0
        return True

    def _await(self, driver):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(driver, 0)

    def _read(self, reader):
        """Note the cells that the driver acknowledged; return how many others it had finished."""
        with os.fdopen(reader, "rb") as file:
            said = file.read().decode("ascii")
        self.counts["drivers"] += 1
        words = [said[k : k + KEY + 1] for k in range(0, len(said) - KEY, KEY + 1)]
        kept = {word[1:] for word in words if word[0] == "+"}
        self.counts["repeated"] += len(self.acknowledged & kept)
        self.acknowledged |= kept
        return len({word[1:] for word in words} - self.acknowledged)

    def _check(self):
        if not self.path.exists() or not self.path.stat().st_size:
            self.counts["lost"] += len(self.acknowledged)
            return
        with open_store(self.path) as store:
            self.counts["corrupt"] += len(store.check())
            names = store.names()
            cells = store.cells(names[0]) if names else []
        keys = Counter(cell.key for cell in cells)
        self.counts["doubled"] += sum(keys.values()) - len(keys)
        self.counts["lost"] += len(self.acknowledged - keys.keys())
        if len(keys) == self.study.cell_count:
            self._finish(cells)

    def _finish(self, cells):
        """Hold a complete study against the uninterrupted one, and begin another."""
        analysis = Analysis(self.study, cells, versions=self.loaded.versions(),
                            notes=self.loaded.notes)  # fmt: skip
        self.counts["other digests"] += checksum(analysis.to_record()) != self.digest
        self.counts["complete studies"] += 1
        self.path = self.folder / f"{self.counts['complete studies']}.db"
        self.acknowledged = set()


def _workers(driver):
    """Return the worker processes of a driver."""
    found = []
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{driver}/task").glob("*/children")  # of each of its threads
        for child in " ".join(one.read_text() for one in children).split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def _killed(process):
    """Kill a process, or a group of them; return whether it was there."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _outlived(driver):
    """Return whether a process of a killed driver's group is still there after a minute."""
    ended = time.monotonic() + 60  # one that has just begun imports first
    while time.monotonic() < ended:
        try:
            os.killpg(driver, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True


def main():
    """Kill, count and print; exit code 1 if anything was lost, doubled, corrupt or other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = time.time_ns() % 10**6 if given.seed is None else given.seed
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        survival = Survival(Path(folder), seed)
        targets = Counter()
        while survival.counts["kills"] < given.kills:
            (target,) = survival.random.choices(list(SHARES), list(SHARES.values()))
            before = survival.counts["kills"]
            survival.kill(target)
            targets[target] += survival.counts["kills"] - before
        survival.run_to_end()
    counts = survival.counts
    print(f"random seed {seed}, {time.monotonic() - begun:.0f} s; killed: "
          + ", ".join(f"{target} {count} times" for target, count in targets.items()))  # fmt: skip
    for name in ("drivers", "complete studies", "lost", "doubled", "corrupt", "repeated",
                 "orphans", "too many again", "other digests"):  # fmt: skip
        print(f"{name:>17} {counts[name]}")
    in_vain = survival.in_vain
    if in_vain:
        print(f"runs finished and not on the disk when a driver of {WORKERS} workers was killed: "
              f"{sum(in_vain) / len(in_vain):.2f} in the mean, at most {max(in_vain)}")  # fmt: skip
    faults = ("lost", "doubled", "corrupt", "repeated", "orphans", "too many again",
              "other digests")  # fmt: skip
    wrong = [name for name in faults if counts[name]]
    sys.exit(f"wrong: {', '.join(wrong)}" if wrong or not counts["complete studies"] else 0)


if __name__ == "__main__":
    main()
