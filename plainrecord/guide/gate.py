"""The gate in front of every page: exact host, own origin, a good cookie, the form's key, the lock; strict headers on all.

Whatever does not fit is refused with one neutral page that says nothing about what stands behind it. Nothing else decides
who may see or change anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plainrecord.guide.keys import Keys

COOKIE = "s"
FORM_KEY = "form_key"
UPLOADS = "/files/upload"
# What answers without a cookie: looks, and the page that is meant to be found when somebody looks over a shoulder.
_OPEN = ("/static/", "/blank")
# What answers while the pages are locked.
_WHILE_LOCKED = ("/static/", "/blank", "/open", "/leave")
_LARGEST_FORM = 1 << 20
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # “no-referrer” would make browsers send “Origin: null” with our own forms.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_CLOSED = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes</title>"
    "<meta name=viewport content='width=device-width'></head>"
    "<body><main><h1>This page is closed</h1><p>To open it, start the program again.</p></main></body></html>"
)
_STALE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes</title>"
    "<meta name=viewport content='width=device-width'></head><body><main><h1>This page was open for too long</h1>"
    "<p>Nothing was changed. <a href='/'>Go to your steps</a> and do it again from there.</p></main></body></html>"
)


class Gate:
    """Wraps the pages. `locked` and `lock` ask and set whether the pages are locked."""

    def __init__(self, app: ASGIApp, keys: Keys, locked: Callable[[], bool], lock: Callable[[], None]) -> None:
        self._app, self._keys, self._locked, self._lock = app, keys, locked, lock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, answer it here, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        answer: ASGIApp = self._answer(scope, headers) or self._app
        if answer is self._app and scope["method"] == "POST" and scope["path"] != UPLOADS:
            answer, receive = await self._with_form(scope, receive)
        await answer(scope, receive, _with_headers(send))

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered without asking a page; None when a page may answer."""
        path, method = scope["path"], scope["method"]
        if not self._is_ours(method, headers):
            return _refused()
        if path == "/start" and method == "GET":
            return self._start(scope)
        if path.startswith(_OPEN):
            return None
        if _cookie(headers) not in self._keys.sessions:
            return _refused()
        if path == "/leave":
            return self._leave(headers) if method == "POST" else _refused()
        if self._locked() and not path.startswith(_WHILE_LOCKED):
            return RedirectResponse("/blank", 303)
        return None

    def _is_ours(self, method: str, headers: Headers) -> bool:
        """Whether a request comes from our own pages, or from a person who typed or opened the address."""
        if method not in ("GET", "POST") or headers.getlist("host") != [self._keys.host]:
            return False
        site = headers.get("sec-fetch-site")
        if method == "GET":
            return site in (None, "none", "same-origin") and headers.get("origin") in (None, self._keys.origin)
        return site in (None, "same-origin") and headers.getlist("origin") == [self._keys.origin]

    def _start(self, scope: Scope) -> Response:
        key = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("key", "")
        session = self._keys.admit(key)
        if session is None:
            return _refused()
        return _with_cookie(RedirectResponse("/", 303), session)

    def _leave(self, headers: Headers) -> Response:
        """Lock at once. A new cookie makes browsers forget the pages they keep for going back."""
        self._lock()
        self._keys.sessions.discard(_cookie(headers))
        return _with_cookie(RedirectResponse("/blank", 303), self._keys.new_session())

    async def _with_form(self, scope: Scope, receive: Receive) -> tuple[ASGIApp, Receive]:
        """Read a small form whole, hold its key against ours, and put it where pages find it."""
        headers = Headers(scope=scope)
        if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return _refused(415), receive
        body = await _read(receive)
        if body is None:
            return _refused(413), receive
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        if not self._keys.is_form_key(scope["path"], form.get(FORM_KEY, [""])[0]):
            return HTMLResponse(_STALE, 403), receive
        scope["plainrecord.form"] = form
        return self._app, receive


async def _read(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        block: bytes = message.get("body", b"")
        body += block
        if len(body) > _LARGEST_FORM:
            return None
        if not message.get("more_body"):
            return body


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _with_cookie(response: Response, session: str) -> Response:
    response.set_cookie(COOKIE, session, httponly=True, samesite="strict", path="/")
    return response


def _refused(status: int = 403) -> Response:
    return HTMLResponse(_CLOSED, status)


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Any = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return add
