"""The routes of the lab's server; :mod:`initlab.lab.guard` stands before all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, Router

from initlab.errors import InitlabError
from initlab.lab.body import json_object
from initlab.lab.guard import Guard
from initlab.lab.options import options
from initlab.lab.page import STATIC, static
from initlab.lab.runs import FullError, Recording, Runs
from initlab.lab.scene import FIELDS, MOST, Prepared, prepared, scene_of
from initlab.lab.traced import traced
from initlab.study.environment import versions
from initlab.tracing.explanation import conclusion
from initlab.translation import LANGUAGES
from initlab.validation import one_of, whole_number

AT_ONCE = 64  # events that are sent together
QUIET_SECONDS = 10.0  # after which a stream says that it is alive
RETRY_SECONDS = "2"


class Api:
    """The handlers.

    Args:
        scene: canonical, shown first.
        language: of the page, unless it asks for another.
        port: that the server listens to.
        token: that opens the page.

    Attributes:
        app: the guarded application.
    """

    runs: Runs

    def __init__(self, scene: Mapping[str, Any], language: str, port: int, token: str) -> None:
        self._scene, self._language = scene, language
        self.routes = [
            *(Route(path, self._static) for path in STATIC),
            Route("/api/session", self._session, methods=["POST"]),
            Route("/api/version", self._version),
            Route("/api/options", self._options),
            Route("/api/runs", self._begin, methods=["POST"]),
            Route("/api/seeds", self._begin_seeds, methods=["POST"]),
            Route("/api/runs/{run}/events", self._events),
            Route("/api/runs/{run}/stop", self._stop, methods=["POST"]),
            Route("/api/runs/{run}/trace.svg", self._trace_picture),
            Route("/api/runs/{run}/trace.json", self._trace),
            Route("/api/runs/{run}/study.json", self._study),
        ]
        router = Router(self.routes, redirect_slashes=False, lifespan=self._lifespan)
        handlers: dict[Any, Any] = {HTTPException: _refused, FullError: _full, InitlabError: _wrong}
        self.app = Guard(ExceptionMiddleware(router, handlers), port, token)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Any) -> AsyncIterator[None]:
        self.runs = Runs()
        options(self._language, self._scene)  # so that the first page does not wait for it
        try:
            yield
        finally:
            self.runs.close()

    async def _static(self, request: Request) -> Response:
        kind, content = static(request.url.path)
        return Response(content, media_type=kind)

    async def _session(self, request: Request) -> Response:
        token = (await json_object(request)).get("token")
        if not isinstance(token, str) or not self.app.is_token(token):
            raise HTTPException(401, "The token does not belong to this server.")
        response = Response(status_code=204)
        response.set_cookie(self.app.cookie, self.app.session, httponly=True, samesite="strict")
        return response

    async def _version(self, request: Request) -> Response:
        return JSONResponse({"version": versions()["initlab"]})

    async def _options(self, request: Request) -> Response:
        language = one_of("lang", request.query_params.get("lang", self._language), [*LANGUAGES])
        return JSONResponse(await run_in_threadpool(options, language, self._scene))

    async def _begin(self, request: Request) -> Response:
        scene = await json_object(request)
        return self._begun(await run_in_threadpool(prepared, scene))

    async def _begin_seeds(self, request: Request) -> Response:
        asked = await json_object(request)
        if asked.keys() != {"scene", "seeds"}:
            raise HTTPException(400, "The request body must have two keys: scene and seeds.")
        seeds = whole_number("seeds", asked["seeds"], minimum=1, maximum=MOST["seeds"])
        return self._begun(await run_in_threadpool(prepared, asked["scene"]), seeds)

    def _begun(self, found: Prepared, seeds: int = 0) -> Response:
        recording = self.runs.begin(found, seeds)
        return JSONResponse({"run": recording.id, "scene": scene_of(found[0])}, 202)

    async def _events(self, request: Request) -> Response:
        recording, last = self._recording(request), request.headers.get("last-event-id", "")
        place = int(last) + 1 if last.isdecimal() and len(last) < 9 else 0
        if recording.ended and place >= len(recording.log):
            return Response(status_code=204)  # which ends a browser's tries
        return StreamingResponse(self._stream(recording, place), media_type="text/event-stream")

    async def _stream(self, recording: Recording, place: int) -> AsyncIterator[str]:
        with self.runs.followed(recording):
            while True:
                news = recording.news
                new = recording.log[place : place + AT_ONCE]
                if new:
                    yield "".join(
                        f"id: {number}\nevent: {name}\ndata: {text}\n\n"
                        for number, (name, text) in enumerate(new, start=place)
                    )
                    place += len(new)
                    await asyncio.sleep(0)  # so that uvicorn hears of a page that has gone
                elif recording.ended:
                    return
                else:
                    try:
                        await asyncio.wait_for(news.wait(), QUIET_SECONDS)
                    except TimeoutError:
                        yield ":\n\n"

    async def _stop(self, request: Request) -> Response:
        await json_object(request)
        self.runs.stop(self._recording(request))
        return Response(status_code=204)

    async def _trace_picture(self, request: Request) -> Response:
        found = await self._traced(request)
        return Response(found.to_svg(), media_type="image/svg+xml")

    async def _trace(self, request: Request) -> Response:
        found = await self._traced(request)
        return JSONResponse({"sentence": conclusion(found.steps[0]), **found.to_record()})

    async def _traced(self, request: Request) -> Any:
        numbers = [request.query_params.get(name, "") for name in ("panel", "step")]
        if not all(one.isdecimal() and len(one) < 9 for one in numbers):
            raise HTTPException(400, "panel and step must be integers >= 0.")
        recording = self._recording(request)
        return await run_in_threadpool(traced, recording, *map(int, numbers))

    async def _study(self, request: Request) -> Response:
        recording = self._recording(request)
        if not recording.study_file:
            raise HTTPException(409, "The run has not ended yet.")
        headers = {"content-disposition": 'attachment; filename="study.json"'}
        return Response(recording.study_file, media_type="application/json", headers=headers)

    def _recording(self, request: Request) -> Recording:
        recording = self.runs.get(request.path_params["run"])
        if recording is None:
            raise HTTPException(404, "This run no longer exists: run the scene again.")
        return recording


async def _refused(request: Request, error: HTTPException) -> Response:
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


async def _full(request: Request, error: InitlabError) -> Response:
    return JSONResponse({"message": str(error)}, 429, {"retry-after": RETRY_SECONDS})


async def _wrong(request: Request, error: InitlabError) -> Response:
    known = request.method == "GET" or error.argument in (*FIELDS, "study", "seeds", "scene")
    field = error.argument if known else "inits"  # what is wrong in an init names its part
    return JSONResponse({"field": field, "message": str(error)}, 400)
