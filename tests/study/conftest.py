"""Clusters on this machine, begun once for all tests of executors."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing

import pytest


def cluster_of(workers, **options):
    """A cluster of worker processes of one thread each, without a dashboard or a log."""
    dask = pytest.importorskip("dask", reason="clusters are Dask's")
    distributed = pytest.importorskip("distributed", reason="clusters are Dask's")
    from initlab.study.executors.connection import CONFIG

    dask.config.set(CONFIG)
    if "forkserver" in multiprocessing.get_all_start_methods():
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"}, silence_logs=logging.CRITICAL,
        memory_limit=0, **options,
    )  # fmt: skip


@pytest.fixture(scope="session")
def client():
    """(number of workers) -> a client of a cluster that has so many."""
    distributed = pytest.importorskip("distributed", reason="clusters are Dask's")
    clients = {}
    with contextlib.ExitStack() as ending:

        def of(workers):
            if workers not in clients:
                cluster = ending.enter_context(cluster_of(workers))
                clients[workers] = ending.enter_context(distributed.Client(cluster))
            clients[workers].wait_for_workers(workers, timeout=30)
            return clients[workers]

        yield of
