"""Study record and data -> the figures of its report, each with its name and caption."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from initlab.analysis import Analysis
from initlab.analysis.wording import metric_label
from initlab.datasets import Dataset
from initlab.records import FINISHED, Study
from initlab.report.boundaries import boundary_figure
from initlab.report.confusion import confusion_figure
from initlab.report.curves import has_batch_losses, loss_figure
from initlab.report.fits import fit_figure, is_curve
from initlab.report.images import holds_images, image_figure
from initlab.report.points import data_figure, is_planar
from initlab.report.scores import score_figure
from initlab.report.weights import weight_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = (  # names of files
    "scores", "first_losses", "loss_curves", "validation_loss_curves", "accuracy_curves", "fits",
    "decision_boundaries", "data", "confusion", "weights", "images",
)  # fmt: skip
FIRST_BATCHES = 100  # as in the document on Fashion-MNIST: where starts differ most
MORE_CURVES = {  # further columns of a curve that get a figure: its name
    "validation_loss": "validation_loss_curves",
    "validation_document_accuracy": "accuracy_curves",
}


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
    if len(study.seeds) > 1:
        title = f"Every seed's {metric_label(study.metric)}"
        yield Picture("scores", title, _scores_caption(study), partial(score_figure, study, cells))
    images = data is not None and _fits_images(study, data)
    if images and has_batch_losses(study) and study.training.steps > FIRST_BATCHES:
        yield Picture("first_losses", f"The first {FIRST_BATCHES} batches", _loss_caption(study),
                      partial(loss_figure, study, cells, first=FIRST_BATCHES))  # fmt: skip
    yield Picture(
        "loss_curves", "Training loss", _loss_caption(study), partial(loss_figure, study, cells)
    )
    for column, name in MORE_CURVES.items():
        if all(column in cell.curve for cell in cells):
            title = metric_label(column).capitalize()
            draw = partial(loss_figure, study, cells, column=column)
            yield Picture(name, title, _curve_caption(study, title), draw)
    if data is not None and is_curve(data) and study.problem.features == 1:
        yield Picture("fits", "What each network fitted", _fit_caption(study),
                      partial(fit_figure, study, cells, data))  # fmt: skip
    if data is not None and is_planar(data) and study.problem.features == 2:
        yield from _planar_pictures(record, data)
    if data is not None and images:
        yield from _image_pictures(record, data)


def _planar_pictures(record: Analysis, data: Dataset) -> Iterator[Picture]:
    study, cells = record.study, record.cells
    if _holds_networks(record):
        draw = partial(boundary_figure, study, cells, data)
        yield Picture("decision_boundaries", "What each network answers",
                      _boundary_caption(study), draw)  # fmt: skip
    yield Picture("data", "The data", "The points the networks learn from, and those they are "
                  "tested on.", partial(data_figure, data))  # fmt: skip


def _image_pictures(record: Analysis, data: Dataset) -> Iterator[Picture]:
    study, cells = record.study, record.cells
    if _holds_networks(record):
        yield Picture("confusion", "Which classes are confused", _confusion_caption(study, data),
                      partial(confusion_figure, study, cells, data))  # fmt: skip
        if (
            study.problem.module is None
        ):  # a module's starts cannot be drawn again from the study alone
            yield Picture("weights", "Weights before and after training", _weight_caption(study),
                          partial(weight_figure, study, cells))  # fmt: skip
    yield Picture("images", "The images", "The first training images, as the networks see them, "
                  "each under the name of its class.", partial(image_figure, data))  # fmt: skip


def _fits_images(study: Study, data: Dataset) -> bool:
    return holds_images(data) and study.problem.features == math.prod(data.image_shape)


def _holds_networks(record: Analysis) -> bool:
    return any(cell.outcome == FINISHED and cell.parameters is not None for cell in record.cells)


def _scores_caption(study: Study) -> str:
    return (
        f"One dot per seed: the {metric_label(study.metric)} after the last step. Diamond and bar: "
        "interquartile mean and its 95 % bootstrap interval, given from 5 finished seeds on. A "
        "single good run is one dot; look at how far the others spread."
    )


def _curve_caption(study: Study, what: str) -> str:
    caption = f"{what} before each recorded update"
    if len(study.seeds) > 1:
        caption += "; line: median over the finished seeds, band: between their quartiles"
    return caption + "."


def _loss_caption(study: Study) -> str:
    what = "Training loss"
    if study.training.batch_size is not None:
        what += f" of one batch of {study.training.batch_size}"
        what += ", dropout on," if study.training.dropout else ""
    caption = _curve_caption(study, what) + " ▲ above the axes: an infinite loss"
    if len(study.seeds) > 1:
        caption += " at that step, the darker the more seeds"
    return caption + ". ×: a run diverged there."


def _fit_caption(study: Study) -> str:
    caption = "Grey: the training points, in their own units. Coloured: what the network answers"
    if len(study.seeds) > 1:
        caption += f"; bold: the seed with the median {metric_label(study.metric)}, not the best"
    return caption + "."


def _boundary_caption(study: Study) -> str:
    caption = "Colour: the class the network answers, paler where it is less sure, white where "
    caption += "it cannot decide. Black line: the boundary. Dark rims: wrong answers."
    return caption + _median_words(study)


def _confusion_caption(study: Study, data: Dataset) -> str:
    caption = f"Of each true class (row) of the {data.held_out} data, the percentage that gets "
    caption += "each answer (column), without dropout; below 0.5 % nothing is printed. Blue: "
    caption += "right, red: wrong. A red column is an answer the network gives to everything."
    return caption + _median_words(study)


def _weight_caption(study: Study) -> str:
    caption = "Histograms of each layer's weights: grey as drawn, coloured after the last step. "
    caption += "Every panel has scales of its own; a spike is a value that many weights share, its "
    caption += "height their share. std: standard deviation over the layer, before → after."
    return caption + _median_words(study)


def _median_words(study: Study) -> str:
    if len(study.seeds) == 1:
        return ""
    return f" Shown is the seed whose {metric_label(study.metric)} is the median, not the best."
