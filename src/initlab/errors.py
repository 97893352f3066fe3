"""What went wrong, in one sentence and in fields -> the exception every front end prints."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from initlab.moved import moved

__getattr__ = moved("initlab.errors", {"refusal": "initlab.errors:invalid_argument"})

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # and changes of direction
SCHEME = re.compile(r"[A-Za-z][\w+.-]+:/{1,2}")  # one slash is left where a path was made of it


class InitlabError(Exception):
    """Root of every error initlab raises on purpose.

    The command line, a page and JSON print the same facts from the same fields.

    Attributes:
        argument: name of the offending argument, or None where there is none.
        value: what was received.
        expected: what is allowed, as a phrase that follows "must be".
        where: function, layer and shape, as far as they are known.
        words: the message without the argument's name before it, where it begins with that.
        comparison: what was finished before this ended a study's run; None elsewhere.
        exit_code: what a shell sees when this error ends a command.
    """

    exit_code = 2
    comparison: Any = None

    def __init__(
        self,
        message: str,
        *,
        argument: str | None = None,
        value: Any = None,
        expected: str | None = None,
        where: str = "",
        words: str = "",
    ) -> None:
        super().__init__(message)
        self.argument = argument
        self.value = value
        self.expected = expected
        self.where = where
        self.words = words

    @property
    def code(self) -> str:
        """Name of the kind of error, as JSON gives it."""
        return type(self).__name__


class ArgumentError(InitlabError, ValueError):
    """An argument is not what its function allows."""


class ShapeError(ArgumentError):
    """A weight's shape or axes leave no fan-in or fan-out to compute."""


class DataError(InitlabError, ValueError):
    """Data or a model cannot be used."""

    exit_code = 3


class StudyError(InitlabError):
    """A stored study cannot be loaded: it was edited, or has another schema or version."""

    exit_code = 4


class StorageError(InitlabError, OSError):
    """A file or folder cannot be read or written."""

    exit_code = 5


class WorkerError(InitlabError):
    """Workers, or the cluster that they belong to, are gone."""

    exit_code = 5


class UpgradeWarning(UserWarning):
    """A file of an older initlab was upgraded; a copy of it as it was is kept."""


def unusable(words: str, argument: str = "data", value: Any = None) -> DataError:
    """Build the sentence that says what is wrong with data, or with a user's code.

    Args:
        words: what is wrong, in small letters.
        argument: what the user calls it, put before the words.
        value: what was received.
    """
    return DataError(f"{argument}: {words}", argument=argument, value=value, words=words)


def invalid_argument(
    argument: str,
    expected: str,
    value: Any,
    *,
    got: str = "",
    where: str = "",
    hint: str = "",
    kind: type[InitlabError] = ArgumentError,
) -> InitlabError:
    """Build the one sentence: what must be, what came, where, and what would help.

    Args:
        argument: name of the argument.
        expected: phrase after "must be".
        value: what was received; long values are cut.
        got: words for it in the sentence, such as "nothing" for an option that was not typed.
        where: context, printed in brackets.
        hint: one more sentence, printed last.
        kind: class of the error.
    """
    value = public(value)
    message = f"{one_line(argument)} must be {expected}; got {got or shown_value(value, 80)}."
    if where:
        message += f" ({one_line(where)})"
    if hint:
        message += f" {hint}"
    return kind(message, argument=argument, value=value, expected=expected, where=where)


@contextlib.contextmanager
def placed(where: str) -> Iterator[None]:
    """Add to an error of ours where it came up, for what does not know that itself."""
    try:
        yield
    except InitlabError as error:
        if error.where and where not in error.where:
            where = f"{where}: {error.where}"
        message = str(error)
        if error.where and f" ({error.where})" in message:
            message = message.replace(f" ({error.where})", f" ({where})", 1)
        else:
            message = f"{message} ({where})"
        raise type(error)(
            message, argument=error.argument, value=error.value, expected=error.expected,
            where=where,
            words=message.removeprefix(f"{error.argument}: ") if error.words else "",
        ) from error.__cause__  # fmt: skip


def without_password(address: str) -> str:
    """Return the address of a server without the name, password and query that it may hold.

    Example:
        >>> without_password("tcp://me:secret@host:8786?token=secret")
        'tcp://host:8786'
    """
    scheme, rest = SCHEME.match(address), address
    if scheme is not None:
        rest = address[scheme.end() :]
    query, user = rest.find("?"), rest.rfind("@")
    if 0 <= query < user:  # either may end in the other: neither is shown
        rest = "..."
    return (scheme.group() if scheme else "") + rest[rest.rfind("@") + 1 :].partition("?")[0]


def is_address(value: Any) -> bool:
    """Whether this is an address, as of a server, also where a path was made of it."""
    value = str(value) if isinstance(value, PurePath) else value
    return isinstance(value, str) and ("://" in value or bool(SCHEME.match(value)))


def public(value: Any) -> Any:
    """Return a value as it may be shown: of an address, without what is secret in it."""
    return without_password(str(value)) if is_address(value) else value


def one_line(text: str) -> str:
    r"""Return a text with its control characters spelled: it moves no cursor and paints nothing.

    Example:
        >>> one_line("a\nb")
        'a\\nb'
    """
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def shown_value(value: Any, longest: int) -> str:
    """Return a value as a message shows it, on one line; not every object can be printed."""
    try:
        text = repr(value)
    except Exception:  # a user's own __repr__ may raise anything
        text = f"an object of type {type(value).__name__} that cannot be printed"
    text = " ".join(text.split()) if "\n" in text else text
    return text if len(text) <= longest else text[: longest - 3] + "..."
