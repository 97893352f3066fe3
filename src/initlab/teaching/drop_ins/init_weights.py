"""Models that already have their starts -> their first losses in one figure, and their scores.

For people who come from the course on Fashion-MNIST: the same call, the same printed lines. Every
model sees the same batches in the same order, which the course leaves to chance.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from initlab.comparison.prepare import prepare
from initlab.comparison.progress import ProgressBar
from initlab.datasets.user_data import read_as
from initlab.engines import Callbacks
from initlab.engines.torch.data import module_data
from initlab.errors import InitlabError, refusal, unusable
from initlab.initialization.assignments import check_writable
from initlab.modules.framework import load_torch
from initlab.records import FINISHED, Study
from initlab.report.backend import VARIABLE, load_matplotlib
from initlab.study import LoadedProblem, expand
from initlab.validation import (
    finite_number,
    pair_of,
    pairs_of,
    real_numbers,
    text,
    whole_number,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EPOCHS, LEARNING_RATE = 2, 0.001  # the course's
MOST_BARS, MOST_BINS = 1_000, 10_000  # more than a figure can show
LOADERS = {"training part": "train_loader", "validation part": "valid_loader"}
SEED = 0  # of batches and dropout, the same for every model
COLOURS = ("r", "b", "g", "c", "y", "k")  # the course's; further models take matplotlib's own


def compare_init_weights(
    model_list: Sequence[tuple[Any, str]],
    plot_title: str,
    train_loader: Any,
    valid_loader: Any,
    plot_n_batches: int = 100,
) -> None:
    """Train models that differ in their starts, plot their first losses and print their scores.

    Each model is trained in place for 2 epochs with Adam at learning rate 0.001 on the
    cross-entropy of its batches; one that is listed twice goes on. All models see the same
    batches. A model whose numbers stop being finite is printed with nan. :func:`initlab.compare`
    does the same from many seeds.

    Args:
        model_list: (model, label) pairs; any number of them.
        plot_title: title of the figure.
        train_loader: DataLoader (also a Dataset, or a pair of arrays) to train on.
        valid_loader: the same for the validation accuracy.
        plot_n_batches: how many first batches are drawn.

    Raises:
        InitlabError: an argument cannot be used; no model was trained.
    """
    pairs = _checked(model_list)
    text("plot_title", plot_title)
    count = whole_number("plot_n_batches", plot_n_batches, minimum=1)
    results = _trained([model for model, _ in pairs], train_loader, valid_loader)
    labels = [label for _, label in pairs]
    _plot(plot_title, labels, [losses[:count] for losses, _ in results])
    print("After 2 Epochs:")
    print("Validation Accuracy")
    for label, (_, accuracy) in zip(labels, results, strict=True):
        print(f"  {100 * accuracy:7.3f}% -- {label}")
    print("Training Loss")
    for label, (losses, _) in zip(labels, results, strict=True):
        print(f"  {losses[-1] if losses else math.nan:7.3f}  -- {label}")


def loss_and_accuracy(
    model: Any, train_loader: Any, valid_loader: Any
) -> tuple[list[float], float]:
    """Train one model as :func:`compare_init_weights` does.

    Returns:
        The loss of every batch, and the share of the validation samples classified rightly.
    """
    return _trained([model], train_loader, valid_loader)[0]


def hist_dist(title: str, values: ArrayLike, hist_range: tuple[float, float] = (-4, 4)) -> None:
    """Plot a histogram of values, with half as many bins as values, at most 10,000.

    Args:
        title: title of the figure.
        values: numbers of any shape; tensors too.
        hist_range: ends of the axis; values outside are not counted.

    Raises:
        ArgumentError: there are fewer than two values, one is no number, or the range is empty.
    """
    text("title", title, where="hist_dist")
    numbers = real_numbers("values", values, "finite numbers", finite=True, where="hist_dist")
    if numbers.size < 2:
        raise refusal("values", "two numbers or more", numbers.size, where="hist_dist")
    expected = "a pair (low, high) with low < high"
    low, high = (
        finite_number("hist_range", end, where="hist_dist")
        for end in pair_of("hist_range", hist_range, expected, where="hist_dist")
    )
    if not low < high or not math.isfinite(high - low):
        raise refusal("hist_range", expected, hist_range, where="hist_dist")
    plt = _pyplot()
    plt.title(title)
    bins = min(numbers.size // 2, MOST_BINS)
    kind = "bar" if bins <= MOST_BARS else "stepfilled"  # thousands of bars take minutes
    plt.hist(numbers.reshape(-1), bins=bins, range=(low, high), histtype=kind)
    plt.show()


def _checked(model_list: Any) -> list[tuple[Any, str]]:
    module = load_torch().nn.Module
    expected = "a list of (model, label) pairs"
    pairs = pairs_of("model_list", model_list, expected)
    for model, label in pairs:
        if not isinstance(model, module):
            raise refusal("model_list", expected, model)
        text("label", label, where="model_list")
        for name, parameter in model.named_parameters():  # it is written after training
            if not load_torch().nn.parameter.is_lazy(parameter):
                check_writable(name, parameter, where="compare_init_weights")
    if not pairs:
        raise refusal("model_list", expected, model_list)
    return pairs


def _trained(
    models: Sequence[Any], train_loader: Any, valid_loader: Any
) -> list[tuple[list[float], float]]:
    """Check every model, data and loss as for a study of one init, then train one by one."""
    for argument, value in (("train_loader", train_loader), ("valid_loader", valid_loader)):
        utils = load_torch().utils.data
        pair = isinstance(value, list | tuple) and len(value) == 2
        if not pair and not isinstance(value, utils.Dataset | utils.DataLoader):
            raise refusal(argument, "a DataLoader, a Dataset or a pair (x, y)", value)
    with read_as("train_loader and valid_loader"):
        data = module_data((train_loader, valid_loader))
    prepared = []
    for model in models:
        device = next((one.device for one in model.parameters()), "cpu")
        options = {
            "data": data, "inits": ["as_built"], "seeds": [SEED], "loss": "cross_entropy",
            "optimizer": "adam", "learning_rate": LEARNING_RATE, "epochs": EPOCHS,
            "record_every": 1, "device": device,
        }  # fmt: skip
        with _loaders_named():
            prepared.append(prepare(None, options, model=model))
    with ProgressBar(sum(study.training.steps for study, _ in prepared)) as bar:
        return [_one(model, *one, bar) for model, one in zip(models, prepared, strict=True)]


@contextlib.contextmanager
def _loaders_named() -> Iterator[None]:
    """Name the loader that an error on one of the two parts is about."""
    try:
        yield
    except InitlabError as error:
        if error.where not in LOADERS or not error.words:
            raise
        raise unusable(error.words, LOADERS[error.where], error.value) from error.__cause__


def _one(
    model: Any, study: Study, loaded: LoadedProblem, bar: ProgressBar
) -> tuple[list[float], float]:
    """Train a copy of one model as it is now, and give the model what came of it."""
    ((spec,),) = expand(study, loaded)
    with loaded.single_threaded():
        callbacks = Callbacks(steps_done=bar.advance)
        (trajectory,) = loaded.train([spec], [loaded.draw(spec)], callbacks)
    finished = trajectory.outcome == FINISHED
    scores = loaded.scores(spec, trajectory)[0] if finished else {}
    network = trajectory.network
    if isinstance(network, dict):  # of a dense engine, under its own names
        state = {
            loaded.name_of(name): load_torch().from_numpy(value if name[0] == "W" else value[:, 0])
            for name, value in network.items()
        }
    else:
        state = network.state_dict()
    model.load_state_dict(state, strict=False)  # what no engine sees stays
    broken = any(map(math.isnan, scores.values()))
    accuracy = math.nan if broken else scores.get("validation_accuracy", math.nan)
    return loaded.curve(spec, trajectory)["train_loss"], accuracy


def _pyplot() -> Any:
    """Return matplotlib.pyplot with a figure to draw in."""
    load_matplotlib()
    import matplotlib.pyplot as plt

    try:
        plt.gcf()
    except (ImportError, ValueError) as error:  # a backend that is not there, or needs a screen
        backend = os.environ.get(VARIABLE, "")
        raise refusal(VARIABLE, "a backend of matplotlib that works here", backend,
                      hint=f"{error}") from error  # fmt: skip
    return plt


def _plot(title: str, labels: Sequence[str], curves: Sequence[Sequence[float]]) -> None:
    plt = _pyplot()
    for k, (label, losses) in enumerate(zip(labels, curves, strict=True)):
        colour = COLOURS[k] if k < len(COLOURS) else f"C{k}"
        plt.plot(losses, color=colour, label=label)
    plt.title(title)
    plt.xlabel("Batches")
    plt.ylabel("Loss")
    plt.legend(bbox_to_anchor=(1.05, 1), loc=2, borderaxespad=0.0)
    plt.show()
