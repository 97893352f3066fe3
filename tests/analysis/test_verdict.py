"""Five answers, and the examples that misled before: each on scores, without training."""

from __future__ import annotations

import math
import pickle
import re
from typing import Any

import numpy as np
import pytest

from initlab.analysis import PAIRED_NOTE, WINNER_NOTE, Analysis, Verdict, seeds_words, verdict
from initlab.analysis.command import next_command
from initlab.analysis.failing import BaseRate
from initlab.analysis.summary import summarize
from initlab.analysis.verdict import judge
from initlab.records import CANCELLED, Cell, Study
from initlab.report.results import result_grid

from .making import (
    HE,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_study,
    a_tiny_cell,
    a_zeros_cell,
    cells_of,
)

GLOROT, DEFAULT = "glorot_normal", "default"
GUESSING = BaseRate(
    "random guessing (50.0 %)", lambda cell: (cell.metrics["test_accuracy"] or 0.0) > 0.6
)


def _verdict(study: Study, cells: list[Cell], base: BaseRate | None = None) -> Verdict:
    analysis = Analysis(study, cells)
    if base is None:
        return analysis.verdict
    summary = summarize(study, cells, base)
    judged = judge(study, summary, analysis.differences, base)
    return judged.before(next_command(study, cells, summary=summary, judged=judged))


def _study(scores: dict[str, list[float]], **settings: Any) -> Study:
    longest = max(map(len, scores.values()))
    return a_study(inits=tuple(scores), seeds=tuple(range(longest)), **settings)


def _of(scores: dict[str, list[float]], base: BaseRate | None = None) -> Verdict:
    return _verdict(_study(scores), cells_of(scores), base)


# The examples


def test_thirty_layers_at_five_seeds_have_a_winner() -> None:
    he = [0.87, 0.94, 0.91, 0.9, 0.93]
    scores = {
        DEFAULT: [0.075] * 5,
        GLOROT: [0.6, 0.7, 0.5, 0.65, 0.6],
        "orthogonal": [0.7] * 5,
        HE: he,
    }
    found = _of(scores)
    assert (found.kind, found.best) == ("winner", (HE,))
    assert found == "Winner: he_normal beats all 3 others, with a median test accuracy of 91.0 %."
    assert found.evidence.startswith("Second: orthogonal, 21.0 points behind (95 % CI ")
    assert "5 seeds; paired t test, p < 0.001" in found.evidence


def test_thirty_layers_with_three_good_inits_leave_the_bad_one_out() -> None:
    good = np.random.default_rng(1).uniform(0.87, 0.94, size=(3, 5)).tolist()
    found = _of({DEFAULT: [0.075] * 5, **dict(zip((GLOROT, "orthogonal", HE), good, strict=True))})
    assert found.kind == "too_few_seeds"
    assert len(found.best) >= 2
    assert DEFAULT not in found.best


def test_zeros_against_he_on_circles_at_six_seeds_are_no_noise() -> None:
    he = [0.9, 0.93, 0.91, 0.95, 0.88, 0.92]  # 41.5 points above
    others = {TEN: [0.95, 0.8, 0.9, 0.97, 0.9, 0.85], GLOROT: [0.92, 0.9, 0.93, 0.9, 0.91, 0.9]}
    study = _study({ZEROS: [0.5] * 6, HE: he, **others})
    analysis = Analysis(study, cells_of({ZEROS: [0.5] * 6, HE: he, **others}))
    assert analysis.verdict.kind == "no_winner"
    assert set(analysis.verdict.best) == {HE, TEN, GLOROT}
    assert "noise" not in analysis.differences[0].words
    two = _of({ZEROS: [0.5] * 6, HE: he})
    assert (two.kind, two.best) == ("winner", (HE,))
    assert two.evidence == (
        "zeros is 41.5 points behind (95 % interval 38.0 to 45.0; 6 seeds; signed-rank test, "
        "p = 0.031)."
    )


def test_zeros_and_a_tiny_std_did_not_train() -> None:
    study = a_study(inits=(ZEROS, "normal(std=0.01)"), seeds=(0, 1, 2))
    cells = [a_zeros_cell(k) for k in range(3)] + [a_tiny_cell(k) for k in range(3)]
    found = _verdict(study, cells, GUESSING)
    assert (found.kind, found.best) == ("nothing_trained", ())
    assert found == (
        "Nothing trained: no init is shown to beat random guessing (50.0 %) in most runs."
    )
    assert found.evidence == (
        "Of 6 runs, 3 had a dead layer and 3 are not shown to have trained (3 seeds); "
        "best median 50.0 %."
    )
    assert "--init he_normal" in found.next


@pytest.mark.parametrize(
    ("metric", "scores", "words"),
    [
        ("test_accuracy", {HE: [0.072], GLOROT: [0.05]}, "random guessing (10.0 %)"),
        ("validation_r2", {HE: [-0.2] * 5, GLOROT: [-0.1] * 5}, "the mean (0)"),
        ("test_accuracy", {HE: [0.978] * 5, GLOROT: [0.978] * 5}, "always predicting no (97.8 %)"),
    ],
)
def test_scores_of_the_best_constant_answer_have_no_best_init(
    metric: str, scores: dict[str, list[float]], words: str
) -> None:
    cells = [
        a_cell(init, k, metrics={metric: score})
        for init, values in scores.items()
        for k, score in enumerate(values)
    ]
    found = _verdict(_study(scores, metric=metric), cells, BaseRate(words, lambda cell: False))
    assert (found.kind, found.best) == ("nothing_trained", ())
    assert words in found
    trained = _verdict(_study(scores, metric=metric), cells, BaseRate(words, lambda cell: True))
    assert trained.kind != "nothing_trained"
    assert trained.best


@pytest.mark.parametrize(
    ("metric", "base", "scores", "samples", "words"),
    [  # a CNN after 5 steps, a cubic regression, a table with 2.1 % positives
        ("validation_accuracy", 0.1, [0.072, 0.05], 1000, "the largest class (10.0 %)"),
        ("validation_r2", 0.0, [-0.2, -0.01], 200, "the mean (0)"),
        ("validation_accuracy", 0.979, [0.978, 0.979], 1000, "the largest class (97.9 %)"),
    ],
)
def test_stored_scores_beside_their_base_rate_have_no_best_init_and_the_table_shows_it(
    metric: str, base: float, scores: list[float], samples: int, words: str
) -> None:
    regression = {"layer_dims": (1, 2, 1), "loss": "half_mean_squared_error"}
    study = a_study(
        inits=(HE, GLOROT), seeds=tuple(range(5)), metric=metric, metrics=(metric,),
        base_rates={metric: base}, samples={metric: samples},
        **(regression if metric == "validation_r2" else {}),
    )  # fmt: skip
    cells = [
        a_cell(init, k, metrics={metric: score}, margins={metric: (score - base, 0.004)})
        for init, score in zip((HE, GLOROT), scores, strict=True)
        for k in range(5)
    ]
    analysis = Analysis.from_record(Analysis(study, cells).to_record())  # as it is stored
    assert (analysis.verdict.kind, analysis.verdict.best) == ("nothing_trained", ())
    assert words in analysis.verdict
    base_row = result_grid(analysis).rows[-1]
    assert base_row.name == "best constant prediction"
    assert base_row.values[0] in words


def test_table_ranking_and_interval_are_of_one_centre_with_failing_runs_among_them() -> None:
    scores = {HE: [0.9, 0.92, 0.88, 0.91, 0.3, 0.93, 0.9, 0.89, 0.94, 0.2], TEN: [0.85] * 10}
    study = _study(scores)
    cells = [*cells_of({HE: scores[HE][:9], TEN: scores[TEN]}), a_diverged_cell(HE, 9)]
    analysis = Analysis(study, cells)
    first, second = result_grid(analysis).rows
    assert (first.name, first.values[0], second.name) == (HE, "90.0 %", TEN)  # the mean: 84.1 %
    assert (
        first.values[1] == "30.0 to 93.0 %"
    )  # order statistics 2 and 9 of 10, a diverged run worst
    assert analysis.verdict.best[0] == HE
    assert "failed" in " ".join(result_grid(analysis).headings)


@pytest.mark.parametrize("rates", [(), (0.1, 0.01)])
def test_a_metric_without_a_number_is_no_crash_and_not_called_diverged(rates: Any) -> None:
    study = a_study(inits=(ZEROS, HE), seeds=(0, 1, 2), learning_rates=rates)
    cells = [
        a_cell(init, k, math.nan, learning_rate=rate)
        for rate in study.rates
        for init in (ZEROS, HE)
        for k in range(3)
    ]
    found = _verdict(study, cells)
    assert found.kind == "nothing_trained"
    assert found == (
        "Nothing to rank: some runs trained, but test accuracy is not a finite number in any "
        "of them."
    )
    assert "0 of 6 runs diverged" in found.evidence
    assert found.next.startswith("check the metric test_accuracy, which ")
    for start in summarize(study, Analysis(study, cells).cells):
        assert start.failing_words.startswith("3 of 3 runs have no score: ")


def test_a_metric_with_loss_in_its_name_is_no_loss() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=(0, 1, 2), metric="test_gloss")
    cells = [
        a_cell(init, k, metrics={"train_loss": 0.1, "test_gloss": math.nan})
        for init in (ZEROS, HE) for k in range(3)
    ]  # fmt: skip
    start = "Nothing to rank: some runs trained, but test gloss is not"
    assert _verdict(study, cells).startswith(start)


def test_runs_without_a_score_are_counted_apart_from_those_that_did_not_train() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=(0, 1, 2))
    scores = {ZEROS: 0.5, HE: math.nan}
    cells = [a_cell(init, k, scores[init], loss=0.7) for init in (ZEROS, HE) for k in range(3)]
    found = _verdict(study, cells, GUESSING)
    assert found.evidence.startswith(
        "Of 6 runs, 3 ended without a score and 3 are not shown to have trained (3 seeds"
    )


def test_an_infinite_loss_of_every_run_is_no_score() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=(0, 1, 2), metric="test_loss")
    cells = [a_cell(init, k, loss=math.inf) for init in (ZEROS, HE) for k in range(3)]
    found = _verdict(study, cells)
    assert found == "Nothing trained: test loss is NaN or infinite in every run."


# The five answers


def test_unfinished_comes_first() -> None:
    scores = {ZEROS: [0.5] * 8, HE: [0.9] * 5}
    cells = [*cells_of(scores), a_diverged_cell(HE, 5).replace(outcome=CANCELLED)]
    found = _verdict(_study(scores), cells, GUESSING)
    assert found == "Unfinished: 13 of 16 runs are done, so there is no winner yet."
    assert (found.kind, found.best) == ("unfinished", ())
    assert found.evidence == (
        "3 runs are missing. The inits will be compared when all runs are done."
    )


def test_all_diverged_is_nothing_trained() -> None:
    found = _verdict(a_study(), [a_diverged_cell(init, 3) for init in (ZEROS, TEN, HE)])
    assert (found, found.kind) == ("Nothing trained: all 3 runs diverged.", "nothing_trained")
    assert found.next.count("--learning-rate 0.001")


def test_at_most_half_of_the_runs_is_not_trained() -> None:
    scores = {ZEROS: [0.5] * 6, HE: [0.9, 0.9, 0.9, 0.5, 0.5, 0.5]}
    assert _of(scores, GUESSING).kind == "nothing_trained"
    scores[HE][3] = 0.9
    assert _of(scores, GUESSING).kind == "no_winner"


def test_the_best_are_all_that_are_not_shown_worse_also_one_that_trained_at_no_seed() -> None:
    scores = {ZEROS: [0.5], HE: [0.9], TEN: [0.88]}
    assert _of(scores).best == _of(scores, GUESSING).best == (HE, TEN, ZEROS)
    cells = [a_cell(ZEROS, 3, 0.5), a_diverged_cell(TEN, 3), a_cell(HE, 3, 0.4)]
    assert _verdict(a_study(), cells).best == (ZEROS, HE, TEN)
    many = {init: values * 6 for init, values in scores.items()}
    assert _of(many, GUESSING).best == (HE,)  # shown worse from 6 seeds


def test_an_init_that_diverged_at_every_seed_does_not_hide_the_winner() -> None:
    scores = {ZEROS: [0.5, 0.51, 0.52, 0.5, 0.5], HE: [0.9, 0.91, 0.93, 0.9, 0.94]}
    study = a_study(inits=(ZEROS, HE, TEN), seeds=tuple(range(5)))
    found = _verdict(study, cells_of(scores) + [a_diverged_cell(TEN, k) for k in range(5)])
    assert (found.kind, found.best) == ("winner", (HE,))
    assert found.evidence.startswith("Second: zeros, ")


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_and_two_seeds_are_too_few(seeds: int) -> None:
    found = _of({ZEROS: [0.5] * seeds, HE: [0.9] * seeds})
    assert (found.kind, found.best) == ("too_few_seeds", (HE, ZEROS))
    s = "s" * (seeds > 1)
    assert found.evidence == (
        f"he_normal leads zeros by 40.0 points ({seeds} seed{s}), but a test needs 3 seeds."
    )


def test_three_seeds_may_have_a_winner() -> None:
    found = _of({ZEROS: [0.5, 0.52, 0.49], HE: [0.9, 0.93, 0.91]})
    assert (found.kind, found.best) == ("winner", (HE,))


def test_a_lead_within_noise_is_no_winner() -> None:
    values = list(np.random.default_rng(1).uniform(0.8, 1, 20))
    found = _of({HE: values, TEN: [*values[10:], *values[:9], values[9] - 0.001]})
    assert found.kind == "no_winner"
    assert found == (
        "No winner: the difference between he_normal and normal(std=10) is not distinguishable "
        "from noise."
    )


def test_a_winner_beats_every_other_and_not_only_the_second() -> None:
    generator = np.random.default_rng(3)
    he = generator.uniform(0.9, 0.95, 10)
    wild = np.where(np.arange(10) < 4, 0.97, 0.4)  # the median is low, yet not always beaten
    found = _of({HE: list(he), ZEROS: list(he - 0.02), TEN: list(wild)})
    assert found.kind == "no_winner"
    assert found.best == (HE, TEN)


def test_an_exact_tie_is_called_a_tie() -> None:
    found = _of({ZEROS: [0.5] * 6, TEN: [0.5] * 6})
    assert found == "No winner: zeros and normal(std=10) tie in test accuracy."
    assert found.evidence.startswith("zeros and normal(std=10) have the same score at every seed")


def test_one_init_alone_is_best_without_a_winner() -> None:
    found = _of({HE: [0.9, 0.8, 0.7, 1.0, 0.9, 0.9]})
    assert (found.kind, found.best) == ("no_winner", (HE,))
    assert found == "No winner: he_normal is the only init in the comparison."
    assert found.evidence == (
        "The median test accuracy is 90.0 % (95 % interval 70.0 to 100.0 %), over 6 seeds."
    )
    assert _verdict(a_study(inits=(HE,)), [a_cell()]).kind == "no_winner"


def test_the_median_ranks_and_a_diverged_run_is_worst() -> None:
    lucky = [0.99, 0.98, 0.99, 0.3, 0.3, 0.3, 0.3]
    scores = {TEN: lucky, HE: [0.5] * 7}
    assert _of(scores).best[0] == HE
    cells = cells_of({HE: [0.9] * 7, TEN: [0.95] * 3}) + [
        a_diverged_cell(TEN, k) for k in range(3, 7)
    ]
    assert _verdict(_study({HE: [0.9] * 7, TEN: [0.9]}), cells).best[0] == HE


def test_an_init_that_trained_comes_before_one_that_did_not() -> None:
    scores = {TEN: [1.0, 1.0, 0.5, 0.5], HE: [0.7] * 4}  # medians 75 and 70 %
    assert _of(scores).best[0] == TEN
    assert _of(scores, GUESSING).best[0] == HE


def test_the_lowest_loss_wins() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), metric="test_loss")
    cells = [a_cell(ZEROS, k, loss=0.7) for k in range(8)]
    cells += [a_cell(HE, k, loss=0.1 + 0.01 * k) for k in range(8)]
    found = _verdict(study, cells)
    assert found == "Winner: he_normal, with a median test loss of 0.135."
    assert "zeros is 0.565 behind (95 % interval 0.54 to 0.59; 8 seeds" in found.evidence


def _at_rates(seeds: int, **scores: float) -> list[Cell]:
    generator = np.random.default_rng(7)
    return [
        a_cell(init, k, score + generator.normal(0, 0.01), learning_rate=rate)
        for rate in (0.1, 0.01)
        for init, score in scores.items()
        for k in range(seeds)
    ]


def test_at_chosen_rates_the_interval_is_optimistic_and_fresh_seeds_confirm() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), learning_rates=(0.1, 0.01))
    cells = _at_rates(8, zeros=0.8, he_normal=0.9)
    found = _verdict(study, cells)
    assert found.kind == "winner"
    assert "(optimistic 95 % CI 9.4 to 10.8; 8 seeds" in found.evidence
    (one,) = Analysis(study, cells).differences
    assert "8 seeds; permutation test, p = 0.00" in one.words
    assert "--seed 8 --seed 9" in found.next
    assert "--seed 7 " not in found.next
    following = _verdict(study, _worse(cells, (ZEROS, 0.01), (HE, 0.01))).next
    assert "--learning-rate 0.1 " in following
    assert "--learning-rate 0.01" not in following


def _worse(cells: list[Cell], *places: tuple[str, float]) -> list[Cell]:
    return [
        c.replace(metrics={**c.metrics, "test_accuracy": (c.metrics["test_accuracy"] or 0) - 0.3})
        if (c.init, c.learning_rate) in places else c
        for c in cells
    ]  # fmt: skip


def test_a_winner_at_chosen_rates_is_confirmed_at_the_rate_of_each_init() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(8)), learning_rates=(0.1, 0.01))
    cells = _worse(_at_rates(8, zeros=0.8, he_normal=0.9), (ZEROS, 0.01), (HE, 0.1))
    found = _verdict(study, cells)
    assert found.kind == "winner"
    assert "--learning-rate zeros=0.1 --learning-rate he_normal=0.01" in found.next
    assert "--seed 8 --seed 9" in found.next
    own = {ZEROS: 0.1, HE: 0.01}
    confirmed = study.replace(learning_rates=own, seeds=tuple(range(8, 16)))
    assert confirmed == Study.from_record(confirmed.to_record())
    fresh = [c.replace(seed=c.seed + 8) for c in cells if own[c.init] == c.learning_rate]
    analysis = Analysis(confirmed, fresh)
    (one,) = analysis.differences  # as at one rate
    assert (one.optimistic, one.test, analysis.rates) == (False, "signed-rank test", ())
    assert analysis.verdict.kind == "winner"
    assert "(95 % CI 8.2 to 10.6; 8 seeds; signed-rank" in analysis.verdict.evidence
    assert "--learning-rate zeros=0.1 --learning-rate he_normal=0.01" in analysis.next
    assert "--data-seed" in analysis.next  # nothing is left to confirm on this data
    assert Analysis.from_record(analysis.to_record()) == analysis
    assert seeds_words(confirmed.replace(seeds=(0, 1, 2))) == ""


def test_several_rates_at_five_seeds_are_too_few() -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(5)), learning_rates=(0.1, 0.01))
    found = _verdict(study, _at_rates(5, zeros=0.5, he_normal=0.9))
    assert found.kind == "too_few_seeds"
    assert "with several rates a test needs 6 seeds" in found.evidence


# The text


def test_a_verdict_is_text_with_parts_and_survives_a_copy() -> None:
    found = _of({ZEROS: [0.5] * 6, HE: [0.9] * 6})
    assert isinstance(found, str)
    copy = pickle.loads(pickle.dumps(found))
    parts = ("kind", "best", "evidence", "next")
    assert [getattr(copy, name) for name in parts] == [getattr(found, name) for name in parts]
    assert copy == found
    assert found.to_record() == {name: _listed(getattr(found, name)) for name in parts}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 6, 10, 50])
@pytest.mark.parametrize("shift", [0.0, 0.02, 0.3])
def test_answer_and_evidence_take_a_line_each(seeds: int, shift: float) -> None:
    generator = np.random.default_rng(seeds)
    names = ("he_normal", "orthogonal", "he_uniform", "lecun_normal")
    for count in (1, 2, 3, 4):
        scores = {name: list(generator.uniform(0.4, 0.6, seeds)) for name in names[:count]}
        scores[names[0]] = [score + shift for score in scores[names[0]]]
        found = _of(scores)
        assert len(found) <= 100
        assert len(found.evidence) <= 100
        assert "\n" not in found + found.evidence


def test_before_training_a_study_says_how_many_seeds_it_needs() -> None:
    two = a_study(inits=(ZEROS, HE), seeds=(0, 1))
    assert seeds_words(two) == (
        "2 seeds are too few to name a winner. At least 3 seeds are needed, or 6 if a run diverges."
    )
    assert seeds_words(a_study(inits=(ZEROS, HE), seeds=(0, 1, 2))) == ""
    assert seeds_words(a_study(inits=(HE,), seeds=(0,))) == ""
    rates = a_study(inits=(ZEROS, HE), seeds=tuple(range(5)), learning_rates=(0.1, 0.01))
    assert seeds_words(rates) == (
        "5 seeds are too few to name a winner at several learning rates. At least 6 seeds are "
        "needed."
    )
    assert seeds_words(rates.replace(seeds=tuple(range(6)))) == ""


def test_judge_needs_no_more_than_summary_and_differences() -> None:
    scores = {ZEROS: [0.5] * 6, HE: [0.9] * 6}
    analysis = Analysis(_study(scores), cells_of(scores))
    found = judge(analysis.study, summarize(analysis.study, analysis.cells), analysis.differences)
    assert (found, found.best, found.next) == (analysis.verdict, (HE,), "")


# Learned, and not for new samples


def _overfitted(fits: dict[str, bool], **changes: Any) -> tuple[Verdict, str]:
    settings = {
        "inits": tuple(fits), "seeds": (0, 1, 2), "samples": {"test_accuracy": 100},
        "base_rates": {"train_loss": 0.69, "test_accuracy": 0.5},
        "defaults": {"n_train": 300, "steps": 15000}, **changes,
    }  # fmt: skip
    study = a_study(**settings)
    cells = [
        a_cell(init, k, 0.5, loss=0.02 if fit else 0.6, margins={study.metric: (0.0, 0.05)})
        for init, fit in fits.items()
        for k in range(3)
    ]
    analysis = Analysis(study, cells)
    return analysis.verdict, analysis.next


def test_learned_by_heart_is_told_from_not_learned() -> None:
    found, following = _overfitted({HE: True, GLOROT: True})
    assert (found.kind, found.best) == ("nothing_trained", ())
    assert found == (
        "Nothing generalizes: no init is shown to beat the best constant prediction (50.0 %) in "
        "most runs."
    )
    assert found.evidence == (
        "Both inits fit the training data; the best median test accuracy is 50.0 % (3 seeds, 100 "
        "samples)."
    )
    assert "--n-train 1200" in following  # neither more steps nor a smaller rate
    found, _ = _overfitted({HE: True, ZEROS: False})
    assert found.evidence.startswith("1 of 2 inits fits the training data; ")
    found, following = _overfitted({HE: False, ZEROS: False})
    assert found.startswith("Nothing trained: ")
    assert "--steps 30000" in following


def test_own_data_learned_by_heart_asks_for_dropout_then_for_more_samples() -> None:
    defaults = {"dropout": 0.0, "steps": 15000}
    own = {"recipe": "arrays", "data": {"data": "a.csv", "data_seed": 0}, "defaults": defaults}
    assert "--dropout 0.2" in _overfitted({HE: True}, **own)[1]
    assert "--dropout 0.5" in _overfitted({HE: True}, **own, dropout=0.2)[1]
    assert "get more training samples" in _overfitted({HE: True}, **own, dropout=0.5)[1]


# Too few samples outside the largest class


def _rare(others: int, samples: int, accuracy: float, **changes: Any) -> Analysis:
    metrics = ("validation_loss", "validation_accuracy")
    rate = 1 - others / samples
    study = a_study(
        inits=(HE, GLOROT), seeds=tuple(range(5)), metric="validation_accuracy", metrics=metrics,
        base_rates={"train_loss": 0.69, "validation_accuracy": rate, "validation_loss": 0.12},
        samples=dict.fromkeys(metrics, samples), recipe="arrays", data={"data": "a.csv"},
        defaults={"steps": 15000, "metric": "validation_accuracy", "n_validation": None}, **changes,
    )  # fmt: skip
    cells = [
        a_cell(
            init, k, curve={"step": [0, 100], "train_loss": [0.7, 0.01]},
            metrics={"train_loss": 0.01, "validation_loss": 0.01, "validation_accuracy": accuracy},
            margins={
                "validation_accuracy": (accuracy - rate, 0.0), "validation_loss": (-0.1, 0.001),
            },
        )
        for init in (HE, GLOROT)
        for k in range(5)
    ]  # fmt: skip
    return Analysis(study, cells)


@pytest.mark.parametrize(
    ("others", "samples", "fact"),
    [
        (2, 80, "only 2 of 80 validation samples are outside the largest class"),
        (1, 20, "only 1 of 20 validation samples is outside the largest class"),
        (0, 20, "all 20 validation samples are of one class"),
        (0, 1, "there is only 1 validation sample"),
    ],
)
def test_too_few_samples_of_rare_classes_are_said_and_the_loss_is_asked_for(
    others: int, samples: int, fact: str
) -> None:
    analysis = _rare(others, samples, 1.0)
    found = analysis.verdict
    assert (found, found.kind, found.best) == (f"No conclusion: {fact}.", "nothing_trained", ())
    assert "perfect accuracy c" in found.evidence
    assert " be shown to beat the best constant prediction" in found.evidence
    assert "median 100.0 %" in found.evidence or "median is 100.0 %" in found.evidence
    assert max(map(len, (found, found.evidence))) <= 100
    assert "failed" not in " ".join(start.failing_words for start in analysis.summary)
    if not others:
        assert found.next == "use more validation samples, with some samples of each class"
        return
    assert found.next.endswith("--metric validation_loss")
    by_loss = Analysis(analysis.study.replace(metric="validation_loss"), analysis.cells)
    assert by_loss.verdict.kind != "nothing_trained"


def test_samples_of_one_class_show_nothing_by_the_loss_either_and_more_are_asked_for() -> None:
    analysis = _rare(0, 4, 1.0)
    base = {**analysis.study.base_rates, "validation_loss": 0.0}
    data = {"data": "a.csv", "n_validation": None, "n_rows": 20}
    study = analysis.study.replace(metric="validation_loss", base_rates=base, data=data)
    by_loss = Analysis(study, analysis.cells)
    assert by_loss.verdict == "No conclusion: all 4 validation samples are of one class."
    assert " be shown to beat the best constant prediction" in by_loss.verdict.evidence
    assert "--n-validation 10" in by_loss.next
    fuller = study.replace(data={**data, "n_rows": 8})
    assert Analysis(fuller, analysis.cells).next.startswith("use more validation samples")


def test_enough_samples_of_the_rare_class_are_judged_by_accuracy() -> None:
    assert _rare(10, 80, 1.0).verdict.kind != "nothing_trained"
    found = _rare(10, 80, 0.875).verdict
    assert (found.kind, found.startswith("Nothing generalizes")) == ("nothing_trained", True)


def test_a_score_on_the_training_part_is_never_said_not_to_generalize() -> None:
    found, _ = _overfitted({HE: True}, metric="train_accuracy", base_rates={"train_accuracy": 0.5})
    assert found.startswith("Nothing trained: ")


# Evidence that agrees with the answer


def test_a_winner_whose_interval_ends_at_zero_says_that_zero_is_outside() -> None:
    gains = [0.0] * 4 + [0.02, 0.03, 0.02, 0.04, 0.02, 0.03]
    scores = {ZEROS: [0.9] * 10, HE: [0.9 + gain for gain in gains]}
    found = _of(scores)
    assert found.kind == "winner"
    assert re.search(r"CI 0\.0 to [\d.]+, 0 excluded[;)]", found.evidence)


def test_at_chosen_rates_an_interval_never_contradicts_a_winner() -> None:
    generator = np.random.default_rng(5)
    seen = 0
    for _ in range(40):
        rates, seeds = (0.1, 0.01, 0.001), 8
        study = a_study(inits=(ZEROS, HE), seeds=tuple(range(seeds)), learning_rates=rates)
        cells = [
            a_cell(init, k, shift + generator.normal(0.5, 0.03), learning_rate=rate)
            for init, shift in ((ZEROS, 0.0), (HE, 0.03))
            for rate in rates
            for k in range(seeds)
        ]
        analysis = Analysis(study, cells)
        (one,) = analysis.differences
        if one.winner is not None:
            assert one.ci95 is None or max(one.ci95) < 0 or min(one.ci95) > 0
            assert (one.difference < 0) == (one.winner == HE)
            seen += one.ci95 is None
        leader = next(iter(analysis.verdict.best))
        if " leads" in analysis.verdict.evidence:
            assert analysis.verdict.evidence.startswith(f"{leader} leads")
    assert seen  # else nothing was shown


def test_where_median_and_differences_disagree_nobody_is_said_to_lead() -> None:
    scores = {ZEROS: [0.5, 0.6, 0.7, 0.1, 0.2], HE: [0.48, 0.5, 0.49, 0.48, 0.49]}
    found = _of(scores)
    assert found.best[0] == ZEROS
    assert found.evidence.startswith("zeros and he_normal differ by ")


def test_the_better_median_and_the_better_seed_by_seed_are_told_apart() -> None:
    he = [0.60, 0.62, 0.64, 0.70, 0.80, 0.85, 0.90]
    glorot = [0.61, 0.63, 0.65, 0.699, 0.81, 0.86, 0.91]
    found = _of({HE: he, GLOROT: glorot})
    assert found == (
        "No winner: he_normal has the best median test accuracy, but glorot_normal wins the "
        "paired test."
    )
    assert set(found.best) == {HE, GLOROT}


def test_a_difference_that_is_not_that_of_the_medians_says_that_it_is_paired() -> None:
    he, zeros = [0.9, 0.8, 0.7, 0.6, 0.75, 0.85, 0.65], [0.5, 0.42, 0.3, 0.29, 0.36, 0.5, 0.27]
    study = _study({ZEROS: zeros, HE: he})
    analysis = Analysis(study, cells_of({ZEROS: zeros, HE: he}))
    assert analysis.verdict.evidence.startswith("zeros is 38.0 points behind, paired (")
    assert PAIRED_NOTE in result_grid(analysis).notes  # the medians: 75.0 and 36.0 %
    for scores in ({ZEROS: [0.5] * 6, HE: [0.9] * 6}, {ZEROS: [0.5], HE: [0.9]}):
        analysis = Analysis(_study(scores), cells_of(scores))
        assert "paired" not in analysis.verdict.evidence
        assert PAIRED_NOTE not in result_grid(analysis).notes


def test_a_winner_whose_pairs_are_not_significant_together_says_why_it_is_one() -> None:
    three = {ZEROS: [0.5] * 6, TEN: [0.7] * 6, HE: [0.9] * 6}
    analysis = Analysis(_study(three), cells_of(three))
    assert analysis.verdict.kind == "winner"
    assert all("not after the correction for 3 pairs" in d.words for d in analysis.differences)
    assert WINNER_NOTE in result_grid(analysis).notes
    two = {init: three[init] for init in (ZEROS, HE)}
    assert WINNER_NOTE not in result_grid(Analysis(_study(two), cells_of(two))).notes


def test_large_numbers_of_runs_have_one_format() -> None:
    found = verdict.unfinished(1_420, 60_000)
    assert found.startswith("Unfinished: 1,420 of 60,000 runs")
    assert found.evidence.startswith("58,580 runs")
