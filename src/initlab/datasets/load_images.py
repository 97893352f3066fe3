"""Name of an image set -> its images and labels, from this machine or its mirrors, checked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.fetch import fetch_images
from initlab.datasets.image_files import read_part
from initlab.datasets.image_folder import find_images, require_images
from initlab.datasets.image_sets import FINAL, TRAIN, image_set
from initlab.files import AnyPath
from initlab.validation import flag, one_of

PARTS = {"train": TRAIN, "test": FINAL}


class Images(NamedTuple):
    """Images with their labels.

    Attributes:
        images: uint8, shape (n, height, width).
        labels: uint8, shape (n,).
        classes: name of each class.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...]


def load_images(
    name: str, part: str = "train", *, data_dir: AnyPath | None = None, download: bool = False
) -> Images:
    """Return the images that ``initlab data`` lists, compared with their published checksums.

    Args:
        name: "fashion-mnist", "mnist" or "kmnist".
        part: "train" or "test".
        data_dir: folder of the files; None for ``$INITLAB_DATA`` and then the cache.
        download: whether files that are not there are downloaded, into ``data_dir`` or the cache.

    Raises:
        ArgumentError: there is no image set or part of this name.
        DataError: a file is not the published one, or some of the files are missing.
        StorageError: the files are not there, or cannot be read.
    """
    wanted, half = image_set(name), PARTS[one_of("part", part, tuple(PARTS))]
    if flag("download", download) and find_images(wanted, data_dir) is None:
        fetch_images(wanted, data_dir=data_dir)
    images, labels, _ = read_part(wanted, require_images(wanted, data_dir), half)
    return Images(images, labels, wanted.classes)
