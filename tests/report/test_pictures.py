"""A report has the figures that its study, its data and what is kept of its networks allow."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.analysis import Analysis
from initlab.datasets import Dataset, InMemory
from initlab.initialization import draw_network
from initlab.report import pictures
from initlab.report.pictures import FIGURES

from .making import HE, a_cell, a_record, a_study, some_data

STEPS = list(range(120))


def images():
    x = np.random.default_rng(0).random((30, 4)).astype(np.float32)
    y = np.arange(30) % 3
    return Dataset(
        "made",
        InMemory(x, y),
        InMemory(x, y),
        classes=("a", "b", "c"),
        image_shape=(2, 2),
        held_out="validation",
    )


def a_record_of_images(seeds=(3,), parameters=True, **changes):
    settings = {
        "layer_dims": (4, 5, 3), "loss": "cross_entropy", "inits": (HE,), "batch_size": 10,
        "record_every": 1, "steps": len(STEPS), "seeds": seeds, "dropout": 0.2,
    }  # fmt: skip
    study = a_study(**{**settings, **changes})
    cells = [
        a_cell(HE, seed).replace(
            curve={"step": STEPS, "train_loss": [1.0] * len(STEPS)},
            parameters=draw_network(HE, (4, 5, 3), seed=seed) if parameters else None,
        )
        for seed in seeds
    ]
    return a_record(study, cells)


def names(record: Analysis, data: Dataset | None) -> list[str]:
    return [picture.name for picture in pictures(record, data)]


def test_study_of_images_has_all_its_figures_results_first():
    found = names(a_record_of_images(seeds=(3, 4)), images())
    assert found == ["scores", "first_losses", "loss_curves", "confusion", "weights", "images"]
    assert set(found) < set(FIGURES)


def test_networks_that_were_not_kept_leave_out_what_needs_them():
    found = names(a_record_of_images(parameters=False), images())
    assert found == ["first_losses", "loss_curves", "images"]


@pytest.mark.parametrize(
    "changes", [{"steps": 100}, {"record_every": 2}, {"batch_size": None}], ids=str
)
def test_first_batches_need_every_batchs_loss_and_more_than_a_hundred(changes):
    assert "first_losses" not in names(a_record_of_images(**changes), images())


def test_points_and_missing_data_have_no_figures_of_images():
    assert names(a_record(), some_data()) == ["loss_curves", "decision_boundaries", "data"]
    assert names(a_record_of_images(), None) == ["loss_curves"]


def test_captions_say_which_seed_and_which_part_is_shown():
    by_name = {p.name: p.caption for p in pictures(a_record_of_images(seeds=(3, 4)), images())}
    assert "validation data" in by_name["confusion"]
    for name in ("confusion", "weights"):
        assert by_name[name].endswith(
            "the figure shows the seed with the median test accuracy, not the best seed."
        )
    assert "one batch of 10 samples with dropout." in by_name["first_losses"]
    single = {p.name: p.caption for p in pictures(a_record_of_images(), images())}
    assert "median" not in single["confusion"] + single["weights"] + single["first_losses"]
