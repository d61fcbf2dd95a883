"""Who may knock at all: looked at before any path is, on every request, in the order docs/capture-api.md gives.

A web page can make a browser send requests to the loopback address; it cannot set Host, Origin or the fetch metadata, and
it cannot be an extension. So an exact Host (against rebinding), an extension's Origin, fetch metadata, a content type that
needs leave, and last a token bound to the Origin. Pure ASGI: what is refused here never reaches the application.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plainrecord.capture.answers import HEADERS, Refusal
from plainrecord.capture.limits import REQUESTS, WITHIN_SECONDS, Rate
from plainrecord.capture.pairing import Pairings
from plainrecord.capture.refusals import Refusals
from plainrecord.capture.tokens import TokenGate

_ORIGIN = re.compile(
    r"chrome-extension://[a-p]{32}|moz-extension://[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_SITES = frozenset({"none", "same-origin", "cross-site"})
_TYPES = {"POST": "application/json", "PUT": "application/octet-stream"}
_OPEN_PATHS = frozenset({"/v1/hello", "/v1/pair"})
_LENGTH = re.compile(r"[0-9]{1,12}")
_DRAINED_BYTES = 8 << 20
_DRAINED_SECONDS = 2.0


@dataclass(slots=True)
class Guard:
    """The application behind its door."""

    app: ASGIApp
    host: str
    pairings: Pairings
    ticks: Callable[[], float]
    refusals: Refusals
    _rate: Rate = field(init=False)
    _tokens: TokenGate = field(init=False)

    def __post_init__(self) -> None:
        self._rate = Rate(REQUESTS, WITHIN_SECONDS, self.ticks)
        self._tokens = TokenGate(self.pairings, self.ticks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # Nothing but plain requests is spoken here; a WebSocket is never begun.
            return
        headers = Headers(scope)
        origin = headers.one("origin") or ""
        try:
            response = self._preflight(scope, headers)
            if response is None:
                scope["capture.origin"] = origin
                scope["capture.browser"] = self._token(scope, headers, origin)
        except Refusal as refusal:
            self.refusals.note(refusal.code, origin)
            response = refusal.response()
            response.headers["Connection"] = "close"
            await _drain(headers, receive)
        await (response or self.app)(scope, receive, _with_origin(send, origin))

    def _preflight(self, scope: Scope, headers: Headers) -> Response | None:
        """The checks up to the token. An answer only for a preflight; raises Refusal."""
        if headers.one("host") != self.host:
            raise Refusal(403, "host", "The request names another host.")
        if not _ORIGIN.fullmatch(headers.one("origin") or ""):
            raise Refusal(403, "origin", "Only the browser extension may ask here.")
        if self._rate.full():
            raise Refusal(429, "rate", "Too many requests. Wait a moment.", retry_after=int(WITHIN_SECONDS))
        self._rate.count()
        if scope["method"] == "OPTIONS":
            return _preflight_answer()
        _check_metadata(headers)
        _check_body(scope["method"], headers)
        return None

    def _token(self, scope: Scope, headers: Headers, origin: str) -> object:
        return None if scope["path"] in _OPEN_PATHS else self._tokens.browser(headers.one("authorization"), origin)


def _check_metadata(headers: Headers) -> None:
    right = (
        headers.one("sec-fetch-site") in _SITES
        and headers.one("sec-fetch-mode") == "cors"
        and headers.one("sec-fetch-dest") == "empty"
    )
    if not right:
        raise Refusal(403, "fetch-metadata", "The request does not come from an extension's own code.")


def _check_body(method: str, headers: Headers) -> None:
    if method not in _TYPES:
        raise Refusal(405, "method", "Only POST and PUT are answered.")
    if headers.one("content-type") != _TYPES[method]:
        raise Refusal(415, "content-type", f"{method} takes {_TYPES[method]} and nothing else.")
    if headers.all("content-encoding"):
        raise Refusal(415, "encoding", "Compressed bodies are not taken.")
    if headers.all("transfer-encoding") or _length(headers) is None:
        raise Refusal(411, "length", "The request must say how long it is.")


async def _drain(headers: Headers, receive: Receive) -> None:
    """Read a short body of a refused request away: closed over unread bytes, a connection loses the answer too."""
    if int(_length(headers) or _DRAINED_BYTES + 1) > _DRAINED_BYTES:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass


def _length(headers: Headers) -> str | None:
    """Content-Length, if it is a number of a sensible form."""
    stated = headers.one("content-length") or ""
    return stated if _LENGTH.fullmatch(stated) else None


def _preflight_answer() -> Response:
    return Response(
        status_code=204,
        headers={
            **HEADERS,
            "Access-Control-Allow-Methods": "POST, PUT",
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": "600",
        },
    )


def _with_origin(send: Send, origin: str) -> Send:
    """An extension may read its answers, also where its leave for this address is not granted; nobody else may."""
    if not _ORIGIN.fullmatch(origin):
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")]
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return sending


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a request, where twice is not the same as once."""

    scope: Scope

    def all(self, name: str) -> list[str]:
        """Every value of that header."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == wanted]

    def one(self, name: str) -> str | None:
        """The value, if the header stands there exactly once."""
        found = self.all(name)
        return found[0] if len(found) == 1 else None
