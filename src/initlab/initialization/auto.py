"""What a weight is and does in its network -> the method that suits it, and why: init "auto"."""

from __future__ import annotations

import re

from initlab.initializers.spec import Initializer, parse
from initlab.networks.anatomy import ATTENTION, EMBEDDING, RECURRENT, Layer
from initlab.nonlinearities.gains import gain
from initlab.nonlinearities.table import TABLE as NONLINEARITIES
from initlab.numbers import shown

EMBEDDING_STD = 0.02
HEAD_STD = 0.01
NEUTRAL = "so the init gives the outputs variance 1"
DIGITS, MEASURED_DIGITS = 6, 8  # of a scale, in its name
STEEP = 10  # forward gain over backward gain: gradients grow as much, layer by layer
LEAKY = re.compile(r"leaky_relu\(negative_slope=([\d.e+-]+)\)")


def choose(
    local: str, layer: Layer | None, *, table: bool, tied: bool, branches: int
) -> tuple[Initializer, str]:
    """Return the method for a weight or table, and why it was chosen.

    Args:
        local: name of the parameter in its layer.
        layer: its layer in the anatomy; None where that is not known.
        table: whether it is a table.
        tied: whether an embedding and a head share its numbers.
        branches: number of residual branches of the network.
    """
    tied = tied or (layer is not None and layer.role == EMBEDDING and layer.head)  # by a function
    if table or tied:
        what = "an embedding that is also the head" if tied else "an embedding"
        return parse(f"normal(std={EMBEDDING_STD})"), f"{what} (Radford et al. 2019, GPT-2)"
    if layer is None:
        words = f"the place of this weight in the network is not known, {NEUTRAL}"
        return parse("lecun_normal"), f"{words} (LeCun et al. 1998)"
    if layer.role == RECURRENT and local.startswith("weight_hh"):
        words = "recurrent weights: multiplying by them keeps the length of the hidden state"
        return parse("orthogonal"), f"{words} (Saxe et al. 2014)"
    if layer.role in (RECURRENT, ATTENTION):
        kind = "a recurrent" if layer.role == RECURRENT else "an attention"
        words = f"a weight of {kind} layer: glorot_uniform is a compromise between keeping the "
        words += "variance of activations and keeping the variance of gradients"
        return parse("glorot_uniform"), f"{words} (Glorot and Bengio 2010)"
    if layer.head and not layer.hidden:
        words = (
            "the head: its outputs before training are near 0, so the first loss of a classifier "
            "is about that of random guessing"
        )
        return parse(f"normal(std={HEAD_STD})"), f"{words} (Goyal et al. 2017, sec. 5.1)"
    scale, reason = _scale(layer.nonlinearity, layer.gains)
    if layer.residual and branches > 1:
        scale /= branches
        reason += (
            f"; ends one of {branches} residual branches, so its variance is divided by {branches}"
        )
        reason += " (Radford et al. 2019, sec. 2.3)"
    return _scaled(scale, DIGITS if layer.gains is None else MEASURED_DIGITS), reason


def _scaled(scale: float, digits: int) -> Initializer:
    named, rounded = {1.0: "lecun_normal", 2.0: "he_normal"}, float(f"{scale:.{digits}g}")
    if rounded in named:
        return Initializer(named[rounded])
    return Initializer("variance_scaling", (("scale", rounded),))


def _scale(
    nonlinearity: str | None, gains: tuple[float, float] | None
) -> tuple[float, str]:  # fmt: skip
    """Return the scale that keeps variance 1 before the nonlinearity, in a stack of such layers."""
    if nonlinearity is None:
        return 1.0, f"the next nonlinearity is not known, {NEUTRAL} (LeCun et al. 1998)"
    if nonlinearity == "":
        return 1.0, f"followed by no nonlinearity, {NEUTRAL} (LeCun et al. 1998)"
    if gains is not None:
        forward, backward = gains
        reason = f"followed by {nonlinearity}, measured gain {shown(forward, '.4g')}"
        if forward > STEEP * backward:
            reason += (
                f"; with this gain, gradients grow from layer to layer, while with the gain "
                f"{shown(backward, '.4g')} they would keep their size (for sines use recipe:siren)"
            )
        return forward**2, reason
    leaky = LEAKY.fullmatch(nonlinearity)
    if leaky or nonlinearity in ("relu", "leaky_relu"):
        slope = float(leaky[1]) if leaky else {"relu": 0.0, "leaky_relu": 0.01}[nonlinearity]
        return 2 / (1 + slope**2), f"followed by {nonlinearity} (He et al. 2015, eq. 10)"
    if nonlinearity == "selu":
        return 1.0, "followed by selu (Klambauer et al. 2017)"
    if nonlinearity in NONLINEARITIES:
        factor = gain(nonlinearity)
        said = f"gain {shown(factor, '.4g')} (computed as in He et al. 2015)"
        return factor**2, f"followed by {nonlinearity}, {said}"
    words = f"followed by {nonlinearity}, whose gain is not known"
    return 1.0, f"{words}, {NEUTRAL} (LeCun et al. 1998)"
