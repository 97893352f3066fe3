"""Source of a kernel -> its module, written to the cache folder once and compiled once.

numba keeps machine code beside the file it came from, but notices edits in that file only, and
nothing made by ``exec``. So each kernel is one self-contained file named by the hash of its text.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import platformdirs

from initlab.files import write_atomically

CACHE_VARIABLE = "INITLAB_CACHE_DIR"


def cache_folder() -> Path:
    """Folder of compiled kernels: ``$INITLAB_CACHE_DIR``, or the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    base = Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("initlab"))
    return base / "kernels"


def load_kernel(source: str) -> ModuleType:
    """Import the module with this text, writing it first if the cache does not hold it.

    An unwritable cache costs the compile time at every run, nothing else.
    """
    name = _module_name(source)
    if name in sys.modules:
        return sys.modules[name]
    try:
        path = _write(cache_folder(), name, source)
    except OSError:
        path = _write(Path(tempfile.mkdtemp(prefix="initlab-")), name, source)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import the kernel {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before running it: cached code asks for its module by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def is_compiled(source: str) -> bool:
    """Whether machine code for this text is in the cache already (then it loads in no time)."""
    name = _module_name(source)
    return name in sys.modules or any((cache_folder() / "__pycache__").glob(f"{name}.*.nbi"))


def _module_name(source: str) -> str:
    return "initlab_kernel_" + hashlib.sha256(source.encode()).hexdigest()[:20]


def _write(folder: Path, name: str, source: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        write_atomically(path, source.encode(), durable=False)
    return path
