"""Trains every model and its reference -> truth.csv: which of them stops, slows or trains.

    python benchmarks/faults/truth.py                    # what truth.csv lacks
    python benchmarks/faults/truth.py --only "deep" --again
    python benchmarks/faults/truth.py --set held_back    # held_back_truth.csv

The rule was chosen before the first result was seen. Every model is trained from each of its seeds
for 200 steps of 64 samples at each of eight rates: SGD at .003, .03, .1, .3 and Adam at 1e-4, 1e-3,
3e-3, 1e-2. The loss of a run at a step is its mean over the ten batches up to that step; a run that
leaves the finite numbers ends there. Progress is the loss of random guessing (the best constant
answer) minus the lowest loss, at the best rate. The half-way loss is the one at which the mean
reference has made 50 % of its progress. A model

- stops: its progress is less than 50 % of the reference's;
- slows: its progress is less than 90 % of it, or it reaches the half-way loss, at the rate at which
  it does so first, after more than 2 times the reference's steps and at least 10 steps later, or it
  reaches it at less than half as many of the eight rates as the reference does;
- trains: anything else.

Each of three seeds has its own verdict, against the mean of the reference's two; the model's is the
middle one; the third is left out where the first two agree. No theory of initialization enters.
Three things were changed after results of the first set were seen: the reference of 12 ReLU layers,
once mirrored ("looks linear"), is orthogonal, because orthogonal weights themselves came out as
slow next to it; "4 attention blocks, scaled" turned out to be scaled twice, and is a sick row of
its own; and the causes of the separable CNN were written down when it had come out as slow.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cases import Model, Reference
from models import SETS
from problems import Problem, problem

STEPS, BATCH, WINDOW = 200, 64, 10
RATES = (
    *(("sgd", rate) for rate in (0.003, 0.03, 0.1, 0.3)),
    *(("adam", rate) for rate in (1e-4, 1e-3, 3e-3, 1e-2)),
)
SEEDS = (0, 1, 2)
REFERENCE_SEEDS = (100, 101)
STOPS, SLOWS = 0.5, 0.9  # shares of the reference's progress
LEAST_SHARE = -99.0  # what is written where a loss is enormous
SLOWER, LATER = 2.0, 10  # times the reference's steps, and steps after it
RATES_LEFT = 0.5  # share of the rates that serve the reference
VERDICTS = ("trains", "slows", "stops")
HERE = Path(__file__).parent


def table_of(name: str, models: str) -> Path:
    """Return the file of one of the tables of a set: "truth" or "references"."""
    return HERE / f"{models}_{name}.csv".removeprefix("_")


@dataclass(frozen=True)
class Runs:
    """One network from one seed at every rate."""

    lowest: tuple[float, ...]  # of the smoothed loss, by rate
    curves: tuple[np.ndarray, ...]  # smoothed; shorter where a run left the finite numbers

    def first(self, loss: float) -> list[int]:
        """Return the steps after which each rate reaches a loss; 0 where it never does."""
        below = [np.flatnonzero(curve <= loss) for curve in self.curves]
        return [int(at[0]) + WINDOW if at.size else 0 for at in below]


@dataclass(frozen=True)
class Standard:
    """What a reference reaches: means over its seeds."""

    name: str
    problem: str
    loss: float
    half: float  # loss at half of its progress
    steps: float  # to the half-way loss, at the fastest rate
    rates: float  # that reach the half-way loss


@dataclass(frozen=True)
class Row:
    """One model and seed of truth.csv."""

    model: str
    family: str
    expected: str
    seed: int
    verdict: str
    guess: float
    reference_loss: float
    loss: float
    share: float  # of the reference's progress
    reference_steps: float
    steps: int  # to the half-way loss; 0: never
    reference_rates: float
    rates: int  # that reach the half-way loss
    best: str
    seconds: float


def optimizer(kind: str, rate: float, module: nn.Module) -> torch.optim.Optimizer:
    """Return SGD or Adam over what is trained."""
    trained = [one for one in module.parameters() if one.requires_grad]
    if kind == "sgd":
        return torch.optim.SGD(trained, lr=rate, fused=True)
    return torch.optim.Adam(trained, lr=rate, fused=True)


def losses(module: nn.Module, kind: str, rate: float, task: Problem, seed: int) -> np.ndarray:
    """Train and return the loss of every batch, up to the last finite one."""
    torch.manual_seed(1000 + seed)
    rule, seen = optimizer(kind, rate, module), []
    for _ in range(STEPS):
        x, y = task.batch(torch.randint(len(task.x), (BATCH,)))
        loss = task.loss(module(x), y)
        seen.append(float(loss.detach()))
        if not np.isfinite(seen[-1]):
            return np.array(seen[:-1])
        rule.zero_grad()
        if loss.requires_grad:
            loss.backward()
            rule.step()
    return np.array(seen)


def smooth(seen: np.ndarray) -> np.ndarray:
    """Return the running mean of the last ten batches, from the tenth on."""
    if len(seen) < WINDOW:
        return np.empty(0)
    return np.convolve(seen, np.full(WINDOW, 1 / WINDOW), "valid")


def run(build: Callable[[int], nn.Module], task: Problem, seed: int) -> Runs:
    """Train one network from one seed at every rate."""
    curves = [smooth(losses(build(seed), kind, rate, task, seed)) for kind, rate in RATES]
    lowest = [float(curve.min()) if curve.size else np.inf for curve in curves]
    return Runs(tuple(lowest), tuple(curves))


def judge(share: float, steps: int, rates: int, reference: Standard) -> str:
    """Return the verdict of the rule above."""
    if share < STOPS:
        return "stops"
    late = steps == 0 or (steps > SLOWER * reference.steps and steps >= reference.steps + LATER)
    narrow = rates < RATES_LEFT * reference.rates
    return "slows" if share < SLOWS or late or narrow else "trains"


def near(row: Row) -> bool:
    """Return whether another seed may well have another verdict."""
    stops = row.share < 0.35
    slows = row.steps > 4 * row.reference_steps
    early = row.steps <= 1.5 * row.reference_steps and row.rates >= 0.75 * row.reference_rates
    return not (stops or slows or (row.share > 0.95 and early))


def compared(model: Model, seed: int, reference: Standard) -> Row:
    """Train a model from one seed and compare it with its reference."""
    task, begin = model.problem, time.process_time()
    runs = run(model.build, task, seed)
    lowest = min(runs.lowest)
    reached = [step for step in runs.first(reference.half) if step]
    steps = min(reached, default=0)
    share = max((task.guess - lowest) / (task.guess - reference.loss), LEAST_SHARE)
    kind, rate = RATES[int(np.argmin(runs.lowest))]
    return Row(
        model.name,
        model.family,
        "sick" if model.sick else "healthy",
        seed,
        judge(share, steps, len(reached), reference),
        round(task.guess, 4),
        reference.loss,
        round(lowest, 4),
        round(share, 3),
        reference.steps,
        steps,
        reference.rates,
        len(reached),
        f"{kind} {rate:g}",
        round(time.process_time() - begin, 2),
    )


def standard(base: Reference) -> Standard:
    """Train a reference from two seeds."""
    task = problem(base.problem)
    runs = [run(base.build, task, seed) for seed in REFERENCE_SEEDS]
    loss = float(np.mean([min(one.lowest) for one in runs]))
    half = (task.guess + loss) / 2
    reached = [[step for step in one.first(half) if step] for one in runs]
    steps = np.mean([min(one, default=STEPS) for one in reached])
    rates = np.mean([len(one) for one in reached])
    return Standard(
        base.name, base.problem, round(loss, 4), round(half, 4), float(steps), float(rates)
    )


def read(kind: type, path: Path) -> list:
    """Return the rows of a table; none where there is no file."""
    if not path.exists():
        return []
    kinds = {"int": int, "float": float, "str": str}
    with path.open() as file:
        lines = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            kind(**{one.name: kinds[str(one.type)](line[one.name]) for one in fields(kind)})
            for line in lines
        ]


def write(table: list, path: Path) -> None:
    """Write a table, with how it was made."""
    draft = path.with_suffix(".draft")
    with draft.open("w", newline="") as file:
        versions = f"Python {platform.python_version()}, torch {torch.__version__}, CPU"
        models = path.name.rpartition("_")[0]
        option = f" --set {models}" if models else ""
        file.write(f"# python benchmarks/faults/truth.py{option}; {versions}, one thread\n")
        names = [one.name for one in fields(table[0])]
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in table)
    draft.replace(path)


def verdicts(table: list[Row]) -> dict[str, str]:
    """Return the verdict of every model: the middle one of its seeds, of two the worse."""
    by_model: dict[str, list[int]] = {}
    for row in table:
        by_model.setdefault(row.model, []).append(VERDICTS.index(row.verdict))
    return {name: VERDICTS[sorted(all_)[len(all_) // 2]] for name, all_ in by_model.items()}


def main() -> None:
    """Train what is missing, seed by seed, and write the table after every model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="models whose name or family holds this text")
    parser.add_argument("--set", choices=SETS, default="", help="of the models")
    parser.add_argument("--again", action="store_true", help="train these again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    models = SETS[options.set]
    truth_file, references_file = (table_of(name, options.set) for name in ("truth", "references"))
    order = {model.name: k for k, model in enumerate(models)}
    wanted = [m for m in models if options.only in m.name or options.only in m.family]
    bases = {m.base.name for m in models}
    redo = {m.name for m in wanted} if options.again else set()
    table = [row for row in read(Row, truth_file) if row.model in order and row.model not in redo]
    references = {one.name: one for one in read(Standard, references_file) if one.name in bases}
    for base in {m.base.name for m in wanted} if options.again else ():
        references.pop(base, None)
    jobs = [*((SEEDS[0], m) for m in wanted), None, *itertools.product(SEEDS[1:], wanted)]
    while jobs:
        job = jobs.pop(0)
        if job is None:  # every model has its first seed: doubtful ones come first from here on
            doubt = {row.model for row in table if row.seed == SEEDS[0] and near(row)}
            jobs.sort(key=lambda job: job[1].name not in doubt)
            continue
        seed, model = job
        own = [row for row in table if row.model == model.name]
        agreed = len(own) > 1 and len({row.verdict for row in own}) == 1
        if agreed or any(row.seed == seed for row in own):
            continue
        if model.base.name not in references:
            references[model.base.name] = standard(model.base)
            write(list(references.values()), references_file)
        row = compared(model, seed, references[model.base.name])
        table = sorted([*table, row], key=lambda one: (order[one.model], one.seed))
        write(table, truth_file)
        print(
            f"{row.expected:7} {row.verdict:6} {row.model:45} seed {row.seed}"
            f" share {row.share:6.2f} ({row.loss:.3g} / {row.reference_loss:.3g} / {row.guess:.3g})"
            f" steps {row.steps}/{row.reference_steps:g} rates {row.rates}/{row.reference_rates:g}"
            f" {row.best} {row.seconds} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
