"""draw_network(): the course's printed weights, and streams that stay where they are."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.errors import ArgumentError
from initlab.initialization import draw_network, network_distributions
from initlab.initializers import Constant, Normal, Uniform, draw
from initlab.initializers.distributions import WithEntries

# printed in the course's notebook for seed 3: "normal * 10" on [3, 2, 1], He on [2, 4, 1]
PRINTED_LARGE = {
    "W1": "[[ 17.88628473   4.36509851   0.96497468]\n [-18.63492703  -2.77388203  -3.54758979]]",
    "b1": "[[0.]\n [0.]]",
    "W2": "[[-0.82741481 -6.27000677]]",
    "b2": "[[0.]]",
}
PRINTED_HE = {
    "W1": (
        "[[ 1.78862847  0.43650985]\n [ 0.09649747 -1.8634927 ]\n"
        " [-0.2773882  -0.35475898]\n [-0.08274148 -0.62700068]]"
    ),
    "b1": "[[0.]\n [0.]\n [0.]\n [0.]]",
    "W2": "[[-0.03098412 -0.33744411 -0.92904268  0.62552248]]",
    "b2": "[[0.]]",
}


@pytest.mark.parametrize(
    ("text", "layer_dims", "printed"),
    [("normal(std=10)", [3, 2, 1], PRINTED_LARGE), ("he_normal", [2, 4, 1], PRINTED_HE)],
)
def test_course_stream_prints_the_notebooks_weights(text, layer_dims, printed):
    start = draw_network(text, layer_dims, seed=3, stream="course")
    with np.printoptions(precision=8, suppress=False, linewidth=100):
        assert {name: str(value) for name, value in start.items()} == printed


def test_course_stream_has_the_bits_of_the_courses_loop():
    np.random.seed(11)
    dims = [2, 10, 5, 1]
    expected = {}
    for layer in range(1, 4):
        n, m = dims[layer - 1], dims[layer]
        expected[f"W{layer}"] = np.random.randn(m, n) * np.sqrt(2.0 / n)
        expected[f"b{layer}"] = np.zeros((m, 1))
    start = draw_network("he_normal", dims, seed=11, stream="course")
    assert list(start) == list(expected)
    assert all(start[name].tobytes() == expected[name].tobytes() for name in expected)


def test_course_stream_draws_bias_after_weight_layer_by_layer():
    generator = np.random.RandomState(4)
    start = draw_network("torch_default", [3, 2, 1], seed=4, stream="course")
    for name, shape, n in [("W1", (2, 3), 3), ("b1", (2, 1), 3), ("W2", (1, 2), 2), ("b2", 0, 2)]:
        u = generator.random_sample(shape or (1, 1))
        assert start[name] == pytest.approx((2 * u - 1) / np.sqrt(n), rel=1e-14)


def test_default_stream_gives_each_parameter_its_own_draw():
    start = draw_network("he_normal", [2, 4, 1], seed=3)
    assert start["W1"].tobytes() == draw("he_normal", (4, 2), seed=3, name="W1").tobytes()
    assert start["W2"].tobytes() == draw("he_normal", (1, 4), seed=3, name="W2").tobytes()


def test_appended_layer_moves_no_earlier_number():
    short = draw_network("torch_default", [2, 4, 3], seed=3)
    long = draw_network("torch_default", [2, 4, 3, 1], seed=3)
    assert all(short[name].tobytes() == long[name].tobytes() for name in short)


def test_drawing_biases_moves_no_weight_in_the_default_stream():
    plain = draw_network("he_normal", [2, 4, 1], seed=3)
    biased = draw_network("he_normal", [2, 4, 1], seed=3, bias_init="normal")
    assert plain["W2"].tobytes() == biased["W2"].tobytes()
    assert biased["b1"].all()


def test_zeros_start_is_zero_in_both_streams():
    for stream in ("course", "default"):
        start = draw_network("zeros", [3, 2, 1], seed=3, stream=stream)
        assert not any(value.any() for value in start.values())


def test_bias_init_overrides_what_the_start_brings():
    start = draw_network("torch_default", [3, 2, 1], seed=0, bias_init="constant(value=0.1)")
    assert (start["b1"] == 0.1).all()
    assert (start["b2"] == 0.1).all()
    assert not draw_network("torch_default", [3, 2, 1], seed=0, bias_init="zeros")["b1"].any()


def test_network_distributions_name_every_parameter_that_is_drawn():
    distributions = network_distributions("torch_default", [4, 9, 1])
    assert list(distributions) == list(draw_network("torch_default", [4, 9, 1], seed=0))
    assert distributions["W1"] == distributions["b1"] == Uniform(-0.5, 0.5)
    assert distributions["b2"] == Uniform(-1 / 3, 1 / 3)
    assert network_distributions("he_normal", [4, 9, 1])["b2"] == Constant(0)


def test_float32_network_is_the_float64_network_rounded():
    exact = draw_network("he_normal", [2, 4, 1], seed=3, stream="course")
    single = draw_network("he_normal", [2, 4, 1], seed=3, stream="course", dtype="float32")
    for name, value in exact.items():
        assert single[name].dtype == np.float32
        assert np.array_equal(single[name], value.astype(np.float32))


@pytest.mark.parametrize(
    "layer_dims",
    [
        [],
        [2],
        [2, 0],
        [2, -1, 1],
        [2, 1.5],
        [2, True],
        ["2", "1"],
        "21",
        b"21",
        5,
        None,
        [2, None],
        {2: 1},
        [[2, 1]],
        np.array([[2, 1]]),
        [10**6, 10**6],
        [2, float("nan")],
    ],
)
def test_impossible_widths_are_refused(layer_dims):
    with pytest.raises(ArgumentError, match="layer_dims"):
        draw_network("zeros", layer_dims, seed=0)


def test_widths_may_be_a_tuple_or_an_array():
    for dims in ((2, 4, 1), np.array([2, 4, 1])):
        assert draw_network("zeros", dims, seed=0)["W1"].shape == (4, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": -1},
        {"seed": None},
        {"stream": "Course"},
        {"stream": None},
        {"dtype": "int64"},
        {"bias_init": "nothing"},
        {"bias_init": "orthogonal"},
        {"bias_init": True},
    ],
)
def test_other_arguments_are_refused_by_name(changed):
    with pytest.raises(ArgumentError):
        draw_network("zeros", [2, 4, 1], **({"seed": 0} | changed))


def test_course_stream_sends_large_seeds_to_the_default_stream():
    with pytest.raises(ArgumentError, match="--stream default"):
        draw_network("zeros", [2, 1], seed=2**32, stream="course")
    draw_network("zeros", [2, 1], seed=2**32)


@pytest.mark.parametrize("stream", ["course", "default"])
@pytest.mark.parametrize("spec", ["he_normal", "W1=1; b1=0; W2=normal; b2=0.5"])
def test_an_entry_with_a_rule_is_that_number_and_all_others_stay(spec, stream):
    plain = draw_network(spec, [2, 4, 1], seed=3, stream=stream)
    typed = draw_network(f"{spec}; W1[2, 1]=0.5; b1[3,0]=-1e-3", [2, 4, 1], seed=3, stream=stream)
    plain["W1"][2, 1], plain["b1"][3, 0] = 0.5, -0.001
    for name, numbers in plain.items():
        assert np.array_equal(numbers, typed[name])


def test_a_distribution_with_entries_has_the_moments_of_all_its_entries():
    distribution = network_distributions("he_normal; W1[0,0]=3; W1[1,1]=-2", [2, 4, 1])["W1"]
    assert distribution == WithEntries(Normal(0.0, 1.0), (4, 2), (((0, 0), 3.0), ((1, 1), -2.0)))
    generator = np.random.default_rng(0)
    drawn = np.stack([distribution.draw((4, 2), generator) for _ in range(4_000)])
    assert distribution.mean == 1 / 8
    assert distribution.std == pytest.approx(drawn.std(), rel=0.01)
    assert distribution.density(0.0) is None


@pytest.mark.parametrize(("entry", "words"), [
    ("W1[4,0]=1", r"from W1\[0,0\] to W1\[3,1\]"), ("W1[0,2]=1", "for entries from"),
    ("W3[0,0]=1", "entries of the parameters W1, b1, W2, b2"),
    ("W1[0,0]=normal", "must be a number"), ("W1[0,0]=nan", "finite"),
])  # fmt: skip
def test_an_entry_that_there_is_not_is_refused(entry, words):
    with pytest.raises(ArgumentError, match=words):
        draw_network(f"he_normal; {entry}", [2, 4, 1], seed=3)


def test_entries_equal_to_the_others_leave_a_constant_matrix():
    drawn = draw_network("0; W1=0.1; W1[0,0]=0.1", [2, 3, 1], seed=0, dtype="float32")
    assert np.array_equal(drawn["W1"], np.full((3, 2), np.float32(0.1)))
    assert network_distributions("he_normal; W1[0,0]=1e200", [2, 4, 1])["W1"].std == pytest.approx(
        1e200 * np.sqrt(7) / 8
    )


def test_an_entry_is_no_glob():
    distributions = network_distributions("he_normal; W1[0,1]=0.5", [2] * 12)
    assert distributions["W10"] == distributions["W11"] == Normal(0.0, 1.0)
