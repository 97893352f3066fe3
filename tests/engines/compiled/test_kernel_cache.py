"""Kernels in the cache folder: found again, rewritten when edited, and not needed to work."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile

import pytest
from numba.core.caching import FunctionCache

from initlab.engines.compiled import kernel_cache
from initlab.engines.compiled.kernel_cache import is_compiled, load_kernel
from initlab.files import CACHE_VARIABLE, cache_folder

TINY = '''
from numba import njit

SIGNATURE = "float64(float64)"

@njit
def train(x):
    """Return 2 x, {note}."""
    return x * 2.0

@njit
def mean_losses(x):
    return x
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
    assert load_kernel(source).train(3.0) == 6.0
    (path,) = folder.glob("*.py")
    assert path.read_text(encoding="utf-8") == source
    assert list(folder.glob("__pycache__/*.nbc"))
    assert list(folder.glob("*.tmp")) == []


def test_kernel_is_compiled_once_and_then_known(folder, source):
    module = load_kernel(source)
    assert load_kernel(source) is module
    forget(source)
    assert is_compiled(source)
    assert load_kernel(source).train.stats.cache_hits


def test_name_changes_with_the_text(folder, source):
    first = load_kernel(source)
    other = source.replace("2.0", "3.0")
    assert not is_compiled(other)
    second = load_kernel(other)
    assert (first.train(1.0), second.train(1.0)) == (2.0, 3.0)
    assert first.__name__ != second.__name__
    forget(other)


def test_a_kernel_edited_on_disk_is_rewritten_and_compiled_again(folder, source):
    load_kernel(source)
    forget(source)
    (path,) = folder.glob("*.py")
    path.write_text(source.replace("2.0", "5.0"), encoding="utf-8")
    assert load_kernel(source).train(3.0) == 6.0
    assert path.read_text(encoding="utf-8") == source


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch, source):
    (tmp_path / "file").write_text("a file where the folder should be")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert not is_compiled(source)
    assert load_kernel(source).train(3.0) == 6.0


def cut(content):
    return content[: len(content) // 2]


def emptied(content):
    return b""


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :]


def foreign(content):
    return b"[1, 2"


@pytest.mark.parametrize("ending", ["nbi", "nbc", "sums"])
@pytest.mark.parametrize("damage", [cut, emptied, flipped, foreign])
def test_a_damaged_cache_is_compiled_again_in_silence(folder, source, ending, damage, capfd):
    load_kernel(source)
    forget(source)
    (path,) = (folder / "__pycache__").glob(f"*.{ending}")
    path.write_bytes(damage(path.read_bytes()))
    module = load_kernel(source)
    assert module.train(3.0) == 6.0
    assert not module.train.stats.cache_hits  # nothing of it was run
    assert capfd.readouterr() == ("", "")
    forget(source)
    assert load_kernel(source).train.stats.cache_hits  # and it is whole again


def test_a_missing_file_of_the_cache_is_made_again(folder, source):
    load_kernel(source)
    forget(source)
    (path,) = (folder / "__pycache__").glob("*.nbc")
    path.unlink()
    assert load_kernel(source).train(3.0) == 6.0
    assert path.exists()


def test_a_full_disk_costs_time_only(folder, source, monkeypatch):
    def full(self, sig, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FunctionCache, "save_overload", full)
    assert load_kernel(source).train(3.0) == 6.0
    assert list(folder.glob("__pycache__/*")) == []


def test_a_cache_that_cannot_be_written_leaves_nothing_elsewhere(tmp_path, monkeypatch, source):
    (tmp_path / "file").write_text("a file where the folder should be")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    for variable in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert load_kernel(source).train(3.0) == 6.0
    assert list((tmp_path / "elsewhere").rglob("*")) == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "DISABLE_JIT",
            "1",
            "The environment variable {} is set, but initlab trains with compiled code. Unset the",
        ),
        (
            "NUM_THREADS",
            "0",
            "numba, which compiles the training code, cannot be started with {}=0 in the environ",
        ),
        *(
            (name, "banana", "{} must be a value that numba can read, or unset; got 'banana'. numb")
            for name in ("OPT", "NUM_THREADS", "DISABLE_JIT", "FORCE_CUDA_CC")
        ),
        (
            "CPU_FEATURES",
            "banana",
            "{} must be unset, or a list of CPU features that each begin with + or -, such as +avx",
        ),
    ],
)
def test_what_keeps_numba_from_compiling_is_said(variable, value, words):
    done = subprocess.run(
        [sys.executable, "-m", "initlab", "compare", "circles", "--steps", "1"],
        env={**os.environ, f"NUMBA_{variable}": value}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    usual = ("Compiling", "1 seed is too few")
    said = [line for line in done.stderr.splitlines() if not line.startswith(usual)]
    assert len(said) == 1  # one sentence, no traceback of numba's
    assert said[0].startswith(f"initlab: {words.format(f'NUMBA_{variable}')}")
    assert "report it" not in done.stderr


def test_a_kernel_that_does_not_import_leaves_no_module_behind(folder):
    broken = "raise RuntimeError('broken')\n"
    with pytest.raises(RuntimeError, match="broken"):
        load_kernel(broken)
    assert kernel_cache._module_name(broken) not in sys.modules


def test_folder_is_the_variables_or_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert cache_folder("kernels") == tmp_path / "kernels"
    monkeypatch.delenv(CACHE_VARIABLE)
    assert "initlab" in cache_folder("kernels").parts


def test_two_processes_that_compile_at_once_both_work(folder, source):
    program = (
        "import sys; from initlab.engines.compiled.kernel_cache import load_kernel;"
        "print(load_kernel(sys.argv[1]).train(3.0))"
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
