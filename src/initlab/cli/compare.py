"""``initlab compare``: starts and seeds -> table, verdict, report, JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from initlab.cli.output import console
from initlab.errors import refusal

if TYPE_CHECKING:
    from initlab.comparison import Comparison
    from initlab.results import StudyRecord

EXAMPLES = """
[bold]Examples[/bold]

  initlab compare circles
  [dim]the documents' study: zeros, normal(std=10), he_normal at seed 3[/dim]

  initlab compare circles --init zeros --init "normal(std=0.01)" --init he_normal --seeds 50 --out report/
  [dim]50 seeds of each, with figures and a page[/dim]

  initlab compare circles --init he_normal --init glorot_uniform --seeds 50 --json
  [dim]one JSON document on standard output[/dim]

  initlab compare --from report/study.json
  [dim]the same study again, exactly[/dim]
"""

NETWORK, TRAINING, DATA, OUTPUT = "Network", "Training", "Data", "Output"


def compare_command(
    context: typer.Context,
    study: Annotated[
        str | None, typer.Argument(help="The study: circles.", show_default=False)
    ] = None,
    init: Annotated[
        list[str] | None,
        typer.Option(
            "--init",
            help='A start, such as he_normal or "normal(std=10)"; repeat for more. '
            "See: initlab inits.",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", help="Number of seeds: 50 means 0 to 49.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option("--seed", help="One seed; repeat to list several.")
    ] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="Run the study in this study.json again.", metavar="FILE"),
    ] = None,
    layer_dims: Annotated[
        str | None,
        typer.Option(
            "--layer-dims",
            help="Widths from input to output (circles: 2,10,5,1).",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    nonlinearity: Annotated[
        str | None,
        typer.Option(
            help="relu, leaky_relu, tanh, sigmoid, elu, gelu, silu, softplus, sin or linear (circles: relu).",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    bias_init: Annotated[
        str | None,
        typer.Option(
            help="Start of every bias; else each start's own, usually zeros.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    dtype: Annotated[
        str | None, typer.Option(help="float64 or float32 (circles: float64).", rich_help_panel=NETWORK)
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(help="gd (full batch), sgd or adam (circles: gd).", rich_help_panel=TRAINING)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Step length, > 0 (circles: 0.01).", rich_help_panel=TRAINING)
    ] = None,
    momentum: Annotated[
        float | None, typer.Option(help="Of sgd, from 0 to below 1.", rich_help_panel=TRAINING)
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(help="Points per step, for sgd and adam.", rich_help_panel=TRAINING),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            help="Share of hidden activations dropped in training.", rich_help_panel=TRAINING
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Number of updates (circles: 15000).", rich_help_panel=TRAINING)
    ] = None,
    loss_form: Annotated[
        str | None,
        typer.Option(
            help="probability (from the rounded output, as in the documents; may be inf) "
            "or logits (stable).",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            help="course (numpy's RandomState, as in the documents) or default "
            "(a stream per parameter).",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    n_train: Annotated[
        int | None, typer.Option(help="Training points (circles: 300).", rich_help_panel=DATA)
    ] = None,
    n_test: Annotated[int | None, typer.Option(help="Test points (circles: 100).", rich_help_panel=DATA)] = None,
    noise: Annotated[
        float | None,
        typer.Option(help="Standard deviation of the points' noise (circles: 0.05).", rich_help_panel=DATA),
    ] = None,
    data_seed: Annotated[
        int | None,
        typer.Option(
            help="Seed of the data (circles: 1). Seeds of the starts leave it alone.", rich_help_panel=DATA
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="Score that ranks the starts: train_loss, test_loss, train_accuracy "
            "or test_accuracy (circles: test_accuracy).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Training loss whose first crossing is reported (circles: 0.3).", rich_help_panel=OUTPUT
        ),
    ] = None,
    record_every: Annotated[
        int | None,
        typer.Option(help="Keep the loss every so many updates (circles: 100).", rich_help_panel=OUTPUT),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write a report here: page, figures, tables, study.json.",
            metavar="FOLDER",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write the report into a folder that holds other things; they stay.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    json_: Annotated[
        bool,
        typer.Option("--json", help="Print the whole study as JSON.", rich_help_panel=OUTPUT),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 1 if a run diverged.", rich_help_panel=OUTPUT),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Threads; one per core if left out. No number depends on it.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
) -> int:
    """Train one network from several starts and seeds, and show which start is best and why."""
    options: dict[str, Any] = {
        "inits": init or None,
        "layer_dims": None if layer_dims is None else parse_widths(layer_dims),
        "nonlinearity": nonlinearity,
        "bias_init": bias_init,
        "dtype": dtype,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "batch_size": batch_size,
        "dropout": dropout,
        "steps": steps,
        "loss_form": loss_form,
        "stream": stream,
        "n_train": n_train,
        "n_test": n_test,
        "noise": noise,
        "data_seed": data_seed,
        "metric": metric,
        "threshold": threshold,
        "record_every": record_every,
        "seeds": _seeds(seeds, seed),
    }
    if out is not None:
        from initlab.report.destination import check_folder

        check_folder(out, force=force)  # refuse before training, not after
    if from_ is not None:
        result, stored = _again(from_, study, options, workers)
    else:
        result, stored = _run(study, options, workers, None if out is None else str(out)), None
    if out is not None:
        result.plot(out, force=force)
    if json_:
        print(result.to_json(), end="")
    else:
        _print(result, out, stored)
    if result.interrupted:
        print("initlab: interrupted; what was done is shown above.", file=sys.stderr)
        return 130
    diverged = any(cell.outcome == "diverged" for cell in result.cells)
    return 1 if strict and diverged else 0


compare_command.__doc__ = f"{compare_command.__doc__}\n{EXAMPLES}"


def parse_widths(text: str) -> list[int]:
    """Turn "2,10,5,1" into widths."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise refusal("layer_dims", "widths separated by commas, such as 2,10,5,1", text) from None


def _seeds(count: int | None, listed: list[int] | None) -> int | list[int] | None:
    if count is not None and listed:
        raise refusal(
            "seeds", "a count (--seeds 50) or a list (--seed 3 --seed 4), not both",
            f"--seeds {count} and --seed {listed[0]}",
        )  # fmt: skip
    return count if count is not None else (listed or None)


def _run(
    study: str | None, options: dict[str, Any], workers: int | None, report: str | None
) -> Comparison:
    from initlab.comparison import RECIPES, make_study, run_study

    if study is None:
        raise refusal("study", "one of " + ", ".join(sorted(RECIPES)), None,
                      hint="For example: initlab compare circles.")  # fmt: skip
    return run_study(make_study(study, options), workers=workers, report=report)


def _again(
    path: Path, study: str | None, options: dict[str, Any], workers: int | None
) -> tuple[Comparison, StudyRecord]:
    from initlab.comparison import compare_again

    given = [name for name, value in options.items() if value is not None]
    if study is not None:
        given.insert(0, "study")
    if given:
        raise refusal(given[0], "left out with --from", options.get(given[0], study),
                      hint="The file holds every setting.")  # fmt: skip
    return compare_again(path, workers=workers)


def _print(result: Comparison, out: Path | None, stored: StudyRecord | None) -> None:
    from rich.text import Text

    screen = console()
    screen.print(result.summary())
    if stored is not None:
        from initlab.comparison.reproduction import reproduction_words

        screen.print(Text.assemble(("Again: ", "bold"), reproduction_words(stored, result.record)))
    if out is not None:
        screen.print(Text.assemble(("Report: ", "bold"), str(out / "index.html")))
    # not wrapped: a command is for copying
    screen.print(Text.assemble(("Next: ", "bold"), result.record.next), soft_wrap=True)
