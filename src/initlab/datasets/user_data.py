"""Data of a user's own -> arrays, or one sentence that names the argument."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError, InitlabError, invalid_argument, unusable


def array_of(value: Any) -> NDArray[Any]:
    """Return an array, a tensor or nested lists as an array; what is masked is NaN.

    Args:
        value: of the user's own.

    Raises:
        ValueError: it is none of these; the sentence begins behind the name of the value.
    """
    try:
        if np.ma.is_masked(value):
            return np.asarray(np.ma.filled(value.astype(np.float64), np.nan))
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            if str(value.dtype) == "torch.bfloat16":  # NumPy has none; float32 holds it exactly
                value = value.float()
        array = np.asarray(value)
    except Exception as error:  # ragged lists, sparse tensors, objects of any kind
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"cannot be made into an array ({cause.rstrip('.')}).") from error
    if array.ndim == 0 and array.dtype.kind == "O":
        raise ValueError(f"must be an array, a tensor or nested lists; got {type(value).__name__}.")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array


def no_numbers(array: NDArray[Any]) -> str:
    """Return what to say of an array that holds no numbers, behind its name."""
    objects = array.dtype.kind == "O" and all(isinstance(one, Real) for one in array.flat)
    hint = ". Convert it with .astype(float)" if objects else ""
    return f"must hold numbers; got an array of dtype {array.dtype}{hint}."


@contextlib.contextmanager
def read_as(argument: str) -> Iterator[None]:
    """Turn whatever arrays, tensors or objects of a user's raise into an error of ours.

    Args:
        argument: what the user calls the data.

    Raises:
        DataError: the block raised something else than an error of ours.
    """
    try:
        yield
    except InitlabError as error:
        if error.argument != "data" or argument == "data":
            raise
        if error.words:
            raise unusable(error.words, argument, error.value) from None
        if error.expected is None:  # a sentence of another form: it stays as it is
            raise
        raise invalid_argument(
            argument, error.expected, error.value, where=error.where, kind=type(error)
        ) from None
    except Exception as error:  # ragged lists, broken tensors, __getitem__ of the user's own
        words = " ".join(str(error).split())
        raise DataError(
            f"{argument} cannot be read as arrays of numbers: {type(error).__name__}: {words}",
            argument=argument, expected="arrays of numbers",
        ) from error  # fmt: skip
