"""What the service answers: JSON with headers that let nobody else read, show or keep it; refusals as one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class Refusal(Exception):  # noqa: N818 - an answer that ends a call early, not a fault
    """A call is refused: status, code and one sentence, with further fields and headers."""

    def __init__(self, status: int, code: str, says: str, *, retry_after: int | None = None, **fields: object) -> None:
        super().__init__(says)
        self.status, self.code, self.says, self.fields, self.retry_after = status, code, says, fields, retry_after

    def response(self) -> Response:
        """The refusal as it is sent."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        return answer({"error": self.code, "message": self.says, **self.fields}, self.status, headers)


def answer(values: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    body = json.dumps(values, ensure_ascii=False).encode()
    return Response(body, status, {**HEADERS, **(headers or {})}, "application/json")
