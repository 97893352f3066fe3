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
        shuffle: a fresh order every epoch, by the replicate's seed; else always the same order.
        drop_last: leave out the short last batch of an epoch.
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
    """Loader data: samples that a DataLoader makes in every epoch: augmented, or too large.

    Attributes:
        loader: the DataLoader; its random numbers are set by the replicate's seed.
        device: where batches are moved to.
        dtype: of floating inputs and targets; None leaves them.
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
            words = "the DataLoader has no length (an IterableDataset?): give steps, not epochs."
            raise unusable(words) from error


Part = InMemory | LoaderData


def arrays(part: Part | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return inputs and targets of a part in memory."""
    assert isinstance(part, InMemory)
    return part.x, part.y


@dataclass(frozen=True)
class Dataset:
    """Data of one study.

    Where a study holds test data back, the test part is its validation part, and the data held
    back is the final part.

    Attributes:
        name: what the data is called in tables and figures.
        train: samples to train on. Rows are float64; float32 for images and own arrays.
        test: samples to measure on; None where a PyTorch model has none.
        final: samples held back for one last test, if asked for.
        task: "classification" or "regression"; None where the loss decides.
        classes: name of each class, empty for regression.
        features: name of each input column.
        x_scaling: how the inputs were scaled from their own units, if they were.
        y_scaling: the same of the targets.
        image_shape: (height, width) of an image that a row holds, empty where rows are no images.
        checksums: what was read -> SHA-256 of its content, decompressed.
        notes: what a reader of the results should know of the data, one sentence each.
        held_out: what the test part is, in the names of scores: "test" or "validation".
        n_rows: samples read, of a user's own data.
        reference: text that brings a PyTorch model's data back; None for what is in memory only.
        batch_size: samples per step of a PyTorch model where no batch size is asked for.
        stratify: whether its parts were dealt out here in the classes' shares; None where they
            were not dealt out here.
    """

    name: str
    train: Part
    test: Part | None
    _: KW_ONLY
    final: Part | None = None
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
        """Inputs held back, shape (n_final, features)."""
        return None if self.final is None else arrays(self.final)[0]

    @property
    def y_final(self) -> NDArray[Any] | None:
        """Targets held back, shape (n_final,)."""
        return None if self.final is None else arrays(self.final)[1]

    @property
    def checksum_lines(self) -> list[str]:
        """The checksums as a study's record keeps them."""
        return [f"{name} sha256 {digest}" for name, digest in self.checksums.items()]

    def part(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return inputs and targets of the part that the name of a score begins with."""
        parts = {"train": self.train, self.held_out: self.test}
        return arrays(parts.get(name, self.final))
