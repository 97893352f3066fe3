"""Study and its loaded problem -> every cell run, followed and kept: the comparison."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis, seeds_words
from initlab.comparison.comparison import Comparison
from initlab.comparison.estimate import estimated_seconds
from initlab.comparison.keeping import Keeping, failure_notes, kept
from initlab.comparison.progress import ProgressBar, tell
from initlab.errors import StorageError, invalid_argument
from initlab.records import Cell, Study
from initlab.study import Compiling, LoadedProblem, Run, expand
from initlab.study.executors import PROCESSES, THREADS, is_cluster
from initlab.study.expansion import Block
from initlab.study.store.stored_study import failures_in_order

if TYPE_CHECKING:
    from initlab.study.store import Store

WORTH_PROCESSES = 30.0  # seconds of work left: starting PyTorch in a process takes some


def run_study(
    study: Study,
    loaded: LoadedProblem,
    *,
    workers: int | None = None,
    executor: Any = None,
    progress: bool = True,
    processes: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    study_name: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Comparison:
    """Run every cell of a study, or with a store those that are not in it.

    After Ctrl-C, or a termination signal that raises KeyboardInterrupt, the cells in training stop
    at their next step and what is finished is returned; a second one does not wait for them.

    A cell that fails ends the run; with a store it is tried three times and then left out, unless
    none of the first ones can be run.

    Args:
        study: all settings.
        loaded: its problem.
        workers: threads or processes; one per core if None.
        executor: see :func:`compare`.
        progress: show a progress bar, and before it why the study cannot name a winner.
        processes: where no executor is named, use worker processes if threads would wait for one
            another and the study is long enough to pay for them. The main module must then be
            importable without effect, as multiprocessing asks.
        store: keeps the cells.
        study_name: of the study in the store; None for one made of its settings.
        options: further ones of the command that runs the study, for the next one.

    Returns:
        The comparison; after Ctrl-C with what was done so far.

    Raises:
        InitlabError: a cell failed; the error's ``comparison`` holds what was finished before.
        StorageError: the store cannot be used; the same, once training has begun.
        StudyError: the name stands for other settings in the store.
        KeyboardInterrupt: the second one; it has a ``comparison`` too.
    """
    if study_name is not None and store is None:
        raise invalid_argument("study_name", "left out when no store is given", study_name)
    if progress:
        _say_once(seeds_words(study))
    blocks = expand(study, loaded)
    with contextlib.ExitStack() as stack:
        keeping: Keeping | None = None
        if store is not None:
            say = partial(_say, progress)
            keeping = stack.enter_context(
                kept(store, study, loaded, blocks, name=study_name, say=say)
            )
            blocks = keeping.left
        cells, failure, interrupted = _train(
            study, loaded, blocks, keeping, workers=workers, executor=executor,
            progress=progress, processes=processes,
        )  # fmt: skip
    failures = [] if keeping is None else failures_in_order(study, keeping.failures)
    notes = (*loaded.notes, *failure_notes(failures))
    analysis = Analysis(study, cells, versions=loaded.versions(), notes=notes)
    result = Comparison(
        analysis, loaded.dataset, interrupted=interrupted,
        notes=() if keeping is None else keeping.notes(cells),
        options={
            "store": keeping and keeping.store.shown, "study_name": study_name,
            "executor": executor if isinstance(executor, str) and is_cluster(executor) else None,
            "workers": workers, **(options or {}),
        },
    )  # fmt: skip
    if failure is not None:
        failure.comparison = result  # type: ignore[attr-defined]  # of a KeyboardInterrupt
        raise failure
    return result


def _train(
    study: Study, loaded: LoadedProblem, blocks: Sequence[Block], keeping: Keeping | None, *,
    workers: int | None, executor: Any, progress: bool, processes: bool,
) -> tuple[list[Cell], BaseException | None, KeyboardInterrupt | None]:  # fmt: skip
    """Run blocks; return all cells, what ended the run early, and what interrupted it."""
    waits = study.problem.module is not None and loaded.parallel and loaded.reload is not None
    by_processes = processes and executor is None and waits and workers != 1
    first = 1 if by_processes else len(blocks)  # how long does one take?
    waiting = deque(part for part in (blocks[:first], blocks[first:]) if part)
    runs: list[Run] = []
    failure: BaseException | None = None
    interrupted: KeyboardInterrupt | None = None
    keep = loaded.keeps(study.cell_count)
    executor, began = THREADS if executor is None else executor, time.monotonic()
    count = sum(map(len, blocks))
    size = (lambda: 0.0) if keeping is None else keeping.bytes_per_cell
    steps = study.training.steps
    before = 0 if keeping is None else steps * len(keeping.found)
    with ProgressBar(
        steps * count, runs=count, steps_before=before, enabled=progress, run_size=size
    ) as bar:
        if progress and blocks and not is_cluster(executor):
            try:
                seconds = estimated_seconds(
                    blocks[0], loaded, count, workers=workers,
                    compiling=lambda: bar.show(Compiling()),
                )  # fmt: skip
                bar.announce(seconds)
            except KeyboardInterrupt as signal:
                interrupted = signal
        while waiting and not failure and not interrupted:
            part = waiting.popleft()
            try:
                run = Run(
                    part, loaded, workers=workers, executor=executor, keep=keep,
                    stop_on_failure=keeping is None, until_kept=keeping is not None,
                )  # fmt: skip
                runs.append(run)
                interrupted = _follow(run, bar, keeping)
                failure = run.failure if keeping is None else _retry(run, part, keeping, waiting)
            except (KeyboardInterrupt, StorageError) as ended:
                failure = ended
                interrupted = ended if isinstance(ended, KeyboardInterrupt) else None
            left = (time.monotonic() - began) * len(blocks[first:])
            if by_processes and executor != PROCESSES and left > WORTH_PROCESSES:
                executor = PROCESSES
                bar.forget_pace()
    cells = {cell.key: cell for run in runs for cell in run.cells}  # a later try of the same cell
    if keeping is not None:
        if not isinstance(failure, StorageError):
            try:
                keeping.add(cells.values())  # what Ctrl-C kept from being written
            except StorageError as error:
                failure = failure or error
        cells |= {cell.key: cell for cell in keeping.found}
    return list(cells.values()), failure, interrupted


def _retry(
    run: Run, part: Sequence[Block], keeping: Keeping, waiting: deque[Sequence[Block]]
) -> BaseException | None:
    """Let what failed wait for another try; return an error where that is hopeless."""
    attempts = keeping.attempts
    if attempts.hopeless or run.broken:
        return attempts.study_error or run.failure
    again, given_up = attempts.again(part)
    for block in given_up:
        keeping.give_up(block, attempts.errors[block[0].key])
    if again:
        waiting.appendleft(again)
    nothing = not waiting and not keeping.found and attempts.nothing_done
    return run.failure if given_up and nothing else None


def _say(progress: bool, words: str) -> None:
    if progress:
        tell(f"initlab: {words}")


@cache
def _say_once(words: str) -> None:
    if words:
        tell(words)


def _follow(run: Run, bar: ProgressBar, keeping: Keeping | None) -> KeyboardInterrupt | None:
    """Follow a run to its end; return what interrupted it."""
    interrupted: KeyboardInterrupt | None = None
    with run:
        while True:
            try:
                for event in run:
                    bar.show(event)
                    if keeping is not None:
                        run.kept(keeping.hear(event, more=run.pending))
                        if keeping.attempts.hopeless:
                            run.stop()
            except KeyboardInterrupt as signal:
                if interrupted is not None:
                    raise
                interrupted = signal
                run.stop()
            else:
                return interrupted
