"""The last check at the door: a token, good only for the Origin it was given to; guessing is slowed down."""

from __future__ import annotations

import re
from collections.abc import Callable

from plainrecord.capture.answers import Refusal
from plainrecord.capture.limits import WRONG_TOKENS, WRONG_WITHIN_SECONDS, Rate
from plainrecord.capture.pairing import Browser, Pairings

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{43})")


class TokenGate:
    """Asks the pairings; counts what was wrong."""

    def __init__(self, pairings: Pairings, ticks: Callable[[], float]) -> None:
        self._pairings = pairings
        self._wrong = Rate(WRONG_TOKENS, WRONG_WITHIN_SECONDS, ticks)

    def browser(self, authorization: str | None, origin: str) -> Browser:
        """The browser that may send. Raises Refusal; a right token is let through however many wrong ones came."""
        match = _BEARER.fullmatch(authorization or "")
        found = self._pairings.bearer(match[1], origin) if match else None
        if found:
            return found
        if self._wrong.full():
            seconds = int(WRONG_WITHIN_SECONDS)
            raise Refusal(429, "rate", "Too many wrong tokens. Wait a minute.", retry_after=seconds)
        self._wrong.count()
        raise Refusal(401, "token", "This browser is not paired with the case. Pair it again.")
