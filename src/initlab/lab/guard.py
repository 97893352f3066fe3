"""Every request -> the application, or an error response: nothing passes that is not allowed here.

The page is for the person at this machine. What a foreign page in the same browser, or another
program that guesses, can send is refused before any route is looked up, whatever its method.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD")
OPEN = ("/", "/lab.js", "/lab.css")  # what a browser loads before it has the cookie
SESSION = "/api/session"
MOST_HEADERS, LARGEST_HEAD, LONGEST_TARGET = 100, 16_384, 8_192
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Guard:
    """The outermost layer of the application.

    Args:
        app: what it guards.
        port: that the server listens to.
        token: that the address of the page holds.

    Attributes:
        cookie: name of the cookie that the token is exchanged for: cookies do not tell ports apart.
        session: its value, another secret.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self.cookie, self.session = f"initlab_{port}", secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; anything but HTTP is refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        started = False

        async def told(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        if scope["type"] != "http":
            raise RuntimeError("The lab's server accepts only HTTP requests.")
        refused = self._refused(scope)
        app = self._app if refused is None else JSONResponse({"message": refused[1]}, refused[0])
        try:
            await app(scope, receive, told)
        except Exception:
            number = secrets.token_hex(4)
            logging.getLogger(__name__).exception("Error %s in the lab's server.", number)
            if not started:
                words = "An error occurred inside initlab; the terminal shows it as error "
                words += f"{number}."
                await JSONResponse({"message": words}, 500)(scope, receive, told)

    def is_token(self, given: str) -> bool:
        """Whether this is the token, in constant time."""
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and reason where a request is not allowed."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if len(scope["headers"]) > MOST_HEADERS or size > LARGEST_HEAD:
            headers_of = f"{MOST_HEADERS} headers and at most {LARGEST_HEAD:,} bytes of headers"
            return 431, f"A request may have at most {headers_of}."
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            return 414, f"An address may be at most {LONGEST_TARGET:,} bytes long."
        host = headers.get("host", [])
        if len(host) != 1 or host[0] not in self._hosts:
            return (
                403,
                "This server answers only requests to 127.0.0.1, localhost or [::1] at its own "
                "port. Open the page at the address that `initlab lab` printed.",
            )
        origin = headers.get("origin", [])
        if origin != [f"http://{host[0]}"] and (origin or scope["method"] not in SAFE):
            return 403, "Only the page of this server may send requests."
        site = headers.get("sec-fetch-site", ["same-origin"])
        if site not in (["same-origin"], ["none"]):
            return (
                403,
                "Requests from other pages are refused. To open this page, copy its address into "
                "the browser's address bar.",
            )
        path = scope["path"]
        free = path in OPEN and scope["method"] in SAFE
        if free or (path == SESSION and scope["method"] == "POST"):
            return None
        if not self._has_cookie(headers.get("cookie", [])):
            return 401, "Open the page at the address that `initlab lab` printed."
        return None

    def _has_cookie(self, headers: list[str]) -> bool:
        try:
            found = SimpleCookie("; ".join(headers)).get(self.cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(
            found.value.encode(), self.session.encode()
        )
