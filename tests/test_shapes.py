"""The check of array shapes notices wrong ones, and hides no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from .shapes import annotated, checked, homes

if TYPE_CHECKING:
    from jaxtyping import Float

Array = np.ndarray


def product(a: Float[Array, "n inner"], b: Float[Array, "inner m"]) -> Float[Array, "n m"]:
    if a.shape[1] != b.shape[0]:
        raise ValueError("our own sentence")
    return a @ b if a.any() else b


A, B = np.ones((2, 3)), np.ones((3, 4))


def test_right_shapes_pass():
    assert checked(product)(A, B).shape == (2, 4)


def test_a_wrong_result_is_noticed_after_a_right_one_of_the_same_arguments():
    run = checked(product)
    square = np.ones((3, 3))
    assert run(square, np.ones((3, 4))).shape == (3, 4)
    assert run(0 * square, np.ones((3, 4))).shape == (3, 4)  # the other array, of a right shape
    assert run(A, B).shape == (2, 4)
    with pytest.raises(AssertionError, match="product, return is not Float"):
        run(0 * A, B)


@pytest.mark.parametrize("given", [(0 * A, B), (A, B.astype(int)), (A, B[:, 0])])
def test_wrong_shapes_and_dtypes_are_named(given):
    with pytest.raises(AssertionError, match=r"product, (b|return) is not Float"):
        checked(product)(*given)


def test_an_error_of_the_function_comes_first():
    with pytest.raises(ValueError, match="our own sentence"):
        checked(product)(A, A)


def test_functions_that_name_axes_are_found():
    found = {one.__qualname__ for home in homes() for _, one in annotated(home)}
    assert {"draw", "predict", "gradients", "score", "first_equal", "take_step"} <= found
    assert {"Normal.draw", "Normal.density", "Orthogonal.draw"} <= found


class Distribution:
    def draw(self, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
        return np.zeros((2, 3))

    def density(self, x: object) -> Float[Array, "*x"] | None:
        return np.float64(1.0)


def test_axes_that_an_argument_says_or_has_are_those_of_the_result():
    draw, density = checked(Distribution.draw), checked(Distribution.density)
    assert draw(Distribution(), (2, 3)).shape == (2, 3)
    assert density(Distribution(), 0.5) == 1
    with pytest.raises(AssertionError, match=r"Distribution\.draw, return is not Float"):
        draw(Distribution(), (3, 2))
    with pytest.raises(AssertionError, match=r"Distribution\.density, return is not Float"):
        density(Distribution(), [0.5, 1.0])
