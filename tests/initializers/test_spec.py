"""Text of a start: parsed safely, printed canonically, refused early."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initlab.errors import ArgumentError, InitlabError
from initlab.initialization import draw_network
from initlab.initializers import Fan, Initializer, draw, fan_of, parse
from initlab.initializers.registry import entries

BUILT_IN = [e for e in entries() if e.origin.startswith("initlab.")]
QUICK = settings(max_examples=300)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("zeros", "zeros"),
        ("zeros()", "zeros"),
        ("  he_normal ( ) ", "he_normal"),
        ("normal(std=10)", "normal(std=10)"),
        ("normal(std=10.0)", "normal(std=10)"),
        ("normal( mean=0 , std=1e1 )", "normal(std=10)"),
        ("normal(std=0.01)", "normal(std=0.01)"),
        ("normal(std=.01)", "normal(std=0.01)"),
        ("normal(std=1e-2, mean=-3)", "normal(std=0.01, mean=-3)"),
        ("normal(mean=-3, std=2)", "normal(std=2, mean=-3)"),
        ("normal(std=1e20)", "normal(std=1e+20)"),
        ("normal(std=100000000000000000000)", "normal(std=1e+20)"),
        ("normal(std=1, mean=-0.0)", "normal"),
        ("xavier_normal", "glorot_normal"),
        ("xavier_uniform(gain=2)", "glorot_uniform(gain=2)"),
        ("kaiming_normal(mode='fan_in')", "he_normal"),
        ('kaiming_uniform(mode="fan_out")', "he_uniform(mode='fan_out')"),
        ("he_normal(mode=fan_avg)", "he_normal(mode='fan_avg')"),
        ("constant(value=1)", "constant(value=1)"),
        ("sparse(sparsity=0.5, allow_dead=False)", "sparse(sparsity=0.5)"),
        ("sparse(allow_dead=True, sparsity=0.5)", "sparse(sparsity=0.5, allow_dead=True)"),
    ],
)
def test_text_has_one_canonical_form(text, canonical):
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)
    assert hash(parse(canonical)) == hash(parse(text))


def test_start_made_in_python_equals_the_parsed_one():
    made = Initializer("kaiming_normal", {"mode": "fan_out", "negative_slope": np.float64(0.5)})
    assert made == parse("he_normal(mode='fan_out', negative_slope=0.5)")
    assert made.name == "he_normal"
    assert made.arguments == (("mode", "fan_out"), ("negative_slope", 0.5))
    assert parse(made) is made
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("he_nromal", "Did you mean 'he_normal'"),
        ("He_Normal", "Did you mean 'he_normal'"),
        ("xavier", "Did you mean 'xavier_normal'"),
        ("he", "Did you mean 'he_normal'"),
        ("siren", "Did you mean 'siren_first'"),
        ("kaiming", "Did you mean 'kaiming_"),
        ("qqqq", "initlab inits"),
        ("normal(sdt=1)", r"one of std, mean; got 'sdt'\. \(normal\) Did you mean 'std'"),
        (
            "zeros(std=1)",
            r"std must be left out; got 1\. \(zeros\) The init zeros takes no arguments\.",
        ),
        ("he normal", "Did you mean 'he_normal'"),
        ("trunc-normal", "Did you mean 'truncated_normal'"),
        ("zeros(10)", r"got 'zeros\(10\)'\. The init zeros takes no arguments\."),
        ("normal(10)", r"normal\(std=1, mean=0\)"),
        ("normal(std=1,)", "name=value"),
        ("normal(std=1 mean=2)", "name=value"),
        ("normal(,)", "name=value"),
        ("normal(std==1)", "name=value"),
        ("normal(std=1, std=2)", "std must be given once"),
        ("normal(std=1+1)", "name=value"),
        ("normal(std=[1])", "name=value"),
        ("normal(std=1_000)", "name=value"),
        ("normal(std=0x10)", "name=value"),
        ("normal(std=1j)", "name=value"),
        ("normal(std=١)", "name=value"),
        ("normal(std=nan)", "std must be a finite number > 0; got nan"),
        ("normal(std=-inf)", "std must be a finite number > 0; got -inf"),
        ("normal(std=1e999)", "std must be a finite number > 0; got inf"),
        ("normal(std=None)", "std must be a finite number > 0; got None"),
        ("normal(std='0.1')", "std must be a finite number > 0; got '0.1'"),
        ("normal(std=True)", "std must be a finite number > 0; got True"),
        ("normal(std=abc)", "std must be a finite number > 0; got 'abc'"),
        ("constant", "value must be given"),
        ("sparse(std=1)", "sparsity must be given"),
        ("normal(std=1", "a name or a call"),
        ("normal std=1", "a name or a call"),
        ("normal(std=1))", "name=value"),
        ("", "a name or a call"),
        ("()", "a name or a call"),
        ("__import__('os')", "name of an initializer"),
        ("normal(std=" + "1" * 300 + ")", "at most 200 characters"),
        (None, "a name or a call"),
        (3, "a name or a call"),
        (["he_normal"], "a name or a call"),
        (b"he_normal", "a name or a call"),
    ],
)
def test_bad_text_is_refused_with_what_would_help(text, message):
    with pytest.raises(ArgumentError, match=message):
        parse(text)


# Faults A1-A9: (start, argument, values that must be refused when the start is made)
NOT_NUMBERS = ["0.1", True, None, [1, 2], np.ones(2), 1j, float("nan"), float("inf")]
REFUSED = [
    ("normal", "std", [*NOT_NUMBERS, -1, 0, 10**400]),
    ("normal", "mean", NOT_NUMBERS),
    ("uniform", "low", [*NOT_NUMBERS, 1, 2]),
    ("uniform", "high", [*NOT_NUMBERS, 0, -1]),
    ("truncated_normal", "std", [*NOT_NUMBERS, -1, 0]),
    ("truncated_normal", "cut", [*NOT_NUMBERS, -1, 0, 1e-7]),
    ("truncated_normal_uncorrected", "std", [*NOT_NUMBERS, -1, 0]),
    ("truncated_normal_uncorrected", "cut", [*NOT_NUMBERS, -1, 0, 1e-7]),
    ("glorot_normal", "gain", [*NOT_NUMBERS, -1, 0, 1e-200, 1e200]),
    ("glorot_uniform", "gain", [*NOT_NUMBERS, -1, 0]),
    ("glorot_truncated_normal", "gain", [*NOT_NUMBERS, -1, 0]),
    ("orthogonal", "gain", [*NOT_NUMBERS, -1, 0]),
    ("identity", "gain", [*NOT_NUMBERS, -1, 0]),
    ("variance_scaling", "scale", [*NOT_NUMBERS, -1, 0, 1e-200, 1e200]),
    ("variance_scaling", "distribution", ["Normal", "gaussian", None, 1]),
    ("variance_scaling", "mode", ["FAN_IN", "in", "fan_avg ", None, 1]),
    ("he_normal", "mode", ["FAN_IN", "in", "fan_avg ", None, 1]),
    ("he_uniform", "mode", ["FAN_IN"]),
    ("he_truncated_normal", "mode", ["FAN_IN"]),
    ("he_normal", "negative_slope", [*NOT_NUMBERS, 1e200]),
    ("he_uniform", "negative_slope", NOT_NUMBERS),
    ("he_truncated_normal", "negative_slope", NOT_NUMBERS),
    ("sparse", "sparsity", [*NOT_NUMBERS, -0.5, 1.0, 1.5]),
    ("constant", "value", NOT_NUMBERS),
]


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [(name, argument, value) for name, argument, values in REFUSED for value in values],
    ids=lambda value: str(value)[:20],
)
def test_impossible_values_are_refused_when_the_start_is_made(name, argument, value):
    with pytest.raises(ArgumentError) as refused:
        Initializer(name, {argument: value})
    # a high bound at or below low is told of low
    assert refused.value.argument in ({argument, "low"} if name == "uniform" else {argument})


@pytest.mark.parametrize("text", ["normal(std=0)", "glorot_normal(gain=0)", "orthogonal(gain=0.0)"])
def test_zero_spread_is_sent_to_zeros(text):
    with pytest.raises(ArgumentError, match="use the init zeros"):
        parse(text)


def test_equal_bounds_are_sent_to_constant():
    with pytest.raises(ArgumentError, match=r"constant\(value=2\)"):
        parse("uniform(low=2, high=2)")


def test_sparse_flag_is_true_or_false_only():
    for value in (1, 0, "yes", None):
        with pytest.raises(ArgumentError, match="allow_dead"):
            Initializer("sparse", {"sparsity": 0.5, "allow_dead": value})


POSITIVE = st.floats(1e-100, 1e100) | st.integers(1, 10**18)
ANY = st.floats(-1e100, 1e100) | st.integers(-(10**18), 10**18)
ALLOWED = {
    "std": POSITIVE,
    "mean": ANY,
    "value": ANY,
    "gain": st.floats(1e-6, 1e6),
    "scale": POSITIVE,
    "low": st.floats(-1e6, -1e-6),
    "high": st.floats(2, 1e6),
    "cut": st.floats(1e-5, 50),
    "mode": st.sampled_from(["fan_in", "fan_out", "fan_avg"]),
    "distribution": st.sampled_from(["normal", "uniform", "truncated_normal"]),
    "negative_slope": st.floats(-10, 10),
    "sparsity": st.floats(0, 1, exclude_max=True),
    "allow_dead": st.booleans(),
    "inputs": st.integers(1, 50),
    "blocks": st.sampled_from([1, 2, 4]),
    "nonlinearity": st.sampled_from(["linear", "relu", "sigmoid", "tanh"]),
    "sigma": st.floats(0.1, 10),
    "bias_std": st.floats(0.01, 1),
    "layers": st.integers(1, 1000),
    "layer": st.integers(1, 1000),
    "branches": st.integers(1, 1000),
    "depth": st.integers(2, 10),
    "side": st.sampled_from(["encoder", "decoder"]),
    "omega": st.floats(0.1, 100),
    "init": st.sampled_from(["he_normal", "normal(std=0.1)", "uniform(low=-1, high=2)"]),
    "tolerance": st.floats(1e-6, 1),
    "iterations": st.integers(1, 100),
    "batches": st.integers(1, 100),
    "centre": st.floats(-10, 10),
    "longest": st.floats(2.01, 1e6),
}

ALLOWED_TOGETHER = {  # where each of these values is allowed, but not all of them together
    "bounded_normal": {"std": st.floats(0.5, 1e3), "mean": st.floats(-1, 1)},
    "random_walk": {"nonlinearity": st.sampled_from(["linear", "relu"])},
    "kumar": {"nonlinearity": st.sampled_from(["linear", "sigmoid", "tanh"])},
    "edge_of_chaos": {
        "nonlinearity": st.sampled_from(["tanh", "erf"]), "bias_std": st.sampled_from([0.01, 0.2]),
    },
}  # fmt: skip


@st.composite
def starts(sampled):
    entry = sampled(st.sampled_from(BUILT_IN))
    allowed = {**ALLOWED, **ALLOWED_TOGETHER.get(entry.name, {})}
    given = {
        argument.name: sampled(allowed[argument.name])
        for argument in entry.arguments
        if argument.required or sampled(st.booleans())
    }
    return Initializer(sampled(st.sampled_from([entry.name, *entry.aliases])), given)


@QUICK
@given(starts())
def test_printed_start_parses_to_itself(start):
    again = parse(str(start))
    assert again == start
    assert str(again) == str(start)
    assert again.distribution(Fan(12, 8)) == start.distribution(Fan(12, 8))


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.complex_numbers()
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=2), st.integers(), max_size=2)
)
NOISE = st.text("normalheszr_(),='\" .0123456789einf-TrueNone\\\n[]{}", max_size=40)
CALLS = st.builds(
    "{}({}={})".format,
    st.sampled_from([e.name for e in BUILT_IN]) | NOISE,
    st.sampled_from(sorted(ALLOWED)) | NOISE,
    ANYTHING | NOISE,
)


def attempt(call, *arguments, **keywords):
    """Return (result, None) or (None, InitlabError); anything else that is raised goes through."""
    try:
        return call(*arguments, **keywords), None
    except InitlabError as error:
        return None, error


@QUICK
@given(st.text(max_size=30) | NOISE | CALLS | ANYTHING)
def test_any_text_is_a_start_or_an_initlab_error(text):
    start, error = attempt(parse, text)
    assert error.argument if error else parse(str(start)) == start


@QUICK
@given(st.sampled_from(BUILT_IN), st.sampled_from(sorted(ALLOWED)), ANYTHING)
def test_any_argument_is_taken_or_an_initlab_error(entry, argument, value):
    given = {a.name: 0.5 for a in entry.arguments if a.required} | {argument: value}
    distribution, error = attempt(lambda: Initializer(entry.name, given).distribution(Fan(4, 3)))
    assert error.argument if error else np.isfinite([distribution.mean, distribution.std]).all()


AXES = ANYTHING | st.integers(-4, 4) | st.tuples(st.integers(-4, 4))
SIZES = ANYTHING | st.lists(st.integers(-1, 5) | ANYTHING, max_size=4) | st.just((3, 2, 2))


@QUICK
@given(SIZES, AXES, AXES, AXES)
def test_any_shape_has_fans_or_an_initlab_error(shape, in_axis, out_axis, batch_axis):
    axes = {"in_axis": in_axis, "out_axis": out_axis, "batch_axis": batch_axis}
    _, error = attempt(fan_of, shape, **axes)
    if error:
        assert error.argument
    elif math.prod(shape) <= 10**6:  # larger ones are drawn or refused by their size
        assert draw("ones", shape, seed=0, **axes).shape == tuple(shape)


@QUICK
@given(ANYTHING, ANYTHING | st.lists(st.integers(-1, 5), max_size=4), ANYTHING, ANYTHING, ANYTHING)
def test_any_network_call_draws_or_raises_an_initlab_error(spec, dims, seed, stream, dtype):
    for keywords in (
        {"seed": seed},
        {"seed": 0, "stream": stream},
        {"seed": 0, "dtype": dtype},
        {"seed": 0, "bias_init": spec},
    ):
        start, error = attempt(draw_network, "he_normal", dims, **keywords)
        assert error.argument if error else all(np.isfinite(v).all() for v in start.values())
