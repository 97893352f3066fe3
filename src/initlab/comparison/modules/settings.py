"""A PyTorch module, data and options -> a checked study of it; wrong options before any work."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from initlab.comparison.modules.engines import with_stack
from initlab.comparison.modules.parameter_notes import frozen, unknown
from initlab.comparison.modules.study import ModuleStudy, metric_names
from initlab.comparison.settings import (
    LARGEST_STUDY,
    checked_inits,
    checked_rates,
    checked_seeds,
)
from initlab.engines.torch.data import ModuleData, module_data
from initlab.engines.torch.loader import Streamed
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.model import AS_BUILT, ModelSource
from initlab.engines.torch.plan import ModulePlan, optimizer_class
from initlab.engines.torch.probe import Probe, probe
from initlab.engines.torch.references import is_reference, load_object, reference_of
from initlab.engines.torch.task import CLASSES, NAMED, OTHER
from initlab.errors import DataError, StudyError, refusal
from initlab.initializers import parse
from initlab.modules.framework import load_torch
from initlab.records import Study
from initlab.records.training import LARGEST_LEARNING_RATE, LARGEST_STEPS
from initlab.validation import finite_number, nearest_hint, one_of, seed_number, whole_number

USUAL: dict[str, Any] = {  # what a setting is where nothing is said
    "inits": ("default", "he_normal", "glorot_uniform", "orthogonal"),
    "seeds": (0,),
    "data": None,
    "loss": None,
    "optimizer": "adam",
    "optimizer_arguments": None,
    "learning_rate": 0.001,
    "momentum": 0.0,
    "batch_size": None,
    "clip_norm": None,
    "steps": None,
    "record_every": None,
    "bias_init": None,
    "metric": None,
    "metrics": None,
    "threshold": None,
    "n_validation": None,
    "data_seed": 0,
    "device": "cpu",
    "engine": None,
}
THRESHOLD = 0.5  # a batch's loss: of guessing it is 2.3 with ten classes
MEANS_OF = 10_000  # targets of a regression that are averaged for its threshold
EPOCHS = 2  # as in the course
CURVE_POINTS = 2_000  # more make a study's file large and a figure no finer
ENGINES = ("dense", "torch")
BUILDS = ("default", AS_BUILT)  # starts that are no initializer of ours


def module_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options a module's study knows, refusing the others that were given.

    Raises:
        ArgumentError: an option says what the module itself decides.
    """
    given = {key: value for key, value in options.items() if value is not None}
    known = [*USUAL, "epochs"]
    for key, value in given.items():
        if key not in known:
            expected = "left out with a model; it takes " + ", ".join(sorted(known))
            raise refusal(key, expected, value, hint=nearest_hint(key, known))
    return given


def prepare_module(
    model: Any,
    data: Any,
    options: Mapping[str, Any],
    *,
    data_dir: str | os.PathLike[str] | None = None,
) -> ModuleStudy:
    """Load model and data, try a first batch, and check every setting.

    Args:
        model: see :func:`initlab.compare`.
        data: see :func:`initlab.compare`.
        options: settings by name; what is left out is as in :data:`USUAL`.
        data_dir: folder of the image files.

    Raises:
        InitlabError: a setting, the model or the data cannot be used; nothing was trained.
    """
    given = {**USUAL, **{key: value for key, value in options.items() if value is not None}}
    if data is None:
        expected = 'given with a model: (x, y), a DataLoader, "package.module:name", ...'
        raise refusal("data", expected, None)
    inits = checked_inits(given["inits"], others=BUILDS)
    seeds, rates = checked_seeds(given["seeds"]), checked_rates(given["learning_rate"])
    for rate in rates:
        finite_number("learning_rate", rate, above=0, maximum=LARGEST_LEARNING_RATE)
    bias_init = None if given["bias_init"] is None else str(parse(given["bias_init"]))
    engine = None if given["engine"] is None else one_of("engine", given["engine"], ENGINES)
    device = _device(given["device"])
    optimizer, optimizer_name, optimizer_reference = optimizer_class(given["optimizer"])
    arguments = _arguments(given, optimizer_name)
    source = ModelSource.of(model)
    template = source.build(0)
    loaded = module_data(
        data, batch_size=given["batch_size"], full_batch=optimizer_name == "gd",
        n_validation=given["n_validation"], data_seed=given["data_seed"], data_dir=data_dir,
    )  # fmt: skip
    loaded = _placed(loaded, template, device)
    found = probe(template.to(device), given["loss"], loaded.train, loaded.validation)
    found = _with_accuracy(found, given)
    threshold = _usual_threshold(found, loaded)
    notes = loaded.notes + frozen(template) + unknown(source, inits, seeds[0], bias_init)
    metrics = _own_metrics(given, found, loaded)
    metric = _metric(given["metric"], found, loaded, metrics)
    steps = _steps(given, loaded)
    clip_norm = given["clip_norm"]
    if clip_norm is not None:
        clip_norm = finite_number("clip_norm", clip_norm, above=0)
    plan = ModulePlan(optimizer, rates[0], steps, arguments, clip_norm)
    plan.make(template.parameters())  # refuses arguments it does not know
    record = Study(
        recipe=source.reference or source.name,
        layer_dims=(),
        nonlinearity="",
        loss=found.task.name,
        loss_form="",
        optimizer=optimizer_reference or optimizer_name,
        learning_rate=rates[0],
        learning_rates=rates if len(rates) > 1 else (),
        momentum=float(arguments.get("momentum", 0.0)),
        batch_size=loaded.train.batch_size,
        dropout=0.0,
        steps=steps,
        record_every=_record_every(given, steps),
        dtype=_dtype(template),
        stream="default",
        inits=inits,
        bias_init=bias_init,
        seeds=seeds,
        metric=metric,
        threshold=threshold
        if given["threshold"] is None
        else finite_number("threshold", given["threshold"], above=0),
        data=_data_record(loaded, given),
        module={
            "model": source.reference,
            "parameters": sum(one.numel() for one in template.parameters()),
            "outputs": found.outputs,
            "loss": None if given["loss"] is None else found.task.reference or found.task.name,
            "optimizer_arguments": given["optimizer_arguments"],
            "clip_norm": plan.clip_norm,
            "device": device,
            "engine": engine,
            "metrics": [reference_of(one) or name for name, one in metrics.items()] or None,
            **_ranking(given["metric"]),
        },
    )
    _check_size(record)
    usual = {
        **USUAL,
        "batch_size": loaded.own_batch,
        "steps": _usual_steps(loaded),
        "record_every": _record_every({"record_every": None}, steps),
        "metric": _metric(None, found, loaded, {}),
        "threshold": threshold,
    }
    del usual["metrics"]  # the command line has no word for several
    checked = ModuleStudy(record, source, loaded, found, plan, metrics, None, usual, notes)
    return with_stack(checked, template)


def prepare_module_again(
    study: Study, *, data_dir: str | os.PathLike[str] | None = None
) -> ModuleStudy:
    """Load model and data of a stored study again, and check that they are what they were.

    Raises:
        StudyError: the model or the data lived in memory only, or is not what it was.
    """
    module, data = study.module, study.data
    for name, value in (("model", module.get("model")), ("data", data.get("data"))):
        if value is None:
            raise StudyError(
                f"The study's {name} came from memory and is not in its file; importable ones, "
                f'such as {name}="package.module:name", are.'
            )
    if module.get("metrics") and not all(map(is_reference, module["metrics"])):
        raise StudyError("The study's own metrics came from memory and are not in its file.")
    loss = module.get("loss")
    if loss and not is_reference(loss) and loss not in NAMED:
        raise StudyError(f"The study's loss, {loss}, came from memory and is not in its file.")
    options = {name: module.get(name, data.get(name, getattr(study, name, None))) for name in USUAL}
    options |= {"data": None, "momentum": None, "learning_rate": study.learning_rates or
                study.learning_rate, "optimizer": study.optimizer}  # fmt: skip
    if study.optimizer == "gd" or data.get("streamed"):
        options["batch_size"] = None
    again = prepare_module(module["model"], data["data"], options, data_dir=data_dir)
    stored, found = data.get("checksums"), again.study.data.get("checksums")
    if stored != found:
        raise StudyError("The data is not that of the study: its samples differ.")
    before, after = study.to_record(), again.study.to_record()
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        name = changed[0]
        raise StudyError(
            f"The study cannot be run again as it was: its {name} was {_shown(before[name])} and "
            f"would be {_shown(after[name])}. What lives in memory only is not in its file."
        )
    return again


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _device(value: Any) -> str:
    torch = load_torch()
    if not isinstance(value, str):
        value = str(value)
    try:
        device = torch.device(value)
    except RuntimeError:
        raise refusal("device", '"cpu", "cuda" or "cuda:0"', value) from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise refusal("device", '"cpu": PyTorch finds no GPU here', value)
    return str(device)


def _arguments(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the optimizer's own arguments; momentum is one of sgd's."""
    arguments = given["optimizer_arguments"] or {}
    if not isinstance(arguments, Mapping) or not all(isinstance(key, str) for key in arguments):
        raise refusal("optimizer_arguments", "a mapping of names to values", arguments)
    if "lr" in arguments:
        raise refusal("optimizer_arguments", "without lr", "lr", hint="Give learning_rate.")
    found = dict(arguments)
    momentum = finite_number("momentum", given["momentum"], minimum=0, below=1)
    if momentum:
        if name not in ("sgd", "rmsprop"):
            raise refusal("momentum", "0 unless the optimizer is sgd", momentum,
                          where=f"optimizer {name}")  # fmt: skip
        found["momentum"] = momentum
    return found


def _placed(loaded: ModuleData, template: Any, device: str) -> ModuleData:
    """Move the samples to the device, in the floating dtype of the model."""
    dtypes = [one.dtype for one in template.parameters() if one.is_floating_point()]
    dtype = dtypes[0] if dtypes else load_torch().float32
    validation = None if loaded.validation is None else loaded.validation.to(device, dtype)
    return replace(loaded, train=loaded.train.to(device, dtype), validation=validation)


def _own_metrics(given: Mapping[str, Any], seen: Probe, loaded: ModuleData) -> dict[str, Any]:
    """Return the user's metrics by the name of their score, that of ``metric`` first."""
    listed = [] if given["metrics"] is None else given["metrics"]
    if not isinstance(listed, list | tuple):
        listed = [listed]
    first = given["metric"]
    ranked = [first] if callable(first) or is_reference(first) else []
    scores = metric_names(seen, loaded, {})
    found = {}
    for one in [*ranked, *(one for one in listed if f"validation_{one}" not in scores)]:
        metric = load_object("metric", one) if is_reference(one) else one
        if not callable(metric):
            raise refusal(
                "metrics",
                'callables of (outputs, targets), or "package.module:name"',
                one,
            )
        if loaded.validation is None:
            raise refusal("metrics", "left out without validation data", one)
        found[f"validation_{getattr(metric, '__name__', type(metric).__name__)}"] = metric
    return found


def _metric(value: Any, found: Probe, loaded: ModuleData, own: Mapping[str, Any]) -> str:
    names = metric_names(found, loaded, own)
    if callable(value) or is_reference(value):
        return next(iter(own))
    if value is None:
        scores = metric_names(found, loaded, {})
        return scores[-1]
    if isinstance(value, str) and f"validation_{value}" in names:
        return f"validation_{value}"  # "accuracy", "f1", ...
    return one_of("metric", value, names)


def _with_accuracy(found: Probe, given: Mapping[str, Any]) -> Probe:
    """Let a loss of the user's own count right answers, where that is asked for and fits."""
    listed = given["metrics"] if isinstance(given["metrics"], list | tuple) else [given["metrics"]]
    asked = any(one in ("accuracy", "validation_accuracy") for one in (given["metric"], *listed)
                if isinstance(one, str))  # fmt: skip
    if found.task.kind == OTHER and asked and found.fits_classes:
        return replace(found, task=replace(found.task, kind=CLASSES))
    return found


def _usual_threshold(found: Probe, loaded: ModuleData) -> float:
    """Return a loss worth reaching: of a regression, half that of always answering the mean."""
    task, train = found.task, loaded.train
    if task.name not in ("mse", "l1", "huber") or not isinstance(train, Memory):
        return THRESHOLD
    target = train.target[:MEANS_OF].double()
    mean = target.mean(dim=0, keepdim=True).expand_as(target)
    half = float(f"{float(task.loss(mean, target)) / 2:.2g}")
    return half if half > 0 else THRESHOLD


def _ranking(metric: Any) -> dict[str, str]:
    """Return how to import the user's own metric that ranks the starts, if it can be."""
    reference = metric if is_reference(metric) else reference_of(metric)
    return {} if reference is None else {"metric": reference}


def _usual_steps(loaded: ModuleData) -> int | None:
    try:
        return EPOCHS * loaded.train.steps_per_epoch
    except DataError:  # a stream without a length: steps must be given
        return None


def _steps(given: Mapping[str, Any], loaded: ModuleData) -> int:
    epochs = given.get("epochs")
    if given["steps"] is not None:
        if epochs is not None:
            raise refusal("epochs", "left out when steps are given", epochs)
        return whole_number("steps", given["steps"], minimum=0, maximum=LARGEST_STEPS)
    number = whole_number("epochs", EPOCHS if epochs is None else epochs, minimum=0, maximum=10**6)
    return number * loaded.train.steps_per_epoch


def _record_every(given: Mapping[str, Any], steps: int) -> int:
    if given["record_every"] is not None:
        return whole_number("record_every", given["record_every"], minimum=1)
    return max(1, -(-steps // CURVE_POINTS))


def _data_record(loaded: ModuleData, given: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"data": loaded.reference}
    if isinstance(loaded.train, Memory):
        record["n_train"] = len(loaded.train)
    if isinstance(loaded.validation, Memory):
        record["n_validation"] = given["n_validation"]
        record["data_seed"] = seed_number(given["data_seed"], argument="data_seed")
    if isinstance(loaded.train, Streamed):
        record["streamed"] = True
    if loaded.digest:
        record["checksums"] = [f"samples sha256 {loaded.digest}"]
    return record


def _dtype(template: Any) -> str:
    dtypes = {str(one.dtype).removeprefix("torch.") for one in template.parameters()}
    return ", ".join(sorted(dtypes))


def _check_size(study: Study) -> None:
    cells = len(study.inits) * len(study.seeds) * max(1, len(study.learning_rates))
    if cells > LARGEST_STUDY:
        raise refusal("seeds", f"a study of at most {LARGEST_STUDY:,} cells", cells)
