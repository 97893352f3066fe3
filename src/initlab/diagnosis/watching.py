"""A torch module that is followed -> numbers of each use of its layers, taken as it computes.

Nothing but numbers is kept: outputs are looked at while they are there, and their gradients by
hooks, in the backward pass that follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.attention import entropy_of, feeds_a_product, is_softmax
from initlab.diagnosis.measurements import Measured, Recurrence
from initlab.diagnosis.reasons import IN_PLACE, INSIDE
from initlab.diagnosis.recurrent import recurrence_of
from initlab.diagnosis.signal import AT_ONCE, Blocks, Signal, signal
from initlab.engines.torch.units import called_row, flat_shares, layer_row
from initlab.modules.anatomy import plain_name
from initlab.modules.computation import Call, tensors_in
from initlab.modules.flow import is_one_call, weighs
from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.modules.use import SUMS
from initlab.networks.anatomy import ATTENTION, CONV, CONV_TRANSPOSED, LINEAR, NORM, RECURRENT
from initlab.nonlinearities.table import Nonlinearity

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass
class Use:
    """One use of a layer with weights.

    Attributes:
        number: of its call.
        name: of the layer.
        call: the call.
        role: of the layer.
        units: axis of the units.
        shape: of the outputs.
        rounding: of a number, relative: the spacing of the outputs' dtype.
        forward: the outputs.
        backward: their gradient, by a sample; None before the backward pass.
        tracked: whether a gradient was asked for.
        row: the nonlinearity that follows, if one was seen.
        dead: share of units that it blocks.
        saturated: share of (unit, point) pairs whose slope is small.
        doubt: why these two are not known; "" where they are.
        follows: number of the nonlinearity's call.
        recurrent: of a recurrent layer, what happens in its steps.
        given: shape of the inputs.
        first_inputs: what was kept of them, where no weights come before.
        turned: whether a function took its weight as (in, out).
        dropout: largest share that is dropped between it and the next weights, in training.
    """

    number: int
    name: str
    call: Call
    role: str
    units: int
    shape: tuple[int, ...]
    rounding: float
    forward: Signal
    tracked: bool
    backward: Signal | None = None
    row: Nonlinearity | None = None
    dead: float | None = None
    saturated: float | None = None
    doubt: str = ""
    follows: int = -1
    recurrent: tuple[Recurrence, ...] = ()
    given: tuple[int, ...] = ()
    first_inputs: Any = None
    turned: bool = False
    dropout: float = 0.0


@dataclass
class Watcher:
    """Looks at every call of a module; see :func:`initlab.modules.computation.followed`.

    Attributes:
        module: the module.
        samples: number of samples of the batch.
        first_inputs: what is to be kept of the inputs of a layer with no weights before it.
        calls: all calls so far.
        uses: of layers with weights, in order.
        entropies: of attention, by the number of the call, with the name of its module.
        sums: root mean square of each sum of activations, by its number.
        fixed_norms: of norms that use their running statistics, the root mean square that these
            make of their inputs, by name: 1 where they are those of the inputs.
        swamped_norms: of norms by the inputs' own statistics, the root mean square that they give
            their inputs, and the epsilon, by name: 1 where the epsilon is small beside the inputs.
        nonfinite: the first output that is not finite; "" for none.
    """

    module: Module
    samples: int
    first_inputs: Callable[[Call, Any, Any, int], Any] = lambda call, given, result, samples: None
    calls: list[Call] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    entropies: dict[int, tuple[str, Measured]] = field(default_factory=dict)
    sums: dict[int, float] = field(default_factory=dict)
    fixed_norms: dict[str, float] = field(default_factory=dict)
    swamped_norms: dict[str, tuple[float, float]] = field(default_factory=dict)
    nonfinite: str = ""

    def __post_init__(self) -> None:
        self._paths = {id(one): plain_name(path) for path, one in self.module.named_modules()}
        self._owners: dict[int, str] = {}
        self._weights: dict[int, str] = {}  # names of what functions take as weights
        for path, layer in self.module.named_modules():
            own = dict(layer.named_parameters(recurse=False))
            several = sum(one.dim() > 1 for one in own.values()) > 1
            for local, one in own.items():
                full = f"{path}.{local}" if path else local
                self._owners.setdefault(id(one), plain_name(path))
                self._weights.setdefault(id(one), plain_name(full if several or not path else path))
        self._inside: list[str] = []  # the modules that are being computed
        self._rows = {id(one): layer_row(one) for one in self.module.modules() if is_one_call(one)}
        self._weights_before: list[list[int]] = []  # of each call, the nearest uses
        self._by_call: dict[int, Use] = {}
        self._judged: dict[int, tuple[float, float | None]] = {}

    def entering(self, name: str, layer: Module, inputs: Any) -> None:
        """Note that a module begins."""
        self._inside.append(plain_name(name))
        size = _by_running_statistics(layer, inputs)
        if size is not None:
            self.fixed_norms.setdefault(plain_name(name), size)
        elif (reduced := _by_epsilon(layer, inputs)) is not None:
            epsilon: Any = layer.eps
            self.swamped_norms.setdefault(plain_name(name), (reduced, float(epsilon)))

    def leaving(self, name: str, layer: Module, output: Any) -> None:
        """Note that it ends."""
        self._inside.pop()

    def seen(self, call: Call, given: Any, result: Any) -> None:
        """Look at one call."""
        torch = load_torch()
        number = len(self.calls)
        self.calls.append(replace(call, settings=()))  # which hold activations
        output = next((one for one in tensors_in(result) if one.is_floating_point()), None)
        before = sorted({k for one in call.inputs for k in self._weights_before[one]})
        weighing = weighs(call)
        share = _dropped(call)
        for one in before if share else ():
            use = self._by_call.get(one)
            if use is not None:
                use.dropout = max(use.dropout, share)
        self._weights_before.append([number] if weighing else before)
        if output is None:
            return
        with torch.no_grad(), torch._C.DisableTorchFunction():
            if not self.nonfinite and not _all_finite(output):
                self.nonfinite = f"output of {self.place(call)}"
        if weighing and output.dim() > 1:
            self._use(number, call, given, result, output, first=not before)
        elif not weighing:
            for one in before:
                self._passed(number, call, given, output, self._by_call.get(one))
        if call.function in SUMS and len(call.inputs) > 1:
            self.sums[number] = _root_mean_square(output)
        entropy = entropy_of(call, given, result)
        if entropy is not None:
            inside = self._inside[-1] if self._inside else ""
            path = inside if call.layer is None else self._paths.get(id(call.layer), inside)
            self.entropies[number] = path or type(self.module).__name__, entropy

    def attention(self) -> Iterator[tuple[str, Measured]]:
        """Yield attention's entropies; a softmax counts where its result weighs something."""
        for number, (name, entropy) in self.entropies.items():
            if not is_softmax(self.calls[number]) or feeds_a_product(self.calls, number):
                yield name, entropy

    def layer_of_parameter(self, parameter: Any) -> str:
        """Return the name under which the uses of a parameter are entered."""
        names = {use.name for use in self.uses}
        own = self._weights.get(id(parameter), "")
        return own if own in names else self._owners.get(id(parameter), "")

    def weights_before(self, number: int) -> list[int]:
        """Return the numbers of the nearest calls with weights before a call."""
        return self._weights_before[number]

    def place(self, call: Call) -> str:
        """Return the name of a call's layer, or of the module that a function is computed in."""
        if call.layer is not None:
            return self._paths.get(id(call.layer), "") or type(call.layer).__name__
        owner = next((self._owners[id(one)] for _, one in call.parameters
                      if id(one) in self._owners), None)  # fmt: skip
        if owner is not None:
            return owner or type(self.module).__name__
        inside = self._inside[-1] if self._inside else ""
        return f"{call.function} in {inside or type(self.module).__name__}"

    def _use(
        self, number: int, call: Call, given: Any, result: Any, output: Any, *, first: bool
    ) -> None:
        torch = load_torch()
        name, role = self._layer_of(call)
        units = 1 if role in (CONV, CONV_TRANSPOSED) else output.dim() - 1
        view, apart = by_sample(output, self.samples, units)
        with torch.no_grad(), torch._C.DisableTorchFunction():
            forward = signal(view, apart=apart)
            use = Use(number, name, self.calls[number], role, units, tuple(output.shape),
                      torch.finfo(output.dtype).eps, forward,
                      bool(output.requires_grad))  # fmt: skip
            use.given = tuple(getattr(given, "shape", ()))
            use.turned = _is_turned(call)
            if first:
                use.first_inputs = self.first_inputs(call, given, output, self.samples)
            if role == RECURRENT:
                self._steps(use, call.layer, given)
        if role == ATTENTION:
            use.doubt = INSIDE
        self.uses.append(use)
        self._by_call[number] = use
        if role == RECURRENT:  # its last state may be all that is used
            self._hooked(use, tensors_in(result), units)
        else:
            self._hooked(use, [output], units)

    def _steps(self, use: Use, layer: Any, given: Any) -> None:
        """Look into a recurrent layer; its gates' saturated share is that of the layer."""
        found = recurrence_of(layer, given)
        if isinstance(found, str):
            use.doubt = found
            return
        use.recurrent = tuple(replace(one, layer=use.name) for one in found)
        shares = [share for one in use.recurrent for share in one.gates.values()]
        use.dead = sum(one.dead for one in use.recurrent) / len(use.recurrent)
        use.saturated = sum(shares) / max(1, len(shares))

    def _hooked(self, use: Use, outputs: list[Any], units: int) -> None:
        def arrived(gradient: Any) -> None:
            if gradient is None:  # of several outputs, one that is not used
                return
            torch = load_torch()
            with torch.no_grad():
                view, _ = by_sample(gradient, self.samples, min(units, gradient.dim() - 1))
                found = signal(view, apart=False)
            old = use.backward
            if old is None or (old.q is not None and old.q.value == 0):
                use.backward = found

        for one in outputs:
            if one.requires_grad and one.is_floating_point():
                one.register_hook(arrived)

    def _passed(
        self, number: int, call: Call, given: Any, output: Any, use: Use | None
    ) -> None:  # fmt: skip
        """Judge the first nonlinearity after a use."""
        if use is None or use.row is not None or use.doubt or use.dead is not None:
            return
        row = self._row(call)
        if row is None or output.dim() < 2:
            return
        use.row, use.follows = row, number
        torch = load_torch()
        if row.slope_reads_z and (given is output or not isinstance(given, torch.Tensor)):
            use.doubt = IN_PLACE
            return
        units = 1 if use.role in (CONV, CONV_TRANSPOSED) else output.dim() - 1
        if number not in self._judged:  # a sum is of several layers
            self._judged[number] = flat_shares(row, given, output, units)
        use.dead, share = self._judged[number]
        use.saturated = 0.0 if share is None else share

    def _row(self, call: Call) -> Nonlinearity | None:
        if call.layer is not None:
            return self._rows.get(id(call.layer))
        with load_torch()._C.DisableTorchFunction():
            return called_row(call)

    def _layer_of(self, call: Call) -> tuple[str, str]:
        """Return the name and the role of what a call with weights is of."""
        if call.layer is not None:
            return self._paths.get(id(call.layer), ""), role_of(call.layer)
        weight = next((one for _, one in call.parameters if one.dim() > 1), None)
        role = CONV if call.function.startswith("conv") else LINEAR
        if call.function.startswith("conv_transpose"):
            role = CONV_TRANSPOSED
        if call.function.startswith("embedding"):
            role = "embedding"
        return self._weights.get(id(weight), ""), role


def by_sample(tensor: Any, samples: int, units: int) -> tuple[Blocks, bool]:
    """Return a tensor as blocks of (samples, points, units), and whether its samples are apart.

    Samples are the first axis, or the second where only that has their number; or each of them is
    several rows of the first axis. Where none of this fits, samples are not apart.
    """
    shape = tensor.shape
    values = tensor.detach().movedim(units, -1)
    apart = samples > 1
    if shape[0] == samples and units != 0:
        pass
    elif tensor.dim() > 2 and shape[1] == samples and units != 1:
        values = values.movedim(1, 0)
    elif samples and shape[0] % samples == 0 and units != 0:
        values = values.reshape(samples, shape[0] // samples, *values.shape[1:])
    else:
        apart = False
    if values.dim() == 1:
        values = values[:, None]
    width = values.shape[-1]
    step = max(1, AT_ONCE // max(1, values[:1].numel()))

    def blocks() -> Iterator[Any]:
        for one in values.split(step):
            yield one.reshape(len(one), -1, width).double()

    return blocks, apart


def _dropped(call: Call) -> float:
    """Return the share that a call drops in training; it does not while it is followed."""
    if call.layer is not None:
        return float(getattr(call.layer, "p", 0.0)) if "Dropout" in call.function else 0.0
    if "dropout" not in call.function:
        return 0.0
    settings = dict(call.settings)
    if not settings.get(2, settings.get("training", True)):
        return 0.0
    return float(settings.get(1, settings.get("p", 0.5)))


def _by_running_statistics(layer: Module, inputs: Any) -> float | None:
    """Return the size that a norm's running statistics give its inputs: the median of its channels.

    None of a norm that uses the batch's own.
    """
    mean, variance = (getattr(layer, f"running_{name}", None) for name in ("mean", "var"))
    if layer.training or mean is None or variance is None:
        return None
    given = next(iter(tensors_in(inputs)), None)
    if given is None or given.dim() < 2 or not given.is_floating_point():
        return None
    if tuple(mean.shape) != (given.shape[1],):
        return None
    torch = load_torch()
    with torch.no_grad(), torch._C.DisableTorchFunction():
        axes = [axis for axis in range(given.dim()) if axis != 1]
        own, middle = torch.var_mean(given.detach(), dim=axes, correction=0)
        square = (own + (middle - mean).square()) / (variance + getattr(layer, "eps", 0.0))
        return float(square.median().sqrt()) if square.numel() else None


def _by_epsilon(layer: Module, inputs: Any) -> float | None:
    """Return the size that a norm gives its inputs, which its epsilon keeps below 1.

    None of other layers, and of inputs that do not differ at all.
    """
    epsilon = getattr(layer, "eps", None)
    given = next(iter(tensors_in(inputs)), None)
    if role_of(layer) != NORM or not isinstance(epsilon, float) or given is None:
        return None
    if given.dim() < 2 or not given.is_floating_point():
        return None
    torch = load_torch()
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = given.detach().float()
        axes = [k for k in range(values.dim()) if k != 1]
        if last := len(getattr(layer, "normalized_shape", ())):
            axes = [*range(values.dim())][-last:]
        elif (groups := getattr(layer, "num_groups", 0)) and not values[0].numel() % groups:
            values, axes = values.reshape(len(values), groups, -1), [2]
        elif "InstanceNorm" in type(layer).__name__:
            axes = axes[1:]
        variance = values.var(dim=axes, correction=0).mean()
        return float((variance / (variance + epsilon)).sqrt()) if variance > 0 else None


def _is_turned(call: Call) -> bool:
    """Whether a function takes its weight as (in, out), as a product of matrices does."""
    if call.layer is not None or call.function in ("linear", "embedding"):
        return False
    weight = next((one for _, one in call.parameters if one.dim() == 2), None)
    taken = dict(call.settings).get(1)
    return weight is None or taken is None or taken.stride() == weight.stride()


def _all_finite(values: Any) -> bool:
    """Whether all numbers are finite: a sum is the quickest look, and may only overflow."""
    if math.isfinite(float(values.sum())):
        return True
    return bool(load_torch().isfinite(values).all())


def _root_mean_square(values: Any) -> float:
    torch = load_torch()
    with torch.no_grad(), torch._C.DisableTorchFunction():
        total = 0.0
        for one in values.detach().reshape(-1).split(AT_ONCE):
            one = one.double()
            total += float((one * one).sum())
    return math.sqrt(total / max(1, values.numel()))
