"""Measured signals -> findings: they vanish, explode, or are the same whatever the input is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from initlab.diagnosis.blame import bare_parameters, is_ordinary
from initlab.diagnosis.finding import GENERAL_INIT, SLOWS, STOPS, SUSPECT, Finding, graded, percent
from initlab.diagnosis.measurements import LayerMeasurement, Measurements
from initlab.diagnosis.trend import LEAST, Trend, growing, shrinking
from initlab.networks.anatomy import EMBEDDING
from initlab.networks.layer_name import called
from initlab.numbers import shown

SAME, NEARLY_SAME, LESS = 1e-6, 1e-3, 0.03  # share of q that differs: stops, slows, suspect
AT_ONCE = 3.0  # times what differs in the end: layers that differ in no more lose nothing
ROUNDED = 30.0  # times the rounding of the dtype: below, what differs is rounding
SOME, LARGE, HUGE = 30.0, 1e4, 1e12  # fall or rise of q: suspect, slows, stops
PER_LAYER = 100.0  # in one layer after the other: slows, in a shallow network too
LEAST_VARIED = 0.03  # share that differs between inputs, where they are much alike
STREAM = 30.0  # growth of the residual stream
FAR, FARTHER = 5.0, 30.0  # size of a table's rows, which a row's updates move by the rate
LEAST_NOISE = 0.005  # of a mean square: less is no percent
FITTING = (  # what keeps signals and gradients; gelu and silu have no edge of chaos without biases
    "with the init edge_of_chaos before tanh and sigmoid, for example "
    f"edge_of_chaos(nonlinearity=tanh), and with {GENERAL_INIT} before other nonlinearities"
)
SHARP, SHARPER = 0.6, 0.25  # entropy of attention over that of equal weights


def same_outputs(measured: Measurements) -> Iterator[Finding]:
    """The outputs are the same for all inputs, or nearly so."""
    layers = [(one, one.varied) for one in measured.layers if one.varied is not None]
    if measured.samples < 2 or not layers:
        return
    limit = LESS * min(1.0, max(layers[0][1].value, LEAST_VARIED))
    start = len(layers)
    while start and layers[start - 1][1].value < limit:
        start -= 1
    if start == len(layers):  # the last layer tells inputs apart
        yield from _lost_behind(measured, layers[-1][0])
        return
    (first, from_), (last, to) = layers[start], layers[-1]
    begin = "" if first is last else f"{shown(from_.value, '.2g')} in {called(first.name)} and "
    if last.q is not None and last.q.value == 0 and last.head:
        return  # a head of zeros, which its own gradient moves
    rounding = to.value <= ROUNDED * last.rounding
    severity = STOPS if rounding else graded(1 / to.value, 1 / LESS, 1 / NEARLY_SAME, 1 / SAME)
    before = () if start else bare_parameters(measured)  # what the first layer is given of
    lost = [one for one, _ in layers[start:]]
    if from_.value <= max(AT_ONCE * to.value, ROUNDED * first.rounding):
        lost = lost[:1]  # nothing more is lost behind it
    yield Finding(
        "inputs_indistinguishable", severity or SUSPECT,
        (*before, *_names(lost)),
        f"The share of the outputs' mean square that comes from differences between inputs is "
        f"{begin}{shown(to.value, '.2g')} in {called(last.name)}; rounding alone would give "
        f"{shown(last.rounding, '.1g')}.",
        "All inputs get nearly the same outputs: training first learns a constant prediction, "
        "if it learns anything.",
        f"Draw the weights so that different inputs get different outputs: {FITTING}.",
        layers=_names([one for one, _ in layers if not one.head]),
        explains=("vanishing_gradient", "vanishing_signal"),
    )  # fmt: skip


def _lost_behind(measured: Measurements, last: LayerMeasurement) -> Iterator[Finding]:
    """What follows the last layer with weights makes all outputs equal, and no zero of a gate."""
    varied = measured.output_varied
    gates = [one for one in measured.parameters
             if one.constant == 0 and one.role != "bias" and one.gradient_norm]  # fmt: skip
    if varied is not None and varied.value <= ROUNDED * last.rounding and not gates:
        yield Finding(
            "inputs_indistinguishable", STOPS, (last.name,),
            f"The outputs of the network are the same for all inputs, though the outputs of "
            f"{called(last.name)} are not: the function that follows {called(last.name)} makes the "
            "outputs of the network equal.",
            f"No layer up to {called(last.name)} can learn.",
            f"Check the function that follows {called(last.name)}. For example, normalization over "
            "a single number always gives 0.",
            explains=("kept_zeros",),
        )  # fmt: skip


def lost_to_biases(measured: Measurements) -> Iterator[Finding]:
    """The first outputs are so small that the next biases alone decide what follows.

    Sizes grow from there, but none of them is large: it is the small layer that is wrong.
    """
    layers = [one for one in measured.layers if one.q is not None and one.q.value > 0]
    sizes = [one.q.value for one in layers if one.q is not None]
    rise = growing(sizes) if len(sizes) > 1 else None
    if rise is None or sizes[rise.end] > 1:
        return
    severity = graded(rise.ratio, SOME, LARGE, HUGE)
    if severity:
        yield _sized(
            measured, "vanishing_signal", SUSPECT if measured.normalized else severity, layers,
            sizes, rise,
            "The small outputs hardly count beside the biases of the layers that follow: these "
            "biases, not the inputs, decide the outputs of the network.",
            "Draw larger weights", first_layer=True,
        )  # fmt: skip


def size_of_signals(measured: Measurements) -> Iterator[Finding]:
    """The outputs of layers shrink or grow with depth."""
    known = [
        (one, one.q.value) for one in measured.layers if one.q is not None and one.q.value > 0
    ]  # zeros show as parameters without a gradient
    hidden = [(one, size) for one, size in known if not one.head]
    stopped = bool(hidden) and all(one.g is not None and one.g.value == 0 for one, _ in hidden)
    hidden_by = (" In the outputs of the network, normalization layers hide how large these "
                 "inputs are.")  # fmt: skip
    norms = hidden_by if measured.normalized else ""
    for name, layers, find, effect, by in (
        ("vanishing_signal", hidden, shrinking, "small", "larger"),  # heads may begin at 0
        ("exploding_signal", known, growing, "huge", "smaller"),
    ):
        if len(layers) < 2:
            continue
        sizes = [size for _, size in layers]
        trend = find(sizes)
        change = trend.ratio if find is growing else 1 / max(trend.ratio, LEAST)
        severity = graded(change, SOME, LARGE, HUGE)
        if severity == SUSPECT and trend.steps and change ** (1 / trend.steps) > PER_LAYER:
            severity = SLOWS
        if severity and not (find is growing and sizes[trend.end] <= 1):
            yield _sized(
                measured, name, SUSPECT if norms else severity, [one for one, _ in layers],
                sizes, trend,
                f"Later layers get {effect} inputs"
                + (", and the hidden layers get no gradient." if stopped else
                   f", and the gradients of their weights are proportional to these inputs."
                   f"{norms}"),
                f"Draw {by} weights",
            )  # fmt: skip


def _sized(
    measured: Measurements, name: str, severity: str, layers: Sequence[LayerMeasurement],
    sizes: Sequence[float], trend: Trend, effect: str, change: str, *, first_layer: bool = False,
) -> Finding:  # fmt: skip
    """Return the finding that outputs shrink or grow; with ``first_layer`` its start is guilty."""
    first, last = layers[trend.start], layers[trend.end]
    guilty, one = [*layers[trend.guilty]], ""
    if trend.jump is not None:
        before, after = layers[trend.jump - 1 : trend.jump + 1]
        if first.role == EMBEDDING:
            guilty = [first, after]  # which may be the small one, or the large
        elif is_ordinary(measured, after.name):
            guilty = [before, after]  # what is between them makes the change
        if trend.steps > 1:
            one = f"; most of this change is from {called(before.name)} to {called(after.name)}"
    if first_layer:
        guilty = [first]
    noise = 0.0 if last.q is None else last.q.noise / (last.q.value or 1.0)
    return Finding(
        name, severity, _names(guilty),
        f"The mean square of the outputs goes from {shown(sizes[trend.start], '.2g')} in "
        f"{called(first.name)} to {shown(sizes[trend.end], '.2g')} in {called(last.name)}"
        f"{_give_or_take(noise)}{one}.",
        effect,
        f"{change}, for example with {GENERAL_INIT} or with std = gain / sqrt(fan_in). The gain "
        "depends on the nonlinearity that follows: for ReLU it is sqrt(2).",
        layers=_names(guilty),
    )  # fmt: skip


def _give_or_take(noise: float) -> str:
    """Return the noise of a mean square as words; of a single unit it may be above 100 %."""
    return " (a rough figure, from few units)" if noise >= 1 else (
        f" (±{percent(noise)})" if noise > LEAST_NOISE else "")  # fmt: skip


def fixed_norms(measured: Measurements) -> Iterator[Finding]:
    """Norms use statistics that are not those of their inputs, and never become so."""
    off = {name: size for name, size in measured.fixed_norms.items()
           if not 1 / PER_LAYER < size * size < PER_LAYER}  # fmt: skip
    if off:
        name = max(off, key=lambda one: abs(math.log(max(off[one], LEAST))))
        size = "huge" if off[name] > 1 else "small"
        yield Finding(
            "exploding_signal" if off[name] > 1 else "vanishing_signal", SLOWS, tuple(off),
            f"{called(name)} uses its running statistics in training, but these differ from the "
            "statistics of its inputs: the normalized inputs have root mean square "
            f"{shown(off[name], '.2g')}, not 1.",
            f"The outputs of later layers become {size} too, and no training step corrects the "
            "running statistics.",
            "Put the normalization layer in training mode, or set running_mean and running_var to "
            "the mean and variance of the layer's inputs.", layers=tuple(off),
        )  # fmt: skip


def swamped_norms(measured: Measurements) -> Iterator[Finding]:
    """The epsilon of norms is large beside the variance of their inputs: they do not normalize."""
    off = {name: one for name, one in measured.swamped_norms.items()
           if one[0] ** 2 < 1 / PER_LAYER}  # fmt: skip
    if off:
        name = min(off, key=lambda one: off[one])
        size, epsilon = off[name]
        yield Finding(
            "vanishing_signal", SLOWS, tuple(off),
            f"The epsilon of {called(name)}, {epsilon:g}, is large beside the variance of the "
            f"layer's inputs: the normalized inputs have root mean square {shown(size, '.2g')}, "
            "not 1.",
            "The outputs of the normalization layer are too small, and the gradients are too small "
            "by the same factor.",
            "Give the normalization layer a smaller eps, or draw larger weights for the layer "
            "before it.",
            layers=tuple(off),
        )  # fmt: skip


def residual_stream(measured: Measurements) -> Iterator[Finding]:
    """The residual stream grows from branch to branch."""
    sizes = [*measured.stream.items()]
    if len(sizes) < 3:
        return
    rise = growing([size for _, size in sizes])
    if rise.ratio < STREAM:
        return
    (first, low), (last, high) = sizes[rise.start], sizes[rise.end]
    ends = _names([one for one in measured.layers if one.residual])
    yield Finding(
        "unscaled_residuals", SUSPECT if measured.normalized and rise.ratio < STREAM**2 else SLOWS,
        (sizes[rise.jump][0],) if rise.jump is not None else ends or (last,),
        f"The root mean square of the residual stream grows from {shown(low, '.2g')} after "
        f"{called(first)} to {shown(high, '.2g')} after {called(last)}.",
        "The inputs of later layers grow with depth, and so do the outputs of the network.",
        "Divide the weights of the last layer of each residual branch by the square root of the "
        "number of branches, for example with the init depth_scaled or auto.", layers=ends,
        explains=("exploding_signal",),
    )  # fmt: skip


def large_tables(measured: Measurements) -> Iterator[Finding]:
    """The rows of an embedding are so large that nothing beside them counts, nor moves them.

    A norm after it hides this from the outputs: it shows in what residual branches add to it.
    Without norms all that follows has that size.
    """
    tables = [(one, math.sqrt(one.q.value)) for one in measured.layers
              if one.role == EMBEDDING and one.q is not None and one.use == 1]  # fmt: skip
    large = [(one, size) for one, size in tables if size > FAR]
    if not large:
        return
    worst, size = max(large, key=lambda pair: pair[1])
    added = [math.sqrt(one.q.value) for one in measured.layers if one.residual and one.q]
    beside = (
        f"; residual branches add outputs with root mean square up to {shown(max(added), '.2g')} "
        "to these rows"
        if added else ""
    )  # fmt: skip
    logits = "" if measured.logit_size is None else (
        "; the outputs of the network have root mean square "
        f"{shown(measured.logit_size, '.2g')}"
    )  # fmt: skip
    yield Finding(
        "exploding_signal", graded(size, FAR, FARTHER if measured.normalized else FAR, math.inf),
        _names([one for one, _ in large]),
        f"The rows of {called(worst.name)} have root mean square {shown(size, '.3g')}"
        f"{beside}{logits}.",
        "Training steps hardly change rows that are so large, and outputs that residual branches "
        "add to these rows hardly count.",
        "Draw the embedding with a std between 0.02 and 1, for example normal(std=0.02).",
        layers=_names([one for one, _ in large]),
    )  # fmt: skip


def sharp_attention(measured: Measurements) -> Iterator[Finding]:
    """Attention looks at one position from the beginning."""
    sharp = [one for one in measured.attention
             if one.entropy.value + 2 * one.entropy.noise < SHARP]  # fmt: skip
    if sharp:
        low = min(one.entropy.value for one in sharp)
        yield Finding(
            "sharp_attention", SLOWS if low < SHARPER else SUSPECT,
            tuple(one.name for one in sharp),
            f"The entropy of the attention weights is {shown(low, '.2g')} times the entropy of "
            "equal weights.",
            "The softmax is saturated: almost no gradient reaches queries and keys.",
            "Divide the attention scores by sqrt(d), where d is the width of a key, or draw "
            "smaller weights for the queries and keys.",
            layers=tuple(one.name for one in sharp),
        )  # fmt: skip


def _names(layers: Sequence[LayerMeasurement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in layers))
