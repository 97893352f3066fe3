"""A request -> the JSON object in its body, within limits of size and time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from initlab.analysis.storage import strict_json

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 8_192
SECONDS = 15.0  # that a body may take
CLOSE = {"connection": "close"}  # what is left of the body is not read


async def json_object(request: Request) -> dict[str, Any]:
    """Return the object that a body holds.

    Raises:
        HTTPException: 400, 408, 413 or 415: it is no JSON object, slow, large, or of another type.
    """
    headers = request.headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in headers:
        raise HTTPException(415, "The request body must be of type application/json.", CLOSE)
    large = HTTPException(
        413, f"The request body must be at most {MOST_BYTES:,} bytes long.", CLOSE
    )
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 9 or int(length) > MOST_BYTES:
        raise large
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise large
    except TimeoutError:
        raise HTTPException(
            408, f"The request body took more than {SECONDS:.0f} seconds to arrive.", CLOSE
        ) from None
    try:
        found = strict_json(body.decode("utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # no halves of characters
    except (ValueError, RecursionError):  # also of UTF-8, and of numbers with too many digits
        found = None
    if not isinstance(found, Mapping):
        raise HTTPException(400, "The request body must be a JSON object without repeated keys.")
    return dict(found)
