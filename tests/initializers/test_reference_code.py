"""Rows that say "against reference code": their draws or numbers beside another program's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.fft import dct
from scipy.linalg import hadamard

from initlab import draw
from initlab.errors import ArgumentError
from initlab.initializers import fan_of, parse
from initlab.initializers.distributions import BoundedNormal
from initlab.initializers.entry import REFERENCE
from initlab.initializers.registry import entries

from .test_torch_agreement import PAIRS

CONV = {"in_axis": 1, "out_axis": 0}
ELSEWHERE = {  # tests of this file and of test_torch_agreement.py
    "zeros", "ones", "constant", "identity", "dirac", "bounded_normal", "sparse", "orthogonal",
    "hadamard_identity", "cosine", "embedding_unit",
    "calibrated",  # tests/initialization/test_module_on_data.py
    "general_rule_uniform", "general_rule_normal",  # as torch_default and lecun_normal
}  # fmt: skip


def test_rows_that_name_reference_code_are_those_tested():
    compared = {parse(text).name for text, _, _ in PAIRS} | ELSEWHERE
    assert {row.name for row in entries() if row.checked == REFERENCE} == compared


@pytest.fixture(name="init")
def torchs_init():
    torch = pytest.importorskip("torch", reason="torch is an extra: pip install initlab[torch]")
    torch.manual_seed(0)
    return torch.nn.init


def filled(fill, shape, **arguments):
    import torch

    return fill(torch.empty(shape, dtype=torch.float64), **arguments).numpy()


@pytest.mark.parametrize(("text", "fill", "arguments"), [
    ("zeros", "zeros_", {}), ("ones", "ones_", {}), ("identity", "eye_", {}),
    ("constant(value=0.3)", "constant_", {"val": 0.3}),
])  # fmt: skip
def test_constants_are_torchs(init, text, fill, arguments):
    ours = draw(text, (4, 6), seed=0)
    assert np.array_equal(ours, filled(getattr(init, fill), (4, 6), **arguments))


@pytest.mark.parametrize("kernel", [(3,), (3, 5), (2, 4), (3, 3, 3)])
@pytest.mark.parametrize(("out", "into"), [(4, 4), (6, 2), (2, 6)])
def test_dirac_is_torchs(init, out, into, kernel):
    shape = (out, into, *kernel)
    assert np.array_equal(draw("dirac", shape, seed=0, **CONV), filled(init.dirac_, shape))


def test_dirac_of_groups_is_torchs(init):
    ours = draw("dirac", (2, 4, 3, 3, 3), seed=0, in_axis=2, out_axis=1, batch_axis=0)
    assert np.array_equal(ours.reshape(8, 3, 3, 3), filled(init.dirac_, (8, 3, 3, 3), groups=2))


@pytest.mark.parametrize(("mean", "std", "low", "high"), [
    (0.0, 1.0, -2.0, 2.0), (0.0, 0.5, -0.3, 1.0), (1.0, 1.0, -1.0, 0.5), (0.0, 0.02, -2.0, 2.0),
])  # fmt: skip
def test_bounded_normal_is_torchs_trunc_normal(init, mean, std, low, high):
    distribution = parse(
        f"bounded_normal(mean={mean}, std={std}, low={low}, high={high})"
    ).distribution(fan_of((2, 2)))
    theirs = filled(init.trunc_normal_, (500, 500), mean=mean, std=std, a=low, b=high).ravel()
    exact = stats.truncnorm((low - mean) / std, (high - mean) / std, mean, std)
    assert (distribution.mean, distribution.std) == pytest.approx(
        (exact.mean(), exact.std()), rel=1e-9, abs=1e-12
    )
    ours = distribution.draw((500, 500), np.random.default_rng(0)).ravel()
    for drawn in (theirs, ours):
        assert stats.kstest(drawn, exact.cdf).pvalue > 1e-4
    assert low <= ours.min()
    assert ours.max() <= high


@pytest.mark.parametrize(("low", "high"), [(4.0, 6.0), (-9.0, -4.5), (1.0, 1.001), (-40, 1e6)])
def test_bounded_normal_keeps_its_digits_in_tails_and_narrow_windows(low, high):
    distribution = BoundedNormal(0.0, 1.0, low, high)
    x, step = np.linspace(max(low, -40), min(high, 40), 2_000_001, retstep=True)
    weight = stats.norm.pdf(x)
    mean = (x * weight).sum() / weight.sum()
    assert distribution.mean == pytest.approx(mean, abs=1e-6 + step)
    assert distribution.std == pytest.approx(
        math.sqrt((((x - mean) ** 2) * weight).sum() / weight.sum()), rel=1e-4
    )
    drawn = distribution.draw((10_000,), np.random.default_rng(0))
    assert low <= drawn.min()
    assert drawn.max() <= high
    assert np.unique(drawn).size > 9000


@pytest.mark.parametrize(("low", "high"), [(4.5, 1e6), (0.0, 1e6), (-1e6, -4.5), (-1e6, 1e6)])
def test_the_rarest_draws_of_bounded_normal_are_its_quantiles_and_not_its_bounds(low, high):
    class Rarest:
        def random(self, shape):
            return np.array([0.0, 2.0**-53, 0.5, 1 - 2.0**-53])

    distribution = BoundedNormal(0.0, 1.0, low, high)
    drawn = distribution.draw((4,), Rarest())
    assert np.abs(drawn).max() < 11
    if low > 0:
        assert drawn[3] == pytest.approx(stats.norm.isf(distribution._mass * 2.0**-53), rel=1e-12)
    elif high < 0:
        assert drawn[1] == pytest.approx(stats.norm.ppf(distribution._mass * 2.0**-53), rel=1e-12)


def test_embedding_unit_is_torchs_embedding(init):
    import torch

    theirs = torch.nn.Embedding(1000, 64).weight.detach().numpy().ravel()
    assert parse("embedding_unit").distribution(fan_of((64, 1))).std == 1
    assert stats.kstest(theirs, stats.norm.cdf).pvalue > 1e-4


@pytest.mark.parametrize(("out", "into"), [(8, 8), (5, 8), (8, 5), (1, 4)])
def test_cosine_is_scipys_orthonormal_transform(out, into):
    longer, shorter = max(out, into), min(out, into)
    rows = dct(np.eye(longer), norm="ortho", axis=0)[:shorter]
    ours = draw("cosine", (out, into), seed=0)
    assert np.allclose(ours, rows if out <= into else rows.T, atol=1e-14)


@pytest.mark.parametrize(("out", "into"), [(8, 8), (5, 8), (8, 5), (12, 5), (5, 1)])
def test_hadamard_identity_is_that_of_its_authors(out, into):
    """As algorithm 1 of ZerO and its code: identity, or identity · Hadamard · identity."""
    order = 2 ** math.ceil(math.log2(out))
    wide = np.eye(out, into)
    tall = np.eye(out, order) @ (hadamard(order) / math.sqrt(order)) @ np.eye(order, into)
    ours = draw("hadamard_identity", (out, into), seed=0)
    assert np.allclose(ours, wide if out <= into else tall, atol=1e-15)


@pytest.mark.parametrize(("out", "into"), [(8, 12), (30, 7), (64, 64)])
def test_sinusoidal_is_the_sine_of_frequency_and_phase_by_unit(out, into):
    expected = np.array([
        [math.sin(i * (2 * math.pi * j / into + 2 * math.pi / out)) for j in range(into)]
        for i in range(1, out + 1)
    ])  # fmt: skip
    expected *= math.sqrt(2 / into) / expected.std()
    assert np.allclose(draw("sinusoidal", (out, into), seed=0), expected, atol=1e-13)


def test_mirrored_weights_are_made_of_one_block():
    w = draw("gaussian_submatrix", (6, 8), seed=0)
    a = w[:3, :4]
    assert np.array_equal(w, np.block([[a, -a], [-a, a]]))
    w = draw("looks_linear", (6, 8), seed=0)
    assert np.array_equal(w[:, :4], -w[:, 4:])
    assert np.allclose(w[:, :4].T @ w[:, :4], np.eye(4), atol=1e-12)


def test_delta_orthogonal_and_block_orthogonal_are_orthogonal_where_they_say():
    kernel = draw("delta_orthogonal", (8, 4, 3, 3), seed=0, **CONV)
    centre = kernel[:, :, 1, 1].copy()
    assert np.allclose(centre.T @ centre, np.eye(4), atol=1e-12)
    kernel[:, :, 1, 1] = 0
    assert not kernel.any()
    w = draw("block_orthogonal(blocks=3)", (12, 4), seed=0).reshape(3, 4, 4)
    for block in w:
        assert np.allclose(block @ block.T, np.eye(4), atol=1e-12)
    assert not np.allclose(w[0], w[1])


def test_rows_of_nguyen_widrow_zero_sum_and_sparse_inputs_are_as_said():
    w = draw("nguyen_widrow", (50, 7), seed=0)
    assert np.allclose(np.linalg.norm(w, axis=1), 0.7 * 50 ** (1 / 7), rtol=1e-12)
    assert np.abs(draw("zero_sum_normal", (50, 7), seed=0).sum(axis=1)).max() < 1e-14
    w = draw("sparse_inputs(inputs=3)", (50, 7), seed=0)
    assert np.array_equal((w != 0).sum(axis=1), np.full(50, 3))
    assert len({tuple(np.flatnonzero(row)) for row in w}) > 10


@pytest.mark.parametrize(("low", "high"), [(5.0, 6.0), (-9.0, -5.0)])
def test_bounded_normal_refuses_a_window_that_holds_hardly_anything(low, high):
    with pytest.raises(ArgumentError):
        BoundedNormal(0.0, 1.0, low, high)
