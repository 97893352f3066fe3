"""Loop or kernel -> machine code, kept on disk and run again only if nothing changed it there.

numba trusts what it finds in its cache: a file that was cut short ends every later run, and one
flipped bit may end the process. Here each file must have the checksum that was noted when it was
written; else it is compiled again, and written again if the disk takes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from initlab.errors import InitlabError, StorageError, invalid_argument
from initlab.files import write_atomically

try:
    with warnings.catch_warnings():
        # numba would print a traceback and go on without the variable
        warnings.filterwarnings("error", "Environment variable 'NUMBA_", RuntimeWarning)
        from numba import config, njit
        from numba.core.caching import FunctionCache
except RuntimeWarning as error:
    variable, given = re.findall("'(.*?)'", str(error))[:2]
    reason = str(error).strip().rpartition("\n")[2].partition(": ")[2]
    raise invalid_argument(
        variable,
        "a value that numba can read, or unset",
        given,
        hint=f"numba: {reason.rstrip('.')}.",
    ) from None
except ValueError as error:  # a NUMBA_ variable that numba refuses
    given = ", ".join(f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("NUMBA_"))
    raise InitlabError(
        f"numba, which compiles the training code, cannot be started with {given} in the "
        f"environment: {error}"
    ) from error
if getattr(config, "DISABLE_JIT", 0):
    raise InitlabError(
        "The environment variable NUMBA_DISABLE_JIT is set, but initlab trains with compiled code. "
        "Unset the variable."
    )
features = getattr(config, "CPU_FEATURES", None) or ""
if not all(one.startswith(("+", "-")) for one in features.split(",") if one):
    raise invalid_argument(  # LLVM would end the process
        "NUMBA_CPU_FEATURES",
        "unset, or a list of CPU features that each begin with + or -, such as +avx2,-fma",
        features,
    )

Function = TypeVar("Function", bound=Callable[..., Any])


class CheckedCache(FunctionCache):
    """The files of one function, loaded only if they are those that were saved."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code for a signature, or None if it has to be compiled."""
        with contextlib.suppress(Exception):  # a file may hold anything
            if self._sums() == self._noted():
                return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save the machine code for a signature, as far as the disk takes it."""
        with contextlib.suppress(OSError, StorageError):
            if self._sums() != self._noted():
                for name in self._sums():
                    (self._folder / name).unlink(missing_ok=True)
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
            note = json.dumps(self._sums()).encode()
            write_atomically(self._note, note, durable=False)

    @property
    def _folder(self) -> Path:
        return Path(self.cache_path)

    @property
    def _note(self) -> Path:
        return self._folder / f"{self._impl.filename_base}.sums"

    def _sums(self) -> dict[str, str]:
        files = sorted(self._folder.glob(f"{self._impl.filename_base}.*nb[ic]"))
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def _noted(self) -> Any:
        try:
            return json.loads(self._note.read_bytes())
        except (OSError, ValueError):
            return {}


def keep(dispatcher: Any) -> None:
    """Let a function of numba keep its machine code, if there is any folder to keep it in."""
    with contextlib.suppress(RuntimeError, OSError):
        dispatcher._cache = CheckedCache(dispatcher.py_func)  # type: ignore[no-untyped-call]


def compiled(loop: Function) -> Function:
    """Compile a loop when a dtype first meets it, and keep the machine code."""
    # No fastmath: a fused vector body and an unfused scalar tail could round equal units apart.
    result: Any = njit(loop, error_model="numpy", nogil=True)
    keep(result)
    return cast(Function, result)
