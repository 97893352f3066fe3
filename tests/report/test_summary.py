"""The tables and sentences of a comparison, as text."""

from __future__ import annotations

import re

import pytest

import initlab
from initlab.analysis import Analysis
from initlab.report.summary import Summary, headline


@pytest.fixture(scope="module")
def one_seed():
    return initlab.compare("circles", steps=3000, progress=False)


@pytest.fixture(scope="module")
def many_seeds():
    inits = ["zeros", "he_normal"]
    return initlab.compare("circles", inits=inits, seeds=6, steps=3000, progress=False)


def rows(text, name):
    return [line.split() for line in text.splitlines() if line.strip().startswith(name)]


def test_losses_of_the_table_are_those_of_the_curves(one_seed):
    text = str(one_seed.summary())
    by_init = {cell.init: cell for cell in one_seed.cells}
    zeros, large, he = (by_init[init].curve["train_loss"] for init in one_seed.study.inits)
    (row,) = rows(text, "2000 ")
    assert row == ["2000", f"{zeros[20]:.6f}", f"{large[20]:.6f}", f"{he[20]:.6f}"]
    assert "inf" in rows(text, "0 ")[0]


def test_one_seed_shows_every_metric_without_a_mean(one_seed):
    text = str(one_seed.summary())
    he = next(cell for cell in one_seed.cells if cell.init == "he_normal")
    row = " ".join(rows(text, "he_normal")[0])
    assert f"{100 * he.metrics['test_accuracy']:.1f} %" in row
    assert f"{he.metrics['train_loss']:.3g}" in row
    assert "mean" not in text.split("Why")[0]


def test_many_seeds_show_the_worst_beside_the_mean_and_an_interval(many_seeds):
    text = str(many_seeds.summary())
    scores = [c.metrics["test_accuracy"] for c in many_seeds.cells if c.init == "he_normal"]
    row = " ".join(rows(text, "he_normal")[0])
    assert f"{100 * sum(scores) / 6:.1f} % ({100 * min(scores):.1f})" in row
    assert re.search(r"\[\d+\.\d, \d+\.\d\]", row)
    assert "6/6" in row


def test_a_diverged_start_counts_its_runs_and_has_no_score(one_seed):
    record = one_seed.analysis
    lost = [
        c.replace(outcome="diverged", metrics=dict.fromkeys(c.metrics), end=None,
                diverged_step=5, first_nonfinite="loss")
        if c.init == "he_normal" else c
        for c in record.cells
    ]  # fmt: skip
    again = Analysis(record.study, lost)
    text = str(Summary(again))
    assert "0/1" in text
    assert "–" in " ".join(rows(text, "he_normal")[0])
    assert "nan" not in text


def test_html_keeps_the_text(one_seed):
    html = one_seed.summary()._repr_html_()
    assert "he_normal" in html
    assert "Verdict" in html


def test_several_learning_rates_are_named_and_tabled():
    result = initlab.compare("circles", inits=["he_normal"], learning_rate=[0.01, 0.1], steps=500,
                             progress=False)  # fmt: skip
    assert "learning rate 0.01 or 0.1" in headline(result.study)
    text = str(result.summary())
    best = max(result.analysis.rates, key=lambda one: one.mean)
    assert f"{100 * best.mean:.1f} % *" in text
