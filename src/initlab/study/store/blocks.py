"""Named arrays, or a diagnosis <-> one compressed block of bytes, every bit kept: NaN, -0.0.

A line of JSON names the arrays, their types and shapes; their little-endian bytes follow.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.records import InitDiagnosis

LEVEL = 1  # of zlib: random digits do not compress better at a higher one, only slower
WHOLE = ("step", "distinct_units")  # columns of a curve that hold integers


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the block of these arrays."""
    kept = {
        name: np.ascontiguousarray(one, one.dtype.newbyteorder("<")) for name, one in arrays.items()
    }
    head = [[name, one.dtype.str, list(one.shape)] for name, one in kept.items()]
    parts = [json.dumps(head).encode("ascii"), b"\n", *(one.tobytes() for one in kept.values())]
    return zlib.compress(b"".join(parts), LEVEL)


def unpacked(block: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a block.

    Raises:
        ValueError, zlib.error: it is no whole block.
    """
    head, _, content = zlib.decompress(block).partition(b"\n")
    arrays, place = {}, 0
    for name, kind, shape in json.loads(head):
        dtype = np.dtype(kind)
        count = math.prod(shape)
        values = np.frombuffer(content, dtype, count, place)
        arrays[name] = values.reshape(shape).astype(dtype.newbyteorder("="))
        place += count * dtype.itemsize
    return arrays


def packed_curve(curve: Mapping[str, list[Any]]) -> bytes:
    """Return the block of a cell's curve."""
    return packed(
        {name: np.array(values, np.int64 if name in WHOLE else np.float64)
         for name, values in curve.items()}
    )  # fmt: skip


def unpacked_curve(block: bytes) -> dict[str, list[Any]]:
    """Return the curve of a block, as a cell holds it."""
    return {name: values.tolist() for name, values in unpacked(block).items()}


def packed_record(found: InitDiagnosis) -> bytes:
    """Return the block of a cell's diagnosis."""
    return zlib.compress(found.model_dump_json().encode("utf-8"), LEVEL)


def unpacked_record(block: bytes) -> InitDiagnosis:
    """Return the diagnosis of a block."""
    return InitDiagnosis.from_record(json.loads(zlib.decompress(block)), path="diagnosis")
