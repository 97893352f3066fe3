"""Name of a study -> its data, its network and the settings its documents use.

A new study is one more :class:`Recipe` in :data:`RECIPES`; ``datasets/`` loads its data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from initlab.datasets import Dataset
from initlab.datasets.boundary import boundary
from initlab.datasets.curve import DOCUMENT_SEED, curve
from initlab.datasets.image_study import image_study
from initlab.datasets.plane import TRAIN_SEED, circles, moons, spirals
from initlab.datasets.task import CLASSIFICATION, REGRESSION
from initlab.datasets.user_arrays import user_study
from initlab.engines.torch.data import module_data
from initlab.errors import invalid_argument
from initlab.networks import DenseNetwork
from initlab.settings import settings_of
from initlab.settings.setting import MODULE as MODULE_KIND
from initlab.validation import one_of


@dataclass(frozen=True)
class Recipe:
    """A named study.

    Attributes:
        name: what the user types.
        kind: which settings it has: those with this kind in their ``of``.
        settings: defaults that are its own; None where the data decides.
        load: data arguments -> data, checked.
        metrics: final scores: part of the data, then a row of initlab.networks.metrics.
        curve: scores kept at every recorded step; of "train_loss" alone, the loss of the step's
            own batch is kept, which the training computes anyway.
        epochs: passes over the training points, where the settings name no steps.
        updates: fewest and most of them, whatever the epochs: 20 epochs of a small table are too
            few updates for any verdict, and of many images more than a first look needs.
        hidden: widths of the hidden layers, where the data decides the input and the output.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    load: Callable[..., Any]
    metrics: tuple[str, ...] = ()
    curve: tuple[str, ...] = ("train_loss",)
    epochs: int = 0
    updates: tuple[int, int] = (0, 10**9)
    hidden: tuple[int, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """Default of every setting, those of the data too."""
        rows = settings_of(self.kind).items()
        network = {} if self.kind == MODULE_KIND else NETWORK
        own = {name: one.default for name, one in rows if one.stored} | network
        return {name: self.settings.get(name, value) for name, value in own.items()}

    @property
    def data_arguments(self) -> tuple[str, ...]:
        """Settings that are arguments of ``load``."""
        return tuple(
            name for name, one in settings_of(self.kind).items() if one.data and one.stored
        )

    @property
    def finds(self) -> tuple[str, ...]:
        """Arguments of ``load`` that are no settings: they say where it finds the data."""
        return tuple(
            name for name, one in settings_of(self.kind).items() if one.data and not one.stored
        )

    def widths(self, features: int, outputs: int) -> tuple[int, ...]:
        """Return the default widths of the network where the data decides the ends."""
        hidden = (self.defaults["layer_dims"] or ())[1:-1] or self.hidden
        return (features, *hidden, outputs)

    def steps(self, values: Mapping[str, Any], per_epoch: int) -> Any:
        """Return the number of updates from "steps", from "epochs", or where both are None."""
        if values["epochs"] is not None:
            return values["epochs"] * per_epoch
        if values["steps"] is not None:
            return values["steps"]  # whatever it is: the training refuses what is no number
        fewest, most = self.updates
        return min(max(self.epochs * per_epoch, fewest), most)


NETWORK = {one.name: one.default for one in fields(DenseNetwork)} | {"layer_dims": None}
BUDGET = (300, 3_000)  # updates of a user's own study


CIRCLES = Recipe(  # two circles: zeros, large random and He weights
    name="circles",
    kind="plane",
    settings={
        "layer_dims": (2, 10, 5, 1),
        "loss_form": "probability",  # as in the documents; the stable form never shows their inf
        "stream": "course",
        "inits": ("zeros", "normal(std=10)", "he_normal"),
        "seeds": (3,),
        "metric": "test_accuracy",
        "threshold": 0.3,  # well under the 0.69 of guessing; He gets there in a few thousand steps
        "n_train": 300,
        "n_test": 100,
        "noise": 0.05,
        "data_seed": TRAIN_SEED,
    },
    load=circles,
    metrics=("train_loss", "test_loss", "train_accuracy", "test_accuracy"),
)
MOONS = replace(CIRCLES, name="moons", load=moons, settings={**CIRCLES.settings, "noise": 0.1})
SPIRALS = replace(
    CIRCLES, name="spirals", load=spirals,
    settings={
        **CIRCLES.settings, "layer_dims": (2, 16, 16, 1), "learning_rate": 0.1,
        "loss_form": "logits", "noise": 0.02,
    },
)  # fmt: skip
BOUNDARY = replace(
    CIRCLES, name="boundary", kind="boundary", load=boundary,
    settings={**CIRCLES.settings, "noise": 0.0, "function": "0.5*sin(3*x)"},
)  # fmt: skip

CURVE = Recipe(  # a noisy curve: all zero, all equal and random weights
    name="curve",
    kind="curve",
    settings={
        "layer_dims": (1, 2, 1),
        "nonlinearity": "tanh",
        "loss": "half_mean_squared_error",
        "optimizer": "sgd",
        "learning_rate": 0.5,
        "batch_size": 32,
        "steps": 25_000,  # 1000 epochs of 25 batches
        "record_every": 25,
        "inits": (
            "W1=0,B1=0,W2=0,B2=0",
            "W1=1,B1=0,W2=1,B2=0",
            "W1=normal,B1=normal,W2=normal,B2=normal",
        ),
        "metric": "validation_r2",
        "threshold": 0.003,  # the noise alone is about 0.0013
        "n_samples": 1000,
        "noise": 0.1,
        "data_seed": DOCUMENT_SEED,
    },
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


FASHION = Recipe(  # in the course's way
    name="fashion-mnist",
    kind="images",
    settings={
        "loss": "cross_entropy",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 100,
        "dropout": 0.2,
        "steps": None,
        "record_every": 1,
        "dtype": "float32",
        "inits": (
            "zeros", "ones", "uniform(low=0, high=1)", "uniform(low=-0.5, high=0.5)",
            "general_rule_uniform", "general_rule_normal", "torch_default",
        ),
        "metric": "validation_accuracy",
        "threshold": 0.5,  # a batch's loss: of guessing it is 2.3 with ten classes
    },
    load=partial(image_study, "fashion-mnist"),
    metrics=("train_loss", "train_loss_last_100", "validation_loss", "validation_accuracy"),
    epochs=2,
    hidden=(256, 128),
)  # fmt: skip
MNIST, KMNIST = (
    replace(FASHION, name=name, load=partial(image_study, name)) for name in ("mnist", "kmnist")
)
DIGITS = replace(  # scikit-learn's; needs no download
    FASHION, name="digits", kind="digits", load=partial(image_study, "digits"),
    epochs=20,  # of 12 batches: for as many updates as a quarter of the course's
)  # fmt: skip
FASHION_SAMPLE = replace(  # a file of this package
    DIGITS, name="fashion-sample", load=partial(image_study, "fashion-sample")
)
OF_TASK = ("loss", "metric", "threshold")
OWN = {  # what a user's own data is compared with
    # four inits and six seeds: the fewest that can name a winner, and that can show one of four
    # worse than the best, by the exact test
    "inits": ("torch_default", "he_normal", "glorot_uniform", "orthogonal"),
    "seeds": tuple(range(6)),
    "dropout": 0.0,  # the course's 0.2 is for images
}
ARRAYS = replace(  # the user's own: data=(x, y), file.npz or a table; see of_task
    FASHION, name="arrays", kind="arrays", load=user_study, epochs=20, updates=BUDGET,
    settings={**FASHION.settings, **dict.fromkeys(OF_TASK), **OWN},
)  # fmt: skip
# what the data of a study had before these could be said
BEFORE_TASKS = {
    "header": None, "one_hot": None, "missing": "refuse", "task": CLASSIFICATION,
    "stratify": False,
}  # fmt: skip

MODULE = Recipe(  # a PyTorch module and its data
    name="",
    kind=MODULE_KIND,
    settings={
        "inits": ("default", "he_normal", "glorot_uniform", "orthogonal"),
        "optimizer": "adam",
        "learning_rate": 0.001,
        # the data decides
        **dict.fromkeys(("steps", "record_every", "threshold", "stratify")),
    },
    load=module_data,
    epochs=20,
    updates=BUDGET,
)

STUDIES = (
    CIRCLES, MOONS, SPIRALS, BOUNDARY, CURVE, FASHION, MNIST, KMNIST, FASHION_SAMPLE, DIGITS, ARRAYS
)  # fmt: skip
RECIPES: Mapping[str, Recipe] = {one.name: one for one in STUDIES}


NAMED = tuple(name for name in RECIPES if name != ARRAYS.name)  # which needs a user's own data


def of_task(base: Recipe, data: Dataset) -> Recipe:
    """Return the recipe with the loss and scores of the data's task, where it leaves them open.

    A regression's threshold is half the loss of always predicting the mean.
    """
    if base.defaults["loss"] is not None:
        return base
    loss, score, threshold = "cross_entropy", "validation_accuracy", 0.5
    if data.task == REGRESSION:
        half = float(f"{np.var(data.y_train, axis=0, dtype=np.float64).sum() / 4:.2g}")
        constant = not np.var(
            data.y_test, axis=0, dtype=np.float64
        ).any()  # there is nothing to explain
        score = "validation_loss" if constant else "validation_r2"
        loss, threshold = "half_mean_squared_error", half or threshold
    metrics = dict.fromkeys((*base.metrics[:-1], score))
    settings = {"loss": loss, "metric": score, "threshold": threshold}
    return replace(base, settings={**base.settings, **settings}, metrics=tuple(metrics))


def recipe(name: str, *, argument: str = "study") -> Recipe:
    """Return the recipe of this name, which an argument gave.

    Raises:
        ArgumentError: no such study; the nearest name is suggested.
    """
    if isinstance(name, str) and name == ARRAYS.name:
        return ARRAYS
    if not isinstance(name, str):
        hint = "Give a model, or a function that builds a model, as the argument model."
        raise invalid_argument(
            argument, "one of " + ", ".join(NAMED), name, hint=hint * callable(name)
        )
    return RECIPES[one_of(argument, name, NAMED)]
