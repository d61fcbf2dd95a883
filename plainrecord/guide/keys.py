"""The secrets of one run: who may open the pages, and which forms are ours. Kept in memory and in one private file.

The private file lets a second start of the program make a new opening address for the server that already runs; whoever can
read it can read the case folder too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

RUN_FILE, LOCK_FILE = "guide.run", "guide.lock"
_FORM, _START = b"form:", b"start:"


@dataclass(slots=True)
class Keys:
    """`secret` signs opening keys and forms; `sessions` are the cookies that are good; `used` opening keys are no longer."""

    port: int
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    sessions: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    @property
    def host(self) -> str:
        """The only host the pages answer to."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """The only origin that may post."""
        return f"http://{self.host}"

    def opening_address(self) -> str:
        """An address that opens the pages once."""
        nonce = secrets.token_urlsafe(18)
        return f"{self.origin}/start?key={nonce}.{self._sign(_START, nonce)}"

    def admit(self, key: str) -> str | None:
        """A new session for an opening key that was not used before, or None."""
        nonce, _, signature = key.partition(".")
        if nonce in self.used or not hmac.compare_digest(signature.encode(), self._sign(_START, nonce).encode()):
            return None
        self.used.add(nonce)
        return self.new_session()

    def new_session(self) -> str:
        """A cookie value that is good until this run ends."""
        session = secrets.token_urlsafe(32)
        self.sessions.add(session)
        return session

    def form_key(self, path: str) -> str:
        """What a form that posts to `path` has to carry. It holds for the whole run, so two tabs do not quarrel."""
        return self._sign(_FORM, path)

    def is_form_key(self, path: str, key: str) -> bool:
        """Whether a form's key is ours and belongs to that path."""
        return hmac.compare_digest(key.encode(), self.form_key(path).encode())

    def _sign(self, purpose: bytes, text: str) -> str:
        return hmac.new(self.secret, purpose + text.encode(), hashlib.sha256).hexdigest()[:40]

    def write(self, folder: Path) -> None:
        """Leave what a second start needs in `folder`, readable by this user alone."""
        path = folder / RUN_FILE
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
            stream.write(f"{self.port} {self.secret.hex()}\n")

    @classmethod
    def read(cls, folder: Path) -> Keys | None:
        """The keys of the server that runs on `folder`, as far as opening addresses go; None when they cannot be read."""
        try:
            port, secret = (folder / RUN_FILE).read_text(encoding="ascii").split()
            return cls(int(port), bytes.fromhex(secret))
        except (OSError, ValueError):
            return None
