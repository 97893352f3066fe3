"""Text such as "package.module:name" or "file.py:name" -> the object it names.

Importing runs the user's code; an error there names the user's own line.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from initlab.errors import DataError, invalid_argument
from initlab.user_code import failure
from initlab.validation import nearest_hint


def is_reference(value: Any) -> bool:
    """Whether a value is a text of the form "module:name"."""
    return isinstance(value, str) and ":" in value


def load_object(argument: str, reference: str) -> Any:
    """Import what "package.module:name" or "path/file.py:name" names, for this argument.

    The module is looked for in the current folder first.

    Raises:
        ArgumentError: the text has another form.
        DataError: no such module or name, or its code fails; the line is named.
    """
    place, _, path = reference.rpartition(":")
    if not place or not all(part.isidentifier() for part in path.split(".")):
        form = 'of the form "package.module:name" or "file.py:name"'
        raise invalid_argument(argument, form, reference)
    module = _from_file(argument, place) if place.endswith(".py") else _module(argument, place)
    found = module
    for part in path.split("."):
        if not hasattr(found, part):
            hint = nearest_hint(part, [name for name in vars(found) if not name.startswith("_")])
            raise DataError(
                f"{argument}: {place} has no {path!r}." + (f" {hint}" if hint else ""),
                argument=argument, value=reference,
            )  # fmt: skip
        found = getattr(found, part)
    return found


def reference_of(value: Any) -> str | None:
    """Return the text that imports a function or class again; None where there is none."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is value else None


def _module(argument: str, name: str) -> Any:
    here = Path.cwd()
    known = str(here) in sys.path or "" in sys.path
    try:
        with contextlib.nullcontext() if known else _first_on_path(here):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            words = (
                f"there is no module {error.name!r} in the current folder or among the installed "
                "packages."
            )
            raise DataError(f"{argument}: {words}", argument=argument, value=name) from error
        raise _broken(argument, name, error) from error
    except Exception as error:  # a user's module may raise anything
        raise _broken(argument, name, error) from error


def _from_file(argument: str, place: str) -> Any:
    path = Path(place).resolve()
    if not path.is_file():
        raise DataError(f"{argument}: there is no file {place}.", argument=argument, value=place)
    known = sys.modules.get(path.stem)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        with _first_on_path(path.parent):  # its neighbours can be imported, as in a script
            spec.loader.exec_module(module)
    except Exception as error:
        raise _broken(argument, place, error) from error
    sys.modules.setdefault(path.stem, module)
    return module


@contextlib.contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    """Import from this folder first, for a while."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _broken(argument: str, name: str, error: Exception) -> DataError:
    if not isinstance(error, SyntaxError):
        return failure(argument, f"importing {name} failed", error, value=name, named=True)
    place = f"{Path(error.filename or name).name}, line {error.lineno}"
    words = f"{argument}: {place} is not valid Python: {error.msg}."
    return DataError(words, argument=argument, value=name)
