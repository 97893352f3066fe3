"""Models that already have their starts -> their first losses in one figure, and their scores.

For people who come from the course on Fashion-MNIST: the same call, the same printed lines. Every
model sees the same batches in the same order, which the course leaves to chance.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from initlab.comparison.progress import ProgressBar
from initlab.engines.driving import Watch, drive
from initlab.errors import refusal
from initlab.validation import whole_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from initlab.comparison.modules import ModuleStudy
    from initlab.engines.torch.data import ModuleData

EPOCHS, LEARNING_RATE = 2, 0.001  # the course's
SEED = 0  # of batches and dropout, the same for every model
COLOURS = ("r", "b", "g", "c", "y", "k")  # the course's; further models take matplotlib's own
EVALUATED_TOGETHER = 1_000


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
    """Plot a histogram of values, with half as many bins as values.

    Args:
        title: title of the figure.
        values: numbers of any shape; tensors too.
        hist_range: ends of the axis; values outside are not counted.

    Raises:
        ArgumentError: there are fewer than two values, one is no number, or the range is empty.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    detached = values.detach().cpu() if hasattr(values, "detach") else values
    try:
        numbers = np.asarray(detached, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise refusal("values", "numbers", values, where="hist_dist") from None
    if numbers.size < 2:
        raise refusal("values", "two numbers or more", numbers.size, where="hist_dist")
    low, high = hist_range
    if not low < high:
        raise refusal("hist_range", "a pair (low, high) with low < high", hist_range)
    plt.title(title)
    plt.hist(numbers, bins=numbers.size // 2, range=(low, high))
    plt.show()


def _checked(model_list: Any) -> list[tuple[Any, str]]:
    from initlab.modules.framework import load_torch

    module = load_torch().nn.Module
    expected = "a list of (model, label) pairs"
    if not isinstance(model_list, list | tuple) or not model_list:
        raise refusal("model_list", expected, model_list)
    for pair in model_list:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], module):
            raise refusal("model_list", expected, pair)
    return [(model, str(label)) for model, label in model_list]


def _trained(
    models: Sequence[Any], train_loader: Any, valid_loader: Any
) -> list[tuple[list[float], float]]:
    from initlab.engines.torch.data import module_data

    data = module_data((train_loader, valid_loader))
    checked = [_prepared(model, data) for model in models]
    with ProgressBar(sum(one.study.steps for one in checked)) as bar:
        return [
            _by_stack(model, one, bar.watch) if one.stack else _by_torch(model, one, bar.watch)
            for model, one in zip(models, checked, strict=True)
        ]


def _prepared(model: Any, data: ModuleData) -> ModuleStudy:
    """Check model, data and loss as for a study of one start: the model as it is."""
    from initlab.comparison.modules import prepare_module
    from initlab.engines.torch.model import AS_BUILT

    device = next((one.device for one in model.parameters()), "cpu")
    options = {
        "inits": [AS_BUILT], "seeds": [SEED], "loss": "cross_entropy", "optimizer": "adam",
        "learning_rate": LEARNING_RATE, "epochs": EPOCHS, "record_every": 1, "device": device,
    }  # fmt: skip
    return prepare_module(model, data, options)


def _by_stack(model: Any, checked: ModuleStudy, watch: Watch) -> tuple[list[float], float]:
    """Train a plain stack of Linear layers with the dense engine and write the weights back."""
    from initlab.comparison.modules.dense import dense_data, dense_starts, write_weights
    from initlab.comparison.settings import network_of, plan_of
    from initlab.engines import TrainingData, train
    from initlab.networks import predict

    study, points = checked.study, dense_data(checked)
    network = network_of(study)
    run = train(
        network, plan_of(study), TrainingData(points.x_train, points.y_train),
        dense_starts(checked, study), [SEED], workers=1, watch=watch,
    )  # fmt: skip
    if run.interrupted:
        raise KeyboardInterrupt
    (end,) = run.trajectories
    assert checked.stack is not None
    write_weights(model, checked.stack, end.parameters)
    if end.first_nonfinite is not None:
        return end.losses, math.nan
    answers = predict(network, end.parameters, points.x_test)
    right = answers.argmax(axis=1) == points.y_test
    return end.losses, float(right.mean())


def _by_torch(model: Any, checked: ModuleStudy, watch: Watch) -> tuple[list[float], float]:
    """Train any other module in place."""
    from initlab.engines.torch.randomness import RandomStream
    from initlab.engines.torch.scores import evaluate
    from initlab.engines.torch.trainer import ModuleTrainer
    from initlab.engines.torch.training import single_threaded
    from initlab.modules.framework import load_torch

    device, task, draws = checked.study.module["device"], checked.probe.task, checked.probe.draws
    stream = RandomStream(SEED, device, sources=draws) if draws else None
    batches = checked.data.train.batches(SEED)
    trainer = ModuleTrainer(model, task, checked.plan, batches, stream, seed=SEED)
    accuracy = math.nan
    with single_threaded(load_torch().device(device)):
        drive(trainer, checked.plan.steps, watch, threading.Event())
        if trainer.first_nonfinite is None and checked.data.validation is not None:
            chunks = checked.data.validation.chunks(EVALUATED_TOGETHER)
            accuracy = evaluate(model, task, chunks)["accuracy"]
    return trainer.losses, accuracy


def _plot(title: str, labels: Sequence[str], curves: Sequence[Sequence[float]]) -> None:
    import matplotlib.pyplot as plt

    for k, (label, losses) in enumerate(zip(labels, curves, strict=True)):
        colour = COLOURS[k] if k < len(COLOURS) else f"C{k}"
        plt.plot(losses, color=colour, label=label)
    plt.title(title)
    plt.xlabel("Batches")
    plt.ylabel("Loss")
    plt.legend(bbox_to_anchor=(1.05, 1), loc=2, borderaxespad=0.0)
    plt.show()
