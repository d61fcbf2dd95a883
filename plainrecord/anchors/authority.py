"""The only code in this program that reaches a network: one query to a time-stamp authority, when a person names its address.

Nothing imports this file but the function that was asked for it (`plainrecord stamp --authority URL`). What leaves is the
query alone: a hash and a random number. Redirects are not followed and proxies of the system are not asked.
"""

from __future__ import annotations

from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from plainrecord.anchors.stamps import REPLY_LIMIT
from plainrecord.errors import UsageError

TIMEOUT_S = 60.0
_QUERY_TYPE = "application/timestamp-query"
_REPLY_TYPE = "application/timestamp-reply"


class _NoRedirect(HTTPRedirectHandler):
    """An authority that sends elsewhere is not the one that was named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none; the answer then is an error."""


def ask_authority(url: str, query: bytes) -> bytes:
    """Send `query` to the authority at `url` and give back the bytes of its reply, unread. Raises UsageError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise UsageError(f"“{url[:200]}” is not the address of an authority (https://…). Nothing was sent.")
    request = Request(url, query, {"Content-Type": _QUERY_TYPE, "Accept": _REPLY_TYPE})  # noqa: S310 - the scheme is held above
    try:
        with _opener().open(request, timeout=TIMEOUT_S) as answer:
            reply: bytes = answer.read(REPLY_LIMIT + 1)
    except HTTPError as error:
        raise UsageError(
            f"The authority answered with error {error.code}. There is no stamp; try again later."
        ) from None
    except (URLError, HTTPException, OSError) as error:
        why = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise UsageError(f"The authority could not be reached ({why}). There is no stamp.") from None
    if len(reply) > REPLY_LIMIT:
        raise UsageError("The authority’s answer is too long to be a time stamp. It was not kept.")
    return reply


def _opener() -> OpenerDirector:
    return build_opener(ProxyHandler({}), _NoRedirect)
