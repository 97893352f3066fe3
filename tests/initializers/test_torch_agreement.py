"""torch's own initializers, where their distributions and ours coincide."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.initializers import draw, parse
from initlab.initializers.fan import fan_of

torch = pytest.importorskip("torch", reason="torch is an extra: pip install initlab[torch]")
init = torch.nn.init

SHAPE = (400, 640)  # 256 000 entries


def drawn_by_torch(fill, shape=SHAPE, **arguments):
    return fill(torch.empty(shape, dtype=torch.float64), **arguments).numpy()


@pytest.fixture(autouse=True)
def _torch_seed():
    torch.manual_seed(0)


# our start, torch's function and its arguments
PAIRS = [
    ("normal(std=0.02, mean=1)", init.normal_, {"mean": 1.0, "std": 0.02}),
    ("uniform(low=-2, high=1)", init.uniform_, {"a": -2.0, "b": 1.0}),
    ("uniform", init.uniform_, {}),
    ("xavier_normal(gain=2)", init.xavier_normal_, {"gain": 2.0}),
    ("xavier_uniform", init.xavier_uniform_, {}),
    ("kaiming_normal", init.kaiming_normal_, {"nonlinearity": "relu"}),
    ("kaiming_normal(negative_slope=0.5)", init.kaiming_normal_, {"a": 0.5}),
    ("kaiming_uniform(mode=fan_out)", init.kaiming_uniform_, {"mode": "fan_out"}),
    ("lecun_normal", init.kaiming_normal_, {"nonlinearity": "linear"}),
    ("lecun_uniform", init.kaiming_uniform_, {"nonlinearity": "linear"}),
    (
        "truncated_normal_uncorrected(std=0.5)",
        init.trunc_normal_,
        {"std": 0.5, "a": -1.0, "b": 1.0},  # torch's bounds are absolute: 2 std
    ),
    ("torch_default", init.kaiming_uniform_, {"a": 5**0.5}),
]


@pytest.mark.parametrize(("text", "fill", "arguments"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_torch_draws_from_the_distribution_we_state(text, fill, arguments):
    from scipy import stats

    theirs = drawn_by_torch(fill, **arguments).ravel()
    distribution = parse(text).distribution(fan_of(SHAPE))
    assert theirs.std() == pytest.approx(distribution.std, rel=0.01)
    ours = draw(text, SHAPE, seed=0).ravel()
    assert stats.ks_2samp(theirs, ours).pvalue > 1e-4
    assert ours.min() == pytest.approx(theirs.min(), abs=1.5 * distribution.std)


@pytest.mark.parametrize("shape", [(7, 5), (5, 7), (64, 10)])
def test_fans_of_dense_shapes_are_torchs(shape):
    assert init._calculate_fan_in_and_fan_out(torch.empty(shape)) == (
        fan_of(shape).fan_in,
        fan_of(shape).fan_out,
    )


def test_fans_of_a_convolution_are_torchs():
    weight = torch.nn.Conv2d(16, 32, (3, 5)).weight
    fan = fan_of(tuple(weight.shape), in_axis=1, out_axis=0)
    assert init._calculate_fan_in_and_fan_out(weight) == (fan.fan_in, fan.fan_out)


def test_linear_layer_of_torch_stays_within_torch_default_and_fills_it():
    layer = torch.nn.Linear(50, 4000)
    distribution = parse("torch_default").distribution(fan_of((4000, 50)))
    for parameter in (layer.weight, layer.bias):
        values = parameter.detach().numpy()
        assert np.abs(values).max() <= distribution.high * (1 + 1e-6)
        assert np.abs(values).max() > 0.998 * distribution.high


@pytest.mark.parametrize("shape", [(10, 40), (33, 7)])
def test_sparse_counts_its_zeros_as_torch_does(shape):
    theirs = drawn_by_torch(init.sparse_, shape, sparsity=0.3, std=0.01)
    ours = draw("sparse(sparsity=0.3)", shape, seed=0)
    assert np.array_equal((theirs == 0).sum(axis=0), (ours == 0).sum(axis=0))


@pytest.mark.parametrize("shape", [(10, 40), (40, 10)])
def test_orthogonal_has_torchs_singular_values(shape):
    theirs = drawn_by_torch(init.orthogonal_, shape, gain=2.0)
    ours = draw("orthogonal(gain=2)", shape, seed=0)
    assert np.allclose(
        np.linalg.svd(theirs, compute_uv=False), np.linalg.svd(ours, compute_uv=False)
    )


def test_identity_is_torchs_eye():
    assert np.array_equal(draw("identity", (4, 6), seed=0), drawn_by_torch(init.eye_, (4, 6)))
