"""``initlab show``: one initialization -> its exact distribution, draws from it, a histogram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from initlab.cli.options import explained
from initlab.cli.output import moments_text, print_facts, print_json
from initlab.cli.shape import sizes_of
from initlab.errors import invalid_argument
from initlab.settings.kinds import SEED, whole


@explained({
    "init": 'An initialization, such as he_normal or "normal(std=10)".',
    "shape": "Shape of the weight, outputs x inputs if it is 2-D: 256x784 has 256 outputs and 784 "
             "inputs.",
    "size": ("Number of values to draw, instead of --shape. Only for inits that use neither fan_in "
             "nor fan_out.", whole(1)),
    "in_axis": "Position of the input axis in the shape, counted from 0. Needed if the shape is "
               "not 2-D.",
    "out_axis": "Position of the output axis in the shape, counted from 0. Needed if the shape is "
                "not 2-D.",
    "seed": ("Seed of the random numbers.", SEED),
    "out": ("Write the histogram to this file: .png, .svg or .pdf.", "FILE"),
})  # fmt: skip
def show_command(
    init: str,
    *,
    shape: str | None = None,
    size: int | None = None,
    in_axis: int | None = None,
    out_axis: int | None = None,
    seed: int = 0,
    out: Path | None = None,
    json_: bool = False,
) -> None:
    """Show the exact distribution of an init, and a histogram of values drawn from it.

    [bold]Examples[/bold]

      initlab show he_normal --shape 256x784 --out hist.png
      [dim]a weight of 256 units with 784 inputs: distribution, moments, histogram[/dim]

      initlab show "uniform(low=-3, high=3)" --size 1000 --out hist.png
      [dim]1000 values of a distribution that does not depend on fans[/dim]
    """
    from initlab.initializers import draw, fan_of, parse
    from initlab.initializers.drawing import moments

    if out is not None:
        from initlab.files import check_target
        from initlab.report.image import METADATA
        from initlab.validation import local_file

        check_target(local_file("out", out, endings=METADATA))  # refuse before drawing, not after
    chosen = parse(init)
    dims = _dims(shape, size)
    fan = fan_of(dims, in_axis, out_axis)
    distribution = chosen.distribution(fan)
    if size is not None and distribution != chosen.distribution(fan_of((3, 7))):
        raise invalid_argument("size", "left out for an init that uses fan_in or fan_out", size,
                               where=str(chosen),
                               hint="Give a shape instead, such as --shape 256x784.")  # fmt: skip
    values = draw(chosen, dims, seed=seed, in_axis=in_axis, out_axis=out_axis)
    mean, std = moments(values)
    facts: dict[str, Any] = {
        "init": str(chosen),
        "shape": list(dims),
        "fan_in": fan.fan_in if size is None else None,
        "fan_out": fan.fan_out if size is None else None,
        "law": {"name": type(distribution).__name__, **asdict(distribution)},  # type: ignore[call-overload]
        "mean": distribution.mean,
        "std": distribution.std,
        "drawn_mean": mean,
        "drawn_std": std,
        "seed": seed,
    }
    if out is not None:
        from initlab.report import histogram, save_figure

        title = f"{chosen}, {_sizes(dims)}"
        save_figure(histogram(values, distribution, title=title), out)
        facts["out"] = str(out)
    if json_:
        print_json({"ok": True, **facts})
    else:
        _print(facts)


def _dims(shape: str | None, size: int | None) -> tuple[int, ...]:
    if (shape is None) == (size is None):
        given = None if shape is None else f"--shape {shape} and --size {size}"
        expected = "given without size, or size without shape"
        hint = "For example: --shape 256x784."
        raise invalid_argument("shape", expected, given, got=given or "neither", hint=hint)
    if size is not None:
        return (1, size)
    assert shape is not None
    return sizes_of(shape)


def _sizes(dims: Iterable[int]) -> str:
    return " × ".join(map(str, dims))


def _print(facts: dict[str, Any]) -> None:
    distribution = dict(facts["law"])
    name = distribution.pop("name")
    arguments = ", ".join(f"{key}={value:.6g}" if isinstance(value, float) else f"{key}={value}"
                          for key, value in distribution.items())  # fmt: skip
    fans = f"fan_in {facts['fan_in']}, fan_out {facts['fan_out']}"
    print_facts({
        "init": facts["init"],
        "shape": _sizes(facts["shape"]),
        **({"fans": fans} if facts["fan_in"] is not None else {}),
        "distribution": f"{name}({arguments})",
        "exact": moments_text(facts["mean"], facts["std"]),
        "drawn": f"{moments_text(facts['drawn_mean'], facts['drawn_std'])} (seed {facts['seed']})",
        **({"figure": facts["out"]} if "out" in facts else {}),
    })  # fmt: skip
