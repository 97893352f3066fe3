"""(what a parameter is, init, rule) -> the distribution that it is drawn from, and its text."""

from __future__ import annotations

from fnmatch import fnmatchcase

from initlab.errors import invalid_argument
from initlab.initialization.depth_scaled import DepthScaled
from initlab.initialization.rules import CLASS, ROLE, Rule
from initlab.initialization.user_values import UserArray, UserDistribution, UserFunction
from initlab.initializers.distributions import (
    BoundedNormal,
    Constant,
    Distribution,
    Normal,
    TruncatedNormal,
    Uniform,
)
from initlab.initializers.fan import Fan
from initlab.initializers.spec import Initializer
from initlab.networks.anatomy import BIAS, LOOKUP, WEIGHT, Part

WITHOUT_AXES = (
    Constant,
    Normal,
    Uniform,
    TruncatedNormal,
    BoundedNormal,
)  # their entries are independent
TWO_FANS = Fan(64, 32), Fan(7, 5)


def distribution_of(
    name: str,
    part: Part | None,
    init: Initializer | DepthScaled | UserFunction | UserArray,
    rule: Rule | None,
    scaled: int = 1,
) -> tuple[Distribution, str] | None:
    """Return the distribution of a parameter and its text; None where no default is known.

    Args:
        name: of the parameter.
        part: what it is to its layer; None where that is not known.
        init: what it begins from.
        rule: the rule that says so; None of the default.
        scaled: number of weights that take "depth_scaled".

    Raises:
        ArgumentError: a rule names an init that needs fans, and there are none.
    """
    fan = None if part is None else part.fan
    if isinstance(init, UserFunction | UserArray):
        return UserDistribution(init, fan, name), str(init)
    if isinstance(init, Initializer) and init.sets:  # a rule of biases
        if not init.needs_data and rule is not None and _is_added(name, rule):
            return Constant(0.0), "0"
        return init.distribution(fan or TWO_FANS[0]), str(init)
    if rule is None:
        if part is None or not (part.value is not None or fan is not None):
            return None
        if part.value is not None or fan is None:
            return Constant(part.value or 0.0), f"{part.value or 0:g}"
    of_layer = rule is None or rule.of_layers
    if isinstance(init, DepthScaled):
        if part is not None and part.role == BIAS and of_layer:
            return Constant(0.0), "0"
        return init.distribution(scaled), str(init)
    if part is not None and part.role == BIAS and of_layer:
        distribution = None if fan is None else init.bias_distribution(fan)
        return (Constant(0.0), "0") if distribution is None else (distribution, f"{init}, bias")
    weighs = part is not None and part.role in (WEIGHT, LOOKUP)
    if part is not None and fan is not None and (weighs or part.role == BIAS):
        if init.needs_data and not weighs:
            raise invalid_argument(
                "rules", f"ones that give {init} to weights only", str(rule), where=name
            )
        return init.distribution(fan), str(init)
    first, second = map(init.distribution, TWO_FANS)
    if first != second or init.needs_data or not isinstance(first, WITHOUT_AXES):
        if part is not None and part.value is not None:  # "*.weight=he_normal" meets a norm
            return Constant(part.value), f"{part.value:g}"
        kind = "has an unknown role" if part is None else f"is a {part.role}"
        raise invalid_argument(
            "rules", f"ones that give {init} to weights only", str(rule), where=name,
            hint=f"{name!r} {kind} and has no fans, but {init} needs fans. Describe its axes in "
            "the argument axes, or give it an init without fans, such as normal(std=0.02).",
        )  # fmt: skip
    return first, str(init)


def _is_added(name: str, rule: Rule) -> bool:
    """Whether a recurrent layer adds a bias to another one that the same rule draws."""
    inside, _, local = name.rpartition(".")
    other = f"{inside}.{local.replace('bias_hh', 'bias_ih', 1)}"
    if not local.startswith("bias_hh"):
        return False
    named = any(fnmatchcase(one, rule.pattern) for one in (other, other.removeprefix(".")))
    return named or rule.pattern.startswith((ROLE, CLASS))
