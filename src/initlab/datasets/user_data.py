"""Data of a user's own that raises while it is read -> one sentence that names the argument."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from initlab.errors import DataError, InitlabError, refusal, unusable


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
        raise refusal(argument, f"{error.expected}", error.value, kind=type(error)) from None
    except Exception as error:  # ragged lists, broken tensors, __getitem__ of the user's own
        words = " ".join(str(error).split())
        raise DataError(
            f"{argument} cannot be read as arrays of numbers: {type(error).__name__}: {words}",
            argument=argument, expected="arrays of numbers",
        ) from error  # fmt: skip
