"""A diagnosis, or those of a study -> figures: signals and gradients against depth, and others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from initlab.analysis import Analysis, Spread
from initlab.analysis.wording import runs_text, shown_names
from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.measurements import Measured
from initlab.diagnosis.signal import REACH
from initlab.networks.layer_name import titled
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGGED = "#D55E00"
LINE = "#0072B2"
PANELS = {  # field: what its axis says
    "q": "q: mean square\nof outputs",
    "g": "g: mean square\nof gradients",
    "varied": "varied: share of q from\ndifferences between inputs",
}
LABELS = 14  # names of layers that fit below an axis
LEAST = 1e-300


@dataclass(frozen=True)
class Line:
    """What is drawn of one network, or of one init over its seeds.

    Attributes:
        values: by field, for each layer the value with the ends of its band; None where there is
            none that a log scale can show.
        flagged: whether a finding names the layer.
        colour: of the line and its dots.
        dashes: of the line.
        label: in the legend.
        theory: by field, for each layer the mean-field value.
    """

    values: Mapping[str, Sequence[tuple[float, float, float] | None]]
    flagged: Sequence[bool]
    colour: str = LINE
    dashes: str = "-"
    label: str = ""
    theory: Mapping[str, Sequence[float | None]] = field(default_factory=dict)


def depth_figure(found: Diagnosis) -> Figure:
    """Draw what is measured of every layer against its depth, on a log scale.

    Dots and line: measured, with two standard errors; dashed: the mean-field theory of a plain
    network with these variances; orange: layers that findings name.
    """
    guilty = found.flagged
    line = Line(
        {name: [_with_noise(getattr(one, name)) for one in found.layers] for name in PANELS},
        [one.name in guilty for one in found.layers],
        theory={name: [getattr(one, f"{name}_theory", None) for one in found.layers]
                for name in PANELS},
    )  # fmt: skip
    names = [titled(one.name) for one in found.layers]
    return _figure([line], names, f"{found.name}: measured layer by layer")


def depths_figure(record: Analysis) -> Figure:
    """Draw the same of the initial networks of a study: a line per init, in its colour.

    Dots and line: the mean over the seeds, its band from the smallest to the largest. Layers that a
    finding names at some seed are ringed.
    """
    inits = record.study.inits
    lines, names, shown = [], list[str](), shown_names(inits)
    for index, row in enumerate(record.summary):
        layers = row.diagnosed.layers
        if layers is None:
            continue
        names = names or [titled(one) for one in layers.names.name]
        guilty = row.diagnosed.flagged
        lines.append(Line(
            {name: [_with_range(one) for one in layers.figures[name]] for name in PANELS},
            [one in guilty for one in layers.names.name],
            style.init_colour(inits, index), style.init_dashes(inits, index), shown[row.init],
        ))  # fmt: skip
    runs = runs_text(record.study.seeds, record.done_count, record.planned)
    return _figure(lines, names, f"Measured layer by layer before training, {runs}")


def _with_noise(value: Measured | None) -> tuple[float, float, float] | None:
    if value is None or not 0 < value.value < math.inf:
        return None
    noise = 2 * value.noise
    return max(value.value - noise, value.value / 10), value.value, value.value + noise


def _with_range(spread: Spread | None) -> tuple[float, float, float] | None:
    if spread is None or not 0 < spread.mean < math.inf:
        return None
    return max(spread.min, spread.mean / 1e6), spread.mean, spread.max


def _figure(lines: Sequence[Line], names: Sequence[str], title: str) -> Figure:
    fields = [name for name in PANELS if any(any(one.values[name]) for one in lines)] or ["q"]
    figure = style.new_figure(height=1.2 + 1.55 * len(fields) + 0.12 * (len(lines) > 1))
    axes = style.new_panels(len(fields), 1, figure, sharex=True)
    for ax, name in zip(axes, fields, strict=True):
        style.dress(ax)
        ax.set_ylabel(PANELS[name])
        for line in lines:
            _draw(ax, line, name)
        if ax.get_yscale() == "log":
            style.readable_log_ticks(ax.yaxis, *ax.get_ylim())
    _name_layers(axes[-1], names)
    style.figure_title(figure, title)
    if len(lines) > 1:
        entries = [
            {"color": one.colour, "linestyle": one.dashes, "linewidth": 1.2,
             "label": style.label(one.label)} for one in lines
        ]  # fmt: skip
        style.legend_below(figure, entries, min(3, len(lines)))
    return figure


def _draw(ax: Axes, line: Line, name: str) -> None:
    shown = [(k, *one) for k, one in enumerate(line.values[name]) if one is not None]
    theory = line.theory.get(name, ())
    known = [(k, one) for k, one in enumerate(theory) if one is not None and one > LEAST]
    if shown:
        depth, low, value, high = np.array(shown).T
        ax.set_yscale("log")
        ax.fill_between(depth, low, high, color=line.colour, alpha=0.18, linewidth=0)
        ax.plot(depth, value, color=line.colour, linestyle=line.dashes, linewidth=1.2, zorder=3)
        flagged = [line.flagged[k] for k, *_ in shown]
        colours = [FLAGGED if bad and not line.label else line.colour for bad in flagged]
        ax.scatter(depth, value, c=colours, s=14, zorder=4)
        if line.label and any(flagged):  # colours are those of the inits
            ax.scatter(depth[flagged], value[flagged], s=52, zorder=4, facecolors="none",
                       edgecolors=style.INK, linewidths=0.9)  # fmt: skip
        if known:
            ax.plot(*zip(*known, strict=True), color=style.INK, linewidth=0.9, linestyle="--")


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
    _name_layers(ax, [titled(one.name) for one in layers])
    ax.set_ylabel("outputs / their\nroot mean square")
    style.title(ax, "Outputs of each layer")
    return style.figure_of(ax)


def spectrum_figure(found: Diagnosis) -> Figure:
    """Draw the singular values of the outputs' derivative with respect to the inputs."""
    values = [one for one in found.measured.singular_values if one > 0]
    ax = style.one_axes(None, height=2.6)
    style.dress(ax)
    ax.plot(range(1, len(values) + 1), values, color=LINE, linewidth=1.2, marker="o", markersize=3)
    ax.set_yscale("log")
    style.readable_log_ticks(ax.yaxis, *ax.get_ylim())
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("index of the singular value (1: the largest)")
    ax.set_ylabel("singular value")
    style.title(ax, "Singular values of the input-output Jacobian")
    return style.figure_of(ax)
