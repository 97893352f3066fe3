"""A wrong use of the command line, as typer reports it -> one sentence of ours."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from initlab.errors import InitlabError, refusal


def usage_error(error: Any, app: Any, given: Sequence[str]) -> tuple[InitlabError, str]:
    """Return our error, and the command that it is about.

    Args:
        error: an exception of click's.
        app: the command line's root, with its commands.
        given: the arguments.
    """
    command, path = _command(app, given)
    return _sentence(error, command, path, given), path


def _sentence(error: Any, command: Any, path: str, given: Sequence[str]) -> InitlabError:
    kind, message = type(error).__name__, error.format_message()
    if kind == "NoSuchOption":
        known = sorted({flag for one in command.params for flag in _flags(one)} | {"--help"})
        return _unknown("option", error.option_name, f"an option of {path}", known)
    if kind == "BadOptionUsage":
        return _wrong_option(error.option_name, command, given) or InitlabError(message)
    if kind == "MissingParameter" and error.param is not None:
        return _nothing(error.param.name, command, "given")
    names = sorted(getattr(command, "commands", ()))
    if names and message.startswith("No such command"):
        name = next((one for one in given if repr(one) in message), "")
        return _unknown("command", name, "one of " + ", ".join(names), names)
    if "unexpected extra argument" in message:
        left = message.rpartition("(")[2].rstrip(").")
        takes = [one.name for one in command.params if one.param_type_name == "argument"]
        where = f"{path} takes {' and '.join(takes) or 'options only'}"
        return refusal("argument", "left out", left, where=where)
    return InitlabError(message)


def _wrong_option(flag: str, command: Any, given: Sequence[str]) -> InitlabError | None:
    """Return the error of an option without a value, or of a flag with one; None if it is gone."""
    param = next((one for one in command.params if flag in _flags(one)), None)
    if param is None:
        return None
    with_value = next((one for one in given if one.startswith(f"{flag}=")), None)
    if param.is_flag and with_value is not None:
        return refusal(
            _name(param.name), f"{' or '.join(_flags(param))}, without a value", with_value
        )
    return _nothing(param.name, command)


def _nothing(
    parameter: str, command: Any, usual: str = "followed by a value"
) -> InitlabError:  # fmt: skip
    """Build the sentence of a value that is not there; its kind says what is allowed."""
    name = _name(parameter)
    kind = getattr(command.callback, "kinds", {}).get(parameter)
    expected = (kind and kind.expected(name)) or usual
    return InitlabError(
        f"{name} must be {expected}; got nothing.", argument=name, expected=expected
    )


def _unknown(argument: str, value: str, expected: str, known: Sequence[str]) -> InitlabError:
    near = [repr(one) for one in difflib.get_close_matches(value, known, n=3, cutoff=0.6)]
    hint = f"Did you mean {' or '.join(near)}?" if near else ""
    return refusal(argument, expected, value, hint=hint)


def _command(app: Any, given: Sequence[str]) -> tuple[Any, str]:
    """Return the command that the arguments name, and the words that lead to it."""
    path = ["initlab"]
    for word in given:
        inside = getattr(app, "commands", {})
        if word in inside:
            app = inside[word]
            path.append(word)
        elif not word.startswith("-"):
            break
    return app, " ".join(path)


def _flags(param: Any) -> list[str]:
    return [*param.opts, *param.secondary_opts] if param.param_type_name == "option" else []


def _name(parameter: str) -> str:
    return parameter.strip("_")
