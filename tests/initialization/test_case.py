"""Starts per parameter: their text, their distributions, what draws from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initlab
from initlab.errors import ArgumentError
from initlab.initialization import Case, network_distributions, parse_init
from initlab.initialization.case import parse_case
from initlab.initializers import Constant, Initializer, Normal

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64) | st.integers(-(10**6), 10**6)
STARTS = NUMBERS | st.sampled_from(
    ["normal", "he_normal", "xavier_uniform", "zeros", "ones", "torch_default",
     "normal(std=0.5, mean=-2)", "he_normal(mode='fan_out')", "constant(value=0.25)"]
)  # fmt: skip


@given(st.lists(st.tuples(STARTS, st.none() | STARTS), min_size=1, max_size=5), st.randoms())
def test_text_of_a_case_means_the_same_case(layers, order):
    pairs = []
    for k, (weight, bias) in enumerate(layers, start=1):
        pairs.append((f"W{k}", weight))
        if bias is not None:
            pairs.append((f"B{k}", bias))
    order.shuffle(pairs)
    case = Case(dict(pairs))
    assert parse_case(str(case)) == case
    assert str(parse_init(str(case))) == str(case)
    written = ",".join(
        f"{name}={start if isinstance(start, str) else repr(start)}" for name, start in pairs
    )
    assert parse_init(written) == case


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("W1=0,B1=0,W2=0,B2=normal", "W1=0,B1=0,W2=0,B2=normal"),
        (" W2 = 1.0 , W1 = zeros ", "W1=0,B1=0,W2=1,B2=0"),
        ("W1=constant(value=0.5),b1=-1e-3", "W1=0.5,B1=-0.001"),
        ("W1=xavier_normal", "W1=glorot_normal,B1=0"),
        ("W1=normal( std=2, mean=1 ),W2=.5", "W1=normal(std=2, mean=1),B1=0,W2=0.5,B2=0"),
        ("W1=he_normal(mode='fan_out'),W2=1e3", "W1=he_normal(mode='fan_out'),B1=0,W2=1000,B2=0"),
    ],
)
def test_spellings_have_one_canonical_text(text, canonical):
    assert str(parse_init(text)) == canonical


def test_a_text_without_names_is_one_start_for_all():
    assert parse_init("he_normal(mode='fan_out')") == Initializer("he_normal", {"mode": "fan_out"})
    case = Case({"W1": 0})
    assert parse_init(case) is case


def test_distributions_are_those_of_each_start_at_its_own_fans():
    distributions = network_distributions("W1=0.5,W2=he_normal,B2=normal(std=3)", [2, 8, 3])
    assert distributions == {
        "W1": Constant(0.5), "b1": Constant(0.0),
        "W2": Normal(mean=0.0, std=0.5), "b2": Normal(mean=0.0, std=3.0),
    }  # fmt: skip


def test_a_bias_start_takes_the_fans_of_the_weight_beside_it():
    assert network_distributions("W1=0,B1=he_normal", [8, 3])["b1"] == Normal(mean=0.0, std=0.5)


@pytest.mark.parametrize("stream", ["default", "course"])
def test_one_start_for_every_weight_draws_as_the_plain_start_does(stream):
    plain = initlab.draw_network("he_normal", [2, 4, 3], seed=5, stream=stream)
    case = initlab.draw_network("W1=he_normal,W2=he_normal", [2, 4, 3], seed=5, stream=stream)
    assert {n: v.tobytes() for n, v in case.items()} == {n: v.tobytes() for n, v in plain.items()}


def test_course_stream_draws_in_the_documents_order():
    generator = np.random.RandomState(7)
    drawn = initlab.draw_network(
        "W1=normal,B1=normal,W2=0,B2=normal", [1, 2, 1], seed=7, stream="course"
    )
    for name, shape in (("W1", (2, 1)), ("b1", (2, 1)), ("b2", (1, 1))):
        assert drawn[name].tobytes() == generator.standard_normal(shape).tobytes(), name
    assert not drawn["W2"].any()


@pytest.mark.parametrize(
    ("text", "argument", "part"),
    [
        ("W1=0,W3=1", "W2", "W2 must be given"),
        ("B1=0", "W1", "W1 must be given"),
        ("W1=0,W1=1", "W1", "given once"),
        ("B1=0,W1=0,b1=1", "B1", "given once"),
        ("w1=0", "parameter", "Did you mean 'W1'?"),
        ("W1=0,W0=1", "parameter", "got 'W0'"),
        ("W1=0,W101=1", "parameter", "up to layer 100"),
        ("W1=0,bias=1", "parameter", "got 'bias'"),
        ("W1=0,,W2=1", "case", "name=init"),
        ("=he_normal", "rules", 'A "=" has no pattern before it'),
        ("W1=normal;W2", "init", 'the part without "=": init must be the name of an initializer'),
        ("W1=", "case", "'W1=' is not of the form name=init"),
        ("W1=0,W2", "case", "'W2' is not of the form name=init"),
        ("W1=nan", "value", "W1: value must be a finite number"),
        ("W1=1e999", "value", "W1: value must be a finite number"),
        ("W1=he_nromal", "init", "W1: init must be"),
        ("W1=0,W2=normal(std=-1)", "std", "W2: std must be"),
        ("W1=normal(std=2", "init", "W1: init must be"),
        ("W1=he_normal(mode='),W2=0'),W2=0", "mode", "got '),W2=0'"),
        ("W1=" + "0" * 3000, "case", "at most 2000 characters"),
    ],
)
def test_a_bad_case_is_refused_by_the_name_of_its_part(text, argument, part):
    with pytest.raises(ArgumentError) as caught:
        parse_init(text)
    assert caught.value.argument == argument
    assert part in str(caught.value)


@pytest.mark.parametrize("value", [True, None, [0], 3.5j])
def test_a_start_of_another_kind_is_refused(value):
    with pytest.raises(ArgumentError, match=r"^W1: "):
        Case({"W1": value})


@pytest.mark.parametrize("text", ["W1=0", "W1=0,W2=0,W3=0"])
def test_a_case_of_another_depth_is_refused_with_the_networks_names(text):
    with pytest.raises(ArgumentError, match="W1, B1, W2, B2"):
        initlab.draw_network(text, [1, 2, 1], seed=0)


def test_bias_init_beside_a_case_is_refused():
    with pytest.raises(ArgumentError, match="bias_init must be left out"):
        initlab.draw_network("W1=0", [1, 1], seed=0, bias_init="ones")


def test_a_number_alone_means_what_its_text_means():
    for number in (0, 1, 0.5, -2):
        assert parse_init(number) == parse_init(str(number))


@pytest.mark.parametrize("given", [{"*.weight": "he_normal", "*.bias": 0}, {}])
def test_a_mapping_alone_is_refused_with_the_call_that_takes_it(given):
    with pytest.raises(ArgumentError, match=r"initlab\.rules\(\{\.\.\.\}, default=\.\.\.\)"):
        parse_init(given)


def test_a_truth_value_is_no_number():
    with pytest.raises(ArgumentError, match="init must be a name"):
        parse_init(True)
