"""A PyTorch module, data and options -> its loaded problem; wrong options before any work."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from initlab.comparison.definitions import definition, digest_of
from initlab.comparison.dense_stacks import as_dense_problem
from initlab.comparison.fair_data import equal_notes, refuse_equal_targets, scale_notes
from initlab.comparison.parameter_notes import parameter_notes
from initlab.comparison.recipes import Recipe
from initlab.comparison.settings import NOT_IN_FILE, in_memory, user_values
from initlab.comparison.user_metrics import FORM, guess_note, listed, user_metrics
from initlab.datasets.dataset import Dataset, InMemory, LoaderData, Samples
from initlab.datasets.user_data import read_as
from initlab.engines.torch.batches import chunks, on_device
from initlab.engines.torch.engine import configure_cublas, module_on_device
from initlab.engines.torch.init_batch import init_batch
from initlab.engines.torch.model import ModelSource
from initlab.engines.torch.optimizer import make_optimizer, optimizer_class
from initlab.engines.torch.probe import Probe, probe
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.scores import score_names
from initlab.engines.torch.task import (
    BINARY,
    CLASSES,
    NAMED,
    OTHER,
    VALUES,
    named_task,
)
from initlab.errors import DataError, InitlabError, StudyError, invalid_argument
from initlab.initialization.case import rules_of
from initlab.initialization.rules import AUTO, Rules
from initlab.initialization.user_values import UserArray
from initlab.modules.anatomy import anatomy_of
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import DECLARED, Anatomy
from initlab.networks.metrics import METRICS
from initlab.records import ModuleNetwork, Problem, Study, Training
from initlab.references import is_reference, reference_of
from initlab.settings import SETTINGS
from initlab.study.loaded import LoadedProblem
from initlab.study.module_problem import ModuleProblem
from initlab.validation import one_of

THRESHOLD = 0.5  # a batch's loss: of guessing it is 2.3 with ten classes
MEANS_OF = 10_000  # targets of a regression that are averaged for its threshold
LOOKED_AT = 4  # samples on which a model is followed that cannot be traced
CURVE_POINTS = 2_000  # more make a study's file large and a figure no finer
ENGINES = ("dense", "torch")
TABLE = ("label", "header", "one_hot", "missing")  # how a file of the user's is read
KINDS = {CLASSES: "classification", BINARY: "classification", VALUES: "regression"}


def load_module(
    model: Any, base: Recipe, values: Mapping[str, Any]
) -> tuple[LoadedProblem, dict[str, Any], dict[str, Any]]:
    """Load model and data, try a first batch, and check every setting.

    Args:
        model: see :func:`initlab.compare`.
        base: what loads its data, and the default number of epochs.
        values: settings by name, inits, seeds and learning rate checked.

    Returns:
        Its problem; the settings of the study that it decides; the defaults that it decides.

    Raises:
        InitlabError: a setting, the model or the data cannot be used; nothing was trained.
    """
    if values["data"] is None:
        expected = (
            "given when a model is given, for example as (x, y), a DataLoader or "
            '"package.module:name"'
        )
        raise invalid_argument("data", expected, None, got="nothing")
    if values["engine"] is not None:
        one_of("engine", values["engine"], ENGINES)
    device = _device(values["device"])
    optimizer, name, reference = optimizer_class(values["optimizer"])
    momentum = _momentum(values, name)
    models = ModelSource.of(model)
    template = models.build(0)
    arguments = {key: values[key] for key in ("batch_size", *base.data_arguments, *base.finds)}
    with read_as("data"):
        data: Dataset = base.load(
            full_batch=name == "gd", loss_task=named_task(values["loss"]), **arguments
        )
    data = _placed(data, template, device)
    metric, asked_for = values["metric"], listed(values["metrics"])
    seen = probe(module_on_device(template, device), values["loss"], data.train, data.test)
    asked_accuracy = any(
        isinstance(one, str) and one.removeprefix("validation_") == "accuracy"
        for one in (metric, *asked_for)
    )
    if seen.task.kind == OTHER and asked_accuracy and seen.fits_classes:
        # a loss of the user's own may count right answers
        seen = replace(seen, task=replace(seen.task, kind=CLASSES))
    inits, seed = values["inits"], values["seeds"][0]
    rules = {text: init for text, init in values["parsed"].items() if isinstance(init, Rules)}
    looking = any(rules_of(one).needs_data for one in values["parsed"].values() if one is not None)
    models = replace(
        models, described=_described(template, data, device, rules.values()), inits=rules,
        batch=init_batch(data.train, seen.task.kind) if looking else None,
    )  # fmt: skip
    notes = data.notes + _scale_notes(data.train, seen.task.kind)
    notes += parameter_notes(models, template, inits, seed, values["bias_init"])
    scores = _scores(seen, data)
    ranks = callable(metric) or is_reference(metric) or isinstance(metric, list | tuple)
    if metric is not None and not ranks:
        if not isinstance(metric, str):
            raise invalid_argument("metric", f"the name of a score, {FORM}", metric)
        kind = metric.removeprefix("validation_")
        ranks = (
            kind in METRICS
            and seen.task.kind in METRICS[kind].targets
            and not any(f"{part}_{kind}" in scores for part in ("train", "validation"))
        )
    pairs = [("metrics", one) for one in asked_for]
    own = user_metrics([("metric", metric), *pairs] if ranks else pairs, scores, seen.task)
    if own and data.test is None:
        raise invalid_argument(
            "metric" if ranks else "metrics", "left out when there is no validation data",
            next(iter(own)).removeprefix("validation_"),
            hint="To give validation data, use data=(train_loader, validation_loader).",
        )  # fmt: skip
    notes += guess_note(own)
    names = [*scores, *own]
    ranking = next(iter(own)) if ranks else scores[-1] if metric is None else metric
    if f"validation_{ranking}" in names:
        ranking = f"validation_{ranking}"  # "accuracy", "f1", ...
    training = _training(base, values, reference or name, momentum, data, template)
    defaults = {
        "batch_size": data.batch_size,
        "task": None if values["task"] else data.task or KINDS.get(seen.task.kind),
        "stratify": data.stratify is not None,
        "steps": None,
        "record_every": max(1, -(-training.steps // CURVE_POINTS)),
        "metric": scores[-1],
        "threshold": _threshold(seen, data),
    }
    with contextlib.suppress(DataError):  # of a stream without a length
        plain = {**base.defaults, "epochs": None}
        defaults["steps"] = base.steps(plain, data.train.steps_per_epoch)
    watched = {
        key: defaults[key] if values[key] is None else values[key]
        for key in ("record_every", "threshold")
    }
    training = Training(**{**dict(training), **watched})
    make_optimizer(optimizer, training, template.parameters())  # refuses unknown arguments
    loss, given = seen.task, values["loss"]
    asked = {
        "loss": None if given is None else loss.reference or loss.name,
        "device": device,
        "engine": values["engine"],
        "metrics": [one.record or key for key, one in own.items()] or None,
    }
    if ranks and own[ranking].record is not None:
        asked["metric"] = own[ranking].record
    defined = {"loss": given} if callable(given) else {}
    functions = {key: one.function for key, one in own.items()}
    users = {key: one for key, one in functions.items() if not own[key].ours}
    digests = _digests(models, data, template, {**defined, "optimizer": optimizer, **users})
    digests |= _digests_of_inits(values["parsed"])
    biases = None if models.described is None else models.described.biases
    problem = Problem(
        recipe=models.reference or models.name,
        data=_data_record(data, values, seen.task.kind),
        digest=data.checksums.get("samples"),
        network=ModuleNetwork(
            model=models.reference,
            parameters=sum(one.numel() for one in template.parameters()),
            outputs=seen.outputs,
            loss=loss.name,
            asked=asked,
            sources={key: one for key, one in digests.items() if one and key != "data"},
            biases=biases,
        ),
        metrics=tuple(names),
        unnamed=tuple(key for key, one in digests.items() if one is None),
    )
    module = ModuleProblem(problem, models, data, seen, optimizer, functions, notes)
    loaded, training = as_dense_problem(module, training, template)
    decided = {
        "training": training,
        "metric": one_of("metric", ranking, names),
        "directions": {key: one.direction for key, one in own.items()},
        "stream": "default",
    }
    return loaded, decided, defaults


def _scale_notes(train: Samples, kind: str) -> tuple[str, ...]:
    if not isinstance(train, InMemory):
        return ()
    if kind == VALUES:
        refuse_equal_targets(train.y.double().cpu().numpy())
    inputs, *others = train.inputs
    if others:
        return ()
    if inputs.dim() != 2 or not inputs.is_floating_point():
        return equal_notes(inputs)
    return equal_notes(inputs) + scale_notes(inputs.abs().amax(0).double().cpu().numpy())


def check_importable(study: Study) -> None:
    """Refuse a stored study of what lived in memory only.

    Raises:
        StudyError: its model, data, loss or metrics cannot be imported again.
    """
    module = study.problem.module
    assert module is not None
    for name, value in (("model", module.model), ("data", study.problem.data.get("data"))):
        if value is None:
            example = f' Make the {name} importable: {name}="package.module:name".'
            raise StudyError(NOT_IN_FILE.format(name) + example)
    if not all(
        is_reference(one) or isinstance(one, list | tuple) or one in METRICS
        for one in module.asked.get("metrics") or ()
    ):
        raise StudyError(NOT_IN_FILE.format("own metrics"))
    if in_memory(study.inits):
        raise StudyError(NOT_IN_FILE.format("own inits"))
    loss = module.asked.get("loss")
    if loss and not is_reference(loss) and loss not in NAMED:
        raise StudyError(NOT_IN_FILE.format(f"loss, {loss},"))


def _scores(seen: Probe, data: Dataset) -> list[str]:
    """Return the scores of a trained module, in the order of the table; the last one ranks."""
    names, validation = ["train_loss", "train_loss_last_100"], data.test
    if validation is None:
        return names
    kinds = score_names(seen.task)
    if isinstance(validation, InMemory):
        target = validation.y
        if bool((target == target[0]).all()):
            kinds = [kind for kind in kinds if kind != "r2"]  # there is nothing to explain
    return [*names, *(f"validation_{kind}" for kind in kinds)]


def _digests(
    models: ModelSource, data: Dataset, template: Any, own: Mapping[str, Any]
) -> dict[str, str | None]:
    """Return digests of what decides the numbers; None where there is none, "" where none is due.

    Args:
        models: source of the modules.
        data: their samples.
        template: one of the modules.
        own: loss, optimizer and metrics, where they are objects.
    """
    shapes = [f"{name} {tuple(one.shape)} {one.dtype}" for name, one in template.named_parameters()]
    found: dict[str, str | None] = {"shapes": digest_of("\n".join(shapes))}
    train = data.train
    if isinstance(train, InMemory) and (not train.shuffle or train.drop_last):  # a DataLoader's
        found["batches"] = digest_of(f"shuffle={train.shuffle}, drop_last={train.drop_last}")
    found["model"] = definition(models.make, importable=True) if models.reference else None
    found["data"] = data.checksums.get("samples")
    for name, one in own.items():
        found[name] = definition(one, importable=reference_of(one) is not None)
    return found


def _digests_of_inits(parsed: Mapping[str, Any]) -> dict[str, str | None]:
    """Return digests of the user's functions and arrays that inits take values from."""
    return {
        f"init {name}": one.digest if isinstance(one, UserArray)
        else definition(one.function, importable=bool(one.reference))
        for name, one in user_values(parsed).items()
    }  # fmt: skip


def _described(
    template: Any, data: Dataset, device: str, inits: Collection[Rules]
) -> Anatomy | None:  # fmt: skip
    """Return a model's anatomy, on its first samples where it cannot be traced.

    Those of a stream are taken only where an init asks for the places of layers. None of a model
    that cannot be described, such as one with layers of width 0.
    """
    asked, gains = any(one.by_place for one in inits), any(AUTO in one.inits for one in inits)
    with contextlib.suppress(InitlabError), RandomStream(0, device, name="anatomy").lent():
        found = anatomy_of(template, numbers=False, gains=gains)
        if found.order == DECLARED and (asked or isinstance(data.train, InMemory)):
            inputs, _ = next(chunks(data.train, LOOKED_AT, LOOKED_AT))
            with contextlib.suppress(InitlabError):
                return anatomy_of(template, inputs, numbers=False, gains=gains)
        return found
    return None


def _device(value: Any) -> str:
    torch = load_torch()
    gpu = torch.cuda.is_available()
    expected = '"cpu", "cuda" or "cuda:0"' if gpu else '"cpu", because PyTorch finds no GPU here'
    try:
        device = torch.device(str(value)) if isinstance(value, str | torch.device) else None
    except RuntimeError:
        device = None
    if device is None or device.type not in (("cpu", "cuda") if gpu else ("cpu",)):
        raise invalid_argument("device", expected, value)
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        known = "cuda:0, the only GPU here" if count == 1 else f"one of the GPUs 0 to {count - 1}"
        raise invalid_argument("device", known, value)
    if device.type == "cuda":
        configure_cublas()
    try:
        torch.empty(1, device=device)
    except RuntimeError as error:  # another program holds its memory, say
        hint = f"PyTorch says: {str(error).splitlines()[0].rstrip('.')}."
        raise invalid_argument("device", "a GPU with free memory", value, hint=hint) from error
    return str(device)


def _momentum(values: Mapping[str, Any], optimizer: str) -> float:
    """Return the momentum, given by itself or among the optimizer's arguments."""
    arguments = values["optimizer_arguments"] or {}
    if "lr" in arguments:
        raise invalid_argument(
            "optimizer_arguments",
            "without lr",
            "lr",
            hint="Give the learning rate as learning_rate, outside optimizer_arguments.",
        )
    momentum = float(values["momentum"])
    if momentum and optimizer not in ("sgd", "rmsprop"):
        raise invalid_argument("momentum", "0 unless the optimizer is sgd or rmsprop", momentum,
                               where=f"optimizer {optimizer}")  # fmt: skip
    if "momentum" not in arguments:
        return momentum
    own = float(SETTINGS["momentum"].check(arguments["momentum"]))
    if momentum and momentum != own:
        expected = f"left out, or {own:g} like the momentum in optimizer_arguments"
        raise invalid_argument("momentum", expected, momentum)
    return own


def _placed(data: Dataset, template: Any, device: str) -> Dataset:
    """Move the samples to the device, in the floating dtype of the model."""
    dtypes = [one.dtype for one in template.parameters() if one.is_floating_point()]
    dtype = dtypes[0] if dtypes else load_torch().float32
    test = None if data.test is None else on_device(data.test, device, dtype)
    return replace(data, train=on_device(data.train, device, dtype), test=test)


def _threshold(seen: Probe, data: Dataset) -> float:
    """Return a loss worth reaching: of a regression, half that of always predicting the mean."""
    task, train = seen.task, data.train
    if task.name not in NAMED or task.kind != VALUES or not isinstance(train, InMemory):
        return THRESHOLD
    target = train.y[:MEANS_OF].double()
    mean = target.mean(dim=0, keepdim=True).expand_as(target)
    half = float(f"{float(task.loss(mean, target)) / 2:.2g}")
    return half if half > 0 else THRESHOLD


def _training(
    base: Recipe, values: Mapping[str, Any], optimizer: str, momentum: float, data: Dataset,
    template: Any,
) -> Training:  # fmt: skip
    """Return how the module is trained; what is recorded is left for later."""
    steps = values["steps"]
    dtypes = {str(one.dtype).removeprefix("torch.") for one in template.parameters()}
    said = {name: values[name] for name in Training.model_fields if values.get(name) is not None}
    decided = {
        "optimizer": optimizer,
        "momentum": momentum,
        "batch_size": data.train.batch_size,
        "steps": base.steps(values, data.train.steps_per_epoch) if steps is None else steps,
        "dtype": ", ".join(sorted(dtypes)),
    }
    return Training(**{**said, **decided})


def _data_record(data: Dataset, values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    record: dict[str, Any] = {"data": data.reference, "task": data.task or KINDS.get(kind)}
    if data.n_rows is not None:
        record |= {"n_rows": data.n_rows, **{name: values[name] for name in TABLE}}
    elif isinstance(data.train, InMemory) and isinstance(data.test, InMemory):
        record["n_rows"] = len(data.train) + len(data.test)
    if isinstance(data.train, InMemory):
        record["n_train"] = len(data.train)
    if isinstance(data.test, InMemory):
        record["n_validation"] = values["n_validation"]
        record["stratify"] = bool(data.stratify)
        record["data_seed"] = values["data_seed"]
    if isinstance(data.train, LoaderData):
        record["streamed"] = True
    if data.checksums:
        record["checksums"] = data.checksum_lines
    return record
