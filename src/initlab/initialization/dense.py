"""(init, layer widths, seed) -> weights and biases of a dense network, and their distributions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from initlab.errors import invalid_argument
from initlab.initialization.by_place import ByPlace
from initlab.initialization.case import Case, Start, parameter_words, parse_init, rules_of
from initlab.initialization.depth_scaled import DepthScaled
from initlab.initialization.part_distribution import distribution_of
from initlab.initialization.rules import AUTO, KEEP, Init, Rule, Rules, Subject
from initlab.initializers.distributions import Distribution, WithEntries
from initlab.initializers.drawing import Weight, cast, checked_dtype, draw_from
from initlab.initializers.fan import Fan
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.initializers.registry import find
from initlab.initializers.spec import Initializer
from initlab.networks.anatomy import BIAS, LINEAR, WEIGHT, Part
from initlab.randomness import INIT, course_generator, generator_for
from initlab.validation import one_of, seed_number

if TYPE_CHECKING:
    from jaxtyping import Float

STREAMS = ("course", "default")
TORCHS = Initializer("torch_default")  # what "default" means: torch's own reset


def draw_network(
    spec: str | Start,
    layer_dims: Any,
    *,
    seed: int,
    stream: str = "default",
    bias_init: str | Initializer | None = None,
    dtype: Any = "float64",
) -> dict[str, Float[Weight, "_out _in"]]:
    """Return the initial parameters of a dense network, named W1, b1, W2, b2, ...

    Args:
        spec: the init, such as ``"he_normal"``; rules, such as ``"he_normal; b2=0.1"`` or, of one
            entry, ``"he_normal; W1[0,1]=0.5"``; or one init per parameter, such as
            ``"W1=0,B1=0,W2=0,B2=normal"`` (see :class:`Case`).
        layer_dims: widths from the input to the output, such as ``[2, 10, 5, 1]``.
        seed: 0 to 2**63 - 1; below 2**32 for the course stream.
        stream: "default": each parameter has its own stream, keyed by seed and name;
            "course": one ``numpy.random.RandomState(seed)`` for the whole network, layer by
            layer, weight then bias, of which constants take nothing.
        bias_init: init of the biases, from the fans of the weight beside them; None: what
            the init brings, else zeros. A case names its biases itself.
        dtype: float64, float32 or float16; the draws themselves are always float64.

    Returns:
        ``{"W1": (out, in), "b1": (out, 1), "W2": ...}``, in this order.

    Raises:
        ArgumentError: an argument is refused.

    Example:
        >>> parameters = draw_network("normal(std=10)", [3, 2, 1], seed=3, stream="course")
        >>> parameters["W1"].round(8)[0].tolist()
        [17.88628473, 4.36509851, 0.96497468]
        >>> parameters["b1"].shape
        (2, 1)
        >>> draw_network("W1=0.5,W2=normal", [1, 2, 1], seed=0)["W1"].tolist()
        [[0.5], [0.5]]
    """
    parsed = parse_init(spec)
    for init in rules_of(parsed, bias_init).needs_data:
        hint = "Use this init in initlab.compare, or in initlab.initialize(model, ..., data=x)."
        raise invalid_argument(
            "spec", "an init that needs no data", init, where="draw_network", hint=hint
        )
    return drawn_network(
        parsed, layer_dims, seed=seed, stream=stream, bias_init=bias_init, dtype=dtype
    )  # fmt: skip


def drawn_network(
    parsed: Start, layer_dims: Any, *, seed: int, stream: str = "default",
    bias_init: str | Initializer | None = None, dtype: Any = "float64",
) -> dict[str, Float[Weight, "_out _in"]]:  # fmt: skip
    """Do what :func:`draw_network` says, of methods that look at data what comes before."""
    widths = checked_layer_dims(layer_dims)
    distributions = network_distributions(parsed, widths, bias_init=bias_init)
    kind = checked_dtype(dtype)
    one_of("stream", stream, STREAMS)
    number = seed_number(seed, where="draw_network")
    course = course_generator(number) if stream == "course" else None
    parameters: dict[str, Weight] = {}
    for name, shape in parameter_shapes(widths).items():
        generator = course or generator_for(number, name, INIT)
        drawn = draw_from(distributions[name], shape, generator, where=name)
        parameters[name] = cast(
            drawn, kind, distribution=distributions[name], where=f"{parsed}, {name}"
        )
    return parameters


def network_distributions(
    spec: str | Start,
    layer_dims: Any,
    *,
    bias_init: str | Initializer | None = None,
) -> dict[str, Distribution]:
    """Return the distribution of every parameter that ``draw_network`` would draw, by name.

    Example:
        >>> network_distributions("he_normal", [2, 4, 1])["W1"]
        Normal(mean=0.0, std=1.0)
    """
    parsed = parse_init(spec)
    widths = checked_layer_dims(layer_dims)
    given = rules_of(parsed, bias_init)
    if isinstance(parsed, Case) and parsed.depth != len(widths) - 1:
        layers = len(widths) - 1
        expected = f"an init for {layers} layer{'s' * (layers != 1)}"
        raise invalid_argument("case", expected, str(parsed), hint=parameter_words(widths))
    subjects, shapes = _subjects(widths), parameter_shapes(widths)
    for rule in given.rules:
        if rule.entry is not None:
            _check_entry(rule, shapes)
        elif not any(rule.matches(one) for one in subjects):
            hint = parameter_words(widths)
            raise invalid_argument(
                "rules", "given only patterns that match a parameter", str(rule), hint=hint
            )
    given.refuse_doubles({one.name: given.matching(one) for one in subjects})
    distributions = {one.name: _distribution(one, given) for one in subjects}
    entries = given.entries
    given_ones = {
        name: WithEntries(distributions[name], shapes[name], tuple(own.items()))
        for name, own in entries.items()
    }
    return {**distributions, **given_ones}


def _check_entry(rule: Rule, shapes: Mapping[str, tuple[int, int]]) -> None:
    assert rule.entry is not None
    name, place = rule.entry
    if name not in shapes:
        raise invalid_argument(
            "rules", f"for entries of the parameters {', '.join(shapes)}", str(rule)
        )
    rows, columns = shapes[name]
    if place[0] >= rows or place[1] >= columns:
        expected = f"for entries from {name}[0,0] to {name}[{rows - 1},{columns - 1}]"
        raise invalid_argument("rules", expected, str(rule))


def _subjects(widths: tuple[int, ...]) -> list[Subject]:
    found = []
    for k, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        fan, head = Fan(fan_in, fan_out), k == len(widths) - 1
        parts = {f"W{k}": Part(WEIGHT, fan), f"b{k}": Part(BIAS, fan)}
        found += [Subject(name, part, LINEAR, ("dense",), head, first=k == 1)
                  for name, part in parts.items()]  # fmt: skip
    return found


def inits_by_parameter(given: Rules, layer_dims: Any) -> dict[str, tuple[Init | None, bool]]:
    """Return each parameter's init, and whether that is meant for its whole layer."""
    found = {}
    for one in _subjects(checked_layer_dims(layer_dims)):
        matching = given.matching(one)
        rule = matching[-1] if matching else None
        found[one.name] = given.of(rule), rule is None or rule.of_layers
    return found


def _distribution(subject: Subject, given: Rules) -> Distribution:
    matching = given.matching(subject)
    rule = matching[-1] if matching else None
    init = given.of(rule)
    if init is None:
        expected = f"complete, with a rule for {subject.name!r} or a default init"
        raise invalid_argument("rules", expected, str(given))
    if init == KEEP:
        hint = "A dense network has no values before its init, so there is nothing to keep."
        raise invalid_argument("rules", "without 'keep'", str(given), where=subject.name, hint=hint)
    if init == AUTO or isinstance(init, ByPlace | DepthScaled):
        expected = (
            "a method that takes neither nonlinearities nor the depth from the network, because a "
            "dense network is drawn from its widths alone"
        )
        hint = "Name a method, such as he_normal."
        if isinstance(init, ByPlace):
            hint = f"Give all arguments: {find(init.name).signature}."
        raise invalid_argument("init", expected, str(init), where=subject.name, hint=hint)
    found = distribution_of(
        subject.name, subject.part, TORCHS if isinstance(init, str) else init, rule
    )
    assert found is not None  # a weight or a bias, both with fans
    return found[0]


def parameter_shapes(layer_dims: Any) -> dict[str, tuple[int, int]]:
    """Return ``{"W1": (out, in), "b1": (out, 1), ...}``, layer by layer.

    Example:
        >>> parameter_shapes([2, 4, 1])
        {'W1': (4, 2), 'b1': (4, 1), 'W2': (1, 4), 'b2': (1, 1)}
    """
    widths = checked_layer_dims(layer_dims)
    shapes: dict[str, tuple[int, int]] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        shapes[f"W{layer}"] = (fan_out, fan_in)
        shapes[f"b{layer}"] = (fan_out, 1)
    return shapes
