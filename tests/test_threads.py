"""The libraries that one thread is asked of are those that are loaded, whenever they were."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from initlab.threads import single_threaded_blas


def blas_threads():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_blas_has_one_thread_inside_and_as_many_as_before_outside():
    np.dot(np.ones(1), np.ones(1))
    for _ in range(2):
        with threadpool_limits(limits=2):
            before = blas_threads()
            with single_threaded_blas():
                assert blas_threads() == {1}
            assert blas_threads() == before == {2}


def test_libraries_are_looked_for_again_only_after_an_import(monkeypatch):
    looks = []

    class Counted(ThreadpoolController):
        def __init__(self):
            looks.append(len(sys.modules))
            super().__init__()

    monkeypatch.setattr("threadpoolctl.ThreadpoolController", Counted)
    for name in ("a module of its own", "and one more"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        for _ in range(3):
            with single_threaded_blas():
                pass
    assert len(looks) == 2
