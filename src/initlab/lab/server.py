"""A scene -> the lab's page, served to the browser of this machine until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Mapping
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from initlab.errors import StorageError
from initlab.lab.api import Api
from initlab.lab.guard import LARGEST_HEAD

PORT, TRIED = 8123, 20
MOST_CONNECTIONS = 512
END_SECONDS = 1  # that streams may take to end
HEAD_SECONDS = 5.0  # from the first byte of a request, or the connection, to the end of its headers
WRITE_SECONDS = 15.0  # that a client may let us wait to send on


class Connection(H11Protocol):
    """A connection that is ended where its client takes too long."""

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Expect a request."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Expect the rest of a request's headers."""
        super().data_received(data)
        self._expect_head()

    def on_response_complete(self) -> None:
        """Expect the next request as uvicorn does, and its headers from their first byte."""
        super().on_response_complete()
        self._expect_head()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._stuck = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._cancel("_stuck")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        super().connection_lost(exc)
        self._cancel("_late")
        self._cancel("_stuck")

    def _expect_head(self) -> None:
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        waiting = self.conn.their_state is h11.IDLE and begun
        if waiting and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        elif not waiting:
            self._cancel("_late")

    def _cancel(self, name: str) -> None:
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
        setattr(self, name, None)


def serve(
    scene: Mapping[str, Any], *, language: str, port: int | None, say: Callable[[str], None],
    open_browser: bool,
) -> None:  # fmt: skip
    """Serve the page, on the loopback interface alone, until Ctrl-C.

    Args:
        scene: canonical, shown first.
        language: of the page.
        port: the first to try; None for 8123.
        say: called with the address of the page, and with what else the user should know.
        open_browser: open the address in the browser.

    Raises:
        StorageError: no port can be listened to.
    """
    token = secrets.token_urlsafe(32)
    with listening(PORT if port is None else port) as listener:
        host, found = listener.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{found}/#{token}"
        say(address)
        if port is not None and found != port:
            say(f"Port {port} is taken, so the page uses port {found}.")
        if open_browser:
            threading.Thread(target=_open, args=(address, say), daemon=True).start()
        server_of(Api(scene, language, found, token)).run(sockets=[listener])


def server_of(api: Api) -> uvicorn.Server:
    """Return a server whose limits are those of the page."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the guard reports errors
    config = uvicorn.Config(
        api.app, http=Connection, ws="none", loop="asyncio", lifespan="on", log_config=None,
        access_log=False, proxy_headers=False, server_header=False,
        h11_max_incomplete_event_size=LARGEST_HEAD, limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=END_SECONDS,
    )  # fmt: skip
    return uvicorn.Server(config)


def listening(port: int) -> socket.socket:
    """Return a socket that listens at a port of the loopback interface, or at the next free one.

    Raises:
        StorageError: none can be had.
    """
    refused: OSError | None = None
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        for number in (*range(port, min(port + TRIED, 65_536)), 0):
            listener = None
            try:
                listener = socket.socket(family, socket.SOCK_STREAM)
                if os.name == "posix":  # elsewhere it would let two programs share a port
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, number))
                listener.listen()
            except OSError as error:
                if listener is not None:
                    listener.close()
                refused = error
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    break  # no such interface
            else:
                return listener
    why = refused.strerror if refused else "?"
    raise StorageError(
        f"No port of this machine can be opened for the page: {why}.", argument="port"
    )


def _open(address: str, say: Callable[[str], None]) -> None:
    opened = False
    with contextlib.suppress(Exception):  # of a browser's own
        opened = webbrowser.open(address)
    if not opened:
        say("No browser could be opened. Open the address yourself.")
