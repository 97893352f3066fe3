"""scikit-learn's digits -> training and validation images; no download, on any machine."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np

from initlab.datasets.dataset import Dataset
from initlab.datasets.pixels import image_part
from initlab.datasets.split import absent_classes, split
from initlab.datasets.task import CLASSIFICATION
from initlab.errors import DataError

PIXEL_MAX = 16  # each pixel counts the inked ones of a 4×4 block
N_FINAL = 297  # held back for a last test: 1,500 are left, of which 1,200 train


def digits_study(
    *, n_validation: int | None = None, data_seed: int = 0, final_test: bool = False
) -> Dataset:
    """Load the 1,797 images of 8×8 pixels (Alpaydin, Kaynak 1998) that come with scikit-learn.

    They have no official test part, so 297 are held back by the split itself.

    Args:
        n_validation: number of validation images; a fifth of those not held back if None: 300.
        data_seed: seed of the split.
        final_test: return the images held back too, as ``x_final`` and ``y_final``.
    """
    try:
        from sklearn.datasets import load_digits  # 0.6 s of CPU, so only here
    except ImportError as error:
        raise DataError(
            f"digits come with scikit-learn, which cannot be imported ({error}): "
            "pip install scikit-learn."
        ) from error
    images, labels = load_digits(return_X_y=True)
    train, validation, final = split(
        len(images), n_validation=n_validation, data_seed=data_seed, n_final=N_FINAL
    )
    part = partial(image_part, images, labels, pixel_max=PIXEL_MAX)
    return Dataset(
        "digits", part(train), part(validation), final=part(final) if final_test else None,
        task=CLASSIFICATION,
        classes=tuple("0123456789"),
        image_shape=(8, 8),
        held_out="validation",
        checksums={"scikit-learn digits": hashlib.sha256(images.astype(np.uint8).tobytes()
                                                         + labels.astype(np.uint8).tobytes())
                   .hexdigest()},
        notes=tuple(absent_classes([("training", labels[train]),
                                    ("validation", labels[validation])], list("0123456789"))),
    )  # fmt: skip
