"""Models that are already initialized -> their first losses in one figure, and their scores.

For people who come from the course on Fashion-MNIST: the same call, the same printed lines. Every
model sees the same batches in the same order, which the course leaves to chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from initlab.comparison import TrainedModel, train_models
from initlab.errors import invalid_argument
from initlab.extras import load_torch
from initlab.report import pyplot
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
COLOURS = ("r", "b", "g", "c", "y", "k")  # the course's; further models take matplotlib's own


def compare_init_weights(
    model_list: Sequence[tuple[Any, str]],
    plot_title: str,
    train_loader: Any,
    valid_loader: Any,
    plot_n_batches: int = 100,
) -> None:
    """Train models that differ in their weights, plot their first losses and print their scores.

    Each model is trained in place for 2 epochs with Adam at learning rate 0.001 on the
    cross-entropy of its batches; a model that is listed twice is trained twice. All models see the
    same batches. A model whose numbers stop being finite is printed with nan.
    :func:`initlab.compare` does the same from many seeds.

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
    models = [model for model, _ in pairs]
    results = [_loss_and_accuracy(one) for one in _trained(models, train_loader, valid_loader)]
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
        The loss of every batch, and the share of the validation samples classified correctly.
    """
    return _loss_and_accuracy(_trained([model], train_loader, valid_loader)[0])


def hist_dist(title: str, values: ArrayLike, hist_range: tuple[float, float] = (-4, 4)) -> None:
    """Plot a histogram of values, with half as many bins as values, at most 10,000.

    Args:
        title: title of the figure.
        values: numbers of any shape; tensors too.
        hist_range: ends of the axis; values outside are not counted.

    Raises:
        ArgumentError: there are fewer than two values, a value is no number, or the range is empty.
    """
    text("title", title, where="hist_dist")
    numbers = real_numbers("values", values, "finite numbers", finite=True, where="hist_dist")
    if numbers.size < 2:
        raise invalid_argument(
            "values", "two numbers or more", numbers.size, where="hist_dist",
            got="only one number" if numbers.size else "none",
        )  # fmt: skip
    expected = "a pair (low, high) with low < high"
    low, high = (
        finite_number("hist_range", end, where="hist_dist")
        for end in pair_of("hist_range", hist_range, expected, where="hist_dist")
    )
    if not low < high or not math.isfinite(high - low):
        raise invalid_argument("hist_range", expected, hist_range, where="hist_dist")
    plt = pyplot()
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
            raise invalid_argument("model_list", expected, model)
        text("label", label, where="model_list")
    if not pairs:
        raise invalid_argument("model_list", expected, model_list)
    return pairs


def _trained(models: Sequence[Any], train_loader: Any, valid_loader: Any) -> list[TrainedModel]:
    return train_models(
        models, train_loader, valid_loader, epochs=EPOCHS, learning_rate=LEARNING_RATE
    )


def _loss_and_accuracy(trained: TrainedModel) -> tuple[list[float], float]:
    broken = any(map(math.isnan, trained.scores.values()))
    accuracy = math.nan if broken else trained.scores.get("validation_accuracy", math.nan)
    return trained.losses, accuracy


def _plot(title: str, labels: Sequence[str], curves: Sequence[Sequence[float]]) -> None:
    plt = pyplot()
    for k, (label, losses) in enumerate(zip(labels, curves, strict=True)):
        colour = COLOURS[k] if k < len(COLOURS) else f"C{k}"
        plt.plot(losses, color=colour, label=label)
    plt.title(title)
    plt.xlabel("Batches")
    plt.ylabel("Loss")
    plt.legend(bbox_to_anchor=(1.05, 1), loc=2, borderaxespad=0.0)
    plt.show()
