"""Name of an image set -> training and validation images of one study, as float32 in [0, 1]."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset
from initlab.datasets.fashion_sample import fashion_sample_study
from initlab.datasets.image_files import UNVERIFIED, CheckedFile, read_part
from initlab.datasets.image_folder import require_images
from initlab.datasets.image_sets import FINAL, IMAGE_SETS, PIXEL_MAX, TRAIN
from initlab.datasets.pixels import image_part, unflattened
from initlab.datasets.split import absent_classes, split
from initlab.datasets.task import CLASSIFICATION
from initlab.errors import DataError
from initlab.files import AnyPath
from initlab.validation import one_of

DIGITS_MAX = 16  # each pixel counts the inked ones of a 4×4 block
DIGITS_FINAL = 297  # held back for a last test: 1,500 are left, of which 1,200 train


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
            f"The data set digits is part of scikit-learn, which cannot be imported ({error}). "
            "Install scikit-learn with: pip install scikit-learn."
        ) from error
    images, labels = load_digits(return_X_y=True)
    train, validation, final = split(
        len(images), n_validation=n_validation, data_seed=data_seed, n_final=DIGITS_FINAL
    )
    part = partial(image_part, images, labels, pixel_max=DIGITS_MAX)
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


BUILT_IN = {"fashion-sample": fashion_sample_study, "digits": digits_study}  # need no download
IMAGE_STUDIES = (*IMAGE_SETS, *BUILT_IN)


def image_study(
    name: str,
    *,
    data_dir: AnyPath | None = None,
    n_validation: int | None = None,
    data_seed: int = 0,
    flat: bool = True,
    final_test: bool = False,
    allow_unknown_data: bool = False,
) -> Dataset:
    """Load an image set and split its training images in two; test images only if asked for.

    Args:
        name: fashion-mnist, mnist, kmnist, fashion-sample or digits.
        data_dir: folder to look in; else ``$INITLAB_DATA``, then the cache. fashion-sample and
            digits need none.
        n_validation: number of validation images, taken at random; a fifth if None, which is
            12,000 of the 60,000.
        data_seed: seed of the split, one for all replicates.
        flat: rows of pixels, shape (n, 784); else images, shape (n, 28, 28).
        final_test: load the test images too, as ``x_final`` and ``y_final``.
        allow_unknown_data: use files whose checksum is not the published one, and note it.

    Returns:
        The data; the validation part is its ``x_test``, ``y_test``. Class numbers are int64.

    Raises:
        ArgumentError: no such set, or a number out of range.
        StorageError: the files are not here; the sentence names the ways to get them.
        DataError: a file is damaged or not the published one.
    """
    if one_of("image set", name, sorted(IMAGE_STUDIES)) in BUILT_IN:
        load = BUILT_IN[name]
        data = load(n_validation=n_validation, data_seed=data_seed, final_test=final_test)
        return data if flat else unflattened(data)
    wanted = IMAGE_SETS[name]
    found = require_images(wanted, data_dir)
    images, labels, checked = read_part(wanted, found, TRAIN, allow_unknown_data=allow_unknown_data)
    train, validation, _ = split(len(images), n_validation=n_validation, data_seed=data_seed)
    data = Dataset(
        wanted.name,
        image_part(images, labels, train, pixel_max=PIXEL_MAX),
        image_part(images, labels, validation, pixel_max=PIXEL_MAX),
        task=CLASSIFICATION,
        classes=wanted.classes,
        image_shape=images.shape[1:],
        held_out="validation",
    )
    if final_test:
        shape = images.shape[1:]
        del images
        x, y, more = read_part(wanted, found, FINAL, allow_unknown_data=allow_unknown_data)
        _same_shape(shape, x, more[0])
        data = replace(data, final=image_part(x, y, None, pixel_max=PIXEL_MAX))
        checked += more
    absent = absent_classes([("training", data.y_train), ("validation", data.y_test)], data.classes)
    data = replace(
        data,
        checksums={file.path.name: file.sha256 for file in checked},
        notes=(*_file_notes(checked), *absent),
    )
    return data if flat else unflattened(data)


def _same_shape(shape: tuple[int, ...], images: NDArray[np.uint8], file: CheckedFile) -> None:
    if images.shape[1:] != shape:
        raise DataError(
            f"{file.path} holds images of shape {images.shape[1:]}, but the training images have "
            f"shape {shape}."
        )


def _file_notes(checked: Sequence[CheckedFile]) -> list[str]:
    notes = [
        f"{file.problem} This file was used anyway, because allow_unknown_data is set."
        for file in checked
        if file.problem
    ]
    unverified = [file.path.name for file in checked if file.state == UNVERIFIED]
    if unverified:
        notes.append(
            f"No checksum is published for the unpacked content of {', '.join(unverified)}. "
            "Structure and shape were checked, but not the values."
        )
    return notes
