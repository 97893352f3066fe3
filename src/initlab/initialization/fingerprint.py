"""A tensor -> what tells its numbers from all others, and how others differ: digest and sample."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.moments import Moments, has_numbers, moments_of
from initlab.modules.framework import as_array, load_torch

SAMPLE = 128  # numbers that are kept of a tensor: two independent ones correlate by 0.09
KNUTH = 40503  # times k modulo 2**16 spreads evenly: Knuth, The Art of Computer Programming, 6.4

Positions = NDArray[np.int64]
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Fingerprint:
    """What a receipt keeps of one tensor.

    Attributes:
        shape: its shape.
        dtype: its dtype, such as "float32".
        digest: SHA-256 of its numbers in C order, little-endian.
        mean: their mean; None where some are not finite.
        std: their standard deviation, or None.
        nonfinite: how many are NaN or infinite.
        sample: up to 128 of them, at positions that depend on their count alone: base64 of
            little-endian float32, of float64 tensors float64.
        placed: sum of the numbers, each times a weight of its place, which tells their order; None
            where some are not finite, and in receipts of an initlab before this one.
    """

    shape: tuple[int, ...]
    dtype: str
    digest: str
    mean: float | None
    std: float | None
    nonfinite: int
    sample: str
    placed: float | None = None

    @classmethod
    def of(cls, tensor: Any) -> Fingerprint:
        """Return the fingerprint of a torch tensor with floating-point numbers."""
        whole = tensor.detach()
        whole = whole if whole.layout == load_torch().strided else whole.to_dense()
        plain = whole.cpu().contiguous()
        shape = tuple(int(width) for width in plain.shape)
        mean, std, nonfinite, placed = moments_of(plain)
        kept = numbers_at(plain, positions(plain.numel()))
        wide = "<f8" if plain.dtype == load_torch().float64 else "<f4"
        with np.errstate(invalid="ignore"):  # a signalling NaN
            sample = base64.b64encode(kept.astype(wide).tobytes()).decode("ascii")
        return cls(shape, dtype_name(plain), digest_of(plain), mean, std, nonfinite, sample,
                   placed)  # fmt: skip

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The numbers of the sample."""
        wide = "<f8" if self.dtype == "float64" else "<f4"
        kept = np.frombuffer(base64.b64decode(self.sample, validate=True), wide)
        with np.errstate(invalid="ignore"):  # a signalling NaN
            return kept.astype(np.float64)

    @property
    def size(self) -> int:
        """How many numbers the tensor holds."""
        return math.prod(self.shape)

    @property
    def positions(self) -> Positions:
        """Where the sample is taken, in C order."""
        return positions(self.size)

    def is_of(self, other: Fingerprint) -> bool:
        """Whether it is of the same numbers, in the same dtype and shape."""
        mine, theirs = ((one.digest, one.dtype, one.shape) for one in (self, other))
        return mine == theirs

    @property
    def moments(self) -> Moments:
        """The moments of its numbers."""
        return Moments(self.mean, self.std, self.nonfinite, self.placed)

    @property
    def constant(self) -> float | None:
        """The number that all of them are; None where they differ."""
        return self.mean if self.std == 0 else None


def fingerprints(tensors: Mapping[str, Any]) -> dict[str, Fingerprint]:
    """Return the fingerprint of each tensor; what several share is read once."""
    known: dict[Any, Fingerprint] = {}
    found: dict[str, Fingerprint] = {}
    for name, one in tensors.items():
        place: Any = id(one)
        if one.layout == load_torch().strided and not one.is_meta:
            place = one.data_ptr(), one.shape, one.stride(), one.dtype, one.device
        found[name] = known[place] = known.get(place) or Fingerprint.of(one)
    return found


def positions(size: int, count: int = SAMPLE) -> Positions:
    """Return where a sample of ``size`` numbers is taken: one place in each of ``count`` parts.

    Example:
        >>> positions(5)
        array([0, 1, 2, 3, 4])
        >>> len(positions(10**9))
        128
    """
    if size <= count:
        return np.arange(size)
    k = np.arange(count, dtype=np.int64)
    part = size // count
    inside = (k * KNUTH % 2**16) * min(part, 2**40) // 2**16  # so that no column is met twice
    return k * size // count + inside


def numbers_at(tensor: Any, places: Positions) -> Numbers:
    """Return the numbers at places of a CPU tensor in C order; short dtypes as float32."""
    if not has_numbers(tensor):
        return np.empty(0, np.float32)
    return as_array(tensor.detach().reshape(-1)[load_torch().from_numpy(places)])


def digest_of(tensor: Any) -> str:
    """Return the SHA-256 of a CPU tensor's numbers in C order, little-endian."""
    if not tensor.numel():
        return hashlib.sha256().hexdigest()
    numbers = tensor.detach().contiguous().view(-1)
    raw = numbers.view(load_torch().uint8).numpy()
    if not np.little_endian:
        raw = raw.reshape(-1, numbers.element_size())[:, ::-1].copy()
    return hashlib.sha256(raw).hexdigest()


def dtype_name(tensor: Any) -> str:
    """Return a tensor's dtype without torch's name."""
    return str(tensor.dtype).removeprefix("torch.")
