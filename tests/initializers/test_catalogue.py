"""The contract of every row of the catalogue: exact moments on many layers, and what draws say.

The formulas are written once more here, from the papers, in n = fan_in, m = fan_out, R positions.
At the end planted mistakes show that the contract would notice them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, erf, exp, isclose, log, log2, pi, sqrt

import numpy as np
import pytest

from initlab.errors import ShapeError
from initlab.initializers import Fan, Normal, fan, fan_of, parse
from initlab.initializers.distributions import TruncatedNormal, truncated_normal
from initlab.initializers.entry import ARGUMENTS, CHECKS
from initlab.initializers.methods import orthogonal, residual, scaling, transformer
from initlab.initializers.registry import entries
from initlab.randomness import generator_for

from ..cases import check_each


@dataclass(frozen=True)
class Layer:
    """A weight: its shape and axes as initlab takes them, and what is true of it, by hand."""

    shape: tuple[int, ...]
    n: int
    m: int
    R: int = 1
    stack: int = 1

    @property
    def axes(self):
        out = 0 if self.stack == 1 else 1
        batch = () if self.stack == 1 else 0
        return {"in_axis": out + 1, "out_axis": out, "batch_axis": batch}

    @property
    def out(self):
        return self.m // self.R

    @property
    def into(self):
        return self.n // self.R


LAYERS = {
    "Linear(784, 256)": Layer((256, 784), 784, 256),
    "Linear(512, 2)": Layer((2, 512), 512, 2),
    "Linear(2, 512)": Layer((512, 2), 2, 512),
    "Linear(10, 12)": Layer((12, 10), 10, 12),
    "Conv1d(16, 32, 5)": Layer((32, 16, 5), 80, 160, 5),
    "Conv2d(16, 32, 3)": Layer((32, 16, 3, 3), 144, 288, 9),
    "Conv2d(4, 8, 7, stride=2)": Layer((8, 4, 7, 7), 196, 392, 49),  # a stride changes no fan
    "Conv2d(16, 32, 3, groups=4)": Layer((4, 8, 4, 3, 3), 36, 72, 9, stack=4),
    "Conv2d(16, 32, 3, groups=16)": Layer((16, 2, 1, 3, 3), 9, 18, 9, stack=16),  # depthwise
    "Conv3d(2, 4, 3)": Layer((4, 2, 3, 3, 3), 54, 108, 27),
    "ConvTranspose2d(16, 4, 3)": Layer((4, 16, 3, 3), 144, 36, 9),  # turned: (in, out) in torch
    "ConvTranspose2d(16, 8, 2, stride=2)": Layer((8, 16, 2, 2), 64, 32, 4),
    "Embedding(1000, 64)": Layer((1000, 64, 1), 1, 64, stack=1000),
    "MultiheadAttention(64, 4), packed": Layer((3, 64, 64), 64, 64, stack=3),
    "LSTM(16, 32), gates": Layer((4, 32, 16), 16, 32, stack=4),
    "GRU(48, 32), gates": Layer((3, 32, 48), 48, 32, stack=3),
    "LoRA A": Layer((8, 512), 512, 8),
}


def cut(c):
    """Std of N(0, 1) kept within ±c."""
    density = exp(-c * c / 2) / sqrt(2 * pi)
    return sqrt(1 - 2 * c * density / erf(c / sqrt(2)))


def glorot(w):
    return sqrt(2 / (w.n + w.m))


def share(mean_square, mean):
    return mean, sqrt(max(mean_square - mean * mean, 0))


def half_window():  # N(0.5, 1) from 0 to 2
    from scipy.stats import truncnorm

    distribution = truncnorm(-0.5, 1.5, 0.5, 1.0)
    return distribution.mean(), distribution.std()


def hadamard(w):
    rows, columns = w.out, w.into
    if rows <= columns:
        return share(1 / columns / w.R, 1 / columns / w.R)
    order = 2 ** ceil(log2(rows))
    matrix = np.array([[1.0]])
    while len(matrix) < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return share(1 / order / w.R, matrix[:rows, :columns].mean() / sqrt(order) / w.R)


def waves(w):
    i, j = np.arange(1, w.out + 1)[:, None], np.arange(w.n)
    table = np.sin(i * (2 * pi * j / w.n + 2 * pi / w.out))
    flat = table.std() < 1e-6
    return None if flat else (sqrt(2 / w.n) * table.mean() / table.std(), sqrt(2 / w.n))


def tanh_moment(power):
    z, weights = np.polynomial.hermite_e.hermegauss(180)
    f = np.tanh(z)
    value = f**2 if power == "value" else (1 - f * f) ** 2
    return weights @ value / weights.sum()


TANH_FORWARD, TANH_BACKWARD = 1 / sqrt(tanh_moment("value")), 1 / sqrt(tanh_moment("slope"))


def even(w, rows, moments):
    return None if w.n % 2 or w.out % rows else moments


def log_uniform(high):
    """Root mean square of ln U(1, high), by quadrature."""
    from scipy.integrate import quad

    return sqrt(quad(lambda u: log(u) ** 2, 1, high, epsabs=0, epsrel=1e-13)[0] / (high - 1))


def blocks(w, count, moments):
    return None if w.out % count else moments


# text -> (mean, std) of an entry of a layer; None where the row refuses the shape
FORMULAS = {
    "zeros": lambda w: (0, 0),
    "ones": lambda w: (1, 0),
    "constant(value=-0.3)": lambda w: (-0.3, 0),
    "identity(gain=2)": lambda w: None if w.R > 1 else share(
        4 * min(w.m, w.n) / (w.m * w.n), 2 * min(w.m, w.n) / (w.m * w.n)),
    "dirac": lambda w: share(
        min(w.out, w.into) / (w.out * w.n), min(w.out, w.into) / (w.out * w.n)),
    "normal(std=0.5, mean=-2)": lambda w: (-2, 0.5),
    "uniform(low=-3, high=5)": lambda w: (1, sqrt(64 / 12)),
    "truncated_normal(std=0.02, mean=3, cut=1.5)": lambda w: (3, 0.02),
    "truncated_normal_uncorrected(std=0.02, cut=1.5)": lambda w: (0, 0.02 * cut(1.5)),
    "bounded_normal(mean=0.5, low=0)": lambda w: half_window(),
    "sparse(sparsity=0.3, std=0.1)": lambda w: (0, 0.1 * sqrt(1 - ceil(0.3 * w.out) / w.out)),
    "sparse_inputs": lambda w: (0, sqrt(min(15, w.n) / w.n)),
    "variance_scaling(scale=5, mode=fan_out, distribution=uniform)": lambda w: (0, sqrt(5 / w.m)),
    "lecun_normal": lambda w: (0, sqrt(1 / w.n)),
    "lecun_uniform": lambda w: (0, sqrt(1 / w.n)),
    "lecun_truncated_normal(mode=fan_out)": lambda w: (0, sqrt(1 / w.m)),
    "glorot_normal": lambda w: (0, glorot(w)),
    "glorot_uniform(gain=3)": lambda w: (0, 3 * glorot(w)),
    "glorot_truncated_normal": lambda w: (0, glorot(w)),
    "he_normal": lambda w: (0, sqrt(2 / w.n)),
    "he_uniform(mode=fan_out)": lambda w: (0, sqrt(2 / w.m)),
    "he_truncated_normal(negative_slope=0.2)": lambda w: (0, sqrt(2 / (1.04 * w.n))),
    "he_normal(mode=fan_geo_avg)": lambda w: (0, sqrt(2 / sqrt(w.n * w.m))),
    "general_rule_uniform": lambda w: (0, sqrt(1 / (3 * w.n))),
    "general_rule_normal": lambda w: (0, sqrt(1 / w.n)),
    "torch_default": lambda w: (0, sqrt(1 / (3 * w.n))),
    "geometric_normal": lambda w: (0, sqrt(2 / sqrt(w.n * w.m))),
    "geometric_uniform(gain=3)": lambda w: (0, 3 / (w.n * w.m) ** 0.25),
    "random_walk": lambda w: (0, sqrt(2) * exp(1.2 / (max(w.n, 6) - 2.4)) / sqrt(w.n)),
    "random_walk(nonlinearity=linear)": lambda w: (0, exp(1 / (2 * w.n)) / sqrt(w.n)),
    "nguyen_widrow": lambda w: (0, 0.7 * w.out ** (1 / w.n) / sqrt(w.n)),
    "zero_sum_normal(gain=2)": lambda w: None if w.n == 1 else (0, 2 / sqrt(w.n)),
    "looks_linear(gain=2)": lambda w: even(w, 1, (0, 2 / sqrt(max(w.out, w.n // 2)))),
    "gaussian_submatrix": lambda w: even(w, 2, (0, sqrt(2 / w.n))),
    "hadamard_identity": hadamard,
    "cosine(gain=2)": lambda w: share(
        4 / max(w.out, w.n), 2 / (min(w.out, w.n) * sqrt(max(w.out, w.n)))),
    "sinusoidal": waves,
    "forward_gain(nonlinearity=tanh)": lambda w: (0, TANH_FORWARD / sqrt(w.n)),
    "backward_gain(nonlinearity=tanh)": lambda w: (0, TANH_BACKWARD / sqrt(w.m)),
    "forward_gain(nonlinearity=relu, distribution=uniform)": lambda w: (0, sqrt(2 / w.n)),
    "kumar(nonlinearity=sigmoid)": lambda w: (0, 1 / sqrt(w.n / 16 * (1 + 1 / 4))),
    "kumar(nonlinearity=tanh)": lambda w: (0, 1 / sqrt(w.n)),
    "edge_of_chaos(nonlinearity=relu)": lambda w: (0, sqrt(2 / w.n)),
    "orthogonal(gain=3)": lambda w: (0, 3 / sqrt(max(w.out, w.n))),
    "delta_orthogonal(gain=3)": lambda w: (0, 3 / sqrt(max(w.out, w.into)) / sqrt(w.R)),
    "block_orthogonal(blocks=2)": lambda w: blocks(w, 2, (0, 1 / sqrt(max(w.out // 2, w.n)))),
    "embedding_unit": lambda w: (0, 1),
    "embedding_normal(gain=2)": lambda w: (0, 2 / sqrt(w.m)),
    "word2vec_uniform": lambda w: (0, 0.5 / w.m / sqrt(3)),
    "fasttext_uniform": lambda w: (0, 1 / w.m / sqrt(3)),
    "mitchell_embedding": lambda w: (0, cut(3) / sqrt(w.m)),
    "tfixup_embedding(layers=6)": lambda w: (0, 54**-0.25 / sqrt(w.m)),
    "transe_uniform": lambda w: (0, 6 / sqrt(w.m) / sqrt(3)),
    "gpt_normal": lambda w: (0, 0.02),
    "bert_truncated_normal": lambda w: (0, 0.02 * cut(2)),
    "small_init": lambda w: (0, sqrt(2 / (5 * w.n))),
    "wang_init(layers=6)": lambda w: (0, 2 / (6 * sqrt(w.n))),
    "mitchell_in": lambda w: (0, cut(3) / sqrt(w.n)),
    "mitchell_out(layer=4)": lambda w: (0, cut(3) / sqrt(2 * w.n * 5)),
    "gpt2_residual(layers=12)": lambda w: (0, 0.02 / sqrt(24)),
    "depth_normal(layer=4)": lambda w: (0, 0.02 / sqrt(10)),
    "depth_scaled_uniform(layer=4)": lambda w: (0, glorot(w) / 2),
    "fixup(branches=16, depth=3)": lambda w: (0, sqrt(2 / w.n) * 16**-0.25),
    "deepnorm(layers=6)": lambda w: (0, glorot(w) * 48**-0.25),
    "subln(layers=6)": lambda w: (0, glorot(w) * sqrt(log(12))),
    "tfixup(layers=6)": lambda w: (0, glorot(w) * 0.67 * 6**-0.25),
    "tfixup(layers=6, side=decoder)": lambda w: (0, glorot(w) * 54**-0.25),
    "tfixup_packed(layers=6)": lambda w: (0, glorot(w) * sqrt((2 + (0.67 * 6**-0.25) ** 2) / 3)),
    "tfixup_packed(layers=6, side=decoder)": lambda w: (
        0, glorot(w) * sqrt((2 + 54**-0.5) / 3)),
    "mup_output": lambda w: (0, 1 / w.n),
    "spectral_normal(gain=2)": lambda w: (0, 2 / sqrt(w.n) * min(1, sqrt(w.m / w.n))),
    "equalized_normal": lambda w: (0, 1),
    "lsuv": lambda w: (0, 1 / sqrt(max(w.out, w.n))),  # before the data is seen
    "lsuv(init=he_normal)": lambda w: (0, sqrt(2 / w.n)),
    "data_normalized": lambda w: (0, 0.05),
    "prior": lambda w: (0, 0),
    "calibrated": lambda w: (0, 0),
    "chrono(longest=100)": lambda w: (0, log_uniform(99) / sqrt(2)),
    "siren_first": lambda w: (0, 1 / w.n / sqrt(3)),
    "siren_hidden": lambda w: (0, sqrt(2 / w.n) / 30),
}  # fmt: skip


def check_moments(text, layer):
    """Hold the distribution of a layer against the formula, to 1e-12."""
    expected = FORMULAS[text](layer)
    fans = fan_of(layer.shape, **layer.axes)
    if expected is None:
        with pytest.raises(ShapeError):
            parse(text).distribution(fans)
        return
    distribution = parse(text).distribution(fans)
    mean, std = expected
    assert isclose(distribution.mean, mean, rel_tol=1e-12, abs_tol=1e-15), (distribution.mean, mean)
    assert isclose(distribution.std, std, rel_tol=1e-12, abs_tol=1e-12 * abs(mean)), (
        distribution.std,
        std,
    )


def check_draws(text, fans):
    """Hold a million numbers against the distribution, to 0.6 %."""
    distribution = parse(text).distribution(fans)
    out, columns = fans.matrix
    count = 3 * (10**6 // (3 * out * columns) + 1)  # of packed weights, whole ones
    drawn = distribution.draw((count, out, columns), generator_for(0, text, "init"))
    assert drawn.std() == pytest.approx(distribution.std, rel=0.006, abs=1e-12)
    assert drawn.mean() == pytest.approx(distribution.mean, rel=1e-9, abs=0.006 * distribution.std)


@pytest.mark.parametrize("name", LAYERS)
def test_fans_are_those_counted_by_hand(name):
    layer = LAYERS[name]
    fans = fan_of(layer.shape, **layer.axes)
    assert (fans.fan_in, fans.fan_out, fans.receptive) == (layer.n, layer.m, layer.R)


@pytest.mark.parametrize("text", FORMULAS)
def test_every_row_has_the_moments_of_its_formula(text):
    check_each(lambda layer: check_moments(text, layer), LAYERS)


@pytest.mark.parametrize("fans", [Fan(64, 32), Fan(36, 72, 9, (3, 3))], ids=str)
@pytest.mark.parametrize("text", FORMULAS)
def test_a_million_draws_of_every_row_have_the_moments_of_its_distribution(text, fans):
    if text.startswith("identity") and fans.receptive > 1:
        pytest.skip("the identity of a kernel is dirac")
    check_draws(text, fans)


def test_every_row_is_under_the_contract_and_says_what_a_reader_needs():
    ours = [row for row in entries() if row.origin.startswith("initlab.")]
    written = {parse(text).name for text in FORMULAS}
    missing = sorted({row.name for row in ours} - written)
    assert not missing, f"write the formula of {', '.join(missing)} once more, in FORMULAS"
    assert written <= {row.name for row in ours}
    assert len(ours) >= 60
    for row in ours:
        assert row.use, row.name
        assert row.avoid, row.name
        assert row.checked in CHECKS[:2], row.name
        assert not row.use.endswith("."), row.name
        assert ARGUMENTS.keys() >= {argument.name for argument in row.arguments}, row.name


@pytest.mark.parametrize("size", [64, 512])
def test_float32_orthogonal_is_orthogonal_to_1e_6_root_n(size):
    from initlab import draw

    weight = draw("orthogonal", (size, size), seed=0, dtype="float32").astype(np.float64)
    assert np.abs(weight @ weight.T - np.eye(size)).max() <= 1e-6 * sqrt(size)


# what has gone wrong in real code: each mistake, made in the package, must fail the contract


def fans_swapped(monkeypatch):
    right = Fan.of

    def wrong(self, mode, **where):
        other = {"fan_in": "fan_out", "fan_out": "fan_in"}.get(mode, mode)
        return right(self, other, **where)

    monkeypatch.setattr(Fan, "of", wrong)


def patched_shape(name, wrong):
    return lambda monkeypatch: monkeypatch.setitem(scaling.SHAPES, name, wrong)


def counted(change):
    """Return a patch of the function that counts fans."""

    def patch(monkeypatch):
        right = fan.fan_along
        monkeypatch.setattr(fan, "fan_along", lambda shape, axes, where="": change(
            right(shape, axes, where), fan.size_of(shape, axes.batch)))  # fmt: skip

    return patch


def one_more(monkeypatch):
    right = scaling.count
    for module in (residual, transformer):
        monkeypatch.setattr(module, "count", lambda *given, **rest: right(*given, **rest) + 1)


def uncorrected(monkeypatch):
    monkeypatch.setattr(truncated_normal, "std_after_cut", lambda cut: 1.0)


def average_is_sum(monkeypatch):
    right = Fan.of

    def wrong(self, mode, **where):
        return right(self, mode, **where) * (2 if mode == "fan_avg" else 1)

    monkeypatch.setattr(Fan, "of", wrong)


def columns_too_short(monkeypatch):
    right = orthogonal.Orthogonal.draw
    monkeypatch.setattr(
        orthogonal.Orthogonal, "draw", lambda self, *given: right(self, *given) / sqrt(2)
    )


def normal_of(std):
    return patched_shape("normal", lambda scale, n: Normal(0.0, std(scale, n)))


def bound_of(bound):
    return patched_shape("uniform", lambda *given: scaling.Uniform(-bound(*given), bound(*given)))


MISTAKES = {
    "the factor 2 of He forgotten": (normal_of(lambda scale, n: sqrt(1 / n)), "he_normal"),
    "sqrt 2 where 2 belongs": (normal_of(lambda scale, n: sqrt(sqrt(scale) / n)), "he_normal"),
    "variance for std": (normal_of(lambda scale, n: scale / n), "lecun_normal"),
    "std for the bound": (bound_of(lambda scale, n: sqrt(scale / n)), "lecun_uniform"),
    "fans swapped": (fans_swapped, "he_normal"),
    "fans swapped, uniform": (fans_swapped, "he_uniform(mode=fan_out)"),
    "truncation uncorrected": (uncorrected, "he_truncated_normal(negative_slope=0.2)"),
    "truncation corrected twice": (
        patched_shape("truncated_normal",
                      lambda scale, n: TruncatedNormal(0.0, sqrt(scale / n) / cut(2), 2.0)),
        "lecun_truncated_normal(mode=fan_out)"),
    "fan_avg as a sum": (average_is_sum, "glorot_normal"),
    "receptive field left out": (
        counted(lambda f, stack: Fan(f.fan_in // f.receptive, f.fan_out // f.receptive)),
        "he_normal"),
    "receptive field in one fan only": (
        counted(lambda f, stack: Fan(f.fan_in, f.fan_out // f.receptive)), "glorot_normal"),
    "groups and gates counted in fan_out": (
        counted(lambda f, stack: replace(f, fan_out=f.fan_out * stack)), "glorot_normal"),
    "groups counted in fan_in": (
        counted(lambda f, stack: replace(f, fan_in=f.fan_in * stack)), "he_normal"),
    "one input too many": (
        counted(lambda f, stack: Fan(f.fan_in + 1, f.fan_out)), "lecun_normal"),
    "one layer too many": (one_more, "gpt2_residual(layers=12)"),
    "one layer too many in fixup": (one_more, "fixup(branches=16, depth=3)"),
    "orthogonal columns too short": (columns_too_short, "orthogonal(gain=3)"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_the_contract_notices_a_planted_mistake(name, monkeypatch):
    plant, text = MISTAKES[name]
    plant(monkeypatch)
    noticed = 0
    for layer in LAYERS.values():
        try:
            check_moments(text, layer)
        except (AssertionError, pytest.fail.Exception):
            noticed += 1
    try:
        check_draws(text, Fan(64, 32))
    except AssertionError:
        noticed += 1
    assert noticed


def test_rows_sum_to_zero_with_their_std_where_a_row_is_longer_than_its_fan():
    check_draws("zero_sum_normal(gain=2)", Fan(16, 32, 4, (2, 2), row=64))
