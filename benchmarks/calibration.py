"""Simulated studies -> how often a verdict is wrong, how often intervals cover, how often it wins.

    python benchmarks/calibration.py

draws scores of whole studies, decides them with the functions that decide a real study, and counts:
false alarms of each kind of claim where all initializations are alike, and where two are alike and
the rest lies five standard deviations lower; those of the test that all are alike, with up to 40
initializations, and how often it finds a difference; coverage of the intervals; and how often the
better one is named. ``--studies 500`` makes it faster, ``--workers 2`` too. To draw one setting of
the false alarms again with more studies, name it as its line begins in the table of ``--full``:

    python benchmarks/calibration.py --studies 20000 --only "5 | normal | 20 | two | 8"

The scores are normal, lognormal (sigma 1), shares of 100 test points (binomial, 0.95), or normal
with failing runs: 5 % diverge, and 5 % end ten standard deviations lower. With several learning
rates each of five has the same distribution, which makes choosing the best most tempting.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from initlab.analysis.claims import best, compare_pairs, winner
from initlab.analysis.exchange import exchange_p
from initlab.analysis.paired import FEWEST_FOR_RANKS, gaps, typical_difference
from initlab.analysis.rates import best_rate
from initlab.analysis.statistics import (
    LEVEL,
    holm,
    interquartile_mean,
    median,
    median_interval,
)

STUDIES = 2000
STUDIES_AT_RATES = 1000  # a study at five rates takes longer
SEEDS = (3, 5, 6, 8, 10, 20, 50)
INITS = (2, 4, 8)
MANY_INITS = (2, 4, 8, 17, 40)  # of the test that all are alike
RATES = 5
FAR = 5.0  # standard deviations between the tied ones and the rest
FAILING = 0.1
WINNER, BEATS = "winner", "A beats B"
MISSING, ANY_MISSING = "one best init missing in best", "any best init missing"
KINDS = (WINNER, BEATS, MISSING, ANY_MISSING)  # of claims


@dataclass(frozen=True)
class Distribution:
    """How scores are drawn; ``std`` and ``median`` are those of the runs that do not fail."""

    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
    std: float
    median: float


def failing(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw normal scores; 5 % are -inf, diverged, and 5 % lie ten lower."""
    scores, luck = generator.normal(size=shape), generator.random(shape)
    scores[luck < FAILING] -= 10
    scores[luck < FAILING / 2] = -np.inf
    return scores


DISTRIBUTIONS = {
    "normal": Distribution(lambda g, shape: g.normal(size=shape), 1.0, 0.0),
    "lognormal": Distribution(
        lambda g, shape: g.lognormal(size=shape), math.sqrt((math.e - 1) * math.e), 1.0
    ),
    "binomial": Distribution(lambda g, shape: g.binomial(100, 0.95, shape) / 100, 0.0217945, 0.95),
    "10 % failing": Distribution(failing, 1.0, float(norm.ppf((0.5 - FAILING) / (1 - FAILING)))),
}


@dataclass
class Decided:
    """What a study claims.

    Attributes:
        shown: each initialization's scores, at its best rate.
        winner: the place of the winner, or None.
        best: places of all that may be best.
        beaten: (better, worse) of every pair that is told apart.
    """

    shown: list[np.ndarray]
    winner: int | None
    best: list[int]
    beaten: list[tuple[int, int]] = field(default_factory=list)


def decide(scores: np.ndarray) -> Decided:
    """Decide a study from its (initialization, seed, rate) scores, as the package does.

    Args:
        scores: better-is-larger; -inf for a run that diverged.
    """
    places = range(len(scores))
    tests = compare_pairs(scores)
    ahead, tested = {}, []
    for (i, j), test in zip(itertools.combinations(places, 2), tests, strict=True):
        if not math.isnan(test.p):
            leading = (i, j) if test.ahead >= 0 else (j, i)
            tested.append((leading, test.p))
            if test.ahead:
                ahead[leading] = test.p
    corrected = holm([p for _, p in tested])
    beaten = [pair for (pair, _), p in zip(tested, corrected, strict=True) if p <= LEVEL]
    shown = [own[:, best_rate(own)] for own in scores]
    ranked = sorted(places, key=lambda k: centre(shown[k]), reverse=True)
    left = best(ranked, ahead, overall=0.0)
    if left != ranked and winner(ranked, ahead) is None:  # else the overall test decides nothing
        left = best(ranked, ahead, exchange_p(scores)[0])
    return Decided(shown, winner(ranked, ahead), left, [pair for pair in beaten if pair in ahead])


def centre(scores: np.ndarray) -> tuple[float, float]:
    """Return what ranks an initialization: the median, then the interquartile mean."""
    finished = scores[np.isfinite(scores)]
    return float(median(np.sort(scores))), interquartile_mean(finished) if finished.size else 0.0


# Counting


@dataclass(frozen=True)
class Setting:
    """One row: a distribution, how many seeds, initializations and rates, how many tie on top."""

    distribution: str
    seeds: int
    inits: int
    rates: int
    tied: int
    studies: int
    gap: float = FAR
    apart: bool = False  # whether even the worst run of the tied lies so far above all of the rest


def studies(setting: Setting) -> Iterator[np.ndarray]:
    """Draw the scores of every study of a setting; the same each time."""
    distribution = DISTRIBUTIONS[setting.distribution]
    key = [
        list(DISTRIBUTIONS).index(setting.distribution),
        setting.seeds,
        setting.inits,
        setting.rates,
        setting.tied,
    ]
    generator = np.random.default_rng(key)
    for _ in range(setting.studies):
        scores = distribution.draw(generator, (setting.inits, setting.seeds, setting.rates))
        over = scores[setting.tied :].max() - scores[: setting.tied].min() if setting.apart else 0.0
        scores[setting.tied :] -= setting.gap * distribution.std + over
        yield scores


def false_alarms(setting: Setting) -> dict[str, float]:
    """Return the share of studies with a false claim, by kind of claim.

    "A beats B" is false where both are tied, or both of the rest, or A is of the rest.
    """
    tied = set(range(setting.tied))
    counts = dict.fromkeys(KINDS, 0)
    for scores in studies(setting):
        found = decide(scores)
        counts[WINNER] += found.winner is not None
        counts[MISSING] += 0 not in found.best
        counts[ANY_MISSING] += not tied <= set(found.best)
        counts[BEATS] += any(not (a in tied and b not in tied) for a, b in found.beaten)
    return {kind: count / setting.studies for kind, count in counts.items()}


def coverage(setting: Setting) -> dict[str, float]:
    """Return how often the intervals of a median, and of a difference of 0, cover them.

    Studies without an interval are left out: below 6 seeds a median has none, and a difference has
    none where a run diverged or all differences are equal.
    """
    found: dict[str, list[bool]] = {"median": [], "difference": []}
    middle = DISTRIBUTIONS[setting.distribution].median
    for scores in studies(setting):
        first, second = (own[:, best_rate(own)] for own in scores)
        intervals = {
            "median": (median_interval(np.sort(first)), middle),
            "difference": (typical_difference(gaps(first, second))[1], 0.0),
        }
        for kind, (interval, truth) in intervals.items():
            if interval is not None:
                found[kind].append(interval[0] <= truth <= interval[1])
    return {kind: float(np.mean(hits)) if hits else math.nan for kind, hits in found.items()}


def alike(setting: Setting) -> float:
    """Return how often the test that all initializations are alike rejects."""
    return sum(exchange_p(scores)[0] <= LEVEL for scores in studies(setting)) / setting.studies


def power(setting: Setting) -> float:
    """Return how often the better one is named as winner."""
    return sum(decide(scores).winner == 0 for scores in studies(setting)) / setting.studies


# Tables


def count_of(rates: int, arguments: argparse.Namespace) -> int:
    """Return how many studies a row takes."""
    several = arguments.studies * STUDIES_AT_RATES // STUDIES
    return arguments.studies if rates == 1 else several


def alarm_settings(arguments: argparse.Namespace) -> list[Setting]:
    """Return every row of the table of false alarms; below 6 seeds there is no test of rates."""
    return [
        Setting(distribution, seeds, inits, rates, tied, count_of(rates, arguments))
        for rates in (1, RATES)
        for distribution in DISTRIBUTIONS
        for seeds in SEEDS
        for inits in INITS
        for tied in sorted({2, inits}, reverse=True)
        if rates == 1 or seeds >= FEWEST_FOR_RANKS
    ]


def print_alarms(rows: list[tuple[Setting, dict[str, float]]]) -> None:
    """Print one line per setting."""
    print("| rates | scores | seeds | tied | inits | " + " | ".join(KINDS) + " |")
    print("|---" * (5 + len(KINDS)) + "|")
    for s, found in rows:
        cells = " | ".join(f"{100 * found[kind]:.1f}" for kind in KINDS)
        print(f"| {beginning(s)} | {cells} |")


def beginning(s: Setting) -> str:
    """Return what the line of a setting begins with."""
    tied = "all" if s.tied == s.inits else "two"
    return f"{s.rates} | {s.distribution} | {s.seeds} | {tied} | {s.inits}"


def print_largest(rows: list[tuple[Setting, dict[str, float]]]) -> None:
    """Print the largest share of each, a line per number of rates, distribution and seeds."""
    print("| rates | scores | seeds | " + " | ".join(KINDS) + " |")
    print("|---" * (3 + len(KINDS)) + "|")
    for (rates, distribution, seeds), group in itertools.groupby(
        rows, lambda row: (row[0].rates, row[0].distribution, row[0].seeds)
    ):
        shares = [found for _, found in group]
        cells = " | ".join(f"{100 * max(one[kind] for one in shares):.1f}" for kind in KINDS)
        print(f"| {rates} | {distribution} | {seeds} | {cells} |")


def print_summary(rows: list[tuple[Setting, dict[str, float]]]) -> None:
    """Print the largest share of each kind of claim, and where it is."""
    for rates in (1, RATES):
        some = [row for row in rows if row[0].rates == rates]
        error = 100 * math.sqrt(0.05 * 0.95 / some[0][0].studies)
        print(f"\n{len(some)} settings at {rates} rate(s), {some[0][0].studies} studies each; a "
              f"share of 5 % has a standard error of {error:.2f} points.")  # fmt: skip
        for kind in KINDS:
            s, found = max(some, key=lambda row: row[1][kind])
            over = sum(row[1][kind] > 0.057 for row in some)
            print(f"- {kind}: at most {100 * found[kind]:.1f} % "
                  f"({s.distribution}, {s.seeds} seeds, "
                  f"{s.inits} inits, {s.tied} tied); above 5.7 % in {over} settings.")  # fmt: skip


def alike_settings(arguments: argparse.Namespace) -> list[Setting]:
    """Return the test that all are alike, four times a row: alike twice, two and half on top."""
    count = count_of(RATES, arguments)
    return [
        Setting(distribution, seeds, inits, rates, tied, count, gap=2.0)
        for rates in (1, RATES)
        for seeds in (6, 10, 20)
        for inits in MANY_INITS
        for distribution, tied in (
            ("normal", inits),
            ("10 % failing", inits),
            ("normal", 1 if inits == 2 else 2),
            ("normal", inits // 2),
        )
    ]


def print_alike(rows: list[tuple[Setting, float]]) -> None:
    """Print one line per number of rates, seeds and initializations."""
    print("| rates | seeds | inits | all alike, normal | all alike, 10 % failing "
          "| two on top | half on top |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for first in range(0, len(rows), 4):
        s = rows[first][0]
        cells = " | ".join(f"{100 * share:.1f}" for _, share in rows[first : first + 4])
        print(f"| {s.rates} | {s.seeds} | {s.inits} | {cells} |")


def covering_settings(arguments: argparse.Namespace) -> list[Setting]:
    """Return every row of the table of coverage."""
    return [
        Setting(distribution, seeds, 2, rates, 2, 2 * count_of(rates, arguments))
        for rates in (1, RATES)
        for distribution in DISTRIBUTIONS
        for seeds in SEEDS
        if rates == 1 or seeds >= FEWEST_FOR_RANKS
    ]


def print_coverage(rows: list[tuple[Setting, dict[str, float]]]) -> None:
    """Print one line per setting."""
    print("| rates | scores | seeds | median | difference |\n|---|---|---|---|---|")
    for s, found in rows:
        shares = ["–" if math.isnan(x) else f"{100 * x:.1f}" for x in found.values()]
        print(f"| {s.rates} | {s.distribution} | {s.seeds} | {' | '.join(shares)} |")
    error = 100 * math.sqrt(0.05 * 0.95 / rows[0][0].studies)
    print(f"\n{rows[0][0].studies} studies at one rate: standard error {error:.2f} points.")


def winning_settings(arguments: argparse.Namespace) -> list[Setting]:
    """Return every row of the table of power."""
    distributions = [
        distribution for distribution in DISTRIBUTIONS if distribution != "10 % failing"
    ]
    count = count_of(RATES, arguments)
    far = [
        Setting(distribution, 5, k, 1, 1, arguments.studies, apart=apart)
        for apart in (True, False)
        for distribution in distributions
        for k in INITS
    ]
    return far + [Setting("normal", n, k, RATES, 1, count, gap=2.0) for n in (8, 10) for k in INITS]


def print_power(rows: list[tuple[Setting, float]]) -> None:
    """Print one line per setting."""
    print("| rates | scores | seeds | inits | std between | winner |\n|---|---|---|---|---|---|")
    for s, share in rows:
        apart = f"{s.gap:g}" + ", every run" * s.apart
        print(
            f"| {s.rates} | {s.distribution} | {s.seeds} | {s.inits} | {apart} "
            f"| {100 * share:.1f} |"
        )


def main() -> int:
    """Run every simulation and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=STUDIES, help="simulated at one rate")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--full", action="store_true", help="a line per setting")
    parser.add_argument("--only", help="false alarms of settings whose lines begin so")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(arguments.workers) as pool:
        alarms = alarm_settings(arguments)
        if arguments.only:
            alarms = [s for s in alarms if beginning(s).startswith(arguments.only)]
        rows = list(zip(alarms, pool.map(false_alarms, alarms), strict=True))
        print("## False alarms, in percent of studies\n")
        (print_alarms if arguments.full or arguments.only else print_largest)(rows)
        if arguments.only:
            return 0
        print_summary(rows)
        many = alike_settings(arguments)
        print("\n## How often the test that all are alike rejects, in percent\n")
        print_alike(list(zip(many, pool.map(alike, many), strict=True)))
        covering = covering_settings(arguments)
        print("\n## Coverage of 95 % intervals, in percent\n")
        print_coverage(list(zip(covering, pool.map(coverage, covering), strict=True)))
        winning = winning_settings(arguments)
        print("\n## Power: how often the better one is the winner, in percent\n")
        print_power(list(zip(winning, pool.map(power, winning), strict=True)))
    print(f"\n{time.perf_counter() - began:.0f} s with {arguments.workers} process(es).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
