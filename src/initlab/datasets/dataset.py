"""Points and targets, train and test, with the names a figure needs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dataset:
    """Training and test data of one study; rows are samples.

    Attributes:
        name: what the data is called in tables and figures.
        x_train: inputs, shape (n_train, features), float64.
        y_train: targets, shape (n_train,); class numbers for classification.
        x_test: inputs, shape (n_test, features), float64.
        y_test: targets, shape (n_test,).
        classes: name of each class, empty for regression.
        features: name of each input column.
    """

    name: str
    x_train: NDArray[np.float64]
    y_train: NDArray[np.float64]
    x_test: NDArray[np.float64]
    y_test: NDArray[np.float64]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = field(default=())
