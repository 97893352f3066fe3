"""``initlab compare``: inits and seeds -> table, verdict, report, JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import with_options
from initlab.errors import StorageError, invalid_argument
from initlab.settings import OF_THIS_MACHINE, settings_of
from initlab.settings.setting import RUN
from initlab.validation import left_out

if TYPE_CHECKING:
    from initlab.analysis import Analysis
    from initlab.records import Study
    from initlab.study import LoadedProblem


@with_options
def compare_command(
    *,
    study: str | None,
    case: list[str] | None,
    seed: list[int] | None,
    from_: Path | None,
    out: Path | None,
    force: bool | None,
    json_: bool | None,
    strict: bool | None,
    **given: Any,
) -> int:
    """Train one network from several inits and seeds, and show which init is best and why.

    [bold]Examples[/bold]

      initlab compare circles
      [dim]points of two circles; the inits zeros, normal(std=10) and he_normal, at seed 3[/dim]

      initlab compare circles --init zeros --init he_normal --seeds 50 --out report/
      [dim]50 seeds of each init, and a report: a page with figures[/dim]

      initlab compare circles --init he_normal --init glorot_uniform --seeds 50 --json
      [dim]one JSON document on standard output[/dim]

      initlab compare curve --case W1=0,B1=0,W2=0,B2=normal --case W1=1,W2=1 --learning-rate 0.1
      [dim]the 1-2-1 network, with an init for each of its parameters[/dim]

      initlab compare fashion-mnist --init he_normal --init torch_default --seeds 3 --out report/
      [dim]a 784-256-128-10 network on images; see also: initlab data[/dim]

      initlab compare --data mine.csv
      [dim]your own table of numbers, with the labels in the last column; four inits at six seeds[/dim]

      initlab compare --data houses.csv --label price --task regression --missing drop
      [dim]a regression; see also --one-hot and --header[/dim]

      initlab compare mypackage.models:build --data mypackage.data:load --init he_normal --init default
      [dim]any PyTorch module; --data also takes fashion-mnist, digits, .npz files and tables[/dim]

      initlab compare circles --seeds 200 --store studies.db
      [dim]every finished run is kept; after a stop, the same command trains the rest[/dim]

      initlab compare circles --seeds 100 --cluster local --workers 2
      [dim]on two worker processes of Dask; --cluster tcp://scheduler:8786 for several machines[/dim]

      initlab compare --from report/study.json
      [dim]train a stored study again, exactly; a study in a store: --from studies.db#NAME[/dim]
    """  # noqa: E501 - commands are for copying
    # late: training code costs time that --help should not
    from initlab.cli.delivery import deliver, deliver_unfinished, keep_elsewhere
    from initlab.cli.output import say
    from initlab.comparison import prepare_again, run_study
    from initlab.report.destination import check_folder
    from initlab.study.executors import check_executor, is_cluster

    given["inits"] = [*(given["inits"] or []), *(case or [])] or None
    given["seeds"] = _seeds(given["seeds"], seed)
    run = {name: given.pop(name) for name in settings_of(RUN) if name in given}
    store, as_json, force = run["store"], bool(json_), bool(force)
    if run["executor"] is not None:
        if not is_cluster(run["executor"]):
            expected = '"local", or the address of a Dask scheduler such as tcp://scheduler:8786'
            raise invalid_argument("executor", expected, run["executor"])
        check_executor(run["executor"])
    if out is not None:
        check_folder(out, force=force)  # refuse before training, not after
    here = {name: given[name] for name in OF_THIS_MACHINE}
    stored: Analysis | None = None
    if from_ is not None:
        stored = _stored(from_, study, {k: one for k, one in given.items() if k not in here})
        prepared = prepare_again(stored.study, **here)
    else:
        prepared = _prepare(study, given)
    try:
        result = run_study(
            *prepared, **run, processes=True, options={**here, "force": force, "strict": strict}
        )
    except KeyboardInterrupt as second:
        if not hasattr(second, "comparison"):
            raise
        result = second.comparison
    except Exception as error:
        finished = getattr(error, "comparison", None)
        if finished is not None and finished.analysis.done_count:
            deliver_unfinished(finished, out=out, force=force, as_json=as_json)
            if store is not None and isinstance(error, StorageError) and out is None:
                say(keep_elsewhere(finished, Path(store)))
        raise
    code = deliver(result, out=out, force=force, as_json=as_json, stored=stored)
    if code:
        return code
    failed = not result.analysis.complete  # nothing else leaves runs out
    diverged = any(cell.outcome == "diverged" for cell in result.cells)
    return 1 if failed or (strict and diverged) else 0


def _seeds(count: int | None, listed: list[int] | None) -> int | list[int] | None:
    if count is not None and listed:
        raise invalid_argument(
            "seeds", "a count (--seeds 50) or a list (--seed 3 --seed 4), not both",
            f"--seeds {count} and --seed {listed[0]}",
        )  # fmt: skip
    return count if count is not None else (listed or None)


def _prepare(study: str | None, given: dict[str, Any]) -> tuple[Study, LoadedProblem]:
    from initlab.comparison import prepare
    from initlab.comparison.recipes import ARRAYS, NAMED, recipe

    if study is not None and ":" in study:
        return prepare(None, given, model=study)
    if study is None and given["data"] is None:
        raise invalid_argument("study", "one of " + ", ".join(NAMED), None, got="nothing",
                               hint="For example: initlab compare circles.")  # fmt: skip
    if study is not None and "." in study:
        hint = (
            "A PyTorch module is named package.module:name or file.py:name, with a colon. A file "
            "of data is given with --data."
        )
        raise invalid_argument("study", "one of " + ", ".join(NAMED), study, hint=hint)
    if study == ARRAYS.name and given["data"] is None:
        raise invalid_argument(
            "data", 'given, because the study "arrays" has no data of its own', None, got="nothing",
            hint="For example: initlab compare --data mine.csv.",
        )  # fmt: skip
    return prepare(recipe(study or "arrays").name, given)


def _stored(path: Path, study: str | None, given: dict[str, Any]) -> Analysis:
    from initlab.comparison.stored import read_analysis

    left_out(
        {"study": study, **given},
        "with --from",
        hint="The file given with --from holds every setting.",
    )
    return read_analysis(path)
