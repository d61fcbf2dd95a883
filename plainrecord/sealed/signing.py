"""Sign a seal: an OpenSSH signature over `tagmanifest-sha256.txt`, beside the bundle, and the entry that says so.

What is signed is exactly that file, byte for byte, in the namespace “plainrecord-seal”; so stock `ssh-keygen -Y verify`
checks it, and the bundle stays as it is.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plainrecord.anchors.keys import PublicKey, public_of
from plainrecord.anchors.sshsig import SIGNATURE_LIMIT, make_signature, read_signature
from plainrecord.anchors.sshwire import SshFormatError
from plainrecord.bundle.checks_anchors import NAMESPACE, SIGNATURE
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.afterlog import Clock
from plainrecord.sealed.place import Sealed
from plainrecord.sealed.steps import SEAL_KIND, Act, Recorded, checked, record


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that now lies beside the bundle, by which key, and the entry that says so."""

    path: Path
    key: PublicKey
    recorded: Recorded


def sign(path: Path, key: Ed25519PrivateKey, published: str, act: Act, clock: Clock) -> Signed:
    """Check the bundle, sign its seal with `key`, record it. `published` says how the fingerprint is made known."""
    sealed = checked(path, None, act, clock)
    text = make_signature(key, NAMESPACE, hashlib.sha512(sealed.tag_manifest).digest())
    return _keep(sealed, text.encode(), public_of(key), published, act, clock)


def attach(path: Path, signature: Path, published: str, act: Act, clock: Clock) -> Signed:
    """Check the bundle, and take in a signature made elsewhere (an agent, a hardware key), if it is one of this seal."""
    sealed = checked(path, None, act, clock)
    try:
        with signature.open("rb") as file:
            data = file.read(SIGNATURE_LIMIT)
        read = read_signature(data)
    except OSError as error:
        raise UsageError(f"{signature} cannot be read ({error.strerror}). Nothing was recorded.") from None
    except SshFormatError as error:
        raise UsageError(f"{signature} cannot be read as a signature: {error}. Nothing was recorded.") from None
    digests = {name: hashlib.new(name, sealed.tag_manifest).digest() for name in ("sha256", "sha512")}
    if read.namespace != NAMESPACE or read.fits(digests) is False:
        raise IntegrityError(
            f"{signature.name} is not a signature of this seal: it must be over tagmanifest-sha256.txt with the namespace"
            f" “{NAMESPACE}”. Nothing was recorded."
        )
    return _keep(sealed, data, read.key, published, act, clock)


def _keep(sealed: Sealed, data: bytes, key: PublicKey, published: str, act: Act, clock: Clock) -> Signed:
    path = sealed.beside(f".seal-{key.short}{SIGNATURE}")
    write_beside(path, data)
    details = {
        "key_id": key.short,
        "algorithm": f"SSHSIG, {key.kind}, over tagmanifest-sha256.txt, namespace {NAMESPACE}",
        "fingerprint": key.fingerprint,
        "how_published": published,
    }
    seal = {"kind": SEAL_KIND, "id": sealed.seal, "state": "intact"}
    what = f"Signed the seal of the bundle {sealed.bundle_id}; the signature is {path.name}."
    return Signed(path, key, record(sealed, act, clock, "bundle.signed", what, details, seal=seal))


def write_beside(path: Path, data: bytes) -> None:
    """A new file beside the bundle, on disk when this returns. Raises UsageError when there is one of that name."""
    try:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UsageError(
            f"{path.name} lies beside the bundle already and was left as it is. Nothing was recorded."
        ) from None
