"""Files of an image set -> images and labels, each file compared with its known checksum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.idx import IdxContent, read_idx
from initlab.datasets.image_folder import FoundImages
from initlab.datasets.image_sets import ImageFile, ImageSet, owner_of
from initlab.errors import DataError
from initlab.files import shown_path

VERIFIED = "verified"  # the content is the published one
UNVERIFIED = "no published checksum"  # nothing to compare with; structure as published
DIFFERS = "differs"  # a checksum or a shape is not the published one


@dataclass(frozen=True)
class CheckedFile:
    """What comparing one file found.

    Attributes:
        path: of the file.
        sha256: of its content, decompressed.
        state: ``VERIFIED``, ``UNVERIFIED`` or ``DIFFERS``.
        problem: what differs, one sentence; empty if nothing does.
        content: what was read.
    """

    path: Path
    sha256: str
    state: str
    problem: str
    content: IdxContent


def check_file(wanted: ImageFile, path: Path, *, set_name: str) -> CheckedFile:
    """Read one file and compare it with what is known of it.

    Raises:
        DataError: it is no whole IDX file of the wanted kind.
        StorageError: it cannot be read.
    """
    content = read_idx(path, ndim=len(wanted.shape))
    owner = owner_of(content.sha256)
    if wanted.sha256 is not None and content.sha256 == wanted.sha256:
        state, problem = VERIFIED, ""
    elif wanted.sha256 is not None or owner is not None:
        whose = f" The file is {owner}." if owner else ""
        state = DIFFERS
        problem = (
            f"{shown_path(path)} is not a file of {set_name}: its sha256 is {content.sha256}, not "
            f"{wanted.sha256 or 'the published one'}.{whose}"
        )
    elif content.file_sha256 == wanted.gzip_sha256:
        state, problem = VERIFIED, ""
    elif content.array.shape != wanted.shape:
        state = DIFFERS
        problem = (
            f"{shown_path(path)} is not a file of {set_name}: its shape is {content.array.shape}, "
            f"not {wanted.shape}."
        )
    else:
        state, problem = UNVERIFIED, ""
    return CheckedFile(path, content.sha256, state, problem, content)


def read_part(
    wanted: ImageSet, found: FoundImages, part: str, *, allow_unknown_data: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], list[CheckedFile]]:
    """Read images and labels of ``TRAIN`` or ``FINAL``.

    Args:
        wanted: the image set.
        found: where its files are.
        part: which half.
        allow_unknown_data: use files that are not the published ones; they must still fit each
            other and the set's number of classes.

    Returns:
        Images, shape (n, height, width), labels, shape (n,), and what checking found.

    Raises:
        DataError: a file is not the published one, or images and labels do not fit.
    """
    checked = [check_file(f, found.paths[f.name], set_name=wanted.name) for f in wanted.part(part)]
    if not allow_unknown_data:
        refuse_unknown(checked, wanted.name)
    images, labels = checked[0].content.array, checked[1].content.array
    _must_fit(images, labels, len(wanted.classes), checked)
    return images, labels, checked


def refuse_unknown(checked: Sequence[CheckedFile], study: str) -> None:
    """Raise for the first file that is not the published one."""
    for file in checked:
        if file.state == DIFFERS:
            raise DataError(
                f"{file.problem} The study {study} uses the file anyway with --allow-unknown-data "
                "(in Python allow_unknown_data=True).",
                argument="allow_unknown_data", value=False, expected="true for a file of your own",
                where=shown_path(file.path),
            )  # fmt: skip


def _must_fit(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], n_classes: int,
    checked: Sequence[CheckedFile],
) -> None:  # fmt: skip
    if len(images) != len(labels):
        raise DataError(
            f"{shown_path(checked[0].path)} must hold one image for each label in "
            f"{checked[1].path.name}; got {len(images):,} images and {len(labels):,} labels."
        )
    wrong = np.flatnonzero(labels >= n_classes)
    if wrong.size:
        raise DataError(
            f"{shown_path(checked[1].path)} must hold labels from 0 to {n_classes - 1}; got "
            f"{labels[wrong[0]]} at index {wrong[0]:,}."
        )
