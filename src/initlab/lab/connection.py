"""uvicorn's connection, with limits of time for a client that is slow or does not read."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

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
