"""Study record and data -> the figures of its report, each with its name and caption."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis
from initlab.analysis.wording import counted, metric_label
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
RECORDED = (
    "Each line shows the {score} of one init during training. The {score} was recorded {when}{on}."
    "{band}"
)
LOSSES = RECORDED + (
    " A ▲ above the axes marks a step with an infinite loss.{shade} A × marks the step at which a "
    "run diverged."
)
FIGURES = {  # name of the files: heading on the page, what is drawn and how to read it
    "scores": (
        "Every run's {metric}",
        "Each dot is the {metric} of one run after the last step. A diamond is the median of all "
        "runs of an init. For the median, a run that diverged counts as worse than every other "
        "run. A bar is the 95 % interval of the median, which needs at least 6 seeds. One good run "
        "is only one dot, so look at how far the dots spread.",
    ),
    "first_losses": ("The first {first} batches", LOSSES),
    "loss_curves": ("Training loss", LOSSES),
    "validation_loss_curves": ("{column}", RECORDED),
    "accuracy_curves": ("{column}", RECORDED),
    "depth": (
        "Layer by layer, before training",
        "Each line stands for one init, and each dot on it for one layer, in the order in which "
        "the network computes its layers. A dot is at the mean over the seeds, and the band goes "
        "from the smallest value to the largest. A flat line is good. A ring marks a layer that "
        "a finding of the diagnosis before training names. The vertical scale is logarithmic, so "
        "values of 0 are not drawn.",
    ),
    "fits": (
        "What each network fitted",
        "Grey dots are the training points, in the units of the data. {curves}",
    ),
    "decision_boundaries": (
        "What each network predicts",
        "The colour of the background shows which class the network predicts. The colour is paler "
        "where the network is less sure, and white where the network finds all classes equally "
        "likely. The black line is the boundary between the predicted classes. For points with a "
        "dark rim, the network predicts the wrong class.{median}",
    ),
    "data": (
        "The data",
        "Left: the points on which the networks are trained. Right: the {held_out} points.",
    ),
    "confusion": (
        "Which classes are confused",
        "Each row stands for a true class of the {held_out} data, and each column for a class that "
        "the network predicts, with dropout off. A cell shows for what percentage of the samples "
        "in its row the network predicts the class of its column. Percentages below 0.5 % are "
        "left out. Right predictions are blue, and wrong predictions are red. If wrong "
        "predictions fill a column, the network predicts this class for samples of all "
        "classes.{median}",
    ),
    "weights": (
        "Weights before and after training",
        "Each panel shows two histograms of the weights of one layer, in grey before training and "
        "in colour after the last step. Every panel has its own scales. A spike marks a value that "
        "many weights have, and the height of the spike is the share of the weights with this "
        "value. The text above each panel gives std, the standard deviation of the weights of the "
        "layer, before → after training.{median}",
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
            words |= {"score": metric_label(column), "on": ""}
            words["column"] = words["score"].capitalize()
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
    every = training.record_every
    metric = metric_label(study.metric)
    batch = ""
    if training.batch_size is not None:
        batch = f", on one batch of {counted(training.batch_size, 'sample')}"
        batch += " with dropout" if training.dropout else ""
    band = (
        " The line is the median over the finished runs of the init, and the band around the line "
        "goes from the lower to the upper quartile. Thin lines are runs that diverged."
    )
    curves = (
        "Each coloured curve shows the predictions of the network trained with one seed. The bold "
        f"curve belongs to the seed with the median {metric}, not to the best seed."
    )
    median = (
        f" For each init, the figure shows the seed with the median {metric}, not the best seed."
    )
    return {
        "metric": metric,
        "first": str(FIRST_BATCHES),
        "when": "before every update"
        if every == 1
        else f"before the first update and then every {every:,} updates",
        "score": "training loss",
        "on": batch,
        "band": band if several else "",
        "shade": " A darker ▲ means that more runs have an infinite loss." if several else "",
        "curves": curves if several else "The coloured curve shows the predictions of the network.",
        "median": median if several else "",
        "held_out": "" if data is None else data.held_out,
    }
