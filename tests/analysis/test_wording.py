"""Words of an analysis: numbers read right, sentences fit a line and say what the table says."""

from __future__ import annotations

import ast
import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

import initlab.analysis
from initlab.analysis import Analysis
from initlab.analysis.difference import sides
from initlab.analysis.wording import (
    LINE,
    fitted,
    interval_text,
    metric_label,
    ranges_text,
    runs_text,
    seeds_text,
    value_text,
)
from initlab.records import Cell, Study
from initlab.report.results import ranked, result_grid

from .making import a_cell, a_diverged_cell, a_study


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("test_accuracy", 0.99333, "99.3 %"),
        ("test_accuracy", 1.0, "100.0 %"),
        ("train_loss", 0.06481, "0.0648"),
        ("train_loss", math.inf, "inf"),
        ("train_loss", math.nan, "–"),
        ("test_accuracy", None, "–"),
    ],
)
def test_values(metric, value, text):
    assert value_text(metric, value) == text


def test_intervals_name_the_unit_once():
    assert interval_text("test_accuracy", (0.943, 0.95)) == "94.3 to 95.0 %"
    assert interval_text("test_loss", (0.69, math.inf)) == "0.69 to inf"
    assert interval_text("test_accuracy", (-math.inf, 0.95)) == "up to 95.0 %"
    assert interval_text("test_loss", None) == "–"


def test_an_unknown_metric_keeps_its_own_words():
    assert metric_label("test_accuracy") == "test accuracy"
    assert metric_label("margin_at_half") == "margin at half"
    assert metric_label("train_loss_last_100") == "last-100-batch training loss"


SOURCES = Path(initlab.analysis.__file__).parent


@pytest.mark.parametrize("source", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_sentences_say_init_and_random_guessing(source: Path) -> None:
    tree = ast.parse(source.read_text("utf-8"))
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    sentences = [
        text for text in said if isinstance(text, str) and " " in text and "\n" not in text
    ]
    odd = re.compile(r"\b[Ss]tarts?\b|\b[Aa] guess\b|\bcoin\b|blind guess|at the start")
    assert [text for text in sentences if odd.search(text)] == []


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "3"),
        ([1, 0], "0 and 1"),
        ([0, 1, 2], "0 to 2"),
        ([1, 3, *range(5, 10)], "1, 3 and 5 to 9"),
        ([0, 1, 2, 7, 8], "0 to 2, 7 and 8"),
    ],
)
def test_neighbours_make_a_range(numbers: list[int], words: str) -> None:
    assert ranges_text(numbers) == words


def test_a_long_list_of_seeds_is_cut_unless_every_one_is_asked_for() -> None:
    assert seeds_text((3,)) == "seed 3"
    assert seeds_text(tuple(range(50))) == "seeds 0 to 49"
    assert seeds_text((3, 5, 9)) == "seeds 3, 5 and 9"
    even = tuple(range(0, 40, 2))
    assert seeds_text(even) == "seeds 0, 2, 4, 6, 8, 10, 12, 14, ... (20 in all)"
    assert seeds_text(even, most=20).endswith("36 and 38")
    assert runs_text((0, 1, 2), 4, 6) == "seeds 0 to 2, 4 of 6 runs done"


NAMES = (
    "he_normal", "normal(std=0.0123456789)", "W1=normal(std=0.01),B1=0,W2=glorot_uniform,B2=0",
    "uniform(low=-0.05, high=0.05)", "zeros", "W1=normal(std=0.02),B1=0,W2=glorot_uniform,B2=0",
    "sparse(sparsity=0.25, std=0.0123456789)", "orthogonal(gain=1.4142135623730951)",
)  # fmt: skip
METRICS = ("validation_accuracy", "test_loss", "validation_my_very_own_score_of_it")
KINDS = ("alike", "leads", "failing", "diverging", "nothing", "tied", "wild", "no score")
SIZES = list(itertools.product(METRICS, (1, 3, 5, 6, 20), (1, 2, 3, 8), (1, 2)))


def _scores(kind: str, count: int, seeds: int, generator: np.random.Generator) -> np.ndarray:
    scores = generator.choice([0.5, 0.9], (count, 1)) + generator.normal(0, 0.02, (count, seeds))
    if kind in ("alike", "leads"):
        scores = 0.7 + generator.normal(0, 0.05, (count, seeds))
        scores[-1] += 0.2 * (kind == "leads")
    if kind == "tied":
        scores[:] = 0.75
    if kind == "nothing":
        scores = 0.505 + generator.uniform(0, 0.01, (count, seeds))
    if kind == "wild":
        scores = generator.choice([0.5, 0.6, 0.9], (count, seeds))
    if kind == "no score":
        scores[0] = math.nan
    return np.minimum(scores, 1)


def _analysis(
    kind: str, metric: str, seeds: int, count: int, rates: int, generator: np.random.Generator
) -> Analysis:
    inits = tuple(generator.permutation(NAMES)[:count].tolist())
    lower = metric.endswith("loss")
    base = 1.0 if lower else 0.5
    study = a_study(
        inits=inits, seeds=tuple(range(seeds)), metric=metric, metrics=(metric,),
        learning_rates=(0.1, 0.01) if rates == 2 else (), base_rates={metric: base},
        samples={metric: 12_345},
    )  # fmt: skip
    cells = []
    for rate in study.rates:
        scores = _scores(kind, count, seeds, generator)
        for (k, init), seed in itertools.product(enumerate(inits), range(seeds)):
            score = float(scores[k, seed])
            value = 1.5 - score if lower else score
            margins = {metric: (value - base, 0.01)} if math.isfinite(score) else {}
            cell = a_cell(init, seed, metrics={metric: value}, margins=margins, learning_rate=rate)
            if kind in ("failing", "diverging") and generator.random() < 0.4:
                cell = _failed(cell, kind, init, seed, rate)
            cells.append(cell)
    return Analysis(study, cells)


def _failed(cell: Cell, kind: str, init: str, seed: int, rate: float) -> Cell:
    if kind == "diverging":
        return a_diverged_cell(init, seed).replace(learning_rate=rate)
    (metric,) = cell.metrics
    base = 1.0 if metric.endswith("loss") else 0.5
    return cell.replace(metrics={metric: base}, margins={metric: (0.0, 0.01)})


@pytest.mark.parametrize("kind", KINDS)
def test_verdict_and_evidence_take_a_line_each_and_agree_with_the_table(kind: str) -> None:
    generator = np.random.default_rng(KINDS.index(kind))
    seen = set()
    for size in SIZES:
        found = _analysis(kind, *size, generator)
        verdict, table = found.verdict, list(ranked(found))
        seen.add(verdict.kind)
        for line in (verdict, verdict.evidence):
            assert len(line) <= LINE, (size, len(line), str(line))
        order = [start.init for start, _, _ in table]
        assert list(verdict.best) == [init for init in order if init in verdict.best]
        if verdict.best:
            assert verdict.best[0] == order[0]
        _check_names(found.study, found, [name for _, name, _ in table])
    assert len(seen) > 1 or kind == "nothing"


@pytest.mark.parametrize("kind", KINDS)
def test_braces_in_names_are_words_as_any_others(kind: str) -> None:
    said = []
    for metric, count in itertools.product(("{part}_score", "test_{0}"), (1, 2, 3)):
        verdict = _analysis(kind, metric, 6, count, 1, np.random.default_rng(0)).verdict
        said.append(f"{verdict} {verdict.evidence}")
    assert any("{part} samples" in one or "{0}" in one for one in said)


def _check_names(study: Study, found: Analysis, names: list[str]) -> None:
    """Whoever is said to win, to lead or to be second is so in the table."""
    verdict = found.verdict
    said = {
        names[0]: re.search(
            r"^Winner[^:]*: (.+?)(?: beats |, with a |; med)|lead of (.+?) in ", verdict
        ),
        names[min(1, len(names) - 1)]: re.search(
            r"^(?:Second|2nd): (.+?), [0-9.]+ ", verdict.evidence
        ),
    }
    leads = re.search(r"^(.+?) leads ", verdict.evidence)
    if leads:  # by the difference that is printed
        second = [*verdict.best, *(one.init for one, _, _ in ranked(found))]
        pair = {second[0], next(init for init in second if init != second[0])}
        d = next(d for d in found.differences if {d.first, d.second} == pair)
        assert sides(d)[0] == second[0]
    for name, match in [*said.items(), (names[0], leads)]:
        if match:
            shown = next(group for group in match.groups() if group)
            assert _is(shown, name), (shown, names, str(verdict), verdict.evidence)
    if len(study.inits) > 1 and verdict.kind == "winner":
        assert found.differences  # tested
    assert result_grid(found).rows


def _is(shown: str, name: str) -> bool:
    begin, cut, end = shown.partition("…")
    return name.startswith(begin) and name.endswith(end) if cut else shown == name


def test_samples_go_before_the_word_that_tells_whose_median_is_said() -> None:
    failed = "Of 6 runs, 3 had a dead layer and 3 are not shown to have trained"
    line = fitted(lambda: f"{failed} (3 seeds, 100 test samples); the best median is 50.0 %.")
    assert line == f"{failed} (3 seeds); best median 50.0 %."


def test_a_sentence_that_fits_is_left_alone_and_names_are_cut_last() -> None:
    assert fitted("{} leads {}.".format, "a" * 40, "b" * 40) == f"{'a' * 40} leads {'b' * 40}."
    long = "{} leads {} by 3.12 points (95 % interval 1 to 2; 6 seeds, 100 validation samples)."
    shorter = fitted(long.format, "he_normal", "normal(std=10)")
    assert shorter.endswith("by 3.12 points (95 % CI 1 to 2; 6 seeds, 100 validation samples).")
    cut = fitted(long.format, *(f"W1=normal(std={std}),B1=0,W2=0" for std in (0.01, 0.02)))
    assert len(cut) <= LINE
    first, second = cut.split(" by ")[0].split(" leads ")
    assert first != second
    assert "…" in first


WHOLE = (
    "{} leads {} by 3.1 points, paired (95 % interval 1.0 to 2.0; 50 seeds, 100 "
    "validation samples; signed-rank test, p = 0.03)."
)


@pytest.mark.parametrize(
    ("length", "end"),
    [
        (6, "points (95 % CI 1.0 to 2.0; 50 seeds, 100 samples; p = 0.03)."),
        (12, "points (95 % CI 1.0 to 2.0; 50 seeds, 100 samples; p = 0.03)."),
        (16, "points (95 % CI 1.0 to 2.0; 50 seeds; p = 0.03)."),
        (25, "points (50 seeds; p = 0.03)."),
    ],
)
def test_the_interval_goes_after_weaker_words_and_names_are_cut_after_it(
    length: int, end: str
) -> None:
    names = "a" * length, "b" * length
    brief = WHOLE.replace("95 % interval 1.0 to 2.0; ", "")
    line = fitted(WHOLE.format, *names, briefly=brief.format)
    assert len(line) <= LINE
    assert line.startswith("{} leads {} by 3.1 points".format(*names))
    assert line.endswith(end)


def test_a_difference_of_nothing_keeps_its_interval() -> None:
    generator = np.random.default_rng(2)
    inits = ("he_normal", "normal(std=0.0123456789)")
    study = a_study(inits=inits, seeds=tuple(range(50)), samples={"test_accuracy": 100})
    steps = generator.integers(-2, 3, 25) / 100
    gains = {inits[0]: [*steps, *-steps], inits[1]: [0.0] * 50}
    cells = [a_cell(init, k, 0.8 + gain) for init in inits for k, gain in enumerate(gains[init])]
    evidence = Analysis(study, cells).verdict.evidence
    assert "differ by 0.0 points (95 % CI −" in evidence, evidence
    assert inits[1] in evidence
