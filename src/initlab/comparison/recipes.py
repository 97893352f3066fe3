"""Name of a study -> its data, its network and the settings its documents use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.datasets import Dataset
from initlab.datasets.circles import TRAIN_SEED, circles
from initlab.validation import one_of


@dataclass(frozen=True)
class Recipe:
    """A named study.

    Attributes:
        name: what the user types.
        title: one line for help texts.
        settings: default of every field of :class:`initlab.results.Study` but recipe and data.
        data_arguments: default of every argument of ``load``.
        load: data arguments -> data, checked.
    """

    name: str
    title: str
    settings: Mapping[str, Any]
    data_arguments: Mapping[str, Any]
    load: Callable[..., Dataset]


CIRCLES = Recipe(
    name="circles",
    title="two circles, 2-10-5-1 ReLU network: zeros, large random and He weights",
    settings={
        "layer_dims": (2, 10, 5, 1),
        "nonlinearity": "relu",
        "loss": "binary_cross_entropy",
        "loss_form": "probability",  # as in the documents; the stable form never shows their inf
        "optimizer": "gd",
        "learning_rate": 0.01,
        "momentum": 0.0,
        "batch_size": None,
        "dropout": 0.0,
        "steps": 15_000,
        "record_every": 100,
        "dtype": "float64",
        "stream": "course",
        "inits": ("zeros", "normal(std=10)", "he_normal"),
        "bias_init": None,
        "seeds": (3,),
        "metric": "test_accuracy",
        "threshold": 0.3,  # well under the 0.69 of guessing; He gets there in a few thousand steps
    },
    data_arguments={"n_train": 300, "n_test": 100, "noise": 0.05, "data_seed": TRAIN_SEED},
    load=circles,
)

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (CIRCLES,)}


def recipe(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises:
        ArgumentError: no such study; the nearest name is suggested.
    """
    return RECIPES[one_of("study", name, sorted(RECIPES))]
