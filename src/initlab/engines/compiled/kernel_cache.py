"""Source of a kernel -> its module, written to the cache folder once and compiled once.

numba keeps machine code beside the file it came from, but notices edits in that file only, and
nothing made by ``exec``. So each kernel is one self-contained file named by the hash of its text.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from pathlib import Path
from types import ModuleType

from initlab.files import cache_folder, write_atomically

FOLDER = "kernels"


def load_kernel(source: str) -> ModuleType:
    """Import the module with this text and compile its ``train`` for its ``SIGNATURE``.

    A cache that cannot be written, or that was damaged, costs the compile time, nothing else.
    """
    from initlab.compiling import keep  # late: numba takes its time

    name = _module_name(source)
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(_written(name, source))
    sys.modules[name] = module  # before running it: cached code asks for its module by name
    try:
        exec(compile(source, module.__file__, "exec"), module.__dict__)
        keep(module.train)
        keep(module.mean_losses)  # compiled when it is first called
        module.train.compile(module.SIGNATURE)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def is_compiled(source: str) -> bool:
    """Whether machine code of its ``train`` is in the cache already (then it loads in no time)."""
    name = _module_name(source)
    kept = (cache_folder(FOLDER) / "__pycache__").glob(f"{name}.train-*.sums")
    return name in sys.modules or any(kept)


def _module_name(source: str) -> str:
    return "initlab_kernel_" + hashlib.sha256(source.encode()).hexdigest()[:20]


def _written(name: str, source: str) -> Path:
    """Return the file that holds the text; a name without a file where it cannot be written."""
    path = cache_folder(FOLDER) / f"{name}.py"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != source.encode():
            write_atomically(path, source.encode(), durable=False)
    return path
