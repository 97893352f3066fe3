"""draw(): layouts, streams, dtypes and errors of one weight."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from initlab.errors import ArgumentError, ShapeError
from initlab.initializers import draw, fan_of, parse
from initlab.initializers.registry import entries
from initlab.randomness import generator_for
from tests.goldens.draws import SPELLED

CONV = {"in_axis": 1, "out_axis": 0}
STARTS = [
    SPELLED.get(e.name, e.name) for e in entries()
    if e.origin.startswith("initlab.") and not e.sets and not e.data
    and e.name != "tfixup_packed"  # of stacks of matrices alone, which tests/initialization draws
]  # fmt: skip


def test_draw_is_the_distribution_drawn_from_the_parameters_own_stream():
    distribution = parse("he_normal(mode=fan_out)").distribution(fan_of((6, 4)))
    expected = distribution.draw((6, 4), generator_for(5, "W1", "init"))
    assert np.array_equal(draw("he_normal(mode=fan_out)", (6, 4), seed=5, name="W1"), expected)


@pytest.mark.parametrize("text", STARTS)
def test_every_method_draws_float64_of_the_shape_and_repeats_it(text):
    first, second = draw(text, (12, 40), seed=1), draw(text, (12, 40), seed=1)
    assert first.shape == (12, 40)
    assert first.dtype == np.float64
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("text", ["he_normal", "orthogonal", "glorot_uniform", "lecun_uniform"])
def test_seeds_and_names_decide_the_numbers(text):
    keys = [(0, "weight"), (1, "weight"), (2**32, "weight"), (0, "W1")]
    drawn = {draw(text, (3, 4), seed=seed, name=name).tobytes() for seed, name in keys}
    assert len(drawn) == len(keys)


@pytest.mark.parametrize("text", STARTS)
def test_one_seed_gives_the_same_network_in_either_layout(text):
    torch_layout = draw(text, (12, 40), seed=1)
    jax_layout = draw(text, (40, 12), seed=1, in_axis=0, out_axis=1)
    assert np.array_equal(torch_layout, jax_layout.T)
    assert jax_layout.flags.c_contiguous


def test_kernel_of_a_convolution_keeps_its_bits_in_either_layout():
    oihw = draw("he_normal", (8, 4, 3, 5), seed=1, **CONV)
    hwio = draw("he_normal", (3, 5, 4, 8), seed=1, in_axis=2, out_axis=3)
    assert np.array_equal(oihw.transpose(2, 3, 1, 0), hwio)


def test_orthogonal_kernel_is_orthogonal_as_a_matrix_of_units():
    kernel = draw("orthogonal", (3, 3, 4, 8), seed=0, in_axis=2, out_axis=3)
    rows = kernel.transpose(3, 2, 0, 1).reshape(8, 36)
    assert np.abs(rows @ rows.T - np.eye(8)).max() < 1e-14


def test_stacked_weights_are_orthogonal_each_and_all_different():
    packed = draw("orthogonal", (3, 16, 16), seed=0, in_axis=2, out_axis=1, batch_axis=0)
    for weight in packed:
        assert np.abs(weight @ weight.T - np.eye(16)).max() < 1e-14
    assert not np.allclose(packed[0], packed[1])


def test_float32_is_the_float64_draw_rounded_once():
    exact = draw("he_normal", (30, 20), seed=3)
    for dtype in ("float32", np.float32, np.dtype("float32")):
        rounded = draw("he_normal", (30, 20), seed=3, dtype=dtype)
        assert rounded.dtype == np.float32
        assert np.array_equal(rounded, exact.astype(np.float32))


@pytest.mark.parametrize(
    "dtype", ["int64", "bool", "complex64", "float8", "bfloat16", "f4", int, bool, None, 3, "<f8 "]
)
def test_other_dtypes_are_refused_with_the_list(dtype):
    with pytest.raises(ArgumentError, match="dtype must be one of float64, float32, float16"):
        draw("he_normal", (3, 2), seed=0, dtype=dtype)


@pytest.mark.parametrize(
    ("text", "dtype", "reason"),
    [
        ("normal(std=1e6)", "float16", "the largest number of float16 is 65504"),
        ("normal(std=1e-9)", "float16", "all weights would be 0"),
        ("normal(std=1e39)", "float32", "the largest number of float32 is"),
        ("constant(value=1e-50)", "float32", "all weights would be 0"),
        ("normal(std=1.5e308)", "float64", "range of float64"),
    ],
)
def test_weights_that_leave_the_dtype_are_refused(text, dtype, reason):
    with pytest.raises(ArgumentError, match=reason):
        draw(text, (40, 50), seed=0, dtype=dtype)


def test_zeros_are_no_underflow():
    assert not draw("zeros", (2, 2), seed=0, dtype="float16").any()


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "7", True, float("nan"), None])
def test_impossible_seeds_are_refused(seed):
    with pytest.raises(ArgumentError, match="seed must be an integer"):
        draw("zeros", (2, 2), seed=seed)


def test_vector_is_refused_with_the_parameters_name():
    with pytest.raises(ShapeError, match=r"blocks\.3\.fc"):
        draw("he_normal", (5,), seed=0, name="blocks.3.fc")


def test_kernel_without_named_axes_is_refused():
    with pytest.raises(ShapeError, match="in_axis=1, out_axis=0"):
        draw("he_normal", (8, 4, 3, 3), seed=0)


def test_weight_larger_than_memory_is_refused_with_the_figure():
    with pytest.raises(ArgumentError, match="745 GiB"):
        draw("he_normal", (100_000, 1_000_000), seed=0)


def test_sparse_weight_with_a_dead_unit_is_refused_unless_allowed():
    with pytest.raises(ArgumentError, match=r"sparsity must be .* units without an input: 1 of 1"):
        draw("sparse(sparsity=0.9)", (1, 5), seed=0)
    assert not draw("sparse(sparsity=0.9, allow_dead=True)", (1, 5), seed=0).any()


def test_identity_of_a_kernel_is_refused():
    with pytest.raises(ShapeError, match="without kernel axes"):
        draw("identity", (8, 8, 3, 3), seed=0, **CONV)


def test_orthogonal_distribution_refuses_another_shape_than_its_own():
    distribution = parse("orthogonal").distribution(fan_of((4, 3)))
    with pytest.raises(ShapeError, match=r"shape must be \(4, 3\)"):
        distribution.draw((4, 1), generator_for(0, "w", "init"))


def test_drawing_touches_no_global_generator():
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    for text in STARTS:
        draw(text, (8, 12), seed=0)
    assert np.array_equal(before, np.random.get_state()[1])


def test_importing_the_package_loads_neither_scipy_nor_torch():
    code = (
        "import sys, initlab.initializers as i; i.draw('he_normal', (2, 2), seed=0);"
        "sys.exit(any(m in sys.modules for m in ('scipy', 'torch', 'matplotlib', 'numba')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["normal(std=0.02)", "uniform", "truncated_normal", "ones"])
def test_shapes_of_one_axis_are_drawn_from_distributions_without_fans(text):
    drawn = draw(text, (1000,), seed=0)
    assert drawn.shape == (1000,)
    distribution = parse(text).distribution(fan_of((2, 2)))
    assert drawn.mean() == pytest.approx(
        distribution.mean, abs=6 * distribution.std / np.sqrt(1000) + 1e-12
    )


@pytest.mark.parametrize("text", ["he_normal", "orthogonal", "identity", "sparse(sparsity=0.1)"])
def test_shapes_of_one_axis_are_refused_by_distributions_with_fans(text):
    with pytest.raises(ShapeError, match=r"at least 2 integers.*needs fan-in"):
        draw(text, (10,), seed=0)


def test_bfloat16_is_sent_to_initialize():
    with pytest.raises(ArgumentError, match=r"NumPy has no bfloat16; .* initlab\.initialize"):
        draw("normal", (2, 2), seed=0, dtype="bfloat16")


@pytest.mark.parametrize("shape", [(250, 700), (400, 300)])
def test_an_orthogonal_weight_has_the_same_bits_however_many_threads_blas_has(shape):
    from scipy.linalg import lapack  # noqa: F401  # has a BLAS of its own, to be limited below
    from threadpoolctl import threadpool_limits

    drawn = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            drawn.append(draw("orthogonal", shape, seed=1, dtype="float64"))
    np.testing.assert_array_equal(*drawn)


def test_a_batch_axis_of_a_shape_of_one_axis_is_not_ignored():
    with pytest.raises(ShapeError):
        draw("normal", (10,), seed=0, batch_axis=(0,))
    drawn = draw("normal", (10,), seed=0, batch_axis=None)
    assert np.array_equal(drawn, draw("normal", (10,), seed=0))
