"""Summary and differences -> the sentence a reader takes home: who is best, or why nobody is."""

from __future__ import annotations

from collections.abc import Sequence

from initlab.analysis.difference import Difference
from initlab.analysis.start import StartSummary
from initlab.analysis.statistics import FEWEST_FOR_INTERVAL, Scores, higher_is_better
from initlab.analysis.wording import gap_text, interval_text, metric_label, value_text
from initlab.records.study import Study

INTERVAL_NOTE = "Intervals speak of new starts (seeds) on this same data, not of new data."
FEWEST_WITH_DIVERGED = 20  # below, with diverged runs, intervals of the rest cover too little


def judge(study: Study, summary: Sequence[StartSummary], differences: Sequence[Difference]) -> str:
    """Return the verdict of a study, with what its numbers can and cannot say.

    Args:
        study: the settings.
        summary: what :func:`summarize` returned.
        differences: what :func:`differences` returned.
    """
    planned = sum(start.planned for start in summary)
    done = planned - sum(start.cancelled for start in summary)
    if done < planned:
        return unfinished_words(done, planned)
    ranked = ranking(study, summary)
    if not ranked:
        runs = "The run" if planned == 1 else f"All {planned} runs"
        return f"{runs} diverged: there is no score to compare."
    lost = [start.init for start in summary if not start.finished]
    gone = f"; {_listed(lost)} diverged at every seed" if lost else ""
    best, scores = ranked[0]
    metric = metric_label(study.metric)
    if len(ranked) == 1:
        alone = "there is no other start to compare it with" if not lost else "nothing else is left"
        sentence = (
            f"{best.init} reaches {metric} {spread_words(study.metric, scores)}{gone}: {alone}"
        )
    elif scores.count < FEWEST_FOR_INTERVAL:
        sentence = _few_seeds(study, ranked) + gone
    else:
        sentence = _tested(study, ranked, differences) + gone
    return " ".join([sentence + _diverged_note(best) + ".", *_notes(study, scores)])


def unfinished_words(done: int, planned: int) -> str:
    """Return the verdict of a study that is not finished."""
    return f"{done}/{planned} cells: the study is not finished, so there is no winner yet."


def ranking(study: Study, summary: Sequence[StartSummary]) -> list[tuple[StartSummary, Scores]]:
    """Return the starts that finished at some seed, best mean of the study's metric first."""
    scored = [(s, scores) for s in summary if (scores := s.metrics.get(study.metric))]
    sign = -1.0 if higher_is_better(study.metric) else 1.0
    return sorted(scored, key=lambda pair: sign * pair[1].mean)


def spread_words(metric: str, scores: Scores) -> str:
    """Return mean, worst seed, best seed and interval: one seed's luck must not hide."""
    if scores.count == 1:
        return value_text(metric, scores.mean)
    if scores.min == scores.max:
        return f"{value_text(metric, scores.mean)} at each of {scores.count} seeds"
    worst, best = scores.min, scores.max
    if not higher_is_better(metric):
        worst, best = best, worst
    words = (
        f"mean {value_text(metric, scores.mean)}, but its worst of {scores.count} seeds reached "
    )
    words += f"{value_text(metric, worst)} and its best {value_text(metric, best)}"
    if scores.ci95 is not None:
        words += f" (interquartile mean {value_text(metric, scores.iqm)}, "
        words += f"95 % interval {interval_text(metric, scores.ci95)})"
    return words


def _few_seeds(study: Study, ranked: list[tuple[StartSummary, Scores]]) -> str:
    metric = metric_label(study.metric)
    scores = ranked[0][1]
    top = [start.init for start, other in ranked if other.mean == scores.mean]
    at = f"At seed {study.seeds[0]}" if len(study.seeds) == 1 else f"Over {len(study.seeds)} seeds"
    value = spread_words(study.metric, scores)
    if len(top) > 1:
        lead = f"{at} {_listed(top)} tie in {metric} ({value_text(study.metric, scores.mean)})"
    else:
        second = ranked[1]
        gap = abs(scores.mean - second[1].mean)
        ahead = f"{gap_text(study.metric, gap)} ahead of {second[0].init}"
        lead = f"{at} {top[0]} is best: {metric} {value}, {ahead}"
    if len(study.seeds) == 1:
        return f"{lead}; but one seed cannot tell luck from skill"
    return f"{lead}; but fewer than {FEWEST_FOR_INTERVAL} finished seeds allow no interval or test"


def _tested(
    study: Study, ranked: list[tuple[StartSummary, Scores]], differences: Sequence[Difference]
) -> str:
    metric = metric_label(study.metric)
    best, scores = ranked[0]
    beaten: list[str] = []
    unclear: list[str] = []
    largest = 0.0
    for rival, other in ranked[1:]:
        found = _between(best.init, rival.init, differences)
        if found is not None and found.winner == best.init and found.p_holm is not None:
            gap = abs(other.mean - scores.mean)
            if found.mean_difference is not None:
                gap = abs(found.mean_difference)  # on common seeds
            beaten.append(f"{rival.init} by {gap_text(study.metric, gap)}")
            largest = max(largest, found.p_holm)
        else:
            unclear.append(rival.init)
    value = spread_words(study.metric, scores)
    tail = ""
    if beaten:
        tested = sum(difference.p is not None for difference in differences)
        tail = f"; it beats {_listed(beaten)} (p <= {largest:.2g} after Holm correction over "
        tail += f"{tested} comparison{'s' * (tested != 1)})"
    if not unclear:
        return f"{best.init} is best by {metric}: {value}{tail}"
    if all(other.mean == scores.mean for start, other in ranked if start.init in unclear):
        return f"{_listed([best.init, *unclear])} tie in {metric}: {value}{tail}"
    lead = f"{best.init} has the best mean {metric}: {value}"
    return f"{lead}; but its lead over {_listed(unclear)} cannot be told from noise{tail}"


def _between(a: str, b: str, differences: Sequence[Difference]) -> Difference | None:
    return next((d for d in differences if {d.first, d.second} == {a, b}), None)


def _diverged_note(best: StartSummary) -> str:
    if not best.diverged:
        return ""
    return f"; yet {best.diverged} of the {best.planned} runs of {best.init} diverged"


def _notes(study: Study, scores: Scores) -> list[str]:
    if scores.ci95 is None:
        return []
    notes = [INTERVAL_NOTE]
    if scores.count < min(len(study.seeds), FEWEST_WITH_DIVERGED):
        notes.append(f"With diverged runs and fewer than {FEWEST_WITH_DIVERGED} seeds left, "
                     "the interval is too narrow.")  # fmt: skip
    return notes


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
