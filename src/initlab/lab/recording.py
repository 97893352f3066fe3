"""A scene -> the events of its training, one by one: the numbers of the page's pictures.

Everything is trained by :class:`initlab.study.Run` and judged by :mod:`initlab.analysis`; here it
is only put into the page's words.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from initlab.analysis import Analysis, chance_loss, command_line, document
from initlab.analysis.explanation import near_chance
from initlab.errors import InitlabError
from initlab.initialization import Rules, Start, network_distributions, parse_init
from initlab.initializers import Initializer
from initlab.initializers.registry import find
from initlab.lab.frame import Camera, number, steps_of_frames
from initlab.lab.scene import prepared, scene_of, why_untraceable
from initlab.networks.losses import BINARY, CLASSES, TABLE, VALUES
from initlab.networks.metrics import metric_kind
from initlab.records import CANCELLED, Cell, Study
from initlab.report.style import init_colour
from initlab.study import CellDone, CellFailed, Compiling, Frame, Run, expand

Event = tuple[str, dict[str, Any]]
FILE = "study.json"  # the last event: not for the page, but what it saves
TASKS = {BINARY: "binary", CLASSES: "classes", VALUES: "regression"}
MOST_POINTS = 600  # of the data that are drawn
BINS, DENSITY = 30, 60  # bars of the histogram, points of the exact density


def events(scene: Any, stopped: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Train a scene and yield its events: begin, frame, done, end.

    Args:
        scene: see :func:`prepared`.
        stopped: whether to stop; asked between any two events of the training.

    Raises:
        InitlabError: the scene is refused, or a cell fails.
    """
    study, loaded = prepared(scene)
    assert study.problem.dense is not None
    assert loaded.dataset is not None
    kind = metric_kind(study.metric)
    camera = Camera(study.problem.dense, loaded.dataset, None if kind == "loss" else kind)
    steps = steps_of_frames(study.training.steps, camera.frames)
    blocks = expand(study, loaded)
    began = time.monotonic()
    yield "begin", _begin(study, camera, steps, [loaded.draw(block[0]) for block in blocks])
    run = Run(blocks, loaded, workers=len(blocks), frame_every=steps)
    for event in _followed(run, stopped):
        if isinstance(event, Compiling):
            yield "waiting", {"reason": "compiling"}
        elif isinstance(event, Frame):
            panel = study.inits.index(event.spec.init)
            yield "frame", {"panel": panel, "step": event.step, **camera.frame(event.parameters)}
        elif event.cell.outcome != CANCELLED:
            yield "done", _done(study, event.cell)
    yield "end", {"seconds": number(time.monotonic() - began)}
    yield FILE, {"text": document(Analysis(study, run.cells, versions=loaded.versions()))}


def seed_events(
    scene: Any, seeds: int, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Run the study behind a scene from many seeds and yield its events: seed, verdict, end."""
    study, loaded = prepared(scene)
    study = study.replace(seeds=tuple(range(seeds)))
    began = time.monotonic()
    run = Run(expand(study, loaded), loaded, keep=False)
    for event in _followed(run, stopped):
        if isinstance(event, CellDone) and event.cell.outcome != CANCELLED:
            cell = event.cell
            yield "seed", {
                "panel": study.inits.index(cell.init), "init": cell.init, "seed": cell.seed,
                "outcome": cell.outcome, "metric": study.metric,
                "score": number(cell.metrics[study.metric]),
                "loss": number(cell.metrics["train_loss"]),
            }  # fmt: skip
    analysis = Analysis(study, run.cells, versions=loaded.versions(), notes=loaded.notes)
    verdict = _verdict(analysis)
    yield "verdict", verdict
    yield "end", {"seconds": number(time.monotonic() - began)}
    yield FILE, {"text": document(analysis)}


def _followed(run: Run, stopped: Callable[[], bool]) -> Iterator[Compiling | Frame | CellDone]:
    """Yield what a page shows of a run: waiting, frames and cells.

    Raises:
        InitlabError: a cell failed.
    """
    with run:
        for event in _early_steps_first(run):
            if stopped():
                run.stop()
            if isinstance(event, CellFailed):
                raise event.error
            if isinstance(event, Compiling | Frame | CellDone):
                yield event


def _early_steps_first(run: Run) -> Iterator[Any]:
    """Yield a run's events; of the frames that wait, those of the earliest step.

    A network trains faster than its frames are measured: in the order of their coming, the page
    would wait for all frames of one panel before the first of another.
    """
    waiting: list[tuple[float, int, Any]] = []
    order = itertools.count()
    ended = False
    while waiting or not ended:
        while not ended and (run.pending or not waiting):
            event = next(run, None)
            if event is None:
                ended = True
            else:
                heapq.heappush(waiting, (_place(event), next(order), event))
        if waiting:
            yield heapq.heappop(waiting)[-1]


def _place(event: Any) -> float:
    """Return a frame's step; a cell is done behind its frames, and all else is told at once."""
    if isinstance(event, Frame):
        return event.step
    return math.inf if isinstance(event, CellDone) else -1.0


def _begin(
    study: Study, camera: Camera, steps: Sequence[int], networks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    network, data = camera.network, camera.data
    row = TABLE[network.loss]
    planar = network.layer_dims[0] <= 2
    ends = [network.nonlinearity] * (network.depth - 1) + [row.prediction or "linear"]
    names = [str(_untyped(init)) for init in study.inits]  # a typed number changes no colour
    if len({*names}) < len(names):
        names = list(study.inits)
    largest = max(range(1, network.depth + 1), key=lambda k: networks[0][f"W{k}"].size)
    return {
        "scene": scene_of(study),
        "command": command_line(study),
        "task": TASKS[row.targets],
        "chance": chance_loss(study),
        "traceable": why_untraceable(study) is None,
        "frames": list(steps),
        "data": {
            "x": data.x_train[:MOST_POINTS].tolist(),
            "y": data.y_train[:MOST_POINTS].tolist(),
            "extent": camera.extent,
        } if planar else None,
        "layers": [
            {"name": f"W{k}", "units": units, "inputs": inputs, "nonlinearity": end}
            for k, (inputs, units, end) in enumerate(
                zip(network.layer_dims, network.layer_dims[1:], ends, strict=False), start=1
            )
        ],
        "panels": [
            {
                **_named(init), "colour": init_colour(names, panel),
                "histogram": _histogram(study, init, f"W{largest}", networks[panel]),
            }
            for panel, init in enumerate(study.inits)
        ],
    }  # fmt: skip


def _untyped(init: str) -> Start:
    """Return an init without the entries that were typed."""
    start = parse_init(init)
    if not isinstance(start, Rules):
        return start
    kept = tuple(rule for rule in start.rules if rule.entry is None)
    return parse_init(Rules(kept, start.default))


def _named(init: str) -> dict[str, Any]:
    start = _untyped(init)
    if not isinstance(start, Initializer):
        return {"init": init, "formula": init, "paper": ""}
    entry = find(start.name)
    return {"init": init, "formula": entry.formula, "paper": entry.source}


def _histogram(study: Study, init: str, name: str, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the weights of a layer are spread, and their exact density where there is one."""
    network = study.problem.dense
    assert network is not None
    counts, edges = np.histogram(drawn[name], bins=BINS)
    x = np.linspace(edges[0], edges[-1], DENSITY)
    try:
        distributions = network_distributions(init, network.layer_dims, bias_init=study.bias_init)
        density = distributions[name].density(x)
    except InitlabError:  # a method that looks at data
        density = None
    pairs = zip(x, () if density is None else density, strict=False)
    return {
        "layer": name,
        "edges": [number(edge) for edge in edges],
        "counts": counts.tolist(),
        "density": [[number(one) for one in pair] for pair in pairs] or None,
    }


def _done(study: Study, cell: Cell) -> dict[str, Any]:
    panel = study.inits.index(cell.init)
    summary = Analysis(study, [cell]).summary[panel]
    said = [one.name for one in summary.diagnosed.hindering] or ["nothing_found"]
    chance, loss = chance_loss(study), cell.metrics["train_loss"]
    if chance is not None and loss is not None and near_chance(loss, chance):
        said.append("at_chance")
    return {
        "panel": panel,
        "outcome": cell.outcome,
        "metrics": {name: number(one) for name, one in cell.metrics.items()},
        "diverged_step": cell.diverged_step,
        "first_nonfinite": cell.first_nonfinite,
        "sentence": summary.why,
        "said": said,
    }


def _verdict(analysis: Analysis) -> dict[str, Any]:
    study, verdict = analysis.study, analysis.verdict
    rows = []
    for one in analysis.summary:
        scores = one.metrics.get(study.metric)
        middle = None if scores is None else scores.median
        low, high = (None if scores is None else scores.median_ci95) or (None, None)
        rows.append({
            "init": one.init, "median": number(middle), "low": number(low), "high": number(high),
            "failed": len(one.failing), "why": one.why,
            "said": [[finding.name, len(finding.seeds)] for finding in one.diagnosed.hindering],
            "diagnosed": len(one.diagnosed.seeds),
        })  # fmt: skip
    return {
        "headline": str(verdict), "kind": verdict.kind, "best": list(verdict.best),
        "evidence": verdict.evidence, "next": verdict.next, "metric": study.metric,
        "inits": rows, "better": "higher" if study.higher_is_better(study.metric) else "lower",
    }  # fmt: skip
