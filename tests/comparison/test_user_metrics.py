"""Metrics of the user's own: which direction is better, as they say or as a note guesses."""

from __future__ import annotations

import json

import numpy as np
import pytest

import initlab
from initlab.analysis.verdict import ranking
from initlab.comparison import compare_again
from initlab.comparison.stored import read_comparison
from initlab.errors import ArgumentError
from initlab.networks.metrics import METRICS, higher_is_better
from initlab.records import Study
from initlab.report import render_page

from ..engines.torch.making import blobs, mlp, nn, torch


def share_wrong(outputs, target):
    return float((outputs.argmax(1) != target).double().mean())


def spread(outputs, target):
    return float(outputs.std())


class Cost:
    """As torchmetrics has it."""

    higher_is_better = False

    def __call__(self, outputs, target):
        return share_wrong(outputs, target)


def compared(**options):
    settings = {
        "model": mlp, "data": blobs(), "inits": ["zeros", "he_normal"], "seeds": 3, "steps": 60,
        "learning_rate": 0.1, "progress": False,
    }  # fmt: skip
    return initlab.compare(**{**settings, **options})


def marked(function, better):
    def share_wrong(outputs, target):
        return function(outputs, target)

    share_wrong.greater_is_better = better
    return share_wrong


def ahead(result):
    (difference,) = result.analysis.differences
    return difference.ahead


SAID = {  # of a metric whose name tells nothing
    "attribute": lambda: marked(share_wrong, False),
    "torchmetrics' attribute": Cost,
    "tuple": lambda: ("share_wrong", share_wrong, "lower"),
    "tuple with a reference": lambda: ("share_wrong", f"{__name__}:share_wrong", "lower"),
    "text, as on the command line": lambda: f"share_wrong,{__name__}:share_wrong,lower",
}


@pytest.mark.parametrize("way", SAID)
def test_a_metric_that_says_lower_is_ranked_so_in_every_place(way):
    result = compared(metric=SAID[way]())
    assert result.study.directions == {result.study.metric: "lower"}
    assert ahead(result) == "he_normal"
    ranked = [row.init for row, _ in ranking(result.study, result.analysis.summary)]
    assert ranked == ["he_normal", "zeros"]
    assert not [note for note in result.notes if "guess" in note]


def test_the_opposite_direction_gives_the_opposite_winner():
    assert ahead(compared(metric=("share_wrong", share_wrong, "higher"))) == "zeros"


def test_a_guess_is_a_note_in_terminal_page_json_and_summary():
    result = compared(metric=share_wrong, metrics=[("size", spread, "lower")])
    words = "Metric share_wrong: initlab guesses from the name that higher is better"
    assert result.study.directions == {
        "validation_share_wrong": "higher",
        "validation_size": "lower",
    }
    (note,) = [note for note in result.notes if "guess" in note]
    assert note.startswith(words)
    assert words in " ".join(str(result.summary()).split())
    assert words in " ".join(render_page(result.analysis).split())
    assert note in json.loads(result.to_json())["notes"]


def test_a_stored_study_keeps_the_directions(tmp_path):
    result = compared(metric=("share_wrong", share_wrong, "lower"))
    result.to_json(tmp_path / "study.json")
    again = read_comparison(tmp_path / "study.json")
    assert again.study.directions == {"validation_share_wrong": "lower"}
    assert ahead(again) == ahead(result) == "he_normal"
    older = {key: one for key, one in again.study.to_record().items() if key != "directions"}
    assert Study.from_record(older).higher_is_better("validation_share_wrong")  # a guess


def load_blobs():
    return blobs()


def test_a_named_metric_that_can_be_imported_is_run_again_with_its_direction(tmp_path):
    triple = ("size", f"{__name__}:spread", "lower")
    settings = {"model": f"{mlp.__module__}:mlp", "data": f"{__name__}:load_blobs", "seeds": 2}
    for number, asked in enumerate([{"metric": triple}, {"metrics": triple}]):
        path = tmp_path / f"{number}.json"
        compared(**settings, **asked).to_json(path)
        again, stored = compare_again(path, progress=False)
        assert again.analysis.to_record() == stored.to_record()
        assert again.study.directions == {"validation_size": "lower"}


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (("f1", share_wrong, "up"), r"metrics must be a callable.*\"higher\" or \"lower\""),
        (("f1", share_wrong), "metrics must be a callable"),
        (("f1", 3, "higher"), "metrics must be a callable"),
        ("err,met:err,up", "^metrics must be of the form .*'up' is neither higher nor lower"),
        ("err,met:err", '^metrics must be of the form .* "higher" or "lower" is missing'),
        ("f2", "metrics must be loss, accuracy, a callable"),
        (marked(share_wrong, "no"), "greater_is_better is True or False; got 'no'"),
    ],
)
def test_a_direction_that_is_none_is_refused(metric, words):
    with pytest.raises(ArgumentError, match=words):
        compared(metrics=[metric])


def test_the_argument_that_was_given_is_blamed():
    with pytest.raises(ArgumentError, match=r"^metric must be a callable.*\"higher\" or \"lower\""):
        compared(metric=("f1", share_wrong, "up"))
    with pytest.raises(
        ArgumentError, match=r"^metric must be the name of a score, a callable .* 3"
    ):
        compared(metric=3)


def test_two_metrics_of_one_name_are_refused_and_one_asked_for_twice_is_one():
    twins = [lambda outputs, target: 0.1, lambda outputs, target: 0.2]
    with pytest.raises(ArgumentError, match=r"^metrics must be .*\(two are named <lambda>\); got"):
        compared(metrics=twins)
    result = compared(metric=share_wrong, metrics=[share_wrong])
    assert [*result.study.directions] == ["validation_share_wrong"]


def test_the_note_on_a_metric_without_a_name_can_be_followed():
    result = compared(metric=lambda outputs, target: float(outputs.std()))
    (note,) = [note for note in result.notes if "guess" in note]
    assert note.endswith(
        'To set the direction, give the metric as ("my_metric", callable, direction) with the '
        'direction "higher" or "lower".'
    )


def test_a_row_of_the_table_is_a_metric_of_a_module_by_its_name():
    x, _ = blobs()
    values = torch.as_tensor(x[:, :2]).numpy()
    result = compared(
        model=lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2)),
        data=(x, values), metric="document_accuracy", inits=["he_normal"], seeds=1,
    )  # fmt: skip
    metrics = result.cells[0].metrics
    assert result.study.metric == "validation_document_accuracy"
    # 1 - half the squared distance / variance, and R² takes the whole one
    assert 1 - metrics["validation_document_accuracy"] == pytest.approx(
        (1 - metrics["validation_r2"]) / 2, rel=1e-5
    )
    with pytest.raises(ArgumentError, match="metrics must be"):
        compared(metrics=["document_accuracy"])  # not of classes


def test_a_metric_without_validation_data_names_the_argument_that_gave_it():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(zip(*map(torch.as_tensor, blobs()), strict=True))

    stream = torch.utils.data.DataLoader(Stream(), batch_size=20)
    for name, value in (("metric", share_wrong), ("metrics", [share_wrong])):
        with pytest.raises(ArgumentError, match=f"^{name} must be left out .*'share_wrong'.*data="):
            compared(data=stream, **{name: value})


def test_a_row_of_the_table_is_a_metric_of_a_named_study():
    result = initlab.compare("curve", metric="validation_r2", steps=20, seeds=2, progress=False)
    for cell in result.cells:
        assert 1 - cell.metrics["validation_document_accuracy"] == pytest.approx(
            (1 - cell.metrics["validation_r2"]) / 2
        )


def test_names_of_losses_and_errors_are_lower_and_rows_say_it_themselves():
    assert [higher_is_better(f"validation_{name}") for name in ("rmse", "f1", "mean_error")] == [
        False, True, False,
    ]  # fmt: skip
    for kind, row in METRICS.items():
        assert higher_is_better(f"train_{kind}") is row.higher
    assert np.all([row.label for row in METRICS.values()])
