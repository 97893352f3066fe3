"""Models with initial parameters of their own -> trained in place, all on the same batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from initlab.comparison.prepare import prepare
from initlab.comparison.progress import ProgressBar
from initlab.datasets.user_data import read_as
from initlab.engines import Callbacks
from initlab.engines.torch.data import module_data
from initlab.errors import InitlabError, invalid_argument, unusable
from initlab.initialization.assignments import check_writable
from initlab.modules.framework import load_torch
from initlab.records import FINISHED, Study
from initlab.study import LoadedProblem, expand
from initlab.validation import flag, items_of

LOADERS = {"training part": "train_loader", "validation part": "valid_loader"}


class TrainedModel(NamedTuple):
    """The losses and scores of a model that was trained.

    Attributes:
        losses: the training loss of every step.
        scores: final values by name, such as "validation_accuracy"; empty if the training
            diverged.
    """

    losses: list[float]
    scores: Mapping[str, float]


def train_models(
    models: Sequence[Any],
    train_loader: Any,
    valid_loader: Any,
    *,
    epochs: int,
    learning_rate: float,
    loss: Any = "cross_entropy",
    optimizer: Any = "adam",
    seed: int = 0,
    progress: bool = True,
) -> list[TrainedModel]:
    """Train PyTorch models in place, one after the other, from the parameters they have now.

    A model is trained as :func:`initlab.compare` trains it. All models see the same batches and
    dropout masks. A model that is listed twice is trained twice, the second time from where the
    first ended. To compare initializations of one model over many seeds, use
    :func:`initlab.compare`.

    Args:
        models: PyTorch modules.
        train_loader: training data: a DataLoader, a Dataset or a pair of arrays.
        valid_loader: data for the scores, in one of the same forms.
        epochs: number of passes over the training data.
        learning_rate: learning rate of the optimizer.
        loss: see :func:`initlab.compare`.
        optimizer: see :func:`initlab.compare`.
        seed: seed of the batches and of dropout.
        progress: show a progress bar on standard error if the training takes over a second.

    Returns:
        Losses and scores, one entry per model.

    Raises:
        InitlabError: an argument cannot be used; no model was trained.
    """
    flag("progress", progress)
    listed = items_of("models", models, "a list of PyTorch modules")
    for model in listed:
        _check_model(model)
    for argument, value in (("train_loader", train_loader), ("valid_loader", valid_loader)):
        utils = load_torch().utils.data
        pair = isinstance(value, list | tuple) and len(value) == 2
        if not pair and not isinstance(value, utils.Dataset | utils.DataLoader):
            raise invalid_argument(argument, "a DataLoader, a Dataset or a pair (x, y)", value)
    with read_as("train_loader and valid_loader"):
        data = module_data((train_loader, valid_loader))
    prepared = []
    for model in listed:
        options = {
            "data": data, "inits": ["as_built"], "seeds": [seed], "loss": loss,
            "optimizer": optimizer, "learning_rate": learning_rate, "epochs": epochs,
            "record_every": 1, "device": next((one.device for one in model.parameters()), "cpu"),
        }  # fmt: skip
        with _loaders_named():
            prepared.append(prepare(None, options, model=model))
    steps = sum(study.training.steps for study, _ in prepared)
    with ProgressBar(steps, runs=len(prepared), enabled=progress) as bar:
        return [_trained(model, *one, bar) for model, one in zip(listed, prepared, strict=True)]


def _check_model(model: Any) -> None:
    nn = load_torch().nn
    if not isinstance(model, nn.Module):
        raise invalid_argument("models", "a list of PyTorch modules", model)
    for name, parameter in model.named_parameters():  # it is written after training
        if not nn.parameter.is_lazy(parameter):
            check_writable(name, parameter, where="")


@contextlib.contextmanager
def _loaders_named() -> Iterator[None]:
    """Name the loader that an error on one of the two parts is about."""
    try:
        yield
    except InitlabError as error:
        if error.where not in LOADERS or not error.words:
            raise
        raise unusable(error.words, LOADERS[error.where], error.value) from error.__cause__


def _trained(model: Any, study: Study, loaded: LoadedProblem, bar: ProgressBar) -> TrainedModel:
    """Train a copy of a model as it is now, and give the model what came of it."""
    ((spec,),) = expand(study, loaded)
    with loaded.repeatable():
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
    return TrainedModel(loaded.curve(spec, trajectory)["train_loss"], scores)
