"""Second moment, correlation and spread of one layer's numbers, against slow loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from initlab.diagnosis.signal import signal

Z = np.random.default_rng(0).standard_normal((7, 3, 5)) * 2 + 0.5


def blocks(values, size=2):
    return lambda: (values[k : k + size] for k in range(0, len(values), size))


def test_each_number_is_that_of_a_slow_loop():
    found = signal(blocks(Z))
    flat = Z.reshape(7, -1)
    cosines = [
        flat[i] @ flat[j] / np.linalg.norm(flat[i]) / np.linalg.norm(flat[j])
        for i, j in itertools.combinations(range(7), 2)
    ]
    assert found.q.value == pytest.approx(np.mean(Z**2), rel=1e-12)
    assert found.c.value == pytest.approx(np.mean(cosines), rel=1e-12)
    assert found.varied.value == pytest.approx(Z.var(axis=0).mean() / np.mean(Z**2), rel=1e-12)
    assert found.nonfinite == 0


def test_tensors_give_the_same_as_arrays():
    torch = pytest.importorskip("torch")
    found, other = signal(blocks(Z)), signal(blocks(torch.from_numpy(Z)))
    for name in ("q", "c", "varied"):
        own, theirs = getattr(found, name), getattr(other, name)
        assert own.value == pytest.approx(theirs.value, rel=1e-13)
        assert own.noise == pytest.approx(theirs.noise, rel=1e-12)


@pytest.mark.parametrize("share", [1e-6, 1e-10, 1e-14])
def test_a_small_difference_between_samples_is_not_lost_in_rounding(share):
    rng = np.random.default_rng(1)
    common, own = rng.standard_normal((1, 1, 400)), rng.standard_normal((50, 1, 400))
    found = signal(blocks(common + np.sqrt(share) * own, 16))
    expected = own.var(axis=0).mean() * share / np.mean(common**2)
    assert found.varied.value == pytest.approx(expected, rel=1e-3)
    assert found.c.value == pytest.approx(1, abs=2 * share + 1e-12)


@pytest.mark.parametrize(
    ("name", "common", "least"), [("q", 0, 0.7), ("q", 1, 0.5), ("c", 0, 0.0), ("c", 1, 0.6)]
)
def test_noise_is_the_spread_over_networks_and_batches(name, common, least):
    """Of fresh weights and samples; of independent inputs that of c is an upper bound."""
    rng = np.random.default_rng(2)
    values, noises = [], []
    for _ in range(300):
        weight = rng.standard_normal((400, 30)) / 20
        x = rng.standard_normal((25, 400)) + common * rng.standard_normal(400)
        found = getattr(signal(lambda z=x @ weight: [z[:, None]]), name)
        values.append(found.value)
        noises.append(found.noise)
    assert least < np.std(values) / np.mean(noises) < 1.3


def test_one_input_for_all_has_no_variance_and_correlation_1():
    same = np.repeat(Z[:1], 6, axis=0)
    found = signal(blocks(same))
    assert found.varied.value < 1e-30
    assert found.c.value == pytest.approx(1, abs=1e-14)


def test_zeros_have_no_direction_and_numbers_that_are_not_finite_no_moment():
    found = signal(blocks(np.zeros((4, 1, 3))))
    assert (found.q.value, found.c, found.varied.value) == (0.0, None, 0.0)
    broken = Z.copy()
    broken[1, 0, 0], broken[2, 1, 1] = np.nan, np.inf
    found = signal(blocks(broken))
    assert (found.q, found.c, found.varied, found.nonfinite) == (None, None, None, 2)


def test_a_sample_of_zeros_is_left_out_of_the_correlation():
    some = Z.copy()
    some[3] = 0
    rest = np.delete(Z, 3, axis=0)
    assert signal(blocks(some)).c.value == pytest.approx(signal(blocks(rest)).c.value, rel=1e-12)


def test_samples_that_are_not_apart_have_a_moment_alone():
    found = signal(blocks(Z), apart=False)
    assert found.q.value == pytest.approx(np.mean(Z**2))
    assert found.c is None
    assert found.varied is None


def test_the_histogram_counts_numbers_over_their_root_mean_square():
    z = np.random.default_rng(0).standard_normal((50, 3, 20)) * 7
    found = signal(lambda: [z[:20], z[20:]])
    size = np.sqrt((z**2).mean())
    expected, _ = np.histogram((z / size).clip(-4, 4), 41, (-4, 4))
    assert found.histogram == tuple(expected)
    constant = signal(lambda: [np.full((4, 1, 5), -2.0)]).histogram
    assert sum(constant) == 20
    assert np.flatnonzero(constant) == [15]  # -1
