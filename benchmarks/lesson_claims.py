"""Lessons, run whole in this process -> whether what their texts say still holds in their numbers.

The tests run lessons with fewer steps, so they cannot compare. A claim stands here in the words of
the lesson; when one fails, the text (in every language) or the code of the lesson is to be mended.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from initlab.teaching.lessons.running import run_code
from initlab.teaching.lessons.source import LESSONS, code_of, read_lesson

HE, LARGE, SMALL = "he_normal", "normal(std=10)", "normal(std=0.01)"
Claims = dict[str, Callable[[Any], bool]]  # in the lesson's words -> whether its names fulfil it


def scores(cells: Iterable[Any], init: str, metric: str = "test_accuracy") -> np.ndarray:
    """Return the scores of an init, in the order of the seeds."""
    return np.array([cell.metrics[metric] for cell in cells if cell.init == init])


def gained(of: Any) -> np.ndarray:
    """Return what longer training brought large weights at each seed of the lesson ``variant``."""
    return scores(of.longer.cells, LARGE) - scores(of.short.cells, LARGE)


def at_rate(rates: Any, init: str, rate: float) -> Any:
    """Return what an init reached at a rate: scores, seeds that reached loss 0.3, their steps."""
    cells = [c for c in rates.all_cells if (c.init, c.learning_rate) == (init, rate)]
    steps = [c.steps_to_threshold for c in cells if c.steps_to_threshold is not None]
    (score,) = (s for s in rates.analysis.rates if (s.init, s.learning_rate) == (init, rate))
    return SimpleNamespace(scores=scores(cells, init), reached=len(steps), steps=steps, score=score)


def at_least(cells: Iterable[Any], init: str) -> int:
    """Return at how many seeds of the curve an init reaches 0.85 by the textbook's measure."""
    return int((scores(cells, init, "train_document_accuracy") >= 0.85).sum())


CIRCLES: Claims = {
    "the median is hardly lower, 98.7 %, the mean is 96.6 %, the worst at 67 %": lambda of: (
        np.round([100 * f(of.accuracies) for f in (np.median, np.mean, min)], 1).tolist()
        == [98.7, 96.6, 67.0]
    ),
    "a few seeds end where large numbers end": lambda of: (
        3 <= (scores(of.many.cells, HE) <= scores(of.many.cells, LARGE).max() - 0.05).sum() <= 6
    ),
    "beats large numbers at nearly every seed": lambda of: of.as_good <= 2,
    "the loss from z is 1773.6": lambda of: (
        round(float(np.mean(np.logaddexp(0, of.z) - of.y * of.z)), 1) == 1773.6
    ),
    "He's loss is 0.0735789596 at step 14,000, 0.675 at step 2,000": lambda of: (
        [round(of.curve["train_loss"][of.curve["step"].index(k)], n)
         for k, n in ((14_000, 10), (2_000, 3))] == [0.0735789596, 0.675]
    ),
    "with enough steps weights of 0.01 solve the task": lambda of: (
        of.patient.cells[0].metrics["train_accuracy"] > 0.99
    ),
}  # fmt: skip
VARIANT: Claims = {
    "four times the steps bring a few points, not at every seed": lambda of: (
        0.02 < float(gained(of).mean()) < 0.1 and (gained(of) > 0).sum() < 10
    ),
    "uniform has the better median, 50 seeds do not distinguish the two": lambda of: (
        np.median(scores(of.shapes.cells, of.shapes.study.inits[1]))
        > np.median(scores(of.shapes.cells, LARGE))
        and of.shapes.verdict.kind == "no_winner"
    ),
    "the loss falls under 0.3 only at step 7,200": lambda of: (
        of.three.cells[2].steps_to_threshold == 7200
    ),
    "the radius is right on 97.7 %; the more noise, the smaller the gap": lambda of: (
        round(100 * of.lines["radius < 0.9"][1], 1) == 97.7
        and (np.diff(np.subtract(of.lines[HE], of.lines[LARGE])) < 0).all()
    ),
    "at rate 0.1 all ten solve the task, and sooner": lambda of: (
        at_rate(of.rates, HE, 0.1).reached == 10
        and np.median(at_rate(of.rates, HE, 0.1).steps)
        < np.median(at_rate(of.rates, HE, 0.01).steps)
    ),
    "by half a point the median prefers 0.01, where two of ten fail": lambda of: (
        at_rate(of.rates, HE, 0.01).score.chosen
        and at_rate(of.rates, HE, 0.01).reached == 8
        and math.isclose(
            at_rate(of.rates, HE, 0.01).score.median - at_rate(of.rates, HE, 0.1).score.median,
            0.005,
        )
    ),
    "small weights did not move at 0.01, train at most seeds at 1": lambda of: (
        at_rate(of.rates, SMALL, 0.01).reached == 0 and at_rate(of.rates, SMALL, 1.0).reached > 5
    ),
    "large weights do badly at all three rates; He's median is higher at each": lambda of: all(
        at_rate(of.rates, LARGE, rate).score.median
        < min(0.75, at_rate(of.rates, HE, rate).score.median)
        for rate in (0.01, 0.1, 1.0)
    ),
}
CURVE: Claims = {
    "0.4998, 0.7780 and 0.9471": lambda of: (
        [round(c.metrics["train_document_accuracy"], 4) for c in of.result.cells]
        == [0.4998, 0.7780, 0.9471]
    ),
    "4 of 50 seeds fail with everything random; none is good with B2 alone": lambda of: (
        at_least(of.many.cells, of.drawn) == 46 and at_least(of.many.cells, of.groups[3]) == 0
    ),
    "in every row there are seeds without a good fit": lambda of: all(
        at_least(of.many.cells, group) < 50 for group in of.groups
    ),
    "at each failed seed a unit's output changes by 0.14 or less": lambda of: all(
        np.ptp(np.tanh(c.parameters["W1"] @ of.x_all + c.parameters["b1"]), axis=1).min() < 0.145
        for c in of.failed
    ),
    "with 0.5 and 100,000 steps the same four succeed": lambda of: min(of.accuracy) >= 0.85,
    "with dropout two distinct units at every seed": lambda of: all(
        c.end.distinct_units[0] == 2 for c in of.runs.cells if c.init == of.equal
    ),
}
FASHION: Claims = {
    "the three of size 1/sqrt(n) get 86 or 87 %": lambda of: all(
        round(100 * cell.metrics["validation_accuracy"]) in (86, 87) for cell in of.runs.cells[4:]
    ),
    "zeros and ones end near one right prediction in ten": lambda of: all(
        0.05 < cell.metrics["validation_accuracy"] < 0.15 for cell in of.runs.cells[:2]
    ),
    "centred around 0, about four fifths": lambda of: (
        0.78 < of.runs.cells[3].metrics["validation_accuracy"] < 0.83
    ),
    "the accuracies of both rules differ by less than one point": lambda of: (
        abs(np.diff([one.scores["validation_accuracy"] for one in of.trained])[0]) < 0.01
    ),
    "the small constant with dropout: half of the digits or more": lambda of: (
        scores(of.small.cells, "constant(value=0.01)", "validation_accuracy").min() > 0.45
    ),
    "shapes are not distinguished, variances are": lambda of: (
        [d.noise for d in of.shapes.analysis.differences]
        == [True, False, False, False, False, True]
    ),
}
SEEDS: Claims = {
    "seed 3 belongs to the best six of fifty": lambda of: (of.he >= of.he[3]).sum() == 6,
    "against orthogonal weights p is 0.025": lambda of: (
        f"{of.sign_flip_p(of.a - of.scores('orthogonal')):.2g}" == "0.025"
    ),
    "p = 0.02, and about 0.14 after Holm": lambda of: (
        [f"{p:.2f}" for p in (of.result.analysis.differences[1].p,
                              of.result.analysis.differences[1].p_holm)] == ["0.02", "0.14"]
    ),
    "after 5,000 steps standard normal weights beat He's": lambda of: (
        of.short.verdict.kind == "winner" and of.short.verdict.best[0] == "normal"
    ),
    "He wins at more seeds after 15,000": lambda of: (of.x < of.y).sum() > (of.x > of.y).sum(),
    "at its own best rate each of the three reaches about 94 or 95 %": lambda of: all(
        0.935 < s.mean < 0.955 and s.learning_rate == 0.1 for s in of.rates.analysis.rates
        if s.chosen
    ),
    "the init with the better mean is the one that lost runs": lambda of: (
        of.wild.analysis.summary[0].diverged > 0 == of.wild.analysis.summary[1].diverged
        and of.wild.analysis.summary[0].metrics["validation_r2"].mean
        > of.wild.analysis.summary[1].metrics["validation_r2"].mean
    ),
    "with one seed it is close to random guessing": lambda of: 0.4 < of.wrong[0] < 0.5,
}  # fmt: skip
CLAIMS = {
    "circles": CIRCLES, "variant": VARIANT, "curve": CURVE, "fashion": FASHION, "seeds": SEEDS,
}  # fmt: skip


def main() -> None:
    """Run the lessons that are asked for, all by default; exit 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", help=f"some of {', '.join(LESSONS)}")
    failed = 0
    for name in parser.parse_args().lessons or LESSONS:
        with contextlib.redirect_stdout(io.StringIO()):
            names = run_code(code_of(read_lesson(name).cells), lambda figure: None)
        for words, holds in CLAIMS[name].items():
            kept = bool(holds(SimpleNamespace(**names)))
            failed += not kept
            print(f"{name}: {'holds' if kept else 'DOES NOT HOLD'}: {words}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
