"""Study record and data -> the figures of its report, each with its name and caption."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis
from initlab.analysis.wording import metric_label
from initlab.datasets import Dataset
from initlab.records import FINISHED, Study
from initlab.report.boundaries import boundary_figure
from initlab.report.confusion import confusion_figure
from initlab.report.curves import has_batch_losses, loss_figure
from initlab.report.depth import depths_figure
from initlab.report.fits import fit_figure, is_curve
from initlab.report.images import holds_images, image_figure
from initlab.report.layers import is_layered
from initlab.report.points import data_figure, is_planar
from initlab.report.scores import score_figure
from initlab.report.weights import weight_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST_BATCHES = 100  # as in the document on Fashion-MNIST: where inits differ most
MORE_CURVES = {  # further columns of a curve that get a figure: its name
    "validation_loss": "validation_loss_curves",
    "validation_document_accuracy": "accuracy_curves",
}
LOSSES = "{losses} before each recorded update{band} ▲ above the axes: an infinite loss{shade}. "
LOSSES += "×: a run diverged at that step."
FIGURES = {  # name of the files: heading on the page, what is drawn and how to read it
    "scores": (
        "Every run's {metric}",
        "One dot per run: the {metric} after the last step. Diamond: the median of all runs, in "
        "which a diverged run counts as worst. Bar, with 6 seeds or more: the 95 % interval of the "
        "median. A single good run is one dot; look at how far the other dots spread.",
    ),
    "first_losses": ("The first {first} batches", LOSSES),
    "loss_curves": ("Training loss", LOSSES),
    "validation_loss_curves": ("{column}", "{column} before each recorded update{band}"),
    "accuracy_curves": ("{column}", "{column} before each recorded update{band}"),
    "depth": (
        "Through the layers, before training",
        "One line per init, one dot per layer, in order of computation, on a log scale: the mean "
        "over the seeds; the band goes from the smallest value to the largest. A flat line is "
        "good. Ringed: layers that a finding names. A log scale cannot show values of 0.",
    ),
    "fits": (
        "What each network fitted",
        "Grey: the training points, in their own units. Coloured: what the network answers{bold}.",
    ),
    "decision_boundaries": (
        "What each network answers",
        "Colour: the class the network answers, paler where it is less sure, white where it cannot "
        "decide. Black line: the boundary. Dark rims: wrong answers.{median}",
    ),
    "data": (
        "The data",
        "The points that the networks are trained on, and the points that they are tested on.",
    ),
    "confusion": (
        "Which classes are confused",
        "Rows: true classes of the {held_out} data. Columns: answers, without dropout. A cell "
        "holds the percentage of its row; below 0.5 % it is empty. Blue: right, red: wrong. A red "
        "column is an answer the network gives to everything.{median}",
    ),
    "weights": (
        "Weights before and after training",
        "Histograms of each layer's weights. Grey: initial. Coloured: after the last step. Every "
        "panel has its own scales. A spike is one value that many weights have; its height is "
        "their share. std: standard deviation over the layer, before → after.{median}",
    ),
    "images": (
        "The images",
        "The first training images, as the networks see them, each under the name of its class.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One figure of a report.

    Attributes:
        name: of its files, without ending; one of :data:`FIGURES`.
        title: heading on the page.
        caption: what is drawn, and how to read it.
        draw: draws it.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]

    @cached_property
    def figure(self) -> Figure:
        """The figure itself, drawn when it is first asked for."""
        return self.draw()

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the PNG, so that the page keeps the room."""
        width, height = self.figure.get_size_inches() * self.figure.dpi
        return round(width), round(height)


def pictures(record: Analysis, data: Dataset | None = None) -> Iterator[Picture]:
    """Return, one after the other, every figure that the record and its data allow.

    Scores need two seeds; points and decision boundaries need two features and classes; confusion
    matrices, weights and the first batches are drawn for images. Boundaries, matrices and weights
    need the final parameters of some finished run, which a study read from a file does not hold.
    """
    study, cells = record.study, record.cells
    words = _words(study, data)

    def picture(name: str, draw: Callable[..., Figure], *given: Any, **settings: Any) -> Picture:
        title, caption = (text.format(**words) for text in FIGURES[name])
        return Picture(name, title, caption, partial(draw, *given, **settings))

    networks = any(cell.outcome == FINISHED and cell.parameters is not None for cell in cells)
    features = study.problem.features
    images = data is not None and holds_images(data) and features == math.prod(data.image_shape)
    if len(study.seeds) > 1:
        yield picture("scores", score_figure, study, cells)
    if images and has_batch_losses(study) and study.training.steps > FIRST_BATCHES:
        yield picture("first_losses", loss_figure, study, cells, first=FIRST_BATCHES)
    yield picture("loss_curves", loss_figure, study, cells)
    for column, name in MORE_CURVES.items():
        if all(column in cell.curve for cell in cells):
            words["column"] = metric_label(column).capitalize()
            yield picture(name, loss_figure, study, cells, column=column)
    if is_layered(record):
        yield picture("depth", depths_figure, record)
    if data is not None and is_curve(data) and features == 1:
        yield picture("fits", fit_figure, study, cells, data)
    if data is not None and is_planar(data) and features == 2:
        if networks:
            yield picture("decision_boundaries", boundary_figure, study, cells, data)
        yield picture("data", data_figure, data)
    if data is not None and images:
        if networks:
            yield picture("confusion", confusion_figure, study, cells, data)
        # the initial weights of a module cannot be drawn again
        if networks and study.problem.module is None:
            yield picture("weights", weight_figure, study, cells, data)
        yield picture("images", image_figure, data)


def _words(study: Study, data: Dataset | None) -> dict[str, str]:
    """Return the words of the captions that depend on the study."""
    several, training = len(study.seeds) > 1, study.training
    metric = metric_label(study.metric)
    losses = "Training loss"
    if training.batch_size is not None:
        losses += f" of one batch of {training.batch_size}"
        losses += ", dropout on," if training.dropout else ""
    band = "; line: median over the finished seeds, band: between their quartiles"
    bold = f"; bold: the seed with the median {metric}, not the best"
    median = f" Shown is the seed whose {metric} is the median, not the best."
    return {
        "metric": metric,
        "first": str(FIRST_BATCHES),
        "losses": losses,
        "band": (band if several else "") + ".",
        "shade": " at that step, the darker the more seeds" if several else "",
        "bold": bold if several else "",
        "median": median if several else "",
        "held_out": "" if data is None else data.held_out,
    }
