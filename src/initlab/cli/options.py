"""Parameters of every command: their help, and how they are read; compare's are the settings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from initlab.errors import InitlabError
from initlab.settings import options
from initlab.settings.kinds import CHOICE, FLAG, Kind, file, number, whole
from initlab.settings.names import STUDIES

Command = TypeVar("Command", bound=Callable[..., int | None])
# a text of the help; with it what stands for the value, or its kind
Words = str | tuple[str, str | Kind]
DECLARED = {row.name: row.shell_help for row in options()}
SHARED: dict[str, Words] = {"json_": "Print JSON.", "force": "Overwrite existing files."}
STUDY = (
    f"The study: {', '.join(STUDIES)}; or a PyTorch module, given as package.module:name or "
    "file.py:name. With --from, leave this argument out. With --data, give a PyTorch module or "
    "leave this argument out."
)
KINDS = {int: whole(), float: number(), Path: file("<path>")}  # of parameters that have no other


def group(**settings: Any) -> typer.Typer:
    """Return a command that holds others."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def explained(texts: Mapping[str, Words]) -> Callable[[Command], Command]:
    """Give a command its help: positional parameters become arguments, all others options."""

    def explain(command: Command) -> Command:
        types, words = get_type_hints(command), {**DECLARED, **SHARED, **texts}
        parameters, kinds = [], {}
        for one in inspect.signature(command).parameters.values():
            said, annotation = words[one.name], types[one.name]
            text, shown_as = said if isinstance(said, tuple) else (said, None)
            kind = shown_as if isinstance(shown_as, Kind) else KINDS.get(_bare(annotation))
            metavar: Any = shown_as if isinstance(shown_as, str) else kind and kind.metavar
            if kind is not None:  # read by us, so that a wrong value gets our sentence
                kinds[one.name] = kind
                annotation = list[str] | None if kind.repeat else str | None
                if one.default not in (None, one.empty):
                    one = one.replace(default=str(one.default))
            if one.kind is one.KEYWORD_ONLY:
                flag = _flag(one.name)
                flag += flag.replace("--", "/--no-") if annotation == bool | None else ""
                shown: Any = typer.Option(flag, help=_plain(text), metavar=metavar)
            else:
                shown = typer.Argument(help=_plain(text), metavar=metavar, show_default=False)
            parameters.append(one.replace(annotation=Annotated[annotation, shown]))
        return _reading(command, parameters, kinds)

    return explain


def with_options(command: Command) -> Command:
    """Give ``compare`` the declared options; it gets them by the names of the settings."""
    study = typer.Argument(help=STUDY, show_default=False)
    parameters, kinds, names = [_parameter("study", str, study)], {}, {}
    for row in options():
        flag, metavar, kind = _flag(row.parameter), row.kind.metavar or None, row.kind
        if kind is CHOICE:
            flag += flag.replace("--", "/--no-")
        if kind in (FLAG, CHOICE):
            annotation: Any = bool
        else:
            annotation, kinds[row.parameter] = list[str] if kind.repeat else str, kind
        names[row.parameter] = row.name
        flags = [one for one in (flag, row.short) if one]
        shown = typer.Option(
            *flags, help=_plain(row.shell_help), metavar=metavar, rich_help_panel=row.heading
        )
        parameters.append(_parameter(row.parameter, annotation, shown))
    return _reading(command, parameters, kinds, names)


def _plain(text: str) -> str:
    """Return a text whose brackets are no markup of rich, such as those of initlab[store]."""
    return text.replace("[", r"\[")


def _bare(annotation: Any) -> Any:
    """Return int for ``int | None``."""
    kinds = [one for one in getattr(annotation, "__args__", ()) if one is not type(None)]
    return kinds[0] if len(kinds) == 1 else annotation


def _flag(name: str) -> str:
    return "--" + name.strip("_").replace("_", "-")


def _parameter(name: str, annotation: Any, shown: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None,
        annotation=Annotated[annotation | None, shown],
    )  # fmt: skip


def _reading(
    command: Command, parameters: list[inspect.Parameter], kinds: Mapping[str, Kind],
    names: Mapping[str, str] | None = None,
) -> Command:  # fmt: skip
    """Return the command with these parameters, whose texts are read as values of their kinds."""

    def read(name: str, given: Any) -> Any:
        kind, shown = kinds.get(name), name.strip("_")
        if kind is None or given is None:
            return given
        if kind.repeat:
            return [kind.read(shown, one) for one in given] or None
        return kind.read(shown, given)

    @functools.wraps(command)
    def run(**given: Any) -> int | None:
        try:
            return command(**{
                (names or {}).get(name, name): read(name, value) for name, value in given.items()
            })  # fmt: skip
        except InitlabError as error:
            _name_as_typed(error, names or {})
            raise

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # for typer
    run.kinds = kinds  # type: ignore[attr-defined]  # for the sentence of a missing value
    return run  # type: ignore[return-value]


def _name_as_typed(error: InitlabError, names: Mapping[str, str]) -> None:
    """Let an error name the option that was typed, where it names our keyword argument."""
    for typed, name in names.items():
        if error.argument == name != typed:
            message = str(error)
            error.argument = typed
            if message.startswith(f"{name} "):
                error.args = (f"{typed}{message.removeprefix(name)}",)
            return
