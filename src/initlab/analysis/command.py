"""A study and its cells -> the next command line worth trying."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from initlab.analysis.budget import still_improving
from initlab.analysis.difference import differences
from initlab.analysis.scoring import score_of
from initlab.analysis.summary import summarize
from initlab.analysis.verdict import Verdict, judge
from initlab.records.cell import DIVERGED, Cell
from initlab.records.record import listed
from initlab.records.study import Study

NO_OPTION = (  # settings that no option names
    "recipe", "learning_rates", "module", "checksums", "model", "parameters", "outputs", "streamed",
    "metrics", "n_rows",
)  # fmt: skip
NO_OPTION_OF_MODULES = (  # the module decides them
    "layer_dims", "nonlinearity", "loss_form", "dropout", "dtype", "stream", "n_train",
)  # fmt: skip
SPELT_OUT = ("inits", "seeds", "loss")  # said by other words of the command
LARGE_NETWORK = 50_000  # weights: from here on a seed costs seconds
USUAL = "he_normal"
LARGER = 2  # times the first loss: losses of single batches are noisy
LITTLE = 1_000  # steps, where the usual number is not known
FEWER_SEEDS = 10
MANY_SEEDS = 50  # enough for an interval of a few hundredths of accuracy on the circles


def next_command(
    study: Study,
    cells: Iterable[Cell],
    report: str | None = None,
    store: str = "",
    study_name: str = "",
    *,
    judged: Verdict | None = None,
    complete: bool = True,
) -> str:
    """Return the command that answers the question this study leaves open.

    The first that applies. Unfinished: the same again. Not trained at all: the usual number of
    steps. No score, or nothing trained and most runs (or all of one initialization) diverged or
    ended at twice the loss they began with: a smaller learning rate. Nothing trained: He's
    initialization too, or twice the steps. One initialization: a second one. Too few seeds: more of
    them. An initialization still improving at the end: twice the steps. No winner: more seeds. A
    winner: fresh seeds where its rate was chosen on these, else other data.

    Args:
        study: the settings.
        cells: its results.
        report: folder of the report, kept with ``--out``; None for none.
        store: file that keeps the runs, kept with ``--store``; "" for none.
        study_name: of the study in it, kept with ``--name`` where the settings stay.
        judged: what :func:`judge` returned, where it is already known.
        complete: whether all cells, at every learning rate, are there.
    """
    kept = list(cells)
    following = _following(study, kept, judged) if complete else study
    if following.replace(inits=study.inits, seeds=study.seeds) != study:
        study_name = ""  # it stands for these settings
    return command_line(following, report, store, study_name)


def command_line(
    study: Study, report: str | None = None, store: str = "", study_name: str = ""
) -> str:
    """Return the shell command that runs a study, naming only what is not default.

    Where the defaults are not known, every setting is named.
    """
    problem, settings = study.problem, _settings(study)
    if problem.data.get("data", "") is None or (problem.module and problem.module.model is None):
        return python_call(study, store, study_name)
    words = ["initlab", "compare", problem.recipe]
    for init in study.inits:
        words += ["--init", init]
    if study.seeds == tuple(range(len(study.seeds))):
        words += ["--seeds", str(len(study.seeds))]
    else:
        for seed in study.seeds:
            words += ["--seed", str(seed)]
    for name, (value, default) in settings.items():
        if name in SPELT_OUT and not (problem.module and name == "loss"):
            continue
        option = "--" + name.replace("_", "-")
        if name == "learning_rate" and study.learning_rates:
            for rate in study.learning_rates:
                words += [option, f"{rate:g}"]
        elif isinstance(value, Mapping):
            for key, item in value.items():
                words += [option.removesuffix("s"), f"{key}={item}"]
        elif value is True and not default:
            words += [option]
        elif name in ("header", "stratify") and value is False:
            words += [] if default is False else [f"--no-{name}"]
        elif name == "one_hot":
            words += [word for column in value or () for word in (option, column)]
        elif value != default and value is not None:
            words += [option, _option(value)]
    for option, value in (("--out", report), ("--store", store), ("--name", study_name)):
        words += [option, value] if value else []
    return shlex.join(words)


def python_call(study: Study, store: str = "", study_name: str = "") -> str:
    """Return the call that runs a study whose model or data live in memory only."""
    words = ["model=..."] * (study.problem.module is not None)
    words += ["data=...", f"inits={list(study.inits)}"]
    counted = study.seeds == tuple(range(len(study.seeds)))
    words.append(f"seeds={len(study.seeds) if counted else list(study.seeds)}")
    for name, (value, default) in _settings(study).items():
        if name == "learning_rate" and study.learning_rates:
            value = list(study.learning_rates)
        if name not in ("inits", "seeds", "data") and value != default and value is not None:
            words.append(f"{name}={value!r}")
    words += [
        f"{name}={one!r}" for name, one in (("store", store), ("study_name", study_name)) if one
    ]
    return f"initlab.compare({', '.join(words)})"


def _settings(study: Study) -> dict[str, tuple[Any, Any]]:
    """Return (value, default) of every setting that has an option."""
    flat = study.settings()
    data, module = flat.pop("data"), flat.pop("module")
    found = {name: listed(value) for name, value in {**flat, **data, **module}.items()}
    if study.defaults is None:
        hidden = (*NO_OPTION, *(NO_OPTION_OF_MODULES if study.problem.module else ("loss",)))
        return {name: (value, None) for name, value in found.items() if name not in hidden}
    defaults = {name: listed(value) for name, value in study.defaults.items()}
    return {
        name: (found.get(name, one), one) for name, one in defaults.items() if name not in NO_OPTION
    }


def _following(study: Study, cells: list[Cell], judged: Verdict | None) -> Study:
    if judged is None:
        judged = judge(study, summarize(study, cells), differences(study, cells))
    if judged.kind == "unfinished":
        return study
    if study.training.steps == 0:
        usual = (study.defaults or {}).get("steps") or LITTLE
        return study.replace(steps=usual)
    if all((score := score_of(c, study.metric)) is None or math.isinf(score) for c in cells):
        return study.replace(learning_rate=_tenth(study))
    if judged.kind == "nothing_trained":
        by_init = [[cell for cell in cells if cell.init == init] for init in study.inits]
        if 2 * sum(map(_blew_up, cells)) > len(cells) or any(
            all(map(_blew_up, c)) for c in by_init
        ):
            return study.replace(learning_rate=_tenth(study))
        if USUAL not in study.inits:
            return study.replace(inits=(*study.inits, USUAL))
        return study.replace(steps=2 * study.training.steps)
    if len(study.inits) == 1:
        other = USUAL if study.inits[0] != USUAL else "glorot_uniform"
        return study.replace(inits=(*study.inits, other), seeds=_more(study, _many(study)))
    if judged.kind == "too_few_seeds":
        return study.replace(seeds=_more(study, _many(study)))
    if any(still_improving(study, [c for c in cells if c.init == init]) for init in study.inits):
        return study.replace(steps=2 * study.training.steps)
    if judged.kind == "winner" and study.learning_rates:
        return _confirming(study, cells)
    data = study.problem.data
    if judged.kind == "no_winner" or "data_seed" not in data:
        return study.replace(seeds=_more(study, 4 * len(study.seeds)))  # half the standard error
    data_seed = int(data.get("data_seed") or 0) + 2  # the test points took the next one
    return study.replace(data={**data, "data_seed": data_seed})


def _blew_up(cell: Cell) -> bool:
    losses = cell.curve["train_loss"]
    return cell.outcome == DIVERGED or bool(losses and losses[-1] > LARGER * losses[0])


def _tenth(study: Study) -> float:
    return float(f"{study.training.learning_rate / 10:.6g}")


def _confirming(study: Study, cells: list[Cell]) -> Study:
    """Return the study with fresh seeds at the rates that were chosen on the old ones."""
    chosen = {cell.learning_rate for cell in cells}
    rates = tuple(rate for rate in study.rates if rate in chosen)
    first = max(study.seeds) + 1
    return study.replace(
        learning_rate=rates[0],
        learning_rates=rates if len(rates) > 1 else (),
        seeds=tuple(range(first, first + len(study.seeds))),
    )


def _many(study: Study) -> int:
    quick = study.problem.weight_count < LARGE_NETWORK and study.problem.dense is not None
    return MANY_SEEDS if quick else FEWER_SEEDS


def _more(study: Study, count: int) -> tuple[int, ...]:
    return study.seeds if len(study.seeds) >= count else tuple(range(count))


def _option(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)
