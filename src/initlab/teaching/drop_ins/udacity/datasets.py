"""Image sets with the names and arguments that old notebooks take from torchvision.datasets.

The images are those of ``initlab data``: from ``root``, ``$INITLAB_DATA`` or the cache, checked
against the published checksums, downloaded where ``download`` allows it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from initlab.datasets import Images, load_images
from initlab.errors import StorageError

Transform = Callable[[Any], Any]


class ImageSet(torch.utils.data.Dataset[Any]):
    """Images as bytes, with a transform applied to each when it is asked for.

    Attributes:
        data: images, uint8, shape (n, 28, 28).
        targets: class numbers, int64, shape (n,).
        classes: names of the classes.
    """

    initlab_name = ""

    def __init__(
        self,
        root: str | os.PathLike[str] = "data",
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        images, labels, classes = self._loaded(root, "train" if train else "test", download)
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        self.data = torch.from_numpy(np.array(images))
        self.targets = torch.from_numpy(labels.astype(np.int64))
        self.classes = list(classes)

    def _loaded(self, root: str | os.PathLike[str], part: str, download: bool) -> Images:
        if Path(root).is_dir():
            with contextlib.suppress(StorageError):  # not in there: where all others find them
                return load_images(self.initlab_name, part, data_dir=root)
        return load_images(self.initlab_name, part, download=download)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Number of each class by its name."""
        return {name: number for number, name in enumerate(self.classes)}

    train_data = test_data = property(lambda self: self.data, doc="An older name of ``data``.")
    train_labels = test_labels = property(
        lambda self: self.targets, doc="An older name of ``targets``."
    )

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        part = "Train" if self.train else "Test"
        facts = (f"Number of datapoints: {len(self)}", f"Root location: {self.root}",
                 f"Split: {part}", f"Transform: {self.transform}")  # fmt: skip
        return "\n    ".join((f"Dataset {type(self).__name__}", *facts))

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image: Any = self.data[index].numpy()
        target: Any = int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target


class FashionMNIST(ImageSet):
    """Zalando's articles of clothing: 60,000 training and 10,000 test images, ten classes."""

    initlab_name = "fashion-mnist"


class MNIST(ImageSet):
    """Handwritten digits: 60,000 training and 10,000 test images, ten classes."""

    initlab_name = "mnist"


class KMNIST(ImageSet):
    """Handwritten Japanese characters: 60,000 training and 10,000 test images, ten classes."""

    initlab_name = "kmnist"
