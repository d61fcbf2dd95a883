"""Ed25519 keys: made, written, read, and named by their fingerprint as OpenSSH names them.

A private key without a passphrase is written in OpenSSH's own form; one with a passphrase as encrypted PKCS#8, because
OpenSSH's encrypted form needs a key derivation that no library here has (docs/decisions/0022).
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from plainrecord.anchors.sshwire import SshFormatError, strings_of, to_string
from plainrecord.errors import UsageError

ED25519 = b"ssh-ed25519"
KEY_LIMIT = 64 << 10
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as OpenSSH writes it: `blob` is its wire form, which names the kind first."""

    blob: bytes

    @property
    def kind(self) -> str:
        """ "ssh-ed25519", or what else it says it is."""
        first = next(iter(strings_of(self.blob, 1)), b"")
        return first.decode("ascii", "replace")

    @property
    def fingerprint(self) -> str:
        """ "SHA256:…", as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def short(self) -> str:
        """Eight hex digits, for a file name."""
        return hashlib.sha256(self.blob).hexdigest()[:8]

    def line(self, comment: str = "") -> str:
        """ "ssh-ed25519 AAAA… comment", the line of a `.pub` file without its end."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()} {comment}".rstrip()

    def ed25519(self) -> Ed25519PublicKey | None:
        """The key itself; None for another kind."""
        try:
            kind, raw = strings_of(self.blob, 2, whole=True)
            return Ed25519PublicKey.from_public_bytes(raw) if kind == ED25519 else None
        except (SshFormatError, ValueError):
            return None


def public_of(key: Ed25519PrivateKey) -> PublicKey:
    """The public half of a private key."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PublicKey(to_string(ED25519) + to_string(raw))


def read_public(kind: str, encoded: str) -> PublicKey:
    """A key from the two words of an OpenSSH line. Raises SshFormatError."""
    try:
        key = PublicKey(base64.b64decode(encoded, validate=True))
    except ValueError:
        raise SshFormatError("the key is not base64") from None
    if key.kind != kind:
        raise SshFormatError(f"the key says it is “{key.kind[:40]}”, the line says “{kind[:40]}”")
    return key


def make_key(path: Path, comment: str, passphrase: bytes | None) -> PublicKey:
    """Make a new key: `path` (only its owner may read it) and `path`.pub. Raises UsageError when either is there already."""
    public_path = path.with_name(path.name + ".pub")
    for taken in (path, public_path):
        if os.path.lexists(taken):
            raise UsageError(f"{taken} is there already and was left as it is. Choose another name for the new key.")
    key = Ed25519PrivateKey.generate()
    _write(path, _private_bytes(key, passphrase), 0o600)
    public = public_of(key)
    _write(public_path, f"{public.line(comment)}\n".encode(), 0o644)
    return public


def read_key(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    """A private key in OpenSSH form or PKCS#8. Raises UsageError in one sentence."""
    try:
        with path.open("rb") as file:
            data = file.read(KEY_LIMIT)
        if data.lstrip().startswith(_OPENSSH):
            key: object = load_ssh_private_key(data, passphrase)
        else:
            key = load_pem_private_key(data, passphrase)
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read ({error.strerror}). Nothing was signed.") from None
    except UnsupportedAlgorithm:
        raise UsageError(
            f"The key {path} has a passphrase in OpenSSH’s own form, which cannot be read here. Sign with “ssh-keygen -Y"
            " sign” and hand the result in with --attach, or make a key with “plainrecord keygen”. Nothing was signed."
        ) from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"The key {path} cannot be used ({_why(error, passphrase)}). Nothing was signed.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"The key {path} is not an Ed25519 key. Nothing was signed.")
    return key


def _why(error: Exception, passphrase: bytes | None) -> str:
    if isinstance(error, TypeError) or "assword" in str(error):
        return (
            "it needs its passphrase" if passphrase is None else "the passphrase is not the right one, or it has none"
        )
    return "it is not a private key in a form that is known, or it is damaged"


def _private_bytes(key: Ed25519PrivateKey, passphrase: bytes | None) -> bytes:
    if passphrase is None:
        return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def _write(path: Path, data: bytes, mode: int) -> None:
    # Made with its rights from the start: a key that others could read for a moment is no longer a secret.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
