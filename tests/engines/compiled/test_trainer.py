"""Kernels against the NumPy reference: gradients, steps of every optimizer, padding and batches."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.engines import InMemory
from initlab.engines.compiled import trainer
from initlab.engines.compiled.trainer import CompiledTrainer, Kernel
from initlab.files import CACHE_VARIABLE
from initlab.networks import DenseNetwork, gradients
from initlab.networks.scores import scores_on
from initlab.records import Training

from ..making import CIRCLES, NETWORKS, REGRESSION, bits, parameters, points, trained
from .test_kernel_cache import TINY, forget

OPTIMIZERS = [("gd", None, 0.0), ("sgd", 13, 0.9), ("sgd", None, 0.5), ("adam", 13, 0.0)]


def samples_of(name):
    return 300 if name == "circles" else 16


@pytest.mark.parametrize("name", NETWORKS)
def test_first_loss_and_gradient_are_the_references(name):
    network = NETWORKS[name]
    start, data = parameters(network), points(network, samples_of(name))
    expected_loss, expected = gradients(network, start, data.x, data.y)
    plan = Training(learning_rate=1.0, steps=1, record_every=1)
    trainer = trained("compiled", network, plan, data, start)
    assert trainer.curve[0] == pytest.approx(expected_loss, rel=1e-13)
    for parameter, value in trainer.parameters().items():
        step = start[parameter] - value
        np.testing.assert_allclose(step, expected[parameter], rtol=1e-10, atol=2e-15)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("optimizer", "batch", "momentum"), OPTIMIZERS)
def test_a_hundred_steps_are_those_of_the_blas_path(name, optimizer, batch, momentum):
    network = NETWORKS[name]
    plan = Training(
        optimizer=optimizer, learning_rate=0.02, momentum=momentum,
        batch_size=None if name == "circles" else batch, steps=100, record_every=1,
    )  # fmt: skip
    start, data = parameters(network), points(network, samples_of(name))
    compiled, blas = (trained(e, network, plan, data, start, seed=5) for e in ("compiled", "BLAS"))
    np.testing.assert_allclose(compiled.curve, blas.curve, rtol=1e-11)
    for parameter, value in compiled.parameters().items():
        np.testing.assert_allclose(value, blas.parameters()[parameter], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("samples", [293, 297, 300, 303, 304])
def test_full_and_padded_blocks_weigh_every_sample_once(samples):
    # all of these share one kernel: two blocks of 152, of which 0 to 11 places are free
    start, data = parameters(CIRCLES), points(CIRCLES, samples)
    expected, _ = gradients(CIRCLES, start, data.x, data.y)
    plan = Training(steps=1, record_every=1)
    ours = trained("compiled", CIRCLES, plan, data, start).curve[0]
    assert ours == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", NETWORKS)
def test_mean_losses_of_many_parameters_are_those_of_numpy(name):
    network = NETWORKS[name]
    kernel = Kernel(network, Training(steps=1), points(network, samples_of(name)))
    many = [parameters(network, seed) for seed in range(5)]
    for member, value in ((2, np.nan), (3, np.inf), (4, 1e200)):
        many[member]["W2"][0, 0] = value
    stack = {name: np.stack([one[name] for one in many]) for name in many[0]}
    elsewhere = points(network, samples_of(name) + 5, seed=1)  # more than it was trained on
    found = kernel.mean_losses(stack, elsewhere.x, elsewhere.y)
    expected = scores_on(["loss"], network, stack, elsewhere.x, elsewhere.y)["loss"]
    assert np.isfinite(expected[:2]).all()
    assert np.isnan(expected[2])
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert found.tobytes() == kernel.mean_losses(stack, elsewhere.x, elsewhere.y).tobytes()
    one = {name: value[1:2] for name, value in stack.items()}
    assert kernel.mean_losses(one, elsewhere.x, elsewhere.y) == found[1]  # whatever its company


def test_parts_of_a_run_add_up_to_the_same_bits():
    data, start = points(REGRESSION, 16), parameters(REGRESSION)
    plan = Training(optimizer="sgd", momentum=0.9, batch_size=13, steps=50, record_every=7)
    kernel = Kernel(REGRESSION, plan, data)
    whole, parts = (CompiledTrainer(kernel, start, 2) for _ in range(2))
    whole.advance(50)
    for end in (1, 2, 9, 9, 30, 50):
        parts.advance(end)
    assert bits(parts.parameters()) == bits(whole.parameters())
    assert parts.curve.tobytes() == whole.curve.tobytes()


def test_regression_targets_may_be_one_column_or_a_plain_vector():
    network = DenseNetwork((2, 10, 5, 1), loss_form="probability")
    data = points(network, 300)
    plan = Training(steps=3, record_every=1)
    column = InMemory(data.x, data.y[:, np.newaxis])
    first, second = (
        trained("compiled", network, plan, d, parameters(network)) for d in (data, column)
    )
    assert bits(first.parameters()) == bits(second.parameters())


def test_a_kernel_is_compiled_only_where_it_is_not_known_yet(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))  # the user's own may know it already
    text = TINY.format(note="which is compiled in no time")
    monkeypatch.setattr(trainer, "kernel_source", lambda network, layout: text)
    compiled, network = [], DenseNetwork((1, 1, 1))
    for _ in range(2):
        Kernel(network, Training(steps=1), points(network, 8), lambda: compiled.append(network))
    forget(text)
    assert compiled == [network]
