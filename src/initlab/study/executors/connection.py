"""A client, a scheduler's address or "local" -> a connected client of Dask."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

from initlab.errors import InitlabError, invalid_argument, without_password
from initlab.study.executors.processes import ctrl_c_later
from initlab.study.executors.working import ATTEMPTS

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has one way to end a process
CONNECT_SECONDS = 10
CLOSE_SECONDS = 5
INSTALL = 'pip install "initlab[cluster]"'
CONFIG = {  # of a cluster on this machine
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    "distributed.scheduler.worker-saturation": 1.0,  # who waits on a dying worker is no suspect
    "distributed.deploy.lost-worker-timeout": "1 day",  # its nanny begins it again
    # nobody looks at these figures of Dask's dashboard, which cost every process 5 % of a core
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
}


class Connection:
    """A client of a Dask cluster, for the time of one run.

    Args:
        executor: "local", an address, or the user's own client, which stays open.
        workers: number of worker processes of a local cluster.

    Attributes:
        client: the client.
        outlived: whether the workers go on after the run.
        address: of the scheduler, for messages.

    Raises:
        ArgumentError: there is no scheduler there, or it has another version.
        InitlabError: Dask is not installed.
    """

    def __init__(self, executor: Any, workers: int | None) -> None:
        try:
            import distributed
        except ImportError as error:
            words = f"A cluster needs Dask, which is not installed. Install it with: {INSTALL}."
            raise InitlabError(words) from error
        self._cleanup = contextlib.ExitStack()
        self._cluster: Any = None
        self.outlived = executor != "local"
        if workers is not None and self.outlived:
            raise invalid_argument(
                "workers",
                "left out with a running Dask cluster, because the cluster has its own workers",
                workers,
            )
        with self._cleanup:
            self._cleanup.enter_context(_quiet())
            self.client = self._connect(distributed, executor, workers)
            self.address = self.client.scheduler.address
            self._check_version(distributed.__version__)
            self._cleanup = self._cleanup.pop_all()

    def _connect(self, distributed: Any, executor: Any, workers: int | None) -> Any:
        if not isinstance(executor, str):
            if not isinstance(executor, distributed.Client):
                raise invalid_argument("executor", "a distributed.Client", executor)
            if executor.asynchronous or executor.status != "running":
                expected = "a connected distributed.Client that is not asynchronous"
                raise invalid_argument("executor", expected, executor)
            return executor
        shown = without_password(executor)
        place = self._local(distributed, workers) if executor == "local" else executor
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions, which are looked at below
                client = distributed.Client(place, timeout=CONNECT_SECONDS, set_as_default=False)
        except Exception as error:  # an address of any form, a scheduler of any version
            raise invalid_argument(
                "executor",
                f"the address of a Dask scheduler that answers within {CONNECT_SECONDS} seconds",
                shown, hint="To start a scheduler, run `dask scheduler` on the machine that has "
                "this address.",
            ) from error  # fmt: skip
        self._cleanup.callback(_suppressed(client.close), timeout=CLOSE_SECONDS)
        return client

    def _local(self, distributed: Any, workers: int | None) -> Any:
        import dask

        self._cleanup.enter_context(dask.config.set(CONFIG))  # read while the cluster lives
        with ctrl_c_later():
            self._cluster = distributed.LocalCluster(
                n_workers=workers or os.cpu_count() or 1, threads_per_worker=1, processes=True,
                host="127.0.0.1", dashboard_address=None, memory_limit=0,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else 8787, taken or not
            )  # fmt: skip
        self._cleanup.callback(_suppressed(self._cluster.close), timeout=CLOSE_SECONDS)
        return self._cluster

    def _check_version(self, here: str) -> None:
        there = here
        with contextlib.suppress(Exception):  # a scheduler may not run what it is sent
            there = self.client.run_on_scheduler(version, "distributed")
        if there != here:
            raise invalid_argument(
                "executor", f"a Dask scheduler of version {here}, the version on this machine",
                f"version {there} at {self.address}",
                hint="Install the scheduler's version on this machine with: "
                f"pip install dask=={there} distributed=={there}.",
            )  # fmt: skip

    def close(self, *, patient: bool) -> None:
        """Let go of the cluster; of a local one, kill the workers that an impatient user has."""
        if not patient and self._cluster is not None:
            for nanny in self._cluster.workers.values():
                nanny.auto_restart = False
                with contextlib.suppress(OSError, TypeError):  # it has ended, or not begun
                    os.kill(nanny.pid, KILL)
        self._cleanup.close()


def _suppressed(close: Callable[..., None]) -> Callable[..., None]:
    """Close without a word: what went wrong with the cluster is said elsewhere."""

    def closed(**options: Any) -> None:
        with contextlib.suppress(Exception):
            close(**options)

    return closed


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own log from the terminal: what concerns a user is said in our words."""

    def never(record: logging.LogRecord) -> bool:
        return False

    handlers = [*logging.getLogger("distributed").handlers]
    for handler in handlers:
        handler.addFilter(never)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(never)
