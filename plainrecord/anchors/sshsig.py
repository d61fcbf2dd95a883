"""Signatures in OpenSSH's form (its PROTOCOL.sshsig), so that stock `ssh-keygen -Y verify` checks what is written here.

What is signed is not the file but SSHSIG, a namespace that says what for, and the file's SHA-512. This file reads and
makes such signatures; whose a key is stands in `signers.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plainrecord.anchors.keys import ED25519, PublicKey, public_of
from plainrecord.anchors.sshwire import SshFormatError, strings_of, to_string

SIGNATURE_LIMIT = 64 << 10
HASHES = ("sha256", "sha512")
_MAGIC = b"SSHSIG"
_VERSION = b"\x00\x00\x00\x01"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature as read: who made it for what, over which hash of the file."""

    key: PublicKey
    namespace: str
    reserved: bytes
    hash_name: str
    signature: bytes

    def fits(self, digests: Mapping[str, bytes]) -> bool | None:
        """Whether it is that key's signature of a file with these digests (`HASHES`); None for a kind of key that is not
        checked here."""
        key = self.key.ed25519()
        if key is None:
            return None
        signed = _signed(self.namespace, self.reserved, self.hash_name, digests[self.hash_name])
        try:
            kind, raw = strings_of(self.signature, 2, whole=True)
            if kind != ED25519:
                return False
            key.verify(raw, signed)
        except (InvalidSignature, SshFormatError):
            return False
        return True


def make_signature(key: Ed25519PrivateKey, namespace: str, sha512: bytes) -> str:
    """The text of a `.sig` file for a file with that SHA-512."""
    raw = key.sign(_signed(namespace, b"", "sha512", sha512))
    blob = (
        _MAGIC
        + _VERSION
        + to_string(public_of(key).blob)
        + to_string(namespace.encode())
        + to_string(b"")
        + to_string(b"sha512")
        + to_string(to_string(ED25519) + to_string(raw))
    )
    encoded = base64.b64encode(blob).decode()
    lines = [encoded[at : at + _WIDTH] for at in range(0, len(encoded), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def read_signature(data: bytes) -> SshSignature:
    """A signature from the bytes of a `.sig` file. Raises SshFormatError."""
    text = data.decode("ascii", "replace").strip()
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise SshFormatError("it is not a signature in OpenSSH’s form")
    try:
        blob = base64.b64decode("".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    except ValueError:
        raise SshFormatError("it is not base64") from None
    if not blob.startswith(_MAGIC + _VERSION):
        raise SshFormatError("it is of a version that is not known")
    key, namespace, reserved, hash_name, signature = strings_of(blob[len(_MAGIC) + 4 :], 5, whole=True)
    if hash_name.decode("ascii", "replace") not in HASHES:
        raise SshFormatError("it uses a hash that is not known")
    return SshSignature(
        PublicKey(key), namespace.decode("utf-8", "replace"), reserved, hash_name.decode("ascii"), signature
    )


def _signed(namespace: str, reserved: bytes, hash_name: str, digest: bytes) -> bytes:
    return (
        _MAGIC + to_string(namespace.encode()) + to_string(reserved) + to_string(hash_name.encode()) + to_string(digest)
    )
