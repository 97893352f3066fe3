"""``initlab compare``: inits and seeds -> table, verdict, report, JSON."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import with_options
from initlab.errors import refusal

if TYPE_CHECKING:
    from initlab.analysis import Analysis
    from initlab.records import Study
    from initlab.study import LoadedProblem


@with_options
def compare_command(
    *,
    study: str | None,
    init: list[str] | None,
    case: list[str] | None,
    seed: list[int] | None,
    from_: Path | None,
    optimizer_argument: list[str] | None,
    out: Path | None,
    force: bool,
    json_: bool,
    strict: bool,
    workers: int | None,
    **given: Any,
) -> int:
    """Train one network from several inits and seeds, and show which init is best and why.

    [bold]Examples[/bold]

      initlab compare circles
      [dim]the documents' study: zeros, normal(std=10), he_normal at seed 3[/dim]

      initlab compare circles --init zeros --init he_normal --seeds 50 --out report/
      [dim]50 seeds of each, with figures and a page[/dim]

      initlab compare circles --init he_normal --init glorot_uniform --seeds 50 --json
      [dim]one JSON document on standard output[/dim]

      initlab compare curve --case W1=0,B1=0,W2=0,B2=normal --case W1=1,W2=1 --learning-rate 0.1
      [dim]the 1-2-1 network, with an init for each of its parameters[/dim]

      initlab compare fashion-mnist --init he_normal --init torch_default --seeds 3 --out report/
      [dim]the course's 784-256-128-10 network; see also: initlab data[/dim]

      initlab compare --data mine.csv
      [dim]your own table (numbers, the labels in the last column): four inits at six seeds[/dim]

      initlab compare --data houses.csv --label price --task regression --missing drop
      [dim]measurements in place of classes; see also --one-hot and --header[/dim]

      initlab compare mypackage.models:build --data mypackage.data:load --init he_normal --init default
      [dim]any PyTorch module; --data also takes fashion-mnist, digits, .npz and tables[/dim]

      initlab compare --from report/study.json
      [dim]the same study again, exactly[/dim]
    """  # noqa: E501 - commands are for copying
    # late: training code costs time that --help should not
    from initlab.cli.delivery import deliver, deliver_unfinished
    from initlab.comparison import prepare_again, run_study
    from initlab.report.destination import check_folder

    dims = given["layer_dims"]
    given |= {
        "inits": [*(init or []), *(case or [])] or None,
        "seeds": _seeds(given["seeds"], seed),
        "layer_dims": None if dims is None else parse_widths(dims),
        "optimizer_arguments": parse_arguments(optimizer_argument),
        "learning_rate": given["learning_rate"] or None,
        "one_hot": given["one_hot"] or None,
        "final_test": given["final_test"] or None,
        "allow_unknown_data": given["allow_unknown_data"] or None,
    }
    if out is not None:
        check_folder(out, force=force)  # refuse before training, not after
    stored: Analysis | None = None
    if from_ is not None:
        here = {name: given.pop(name) for name in ("data_dir", "allow_unknown_data")}
        stored = _stored(from_, study, given)
        prepared = prepare_again(stored.study, **here)
    else:
        prepared = _prepare(study, given)
    try:
        result = run_study(*prepared, workers=workers, processes=True)
    except KeyboardInterrupt as second:
        if not hasattr(second, "comparison"):
            raise
        result = second.comparison
    except Exception as error:
        finished = getattr(error, "comparison", None)
        if finished is not None and finished.analysis.done_count:
            deliver_unfinished(finished, out=out, force=force, as_json=json_)
        raise
    code = deliver(result, out=out, force=force, as_json=json_, stored=stored)
    if code:
        return code
    diverged = any(cell.outcome == "diverged" for cell in result.cells)
    return 1 if strict and diverged else 0


def parse_widths(text: str) -> list[int]:
    """Turn "2,10,5,1" into widths."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise refusal("layer_dims", "widths separated by commas, such as 2,10,5,1", text) from None


def parse_arguments(texts: list[str] | None) -> dict[str, Any] | None:
    """Turn ["weight_decay=0.01", "amsgrad=True"] into a mapping."""
    if not texts:
        return None
    found: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier():
            raise refusal("optimizer_argument", "of the form name=value", text)
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found[name] = value
    return found


def _seeds(count: int | None, listed: list[int] | None) -> int | list[int] | None:
    if count is not None and listed:
        raise refusal(
            "seeds", "a count (--seeds 50) or a list (--seed 3 --seed 4), not both",
            f"--seeds {count} and --seed {listed[0]}",
        )  # fmt: skip
    return count if count is not None else (listed or None)


def _prepare(study: str | None, given: dict[str, Any]) -> tuple[Study, LoadedProblem]:
    from initlab.comparison import prepare
    from initlab.comparison.recipes import ARRAYS, NAMED

    if study is not None and ":" in study:
        return prepare(None, given, model=study)
    if study is None and given["data"] is None:
        raise refusal("study", "one of " + ", ".join(NAMED), None,
                      hint="For example: initlab compare circles.")  # fmt: skip
    if study is not None and "." in study:
        hint = "A PyTorch module is named package.module:name, with a colon."
        raise refusal("study", "one of " + ", ".join(NAMED), study, hint=hint)
    if study == ARRAYS.name and given["data"] is None:
        raise refusal("data", "given with arrays", None,
                      hint="For example: initlab compare --data mine.csv.")  # fmt: skip
    return prepare(study or "arrays", given)


def _stored(path: Path, study: str | None, given: dict[str, Any]) -> Analysis:
    from initlab.analysis import read_study

    for name, value in {"study": study, **given}.items():
        if value is not None:
            raise refusal(name, "left out with --from", value,
                          hint="The file holds every setting.")  # fmt: skip
    return read_study(path)
