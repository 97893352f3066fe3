"""A PyTorch module, data and options -> its loaded problem; wrong options before any work."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from initlab.comparison.dense_stacks import as_dense_problem
from initlab.comparison.parameter_notes import frozen, unknown
from initlab.engines.torch.data import ModuleData, module_data
from initlab.engines.torch.loader import Streamed
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.model import ModelSource
from initlab.engines.torch.optimizer import make_optimizer, optimizer_class
from initlab.engines.torch.probe import Probe, probe
from initlab.engines.torch.references import is_reference, load_object, reference_of
from initlab.engines.torch.scores import score_names
from initlab.engines.torch.task import BINARY, CLASSES, NAMED, OTHER, VALUES, named_task
from initlab.errors import DataError, StudyError, refusal
from initlab.modules.framework import load_torch
from initlab.records import ModuleNetwork, Problem, Study, Training
from initlab.records.training import LARGEST_STEPS
from initlab.study.loaded import LoadedProblem
from initlab.study.module_problem import ModuleProblem
from initlab.validation import finite_number, one_of, seed_number, whole_number

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
    "label": None,
    "header": None,
    "one_hot": None,
    "missing": "refuse",
    "task": None,
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
TABLE = ("label", "header", "one_hot", "missing")  # how a file of the user's is read
KINDS = {CLASSES: "classification", BINARY: "classification", VALUES: "regression"}


def load_module(model: Any, values: Mapping[str, Any]) -> tuple[LoadedProblem, dict[str, Any]]:
    """Load model and data, try a first batch, and check every setting.

    Args:
        model: see :func:`initlab.compare`.
        values: settings by name, inits, seeds and learning rate checked.

    Raises:
        InitlabError: a setting, the model or the data cannot be used; nothing was trained.
    """
    if values["allow_unknown_data"]:
        raise refusal("allow_unknown_data", "left out with a model", True)
    if values["data"] is None:
        expected = 'given with a model: (x, y), a DataLoader, "package.module:name", ...'
        raise refusal("data", expected, None)
    seeds = values["seeds"]
    engine = None if values["engine"] is None else one_of("engine", values["engine"], ENGINES)
    device = _device(values["device"])
    optimizer, optimizer_name, optimizer_reference = optimizer_class(values["optimizer"])
    arguments = _arguments(values, optimizer_name)
    models = ModelSource.of(model)
    template = models.build(0)
    loaded = module_data(
        values["data"], batch_size=values["batch_size"], full_batch=optimizer_name == "gd",
        n_validation=values["n_validation"], data_seed=values["data_seed"],
        data_dir=values["data_dir"], task=values["task"], loss_task=named_task(values["loss"]),
        **{name: values[name] for name in TABLE},
    )  # fmt: skip
    loaded = _placed(loaded, template, device)
    found = probe(template.to(device), values["loss"], loaded.train, loaded.validation)
    found = _with_accuracy(found, values)
    threshold = _usual_threshold(found, loaded)
    notes = loaded.notes + frozen(template)
    notes += unknown(models, values["inits"], seeds[0], values["bias_init"])
    metrics = _own_metrics(values, found, loaded)
    metric = _metric(values["metric"], found, loaded, metrics)
    steps = _steps(values, loaded)
    training = Training(
        optimizer=optimizer_reference or optimizer_name,
        optimizer_arguments=values["optimizer_arguments"] or {},
        learning_rate=values["learning_rate"],
        momentum=float(arguments.get("momentum", 0.0)),
        batch_size=loaded.train.batch_size,
        clip_norm=values["clip_norm"],
        steps=steps,
        record_every=_record_every(values, steps),
        dtype=_dtype(template),
        threshold=threshold if values["threshold"] is None else values["threshold"],
    )
    make_optimizer(optimizer, training, template.parameters())  # refuses unknown arguments
    asked = {
        "loss": None if values["loss"] is None else found.task.reference or found.task.name,
        "device": device,
        "engine": engine,
        "metrics": [reference_of(one) or name for name, one in metrics.items()] or None,
        **_ranking(values["metric"]),
    }
    sources, unnamed = _sources(
        {"model": models.make, "loss": values["loss"] if callable(values["loss"]) else None,
         "optimizer": optimizer, **metrics},
        models, loaded, template,
    )  # fmt: skip
    problem = Problem(
        recipe=models.reference or models.name,
        data=_data_record(loaded, values, found.task.kind),
        digest=loaded.digest or None,
        network=ModuleNetwork(
            model=models.reference,
            parameters=sum(one.numel() for one in template.parameters()),
            outputs=found.outputs,
            loss=found.task.name,
            asked=asked,
            sources=sources,
        ),
        metrics=tuple(metric_names(found, loaded, metrics)),
        unnamed=unnamed,
    )
    torch_problem = ModuleProblem(problem, models, loaded, found, optimizer, metrics, notes)
    dense_problem, training = as_dense_problem(torch_problem, training, template)
    rankable = metric_names(found, loaded, metrics)
    return dense_problem or torch_problem, {
        "training": training,
        "metric": one_of("metric", metric, rankable),
        "stream": "default",
        "defaults": {
            "batch_size": loaded.own_batch,
            "task": None if loaded.task else KINDS.get(found.task.kind),
            "steps": _usual_steps(loaded),
            "record_every": _record_every({"record_every": None}, steps),
            "metric": _metric(None, found, loaded, {}),
            "threshold": threshold,
        },
    }


def metric_names(found: Probe, loaded: ModuleData, own: Mapping[str, Any]) -> list[str]:
    """Return the scores of a trained module, in the order of the table."""
    names = ["train_loss", "train_loss_last_100"]
    if loaded.validation is not None:
        kinds = score_names(found.task)
        if isinstance(loaded.validation, Memory) and not _spread(loaded.validation):
            kinds = [kind for kind in kinds if kind != "r2"]  # there is nothing to explain
        names += [f"validation_{kind}" for kind in kinds]
    return [*names, *own]


def check_importable(study: Study) -> None:
    """Refuse a stored study of what lived in memory only.

    Raises:
        StudyError: its model, data, loss or metrics cannot be imported again.
    """
    module = study.problem.module
    assert module is not None
    for name, value in (("model", module.model), ("data", study.problem.data.get("data"))):
        if value is None:
            raise StudyError(
                f"The study's {name} came from memory and is not in its file; importable ones, "
                f'such as {name}="package.module:name", are.'
            )
    if module.asked.get("metrics") and not all(map(is_reference, module.asked["metrics"])):
        raise StudyError("The study's own metrics came from memory and are not in its file.")
    loss = module.asked.get("loss")
    if loss and not is_reference(loss) and loss not in NAMED:
        raise StudyError(f"The study's loss, {loss}, came from memory and is not in its file.")


def _spread(part: Memory) -> bool:
    return bool((part.target != part.target[0]).any())


def _sources(
    objects: Mapping[str, Any], models: ModelSource, loaded: ModuleData, template: Any
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return digests of the files that define the user's own objects, and which have none."""
    shapes = [f"{name} {tuple(one.shape)} {one.dtype}" for name, one in template.named_parameters()]
    found = {"shapes": hashlib.sha256("\n".join(shapes).encode()).hexdigest()}
    unnamed = [] if models.reference else ["model"]
    if not loaded.digest:
        unnamed.append("data")
    train = loaded.train
    if isinstance(train, Memory) and (not train.shuffle or train.drop_last):  # a DataLoader's
        order = f"shuffle={train.shuffle}, drop_last={train.drop_last}"
        found["batches"] = hashlib.sha256(order.encode()).hexdigest()
    for name, one in objects.items():
        if one is None or name in unnamed or (_is_of_torch(one) and reference_of(one)):
            continue
        if _is_of_torch(one):
            digest = _settings_digest(one)
        else:
            digest = _source_digest(one) if reference_of(one) or name == "model" else None
        if digest is None:
            unnamed.append(name)
        else:
            found[name] = digest
    return found, tuple(unnamed)


def _is_of_torch(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).split(".")[0] == "torch"


def _settings_digest(value: Any) -> str | None:
    """Return the digest of the arguments of one of torch's losses, an object that keeps them."""
    if not isinstance(value, load_torch().nn.Module):
        return None
    kept = {name: one for name, one in vars(value).items() if not name.startswith("_")}
    numbers = {name: one.tolist() for name, one in value.state_dict().items()}
    words = f"{type(value).__qualname__} {sorted(kept.items())} {sorted(numbers.items())}"
    return hashlib.sha256(words.encode()).hexdigest()


def _source_digest(value: Any) -> str | None:
    """Return the digest of the file that defines a function or class; None where there is none."""
    try:
        file = inspect.getsourcefile(value)
        return None if file is None else hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except (TypeError, OSError):
        return None


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


def _data_record(loaded: ModuleData, given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    record: dict[str, Any] = {"data": loaded.reference, "task": loaded.task or KINDS.get(kind)}
    if loaded.n_rows is not None:
        record |= {"n_rows": loaded.n_rows, **{name: given[name] for name in TABLE}}
    elif isinstance(loaded.train, Memory) and isinstance(loaded.validation, Memory):
        record["n_rows"] = len(loaded.train) + len(loaded.validation)
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
