"""The answer: does this network start right? Findings, worst first, and the figures behind them."""

from __future__ import annotations

import math
import textwrap
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.at_init import then_of
from initlab.diagnosis.finding import (
    NOTE,
    SEVERITIES,
    SLOWS,
    STOPS,
    Finding,
    flagged,
    listed,
    percent,
)
from initlab.diagnosis.measurements import (
    DataMeasurement,
    LayerMeasurement,
    Measured,
    Measurements,
    Recurrence,
)
from initlab.diagnosis.runs import DRAWN_BY, TORCH_DEFAULT
from initlab.diagnosis.trial import SOME, TRAINS, Trial
from initlab.networks.anatomy import aligned
from initlab.networks.layer_name import titled
from initlab.numbers import shown
from initlab.validation import listed as listed_words

if TYPE_CHECKING:
    from initlab.initialization.rules import Rules

WIDTH = 88  # of the text
ROWS = 12  # of layers that a screen shows
LEGEND = (
    "units: number of units (of a convolution: output channels); q: mean square of the outputs; "
    "g: mean square of the gradients with respect to the outputs; c: mean correlation between the "
    "outputs for two inputs; varied: share of q that comes from differences between inputs; dead: "
    "share of units that pass no gradient; saturated: share of outputs at which the function that "
    "follows the layer is flat; then: the function that follows the layer (head: no layer with "
    "weights follows; ?: the function is not known)."
)
MEASURED = {  # what the legend does not say
    "dead": "dead and saturated units", "distinct": "number of distinct units",
    "tied": "copies among the units",
    "logit_size": "size of the network's outputs",
    "prior_loss": "loss of the best constant prediction",
    "output_varied": "variation of the network's outputs",
    "update_ratio": "size of the first update relative to the values",
    "attention": "entropy of the attention weights", "trial": "progress in training steps",
    "changes": "which parameters hold the training back",
}  # fmt: skip
NOT_SAID = ("q_theory", "g_theory", "singular_values")  # no verdict rests on them; in the JSON
HEADINGS = ("layer", "role", "units", "q", "g", "c", "varied", "dead", "saturated", "then")
NOT_SHOWN = "..."


@dataclass(frozen=True)
class Diagnosis:
    """What was found in a network before training.

    ``print`` it; a notebook shows it as a table.

    Attributes:
        name: of the network.
        findings: what is wrong or worth knowing, worst first.
        measured: all measurements.
        trial: training steps on copies; None if there were none.
        each: the diagnosis at each seed, if there are several seeds.
    """

    name: str
    findings: tuple[Finding, ...]
    measured: Measurements
    trial: Trial | None = None
    each: tuple[Diagnosis, ...] = ()
    _fix: Callable[[], Rules] | None = field(default=None, repr=False, compare=False)

    @property
    def layers(self) -> tuple[LayerMeasurement, ...]:
        """The figures of every use of every layer, in order of computation."""
        return self.measured.layers

    @property
    def hindering(self) -> tuple[Finding, ...]:
        """The findings that stop or slow training."""
        return tuple(one for one in self.findings if one.hinders)

    @property
    def flagged(self) -> set[str]:
        """Names of the layers where something stops or slows training, for tables and figures."""
        return flagged(self.findings, (one.name for one in self.layers))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Which of forward, backward and correlation were measured nowhere.

        Outputs of 0, of a head that begins at 0, have no correlation to be known.
        """
        return self.measured.unknown

    @property
    def healthy(self) -> bool:
        """Whether nothing stops or slows training, and what decides it was measured."""
        return not self.hindering and (not self.unknown or self._trains)

    @property
    def _trains(self) -> bool:
        return self.trial is not None and self.trial.keeps_up

    @property
    def depth(self) -> int:
        """Number of layers with weights, a layer that is used twice counted twice."""
        return len(self.layers)

    def assert_healthy(self, ignore: Iterable[str] = ()) -> None:
        """Raise AssertionError where something stops or slows training; for tests.

        Args:
            ignore: names of findings that raise no error.

        Example:
            >>> initlab.diagnose(model, x, y).assert_healthy()  # doctest: +SKIP
        """
        from initlab.diagnosis.findings import NAMES
        from initlab.validation import items_of, one_of

        names = items_of("ignore", ignore, "a list of names of findings")
        left = {one_of("ignore", name, [*NAMES], where="assert_healthy") for name in names}
        bad = [one for one in self.hindering if one.name not in left]
        if bad:
            others = f" Also found: {', '.join(one.name for one in bad[1:])}."
            raise AssertionError(f"{self.name}: {bad[0]}{others if bad[1:] else ''}")
        if self.unknown and not self.hindering and not self._trains:
            raise AssertionError(f"{self.name}: {self._unknown_words()}")

    def fix(self) -> Rules:
        """Return the smallest rules that mend the network, for :func:`initlab.initialize`.

        The rules name the parameters that they draw, and keep all others, also constants that were
        chosen on purpose. A second diagnosis, of a copy, has shown that the rules help. Rules with
        ``lsuv`` need ``data=x`` too.

        Example:
            >>> initlab.initialize(model, d.fix(), seed=0, dry_run=True)  # doctest: +SKIP
        """
        from initlab.diagnosis.data import OF_DATA
        from initlab.errors import invalid_argument
        from initlab.initialization.rules import rules

        if self._fix is None:
            raise invalid_argument(
                "diagnosis", "the diagnosis of a PyTorch model", self.name, where="fix"
            )
        of_data = [one for one in self.hindering if one.name in OF_DATA]
        for one in of_data:
            warnings.warn(f"No init mends {one.name}. {one.fix}", RuntimeWarning, stacklevel=2)
        if of_data and of_data == [*self.hindering]:
            return rules({}, default="keep")
        return self._fix()

    def to_record(self) -> dict[str, Any]:
        """Return the diagnosis as JSON types."""
        m = self.measured
        return {
            "name": self.name,
            "healthy": self.healthy,
            "verdict": self.verdict,
            "findings": [one.to_record() for one in self.findings],
            "layers": [_layer_record(one) for one in self.layers],
            "parameters": [
                {key: _number(value) for key, value in vars(one).items()} for one in m.parameters
            ],
            "batch": m.batch,
            "loss": _number(m.loss),
            "loss_name": m.loss_name or None,
            "guess_loss": _number(m.guess_loss),
            "prior_loss": _number(m.prior_loss),
            "output_size": _number(m.logit_size),
            "data": [_data_record(one) for one in m.data],
            "attention": {one.name: _measured(one.entropy) for one in m.attention},
            "recurrent": [_recurrence_record(one) for one in m.recurrent],
            "residual_stream": {name: _number(size) for name, size in m.stream.items()},
            "singular_values": [_number(one) for one in m.singular_values],
            "seeds": [
                {"healthy": one.healthy, "findings": [found.name for found in one.findings]}
                for one in self.each
            ],
            "trial": None if self.trial is None else self.trial.to_record(),
            "passes": m.passes,
            "not_measured": [
                {"what": one.what, "where": list(one.where), "reason": one.reason}
                for one in m.not_measured
            ],
        }

    @property
    def verdict(self) -> str:
        """Healthy or not, to which depth and under which assumptions; of which output."""
        return f"{self._answer()} {self.measured.several_outputs}".rstrip()

    def _answer(self) -> str:
        counts = {one: sum(f.severity == one for f in self.findings) for one in SEVERITIES}
        if self.hindering:
            words = [f"{counts[one]} {'finding' if counts[one] == 1 else 'findings'} "
                     f"{one if counts[one] == 1 else {STOPS: 'stop', SLOWS: 'slow'}[one]} training"
                     for one in (STOPS, SLOWS) if counts[one]]  # fmt: skip
            return f"Not healthy: {' and '.join(words)}."
        if self.unknown and not self._trains:
            return self._unknown_words()
        if self.trial is not None and any(one.severity == NOTE and one.layers
                                          for one in self.findings):  # fmt: skip
            return (
                f"Healthy: the measurements at initialization on {self.measured.batch} show "
                f"nothing that hinders training{self._tried()}. The notes below say what looks "
                "unusual."
            )
        depth = f"the {self.depth} layers" if self.depth > 1 else "the one layer"
        columns = {"gradients": "g", "correlations between samples": "c"}
        seen = ["outputs"] + [
            noun for noun, name in columns.items()
            if any(getattr(one, name) is not None for one in self.layers)
        ]  # fmt: skip
        named = " and ".join(filter(None, (", ".join(seen[:-1]), seen[-1])))
        return (
            f"Healthy: the {named} in {depth}, measured at initialization on "
            f"{self.measured.batch}, show nothing that hinders training{self._tried()}."
        )

    def _tried(self) -> str:
        """Return what the trial adds to that, as far as it shows something."""
        if self.trial is None:
            return "; no training steps were tried"
        if self.trial.outcome != TRAINS and self.trial.is_as_usual:
            return (
                f"; in {self.trial.steps} training steps the network learns about as well as with "
                f"{DRAWN_BY[TORCH_DEFAULT]}"
            )
        if self.trial.outcome != TRAINS and (self.unknown or self.trial.learns_as_much):
            little = "little, but " * (self.trial.own.progress < SOME)
            return (
                f"; in {self.trial.steps} training steps the network learns {little}at least about "
                f"as much as with {self.trial.reference.words}"
            )
        if self.trial.outcome != TRAINS:
            return f"; {self.trial.steps} training steps were too few to confirm this"
        words, steps = self.trial.reference.words, self.trial.steps
        return f"; in {steps} training steps the network learns about as well as with {words}"

    def _unknown_words(self) -> str:
        return f"Health is not known: {self.measured.unknown_words}"

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return the headings and a row of texts per layer; columns that are empty are left out."""
        rows = [_row(one) for one in self.layers]
        shown = [k for k in range(len(HEADINGS)) if any(row[k] for row in rows)]
        return (
            tuple(HEADINGS[k] for k in shown), [tuple(row[k] for k in shown) for row in rows]
        )  # fmt: skip

    def text(self, rows: int | None = ROWS, width: int = WIDTH) -> str:
        """Return the report as text; of many layers those that findings name, first and last."""

        def fill(words: str) -> str:
            return textwrap.fill(words, width)

        headings, lines = self.table()
        blocks = [fill(f"{self.name}: {self.verdict}")]
        blocks += [_paragraph(one, width) for one in self.findings]
        if lines:
            shown = aligned([headings, *self._few(lines, rows)])
            blocks.append("\n".join([*shown, fill(LEGEND)]))
        blocks.append("\n".join(map(fill, self.sentences)))
        return "\n\n".join(block for block in blocks if block)

    def __str__(self) -> str:
        return self.text()

    def _few(self, lines: Sequence[tuple[str, ...]], most: int | None) -> list[tuple[str, ...]]:
        if most is None or len(lines) <= most:
            return list(lines)
        named = {name for one in self.hindering for name in (one.where[:1] + one.where[-1:])}
        half = most // 3
        wanted = {*range(half), *range(len(lines) - half, len(lines))}
        wanted |= {k for k, one in enumerate(self.layers) if one.name in named}
        kept, gap = list[tuple[str, ...]](), (NOT_SHOWN, *[""] * (len(lines[0]) - 1))
        for k, line in enumerate(lines):
            if k in wanted:
                kept.append(line)
            elif kept and kept[-1] != gap:
                kept.append(gap)
        return kept

    @property
    def sentences(self) -> list[str]:
        """What was measured on, the loss, the trial, and what could not be measured."""
        m = self.measured
        passes = "1 pass forward" + " and backward" * (m.passes == 1)
        if m.passes > 1:
            passes = f"{m.passes} passes forward and backward"
        facts = [f"Measured on {m.batch}, in {passes}."]
        if len(self.each) > 1:
            healthy = sum(one.healthy for one in self.each)
            total = len(self.each)
            facts = [f"The network was diagnosed at {total} seeds, and it is healthy at "
                     f"{healthy} of these seeds. The table shows the worst of the {total} "
                     f"diagnoses. {facts[0]}"]  # fmt: skip
        if m.loss is not None:
            constant, answer = m.ignorant_loss
            against = ""
            if constant is not None:
                against = f"; the loss of {answer} is {shown(constant, '.4g')}"
            facts.append(f"The first loss is {shown(m.loss, '.4g')}{against}.")
        if self.trial is not None:
            facts.append(f"{self.trial.words} The trial took {shown(self.trial.seconds, '.2g')} s.")
        for name in dict.fromkeys(one.layer for one in m.recurrent):
            facts.append(_steps([one for one in m.recurrent if one.layer == name]))
        by_reason: dict[str, tuple[list[str], list[str]]] = {}
        for one in m.not_measured:
            if one.what in NOT_SAID:
                continue
            what, where = by_reason.setdefault(one.reason, ([], []))
            what.append(MEASURED.get(one.what, one.what))
            where += one.where
        facts += [
            f"Not measured: {listed_words([*dict.fromkeys(what)])}{' of ' * bool(where)}"
            f"{listed(where)}. {reason}"
            for reason, (what, where) in by_reason.items()
        ]
        return facts

    def _repr_html_(self) -> str:
        import html

        def line(cells: Iterable[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

        headings, rows = self.table()
        found = "".join(
            f"<li><b>{one.severity}</b> {html.escape(one.name)} in {html.escape(one.place)}: "
            f"{html.escape(one.evidence)} {html.escape(one.effect)} <i>{html.escape(one.fix)}</i>"
            for one in self.findings
        )
        body = "\n".join([line(headings, "th"), *(line(row, "td") for row in rows)])
        below = "".join(f"<p>{html.escape(one)}</p>" for one in self.sentences)
        title = html.escape(f"{self.name}: {self.verdict}")
        return f"<p>{title}</p><ul>{found}</ul>\n<table>\n{body}\n</table>{below}"


def _paragraph(one: Finding, width: int) -> str:
    indent = " " * 8
    head = f"{one.severity:<8}{one.name} in {one.place}"
    parts = [f"{one.evidence} {one.effect}", f"Fix: {one.fix}" if one.fix else ""]
    wrapped = [
        textwrap.fill(part, width, initial_indent=indent, subsequent_indent=indent)
        for part in parts if part
    ]  # fmt: skip
    return "\n".join([head, *wrapped])


def _steps(parts: Sequence[Recurrence]) -> str:
    """Return a sentence on the steps of a recurrent layer: of the part that passes least back."""
    one = min(parts, key=lambda part: part.g[0] / part.g[-1] if part.g[-1] else 0.0)
    gates = ", ".join(f"{name} {percent(share)}" for name, share in one.gates.items())
    way = "the gradients are NaN, infinite or 0"
    if one.g and math.isfinite(one.g[0]) and one.g[-1] > 0:
        way = ("the mean square of the gradients goes, on the way back, from "
               f"{shown(one.g[-1], '.2g')} at the last step to {shown(one.g[0], '.2g')} at the "
               "first")  # fmt: skip
    saturated = f"; share of saturated values by gate or state: {gates}" if gates else ""
    return f"Inside {one.place}, over {one.steps}, {way}{saturated}."


def _row(one: LayerMeasurement) -> tuple[str, ...]:
    name = titled(one.name)
    if one.uses > 1:
        name += f" (use {one.use} of {one.uses})"
    shares = ("" if share is None else f"{percent(share)}" for share in (one.dead, one.saturated))
    numbers = ("" if value is None else shown(value.value, ".2g")
               for value in (one.q, one.g, one.c, one.varied))  # fmt: skip
    return (name, one.role, str(one.width), *numbers, *shares, then_of(one))


def _layer_record(one: LayerMeasurement) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for key, value in vars(one).items():
        if isinstance(value, Measured):
            record[key], record[f"{key}_noise"] = _number(value.value), _number(value.noise)
        else:
            record[key] = _number(value)
    return record


def _recurrence_record(one: Recurrence) -> dict[str, Any]:
    series = {name: [_number(value) for value in getattr(one, name)] for name in ("q", "g")}
    return {**vars(one), "gates": dict(one.gates), "closed": dict(one.closed), **series}


def _data_record(one: DataMeasurement) -> dict[str, Any]:
    return {key: _number(value) for key, value in vars(one).items() if key not in ("means", "stds")}


def _measured(one: Measured) -> dict[str, Any]:
    return {"value": _number(one.value), "noise": _number(one.noise)}


def _number(value: Any) -> Any:
    """Return a JSON value; what is not finite is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
