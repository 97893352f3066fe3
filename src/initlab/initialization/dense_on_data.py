"""(init, dense network, points, seed) -> initial parameters, set by methods that look at data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.initialization.case import Start, parse_init, rules_of
from initlab.initialization.dense import drawn_network, inits_by_parameter
from initlab.initialization.on_data import SAMPLES, Outputs, adjusted, prior_bias, spaced
from initlab.initializers.distributions import Normal
from initlab.initializers.drawing import Weight, cast, checked_dtype
from initlab.initializers.entry import BIASES, STATISTICS
from initlab.initializers.spec import Initializer
from initlab.networks import DenseNetwork
from initlab.networks.forward import layers
from initlab.networks.losses import TABLE

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped


class DenseLayer:
    """A weight of a dense network; see :class:`initlab.initialization.on_data.Layer`."""

    def __init__(
        self, network: DenseNetwork, parameters: dict[str, Any], k: int, x: Any, *, shifts: bool
    ) -> None:  # fmt: skip
        self.name = f"W{k}"
        self._network, self._parameters, self._k, self._x = network, parameters, k, x
        self._shifts = shifts

    def outputs(self) -> Sequence[Outputs]:
        """Return what the weight gives now."""
        z = layers(self._network, self._parameters, self._x).z[self._k - 1]
        with np.errstate(all="ignore"):  # of infinite outputs
            return [Outputs(z.mean(axis=0), z.var(axis=0))]

    def multiply(self, factors: Sequence[Any]) -> None:
        """Multiply the weight by a number, or each unit by its own."""
        self._parameters[self.name] = self._parameters[self.name] * np.reshape(factors[0], (-1, 1))

    def bias(self) -> Sequence[Any] | None:
        """Return the bias beside it, where it may be set."""
        return [self._parameters[f"b{self._k}"][:, 0]] if self._shifts else None

    def put_bias(self, biases: Sequence[Any]) -> None:
        """Set the bias."""
        self._parameters[f"b{self._k}"] = np.asarray(biases[0])[:, np.newaxis]


def network_on_data(
    spec: str | Start, network: DenseNetwork, x: Float[Any, "n features"], y: Shaped[Any, "n ..."],
    *, seed: int, stream: str = "default", bias_init: str | None = None, dtype: Any = "float64",
) -> dict[str, Weight]:  # fmt: skip
    """Return what :func:`initlab.draw_network` draws, for inits that may look at data.

    Args:
        spec: the init.
        network: the network.
        x: the points, one row each; a method looks at :data:`SAMPLES` of them, evenly spaced.
        y: their targets.
        seed: see :func:`initlab.draw_network`.
        stream: see :func:`initlab.draw_network`.
        bias_init: see :func:`initlab.draw_network`.
        dtype: see :func:`initlab.draw_network`; all is computed in float64.

    Raises:
        InitlabError: an argument is refused, or numbers leave the dtype.
    """
    parsed = parse_init(spec)
    given = rules_of(parsed, bias_init)
    choices: dict[str, Any] = {"seed": seed, "stream": stream, "bias_init": bias_init}
    if not given.needs_data:
        return drawn_network(parsed, network.layer_dims, dtype=dtype, **choices)
    x, y = spaced(SAMPLES, x, y)
    for one in given.inits:
        if isinstance(one, Initializer) and one.sets == STATISTICS:
            hint = "A dense network has no running statistics."
            raise invalid_argument("init", f"without {one}", str(parsed), hint=hint)
    parameters: dict[str, Any] = dict(drawn_network(parsed, network.layer_dims, **choices))
    inits = inits_by_parameter(given, network.layer_dims)
    points = np.asarray(x, dtype=np.float64)
    entries = [(name, *one) for name, own in given.entries.items() for one in own.items()]
    for k in range(1, network.depth + 1):
        _set_weight(k, network, parameters, inits, points)
        for name, place, value in entries:  # before the next layer looks at what this one gives
            if name in (f"W{k}", f"b{k}"):
                parameters[name][place] = value
    for k in range(1, network.depth + 1):
        init = inits[f"b{k}"][0]
        if isinstance(init, Initializer) and init.needs_data and init.sets == BIASES:
            if k < network.depth:
                expected = f"the init of b{network.depth} only, the bias of the last layer"
                raise invalid_argument("prior", expected, f"b{k}", where=str(parsed))
            width, kind = network.layer_dims[-1], TABLE[network.loss].targets
            bias, _ = prior_bias(y, width, kind, where=f"b{k}")
            parameters[f"b{k}"] = bias[:, np.newaxis]
    for name, place, value in entries:  # of a bias that was set from targets
        parameters[name][place] = value
    final = checked_dtype(dtype)
    return {
        name: cast(
            one, final, distribution=Normal(0.0, float(one.std()) or 1.0), where=f"{parsed}, {name}"
        )
        for name, one in parameters.items()
    }


def _set_weight(
    k: int, network: DenseNetwork, parameters: dict[str, Any],
    inits: Mapping[str, tuple[Any, bool]], x: Any,
) -> None:  # fmt: skip
    """Let the method of one weight set it, and the bias beside it where that is the method's."""
    init = inits[f"W{k}"][0]
    if not isinstance(init, Initializer) or not init.needs_data:
        return
    beside = inits[f"b{k}"] == (init, True)
    adjusted(DenseLayer(network, parameters, k, x, shifts=beside), init)
