"""A job on one pipe -> frames on another: first "ready", then the answers or why there are none.

A frame is the job's nonce, the length in 8 bytes, and an encoded value.
"""

from __future__ import annotations
import __future__

import ast
import dis
import importlib.abc
import importlib.util
import linecache
import os
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .calling import answer_calls, failure
from .confinement import drop_privileges, filter_system_calls, limit_resources, lock_files
from .landlock import lock
from .values import FEW_ITEMS, LARGEST_HEADER, decode, encode, plain

MODULE = "solution"
FEW_FAILURES = 20  # so few that they fit, whatever their messages
STORES = ("STORE_NAME", "STORE_GLOBAL")


def main(job_pipe: int, result_pipe: int) -> None:
    """Do the job and end; what the learner's code leaves running dies with the process."""
    with os.fdopen(job_pipe, "rb") as file:
        job = decode(file.read())
    nonce = job["nonce"]
    alone = job["lock"] and lock_files(job["scratch"], job["scratch_bytes"])
    drop_privileges()
    locked = job["filter"] and lock(job["scratch"], job["readable"])
    filtered = job["filter"] and filter_system_calls()
    limit_resources(job["limits"])
    _send(result_pipe, nonce, {"isolated": locked and (alone or filtered)})
    files: dict[str, Any] = {}
    folders: dict[str, Any] = {}
    for one in job["companions"]:
        (folders if one["file"] == one["name"] else files)[one["name"]] = one
    sys.meta_path[:] = [_NoSolutions(), _Companions(files), *sys.meta_path, _Companions(folders)]
    result = _worked(job)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            continue
    _send(result_pipe, nonce, result)
    os._exit(0)


class _NoSolutions(importlib.abc.MetaPathFinder):
    """Refuses the package that could answer in the learner's place."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] == "initlab":
            raise ModuleNotFoundError(
                "initlab cannot be imported inside a check, because your function must work "
                "without initlab",
                name=name,
            )


class _Companions(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds modules that lay beside the answer; a bare folder comes after all that is installed."""

    def __init__(self, companions: Mapping[str, Mapping[str, Any]]) -> None:
        self.companions = companions

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name in self.companions:
            return importlib.util.spec_from_loader(name, self, origin=self.companions[name]["file"])
        return None

    def is_package(self, fullname: str) -> bool:
        return bool(self.companions[fullname]["package"])

    def get_source(self, fullname: str) -> str:
        return str(self.companions[fullname]["source"])

    def get_code(self, fullname: str) -> types.CodeType:
        source, file = self.get_source(fullname), self.companions[fullname]["file"]
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        return self.source_to_code(source, file)


def _worked(job: Mapping[str, Any]) -> dict[str, Any]:
    sources = [chunk["name"] for chunk in job["chunks"]]
    sources += [one["file"] for one in job["companions"]]
    module = types.ModuleType("__main__" if job["notebook"] else MODULE)
    vars(module).update({"display": print} if job["notebook"] else {"__file__": sources[0]})
    sys.modules[module.__name__] = module
    troubles: list[dict[str, Any]] = []
    flags = 0
    for chunk in job["chunks"]:
        failed, flags = _run_chunk(chunk, module, sources, flags)
        troubles += failed
    name, function = _function(module, job["names"])
    if function is None:
        return (troubles or [{"trouble": "no function", "defined": _defined(module)[:20]}])[0]
    records = answer_calls(function, job["calls"], sources=sources, layer_form=job["layer_form"])
    result = {"function": name, "records": records, "before": troubles}
    if _header_length(result) > LARGEST_HEADER:
        del troubles[FEW_FAILURES:]
    if _header_length(result) > LARGEST_HEADER:  # numbers in lists instead of arrays
        for record in records:
            record["value"] = plain(record["value"], FEW_ITEMS)
    if _header_length(result) > LARGEST_HEADER:
        return {"trouble": "too much"}
    return result


def _run_chunk(
    chunk: Mapping[str, Any], module: types.ModuleType, sources: Sequence[str], flags: int
) -> tuple[list[dict[str, Any]], int]:
    """Run a piece of source, each statement alone.

    Returns:
        What failed, each with the names that its statement binds; and what
        ``from __future__`` means from here.
    """
    name, text = chunk["name"], chunk["source"]
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    try:
        tree = ast.parse(text, name)
        flags |= _future(tree)
        codes = [compile(ast.Module([node], []), name, "exec", flags, True) for node in tree.body]
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        return [{"trouble": "syntax", "failure": failure(error, sources), "names": []}], flags
    troubles = []
    for code in codes:
        try:
            exec(code, module.__dict__)
        except (Exception, SystemExit) as error:
            failed = failure(error, sources)
            troubles.append({"trouble": "raised", "failure": failed, "names": _bound(code)})
    return troubles, flags


def _bound(code: types.CodeType) -> list[str]:
    """Return the names that a statement at top level binds."""
    made = (one for one in dis.get_instructions(code) if one.opname in STORES)
    return sorted({one.argval for one in made})


def _future(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                feature = getattr(__future__, alias.name, None)
                flags |= getattr(feature, "compiler_flag", 0)
    return flags


def _defined(module: types.ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, types.FunctionType) and value.__module__ == module.__name__
    ]


def _function(
    module: types.ModuleType, names: Sequence[str]
) -> tuple[str, Callable[..., Any] | None]:
    """Return the function of the first of these names, else the only one that is defined."""
    for name in names:
        if callable(vars(module).get(name)):
            return name, vars(module)[name]
    defined = _defined(module)
    return (defined[0], vars(module)[defined[0]]) if len(defined) == 1 else ("", None)


def _header_length(value: Any) -> int:
    return int.from_bytes(encode(value)[:8], "big")


def _send(pipe: int, nonce: str, value: Any) -> None:
    content = encode(value)
    rest = memoryview(nonce.encode("ascii") + len(content).to_bytes(8, "big") + content)
    while rest:
        rest = rest[os.write(pipe, rest) :]
