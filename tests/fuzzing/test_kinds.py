"""One test for each kind of fault that was found in use, with the value that showed it."""

from __future__ import annotations

import itertools
import json
import time

import matplotlib.pyplot as plt
import numpy as np
import pytest

import initlab
from initlab.initializers.drawing import moments
from initlab.report.histogram import histogram

from ..cli.running import initlab as command
from ..cli.running import one_json


def refused(call, *words):
    with pytest.raises(initlab.InitlabError) as error:
        call()
    for word in words:
        assert word in str(error.value)
    return error.value


def quick(**options):
    return initlab.compare("circles", steps=1, progress=False, **options)


UNPACKED = {
    "case": (lambda: initlab.Case(1), "starts must be a mapping"),
    "case of singles": (lambda: initlab.Case([("W1",)]), "starts"),
    "arguments": (lambda: initlab.Initializer("normal", 1), "arguments must be a mapping"),
    "arguments of numbers": (lambda: initlab.Initializer("normal", {1: 2}), "arguments"),
    "range": (lambda: initlab.hist_dist("t", [1, 2], 5), "hist_range must be a pair"),
    "a range too wide": (
        lambda: initlab.hist_dist("t", [1, 2], (-1e308, 1e308)), "hist_range must be a pair",
    ),
    "aliases": (
        lambda: initlab.register("a", family="f", formula="g", source="s", aliases=None),
        "aliases must be a list of names",
    ),
    "seeds of no axis": (lambda: quick(seeds=np.array(3)), "seeds must be a count"),
    "ragged": (lambda: initlab.hist_dist("t", [[1], [2, 3]]), "values must be finite numbers"),
    "dictionary": (lambda: initlab.hist_dist("t", {"a": 1}), "values must be finite numbers"),
    "points": (lambda: initlab.trace([1, 1], {"W1": [[1.0]], "b1": [[1.0]]}, 3), "points"),
    "names": (lambda: initlab.symmetry({1: 2, "W1": 3}), "parameters"),
    "data": (lambda: initlab.compare(data=([1, [2]], [0, 1]), progress=False), "x cannot be made"),
    "folder": (lambda: quick(seeds=1, data_dir=3), "data_dir"),
    "epochs": (lambda: initlab.compare("circles", steps="1"), "steps must be an integer"),
    "home": (
        lambda: initlab.compare(data="~nobody-here/x.csv", progress=False), "data must be",
    ),
    "interval": (lambda: quick(record_every=10**30), "record_every must be an integer"),
    "batch": (lambda: quick(optimizer="sgd", batch_size=10**30), "batch_size must be an integer"),
    "time": (lambda: initlab.draw("zeros", (2, 2), seed=np.timedelta64(3, "s")), "seed must be"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNPACKED)
def test_containers_are_checked_before_they_are_unpacked(kind):
    call, words = UNPACKED[kind]
    refused(call, words)


@pytest.mark.parametrize("path", [None, 3, "", "~nobody-here/x.svg", ["x.svg"], b"x.svg"])
def test_a_path_is_checked_before_it_is_opened(path):
    start = initlab.draw_network("ones", [1, 2, 1], seed=0)
    taken = initlab.trace([1, 2, 1], start, ([[0.5]], [0.5]))
    refused(lambda: taken.save(path), "path must be")
    result = quick(seeds=1, inits="zeros")
    if path is not None:
        refused(lambda: result.to_json(path), "path must be")
    refused(lambda: result.plot(path), "folder must be")


def test_an_object_that_cannot_be_printed_is_still_refused():
    class Silent:
        def __repr__(self):
            raise ValueError

    refused(lambda: initlab.parse(Silent()), "got an object of type Silent that cannot be printed")


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"seeds": itertools.count()}, "seeds"),
        ({"seeds": range(10**9)}, "seeds"),
        ({"inits": itertools.repeat("zeros")}, "inits"),
        ({"inits": [f"normal(std={k + 1})" for k in range(10_000)]}, "inits"),
        ({"learning_rate": [1e-5 * (k + 1) for k in range(10_000)]}, "learning_rate"),
        ({"layer_dims": itertools.count(2)}, "layer_dims"),
        ({"inits": [f"normal(std={k + 1})" for k in range(1_000)], "seeds": 1_000}, "seeds"),
    ],
)
def test_lists_too_long_or_endless_are_refused_at_once(options, argument):
    began = time.monotonic()
    assert refused(lambda: quick(**options)).argument == argument
    assert time.monotonic() - began < 5


def test_20_000_seeds_are_checked_in_a_moment():
    from initlab.settings import SETTINGS

    began = time.monotonic()
    assert len(SETTINGS["seeds"].check(list(range(20_000)))) == 20_000
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("study", ["circles", "curve"])
def test_a_noise_that_only_diverges_is_refused(study):
    options = {"noise": 1e308, "steps": 1, "progress": False}
    assert refused(lambda: initlab.compare(study, **options)).argument == "noise"


@pytest.mark.parametrize("values", [[1, np.nan], [1, -np.inf], ["1", "2"], [1 + 1j, 2], [None, 1]])
def test_only_finite_numbers_have_a_histogram(values):
    assert refused(lambda: initlab.hist_dist("t", values)).argument == "values"


@pytest.mark.parametrize(
    ("spec", "dtype"),
    [
        ("uniform(low=0, high=5e-324)", "float64"), ("normal(std=7e-8)", "float16"),
        ("uniform(low=0, high=1e-44)", "float32"), ("constant(value=1e-46)", "float32"),
        ("normal(std=1e-322)", "float64"), ("normal(mean=1, std=1e-9)", "float32"),
        ("uniform(low=1, high=1.0000000000000004)", "float64"),
    ],
)  # fmt: skip
def test_a_distribution_that_sinks_below_the_grid_of_its_dtype_is_refused(spec, dtype):
    refused(lambda: initlab.draw(spec, (20, 30), seed=0, dtype=dtype))


@pytest.mark.parametrize(
    ("spec", "dtype"), [("normal(std=1e-5)", "float16"), ("normal(std=1e-320)", "float64"),
                        ("normal(mean=1, std=1e-6)", "float32"), ("he_normal", "float16")]
)  # fmt: skip
def test_of_a_distribution_that_is_drawn_hardly_any_entry_is_zero_or_a_copy(spec, dtype):
    weight = initlab.draw(spec, (20, 30), seed=0, dtype=dtype)
    assert np.count_nonzero(weight) > 0.99 * weight.size
    assert len(np.unique(weight)) > 10


@pytest.mark.parametrize("std", [1e-320, 1e-200, 1.0, 1e160, 3e307])
def test_moments_keep_the_range_of_the_numbers(std):
    near_one = np.random.default_rng(0).standard_normal(1000)
    mean, spread = moments(near_one * std)
    relative = 0.02 if std < 1e-300 else 1e-12  # there are 2,000 steps in 1e-320
    assert mean == pytest.approx(near_one.mean() * std, rel=relative)
    assert spread == pytest.approx(near_one.std() * std, rel=relative)


@pytest.mark.parametrize(
    "spec", ["normal(std={})", "uniform(low=-{0}, high={0})", "orthogonal(gain={})",
             "constant(value={})", "truncated_normal(std={})", "sparse(sparsity=0.5, std={})"]
)  # fmt: skip
@pytest.mark.parametrize("size", ["1e-320", "1e160", "1e307"])
def test_a_histogram_is_drawn_at_the_edges_of_the_number_range(spec, size):
    start = initlab.parse(spec.format(size))
    values = initlab.draw(start, (8, 12), seed=0)
    figure = histogram(values, start.distribution(initlab.fan_of((8, 12))))
    figure.canvas.draw()
    (ax,) = figure.axes
    assert f"weight / 1e{size[2:4]}"[:10] in ax.get_xlabel()
    assert max(map(abs, ax.get_xlim())) < 1e3
    plt.close("all")


def test_a_std_of_1e160_is_json():
    document = one_json(command("show", "normal(std=1e160)", "--shape", "30x20", "--json").stdout)
    assert document["drawn_std"] == pytest.approx(1e160, rel=0.1)
    assert json.dumps(document, allow_nan=False)


def test_a_window_without_an_edge_is_the_normal_distribution():
    distribution = initlab.parse("truncated_normal(cut=1e308)").distribution(initlab.fan_of((2, 3)))
    assert distribution.parent_std == 1.0


@pytest.mark.parametrize(
    ("given", "hint"),
    [("untruncated_normal", "Write 'normal' for Keras' 'untruncated_normal'."),
     ("truncated_norml", "Did you mean 'truncated_normal'?"), ("nonuniform", "")],
)  # fmt: skip
def test_no_hint_is_the_opposite(given, hint):
    error = refused(lambda: initlab.parse(f"variance_scaling(distribution={given})"))
    assert str(error).endswith(f"(variance_scaling) {hint}".strip())


@pytest.mark.parametrize("number", [np.int64(8), np.int8(8), np.uint16(8)])
def test_numbers_of_numpy_are_settings(number):
    result = quick(n_train=number, seeds=1, inits="zeros", noise=np.float32(0.5))
    assert json.loads(result.to_json())["study"]["data"]["n_train"] == 8
