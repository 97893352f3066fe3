"""Kernels in the cache folder: found again, rewritten when edited, and not needed to work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from initlab.engines.compiled import kernel_cache
from initlab.engines.compiled.kernel_cache import (
    CACHE_VARIABLE,
    cache_folder,
    is_compiled,
    load_kernel,
)

TINY = '''
from numba import njit

@njit("float64(float64)", cache=True)
def twice(x):
    """Return 2 x, {note}."""
    return x * 2.0
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "kernels"


@pytest.fixture
def source(request):
    text = TINY.format(note=request.node.name)
    yield text
    forget(text)


def forget(text):
    """Make this process load the kernel from disk again."""
    sys.modules.pop(kernel_cache._module_name(text), None)


def test_kernel_runs_and_is_kept_in_the_chosen_folder(folder, source):
    assert not is_compiled(source)
    assert load_kernel(source).twice(3.0) == 6.0
    (path,) = folder.glob("*.py")
    assert path.read_text(encoding="utf-8") == source
    assert list(folder.glob("__pycache__/*.nbc"))
    assert list(folder.glob("*.tmp")) == []


def test_kernel_is_compiled_once_and_then_known(folder, source):
    module = load_kernel(source)
    assert load_kernel(source) is module
    forget(source)
    assert is_compiled(source)
    assert load_kernel(source).twice.stats.cache_hits


def test_name_changes_with_the_text(folder, source):
    first = load_kernel(source)
    other = source.replace("2.0", "3.0")
    assert not is_compiled(other)
    second = load_kernel(other)
    assert (first.twice(1.0), second.twice(1.0)) == (2.0, 3.0)
    assert first.__name__ != second.__name__
    forget(other)


def test_a_kernel_edited_on_disk_is_rewritten_and_compiled_again(folder, source):
    load_kernel(source)
    forget(source)
    (path,) = folder.glob("*.py")
    path.write_text(source.replace("2.0", "5.0"), encoding="utf-8")
    assert load_kernel(source).twice(3.0) == 6.0
    assert path.read_text(encoding="utf-8") == source


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch, source):
    (tmp_path / "file").write_text("a file where the folder should be")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert not is_compiled(source)
    assert load_kernel(source).twice(3.0) == 6.0


def test_a_kernel_that_does_not_import_leaves_no_module_behind(folder):
    broken = "raise RuntimeError('broken')\n"
    with pytest.raises(RuntimeError, match="broken"):
        load_kernel(broken)
    assert kernel_cache._module_name(broken) not in sys.modules


def test_folder_is_the_variables_or_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path / "kernels"
    monkeypatch.delenv(CACHE_VARIABLE)
    assert "initlab" in cache_folder().parts


def test_two_processes_that_compile_at_once_both_work(folder, source):
    program = (
        "import sys; from initlab.engines.compiled.kernel_cache import load_kernel;"
        "print(load_kernel(sys.argv[1]).twice(3.0))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, source],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, "6.0"), err
    assert len(list(folder.glob("*.py"))) == 1
