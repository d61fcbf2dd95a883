"""The key with which a case's capture service proves who it is and signs its receipts: Ed25519, one for each case.

Every signature begins with a line that says what it is for, so that an answer to “who are you?” can never be passed off as
a receipt. The private key stays in the service folder, readable by its owner alone, and never goes into a bundle.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from plainrecord.capture.vault import Vault, write_synced
from plainrecord.errors import CaseError

FILE_NAME = "key.pem"
_PREFIX = "plainrecord-capture"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key, and how its public half is shown."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """The first 16 hex digits of the public key's SHA-256, short enough to compare by eye."""
        return hashlib.sha256(self.public).hexdigest()[:16]

    def sign(self, purpose: str, *lines: str) -> str:
        """The signature over the purpose and these lines, as text."""
        return encoded(self.private.sign(_message(purpose, lines)))


def verified(public: bytes, signature: str, purpose: str, *lines: str) -> bool:
    """Whether the signature is that of the key over exactly these lines for that purpose."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(decoded(signature), _message(purpose, lines))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(purpose: str, lines: tuple[str, ...]) -> bytes:
    return "\n".join((f"{_PREFIX}/{purpose}/1", *lines)).encode()


def key_of(vault: Vault) -> SigningKey:
    """The case's key, made the first time. Raises CaseError for a file that holds none."""
    path = vault.service / FILE_NAME
    if not path.exists():
        _write_new(path)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise CaseError(f"The key {path} cannot be read ({error}). Receipts cannot be signed.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise CaseError(f"The key {path} is of another kind. Receipts cannot be signed.")
    return SigningKey(private)


def _write_new(path: Path) -> None:
    data = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Made with its rights already: a key that anyone could read for a moment is no key.
    path.with_name(path.name + ".part").unlink(missing_ok=True)
    os.close(os.open(path.with_name(path.name + ".part"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    write_synced(path, data)


def encoded(data: bytes) -> str:
    """Base64url without “=”."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The bytes of `encoded` text. Raises ValueError for text that is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
