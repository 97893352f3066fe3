"""A diagnosis -> figures: signals and gradients against depth, outputs per layer, the spectrum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.measurements import LayerMeasurement, Measured
from initlab.diagnosis.signal import REACH
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGGED = "#D55E00"
LINE = "#0072B2"
PANELS = {  # field: what its axis says
    "q": "q: mean square\nof outputs",
    "g": "g: mean square\nof gradients",
    "varied": "share that differs\nbetween inputs",
}
LABELS = 14  # names of layers that fit below an axis
LEAST = 1e-300


def depth_figure(found: Diagnosis) -> Figure:
    """Draw what is measured of every layer against its depth, on a log scale.

    Dots and line: measured, with two standard errors; dashed: the mean-field theory of a plain
    network with these variances; orange: layers that findings name.
    """
    fields = [name for name in PANELS if any(_positive(one, name) for one in found.layers)]
    if not fields:
        fields = ["q"]
    figure = style.new_figure(height=1.2 + 1.55 * len(fields))
    axes = style.new_panels(len(fields), 1, figure, sharex=True)
    guilty = found.flagged
    for ax, name in zip(axes, fields, strict=True):
        _draw_panel(ax, found.layers, name, guilty)
    _name_layers(axes[-1], [one.name or "(model)" for one in found.layers])
    style.figure_title(figure, f"{found.name}: through its layers")
    return figure


def _positive(one: LayerMeasurement, name: str) -> bool:
    value = getattr(one, name)
    return isinstance(value, Measured) and math.isfinite(value.value) and value.value > 0


def _draw_panel(ax: Axes, layers: Sequence[LayerMeasurement], name: str, guilty: set[str]) -> None:
    style.dress(ax)
    shown = [(k, one, getattr(one, name)) for k, one in enumerate(layers) if _positive(one, name)]
    depth = np.array([k for k, _, _ in shown], dtype=float)
    value = np.array([one.value for _, _, one in shown])
    noise = np.array([2 * one.noise for _, _, one in shown])
    if len(shown):
        ax.set_yscale("log")
        low = np.maximum(value - noise, value / 10)
        ax.fill_between(depth, low, value + noise, color=LINE, alpha=0.18, linewidth=0)
        ax.plot(depth, value, color=LINE, linewidth=1.2, zorder=3)
        colours = [FLAGGED if one.name in guilty else LINE for _, one, _ in shown]
        ax.scatter(depth, value, c=colours, s=14, zorder=4)
        theory = [getattr(one, f"{name}_theory", None) for one in layers]
        known = [(k, one) for k, one in enumerate(theory) if one is not None and one > LEAST]
        if known:
            ax.plot(*zip(*known, strict=True), color=style.INK, linewidth=0.9, linestyle="--")
    ax.set_ylabel(PANELS[name])


def _name_layers(ax: Axes, names: Sequence[str]) -> None:
    step = max(1, -(-len(names) // LABELS))
    places = range(0, len(names), step)
    turned = max(map(len, names), default=0) * len(places) > 90
    ax.set_xticks(list(places), [style.label(names[k]) for k in places],
                  rotation=60 if turned else 0, ha="right" if turned else "center")  # fmt: skip
    ax.set_xlabel("layer, in order of computation")
    ax.set_xlim(-0.5, len(names) - 0.5)


def outputs_figure(found: Diagnosis) -> Figure:
    """Draw the histogram of every layer's outputs as a column, darker where more of them lie."""
    layers = [one for one in found.layers if one.histogram]
    shares = np.array([one.histogram for one in layers], dtype=float).T
    shares /= shares.max(axis=0)
    ax = style.one_axes(None, height=3.2)
    style.dress(ax, grid="")
    ax.imshow(
        shares, aspect="auto", origin="lower", cmap="Blues", interpolation="nearest",
        extent=(-0.5, len(layers) - 0.5, -REACH, REACH),
    )  # fmt: skip
    _name_layers(ax, [one.name or "(model)" for one in layers])
    ax.set_ylabel("output / its\nroot mean square")
    style.title(ax, "Outputs of each layer")
    return style.figure_of(ax)


def spectrum_figure(found: Diagnosis) -> Figure:
    """Draw the singular values of the outputs' derivative with respect to the inputs."""
    values = [one for one in found.measured.singular_values if one > 0]
    ax = style.one_axes(None, height=2.6)
    style.dress(ax)
    ax.plot(range(1, len(values) + 1), values, color=LINE, linewidth=1.2, marker="o", markersize=3)
    ax.set_yscale("log")
    ax.set_xlabel("number, largest first")
    ax.set_ylabel("singular value")
    style.title(ax, "Input-output Jacobian")
    return style.figure_of(ax)
