"""A few images of Fashion-MNIST, a file of this package -> training and validation images.

``images.npz`` holds the first 2,000 training images and the first 500 test images of
Fashion-MNIST with their labels, unchanged, written by ``numpy.savez_compressed``. Their license
lies beside it.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import numpy as np

from initlab.datasets.dataset import Dataset
from initlab.datasets.image_sets import FASHION_MNIST, PIXEL_MAX
from initlab.datasets.pixels import image_part
from initlab.datasets.split import split
from initlab.datasets.task import CLASSIFICATION

FILE = Path(__file__).parent / "images.npz"


def fashion_sample_study(
    *, n_validation: int | None = None, data_seed: int = 0, final_test: bool = False
) -> Dataset:
    """Load 2,000 of the 60,000 training images of Fashion-MNIST; no download.

    Args:
        n_validation: number of validation images; a fifth if None: 400.
        data_seed: seed of the split.
        final_test: return 500 of the test images too, as ``x_final`` and ``y_final``.
    """
    with np.load(FILE) as stored:
        images, labels, final_images, final_labels = (
            stored[name] for name in ("images", "labels", "final_images", "final_labels")
        )
    train, validation, _ = split(len(images), n_validation=n_validation, data_seed=data_seed)
    part = partial(image_part, pixel_max=PIXEL_MAX)
    return Dataset(
        "fashion-sample", part(images, labels, train), part(images, labels, validation),
        final=part(final_images, final_labels, None) if final_test else None,
        task=CLASSIFICATION,
        classes=FASHION_MNIST.classes,
        image_shape=images.shape[1:],
        held_out="validation",
        checksums={FILE.name: hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()},
        notes=("The data are 2,000 of the 60,000 training images of Fashion-MNIST.",),
    )  # fmt: skip
