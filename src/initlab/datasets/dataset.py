"""Points and targets, train and test, with the names a figure needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from initlab.datasets.scaling import Scaling


@dataclass(frozen=True)
class Dataset:
    """Training and test data of one study; rows are samples.

    Where a study holds test data back, the test part is its validation part, and the data held
    back is the final part.

    Attributes:
        name: what the data is called in tables and figures.
        x_train: inputs, shape (n_train, features), float64; float32 for images and own arrays.
        y_train: targets, shape (n_train,); class numbers for classification.
        x_test: inputs, shape (n_test, features), of the same type.
        y_test: targets, shape (n_test,).
        classes: name of each class, empty for regression.
        features: name of each input column.
        x_scaling: how the inputs were scaled from their own units, if they were.
        y_scaling: the same of the targets.
        x_final: inputs held back for one last test, shape (n_final, features), if asked for.
        y_final: their targets, shape (n_final,).
        image_shape: (height, width) of an image that a row holds, empty where rows are no images.
        checksums: file read -> SHA-256 of its content, decompressed.
        notes: what a reader of the results should know of the data, one sentence each.
        held_out: what ``x_test`` is, in the names of scores: "test" or "validation".
        n_rows: samples read, of a user's own data.
    """

    name: str
    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = field(default=())
    x_scaling: Scaling | None = None
    y_scaling: Scaling | None = None
    x_final: NDArray[Any] | None = None
    y_final: NDArray[Any] | None = None
    image_shape: tuple[int, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    held_out: str = "test"
    n_rows: int | None = None

    @property
    def task(self) -> str:
        """What is learned: "classification" or "regression"."""
        return "classification" if self.classes else "regression"
