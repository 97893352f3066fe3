"""Diagnoses of several seeds are summed up: findings with their seeds, figures with their range."""

from __future__ import annotations

from initlab.analysis import Spread
from initlab.analysis.layers import NOT_DIAGNOSED, diagnosed, hidden_words
from initlab.analysis.summary import summarize
from initlab.records.diagnosis import LayerNames

from .making import HE, a_cell, a_diagnosis, a_study, found


def test_figures_have_mean_and_range_over_the_seeds_that_have_one() -> None:
    some = [(1.0, None, None), (3.0, 0.5, None)]
    cells = [a_cell(HE, k, diagnosis=a_diagnosis(q=q)) for k, q in enumerate(some)]
    layers = diagnosed(cells).layers
    assert layers is not None
    assert layers.figures["q"] == (Spread(2.0, 1.0, 3.0), Spread(0.5, 0.5, 0.5), None)
    assert layers.figures["distinct"][0] == Spread(10.0, 10.0, 10.0)


def test_layers_that_findings_name_are_flagged_where_they_hinder() -> None:
    for severity, flagged in (("slows", {"layer 2"}), ("note", set()), ("suspect", set())):
        cell = a_cell(diagnosis=a_diagnosis(*found("dead_units", severity=severity)))
        assert diagnosed([cell]).flagged == flagged


def test_layers_that_a_fix_draws_are_flagged_where_a_finding_is_of_a_parameter() -> None:
    (one,) = found("no_gradient", severity="stops")
    of_weight = one.model_copy(update={"where": ("W2",), "layers": ("layer 2", "other")})
    assert diagnosed([a_cell(diagnosis=a_diagnosis(of_weight))]).flagged == {"layer 2"}


def test_a_network_with_other_layers_is_left_out_of_the_figures() -> None:
    other = LayerNames(**{**a_diagnosis().layers.model_dump(), "width": (10, 5, 2)})
    odd = a_diagnosis(layers=other, q=(100.0,) * 3)
    layers = diagnosed([a_cell(HE, 0), a_cell(HE, 1, diagnosis=odd)]).layers
    assert layers is not None
    assert layers.figures["q"][0] == Spread(1.0, 1.0, 1.0)


def test_hidden_layers_of_a_model_have_the_names_that_its_findings_have() -> None:
    ours = a_diagnosis().layers
    cnn = ours.model_copy(update={"name": ("0", "conv2", "5"), "role": ("conv", "conv", "linear")})
    assert hidden_words([0, 1], (10, 5), cnn) == "layer 0 and conv2"
    assert hidden_words([0, 1], (10, 5), ours) == "hidden layers 1 and 2"
    for unlike in (None, cnn.model_copy(update={"use": (1, 2, 1)})):  # which is which is not known
        assert hidden_words([1], (10, 5), unlike) == "hidden layer 2"
    assert hidden_words([1], (10, 6), cnn) == "hidden layer 2"


def test_the_record_of_an_init_has_its_findings_with_their_seeds() -> None:
    dead = a_diagnosis(*found("dead_output"), *found("dead_units", severity="suspect"))
    cells = [a_cell(HE, 3), a_cell(HE, 4, diagnosis=dead)]
    (start,) = summarize(a_study(inits=(HE,), seeds=(3, 4)), cells)
    assert start.to_record()["findings"] == [
        {"name": "dead_output", "severity": "stops", "where": ["layer 2"],
         "evidence": "The figure is 0.", "seeds": [4]}
    ]  # fmt: skip


def test_cells_of_an_older_initlab_have_no_diagnosis() -> None:
    assert diagnosed([a_cell(diagnosis=None)]) is NOT_DIAGNOSED
    assert diagnosed([a_cell(HE, 0, diagnosis=None), a_cell(HE, 1)]).missing == 1
