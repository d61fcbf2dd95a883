"""Signatures and time stamps that lie beside a bundle: is each one of this seal, and whose is it?

The files a checker trusts (`allowed_signers`, certificates of an authority) come from the checker, never from beside the
bundle. Without them a signature can still be seen to fit its key, and whose key it is stays open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate

from plainrecord.anchors.signers import AllowedSigners
from plainrecord.anchors.sshsig import SIGNATURE_LIMIT, SshSignature, read_signature
from plainrecord.anchors.sshwire import SshFormatError
from plainrecord.anchors.stamps import REPLY_LIMIT, check_reply
from plainrecord.bundle.checks import Findings
from plainrecord.errors import UsageError

NAMESPACE = "plainrecord-seal"
SIGNATURE, STAMP = ".sig", ".tsr"
MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class Trust:
    """What the checker brings: whose keys are whose at `now` (aware), and certificates of time-stamp authorities."""

    signers: AllowedSigners | None = None
    now: datetime | None = None
    certificates: tuple[Certificate, ...] = field(default=())


def check_anchors(bundle: Path, tag_manifest: bytes, trust: Trust, findings: Findings) -> None:
    """Check every signature and time stamp beside the bundle against its tag manifest."""
    good = 0
    digests = {name: hashlib.new(name, tag_manifest).digest() for name in ("sha256", "sha512")}
    for path, data in _beside(bundle, SIGNATURE, SIGNATURE_LIMIT, findings):
        good += _check_signature(path.name, data, digests, trust, findings)
    if trust.signers is not None and not good:
        findings.problem(
            bundle.name, "signature", "No signature beside the bundle is one of a key that is allowed to sign."
        )
    stamped = 0
    for path, data in _beside(bundle, STAMP, REPLY_LIMIT, findings):
        stamped += _check_stamp(path.name, data, digests["sha256"].hex(), trust, findings)
    if trust.certificates and not stamped:
        findings.problem(bundle.name, "stamp", "No time stamp beside the bundle is one of an authority that was given.")


def _beside(bundle: Path, ending: str, limit: int, findings: Findings) -> Iterator[tuple[Path, bytes]]:
    place = bundle.absolute()
    stem = place.name.removesuffix(".zip") + "."
    try:
        found = sorted(path for path in place.parent.iterdir() if path.name.startswith(stem) and path.suffix == ending)
    except OSError:
        return
    if len(found) > MOST_FILES:
        findings.problem(
            bundle.name, "unreadable", f"More than {MOST_FILES} files ending in {ending} lie beside the bundle."
        )
    for path in found[:MOST_FILES]:
        try:
            if path.is_symlink() or not path.is_file():
                findings.problem(path.name, "refused", "This is no file of its own, and was not read.")
            elif path.stat().st_size > limit:
                findings.problem(path.name, "unreadable", "It is too long to be what its name says, and was not read.")
            else:
                yield path, path.read_bytes()
        except OSError as error:
            findings.problem(path.name, "unreadable", f"It cannot be read: {error.strerror or type(error).__name__}.")


def _check_signature(name: str, data: bytes, digests: dict[str, bytes], trust: Trust, findings: Findings) -> bool:
    """Whether it is a good signature of a key that is allowed to sign."""
    try:
        signature = read_signature(data)
    except SshFormatError as error:
        findings.problem(name, "signature", f"It cannot be read as a signature: {error}.")
        return False
    key = signature.key.fingerprint
    if signature.namespace != NAMESPACE:
        says = f"It was made for “{signature.namespace[:40]}”, not for a seal (“{NAMESPACE}”)."
        findings.problem(name, "signature", says)
        return False
    fits = signature.fits(digests)
    if fits is None:
        findings.note(f"{name} is of a kind of key that is not checked here ({key}); “ssh-keygen -Y verify” checks it.")
    elif not fits:
        findings.problem(name, "signature", f"BAD signature: it is not one of this seal by the key {key}.")
    else:
        findings.count("signatures")
        return _whose(name, signature, trust, findings)
    return False


def _whose(name: str, signature: SshSignature, trust: Trust, findings: Findings) -> bool:
    key = signature.key.fingerprint
    if trust.signers is None or trust.now is None:
        findings.note(f"{name} is a signature of this seal by the key {key}. Whose key that is was not checked.")
        return False
    signer = trust.signers.of(signature.key, NAMESPACE, trust.now)
    if signer is not None:
        findings.note(f"{name}: good signature of this seal by {signer.names} ({key}).")
        return True
    why = "is not allowed to sign this, or not at this time" if trust.signers.knows(signature.key) else "is not known"
    findings.note(f"{name} is a signature of this seal, but its key {key} {why}.")
    return False


def _check_stamp(name: str, data: bytes, seal: str, trust: Trust, findings: Findings) -> bool:
    """Whether it is a stamp of this seal by an authority that is trusted."""
    second = "“openssl ts -verify” is the second way to check it"
    try:
        found = check_reply(data, seal, trust.certificates)
    except UsageError as error:
        findings.note(f"{name} was not checked. {error}")
        return False
    if found.problem:
        findings.problem(name, "stamp", f"{found.problem} {second[0].upper()}{second[1:]}.")
    elif found.stamp is not None:
        findings.count("time stamps")
        when = f"{found.stamp.time:%Y-%m-%dT%H:%M:%SZ}"
        whose = found.stamp.authority
        ending = "" if found.trusted else f". The authority’s certificate was not checked; {second}"
        findings.note(f"{name}: this seal existed by {when}, says {whose}{ending}.")
    return found.trusted
