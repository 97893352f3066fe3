"""Float32 draws: the distribution of each, at sizes where 1 % of std is seen."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from initlab.initialization import float32
from initlab.initialization.moments import sums_of
from initlab.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform

SIZE = 256_001  # odd, and more than one block


def drawn(distribution, size=SIZE, seed=1):
    out = np.empty(size, np.float32)
    float32.fill(distribution, out, np.random.default_rng(seed))
    return out


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        (Normal(0.0, 0.02), stats.norm(0, 0.02)),
        (Normal(1.0, 3.0), stats.norm(1, 3)),
        (Uniform(-0.5, 0.25), stats.uniform(-0.5, 0.75)),
    ],
)
def test_draws_follow_the_distribution(distribution, reference):
    assert stats.kstest(drawn(distribution).astype(float), reference.cdf).pvalue > 1e-4


def test_tails_hold_as_many_numbers_as_the_distribution_says():
    z = np.abs(drawn(Normal(0.0, 1.0), 2_000_000))
    for edge in (2, 3, 4):
        expected = 2 * stats.norm.sf(edge) * z.size
        assert abs((z > edge).sum() - expected) < 5 * np.sqrt(expected)


def test_numbers_of_a_pair_and_of_neighbours_are_independent():
    z = drawn(Normal(0.0, 1.0), float32.BLOCK).astype(float)
    half = z.size // 2
    for a, b in ((z[:half], z[half:]), (z[:-1], z[1:]), (z[:half] ** 2, z[half:] ** 2)):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(a.size)


def test_normal_numbers_are_those_of_the_textbook_formula():
    half, generator = 500, np.random.default_rng(4)
    u = 1 - generator.random(half, dtype=np.float32).astype(float)
    turn = generator.random(half, dtype=np.float32).astype(float) - 0.5
    radius, angle = np.sqrt(-2 * np.log(u)), 2 * np.pi * turn
    expected = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    assert np.abs(drawn(Normal(0.0, 1.0), 2 * half, seed=4) - expected).max() < 2e-6


def test_bits_are_the_same_on_every_processor():
    bits = drawn(Normal(0.0, 1.0), 100_000).tobytes()
    assert (
        hashlib.sha256(bits).hexdigest()
        == "b27c6e82084f103bf1047f99b45290cbf83a39664602bf43fe4e5f15ee900431"
    )


def test_only_distributions_within_float32_fit():
    assert float32.fits(Normal(0.0, 1.0))
    assert not float32.fits(Normal(0.0, 1e-20))
    assert not float32.fits(Uniform(-1e38, 1e38))
    assert not float32.fits(Constant(1.0))
    assert not float32.fits(TruncatedNormal(0.0, 1.0, 2.0))


@pytest.mark.parametrize("distribution", [Normal(0.0, 2.0), Normal(3.0, 0.5), Uniform(-1.0, 5.0)])
def test_fill_returns_the_sums_of_what_it_wrote(distribution):
    out = np.empty(SIZE, np.float32)
    sums = float32.fill(distribution, out, np.random.default_rng(3))
    assert sums == pytest.approx(sums_of(out), rel=1e-12)
    total, squares, _ = sums
    numbers = out.astype(float)
    assert total == pytest.approx(numbers.sum(), rel=1e-4, abs=1e-4 * SIZE)
    assert squares == pytest.approx((numbers**2).sum(), rel=1e-5)


@pytest.mark.parametrize("size", [1, 7, 65535, 65536, 131_073])
def test_uniform_numbers_are_those_of_numpy_whatever_the_size(size):
    assert np.array_equal(
        drawn(Uniform(0.0, 1.0), size), np.random.default_rng(1).random(size, dtype=np.float32)
    )


@pytest.mark.parametrize("distribution", [Normal(0.0, 1.0), Normal(0.3, 0.02), Normal(0.0, 3e-14)])
@pytest.mark.parametrize("size", [1, 2, 3, float32.BLOCK, SIZE, SIZE + 1])
def test_compiled_code_draws_the_same_bits(monkeypatch, distribution, size):
    monkeypatch.setattr(float32, "MANY", 10**18)
    expected = drawn(distribution, size)
    monkeypatch.setattr(float32, "MANY", 0)
    assert float32._compiled_pairs() is not None
    assert np.array_equal(drawn(distribution, size).view(np.int32), expected.view(np.int32))


def test_compiled_code_takes_every_word_as_numpy_does():
    """The ends of the range of 24 bits too, and every exponent of the logarithm."""
    from initlab.initialization.normal_pass import normal_pairs

    edges = np.array(
        [[word ^ flip for word in (0, *(1 << k for k in range(32)))] for flip in (0, 2**32 - 1)],
        np.uint32,
    ).ravel()
    radii, turns = (one.ravel() for one in np.meshgrid(edges, edges))
    words = np.concatenate([radii, turns])

    class Given(np.random.PCG64):
        def random_raw(self, size):
            assert size == words.size // 2
            return words.copy().view(np.uint64)

    expected, found = np.empty((2, words.size), np.float32)
    room = np.empty((3, words.size // 2), np.float32)
    float32._normal_block(0.02, expected, np.random.Generator(Given(0)), room)
    normal_pairs(0.02, words, found)
    assert np.isfinite(expected).all()
    assert np.array_equal(found.view(np.int32), expected.view(np.int32))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors have other names")
@pytest.mark.parametrize(("cpu", "features"), [("x86-64", ""), ("haswell", "+avx2,+fma")])
def test_compiled_code_for_other_processors_draws_the_same_bits(monkeypatch, cpu, features):
    import llvmlite.binding as llvm

    from initlab.initialization import normal_pass

    here = llvm.get_host_cpu_features()
    if not all(here.get(one) for one in ("avx2", "fma") if one in features):
        pytest.skip(f"this processor lacks {features}")
    monkeypatch.setattr(float32, "MANY", 0)
    assert float32._compiled_pairs() is not None
    expected = drawn(Normal(0.0, 0.02))
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: cpu)
    monkeypatch.setattr(llvm.FeatureMap, "flatten", lambda _: features)
    normal_pass._loop.cache_clear()
    found = drawn(Normal(0.0, 0.02))
    normal_pass._loop.cache_clear()
    assert np.array_equal(found.view(np.int32), expected.view(np.int32))


def test_compiled_code_is_loaded_by_who_draws_many_numbers_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(float32, "_compiled_pairs", lambda: asked.append(1))
    monkeypatch.setattr(float32, "_drawn", 0)
    monkeypatch.setattr(float32, "MANY", 3 * SIZE)
    counts = []
    for _ in range(4):
        drawn(Normal(0.0, 1.0))
        counts.append(len(asked))
    assert counts == [0, 0, 1, 2]


def test_large_models_do_not_wait_for_numba():
    code = (
        "import sys, numpy; from initlab.initialization import float32, normal_pass; "
        "normal_pass.normal_pairs(1.0, numpy.zeros(64, 'u4'), numpy.empty(64, 'f4')); "
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_where_llvm_does_not_work_numpy_draws(monkeypatch):

    expected = drawn(Normal(0.0, 1.0))
    float32._compiled_pairs.cache_clear()
    monkeypatch.setitem(sys.modules, "initlab.initialization.normal_pass", None)
    monkeypatch.setattr(float32, "MANY", 0)
    assert np.array_equal(drawn(Normal(0.0, 1.0)), expected)
    float32._compiled_pairs.cache_clear()
