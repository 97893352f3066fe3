"""A lead of a few samples, the same at every seed, is a statement about these samples."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from initlab.analysis import Analysis
from initlab.analysis.samples import sample_error
from initlab.records import Study
from initlab.report.summary import Summary

from .making import HE, TEN, ZEROS, a_cell, a_study, cells_of

WARNING = "on other samples another init may win"


def _analysis(scores: dict[str, list[float]], samples: int | None, **changes: Any) -> Analysis:
    metric = changes.get("metric", "test_accuracy")
    counts = {} if samples is None else {metric: samples}
    seeds = tuple(range(len(next(iter(scores.values())))))
    study = a_study(inits=tuple(scores), seeds=seeds, samples=counts, **changes)
    return Analysis(study, cells_of(scores))


def test_one_sample_at_three_seeds_is_a_winner_on_these_samples_alone() -> None:
    found = _analysis({ZEROS: [0.925] * 3, HE: [0.95] * 3}, 40)
    verdict = found.verdict
    assert (verdict.kind, verdict.best) == ("winner", (HE,))
    assert verdict == (
        "Winner on these 40 test samples: he_normal, with a median test accuracy of 95.0 %."
    )
    assert verdict.evidence == (
        "zeros is 2.5 points behind (3 seeds, 40 test samples; all differences equal, p = 0.031)."
    )
    page = str(Summary(found))
    assert "other seeds on the same data, not for other data" in page
    page = " ".join(page.split())
    assert (
        "he_normal leads by 2.5 points (1 of 40 test samples). The standard error of its test "
        "accuracy over the samples is" in page
    )
    assert WARNING in page


@pytest.mark.parametrize("samples", [None, 4_000])
def test_a_lead_that_the_samples_resolve_is_a_winner_without_reserve(samples: int | None) -> None:
    found = _analysis({ZEROS: [0.925] * 3, HE: [0.95] * 3}, samples)
    assert found.verdict.startswith("Winner: he_normal, ")
    assert WARNING not in str(Summary(found))


def test_a_perfect_score_on_few_samples_is_not_taken_for_certain() -> None:
    assert "on these 10" in _analysis({ZEROS: [0.9] * 6, HE: [1.0] * 6}, 10).verdict
    assert "on these" not in _analysis({ZEROS: [0.5] * 6, HE: [1.0] * 6}, 100).verdict


def test_the_smallest_lead_decides() -> None:
    scores = {ZEROS: [0.5] * 6, TEN: [0.94] * 6, HE: [0.95] * 6}
    assert _analysis(scores, 100).verdict.startswith(
        "Winner on these 100 test samples: he_normal beats both others"
    )


def test_a_loss_has_the_standard_error_of_its_samples() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(6)), metric="test_loss")

    def verdict(error: float) -> str:
        margins = {"test_loss": (-0.3, error)}
        cells = [
            a_cell(init, k, loss=loss + 0.001 * k, margins=margins)
            for init, loss in ((ZEROS, 0.3), (HE, 0.2))
            for k in range(6)
        ]
        return str(Analysis(study, cells).verdict)

    assert verdict(0.049).startswith("Winner: he_normal")
    assert verdict(0.051).startswith("Winner on these samples: he_normal")


@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 6, 20])
def test_every_kind_of_evidence_says_how_many_samples_were_judged(seeds: int) -> None:
    lead = _analysis({ZEROS: [0.5] * seeds, HE: [0.9] * seeds}, 100)
    tie = _analysis({ZEROS: [0.5] * seeds, HE: [0.5] * seeds}, 100)
    one = _analysis({HE: [0.5] * seeds}, 100)
    for found in (lead, tie, one):
        words = re.compile(r"\b100 (test )?samples\b")
        assert words.search(found.verdict.evidence)
        assert words.search(found.to_record()["judgement"]["evidence"])
    if seeds >= 3:
        assert "not for other data" in str(Summary(lead))


def test_a_study_keeps_how_many_samples_its_scores_are_over() -> None:
    study = a_study(samples={"test_accuracy": 100, "train_loss": 300})
    assert Study.from_record(study.to_record()) == study
    assert math.isclose(study.samples["train_loss"], 300)
    old = study.to_record()
    del old["samples"]
    assert Study.from_record(old).samples == {}


@pytest.mark.parametrize("metric", ["validation_r2", "validation_loss"])
def test_the_error_of_a_regression_is_its_own_and_not_that_of_the_mean(metric: str) -> None:
    generator = np.random.default_rng(3)
    targets, noise = generator.normal(size=2000), 0.17 * generator.normal(size=2000)
    own, constant = noise**2 / 2, (targets - targets.mean()) ** 2 / 2
    scale = 1 / constant.mean() if metric == "validation_r2" else -1.0  # R² = 1 - own / constant
    each = (constant - own) * scale
    base, score = (0.0, each.mean()) if scale > 0 else (constant.mean(), own.mean())
    study = a_study(
        layer_dims=(2, 4, 1), loss="half_mean_squared_error", metric=metric, inits=(HE,),
        base_rates={metric: base}, metrics=(metric,),
    )  # fmt: skip
    margin = float(each.mean()), float(each.std(ddof=1) / 2000**0.5)
    cell = a_cell(HE, 3, metrics={metric: float(score)}, margins={metric: margin})
    found = sample_error(study, [cell], float(score))
    assert found == pytest.approx(abs(scale) * own.std(ddof=1) / 2000**0.5, rel=0.3)
    assert found < 0.05 * margin[1]  # what the constant's own spread would make of it
