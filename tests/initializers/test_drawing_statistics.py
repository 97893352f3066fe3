"""Drawing, by statistics with power: 0.6 % of std at 1e6 draws, KS at 256 000."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from initlab.initializers import Fan, Orthogonal, Sparse, parse
from initlab.initializers.distributions import Constant, Identity, Normal, TruncatedNormal, Uniform
from initlab.randomness import course_generator, generator_for

FAN = Fan(fan_in=1000, fan_out=500)
STARTS = [
    "normal(std=10)",
    "normal(std=0.5, mean=2)",
    "uniform(low=-1, high=3)",
    "truncated_normal(std=0.5)",
    "truncated_normal_uncorrected(std=0.5, mean=1, cut=1)",
    "he_normal",
    "glorot_uniform",
    "lecun_truncated_normal",
    "torch_default",
]


def reference(distribution):
    """Return the same distribution as scipy has it, from its public fields."""
    if isinstance(distribution, Normal):
        return stats.norm(distribution.mean, distribution.std)
    if isinstance(distribution, Uniform):
        return stats.uniform(distribution.low, distribution.high - distribution.low)
    return stats.truncnorm(
        -distribution.cut, distribution.cut, distribution.mean, distribution.parent_std
    )


@pytest.mark.parametrize("text", STARTS)
def test_std_of_a_million_draws_is_the_distributions(text):
    distribution = parse(text).distribution(FAN)
    drawn = distribution.draw((1000, 1000), generator_for(1, text, "init"))
    assert drawn.std() == pytest.approx(distribution.std, rel=0.006)
    assert drawn.mean() == pytest.approx(distribution.mean, abs=0.006 * distribution.std)


@pytest.mark.parametrize("text", STARTS)
@pytest.mark.parametrize("stream", ["default", "course"])
def test_256000_draws_follow_the_distribution(text, stream):
    distribution = parse(text).distribution(FAN)
    generator = course_generator(2) if stream == "course" else generator_for(2, text, "init")
    drawn = distribution.draw((256_000,), generator)
    assert stats.kstest(drawn, reference(distribution).cdf).pvalue > 1e-4


def test_truncated_draws_stay_within_the_cut():
    distribution = TruncatedNormal(mean=1.0, std=0.5, cut=2.0)
    drawn = distribution.draw((100_000,), generator_for(0, "w", "init"))
    reach = 2 * distribution.parent_std
    assert np.abs(drawn - 1).max() <= reach * (1 + 1e-15)
    assert np.abs(drawn - 1).max() > 0.999 * reach


class Edge:
    """A generator that returns the ends of its interval."""

    def random(self, shape):
        return np.array([0.0, 1 - 2.0**-53])


@pytest.mark.parametrize("cut", [0.5, 2.0, 9.0, 50.0, 1e10])
def test_truncated_draws_stay_near_at_the_ends_of_the_uniform(cut):
    distribution = TruncatedNormal(mean=0.0, std=1.0, cut=cut)
    ends = distribution.draw((2,), Edge())
    # 2**-54, the least probability a draw can mean, lies 8.3 stds out
    assert np.abs(ends).max() <= min(cut, 8.4) * distribution.parent_std * (1 + 1e-15)
    assert ends[0] < 0 < ends[1]


@pytest.mark.parametrize(("out", "into"), [(64, 64), (64, 128), (128, 64), (1, 9), (9, 1), (1, 1)])
def test_every_singular_value_is_the_gain(out, into):
    distribution = Orthogonal(gain=3.0, out=out, into=into)
    weight = distribution.draw((out, into), generator_for(0, "w", "init"))
    values = np.linalg.svd(weight, compute_uv=False)
    assert weight.shape == (out, into)
    assert np.abs(values - 3).max() < 1e-13 * max(out, into)


@pytest.mark.parametrize(("out", "into"), [(300, 260), (260, 300), (256, 256)])
def test_large_matrices_are_the_unique_q_whose_r_has_a_positive_diagonal(out, into):
    distribution = Orthogonal(gain=2.0, out=out, into=into)
    weight = distribution.draw((out, into), generator_for(0, "w", "init"))
    tall = (max(out, into), min(out, into))
    normal = generator_for(0, "w", "init").standard_normal(tall)
    q = (weight if out >= into else weight.T) / 2
    r = q.T @ normal
    assert np.abs(q.T @ q - np.eye(tall[1])).max() < 1e-13
    assert np.abs(np.tril(r, -1)).max() < 1e-11
    assert np.diagonal(r).min() > 0
    assert weight.flags.c_contiguous


def test_entries_of_3x3_rotations_are_uniform():
    # Archimedes: one coordinate of a point uniform on the sphere is uniform on [-1, 1]
    distribution = Orthogonal(gain=1.0, out=3, into=3)
    weights = distribution.draw((64_000, 3, 3), generator_for(0, "w", "init"))
    for row, column in [(0, 0), (1, 2), (2, 2)]:
        entries = weights[:, row, column]
        assert stats.kstest(entries, stats.uniform(-1, 2).cdf).pvalue > 1e-4
    assert np.linalg.det(weights).mean() == pytest.approx(0, abs=6 / np.sqrt(64_000))


def test_entries_of_a_wide_orthogonal_weight_follow_the_density():
    distribution = Orthogonal(gain=2.0, out=400, into=640)
    entries = distribution.draw((400, 640), generator_for(3, "w", "init")).ravel() / 2
    beta = stats.beta(639 / 2, 639 / 2, loc=-1, scale=2)  # one coordinate in 640 dimensions
    assert stats.kstest(entries, beta.cdf).pvalue > 1e-4


def test_sparse_has_its_zeros_in_every_column_and_its_std_elsewhere():
    distribution = Sparse(sparsity=0.9, nonzero_std=0.01, out=1000, into=1000)
    weight = distribution.draw((1000, 1000), generator_for(0, "w", "init"))
    assert np.array_equal(np.count_nonzero(weight == 0, axis=0), np.full(1000, 900))
    kept = weight[weight != 0]
    assert kept.std() == pytest.approx(0.01, rel=0.02)
    assert stats.kstest(kept, stats.norm(0, 0.01).cdf).pvalue > 1e-4
    assert weight.std() == pytest.approx(distribution.std, rel=0.02)
    # which units lose an input is chance: rows have 1000 * 0.1 inputs, binomially
    inputs = np.count_nonzero(weight, axis=1)
    assert inputs.std() == pytest.approx(np.sqrt(1000 * 0.1 * 0.9), rel=0.2)


def test_constant_and_identity_take_nothing_from_the_generator():
    generator = course_generator(0)
    Constant(2.0).draw((3, 3), generator)
    Identity(2.0, 3, 3).draw((3, 3), generator)
    assert generator.random() == course_generator(0).random()


def test_identity_is_the_padded_eye():
    weight = Identity(2.0, 2, 3).draw((2, 3), course_generator(0))
    assert weight.tolist() == [[2, 0, 0], [0, 2, 0]]
