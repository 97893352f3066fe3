"""Prints one table: initlab.diagnose, a plain baseline and the peers against the truth.

    python benchmarks/faults/run.py --peers-python peers/bin/python   # peers.py has how to make it
    python benchmarks/faults/run.py                                   # without the peers
    python benchmarks/faults/run.py --list                            # ours, model by model
    python benchmarks/faults/run.py --set held_back                   # models it was not tuned on
    python benchmarks/faults/run.py --only "data and loss"            # one tool of ours

What is printed, for all models, for the calibration half and for the held-out half (a model is held
out when the first byte of its name's SHA-256 is odd; thresholds are chosen on the other half):

- found: models of which truth.csv says that they stop or slow, and the tool that they are sick;
- stops: the same of those that stop;
- cause: found ones of which it names an accepted cause, and how many different things it names per
  sick model, so that naming everything does not win;
- layer: of the sick ones whose fault sits in some layers, those with an accepted cause of which it
  names such a layer, or a parameter or a part of it, and how many places it names for each of them;
- false: models that train and that it calls sick; of them, those built as healthy, those built as
  sick that train all the same, and those with zeros on purpose;
- none: models of which it gave no answer, which counts as calling them healthy;
- ms, worst: median and largest CPU time of a model.

Every tool sees seed 0. With data and loss initlab is given what the baseline trains on, all samples
of the problem: it measures at 256 of them and takes fresh batches of 64 for its steps. With the
inputs alone it sees 64 samples, and so do the peers. A model whose seed 0 is on another side (sick
or training) than the median of its seeds is left out, and so is one without accepted causes from
"cause" and "layer". The baseline trains a copy for 60 steps of 64 samples with Adam at 1e-3, 3e-3
and 1e-2, and says sick when at none of them the mean loss of the last ten steps is below 80 % of
that of random guessing; it names nothing.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from answers import BATCH, Answer, Answers, read
from cases import Model
from models import SETS, held_out
from truth import BATCH as STEP_BATCH
from truth import Row, optimizer, table_of, verdicts
from truth import read as read_table

SEED = 0
BASELINE_STEPS, BASELINE_RATES, BASELINE_LOSS = 60, (1e-3, 3e-3, 1e-2), 0.8


def baseline(model: Model) -> Answer:
    """Train a copy at three rates."""
    task, begin = model.problem, time.process_time()
    ends = []
    for rate in BASELINE_RATES:
        module, seen = model.build(SEED), []
        torch.manual_seed(SEED)
        rule = optimizer("adam", rate, module)
        for _ in range(BASELINE_STEPS):
            x, y = task.batch(torch.randint(len(task.x), (STEP_BATCH,)))
            loss = task.loss(module(x), y)
            seen.append(float(loss.detach()))
            rule.zero_grad()
            if loss.requires_grad:
                loss.backward()
                rule.step()
        ends.append(np.mean(seen[-10:]))
    sick = not np.nanmin([*ends, np.inf]) < BASELINE_LOSS * task.guess
    return Answer(sick, seconds=time.process_time() - begin)


def ours(model: Model, *, data: bool) -> Answer:
    """Ask initlab, with all data and the loss or with the inputs of one batch alone."""
    import initlab

    rows = torch.arange(len(model.problem.x) if data else BATCH)
    x, y = model.problem.batch(rows)
    module = model.build(SEED)
    loss = model.problem.loss_name or model.problem.loss
    begin = time.process_time()
    try:
        seen = initlab.diagnose(module, x, y, loss=loss) if data else initlab.diagnose(module, x)
    except Exception as error:  # no answer, whatever it raises
        spent = time.process_time() - begin
        return Answer(None, seconds=spent, said=f"{type(error).__name__}: {error}")
    spent = time.process_time() - begin
    bad = [one for one in seen.findings if one.severity in ("stops", "slows")]
    names = tuple(dict.fromkeys(one.name for one in bad))
    where = tuple(dict.fromkeys(place for one in bad for place in one.where))
    said = "; ".join(f"{one.name} ({one.severity}) at {', '.join(one.where)[:60]}" for one in bad)
    return Answer(not seen.healthy, names, len(names), where, spent, said)


@dataclass(frozen=True)
class Case:
    """A model with what training says of it."""

    model: Model
    verdict: str

    @property
    def sick(self) -> bool:
        """Whether it stops or slows."""
        return self.verdict != "trains"


def cases(models: Sequence[Model], table: list[Row]) -> tuple[list[Case], list[str]]:
    """Return the models that are judged, and the names of those whose seeds disagree."""
    verdict = verdicts(table)
    at_seed = {row.model: row.verdict for row in table if row.seed == SEED}
    known = [model for model in models if model.name in verdict]
    apart = [
        m.name for m in known if (verdict[m.name] == "trains") != (at_seed[m.name] == "trains")
    ]
    return [Case(m, verdict[m.name]) for m in known if m.name not in apart], apart


def located(model: Model, answer: Answer) -> bool:
    """Return whether an answer names a layer of the fault, or a part of it; not what holds it."""
    return any(
        place == layer or place.startswith(layer + ".")
        for layer, place in itertools.product(model.layers, filter(None, answer.where))
    )


def line(tool: str, answers: dict[str, Answer], judged: Sequence[Case]) -> str:
    """Return a tool's line of the table."""
    asked = [(case, answers[case.model.name]) for case in judged if case.model.name in answers]
    sick = [(case, answer) for case, answer in asked if case.sick]
    stop = [(case, answer) for case, answer in sick if case.verdict == "stops"]
    well = [(case, answer) for case, answer in asked if not case.sick]
    caused = [(case, answer) for case, answer in sick if case.model.causes]
    hits = {
        case.model.name
        for case, answer in caused
        if answer.sick and set(case.model.causes) & set(answer.causes)
    }
    placed = [(case, answer) for case, answer in caused if case.model.layers]
    layers = sum(case.model.name in hits and located(case.model, answer) for case, answer in placed)
    places = statistics.mean([len(answer.where) for _, answer in placed]) if placed else 0.0
    alarms = [case for case, answer in well if answer.sick]
    zeros = [case for case, answer in well if case.model.zeros]

    def found(pairs: list[tuple[Case, Answer]]) -> str:
        return f"{sum(answer.sick is True for _, answer in pairs)}/{len(pairs)}"

    named = statistics.mean([answer.count for _, answer in sick]) if sick else 0.0
    built_sick = sum(case.model.sick for case in alarms)
    on_zeros = f"{sum(case.model.zeros for case in alarms)}/{len(zeros)}"
    none = sum(answer.sick is None for _, answer in asked)
    times = [1000 * answer.seconds for _, answer in asked] or [0.0]
    return (
        f"{tool:34}{found(sick):>8}{found(stop):>8}{f'{len(hits)}/{len(caused)}':>8}{named:7.1f}"
        f"{f'{layers}/{len(placed)}':>8}{places:8.1f}{f'{len(alarms)}/{len(well)}':>8}"
        f"{len(alarms) - built_sick:>8}{built_sick:>8}{on_zeros:>8}{none:>6}"
        f"{statistics.median(times):8.0f}{max(times):8.0f}"
    )


HEAD = (
    f"{'':34}{'found':>8}{'stops':>8}{'cause':>8}{'named':>7}{'layer':>8}{'places':>8}{'false':>8}"
    f"{'healthy':>8}{'built':>8}{'zeros':>8}{'none':>6}{'ms':>8}{'worst':>8}"
)


def details(case: Case, answer: Answer) -> str:
    """Return one line about a model and an answer."""
    right = answer.sick is case.sick
    hit = not case.sick or bool(set(case.model.causes) & set(answer.causes))
    mark = "ok" if right and hit else "CAUSE" if right else "WRONG"
    half = "held out" if held_out(case.model.name) else "calibration"
    return f"{mark:6}{case.verdict:7}{half:12}{case.model.name:48}{answer.said[:160]}"


def asked(python: Path, models: str) -> Answers:
    """Run peers.py in its environment and return the answers."""
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder, "peers.json"), Path(__file__).with_name("peers.py")
        subprocess.run([str(python), str(script), "--set", models, "--out", str(file)], check=True)
        return read(file)


def main() -> None:
    """Ask every tool that there is and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers = parser.add_mutually_exclusive_group()
    peers.add_argument("--peers-python", type=Path, help="the Python of the peers' environment")
    peers.add_argument("--peers", type=Path, help="what peers.py wrote before")
    parser.add_argument("--list", action="store_true", help="what ours says, model by model")
    parser.add_argument("--half", choices=["calibration", "held-out", "both"], default="both")
    parser.add_argument("--set", choices=SETS, default="", help="of the models")
    parser.add_argument("--only", default="", help="tools whose name holds this text")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = read_table(Row, table_of("truth", options.set))
    judged, apart = cases(SETS[options.set], table)
    tools: dict[str, Callable[[Model], Answer]] = {
        "initlab, data and loss": lambda model: ours(model, data=True),
        "initlab, inputs alone": lambda model: ours(model, data=False),
    }
    if not options.list:
        tools["60 steps at three rates"] = baseline
    tools = {name: ask for name, ask in tools.items() if options.only in name}
    answers: Answers = {
        tool: {case.model.name: ask(case.model) for case in judged} for tool, ask in tools.items()
    }
    if options.peers_python:
        answers |= asked(options.peers_python, options.set)
    if options.peers:
        answers |= read(options.peers)
    if options.list:
        for tool in tools:
            print(f"\n{tool}")
            for case in judged:
                print(details(case, answers[tool][case.model.name]))
    halves = {
        "both": judged,
        "calibration": [case for case in judged if not held_out(case.model.name)],
        "held-out": [case for case in judged if held_out(case.model.name)],
    }
    for half, chosen in halves.items():
        if options.half in (half, "both"):
            sick = sum(case.sick for case in chosen)
            print(f"\n{half}: {sick} sick, {len(chosen) - sick} that train\n{HEAD}")
            for tool, of in answers.items():
                print(line(tool, of, chosen))
    print(f"\nleft out, their seeds disagree: {', '.join(apart) or 'none'}")


if __name__ == "__main__":
    main()
