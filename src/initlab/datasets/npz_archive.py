"""NPZ archive -> the arrays in it, each checked before a byte is set aside for it."""

from __future__ import annotations

import io
import math
import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from initlab.errors import DataError

LARGEST_RATIO = 1032  # deflate makes nothing smaller than one 1032nd of it


def read_npz(content: bytes, name: str, *, most: int) -> dict[str, NDArray[Any]]:
    """Read every array of an archive; pickled objects are refused, never run.

    Args:
        content: of the file.
        name: of the file, for messages.
        most: bytes that all arrays together may take.

    Raises:
        DataError: not an archive of arrays, damaged, or a header that promises more than is there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > most:
                raise DataError(
                    f"{name} unpacks to {total:,} bytes, but initlab reads at most {most:,} bytes."
                )
            names = [member.filename.removesuffix(".npy") for member in members]
            if len(set(names)) < len(names):
                raise DataError(f"{name} holds two arrays with the same name.")
            return {key: _array(archive, member, f"Array {key!r} of {name}")
                    for key, member in zip(names, members, strict=True)}  # fmt: skip
    except (DataError, MemoryError):
        raise
    except Exception as error:  # of zipfile and of its decoders: a dozen kinds, all meaning this
        raise DataError(
            f"{name} is damaged, or was not written by numpy.savez: {error}."
        ) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    if member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
        raise DataError(
            f"{name} is damaged: the archive announces {member.file_size:,} bytes for it, more "
            f"than its {member.compress_size:,} compressed bytes can unpack to."
        )
    with archive.open(member) as file:
        try:
            version = npy.read_magic(file)
            if version not in ((1, 0), (2, 0)):
                raise DataError(
                    f"{name} must be in version 1.0 or 2.0 of NumPy's format .npy; it is in "
                    f"version {'.'.join(map(str, version))}."
                )
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = reader(file)
        except DataError:
            raise
        except (ValueError, SyntaxError, TypeError) as error:
            raise DataError(
                f"{name} is not in NumPy's format .npy: {str(error).splitlines()[0]}."
            ) from error
        wanted, found = math.prod(shape) * dtype.itemsize, member.file_size - file.tell()
    if dtype.hasobject or dtype.names is not None:
        kind = "pickled objects" if dtype.hasobject else "a structured array"
        hint = " Save text as an array of strings: y.astype(str)." if dtype.hasobject else ""
        raise DataError(f"{name} must hold numbers or strings; it holds {kind}.{hint}")
    if any(size < 0 for size in shape) or wanted != found:
        raise DataError(
            f"{name} is not as long as its header says: shape {shape} takes {wanted:,} bytes, "
            f"but the archive holds {found:,} for it."
        )
    with archive.open(member) as file:
        array: NDArray[Any] = np.asarray(npy.read_array(file, allow_pickle=False))
    return array
