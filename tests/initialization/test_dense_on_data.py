"""Data methods on dense networks: outputs by plain matrix products, and the same in studies."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.comparison import prepare, run_study
from initlab.errors import ArgumentError, InitlabError
from initlab.initialization.dense_on_data import network_on_data
from initlab.networks import DenseNetwork
from initlab.study.expansion import expand

NETWORK = DenseNetwork((4, 12, 8, 3), "tanh", "cross_entropy", "logits")


def points(seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(1, 2, (300, 4)), generator.integers(0, 3, 300) % 3


def preactivations(parameters, x):
    for k in (1, 2, 3):
        z = x @ parameters[f"W{k}"].T + parameters[f"b{k}"].T
        yield z
        x = np.tanh(z)


def drawn(spec, **choices):
    x, y = points()
    return network_on_data(spec, NETWORK, x, y, seed=2, **choices), x, y


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_after_lsuv_every_layer_has_variance_1(dtype):
    parameters, x, _ = drawn("lsuv(tolerance=0.0001)", dtype=dtype)
    for z in preactivations(parameters, x):
        assert z.var() == pytest.approx(1, abs=1.1e-4)
    assert {one.dtype.name for one in parameters.values()} == {dtype}


def test_layers_after_an_entry_that_is_given_see_what_it_gives():
    parameters, x, _ = drawn("lsuv(tolerance=0.0001); W1[0,0]=5")
    assert parameters["W1"][0, 0] == 5
    for z in list(preactivations(parameters, x))[1:]:
        assert z.var() == pytest.approx(1, abs=1.1e-4)


def test_only_the_scale_of_the_orthogonal_draw_changes():
    parameters, _, _ = drawn("lsuv; b2=0.5")
    plain = initlab.draw_network("orthogonal; b2=0.5", NETWORK.layer_dims, seed=2)
    for name in ("W1", "W2", "W3"):
        ratio = parameters[name] / plain[name]
        assert np.allclose(ratio, ratio[0, 0], rtol=1e-12)
    assert (parameters["b2"] == 0.5).all()


def test_units_have_mean_0_and_variance_1():
    parameters, x, _ = drawn("data_normalized; W3=he_normal")
    for k, z in enumerate(preactivations(parameters, x)):
        if k < 2:
            assert np.allclose(z.mean(axis=0), 0, atol=1e-12)
            assert np.allclose(z.var(axis=0), 1, rtol=1e-12)
    assert (parameters["b3"] == 0).all()


def test_the_prior_is_that_of_the_classes():
    parameters, _, y = drawn("he_normal; b3=prior")
    assert np.allclose(np.exp(parameters["b3"][:, 0]), np.bincount(y) / len(y))


def test_an_init_without_data_is_what_draw_network_draws():
    parameters, _, _ = drawn("he_normal")
    plain = initlab.draw_network("he_normal", NETWORK.layer_dims, seed=2)
    assert all(np.array_equal(parameters[name], one) for name, one in plain.items())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("he_normal; b1=prior", "the init of b3 only, the bias of the last layer; got 'b1'"),
        ("he_normal; W1=calibrated", "A dense network has no running statistics"),
        ("prior", "init must be an init for weights"),
    ],
)
def test_what_does_not_fit_is_refused(spec, words):
    with pytest.raises(InitlabError, match=words):
        drawn(spec)


def test_draw_and_draw_network_say_that_data_is_needed():
    with pytest.raises(ArgumentError, match="init must be a method that needs no data"):
        initlab.draw("lsuv", (3, 4), seed=0)
    with pytest.raises(ArgumentError, match=r"spec must be an init that needs no data.*'lsuv'"):
        initlab.draw_network("W1=0,W2=lsuv", [2, 3, 1], seed=0)


def test_a_study_of_circles_trains_from_data_methods():
    choices = {"seeds": [0], "steps": 1}
    study, loaded = prepare("circles", {"inits": ["lsuv", "he_normal"], **choices})
    cells = run_study(study, loaded, progress=False).cells
    again = initlab.compare("circles", inits=["lsuv"], progress=False, **choices).cells
    assert {one.init: one for one in cells}["lsuv"].initial_loss == again[0].initial_loss
    (spec,) = (one for block in expand(study, loaded) for one in block if one.init == "lsuv")
    parameters, x, network = loaded.draw(spec), loaded.dataset.x_train, study.problem.dense
    for k in range(1, network.depth + 1):
        z = x @ parameters[f"W{k}"].T + parameters[f"b{k}"].T
        assert z.var() == pytest.approx(1, abs=0.01)
        x = np.maximum(z, 0)


def test_an_entry_keeps_its_number_where_a_method_sets_the_rest():
    x, y = points()
    found = network_on_data("lsuv; W2[3,1]=0.25", NETWORK, x, y, seed=0)
    assert found["W2"][3, 1] == 0.25
