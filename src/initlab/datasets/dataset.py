"""What a study learns from: training, test and final samples, in memory or from a DataLoader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import unusable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """The range of a column, which ``scaled`` maps to [0, 1].

    Attributes:
        low: smallest value, which becomes 0.
        high: largest value, which becomes 1.

    Example:
        >>> scaling = Scaling(low=1.88, high=3.73)
        >>> float(scaling.scaled(2.89).round(9)), float(scaling.original(0.0))
        (0.545945946, 1.88)
    """

    low: float
    high: float

    @classmethod
    def of(cls, values: ArrayLike) -> Scaling:
        """Return the range of a column."""
        return cls(float(np.min(values)), float(np.max(values)))

    def scaled(self, values: ArrayLike) -> Array:
        """Return the values in units of the range; a constant column becomes 0."""
        span = self.high - self.low
        shifted = np.asarray(values, dtype=np.float64) - self.low
        return np.asarray(shifted / span if span > 0 else np.zeros_like(shifted))

    def original(self, values: ArrayLike) -> Array:
        """Return scaled values in the column's own units."""
        return np.asarray(np.asarray(values, dtype=np.float64) * (self.high - self.low) + self.low)


@dataclass(frozen=True)
class InMemory:
    """In-memory data: NumPy arrays, or PyTorch tensors on one device.

    Attributes:
        x: inputs, an array whose first axis counts samples; a tuple of them for PyTorch models,
            which may take several.
        y: targets, an array whose first axis counts samples.
        batch_size: samples per batch; None means all of them.
        shuffle: whether every epoch has a new order, drawn by the seed; else all have the same.
        drop_last: whether the last batch of an epoch is left out if it is short.
    """

    x: Any
    y: Any
    batch_size: int | None = None
    shuffle: bool = True
    drop_last: bool = False

    def __len__(self) -> int:
        return len(self.y)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Arrays that the model takes."""
        return self.x if isinstance(self.x, tuple) else (self.x,)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        size = self.batch_size or len(self)
        return len(self) // size if self.drop_last else -(-len(self) // size)

    def chosen(self, rows: Any) -> InMemory:
        """Return some of the samples, by a slice or their numbers."""
        x = tuple(one[rows] for one in self.x) if isinstance(self.x, tuple) else self.x[rows]
        return replace(self, x=x, y=self.y[rows])


@dataclass(frozen=True)
class LoaderData:
    """Loader data: samples that are read from a DataLoader in every epoch.

    Such samples are augmented, or do not fit in memory.

    Attributes:
        loader: the DataLoader; the seed of a run sets its random numbers.
        device: device to which batches are moved.
        dtype: dtype of floating inputs and targets; None keeps their own.
    """

    loader: Any
    device: Any = "cpu"
    dtype: Any = None

    @property
    def batch_size(self) -> int | None:
        """Samples per batch, as far as the loader tells."""
        return getattr(self.loader, "batch_size", None)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        try:
            return len(self.loader)
        except TypeError as error:
            words = (
                "the DataLoader has no length, as is usual with an IterableDataset, so the steps "
                "of an epoch cannot be counted. Give steps instead of epochs."
            )
            raise unusable(words) from error


Samples = InMemory | LoaderData


def arrays(part: Samples | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return inputs and targets of a part in memory."""
    assert isinstance(part, InMemory)
    return part.x, part.y


@dataclass(frozen=True)
class Dataset:
    """Data of one study.

    If a study keeps data for a final test, ``final`` is that data, and ``test`` is the validation
    data.

    Attributes:
        name: what the data is called in tables and figures.
        train: samples to train on. Rows are float64; float32 for images and the user's own data.
        test: samples to measure on; None if a PyTorch model has none.
        final: samples for one final test; None if they were not asked for.
        task: "classification" or "regression"; None where the loss decides.
        classes: name of each class, empty for regression.
        features: name of each input column.
        x_scaling: how the inputs were scaled from their own units, if they were.
        y_scaling: how the targets were scaled from their own units, if they were.
        image_shape: (height, width) of an image that a row holds, empty where rows are no images.
        checksums: name of a file -> SHA-256 of its content, decompressed.
        notes: what a reader of the results should know of the data, one sentence each.
        held_out: name of ``test`` in the names of scores: "test" or "validation".
        n_rows: number of samples that were read; None except for a user's own data.
        reference: text that loads a PyTorch model's data again, such as "package.module:name";
            None for data in memory only.
        batch_size: default number of samples per step of a PyTorch model.
        stratify: whether initlab's split keeps the share of each class in both parts; None if
            initlab did not split the data.
    """

    name: str
    train: Samples
    test: Samples | None
    _: KW_ONLY
    final: Samples | None = None
    task: str | None = None
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    x_scaling: Scaling | None = None
    y_scaling: Scaling | None = None
    image_shape: tuple[int, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    held_out: str = "test"
    n_rows: int | None = None
    reference: str | None = None
    batch_size: int | None = None
    stratify: bool | None = None

    @property
    def x_train(self) -> NDArray[Any]:
        """Inputs to train on, shape (n_train, features)."""
        return arrays(self.train)[0]

    @property
    def y_train(self) -> NDArray[Any]:
        """Targets to train on, shape (n_train,); class numbers for classification."""
        return arrays(self.train)[1]

    @property
    def x_test(self) -> NDArray[Any]:
        """Inputs of the test part, shape (n_test, features)."""
        return arrays(self.test)[0]

    @property
    def y_test(self) -> NDArray[Any]:
        """Targets of the test part, shape (n_test,)."""
        return arrays(self.test)[1]

    @property
    def x_final(self) -> NDArray[Any] | None:
        """Inputs of the final test, shape (n_final, features)."""
        return None if self.final is None else arrays(self.final)[0]

    @property
    def y_final(self) -> NDArray[Any] | None:
        """Targets of the final test, shape (n_final,)."""
        return None if self.final is None else arrays(self.final)[1]

    @property
    def checksum_lines(self) -> list[str]:
        """The checksums as a study's record keeps them."""
        return [f"{name} sha256 {digest}" for name, digest in self.checksums.items()]

    def part(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return inputs and targets of the part that the name of a score begins with."""
        parts = {"train": self.train, self.held_out: self.test}
        return arrays(parts.get(name, self.final))
