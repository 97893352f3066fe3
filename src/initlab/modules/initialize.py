"""(PyTorch module, start, seed) -> the module's parameters, set in place, and a report."""

from __future__ import annotations

from typing import Any

from initlab.errors import refusal
from initlab.initializers.case import Case, parse_start
from initlab.initializers.spec import Initializer, parse
from initlab.modules.anatomy import unwrapped
from initlab.modules.plan import AxesByName, plan
from initlab.modules.report import Initialized
from initlab.modules.writing import write_laws, write_resets
from initlab.validation import flag, seed_number

DEFAULT = "default"


def initialize(
    model: Any,
    spec: str | Initializer,
    *,
    seed: int,
    bias_init: str | Initializer | None = None,
    axes: AxesByName | None = None,
    dry_run: bool = False,
) -> Initialized:
    """Set every parameter that initlab knows, in place, and report on all of them.

    Linear, Bilinear, convolutions of every kind, Embedding, RNN, LSTM, GRU and
    MultiheadAttention are drawn from the start's law, with fans counted for each group, gate and
    projection (:mod:`initlab.modules.layers` has the rules). Norms become 1 and 0, biases follow
    the start's own bias law, else are zeros. A tied parameter is set once, by its first name;
    frozen ones are left; what is not known is listed, never guessed. Buffers, such as a
    BatchNorm's running statistics, are left, but for "default", which resets as torch does.

    Each parameter has its own stream, keyed by seed and qualified name: a new layer moves no
    other layer's numbers. All numbers are drawn on the CPU, whatever the device; torch's and
    NumPy's global generators are left alone. float64 weights have the numbers of
    :func:`initlab.draw`; Normal and Uniform laws of float32 parameters are drawn as float32,
    which is faster and gives other numbers of the same law (:mod:`initlab.modules.float32`).

    Args:
        model: a ``torch.nn.Module``; DataParallel and compiled wrappers are looked into.
        spec: the start, such as ``"he_normal"``, or "default": every layer's own
            ``reset_parameters``, made reproducible.
        seed: 0 to 2**63 - 1.
        bias_init: start of the biases, from the fans of the weight beside them.
        axes: for parameters not known, by name: ``{"w": {"in_axis": 1, "out_axis": 0}}``.
        dry_run: report only; nothing is drawn or changed.

    Returns:
        The report; ``print`` it.

    Raises:
        InitlabError: the model or an argument is refused; no parameter was changed.

    Example:
        >>> from torch import nn  # doctest: +SKIP
        >>> initialize(nn.Linear(784, 256), "he_normal", seed=0)["weight"].fan_in  # doctest: +SKIP
        784
    """
    number = seed_number(seed, where="initialize")
    module = unwrapped(model, where="initialize")
    flag("dry_run", dry_run, where="initialize")
    own_resets = isinstance(spec, str) and spec == DEFAULT
    if own_resets:
        for argument, value in (("bias_init", bias_init), ("axes", axes)):
            if value is not None:
                raise refusal(argument, "left out with 'default'", value, where="initialize")
    start = None if own_resets else parse_start(spec)
    if isinstance(start, Case):
        hint = "A case names the parameters of a dense network: draw_network takes it."
        raise refusal("spec", "one init for the whole module", spec, where="initialize", hint=hint)
    bias_start = None if bias_init is None else parse(bias_init)
    steps = plan(module, start, bias_start, axes)
    if not dry_run and start is None:
        write_resets(module, steps, number)
    elif not dry_run:
        write_laws(steps, number)
    rows = tuple(step.row for step in steps)
    bias_text = None if bias_start is None else str(bias_start)
    return Initialized(str(start or DEFAULT), bias_text, number, dry_run, rows)
