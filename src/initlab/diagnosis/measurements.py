"""What one forward and backward pass shows of a network, layer by layer; no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from initlab.networks.anatomy import WEIGHT, Anatomy
from initlab.networks.layer_name import called
from initlab.validation import listed

ESSENTIAL = {  # what has to be measured before a network is called healthy
    "q": "outputs", "g": "gradients", "c": "correlations between samples",
}  # fmt: skip
TARGETS = "targets"
GUESSING, BEST_CONSTANT = "random guessing", "the best constant prediction"


@dataclass(frozen=True)
class Measured:
    """A number, and how much of it may be noise of this batch and this width.

    Attributes:
        value: the number.
        noise: standard error, in the same units.
    """

    value: float
    noise: float = 0.0


@dataclass(frozen=True)
class NotMeasured:
    """What could not be measured, and why.

    Attributes:
        what: name of the measurement, such as "g" or "loss".
        reason: one sentence.
        where: layers or parameters that it concerns; none for the whole network.
    """

    what: str
    reason: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerMeasurement:
    """One use of one layer with weights, in order of computation.

    Outputs are those of the layer itself, before the nonlinearity that follows. Units are output
    features or channels; whatever else their outputs have (samples, positions) is a point.

    Attributes:
        name: qualified name of the layer; or of the parameter, where a function takes one of
            several weights that a module holds itself.
        role: of :mod:`initlab.networks.anatomy`.
        kind: name of its class.
        use: number of this use, from 1.
        uses: how often the layer is used.
        width: number of units.
        points: number of points per unit.
        nonlinearity: name of what follows; "" for nothing, None where that is not known.
        head: whether no weight comes after it.
        residual: whether its outputs are added to what its branch began from.
        q: forward second moment: mean square of the outputs; None where they are not finite.
        g: backward second moment: mean square of the derivative of a sample's loss with respect to
            the outputs; None where no gradient was asked for.
        c: correlation: mean cosine between the outputs for two different samples; None with one
            sample.
        varied: share of q that differs from sample to sample: mean variance of a unit's outputs
            at a position over the samples (over n, not n - 1), over q; 0 where every input gives
            the same outputs.
        rounding: the share of q that rounding alone makes, in the dtype of the outputs.
        dead: share of units whose nonlinearity passes no gradient at any point; None where unknown.
        saturated: share of (unit, point) pairs whose slope is below 1 % of the largest.
        units: number of units whose incoming weights are compared; 0 where they cannot be.
        distinct: how many of them differ in incoming weights or bias.
        distinct_up_to_sign: how many differ after scaling and sign are taken out.
        tied: how many units gradients can never tell apart from another one, as far as is known:
            equal incoming weights, and equal gradients at this batch, also after the steps that
            were tried.
        nonfinite: how many of its outputs are NaN or infinite.
        q_theory: mean-field q, where the network up to here is a plain one; else None.
        g_theory: the same of g, up to one factor for the whole network.
        c_theory: the same of c.
        histogram: counts of the outputs over their root mean square, in equal bins from -4 to 4,
            those beyond in the outermost ones; empty where not measured.
        dropout: largest share that is dropped between it and the next weights in training; nothing
            is while it is measured.
    """

    name: str
    role: str
    kind: str
    use: int
    uses: int
    width: int
    points: int
    nonlinearity: str | None
    head: bool
    residual: bool
    q: Measured | None
    g: Measured | None
    c: Measured | None
    varied: Measured | None
    rounding: float
    dead: float | None
    saturated: float | None
    units: int
    distinct: int
    distinct_up_to_sign: int
    tied: int
    nonfinite: int
    q_theory: float | None = None
    g_theory: float | None = None
    c_theory: float | None = None
    histogram: tuple[int, ...] = ()
    dropout: float = 0.0


@dataclass(frozen=True)
class ParameterMeasurement:
    """One trained parameter.

    Attributes:
        name: qualified name.
        layer: name of its layer, as :class:`LayerMeasurement` has it.
        role: what it is to its layer; None where that is not known.
        size: how many numbers it holds.
        norm: L2 norm of its numbers.
        gradient_norm: L2 norm of its gradient; None where it got none.
        update_ratio: norm of the optimizer's first update over the norm of its numbers; infinite
            for zeros that move; None where not measured.
        constant: the one value of all its numbers; None where they differ.
        nonfinite: how many of its numbers are NaN or infinite.
        reached: whether the loss depends on it at all, by autograd's graph.
        opened: where its gradient is exactly 0: whether it gets one after a step of the others,
            as behind a gate that begins at 0; None where that was not tried.
    """

    name: str
    layer: str
    role: str | None
    size: int
    norm: float
    gradient_norm: float | None
    update_ratio: float | None
    constant: float | None
    nonfinite: int
    reached: bool
    opened: bool | None = None

    @property
    def is_moving_zero(self) -> bool:
        """Whether all its numbers are 0 and training moves them, at once or a step or two later."""
        return self.constant == 0 and bool(self.gradient_norm or self.opened)


@dataclass(frozen=True)
class Attention:
    """How sharp a layer of attention is.

    Attributes:
        name: of the layer.
        entropy: mean entropy of its weights over that of equal weights, from 0 to 1.
    """

    name: str
    entropy: Measured


@dataclass(frozen=True)
class Recurrence:
    """What happens from step to step in one level and direction of a recurrent layer.

    Attributes:
        layer: its name.
        part: "stacked layer 2, backwards"; "" where there is one.
        gates: share of each gate's numbers whose slope is below 1 % of the largest, by its name;
            none of a ReLU.
        closed: share of a gate's numbers that let nothing in or out, or keep nothing, by its name:
            of an LSTM's gates those next to 0, of a GRU's update gates those next to 1.
        dead: share of units that a ReLU holds at 0 in every step of every sample looked at.
        q: mean square of the states after each step.
        g: mean square of the gradient with respect to the state after each step, of a random sum
            of the last states.
        total: how many steps the layer makes; so many, or the first of them, are looked at.
    """

    layer: str
    part: str
    gates: Mapping[str, float]
    closed: Mapping[str, float]
    dead: float
    q: tuple[float, ...]
    g: tuple[float, ...]
    total: int = 0

    @property
    def steps(self) -> str:
        """How many steps were looked at: "64 steps", or "the first 64 of 200 steps"."""
        seen = len(self.q)
        whole = f"{seen} step{'s' * (seen != 1)}"
        return whole if self.total <= seen else f"the first {seen} of {self.total} steps"

    @property
    def place(self) -> str:
        """Return "lstm" or "lstm (stacked layer 2)"."""
        return f"{called(self.layer)} ({self.part})" if self.part else called(self.layer)


@dataclass(frozen=True)
class DataMeasurement:
    """How large one tensor of inputs is, or the targets of a regression.

    Columns are those of a table, (samples, columns); all numbers of any other tensor are one.

    Attributes:
        where: "inputs", of several "inputs[0]" or "inputs['mask']"; or "targets".
        columns: how many there are.
        column: index of the one with the largest root mean square.
        size: its root mean square.
        typical_size: the median of those of all columns.
        mean: its mean.
        std: its standard deviation.
        spread: the largest standard deviation of a column.
        means: mean of each column.
        stds: standard deviation of each column.
        codes: whether each column holds codes, which the model looks up: they are never scaled,
            and the other figures are those of the other columns; empty where none is known to.
    """

    where: str
    columns: int
    column: int
    size: float
    typical_size: float
    mean: float
    std: float
    spread: float
    means: tuple[float, ...] = field(default=(), repr=False)
    stds: tuple[float, ...] = field(default=(), repr=False)
    codes: tuple[bool, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Measurements:
    """All that was measured of one network at one batch.

    Attributes:
        anatomy: its description.
        batch: the batch, in words: "64 samples of the data" or "32 random samples of size
            3x224x224".
        samples: number of samples.
        layers: one entry per use of a layer with weights, in order of computation.
        parameters: one entry per trained parameter.
        attention: one entry per layer of attention whose weights were seen.
        recurrent: one entry per level and direction of each recurrent layer that was computed
            again step by step, on a few samples.
        loss: loss at the batch; None without targets and loss.
        loss_name: name of the loss; "" without.
        guess_loss: loss of random guessing (ln of the classes); None where there is no such thing.
        prior_loss: loss of the best constant prediction for these targets; None where not known.
        least_loss: the lowest loss that outputs between the bounds of what follows the last layer
            can reach, such as those of a softmax; None where there are no such bounds.
        logit_size: root mean square of the outputs.
        output_varied: share of the outputs' second moment that differs from sample to sample.
        several_outputs: of several outputs of the model, which one is measured, a sentence.
        stream: root mean square of the residual stream, by the layer that wrote into it last.
        singular_values: of the Jacobian of outputs with respect to inputs, largest first; empty
            where not measured.
        normalized: whether layers normalize.
        fixed_norms: of norms that use their running statistics in training too, by name, the root
            mean square that these make of their inputs: 1 where they are those of the inputs.
        swamped_norms: of all other norms, by name, the root mean square that they give their
            inputs, and their epsilon: 1 where this is small beside the variance of the inputs.
        first_nonfinite: the first that is not finite: "inputs", a parameter, "output of" a layer,
            "loss", or "gradient of" a layer or parameter; "" for none.
        unpaired: shapes of outputs and targets of a regression, in words, where the targets have
            more axes, so that a loss would broadcast them; "" where they have not.
        data: how large the data are; empty where they were drawn.
        equal_inputs: whether all samples have the same inputs.
        passes: forward and backward passes that were made.
        not_measured: what could not be measured, and why.
    """

    anatomy: Anatomy
    batch: str
    samples: int
    layers: tuple[LayerMeasurement, ...]
    parameters: tuple[ParameterMeasurement, ...]
    attention: tuple[Attention, ...] = ()
    recurrent: tuple[Recurrence, ...] = ()
    loss: float | None = None
    loss_name: str = ""
    guess_loss: float | None = None
    prior_loss: float | None = None
    least_loss: float | None = None
    logit_size: float | None = None
    output_varied: Measured | None = None
    several_outputs: str = ""
    stream: Mapping[str, float] = field(default_factory=dict)
    singular_values: tuple[float, ...] = ()
    normalized: bool = False
    fixed_norms: Mapping[str, float] = field(default_factory=dict)
    swamped_norms: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    first_nonfinite: str = ""
    unpaired: str = ""
    data: tuple[DataMeasurement, ...] = ()
    equal_inputs: bool = False
    passes: int = 0
    not_measured: tuple[NotMeasured, ...] = ()

    @property
    def constant_loss(self) -> float | None:
        """Loss of the best constant prediction; where 0 or not known, of random guessing."""
        return self.prior_loss or self.guess_loss

    @property
    def constant_words(self) -> str:
        """What that is the loss of."""
        return BEST_CONSTANT if self.prior_loss else GUESSING

    @property
    def ignorant_loss(self) -> tuple[float | None, str]:
        """Loss, and words, of what the first loss is held against: of guessing, where it is known.

        A network that knows nothing yet guesses; it cannot know how often each class occurs.
        """
        if self.guess_loss is not None:
            return self.guess_loss, GUESSING
        return self.prior_loss, BEST_CONSTANT

    def of(self, layer: str) -> list[ParameterMeasurement]:
        """Return the parameters of a layer."""
        return [one for one in self.parameters if one.layer == layer]

    def begins_at_zero(self, layer: str) -> bool:
        """Whether all weights of a layer are 0 and training moves them, as those of a zero head."""
        weights = [one for one in self.of(layer) if one.role == WEIGHT]
        return bool(weights) and all(one.is_moving_zero for one in weights)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Which of forward, backward and correlation were measured nowhere.

        Outputs of 0, of a head that begins at 0, have no correlation to be known.
        """
        zero = all(one.q is not None and one.q.value == 0 for one in self.layers)
        return tuple(
            name for name in ESSENTIAL
            if all(getattr(one, name) is None for one in self.layers) and not (name == "c" and zero)
        )  # fmt: skip

    @property
    def unknown_words(self) -> str:
        """Which of them, and why, in a sentence; "" where all were measured."""
        if not self.unknown:
            return ""
        why = (one.reason for one in self.not_measured if one.what in self.unknown)
        missing = listed([ESSENTIAL[one] for one in self.unknown])
        return f"{missing} could not be measured. {' '.join(dict.fromkeys(why))}".rstrip()
