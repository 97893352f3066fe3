"""``initlab trace``: a few steps of a small network -> every quantity: table, JSON, picture."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import console, print_json
from initlab.errors import DataError, invalid_argument
from initlab.settings.kinds import RATE, SEED, WIDTHS
from initlab.settings.names import PLANE
from initlab.settings.table import BATCH, TRACE_STEPS
from initlab.validation import listed

if TYPE_CHECKING:
    from initlab.datasets import Dataset


EXAMPLES = {
    "curve": "--case W1=0,B1=0,W2=0,B2=normal",
    **dict.fromkeys((*PLANE, "boundary"), "--init he_normal"),
}


@explained({
    "study": f"The study: {listed([*EXAMPLES], 'or')}.",
    "init": "One initialization for all weights, such as he_normal.",
    "case": "An initialization for each parameter, such as W1=0,B1=0,W2=normal,B2=0. W1=0 "
            "sets all values of W1 to 0. Biases that are not named are 0.",
    "steps": ("Number of updates.", TRACE_STEPS),
    "seed": ("Seed of the initialization.", SEED),
    "learning_rate": ("Learning rate, > 0 (default: 0.5 for curve, 0.1 for spirals, 0.01 for the "
                      "other studies).", RATE),
    "batch_size": ("Number of points per step, taken in order (default: 32 for curve, all points "
                   "for the other studies).", BATCH),
    "inputs": "Your own samples, separated by commas, such as 0.5,0.5. Semicolons separate the "
              'features of one sample: "0.5;0.1,0.2;0.3" means two samples with two features each.',
    "targets": "Targets of your own samples, written like --inputs. In a study with classes, "
               "each target is 0 or 1.",
    "layer_dims": ("Widths of the layers from input to output (default: 1,2,1 for curve; 2,16,16,1 "
                   "for spirals; 2,10,5,1 for the other studies).", WIDTHS),
    "nonlinearity": "Nonlinearity between the layers (default: tanh for curve, relu for the "
                    "other studies).",
    "out": ("Write the trace to this file: a picture (.svg), a page (.html) or JSON (.json).",
            "FILE"),
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
    """Show every number of a few training steps: which gradients are 0, which units stay equal, and why.

    [bold]Examples[/bold]

      initlab trace curve --case W1=0,B1=0,W2=0,B2=0 --steps 2 --batch-size 1 --learning-rate 0.1 --inputs 0.5,0.5 --targets 0.545945946,0.259459459
      [dim]a network that begins at 0, digit by digit: where does the error signal end?[/dim]

      initlab trace curve --case W1=0,B1=1,W2=0,B2=1 --steps 3 --out trace.html
      [dim]two units that stay copies, as a page with a picture[/dim]

      initlab trace circles --init he_normal --seed 3 --steps 1
      [dim]one step of the 2-10-5-1 network on all 300 points[/dim]

      initlab trace circles --init he_normal --batch-size 1 --inputs "0.5;0.1" --targets 1 --json
      [dim]one sample of two features[/dim]
    """  # noqa: E501 - commands are for copying
    from initlab.comparison.recipes import recipe
    from initlab.files import check_target
    from initlab.initialization import draw_network
    from initlab.networks import DenseNetwork
    from initlab.tracing.trace import WRITERS, trace
    from initlab.validation import local_file, one_of

    if study is None:
        hint = "For example: initlab trace curve --case W1=0,W2=0."
        expected = "one of " + ", ".join(EXAMPLES)
        raise invalid_argument("study", expected, None, got="nothing", hint=hint)
    if out is not None:
        check_target(local_file("out", out, endings=WRITERS))  # refuse before the work
    base = recipe(one_of("study", study, sorted(EXAMPLES)))
    defaults = base.defaults
    chosen = _init(init, case, EXAMPLES[study])
    dims = defaults["layer_dims"] if layer_dims is None else tuple(layer_dims)
    network = DenseNetwork(dims, nonlinearity or defaults["nonlinearity"], defaults["loss"])
    points = _points(inputs, targets, base.load)
    size = defaults["batch_size"] if batch_size is None else batch_size
    with _named_as_typed() if inputs else contextlib.nullcontext():
        result = trace(
            network, draw_network(chosen, dims, seed=seed, stream=stream), points, steps=steps,
            learning_rate=defaults["learning_rate"] if learning_rate is None else learning_rate,
            batch_size=size,
        )  # fmt: skip
    if out is not None:
        result.save(out)
    if json_:
        record = {"ok": True, "study": study, "init": str(chosen), "seed": seed}
        written = {"out": str(out)} if out is not None else {}
        print_json({**record, **result.to_record(), **written})
        return
    screen = console()
    screen.print(result)
    if out is not None:
        screen.print(f"\nWritten: {out}", markup=False)


def _init(init: str | None, case: str | None, example: str) -> Any:
    from initlab.initialization import parse_init
    from initlab.initialization.case import parse_case

    if (init is None) == (case is None):
        given = None if init is None else f"--init {init} and --case {case}"
        raise invalid_argument("case", "given without init, or init without case", given,
                               got=given or "neither", hint=f"For example: {example}.")  # fmt: skip
    return parse_init(init) if case is None else parse_case(case)


def _points(
    inputs: str | None, targets: str | None, load: Callable[[], Dataset]
) -> tuple[Any, Any]:
    if (inputs is None) != (targets is None):
        names = ("inputs", "targets")
        missing, other = names if inputs is None else names[::-1]
        raise invalid_argument(missing, f"given together with {other}", None, got="nothing")
    if inputs is None or targets is None:
        data = load()
        return data.x_train, data.y_train
    y = _samples("targets", targets)
    return _samples("inputs", inputs), [row[0] for row in y] if len(y[0]) == 1 else y


@contextlib.contextmanager
def _named_as_typed() -> Iterator[None]:
    """Name inputs and targets in an error as the command does; Python's names are x and y."""
    try:
        yield
    except DataError as error:
        name = {"x": "inputs", "y": "targets"}.get(error.argument or "")
        if name is None or error.expected is None:
            raise
        hint = "Commas separate samples, and semicolons separate the features of one sample."
        raise invalid_argument(
            name, error.expected, error.value, kind=DataError,
            hint=hint * error.expected.startswith("of shape"),
        ) from None  # fmt: skip


def _samples(argument: str, text: str) -> list[list[float]]:
    """Turn "0.5;0.1,0.2;0.3" into rows, a row per sample."""
    form = (
        "numbers, with commas between the samples and semicolons between the features of a "
        'sample, such as "0.5;0.1,0.2;0.3"'
    )
    try:
        samples = [[_number(part) for part in sample.split(";")] for sample in text.split(",")]
    except ValueError:
        raise invalid_argument(argument, form, text) from None
    if len({len(sample) for sample in samples}) > 1:
        raise invalid_argument(
            argument, form, text, hint="All samples must have the same number of features."
        )
    return samples


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError(text)  # Python reads 1_000; a reader does not
    return float(text)
