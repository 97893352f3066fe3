"""IDX file, plain or gzip -> its array of bytes, checked to the end, or one clear error.

The format (LeCun, Cortes, Burges, yann.lecun.com/exdb/mnist): two zero bytes, a type code, the
number of dimensions, each dimension as a big-endian uint32, then the values.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import os
import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError
from initlab.files import AnyPath, local_path, open_regular, shown_path

UNSIGNED_BYTE = 0x08  # the type code of every image set we know
MOST_DIMENSIONS = 4
KINDS = {1: "labels", 3: "images"}  # by number of dimensions
GZIP_MAGIC = b"\x1f\x8b"
LARGEST_RATIO = 1032  # deflate makes nothing smaller than one 1032nd of it (zlib's own figure)
LARGEST_CONTENT = 2 * 10**9  # bytes; forty times fashion-mnist's training images
PIECE = 2**20  # bytes hashed and copied at a time, so that the content is held once


@dataclass(frozen=True)
class IdxContent:
    """What an IDX file held.

    Attributes:
        array: the values, uint8, in the file's shape.
        sha256: of the decompressed content; of what was read, not of what lies there now.
        file_sha256: of the file as it lies on disk; equal to ``sha256`` if not compressed.
        compressed: whether the file is gzip.
    """

    array: NDArray[np.uint8]
    sha256: str
    file_sha256: str
    compressed: bool


def read_idx(source: AnyPath | bytes, *, ndim: int | None = None) -> IdxContent:
    """Read a whole IDX file, or refuse it; never a part of one.

    A gzip file is known by its first bytes, whatever its name, and read to its end: its checksum
    is the last thing in it.

    Args:
        source: path of the file, or its content.
        ndim: number of dimensions wanted: 3 for images, 1 for labels; any if left out.

    Raises:
        DataError: another kind of file, cut short, damaged, longer than its header says, or a
            header that promises more than the file can hold.
        StorageError: it cannot be read at all.

    Example:
        >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])).array
        array([7, 9], dtype=uint8)
    """
    if isinstance(source, bytes):
        return _read(io.BytesIO(source), len(source), "IDX content", ndim)
    path = local_path("path", source)
    with open_regular(path) as file:
        return _read(file, os.fstat(file.fileno()).st_size, shown_path(path), ndim)


def _read(file: BinaryIO, size: int, name: str, ndim: int | None) -> IdxContent:
    compressed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    if name.endswith(".gz") and not compressed:
        raise DataError(
            f"{name} is not a gzip file: its first bytes are {_hex(file.read(2))}, not 1f8b. "
            "If the file is already unpacked, remove .gz from its name."
        )
    raw = _Hashed(file)
    content = _Hashed(gzip.GzipFile(fileobj=raw) if compressed else raw)  # type: ignore[call-overload]
    try:
        array = _array(content, size, name, ndim, compressed)
    except EOFError:
        raise DataError(
            f"{name} is cut short: the gzip stream does not end within the {size:,} bytes of the "
            "file."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name} is damaged: {str(error).strip().rstrip('.')}.") from error
    return IdxContent(array, content.digest(), raw.digest(), compressed)


def _array(
    content: _Hashed, size: int, name: str, ndim: int | None, compressed: bool
) -> NDArray[np.uint8]:
    shape = _shape(content, name, ndim, compressed)
    header, length = 4 + 4 * len(shape), math.prod(shape)
    wanted = header + length
    if not compressed and size != wanted:
        raise _wrong_length(name, shape, wanted, f"{size:,}")
    if compressed and wanted > LARGEST_RATIO * size:
        raise DataError(
            f"{name} cannot hold what its header promises: shape {shape} takes {wanted:,} bytes, "
            f"more than a file of {size:,} bytes can unpack to."
        )
    if wanted > LARGEST_CONTENT:
        raise DataError(
            f"{name} is too large: by its header it has shape {shape} and takes {wanted:,} bytes, "
            f"but initlab reads at most {LARGEST_CONTENT:,} bytes."
        )
    array = np.empty(length, dtype=np.uint8)
    filled = 0
    while filled < length:
        piece = content.read(min(PIECE, length - filled))
        if not piece:
            raise _wrong_length(name, shape, wanted, f"{header + filled:,}")
        array[filled : filled + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        filled += len(piece)
    if content.read(1):  # b"" only after the end, and there gzip has compared its checksum
        raise _wrong_length(name, shape, wanted, "more")
    return array.reshape(shape)


def _shape(content: _Hashed, name: str, ndim: int | None, compressed: bool) -> tuple[int, ...]:
    magic = content.exactly(4)
    if compressed and magic.startswith(GZIP_MAGIC):
        raise DataError(
            f"{name} is compressed twice: unpack it once with gunzip, then initlab can read it."
        )
    if len(magic) < 4:
        raise _cut_header(name, len(magic), 4)
    if ndim is not None and magic != bytes([0, 0, UNSIGNED_BYTE, ndim]):
        wanted = bytes([0, 0, UNSIGNED_BYTE, ndim])
        raise DataError(
            f"{name} must be an IDX file that begins with {_kind(wanted)}; it begins with "
            f"{_kind(magic)}."
        )
    if magic[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DataError(
            f"{name} must begin with 0x000008, as IDX files of unsigned bytes do; it begins with "
            f"{_kind(magic)}."
        )
    if not 1 <= magic[3] <= MOST_DIMENSIONS:
        raise DataError(
            f"{name} must have 1 to {MOST_DIMENSIONS} dimensions; its header says {magic[3]} "
            f"({_kind(magic)})."
        )
    rest = content.exactly(4 * magic[3])
    if len(rest) < 4 * magic[3]:
        raise _cut_header(name, 4 + len(rest), 4 + 4 * magic[3])
    shape = struct.unpack(f">{magic[3]}I", rest)
    if 0 in shape:
        raise DataError(f"{name} holds no values: its shape is {shape}.")
    return shape


def _wrong_length(name: str, shape: tuple[int, ...], wanted: int, found: str) -> DataError:
    return DataError(
        f"{name} is not as long as its header says: shape {shape} takes {wanted:,} bytes, "
        f"but the file holds {found}."
    )


def _cut_header(name: str, found: int, wanted: int) -> DataError:
    return DataError(f"{name} is cut short: it holds {found} of the {wanted} bytes of a header.")


def _kind(magic: bytes) -> str:
    number = "0x" + _hex(magic)
    known = magic[:3] == bytes([0, 0, UNSIGNED_BYTE]) and magic[3] in KINDS
    return f"{number} ({KINDS[magic[3]]})" if known else number


def _hex(data: bytes) -> str:
    return data.hex() or "none"


class _Hashed:
    """A stream that keeps the hash of everything read from it."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._source.read(size)
        self._hash.update(data)
        return data

    def exactly(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        data = b""
        while len(data) < size and (more := self.read(size - len(data))):
            data += more
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()
