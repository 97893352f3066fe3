"""What every test finds: kernels kept beside pytest's own cache, and a Ctrl-C that works."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Workers share the cores, and a thread that waits for another one keeps its core busy: before
# anything loads BLAS or torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# what readline, which pytest imports, sets for the programs that a test begins, and for no more
os.environ.setdefault("COLUMNS", "80")
os.environ.setdefault("LINES", "24")

from initlab.files import CACHE_VARIABLE

from .cli.running import begin_forking
from .shapes import check_all

# jsonschema, which nbformat imports, would build the grammar of a check that nothing here asks
# for: 2 s of every process
ABSENT = str(Path(__file__).parent / "absent")
sys.path.insert(0, ABSENT)
PATHS = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one != ABSENT]
os.environ["PYTHONPATH"] = os.pathsep.join([ABSENT, *filter(None, PATHS)])
# else every process that the tests begin would compile initlab's sources again: 0.2 s each
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile("initlab", deadline=None)  # cores are shared: time says nothing
settings.load_profile("initlab")
sys.dont_write_bytecode = False  # to write assertions anew would cost every worker 8 s
gc.disable()  # what is imported and collected stays until the end: looking for garbage costs 4 s

IN_WORKERS = (  # what a worker process needs, and a cluster's
    "distributed", "initlab.comparison.module_problem", "initlab.engines.blas.trainer",
    "initlab.engines.compiled.trainer", "initlab.engines.torch.engine",
    "initlab.study.executors.on_worker", "pytest", "tests.study.making", "torch", "torch._dynamo",
)  # fmt: skip
LONG = (  # these come first, so that no worker waits for another one's last test
    "tests/test_readme.py",
    "tests/study/store/test_survival.py",
    "tests/cli/test_interruption.py",
    "tests/comparison/test_diagnose.py",
    "tests/teaching/lessons/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Two more than there are cores: many tests wait, for a browser, a kernel or a cluster."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # xdist reads it
    own = hasattr(os, "sched_getaffinity")  # cores that the process may use
    return (len(os.sched_getaffinity(0)) if own else os.cpu_count() or 1) + 2


def pytest_configure():
    begin_forking()  # before workers, which share it, and before a test sets a variable


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def kernels_beside_pytests_cache(request, tmp_path_factory):
    kept = getattr(request.config, "cache", None)  # None under -p no:cacheprovider
    folder = kept.mkdir("initlab") if kept else tmp_path_factory.mktemp("initlab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def workers_fork_from_a_process_that_has_imported():
    """A worker process would import what it needs again: 1 to 3 s each.

    It gets the same pickles and imports the same modules as a spawned one; programs that the tests
    run spawn theirs, as users' programs do. Its environment is that of the first worker: a test
    that sets a variable for a worker must run a program.
    """
    right = multiprocessing.get_context
    if "forkserver" not in multiprocessing.get_all_start_methods():
        yield
        return
    right("forkserver").set_forkserver_preload([*IN_WORKERS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            multiprocessing, "get_context",
            lambda method=None: right("forkserver" if method == "spawn" else method),
        )  # fmt: skip
        yield


@pytest.fixture
def two_threads():
    """torch has two threads, as on a user's machine, and not the one of the tests."""
    torch = pytest.importorskip("torch", reason="modules are PyTorch's")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_reaches_child_processes():
    """Started in the background, a shell ignores SIGINT, and every process below inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def shapes_of_annotations_are_checked():
    put_back = check_all()
    yield
    put_back()
