"""Densities against scipy's, and against the moments each distribution claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from initlab.errors import ArgumentError
from initlab.initializers import (
    Constant,
    Distribution,
    Identity,
    Normal,
    Orthogonal,
    Sparse,
    TruncatedNormal,
    Uniform,
)
from initlab.initializers.distributions import BoundedNormal, ZeroSum
from initlab.initializers.distributions.truncated_normal import std_after_cut

SMOOTH = [
    (Normal(1.5, 0.3), (-3, 6)),
    (Uniform(-2.0, 0.5), (-2, 0.5)),
    (TruncatedNormal(0.5, 2.0, 2.0), None),
    (TruncatedNormal(0.0, 0.1, 0.5), None),
    (TruncatedNormal(0.0, 0.1, 4.0), None),
    (BoundedNormal(0.5, 1.0, -0.3, 2.0), (-0.3, 2.0)),
    (BoundedNormal(0.0, 1.0, 2.0, 4.0), (2.0, 4.0)),
    (ZeroSum(0.5, 4), (-5, 5)),
    (Orthogonal(2.0, 5, 3), (-2, 2)),
    (Orthogonal(0.5, 7, 64), (-0.5, 0.5)),
]


@pytest.mark.parametrize(("distribution", "support"), SMOOTH, ids=lambda value: str(value)[:40])
def test_density_has_mass_one_and_the_moments_of_its_distribution(distribution, support):
    low, high = support or (
        distribution.mean - distribution.cut * distribution.parent_std,
        distribution.mean + distribution.cut * distribution.parent_std,
    )

    def moment(power: int, centre: float = 0.0) -> float:
        def integrand(x: float) -> float:
            return float(distribution.density(x)) * (x - centre) ** power

        return integrate.quad(integrand, low, high, points=[distribution.mean], epsabs=1e-13)[0]

    assert moment(0) == pytest.approx(1, rel=1e-9)
    assert moment(1) == pytest.approx(distribution.mean, rel=1e-9, abs=1e-12)
    assert moment(2, distribution.mean) == pytest.approx(distribution.std**2, rel=1e-9)


def test_densities_agree_with_scipy():
    x = np.linspace(-3, 3, 601)
    cut = TruncatedNormal(0.25, 0.8, 1.7)
    cases = [
        (Normal(0.5, 0.7), stats.norm(0.5, 0.7)),
        (Uniform(-1, 2), stats.uniform(-1, 3)),
        (cut, stats.truncnorm(-1.7, 1.7, 0.25, cut.parent_std)),
    ]
    for distribution, reference in cases:
        assert np.allclose(distribution.density(x), reference.pdf(x), rtol=1e-12, atol=0)
        assert distribution.std == pytest.approx(reference.std(), rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 50])
def test_squared_entry_of_a_haar_column_is_beta_distributed(n):
    distribution = Orthogonal(1.0, n, 2)
    t = np.linspace(0.05, 0.95, 19)
    # t² ~ Beta(1/2, (n-1)/2); the factor t comes from the change of variable, both signs
    expected = stats.beta(0.5, (n - 1) / 2).pdf(t * t) * t
    assert np.allclose(distribution.density(t), expected, rtol=1e-10, atol=1e-300)
    assert distribution.density(1.5) == 0


def test_arcsine_edge_is_infinite_without_a_warning():
    assert Orthogonal(1.0, 2, 2).density(1.0) == np.inf


@pytest.mark.parametrize(
    "distribution",
    [Constant(1.0), Identity(1.0, 3, 3), Sparse(0.5, 1.0, 4, 4), Orthogonal(1.0, 1, 1)],
)
def test_distributions_with_atoms_have_no_density(distribution):
    assert distribution.density(np.zeros(3)) is None


def test_std_after_the_cut_is_the_published_constant_at_two():
    assert std_after_cut(2.0) == pytest.approx(0.87962566103423978, rel=1e-15)


@pytest.mark.parametrize("cut", [0.5, 1.0, 1.96, 2.0, 2.9999, 3.0, 3.0001, 4.0, 8.0, 40.0, 1e200])
def test_std_after_the_cut_is_scipys(cut):
    expected = stats.truncnorm(-min(cut, 50), min(cut, 50)).std()
    assert std_after_cut(cut) == pytest.approx(expected, rel=1e-12)


def test_narrow_window_is_nearly_uniform():
    # series of the closed form: variance = c²/3 - 2c⁴/45 + ...
    for cut in (2e-6, 1e-4, 1e-3):
        variance = cut**2 / 3 - 2 * cut**4 / 45
        assert std_after_cut(cut) ** 2 == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize(("distribution", "_support"), SMOOTH, ids=lambda value: str(value)[:40])
def test_every_distribution_meets_the_protocol(distribution, _support):
    assert isinstance(distribution, Distribution)


def test_distributions_themselves_refuse_impossible_numbers():
    for build in [
        lambda: Normal(0, -1),
        lambda: Normal(float("nan"), 1),
        lambda: Uniform(1, 1),
        lambda: Uniform(-1e308, 1e308),
        lambda: TruncatedNormal(0, 1, 1e-7),
        lambda: TruncatedNormal(0, 1e308, 1e-5),
        lambda: Orthogonal(0, 2, 2),
        lambda: Orthogonal(1, 0, 2),
        lambda: Identity(1, 2, 2.5),
        lambda: Sparse(1.0, 1, 2, 2),
        lambda: Sparse(0.5, 1, 2, 2, allow_dead=1),
        lambda: Constant(float("inf")),
    ]:
        with pytest.raises(ArgumentError):
            build()
