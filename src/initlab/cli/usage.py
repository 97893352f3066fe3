"""A wrong use of the command line, as typer reports it -> one sentence of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.errors import InitlabError, invalid_argument
from initlab.settings.synonyms import meant


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
        return _no_option(error.option_name, path, known)
    if kind == "BadOptionUsage":
        return _wrong_option(error.option_name, command, given) or InitlabError(message)
    if kind == "MissingParameter" and error.param is not None:
        return _missing(error.param, command)
    names = sorted(getattr(command, "commands", ()))
    if names and message.startswith("No such command"):
        name = next((one for one in given if repr(one) in message), "")
        return invalid_argument(
            "command", "one of " + ", ".join(names), name, hint=_did_you_mean(meant(name, names))
        )
    if "unexpected extra argument" in message:
        left = message.rpartition("(")[2].rstrip(").")
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        takes = [one.metavar or one.name.upper() for one in arguments]
        named = f"argument{'s' * (len(takes) > 1)} {' and '.join(takes)}"
        hint = f"Besides options, {path} takes only the {named}."
        if not takes:
            hint = f"{path} takes options only."
        return invalid_argument("argument", "left out", left, hint=hint)
    return InitlabError(message)


def _wrong_option(flag: str, command: Any, given: Sequence[str]) -> InitlabError | None:
    """Return the error of an option without a value, or of a flag with one; None if it is gone."""
    param = next((one for one in command.params if flag in _flags(one)), None)
    if param is None:
        return None
    with_value = next((one for one in given if one.startswith(f"{flag}=")), None)
    if param.is_flag and with_value is not None:
        return invalid_argument(
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


def _missing(param: Any, command: Any) -> InitlabError:
    """Build the sentence of what a command needs; an option is named as it is typed."""
    if param.param_type_name != "option":
        return _nothing(param.name, command, "given")
    words = f"{param.opts[0]} {param.metavar or ''}".strip()
    return InitlabError(
        f"{words} must be given.", argument=_name(param.name), expected="given"
    )  # fmt: skip


def _no_option(value: str, path: str, known: Sequence[str]) -> InitlabError:
    """Build the sentence of an unknown option, with the names that may be meant."""
    flags = {flag[2:].replace("-", "_"): flag for flag in known if flag.startswith("--")}
    near = [flags[name] for name in meant(value.lstrip("-").replace("-", "_"), flags)]
    words = f"{path} has no option {value!r}. {_did_you_mean(near)}".strip()
    return InitlabError(words, argument="option", value=value, expected=f"an option of {path}")


def _did_you_mean(near: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else ""


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
