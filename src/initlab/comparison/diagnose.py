"""A model, or the name of a study -> does it start right? The front door of diagnosis."""

from __future__ import annotations

from typing import Any

from initlab.comparison.keywords import keywords_checked
from initlab.diagnosis import Diagnosis
from initlab.errors import invalid_argument
from initlab.references import is_reference
from initlab.validation import left_out


@keywords_checked
def diagnose(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    loss: Any = None,
    init: Any = None,
    seed: int = 0,
    seeds: Any = None,
    shape: Any = None,
    optimizer: Any = "adam",
    learning_rate: float | None = None,
    trial: bool | None = None,
    jacobian: bool | None = None,
) -> Diagnosis:
    """Find the problems of a network before it is trained.

    One forward and one backward pass on a batch measure how large signals and gradients are in
    every layer, whether different inputs stay different, which units are dead, saturated or copies
    of one another, which parameters get no gradient, and how far the first loss is from that of
    random guessing. Dropout is off; batch norms use the statistics of the batch, as in training.

    Copies of a small model are then trained for up to 200 steps at several learning rates, with
    fresh batches if there are 128 samples or more. So is the same network with weights drawn by
    other inits, ``auto`` among them. The comparison decides how severe a finding is. The model
    itself is not changed.

    Args:
        model: a ``torch.nn.Module``, a function that returns one, or ``"package.module:name"``; or
            the name of a study, such as ``"circles"``.
        x: inputs: a tensor or array, a tuple of several, a mapping by keyword; a DataLoader or
            Dataset; or the name of data, as :func:`initlab.compare` takes it. None for random
            inputs.
        y: targets of these samples. Without targets, gradients are those of a random sum of the
            outputs, and the copies are trained towards random values.
        loss: a name, a callable or a loss module; None for a loss that fits the targets.
        init: initialization to apply first, to a copy if the model is a module; None diagnoses the
            model as it is built.
        seed: seed of the init and of the other random numbers of the diagnosis.
        seeds: number of seeds, or a list of seeds: the network is diagnosed at each, and the
            result sums up these diagnoses.
        shape: shape of random inputs, samples first: (32, 3, 224, 224) or "32x3x224x224".
        optimizer: the optimizer whose first update is measured.
        learning_rate: its learning rate; None for the optimizer's default.
        trial: whether copies are trained; None for small models only.
        jacobian: whether the singular values of the Jacobian, outputs by inputs, are measured;
            None for models of less than 10 million parameters.

    Returns:
        The diagnosis: ``print`` shows it, and it has ``healthy``, ``findings``, ``layers``,
        ``assert_healthy()`` and ``fix()``.

    Raises:
        InitlabError: the model, the data or an argument cannot be used.

    Example:
        >>> d = diagnose("circles", init="he_normal", seed=3)
        >>> d.healthy
        True
    """
    settings = {"loss": loss, "shape": shape, "optimizer": optimizer, "trial": trial,
                "learning_rate": learning_rate, "jacobian": jacobian}  # fmt: skip
    if seeds is not None:
        from initlab.diagnosis.over_seeds import over_seeds
        from initlab.settings import SETTINGS

        each = SETTINGS["seeds"].check(seeds)
        return over_seeds(
            [diagnose(model, x, y, init=init, seed=one, **settings) for one in each], each
        )
    if isinstance(model, str) and not is_reference(model):
        return _of_study(model, x, y, init, seed, settings)
    from initlab.diagnosis.diagnose import diagnose_module
    from initlab.engines.torch.model import ModelSource
    from initlab.modules.framework import load_torch

    if isinstance(x, str):
        x, y = _named_data(x, y)
    source = ModelSource.of(model)
    if isinstance(model, load_torch().nn.Module) and init is None:
        module = model
    elif init is None:
        module = source.made(seed)
    else:
        module = source.initialized(str(init), seed)
    return diagnose_module(module, x, y, seed=seed, name=source.name, **settings)


def _named_data(data: str, y: Any) -> tuple[Any, Any]:
    """Return the training samples of data that is named, and their targets; or its loader."""
    from initlab.datasets.dataset import InMemory
    from initlab.datasets.user_data import read_as
    from initlab.engines.torch.batches import chunks
    from initlab.engines.torch.data import module_data

    if y is not None:
        expected = "left out if x is a text, because the data named by the text has its own targets"
        raise invalid_argument("y", expected, y)
    with read_as("data"):
        found = module_data(data)
    if not isinstance(found.train, InMemory):
        return found.train.loader, None
    inputs, target = next(chunks(found.train, len(found.train)))
    return tuple(inputs), target


def _of_study(
    name: str, x: Any, y: Any, init: Any, seed: int, settings: dict[str, Any]
) -> Diagnosis:  # fmt: skip
    from initlab.comparison.prepare import prepare
    from initlab.comparison.recipes import NAMED
    from initlab.diagnosis.diagnose import diagnose_dense
    from initlab.study.expansion import expand

    if name not in NAMED:
        expected = (
            "a PyTorch module (as text: package.module:name or file.py:name) or the name of a "
            f"study ({', '.join(NAMED)})"
        )
        raise invalid_argument("model", expected, name)
    others = {k: settings[k] for k in ("loss", "shape", "jacobian")}
    hint = "A study has its own data and loss, and the Jacobian of its network is always measured."
    left_out({"x": x, "y": y, **others}, "if the model is the name of a study", hint=hint)
    options = {} if init is None else {"inits": [init]}
    study, loaded = prepare(name, {**options, "seeds": [seed]})
    if init is None and len(study.inits) > 1:
        expected = f"given, because the study {name} has several inits ({', '.join(study.inits)})"
        raise invalid_argument("init", expected, None, got="nothing")
    spec = next(one for block in expand(study, loaded) for one in block)
    dense, data = study.problem.dense, loaded.dataset
    assert dense is not None
    assert data is not None
    return diagnose_dense(
        dense, loaded.draw(spec), data.x_train, data.y_train, seed=seed,
        name=f"{name}, {study.inits[0]}",
        **{k: settings[k] for k in ("optimizer", "learning_rate", "trial")},
    )  # fmt: skip
