import pytest

from initlab.lab import runs
from tests.lab.asking import Client, forget, serving, until


@pytest.fixture(scope="module")
def idle():
    """A server that trains nothing: what is begun waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "WORKERS", 0)
        with serving() as found:
            yield found


@pytest.fixture(scope="session")
def training():
    """A server with one worker process, which is ready."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "WORKERS", 1)
        with serving() as (api, port):
            until(lambda: api.runs._ready)
            yield api, port


@pytest.fixture
def page(training):
    return Client(training[1]).enter()


@pytest.fixture
def waiting_page(idle):
    api, port = idle
    yield Client(port).enter()
    forget(api)
