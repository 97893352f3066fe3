"""Drawn weights and their distribution -> a histogram with the exact density over it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Distribution
from initlab.initializers.drawing import SQUARES_FIT, moments
from initlab.numbers import shown
from initlab.report import style
from initlab.report.backend import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ATOM_SHARE = 0.01  # a value that this share of all entries repeats is an atom, not chance
FEWEST_BINS, MOST_BINS = 8, 120
CURVE_POINTS = 801
MARGIN = 0.06  # of the range, left and right
BELOW = -20.0  # points from the axes to the legend: the ticks need the space between
# of a distribution's fields, those in units of the weight
SCALED_FIELDS = {"mean", "std", "low", "high", "value", "gain", "nonzero_std"}
FEW = 200  # so few entries do not fill the distribution's range: show it to three stds


def histogram(
    values: ArrayLike, distribution: Distribution, *, title: str = "", ax: Axes | None = None
) -> Figure:
    """Draw the histogram of drawn weights, the distribution's density, and both sets of moments.

    Values that many entries share (a constant, the zeros of a sparse weight) are spikes with their
    share written on them.

    Args:
        values: weights of any shape, at least one, all finite.
        distribution: the distribution they were drawn from.
        title: bold first line.
        ax: axes to draw in; a new figure without them.
    """
    drawn = np.asarray(values, dtype=np.float64).ravel()
    if drawn.size == 0 or not np.isfinite(drawn).all():
        raise invalid_argument("values", "one or more finite numbers", values, where="histogram")
    caption = _caption(drawn, distribution)
    drawn, distribution, unit = _near_one(drawn, distribution)
    ax = style.one_axes(ax, height=3.9)
    load_matplotlib()
    from matplotlib.transforms import offset_copy

    style.dress(ax, grid="y")
    atoms, shares, rest = split_atoms(drawn)
    low, high = _range(drawn, distribution, alone=not rest.size)
    ax.set_xlim(low, high)
    if rest.size:
        _draw_bars(ax, rest, drawn.size)
        _draw_density(ax, distribution, low, high)
        ax.set_ylabel(f"density (1 / {unit or 'weight'})")
        ax.legend(  # beside the label of the axis: above, the caption needs the whole width
            loc="upper right", bbox_to_anchor=(1.0, 0.0), ncols=2, frameon=False,
            bbox_transform=offset_copy(ax.transAxes, style.figure_of(ax), y=BELOW, units="points"),
            fontsize=style.SMALL_SIZE, borderaxespad=0.0, columnspacing=1.0,
        )  # fmt: skip
    else:
        ax.set_ylabel("share of the entries")
    _draw_atoms(ax, atoms, shares, alone=not rest.size)
    ax.set_xlabel(f"weight / {unit}" if unit else "weight")
    style.title(ax, title or "drawn weights", pad=22)
    style.note_above(ax, caption, 8.0, size=style.TEXT_SIZE)
    return style.figure_of(ax)


def _near_one(
    drawn: NDArray[np.float64], distribution: Distribution
) -> tuple[NDArray[np.float64], Distribution, str]:  # fmt: skip
    """Return weights and distribution in a unit such as 1e-320 where matplotlib cannot scale axes.

    The unit is "" where they stay as they are.
    """
    largest = float(np.abs(drawn).max())
    fields: Any = dataclasses.fields(distribution) if dataclasses.is_dataclass(distribution) else ()
    named = [one.name for one in fields if one.name in SCALED_FIELDS]
    if not largest or SQUARES_FIT[0] < largest < SQUARES_FIT[1] or not named:
        return drawn, distribution, ""
    power = math.floor(math.log10(largest))
    half, rest = divmod(power, 2)  # 10**320 is no float64: two steps

    def scaled(values: Any) -> Any:
        return values / 10.0**half / 10.0 ** (half + rest)

    changed = {name: float(scaled(getattr(distribution, name))) for name in named}
    return scaled(drawn), dataclasses.replace(distribution, **changed), f"1e{power}"  # type: ignore[type-var]


def split_atoms(
    drawn: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the values that many entries share, their shares, and all other entries."""
    values, counts = np.unique(drawn, return_counts=True)
    many = counts > max(1.0, ATOM_SHARE * drawn.size) if drawn.size > 1 else counts > 0
    atoms = values[many]
    return atoms, counts[many] / drawn.size, drawn[~np.isin(drawn, atoms)]


def _range(
    drawn: NDArray[np.float64], distribution: Distribution, *, alone: bool
) -> tuple[float, float]:  # fmt: skip
    low, high = float(drawn.min()), float(drawn.max())
    if not alone and drawn.size < FEW:
        low = min(low, distribution.mean - 3 * distribution.std)
        high = max(high, distribution.mean + 3 * distribution.std)
    pad = (4 * MARGIN if alone else MARGIN) * (high - low) if high > low else (abs(low) or 1.0)
    return low - pad, high + pad


def _draw_bars(ax: Axes, rest: NDArray[np.float64], total: int) -> None:
    """Draw bars whose area is the share of these entries among all."""
    edges = np.histogram_bin_edges(rest, bins="auto")
    bins = int(np.clip(len(edges) - 1, FEWEST_BINS, MOST_BINS))
    counts, edges = np.histogram(rest, bins=bins)
    heights = counts / (total * np.diff(edges))
    ax.stairs(
        heights, edges, fill=True, color=style.INIT_COLOURS[5], alpha=0.75,
        label=f"{total:,} drawn",
    )  # fmt: skip
    ax.set_ylim(0, 1.12 * float(heights.max()))


def _draw_density(ax: Axes, distribution: Distribution, low: float, high: float) -> None:
    x = np.linspace(low, high, CURVE_POINTS)
    density = distribution.density(x)
    if density is None:
        return
    finite = np.where(np.isfinite(density), density, np.nan)
    ax.plot(x, finite, color=style.INIT_COLOURS[1], linewidth=1.6, label="exact density")
    bottom, top = ax.get_ylim()
    # a density that grows without bound at an edge must not flatten the bars
    ax.set_ylim(bottom, max(top, 1.08 * min(float(np.nanmax(finite)), 2 * top)))


def _draw_atoms(
    ax: Axes, atoms: NDArray[np.float64], shares: NDArray[np.float64], *, alone: bool
) -> None:
    if alone:
        ax.set_ylim(0, 1.18)
    for value, share in zip(atoms, shares, strict=True):
        top = float(share) if alone else 0.93 * ax.get_ylim()[1]
        ax.plot(
            [value, value], [0, top], color=style.INIT_COLOURS[0], linewidth=2.2, marker="o",
            markevery=[1], markersize=5, solid_capstyle="butt",
        )  # fmt: skip
        ax.annotate(
            f"{shown(100 * share)} % are exactly {shown(value, '.6g')}", (value, top),
            xytext=(6, 3), textcoords="offset points", fontsize=style.SMALL_SIZE, color=style.INK,
        )  # fmt: skip


def _caption(drawn: NDArray[np.float64], distribution: Distribution) -> str:
    entries = "entry" if drawn.size == 1 else "entries"
    mean, std = moments(drawn)
    drawn_mean = shown(mean, ".4g" if abs(mean) >= std / 10 else ".1g")
    return (
        f"{drawn.size:,} {entries} · mean {drawn_mean} (exact {shown(distribution.mean, '.4g')}) · "
        f"std {shown(std, '.4g')} (exact {shown(distribution.std, '.4g')})"
    )
