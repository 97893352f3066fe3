"""Image set -> the folder on this machine that holds its four files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from initlab.datasets.image_sets import ImageSet
from initlab.errors import DataError, StorageError
from initlab.files import AnyPath, cache_folder, local_path, shown_path

DATA_VARIABLE = "INITLAB_DATA"
FETCHED = "data"  # in the cache
DATA_DIR = "--data-dir"
CACHE = "cache"


@dataclass(frozen=True)
class FoundImages:
    """Where an image set lies.

    Attributes:
        origin: what led there: ``DATA_DIR``, ``DATA_VARIABLE`` or ``CACHE``.
        folder: the folder that holds the files themselves.
        paths: name of a file, without ``.gz`` -> its path.
    """

    origin: str
    folder: Path
    paths: Mapping[str, Path]


def find_images(wanted: ImageSet, data_dir: AnyPath | None = None) -> FoundImages | None:
    """Look for an image set in ``data_dir`` alone, or in ``$INITLAB_DATA`` and then the cache.

    In each, a sub-folder of the set's name comes first (``fashion-mnist``, torchvision's
    ``FashionMNIST/raw``), then the folder itself, as Debian's package lays it out.

    Returns:
        Where it is, or None.

    Raises:
        StorageError: a folder that was named is not there or may not be entered.
        DataError: a folder that was named holds some of the four files, but not all.
    """
    for origin, folder in _places(data_dir):
        if origin != CACHE:
            _must_be_a_folder(origin, folder)
        for part in (*wanted.folders, "raw", "."):
            found = _files_in(wanted, folder / part)
            missing = [file.name for file in wanted.files if file.name not in found]
            if found and missing and origin != CACHE:  # there, a fetch was cut off: fetch again
                raise DataError(
                    f"{shown_path(folder / part)} holds only a part of an image set: "
                    f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
                )
            if found and not missing:
                return FoundImages(origin, folder / part, found)
    return None


def require_images(wanted: ImageSet, data_dir: AnyPath | None = None) -> FoundImages:
    """Return where an image set is, or say in one sentence how to get it."""
    found = find_images(wanted, data_dir)
    if found is None:
        raise not_here(wanted, data_dir)
    return found


def not_here(wanted: ImageSet, data_dir: AnyPath | None = None) -> StorageError:
    """Build the sentence that names the ways to get an image set."""
    place = "" if data_dir is None else f" in {shown_path(data_dir)}"
    return StorageError(
        f"{wanted.name} was not found{place}. Download it with 'initlab data fetch {wanted.name}' "
        f"({wanted.download_mb} MB). If you already have the four IDX files of {wanted.name}, name "
        f"their folder with {DATA_DIR} (in Python data_dir=...) or in the environment variable "
        f"{DATA_VARIABLE}. Or use fashion-sample or digits, which need no download.",
        argument="data_dir",
        value=None if data_dir is None else str(data_dir),
        expected=f"a folder with {wanted.files[0].name} and the three other IDX files",
    )


def _places(data_dir: AnyPath | None) -> list[tuple[str, Path]]:
    if data_dir is not None:
        return [(DATA_DIR, local_path("data_dir", data_dir))]
    chosen = os.environ.get(DATA_VARIABLE)
    places = [(DATA_VARIABLE, local_path(DATA_VARIABLE, chosen))] if chosen else []
    return [*places, (CACHE, cache_folder(FETCHED))]


def _must_be_a_folder(origin: str, folder: Path) -> None:
    argument = "data_dir" if origin == DATA_DIR else origin
    if not os.path.lexists(folder):
        problem = "does not exist"
    elif not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises where it may not look
        problem = "is not a folder"
    elif not os.access(folder, os.X_OK):
        problem = "cannot be entered (permission denied)"
    else:
        return
    raise StorageError(
        f"{argument} must be a folder; {shown_path(folder)} {problem}.",
        argument=argument, value=str(folder), expected="a folder",
    )  # fmt: skip


def _files_in(wanted: ImageSet, folder: Path) -> dict[str, Path]:
    found = {}
    for file in wanted.files:
        dotted = file.name.replace("-idx", ".idx")  # as some archives unpack them
        for name in (file.name, f"{file.name}.gz", dotted, f"{dotted}.gz"):
            if os.path.exists(folder / name):  # noqa: PTH110 - as above
                found[file.name] = folder / name
                break
    return found
