"""The peers' answers about every model -> peers.json; run by the Python of their environment.

    python -m venv peers && peers/bin/pip install -r benchmarks/faults/peers-requirements.txt
    peers/bin/python benchmarks/faults/peers.py --out peers.json

Each peer is called as its manual calls it, with one batch of 64 samples, the targets and the loss,
on a model of its own. A message counts as a cause wherever it can be read as one: the table of each
function below says how, and it reads generously. Two peers warn and fail; they get a line for what
fails and a line for what fails or warns. What is not as the manual has it:

- AnyInit has no call that looks at a network as it is: ``initialize`` draws new weights, and its
  report is about those. It is listed for that report, on a copy of the model.
- neural_net_checklist trains up to 65,536 steps on one batch until the loss is below 1e-4; here it
  is 500 steps and a tenth of the loss of random guessing. For losses other than cross-entropy over
  classes only its checks of gradients and of training are run.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import re
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import anyinit
import syndset
import torch
import torchdiag
import torchtest2
from neural_net_checklist import torch_diagnostics as checklist
from torch import nn

from answers import BATCH, Answer, Answers, write
from cases import Model
from models import SETS

SEED = 0
CHECKLIST_STEPS = 500
Said = tuple[bool, list[str], list[str], str]  # sick, causes, where, words
Lines = tuple[Said, ...]  # of the table; a peer that warns and fails has several


def sample(model: Model) -> tuple[nn.Module, torch.Tensor, object]:
    """Return the model and the batch."""
    x, y = model.problem.batch(torch.arange(BATCH))
    return model.build(SEED), x, y


def of_anyinit(model: Model) -> Lines:
    """Read the report of an initialization by measurement."""
    module, x, _ = sample(model)
    report = anyinit.initialize(copy.deepcopy(module), "empirical", x, seed=SEED)
    try:
        report.assert_healthy()
    except AssertionError as error:
        worst = report.worst_layer
        causes = {
            "converge": "vanishing_signal exploding_signal",
            "prediction": "vanishing_signal exploding_signal",
            "depth-stable": "exploding_signal chaotic",
        }
        named = [causes[key] for key in causes if key in str(error)]
        return ((True, named, [worst.name] if worst else [], str(error)),)
    return ((False, [], [], ""),)


TORCHTEST2 = {
    "forward": "not_finite",
    "output_finite": "not_finite",
    "output_varies": "inputs_indistinguishable",
    "loss": "not_finite",
    "initial_loss": "large_initial_loss saturated_output",
    "gradient_flow": "no_gradient unreached_parameters dead_units dead_output",
    "gradient_magnitude": "exploding_gradient exploding_signal",
    "params_change": "no_gradient vanishing_gradient",
    "input_dependency": "inputs_indistinguishable",
}


def of_torchtest2(model: Model) -> Lines:
    """Run its checks."""
    module, x, y = sample(model)
    report = torchtest2.check_model(module, x, y, loss_fn=model.problem.loss)
    return tuple(torchtest2_said(report, one) for one in (("FAIL",), ("FAIL", "WARN")))


def torchtest2_said(report: torchtest2.Report, statuses: tuple[str, ...]) -> Said:
    """Count these statuses."""
    bad = [one for one in report if one.status.value in statuses]
    where: list[str] = []
    for one in bad:
        for key in ("no_grad", "zero_grad", "zero_gradient", "vanishing_gradient", "non_finite"):
            where += one.details.get(key, [])
        where += re.findall(r"the gradient norm of (\S+) is", one.message)
    named = [TORCHTEST2.get(one.name, "") for one in bad]
    if any(one.name == "gradient_magnitude" and "non_finite" in one.details for one in bad):
        named.append("not_finite")
    return bool(bad), named, where, "; ".join(f"{one.name}: {one.message}" for one in bad)


SYNDSET = {
    "NaN or Inf": "not_finite exploding_gradient",
    "Disconnected or dead": "no_gradient unreached_parameters dead_units",
    "gradient vanishing": "vanishing_gradient",
    "Extremely large gradient": "exploding_gradient exploding_signal",
    "Dimensional collapse": "inputs_indistinguishable identical_units",
    "High dead units": "dead_units saturated_units dead_output",
    "NaN detected": "not_finite",
    "Inf detected": "not_finite exploding_signal",
    "High maximum activation": "exploding_signal large_initial_loss",
    "Loss exploded": "not_finite",
    "zero variance": "constant_weights",
    "abnormally large": "wrong_scale",
    "abnormally small": "wrong_scale",
    "spectral radius": "exploding_signal",
}


def of_syndset(model: Model) -> Lines:
    """Run its audit, and its look at the weights."""
    module, x, y = sample(model)
    report = syndset.audit(module, x, y, loss_fn=model.problem.loss)
    seen = syndset.check_initialization_scale(model.build(SEED))
    tag = {"healthy": "PASS", "warning": "WARN"}.get(seen["status"], "FAIL")
    weights = {"name": "Weights", "tag": tag, "details": seen["issues"]}
    return (
        syndset_said(report.checks, ("FAIL",)),
        syndset_said(report.checks, ("FAIL", "WARN")),
        syndset_said([*report.checks, weights], ("FAIL", "WARN")),
    )


def syndset_said(checks: list[dict], tags: tuple[str, ...]) -> Said:
    """Count these tags."""
    bad = [one for one in checks if one["tag"] in tags]
    text = [str(line) for one in bad for line in one["details"]]
    named = [causes for line in text for key, causes in SYNDSET.items() if key in line]
    lists = [found for line in text for found in re.findall(r"\(([^()]*)\)|'([^']*)'", line)]
    where = [name.strip() for pair in lists for name in ",".join(pair).split(",")]
    return bool(bad), named, where, "; ".join([*(one["name"] for one in bad), *text])


def of_torchdiag(model: Model) -> Lines:
    """Run its three checks of a step, of gradients and of dead units."""
    module, x, y = sample(model)
    loss = model.problem.loss
    dead = torchdiag.check_dead_neurons(module, x)
    loss(module(x), y).backward()
    gradients = torchdiag.check_gradients(module)
    fresh = model.build(SEED)
    trained = [one for one in fresh.parameters() if one.requires_grad]
    step = torchdiag.verify_step(fresh, torch.optim.Adam(trained), loss, x, y)
    words, named, where = [], [], []
    kinds = {
        "no_grad": "unreached_parameters no_gradient",
        "VANISH": "vanishing_gradient no_gradient",
        "EXPLODE": "exploding_gradient exploding_signal",
    }
    for name, seen in gradients.items():
        if seen["status"] != "OK":
            named.append(kinds[seen["status"]])
            where.append(name)
            words.append(f"{name} {seen['status']}")
    for name, seen in dead.items():
        if seen["dead_pct"] > 20:
            named.append("dead_units dead_output")
            where.append(name)
            words.append(f"{name} dead {seen['dead_pct']:.0f} %")
    value = step.get("loss")
    if isinstance(value, float) and not torch.isfinite(torch.tensor(value)):
        named.append("not_finite")
        words.append("loss is not finite")
    if step.get("params_updated") == 0:
        named.append("no_gradient")
        words.append("no parameter changed")
    return ((bool(words), named, where, "; ".join(words)),)


def of_checklist(model: Model) -> Lines:
    """Run its assertions one by one and count those that fail."""
    task = model.problem
    x, y = task.batch(torch.arange(BATCH))
    batch = (x, y)

    def make() -> nn.Module:
        return model.build(SEED)

    options = {"max_steps": CHECKLIST_STEPS, "threshold": 0.1 * task.guess, "loss_fn": task.loss}
    checks: dict[str, Callable[[], object]] = {
        "no_gradient unreached_parameters dead_units dead_output": lambda: (
            checklist.assert_non_zero_gradients(make(), batch)
        ),
        "": lambda: checklist.assert_overfit_to_batch(make(), batch, **options),
        "inputs_indistinguishable": lambda: checklist.assert_input_independent_baseline_worse(
            make, batch, loss_fn=task.loss
        ),
    }
    if task.loss_name == "cross_entropy":
        checks["large_initial_loss"] = lambda: (
            checklist.assert_balanced_classification_cross_entropy_loss_at_init(
                make(), batch, num_classes=task.classes
            )
        )
        checks["saturated_output"] = lambda: (
            checklist.assert_balanced_classification_cross_entropy_init_calibrated(
                make(), batch, num_classes=task.classes
            )
        )
    named, where, words = [], [], []
    for causes, check in checks.items():
        try:
            check()
        except AssertionError as error:
            named.append(causes)
            words.append(str(error))
            where += re.findall(r"Gradient for (\S+) is", str(error))
    return ((bool(words), named, where, "; ".join(words)),)


PEERS: dict[Callable[[Model], Lines], tuple[str, ...]] = {
    of_anyinit: ("anyinit 0.4.0 (its own draw)",),
    of_torchtest2: ("torchtest2 0.1.0, fails", "torchtest2 0.1.0, warns or fails"),
    of_syndset: (
        "syndset 0.2.1, fails",
        "syndset 0.2.1, warns or fails",
        "syndset 0.2.1, and its weights",
    ),
    of_torchdiag: ("torchdiag 0.1.0",),
    of_checklist: ("neural_net_checklist 1.1.0",),
}


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Keep the peers' prints and warnings away."""
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with quiet[0], quiet[1], warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ask(peer: Callable[[Model], Lines], model: Model) -> dict[str, Answer]:
    """Return what a peer says of a model, by line; an error of its own is no answer."""
    fresh = model.build(SEED)
    known = {name for name, _ in (*fresh.named_modules(), *fresh.named_parameters())} - {""}
    torch.manual_seed(SEED)
    begin = time.process_time()
    try:
        with silent():
            lines = peer(model)
    except Exception as error:  # whatever a peer raises is its answer
        spent, said = time.process_time() - begin, f"{type(error).__name__}: {error}"[:400]
        return {line: Answer(None, seconds=round(spent, 4), said=said) for line in PEERS[peer]}
    spent = time.process_time() - begin
    answers = {}
    for line, (sick, causes, where, said) in zip(PEERS[peer], lines, strict=True):
        named = tuple(sorted({word for one in causes for word in one.split()}))
        count = len({one for one in causes if one})  # messages, not what they can be read as
        places = tuple(dict.fromkeys(place for place in where if place in known))
        answers[line] = Answer(sick, named, count, places, round(spent, 4), said[:400])
    return answers


def main() -> None:
    """Ask every peer about every model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=SETS, default="", help="of the models")
    parser.add_argument("--out", type=Path, default=Path("peers.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    answers: Answers = {line: {} for lines in PEERS.values() for line in lines}
    for model in SETS[options.set]:
        for peer in PEERS:
            for line, answer in ask(peer, model).items():
                answers[line][model.name] = answer
        write(answers, options.out)
    for line, of in answers.items():
        sick = sum(one.sick is True for one in of.values())
        none = sum(one.sick is None for one in of.values())
        spent = sum(one.seconds for one in of.values())
        print(f"{line}: {sick} sick, {none} without an answer, {spent:.1f} s", flush=True)


if __name__ == "__main__":
    main()
