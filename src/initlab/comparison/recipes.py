"""Name of a study -> its data, its network and the settings its documents use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from initlab.datasets import Dataset
from initlab.datasets.circles import TRAIN_SEED, circles
from initlab.datasets.curve import DOCUMENT_SEED, curve
from initlab.datasets.image_study import image_study
from initlab.datasets.own_arrays import own_study
from initlab.datasets.task import CLASSIFICATION, REGRESSION
from initlab.validation import one_of


@dataclass(frozen=True)
class Recipe:
    """A named study.

    Attributes:
        name: what the user types.
        title: one line for help texts.
        settings: default of every field of :class:`initlab.records.Study` but recipe and data.
        data_arguments: default of every argument of ``load``.
        load: data arguments -> data, checked.
        metrics: final scores: part of the data, then one of :data:`initlab.networks.scores.SCORES`.
        curve: scores kept at every recorded step; of "train_loss" alone, the loss of the step's
            own batch is kept, which the training computes anyway.
        epochs: passes over the training points, where the data decides the number of steps.
        hidden: widths of the hidden layers, where the data decides the input and the output.
        files: whether ``load`` looks for files and takes ``data_dir`` and ``allow_unknown_data``.
    """

    name: str
    title: str
    settings: Mapping[str, Any]
    data_arguments: Mapping[str, Any]
    load: Callable[..., Dataset]
    metrics: tuple[str, ...]
    curve: tuple[str, ...] = ("train_loss",)
    epochs: int | None = None
    hidden: tuple[int, ...] = ()
    files: bool = False


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
    metrics=("train_loss", "test_loss", "train_accuracy", "test_accuracy"),
)

CURVE = Recipe(
    name="curve",
    title="a noisy curve, 1-2-1 tanh network: all zero, all equal and random weights",
    settings={
        "layer_dims": (1, 2, 1),
        "nonlinearity": "tanh",
        "loss": "half_mean_squared_error",
        "loss_form": "logits",  # there is one form only
        "optimizer": "sgd",
        "learning_rate": 0.5,
        "momentum": 0.0,
        "batch_size": 32,
        "dropout": 0.0,
        "steps": 25_000,  # 1000 epochs of 25 batches
        "record_every": 25,
        "dtype": "float64",
        "stream": "default",
        "inits": (
            "W1=0,B1=0,W2=0,B2=0",
            "W1=1,B1=0,W2=1,B2=0",
            "W1=normal,B1=normal,W2=normal,B2=normal",
        ),
        "bias_init": None,
        "seeds": (0,),
        "metric": "validation_r2",
        "threshold": 0.003,  # the noise alone is about 0.0013
    },
    data_arguments={"n_samples": 1000, "noise": 0.1, "data_seed": DOCUMENT_SEED},
    load=curve,
    metrics=(
        "train_loss", "validation_loss", "train_r2", "validation_r2",
        "train_document_accuracy", "validation_document_accuracy",
    ),
    curve=(
        "train_loss", "validation_loss", "train_document_accuracy",
        "validation_document_accuracy",
    ),
)  # fmt: skip


def _classification(
    name: str,
    title: str,
    load: Callable[..., Dataset],
    *,
    epochs: int = 2,
    files: bool = False,
    more_arguments: Mapping[str, Any] = MappingProxyType({}),
) -> Recipe:
    """Return the course's 784-256-128-10 study on data of other sizes and classes."""
    return Recipe(
        name=name,
        title=title,
        settings={
            "layer_dims": None,
            "nonlinearity": "relu",
            "loss": "cross_entropy",
            "loss_form": "logits",
            "optimizer": "adam",
            "learning_rate": 0.001,
            "momentum": 0.0,
            "batch_size": 100,
            "dropout": 0.2,
            "steps": None,
            "record_every": 1,
            "dtype": "float32",
            "stream": "default",
            "inits": (
                "zeros", "ones", "uniform(low=0, high=1)", "uniform(low=-0.5, high=0.5)",
                "general_rule_uniform", "general_rule_normal", "torch_default",
            ),
            "bias_init": None,
            "seeds": (0,),
            "metric": "validation_accuracy",
            "threshold": 0.5,  # a batch's loss: of guessing it is 2.3 with ten classes
        },
        data_arguments={
            **more_arguments, "n_validation": None, "data_seed": 0, "final_test": False,
        },
        load=load,
        metrics=("train_loss", "train_loss_last_100", "validation_loss", "validation_accuracy"),
        epochs=epochs,
        hidden=(256, 128),
        files=files,
    )  # fmt: skip


IMAGES = tuple(
    _classification(
        name, f"{name} images, 784-256-128-10 network with dropout, in the course's way",
        partial(image_study, name), files=True,
    )
    for name in ("fashion-mnist", "mnist", "kmnist")
)  # fmt: skip
# 12 batches an epoch: more epochs, for as many updates as a quarter of the course's
DIGITS = _classification(
    "digits", "scikit-learn's digits, 64-256-128-10 network with dropout; needs no download",
    partial(image_study, "digits"), epochs=20,
)  # fmt: skip
# a user's own data: what is None follows from its task, see of_task
_arrays = _classification(
    "arrays", "your own data: --data table.csv or file.npz, in Python data=(x, y)",
    own_study,
    more_arguments={
        "data": None, "label": None, "header": None, "one_hot": None, "missing": "refuse",
        "task": None,
    },
)  # fmt: skip
OF_TASK = ("loss", "metric", "threshold")
ARRAYS = replace(_arrays, settings={**_arrays.settings, **dict.fromkeys(OF_TASK)})
# what the data of a study had before these could be said
BEFORE_TASKS = {"header": None, "one_hot": None, "missing": "refuse", "task": CLASSIFICATION}

RECIPES: Mapping[str, Recipe] = {one.name: one for one in (CIRCLES, CURVE, *IMAGES, DIGITS, ARRAYS)}


def of_task(base: Recipe, data: Dataset) -> Recipe:
    """Return the recipe with the loss and scores of the data's task, where it leaves them open.

    A regression's threshold is half the loss of always answering the mean.
    """
    if base.settings["loss"] is not None:
        return base
    loss, score, threshold = "cross_entropy", "validation_accuracy", 0.5
    if data.task == REGRESSION:
        half = float(f"{np.var(data.y_train, axis=0).sum() / 4:.2g}")
        constant = not np.var(data.y_test, axis=0).any()  # there is nothing to explain
        score = "validation_loss" if constant else "validation_r2"
        loss, threshold = "half_mean_squared_error", half or threshold
    metrics = dict.fromkeys((*base.metrics[:-1], score))
    settings = {"loss": loss, "metric": score, "threshold": threshold}
    return replace(base, settings={**base.settings, **settings}, metrics=tuple(metrics))


def recipe(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises:
        ArgumentError: no such study; the nearest name is suggested.
    """
    return RECIPES[one_of("study", name, sorted(RECIPES))]
