"""Layer widths -> where every number of a dense engine lives: tiles, padding and offsets.

A kernel handles units in tiles of equal size, the last one filled up with units of weight 0, so
that all units pass through the same instructions: equal units then keep equal bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork

LARGEST_SINGLE_TILE = 10  # units in one tile; accumulators of a tile must fit the registers
LARGEST_TILE = 8
LARGEST_BLOCK = 160  # samples: a block's rows should stay in the first-level cache
LANES = 8  # float64 in the widest vector


@dataclass(frozen=True)
class Width:
    """A layer's width as a kernel sees it.

    Attributes:
        units: true number of units.
        tile: units handled together.
        padded: units with padding, a multiple of ``tile``.
    """

    units: int
    tile: int
    padded: int

    @classmethod
    def of(cls, units: int) -> Width:
        """Choose the tile that pads least."""
        if units <= LARGEST_SINGLE_TILE:
            return cls(units, units, units)
        tiles = math.ceil(units / LARGEST_TILE)
        tile = math.ceil(units / tiles)
        return cls(units, tile, tiles * tile)


def block_size(samples: int) -> int:
    """Samples per block: a multiple of the vector length that wastes little."""
    blocks = math.ceil(samples / LARGEST_BLOCK)
    return math.ceil(samples / (blocks * LANES)) * LANES


@dataclass(frozen=True)
class Layout:
    """Offsets of the parameters and of the rows of one block.

    Attributes:
        widths: of the input, the hidden layers and the output.
        block: samples per block.
    """

    widths: tuple[Width, ...]
    block: int

    @classmethod
    def of(cls, network: DenseNetwork, samples: int) -> Layout:
        """Lay out a network for batches of this many samples."""
        return cls(tuple(Width.of(n) for n in network.layer_dims), block_size(samples))

    @classmethod
    def plain(cls, network: DenseNetwork) -> Layout:
        """Lay out the parameters alone, without padding."""
        return cls(tuple(Width(n, n, n) for n in network.layer_dims), 0)

    @property
    def depth(self) -> int:
        """Number of linear layers."""
        return len(self.widths) - 1

    def weight(self, layer: int) -> int:
        """Offset of the layer's weight, rows of ``widths[layer - 1].padded`` entries."""
        before = zip(self.widths[: layer - 1], self.widths[1:layer], strict=True)
        return sum(o.padded * (i.padded + 1) for i, o in before)

    def bias(self, layer: int) -> int:
        """Offset of the layer's bias."""
        return self.weight(layer) + self.widths[layer].padded * self.widths[layer - 1].padded

    @property
    def parameters(self) -> int:
        """Length of the parameter vector, padding included."""
        return self.weight(self.depth + 1)

    def row(self, kind: str, layer: int) -> int:
        """Offset in ``work`` of the rows z (preactivation), a (activation) or d (dz) of a layer."""
        before = sum(w.padded for w in self.widths[1:layer])
        return (3 * before + "zad".index(kind) * self.widths[layer].padded) * self.block

    @property
    def scratch(self) -> int:
        """Offset in ``work`` of three free rows."""
        return 3 * sum(w.padded for w in self.widths[1:]) * self.block

    @property
    def work(self) -> int:
        """Length of ``work``."""
        return self.scratch + 3 * self.block

    def views(self, theta: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
        """Return the parameters by name as views into one padded vector, or into a stack."""
        result = {}
        for k in range(1, self.depth + 1):
            outputs, inputs = self.widths[k], self.widths[k - 1]
            places = (("W", self.weight(k), inputs), ("b", self.bias(k), Width(1, 1, 1)))
            for kind, first, columns in places:
                flat = theta[..., first : first + outputs.padded * columns.padded]
                rows = flat.reshape(*theta.shape[:-1], outputs.padded, columns.padded)
                result[f"{kind}{k}"] = rows[..., : outputs.units, : columns.units]
        return result
