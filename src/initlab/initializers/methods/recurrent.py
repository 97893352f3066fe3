"""Biases of recurrent gates."""

from __future__ import annotations

from initlab.initializers.distributions.gates import TimeScales
from initlab.initializers.entry import BIASES, NUMERICALLY, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import enter_family


def chrono(fan: Fan, *, longest: float) -> TimeScales:
    """Return the distribution of the biases of an LSTM whose memories last up to ``longest`` steps.

    Example:
        >>> chrono(Fan(1, 32), longest=784)
        TimeScales(longest=784.0)
    """
    return TimeScales(longest)


enter_family("recurrent", [
    Entry(
        name="chrono", function=chrono, sets=BIASES,
        formula="b_f ~ ln U(1, longest − 1), b_i = −b_f, other gates 0",
        source="Tallec & Ollivier (2018), Can recurrent neural networks warp time?, "
        "arXiv:1804.11188",
        use="bias_ih of an LSTM (with bias_hh = 0), for dependences of at most 'longest' steps",
        avoid="GRU and RNN layers, which lack these gates; both bias_ih and bias_hh of a layer, "
        "because torch adds the two",
        checked=NUMERICALLY,
        note="recipe:chrono(longest=784) also sets the weights of the layer.",
    ),
])  # fmt: skip
