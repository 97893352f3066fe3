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
        formula="b_f ~ ln U(1, longest − 1) for the forget gates, b_i = −b_f for the input gates, "
        "0 for the other gates",
        source="Tallec & Ollivier (2018), Can recurrent neural networks warp time?, "
        "arXiv:1804.11188",
        use="the bias bias_ih of an LSTM that has to remember its inputs for at most 'longest' "
        "steps; set the other bias, bias_hh, to 0",
        avoid="GRU and RNN layers, which have no forget and input gates; bias_hh, if chrono "
        "already sets bias_ih, because torch adds these two biases",
        checked=NUMERICALLY,
        note="The init chrono sets only biases. The recipe chrono, which is written "
        "recipe:chrono(longest=784), sets all weights and biases of the LSTM.",
    ),
])  # fmt: skip
