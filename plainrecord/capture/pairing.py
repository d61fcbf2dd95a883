"""Which browsers may send: the short code that a person types over, and the tokens that were given for it.

A code works once, for some minutes and a few tries; the file keeps its digest only. A token is kept as its SHA-256 and
is good for the Origin it was given to and no other. Both are read from disk each time, so that another process may make a
code or take a browser's leave away while the service runs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from plainrecord.capture.vault import Vault, write_synced

CODE_SECONDS = 300
TRIES = 5
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Browser:
    """A paired browser; `name` is what it called itself, `since` the time of pairing (UTC text)."""

    number: str
    name: str
    origin: str
    token_sha256: str
    since: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A code was not accepted; how many tries are left."""

    tries_left: int


@dataclass(slots=True)
class Pairings:
    """The code that is open now, and the browsers of a case."""

    vault: Vault
    _seen: tuple[int, int, int] | None = field(default=None, init=False)
    _known: list[Browser] = field(default_factory=list, init=False)

    def new_code(self, now: datetime) -> str:
        """A fresh code; the one before it stops working."""
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        salt = secrets.token_hex(16)
        expires = now + timedelta(seconds=CODE_SECONDS)
        self._write_code(
            {"salt": salt, "digest": _digest(salt, code), "expires": expires.isoformat(), "tries_left": TRIES}
        )
        return code

    def redeem(self, code: str, origin: str, name: str, now: datetime) -> tuple[Browser, str] | Refused:
        """The new browser and its token, or the refusal. A try is counted before the code is compared."""
        said = self._read_code()
        if said is None or said["tries_left"] < 1 or now >= datetime.fromisoformat(said["expires"]):
            return Refused(0)
        said["tries_left"] -= 1
        self._write_code(said)
        if not hmac.compare_digest(_digest(said["salt"], code), said["digest"]):
            return Refused(said["tries_left"])
        (self.vault.service / _CODE).unlink()
        return self._admit(origin, name, now)

    def _admit(self, origin: str, name: str, now: datetime) -> tuple[Browser, str]:
        known = self.browsers()
        token = secrets.token_urlsafe(32)
        number = f"B-{len(known) + 1:02d}"
        one = Browser(number, name, origin, token_digest(token), f"{now:%Y-%m-%dT%H:%M:%SZ}")
        self._write_browsers([*(_without(old) if old.origin == origin else old for old in known), one])
        return one, token

    def browsers(self) -> list[Browser]:
        """Every browser ever paired, in order, also those that may no longer send."""
        path = self.vault.service / _BROWSERS
        try:
            found = path.stat()
        except FileNotFoundError:
            return []
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._known = [Browser(**one) for one in json.loads(path.read_bytes())]
            self._seen = seen
        return self._known

    def bearer(self, token: str, origin: str) -> Browser | None:
        """The browser that this token was given to, if it was given to this Origin and still holds."""
        digest = token_digest(token)
        found = None
        for one in self.browsers():
            same = hmac.compare_digest(one.token_sha256, digest) and hmac.compare_digest(one.origin, origin)
            found = one if same and not one.revoked else found
        return found

    def revoke(self, number: str) -> bool:
        """Take a browser's leave away; False when there is none of that number."""
        known = self.browsers()
        self._write_browsers([_without(one) if one.number == number else one for one in known])
        return any(one.number == number for one in known)

    def _read_code(self) -> dict[str, Any] | None:
        try:
            said: dict[str, Any] = json.loads((self.vault.service / _CODE).read_bytes())
        except FileNotFoundError:
            return None
        return said

    def _write_code(self, said: dict[str, Any]) -> None:
        write_synced(self.vault.service / _CODE, json.dumps(said).encode())

    def _write_browsers(self, browsers: list[Browser]) -> None:
        data = json.dumps([asdict(one) for one in browsers], indent=1).encode()
        write_synced(self.vault.service / _BROWSERS, data)


_CODE = "pairing.json"
_BROWSERS = "browsers.json"


def _without(browser: Browser) -> Browser:
    return Browser(**(asdict(browser) | {"revoked": True}))


def _digest(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()


def token_digest(token: str) -> str:
    """What is kept of a token: it has 256 bits of chance, so that one round of a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
