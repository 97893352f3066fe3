"""Summary and differences -> one of five answers, its evidence, and who may be best."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from initlab.analysis import claims
from initlab.analysis.budget import LOSSES, TRAINING_LOSSES
from initlab.analysis.difference import (
    NO_SIZE,
    Difference,
    agrees,
    detail_words,
    is_tie,
    sides,
    size_of,
)
from initlab.analysis.failing import DEAD, NO_SCORE, NOT_TRAINED, BaseRate
from initlab.analysis.init_summary import InitSummary
from initlab.analysis.paired import FEWEST_FOR_RANKS
from initlab.analysis.samples import narrow_lead, samples_words
from initlab.analysis.statistics import Scores
from initlab.analysis.wording import (
    LINE,
    counted,
    fitted,
    gap_text,
    interval_text,
    metric_label,
    metric_part,
    shown_names,
    value_text,
)
from initlab.networks.metrics import METRICS, metric_kind
from initlab.records.cell import DIVERGED
from initlab.records.study import Study
from initlab.validation import listed

INTERVAL_NOTE = "Intervals and p-values hold for other seeds on the same data, not for other data."
PAIRED_NOTE = (
    "A paired difference compares two inits seed by seed, so it need not equal the gap between "
    "their medians in the table."
)
WINNER_NOTE = (
    "A winner must beat every other init, each in a separate test. Because all of these tests must "
    "succeed, their p-values need no correction. A statement about only one pair of inits uses a "
    "p-value that is corrected for the number of pairs."
)

Kind = Literal["winner", "no_winner", "too_few_seeds", "nothing_trained", "unfinished"]


class Verdict(str):
    """The answer of a study as text, and its parts.

    Attributes:
        kind: which of the five answers.
        best: every initialization that is not shown worse than the best observed, best observed
            first; empty where the study is unfinished or nothing trained.
        evidence: the difference, its interval and the number of seeds, a sentence.
        next: the next command worth trying.
    """

    kind: Kind
    best: tuple[str, ...]
    evidence: str
    next: str

    def __new__(  # noqa: D102
        cls, answer: str, kind: Kind, best: Sequence[str] = (), evidence: str = "", next: str = ""
    ) -> Verdict:
        self = super().__new__(cls, answer)
        self.kind, self.best, self.evidence, self.next = kind, tuple(best), evidence, next
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.kind, self.best, self.evidence, self.next

    def before(self, command: str) -> Verdict:
        """Return the verdict with its next command."""
        return Verdict(str(self), self.kind, self.best, self.evidence, command)

    def to_record(self) -> dict[str, Any]:
        """Return the parts as JSON types."""
        return {
            "kind": self.kind,
            "best": list(self.best),
            "evidence": self.evidence,
            "next": self.next,
        }


def judge(
    study: Study,
    summary: Sequence[InitSummary],
    differences: Sequence[Difference],
    base: BaseRate | None = None,
) -> Verdict:
    """Return the verdict of a study: the first of five answers that applies.

    Args:
        study: the settings.
        summary: what :func:`summarize` returned.
        differences: what :func:`differences` returned.
        base: the best constant prediction, in words; None where it is not known.
    """
    planned = sum(row.planned for row in summary)
    done = planned - sum(row.cancelled for row in summary)
    if done < planned:
        return unfinished(done, planned)
    if base is not None and base.undecided and any(row.did_train for row in summary):
        return _undecided(study, summary, base)
    if not any(row.did_train for row in summary) or not _any_score(study, summary):
        return _nothing_trained(study, summary, base or BaseRate())
    ranked = [row.init for row, _ in ranking(study, summary)]
    ahead = {
        (d.ahead, d.second if d.ahead == d.first else d.first): d.p
        for d in differences
        if d.ahead is not None and d.p is not None and agrees(d)
    }
    rest = [init for init in study.inits if init not in ranked]  # without a score
    overall = next((d.p_overall for d in differences if d.p_overall is not None), 1.0)
    champion = claims.winner([*ranked, *rest], ahead)
    best = claims.best([*ranked, *rest], ahead, overall)
    kind: Kind = "no_winner"
    if champion is not None:
        kind = "winner"
    elif len(study.inits) > 1 and len(study.seeds) < FEWEST_FOR_RANKS:
        kind = "too_few_seeds"
    answer = _answer(study, kind, summary, best, differences)
    evidence = _evidence(study, kind, summary, best, differences)
    return Verdict(answer, kind, best, evidence)


def unfinished(done: int, planned: int) -> Verdict:
    """Return the verdict of a study that is not finished."""
    answer = f"Unfinished: {done:,} of {planned:,} runs are done, so there is no winner yet."
    missing = planned - done
    are = "is" if missing == 1 else "are"
    evidence = (
        f"{counted(missing, 'run')} {are} missing. "
        "The inits will be compared when all runs are done."
    )
    return Verdict(answer, "unfinished", (), evidence)


def seeds_words(study: Study) -> str:
    """Return, before training, why a study cannot name a winner; "" where it can."""
    needed = claims.seeds_needed(len(study.inits), len(study.rates))
    if len(study.seeds) >= needed:
        return ""
    rates = " at several learning rates" if len(study.rates) > 1 else ""
    more = "" if needed >= FEWEST_FOR_RANKS else f", or {FEWEST_FOR_RANKS} if a run diverges"
    few = f"{_seeds(study)} {'is' if len(study.seeds) == 1 else 'are'} too few"
    return f"{few} to name a winner{rates}. At least {needed} seeds are needed{more}."


def generalizes(study: Study, summary: Sequence[InitSummary]) -> bool:
    """Whether what the networks learned may hold for new samples too.

    Where no init trained, that is not so if some of them fit their training data.
    """
    held_out = metric_part(study.metric) != "training"
    return not (held_out and any(row.fits for row in summary))


def trained_without_score(study: Study, summary: Sequence[InitSummary]) -> bool:
    """Whether no run has a score, though some trained to a finite loss: the metric fails."""
    losses = [row.metrics.get("train_loss") for row in summary]
    finite = any(one is not None and math.isfinite(one.min) for one in losses)
    is_loss = study.metric in (*LOSSES, *TRAINING_LOSSES)
    return finite and not is_loss and not _any_score(study, summary)


def ranking(study: Study, summary: Sequence[InitSummary]) -> list[tuple[InitSummary, Scores]]:
    """Return the initializations with a score, best median of the study's metric first.

    Those that trained come before those that did not; of equal medians the better interquartile
    mean comes first.
    """
    scored = [(s, scores) for s in summary if (scores := s.metrics.get(study.metric))]
    sign = -1.0 if study.higher_is_better(study.metric) else 1.0

    def place(pair: tuple[InitSummary, Scores]) -> tuple[bool, float, float]:
        row, scores = pair
        return not row.did_train, sign * scores.median, sign * scores.iqm

    return sorted(scored, key=place)


def median_words(metric: str, scores: Scores) -> str:
    """Return a median with its interval: "93.1 % (95 % interval 91.0 to 94.2 %)"."""
    words = value_text(metric, scores.median)
    if scores.median_ci95 is None or scores.min == scores.max == scores.median:
        return words
    return f"{words} (95 % interval {interval_text(metric, scores.median_ci95)})"


def _any_score(study: Study, summary: Sequence[InitSummary]) -> bool:
    found = (row.metrics.get(study.metric) for row in summary)
    return any(s is not None and not (math.isinf(s.min) and math.isinf(s.max)) for s in found)


def _nothing_trained(study: Study, summary: Sequence[InitSummary], base: BaseRate) -> Verdict:
    runs = sum(row.runs for row in summary)
    failed = Counter(failure.how for row in summary for failure in row.failing)
    if base.words and not generalizes(study, summary):
        return _nothing_generalizes(study, summary, base)

    says = {
        DIVERGED: "diverged", DEAD: "ended with a dead layer", NO_SCORE: "ended without a score",
        NOT_TRAINED: "did not train",
    }  # fmt: skip
    if base.words:  # a score may lie above the constant prediction's, by no more than noise
        says[NOT_TRAINED] = (
            f"{'is' if failed[NOT_TRAINED] == 1 else 'are'} not shown to have trained"
        )
    parts = [f"{failed[how]} {words}" for how, words in says.items() if failed[how]]
    ranked = ranking(study, summary)
    of, counts = counted(runs, "run"), _counts(study)
    evidence = f"Of {of}, {listed(parts)} ({counts})"
    if len(parts) == 1:
        number, words = parts[0].split(" ", 1)
        who = "The run" if runs == 1 else f"{number} of {of}"
        evidence = f"{who} {words} ({counts})"
    if not _any_score(study, summary):
        evidence = f"{failed[DIVERGED]} of {of} diverged ({counts})"
        if runs == 1:
            evidence = f"The run {'diverged' if failed[DIVERGED] else 'did not diverge'} ({counts})"
    elif math.isfinite(ranked[0][1].median):
        median = value_text(study.metric, ranked[0][1].median)
        named = f"{evidence}; the best median {metric_label(study.metric)} is {median}"
        evidence += f"; the best median is {median}"
        evidence = named if len(f"{named}.") <= LINE else evidence
    answer = partial(_why_nothing, study, summary, base, failed[DIVERGED] == runs)
    shown = fitted(answer, metric_label(study.metric))
    return Verdict(shown, "nothing_trained", (), fitted(lambda: f"{evidence}."))


def _why_nothing(
    study: Study, summary: Sequence[InitSummary], base: BaseRate, all_diverged: bool, metric: str
) -> str:
    runs = sum(row.runs for row in summary)
    if runs and all_diverged:
        which = "the run" if runs == 1 else f"all {runs:,} runs"
        return f"Nothing trained: {which} diverged."
    if trained_without_score(study, summary):
        none = f"{metric} is not a finite number in any of them"
        return f"Nothing to rank: some runs trained, but {none}."
    if not _any_score(study, summary):
        return f"Nothing trained: {metric} is NaN or infinite in every run."
    if base.words:
        return f"Nothing trained: no init is shown to beat {base.words} in most runs."
    return "Nothing trained: no init trained in most of its runs."


def _undecided(study: Study, summary: Sequence[InitSummary], base: BaseRate) -> Verdict:
    """Return that no score, however good, could show that a network trained."""
    median = ""
    if (ranked := ranking(study, summary)) and math.isfinite(ranked[0][1].median):
        median = f"; the best median is {value_text(study.metric, ranked[0][1].median)}"

    def evidence(counts: str, kind: str) -> str:
        return f"Even a perfect {kind} could not be shown to beat {base.words}{median}{counts}."

    whole, brief = partial(evidence, f" ({_counts(study)})"), partial(evidence, "")
    shown = fitted(whole, METRICS[metric_kind(study.metric)].label, briefly=brief)
    answer = fitted(lambda: f"No conclusion: {base.undecided}.")
    return Verdict(answer, "nothing_trained", (), shown)


def _nothing_generalizes(study: Study, summary: Sequence[InitSummary], base: BaseRate) -> Verdict:
    answer = f"Nothing generalizes: no init is shown to beat {base.words} in most runs."
    fits, count = sum(row.fits for row in summary), len(summary)
    who = f"{fits} of {count} inits {'fits' if fits == 1 else 'fit'}"
    if fits == count:
        who = {1: "The init fits", 2: "Both inits fit"}.get(count, f"All {count} inits fit")
    best = value_text(study.metric, ranking(study, summary)[0][1].median)
    evidence = fitted(
        lambda by: f"{who} the training data; the best median {by} is {best} ({_counts(study)}).",
        metric_label(study.metric),
    )
    return Verdict(fitted(lambda: answer), "nothing_trained", (), evidence)


def _answer(
    study: Study,
    kind: Kind,
    summary: Sequence[InitSummary],
    best: Sequence[str],
    differences: Sequence[Difference],
) -> str:
    metric, count = metric_label(study.metric), len(study.inits)
    scores = next(s for row, s in ranking(study, summary) if row.init == best[0])
    names = shown_names(study.inits)
    shown = [names[init] for init in best]
    first = shown[0]
    if kind == "winner":
        winner = next(row for row in summary if row.init == best[0])
        where = ""
        if narrow_lead(winner, differences):
            where = f" on these {samples_words(study) or 'samples'}"
        value = value_text(study.metric, scores.median)
        beats = " beats both others" if count == 3 else f" beats all {count - 1} others"
        beats *= count > 2
        return fitted(
            lambda init, by: f"Winner{where}: {init}{beats}, with a median {by} of {value}.",
            first, metric,
        )  # fmt: skip
    if count == 1:
        return fitted(lambda init: f"No winner: {init} is the only init in the comparison.", first)
    if kind == "too_few_seeds":
        seeds = f"{_seeds(study)} do" + "es" * (len(study.seeds) == 1)
        return fitted(
            lambda by: f"Too few seeds: {seeds} not show which of {count} inits is best by {by}.",
            metric,
        )
    if all(d.p is None for d in differences):
        return fitted(
            lambda by: (
                f"No winner: it could not be tested which of {count} inits is best by {by}."
            ),
            metric,
        )  # fmt: skip
    if len(best) == 1:
        return fitted(
            lambda init, by: (
                f"No winner: the lead of {init} in {by} is not distinguishable from noise."
            ),
            first, metric,
        )  # fmt: skip
    if all(is_tie(d) for d in differences if {d.first, d.second} <= {*best}):
        return _naming(lambda who, where: f"No winner: {who} tie{where}.", shown, count, metric)
    against = [d for d in differences if best[0] in sides(d)[1:] and not d.noise]
    if against:  # medians and paired differences do not agree on a leader
        other = names[sides(against[0])[0]]
        return fitted(
            lambda one, two, by: (
                f"No winner: {one} has the best median {by}, but {two} wins the paired test."
            ),
            first, other, metric,
        )  # fmt: skip
    what = "the difference between" if len(best) == 2 else "the differences among"
    are = "is" if len(best) == 2 else "are"
    return _naming(
        lambda who, where: f"No winner: {what} {who}{where} {are} not distinguishable from noise.",
        shown, count, metric,
    )  # fmt: skip


def _naming(words: Callable[[str, str], str], shown: Sequence[str], count: int, metric: str) -> str:
    """Name inits and metric as far as they fit a line; of many inits say how many they are."""
    some = f"all {count}" if len(shown) == count else f"the best {len(shown)} of {count}"
    tries = [
        words(who, where)
        for who in (listed(shown), f"{some} inits")
        for where in (f" in {metric}", "")
    ]
    return next((one for one in tries if len(one) <= LINE), tries[-1])


def _evidence(
    study: Study,
    kind: Kind,
    summary: Sequence[InitSummary],
    best: Sequence[str],
    differences: Sequence[Difference],
) -> str:
    ranked = ranking(study, summary)
    first, scores = ranked[0][0].init, ranked[0][1]
    others = [init for init in (*best, *(s.init for s, _ in ranked), *study.inits) if init != first]
    if not others:
        median = f"is {median_words(study.metric, scores)}, over {_counts(study, ' and ')}"
        return fitted(lambda by: f"The median {by} {median}.", metric_label(study.metric))
    other = others[0]
    d = next(d for d in differences if {d.first, d.second} == {first, other})
    size = size_of(d)
    detail, brief = (
        detail_words(one, _counts(study), corrected=False) for one in (d, replace(d, ci95=None))
    )
    paired = ", paired" * unlike_medians(study, summary, d)
    by = f" by {size}{paired}" if size else NO_SIZE
    names, ahead = shown_names(study.inits), sides(d)[0]
    why = "" if d.p is not None or d.reason is None else f", but {d.reason}"

    def words(one: str, two: str) -> str:
        if kind == "winner" and len(study.inits) > 2 and size:
            return f"Second: {two}, {size} behind{paired}"
        if kind == "winner":
            return f"{two} is {size} behind{paired}" if size else f"The winner beats {two}{by}"
        if is_tie(d):
            return f"{one} and {two} have the same score at every seed"
        if ahead != first or d.difference == 0:  # medians and differences agree on no leader
            return f"{one} and {two} differ{by if size else ''}"
        if size and len(best) == 2 and len(study.seeds) >= FEWEST_FOR_RANKS:
            return f"{one} leads{by}"
        return f"{one} leads {two}{by}"

    def sentence(details: str, one: str, two: str) -> str:
        return f"{words(one, two)}{details}{why}."

    whole, short = partial(sentence, detail), partial(sentence, brief)
    return fitted(whole, names[first], names[other], briefly=short)


def unlike_medians(study: Study, summary: Sequence[InitSummary], d: Difference) -> bool:
    """Whether a difference, which is paired, is shown otherwise than that of the two medians."""
    scores = {row.init: row.metrics.get(study.metric) for row in summary}
    medians = [one.median for one in (scores[d.first], scores[d.second]) if one is not None]
    if d.difference is None or len(medians) < 2 or not all(map(math.isfinite, medians)):
        return False
    gap = medians[0] - medians[1]
    return math.isfinite(d.difference) and (
        gap_text(study.metric, gap) != gap_text(study.metric, d.difference)
        or gap * d.difference < 0
    )


def _seeds(study: Study) -> str:
    return counted(len(study.seeds), "seed")


def _counts(study: Study, between: str = ", ") -> str:
    """Return "6 seeds, 100 test samples": what a score is over."""
    return between.join(words for words in (_seeds(study), samples_words(study)) if words)
