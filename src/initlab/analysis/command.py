"""A study and its cells -> the next command line worth trying."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from initlab.analysis.difference import differences
from initlab.analysis.failing import base_rate
from initlab.analysis.init_summary import InitSummary
from initlab.analysis.scoring import score_of
from initlab.analysis.summary import summarize
from initlab.analysis.verdict import Verdict, generalizes, judge, trained_without_score
from initlab.analysis.wording import metric_part
from initlab.datasets.image_sets import IMAGE_SETS
from initlab.records.cell import DIVERGED, Cell
from initlab.records.record import listed
from initlab.records.study import Study
from initlab.settings import OF_THIS_MACHINE, SETTINGS

EQUAL_INPUTS = "All training inputs are equal: no network can tell the samples apart."
NO_OPTION = (  # settings that no option names
    "recipe", "learning_rates", "module", "checksums", "model", "parameters", "outputs", "streamed",
    "metrics", "n_rows",
)  # fmt: skip
NO_OPTION_OF_MODULES = (  # the module decides them
    "layer_dims", "nonlinearity", "loss_form", "dropout", "dtype", "stream", "n_train",
)  # fmt: skip
SPELT_OUT = ("inits", "seeds", "loss")  # said by other words of the command
LARGE_NETWORK = 50_000  # weights: from here on a seed costs seconds
DEFAULT_INIT = "he_normal"
LARGER = 2  # times the first loss: losses of single batches are noisy
LITTLE = 1_000  # steps, where the usual number is not known
MORE_POINTS = 4  # times
MOST_POINTS = 10_000  # training points that are asked for
DROPOUTS = (0.2, 0.5)  # as in the course, and the strongest in use
LONGER = 2  # times the steps
LONGEST = 8  # times the usual steps: more help nothing that has not begun to train
LEAST_RATE = 1e-7  # learning rate below which the rate is not what blows up
SLASHES = "/\\"
LONGEST_NUMBER = 4  # digits of a folder's number; a date has more
FEWER_SEEDS = 10
MANY_SEEDS = 50  # enough for an interval of a few hundredths of accuracy on the circles
MORE_SEEDS = 4  # times: half the standard error
MOST_SEEDS = 500  # a difference that so many do not show hardly matters
A_LOOK = 0.1  # of the usual steps of a user's own study: fewer say little


def next_command(
    study: Study,
    cells: Iterable[Cell],
    report: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    summary: Sequence[InitSummary] | None = None,
    judged: Verdict | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return the command that answers the question this study leaves open.

    The first that applies. Unfinished: the same again. Not trained at all: the usual number of
    steps. A metric without a score in any run that trained: to check it. No score, or nothing
    trained and most runs (or all of one initialization) diverged or ended at twice the loss they
    began with: a smaller learning rate. Nothing trained that holds for new samples: more training
    points, or dropout. Nothing trained: He's initialization too, or more steps. One
    initialization: a second one. Too few seeds: more of them, and more steps where the steps were
    few or an initialization was still improving. An initialization still improving at the end: more
    steps. No winner: more seeds; but of initializations that tie at every seed, the loss. A winner:
    fresh seeds at the chosen rates where these were chosen on the old ones, else other data. More
    steps are twice as many, and at least the usual number.

    Where a part of the data holds too few samples to show that a network trained, the loss on them
    comes first. No chain of these commands comes back to settings it has left: where more of the
    same does not help, the answer is advice in words.

    Args:
        study: the settings.
        cells: its results.
        report: folder of the report; a study that is finished keeps it, and the command names
            another. None for none.
        options: of the command that ran it, by setting: where its runs are kept, its workers, its
            data. They stay, but the name in a store goes where other settings follow.
        summary: what :func:`summarize` returned, where it is already known.
        judged: what :func:`judge` returned, where it is already known.
        notes: of the study; with :data:`EQUAL_INPUTS` among them no settings would help.
    """
    kept = list(cells)
    summary = summarize(study, kept) if summary is None else summary
    judged = judge(study, summary, differences(study, kept)) if judged is None else judged
    failing = judged.kind != "unfinished" and trained_without_score(study, summary)
    if failing and study.training.steps:
        never = "is not a finite number in any run, although some runs trained"
        return f"check the metric {study.metric}, which {never}"
    if judged.kind == "nothing_trained" and EQUAL_INPUTS in notes:
        return "use inputs that differ, because no network can tell samples with equal inputs apart"
    following = _following(study, kept, summary, judged)
    if isinstance(following, str):
        return following
    if report and judged.kind != "unfinished":
        report = _next_folder(report)
    if _lives_in_memory(study):
        return changed_call(study, following)
    left_out = set() if judged.kind == "unfinished" else {"force"}  # another folder needs none
    if following.replace(inits=study.inits, seeds=study.seeds) != study:
        left_out.add("study_name")  # it stands for these settings
    kept_options = {name: value for name, value in (options or {}).items() if name not in left_out}
    return command_line(following, {"out": report, **kept_options})


def command_line(study: Study, options: Mapping[str, Any] | None = None) -> str:
    """Return the shell command that runs a study, naming only what is not default.

    Where the defaults are not known, every setting is named. Of a model or data that live in memory
    only it is the Python call.
    """
    if _lives_in_memory(study):
        return changed_call(study, study)
    problem, settings = study.problem, _settings(study)
    words = ["initlab", "compare", *[problem.recipe] * (problem.recipe != "arrays")]
    if settings.get("inits", ((), ()))[1] != list(study.inits):
        words += [word for init in study.inits for word in ("--init", _for_shell(init))]
    if study.seeds == tuple(range(len(study.seeds))):
        words += ["--seeds", str(len(study.seeds))]
    else:
        for seed in study.seeds:
            words += ["--seed", str(seed)]
    for name, (value, default) in settings.items():
        if name in SPELT_OUT and not (problem.module and name == "loss"):
            continue
        option = "--" + name.replace("_", "-")
        if name == "learning_rate" and study.own_rates:
            for init, rate in study.own_rates.items():
                words += [option, f"{_for_shell(init)}={_number(rate)}"]
        elif name == "learning_rate" and study.learning_rates:
            for rate in study.rates:
                words += [option, _number(rate)]
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
    images = {problem.recipe, problem.data.get("data")} & {*IMAGE_SETS}
    for name, value in (options or {}).items():
        if name in OF_THIS_MACHINE and not images:
            continue  # given to a report; such a study would refuse it
        option = "--" + SETTINGS[name].parameter.replace("_", "-")
        words += [option] * bool(value) + [str(value)] * bool(value and value is not True)
    return shlex.join(words)


def changed_call(study: Study, following: Study) -> str:
    """Return the Python call that follows a study whose model or data live in memory only.

    Its user holds them: the call names what changes and nothing else.
    """
    before, after = _arguments(study), _arguments(following)
    changes = [f"{name}={value!r}" for name, value in after.items() if value != before[name]]
    return f"initlab.compare({', '.join(['...', *changes])})  # other arguments as before"


def _lives_in_memory(study: Study) -> bool:
    module = study.problem.module
    return study.problem.data.get("data", "") is None or (module is not None and not module.model)


def _arguments(study: Study) -> dict[str, Any]:
    """Return the arguments of ``compare``, as a user writes them."""
    found = {name: value for name, (value, _) in _settings(study).items()}
    counted = study.seeds == tuple(range(len(study.seeds)))
    return {
        **found,
        "inits": list(study.inits),
        "seeds": len(study.seeds) if counted else list(study.seeds),
        "learning_rate": dict(study.own_rates)
        or (list(study.rates) if study.learning_rates else study.rates[0]),
    }


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


def _following(
    study: Study, cells: list[Cell], summary: Sequence[InitSummary], judged: Verdict
) -> Study | str:
    """Return the study to run next, or advice where no other settings would help."""
    if judged.kind == "unfinished":
        return study
    if study.training.steps == 0:
        return study.replace(steps=_usual_steps(study) or LITTLE)
    if all((score := _score(study, c)) is None or math.isinf(score) for c in cells):
        return _slower(study)
    if base_rate(study).undecided and any(row.did_train for row in summary):
        return _judged_otherwise(study, cells)
    if judged.kind == "nothing_trained":
        return _training_better(study, cells, summary)
    if len(study.inits) == 1:
        other = DEFAULT_INIT if study.inits[0] != DEFAULT_INIT else "glorot_uniform"
        more = _many(study) > len(study.seeds)
        seeds = _more(study) if more else study.seeds
        return study.replace(inits=(*study.inits, other), seeds=seeds)
    improving = any(row.improving for row in summary)
    if judged.kind == "too_few_seeds":
        own = study.problem.module is not None or study.problem.recipe == "arrays"
        few = own and study.training.steps < A_LOOK * _usual_steps(study)
        steps = _longer(study) if improving or few else study.training.steps
        return study.replace(seeds=_more(study), steps=steps)
    if improving:
        return study.replace(steps=_longer(study))
    if judged.kind == "winner" and len(study.rates) > 1:
        return _confirming(study, cells)
    data, loss = study.problem.data, f"{study.metric.partition('_')[0]}_loss"
    tied = judged.kind == "no_winner" and _tied(study, cells, judged.best)
    if tied and study.metric != loss and loss in cells[0].metrics:
        return study.replace(metric=loss)  # which tells apart what answers alike
    if (judged.kind == "no_winner" and not tied) or "data_seed" not in data:
        count = len(study.seeds)
        if count >= MOST_SEEDS:
            if judged.kind == "winner":
                shown = f"{count:,} seeds show only that it leads on this data"
                return f"try the winner on other data, because {shown}"
            return f"use any of the best inits, because {count:,} seeds do not tell them apart"
        return study.replace(seeds=_more(study))
    data_seed = int(data.get("data_seed") or 0) + 2  # the test points took the next one
    return study.replace(data={**data, "data_seed": data_seed})


def _judged_otherwise(study: Study, cells: Sequence[Cell]) -> Study | str:
    """Return the study judged so that a network can be shown to have trained.

    By the loss, which says more of few samples than right answers do; but samples of a single class
    say nothing by any score, and there must be more of them.
    """
    part, data = study.metric.partition("_")[0], study.problem.data
    loss, count = f"{part}_loss", study.samples[study.metric]
    one_class = study.base_rates[study.metric] in (0.0, 1.0)
    if not one_class and loss in cells[0].metrics:
        return study.replace(metric=loss)
    more = min(MORE_POINTS * count, int(data.get("n_rows") or 0) // 2)
    if part == "validation" and "n_validation" in data and more > count:
        return study.replace(data={**data, "n_validation": more})
    return f"use more {metric_part(study.metric)} samples, with some samples of each class"


def _training_better(
    study: Study, cells: list[Cell], summary: Sequence[InitSummary]
) -> Study | str:
    """Return the study that may train where this one did not.

    Points, dropout and steps only grow, and learning rates only fall, so that a chain of these
    studies never comes back to one that it has left.
    """
    by_init = [[cell for cell in cells if cell.init == init] for init in study.inits]
    if 2 * sum(map(_blew_up, cells)) > len(cells) or any(all(map(_blew_up, c)) for c in by_init):
        return _slower(study)
    data, training = study.problem.data, study.training
    if not generalizes(study, summary):
        points = MORE_POINTS * int(data.get("n_train") or 0)
        ours = study.problem.module is None  # makes as many points as are asked for
        if ours and 0 < points <= MOST_POINTS:
            return study.replace(data={**data, "n_train": points})
        stronger = [rate for rate in DROPOUTS if rate > training.dropout]
        if ours and stronger:
            return study.replace(dropout=stronger[0])
        return "get more training samples, because what the networks learned does not generalize"
    if DEFAULT_INIT not in study.inits:
        own = {**study.own_rates, DEFAULT_INIT: training.learning_rate}
        rates = own if study.own_rates else study.learning_rates
        return study.replace(inits=(*study.inits, DEFAULT_INIT), learning_rates=rates)
    most = LONGEST * (_usual_steps(study) or LITTLE)
    if training.steps >= most:
        return (
            "change the data, the network or the optimizer, "
            f"because {training.steps:,} steps did not help"
        )
    return study.replace(steps=_longer(study))


def _blew_up(cell: Cell) -> bool:
    losses = cell.curve["train_loss"]
    return cell.outcome == DIVERGED or bool(losses and losses[-1] > LARGER * losses[0])


def _slower(study: Study) -> Study | str:
    """Return the study at a tenth of its learning rates."""
    if max(study.every_rate) < LEAST_RATE:
        return (
            "check the data, the network and the loss, "
            f"because runs fail even at learning rates below {LEAST_RATE:g}"
        )
    rates = [float(f"{rate / 10:.6g}") for rate in study.every_rate]
    several: Any = tuple(rates) if len(rates) > 1 else ()
    if study.own_rates:
        several = dict(zip(study.own_rates, rates, strict=True))
    return study.replace(learning_rate=rates[0], learning_rates=several)


def _confirming(study: Study, cells: list[Cell]) -> Study:
    """Return the study with fresh seeds at the rates that were chosen on the old ones."""
    chosen = {cell.init: cell.learning_rate for cell in cells}
    rates = {init: chosen[init] for init in study.inits}
    first = max(study.seeds) + 1
    return study.replace(
        learning_rate=rates[study.inits[0]],
        learning_rates=rates if len({*rates.values()}) > 1 else (),
        seeds=tuple(range(first, first + len(study.seeds))),
    )


def _many(study: Study) -> int:
    quick = study.problem.weight_count < LARGE_NETWORK and study.problem.dense is not None
    return MANY_SEEDS if quick else FEWER_SEEDS


def _more(study: Study) -> tuple[int, ...]:
    return tuple(range(max(MORE_SEEDS * len(study.seeds), _many(study))))


def _usual_steps(study: Study) -> int:
    return int((study.defaults or {}).get("steps") or 0)


def _longer(study: Study) -> int:
    return max(LONGER * study.training.steps, _usual_steps(study))


def _score(study: Study, cell: Cell) -> float | None:
    return score_of(cell, study.metric, higher=study.higher_is_better(study.metric))


def _tied(study: Study, cells: Sequence[Cell], best: Sequence[str]) -> bool:
    """Whether the best initializations have the same score at every seed."""
    scores: dict[int, set[float | None]] = {}
    for cell in cells:
        if cell.init in best:
            scores.setdefault(cell.seed, set()).add(_score(study, cell))
    return len(best) > 1 and all(len(found) == 1 for found in scores.values())


def _next_folder(folder: str) -> str:
    """Return "report-2" after "report", and "report-3" after that."""
    name, dash, number = folder.rstrip(SLASHES).rpartition("-")
    if dash and number.isdecimal() and len(number) < LONGEST_NUMBER:
        return f"{name}-{int(number) + 1}"
    return f"{folder.rstrip(SLASHES)}-2"


def _number(value: float) -> str:
    """Return "0.1" or "1e-05", exactly the same number."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def _option(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def _for_shell(init: str) -> str:
    """Return an init with double quotes, which a shell's single ones can enclose."""
    return init if '"' in init else init.replace("'", '"')
