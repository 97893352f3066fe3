"""``initlab trace``: a few steps of a small network -> every quantity: table, JSON, picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import console, print_json
from initlab.errors import refusal
from initlab.settings.kinds import RATE, SEED, WIDTHS
from initlab.settings.names import PLANE
from initlab.settings.table import BATCH, TRACE_STEPS, either

if TYPE_CHECKING:
    from initlab.datasets import Dataset


START_OF = {
    "curve": "--case W1=0,B1=0,W2=0,B2=normal",
    **dict.fromkeys((*PLANE, "boundary"), "--init he_normal"),
}


@explained({
    "study": f"The study: {either(START_OF)}.",
    "init": "One initialization for all weights, such as he_normal.",
    "case": "An initialization per parameter, such as W1=0,B1=0,W2=normal,B2=0; numbers are "
            "constants, biases left out are 0.",
    "steps": ("Number of updates.", TRACE_STEPS),
    "seed": ("Seed of the initialization.", SEED),
    "learning_rate": ("Step length, > 0 (curve: 0.5, circles: 0.01).", RATE),
    "batch_size": ("Points per step, in their order (curve: 32, circles: all).", BATCH),
    "inputs": "Samples of your own, separated by commas: 0.5,0.5. Features of one sample are "
              'separated by semicolons: "0.5;0.1,0.2;0.3" are two samples.',
    "targets": "Their targets, written in the same way; for classes, their numbers.",
    "layer_dims": ("Widths from input to output (curve: 1,2,1; circles: 2,10,5,1).", WIDTHS),
    "nonlinearity": "Between the layers (curve: tanh, circles: relu).",
    "out": ("Write a picture (.svg), a page (.html) or the record (.json) here.", "FILE"),
})  # fmt: skip
def trace_command(
    study: str | None = None,
    *,
    init: str | None = None,
    case: str | None = None,
    steps: int = 1,
    seed: int = 0,
    learning_rate: float | None = None,
    batch_size: int | None = None,
    inputs: str | None = None,
    targets: str | None = None,
    layer_dims: list[int] | None = None,
    nonlinearity: str | None = None,
    stream: str = "course",
    out: Path | None = None,
    json_: bool = False,
) -> None:
    """Follow a few steps number by number: where the error signal dies, what stays equal, why.

    [bold]Examples[/bold]

      initlab trace curve --case W1=0,B1=0,W2=0,B2=0 --steps 2 --batch-size 1 --learning-rate 0.1 --inputs 0.5,0.5 --targets 0.545945946,0.259459459
      [dim]the document's first case, digit by digit: where does the error die?[/dim]

      initlab trace curve --case W1=0,B1=1,W2=0,B2=1 --steps 3 --out trace.html
      [dim]two units that stay copies, as a picture[/dim]

      initlab trace circles --init he_normal --seed 3 --steps 1
      [dim]one step of the 2-10-5-1 network on all 300 points[/dim]

      initlab trace circles --init he_normal --batch-size 1 --inputs "0.5;0.1" --targets 1 --json
      [dim]one sample of two features[/dim]
    """  # noqa: E501 - commands are for copying
    from initlab.comparison.recipes import recipe
    from initlab.files import check_target
    from initlab.initialization import draw_network
    from initlab.networks import DenseNetwork
    from initlab.tracing import trace
    from initlab.tracing.storage import WRITERS
    from initlab.validation import local_file, one_of

    if study is None:
        raise refusal("study", "one of " + ", ".join(START_OF), None,
                      hint="For example: initlab trace curve --case W1=0,W2=0.")  # fmt: skip
    if out is not None:
        check_target(local_file("out", out, endings=WRITERS))  # refuse before the work
    base = recipe(one_of("study", study, sorted(START_OF)))
    usual = base.usual
    start = _start(init, case, START_OF[study])
    dims = usual["layer_dims"] if layer_dims is None else tuple(layer_dims)
    network = DenseNetwork(dims, nonlinearity or usual["nonlinearity"], usual["loss"])
    points = _points(inputs, targets, base.load)
    size = usual["batch_size"] if batch_size is None else batch_size
    result = trace(
        network, draw_network(start, dims, seed=seed, stream=stream), points, steps=steps,
        learning_rate=usual["learning_rate"] if learning_rate is None else learning_rate,
        batch_size=size,
    )  # fmt: skip
    if out is not None:
        result.save(out)
    if json_:
        record = {"ok": True, "study": study, "init": str(start), "seed": seed}
        written = {"out": str(out)} if out is not None else {}
        print_json({**record, **result.to_record(), **written})
        return
    screen = console()
    screen.print(result)
    if out is not None:
        screen.print(f"\nWritten: {out}", markup=False)


def _start(init: str | None, case: str | None, example: str) -> Any:
    from initlab.initialization import parse_start
    from initlab.initialization.case import parse_case

    if (init is None) == (case is None):
        given = None if init is None else f"--init {init} and --case {case}"
        raise refusal("case", "given, or init in its place", given,
                      hint=f"For example: {example}.")  # fmt: skip
    return parse_start(init) if case is None else parse_case(case)


def _points(
    inputs: str | None, targets: str | None, load: Callable[[], Dataset]
) -> tuple[Any, Any]:
    if (inputs is None) != (targets is None):
        missing = "inputs" if inputs is None else "targets"
        raise refusal(missing, "given too: inputs and targets go together", None)
    if inputs is None or targets is None:
        data = load()
        return data.x_train, data.y_train
    y = _samples("targets", targets)
    return _samples("inputs", inputs), [row[0] for row in y] if len(y[0]) == 1 else y


def _samples(argument: str, text: str) -> list[list[float]]:
    """Turn "0.5;0.1,0.2;0.3" into rows, a row per sample."""
    form = 'samples separated by commas, their features by semicolons, such as "0.5;0.1,0.2;0.3"'
    try:
        samples = [[_number(part) for part in sample.split(";")] for sample in text.split(",")]
    except ValueError:
        raise refusal(argument, form, text) from None
    if len({len(sample) for sample in samples}) > 1:
        raise refusal(argument, form, text, hint="Every sample has as many numbers as the first.")
    return samples


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError(text)  # Python reads 1_000; a reader does not
    return float(text)
