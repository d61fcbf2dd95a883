"""Time stamps of RFC 3161: a query for one hash, and what the reply of an authority says and is worth.

Reaches no network and reads no clock. The library behind it is strict about the form of a reply and refuses some that
OpenSSL takes, so a reply that is refused here is kept as it came, and `openssl ts -verify` is the second way to check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, InvalidVersion, load_der_x509_certificate, load_pem_x509_certificates

from plainrecord.errors import UsageError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

REPLY_LIMIT = 1 << 20
# What the libraries raise for damaged replies, besides their own kinds: found by damaging some thousands.
_DAMAGED = (ValueError, KeyError, TypeError, InvalidVersion, UnsupportedAlgorithm)
_SHA256 = "2.16.840.1.101.3.4.2.1"
_STATUS = {
    0: "granted",
    1: "granted with changes",
    2: "refused",
    3: "waiting",
    4: "a warning that it was taken back",
    5: "a notice that it was taken back",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a reply says. `stamps` is the SHA-256 it is about, "" when it is about another kind of hash."""

    time: datetime
    authority: str
    serial: int
    stamps: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A reply after checking. `stamp` is None when it could not be read; `problem` is a sentence, "" when all is well;
    `trusted` says that it was held against certificates of the authority."""

    stamp: Stamp | None
    problem: str = ""
    trusted: bool = False


def make_query(data: bytes) -> bytes:
    """A query for the SHA-256 of `data`, with a nonce, asking for the authority's certificate."""
    client = _client()
    builder = client.TimestampRequestBuilder().data(data).hash_algorithm(client.HashAlgorithm.SHA256)
    return bytes(builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def read_certificates(path: Path) -> list[Certificate]:
    """The certificates of a PEM file. Raises UsageError in one sentence."""
    try:
        with path.open("rb") as file:
            return load_pem_x509_certificates(file.read(REPLY_LIMIT))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "it holds no certificate in PEM form"
        raise UsageError(f"The certificates {path} cannot be read ({said}). Nothing was checked.") from None


def check_reply(reply: bytes, sha256: str, certificates: Sequence[Certificate], query: bytes | None = None) -> Checked:
    """What `reply` says of the hash `sha256` (hex), held against the authority's `certificates` where there are any.

    With `query`, the reply must be the answer to it. Never raises because of what the bytes hold.
    """
    client = _client()
    try:
        read = client.decode_timestamp_response(reply)
    except _DAMAGED as error:
        return Checked(None, f"The reply cannot be read here ({_short(error)}).")
    if read.status not in (0, 1):
        said = "; ".join(str(text) for text in read.status_string)[:200]
        status = _STATUS.get(read.status, f"status {read.status}")
        return Checked(None, f"The authority did not give a stamp: {status}{f' ({said})' if said else ''}.")
    try:
        stamp = _stamp(read)
    except _DAMAGED as error:
        return Checked(None, f"The stamp in the reply cannot be read here ({_short(error)}).")
    if stamp.stamps != sha256:
        return Checked(stamp, f"It stamps {stamp.stamps or 'another kind of hash'}, not the seal {sha256}.")
    if query is not None and not _answers(read, query):
        return Checked(stamp, "It is not the answer to the query that was given (another nonce).")
    if not certificates:
        return Checked(stamp)
    problem = _distrusted(read, bytes.fromhex(sha256), certificates)
    return Checked(stamp, problem, trusted=not problem)


def _client() -> ModuleType:
    try:
        return import_module("rfc3161_client")
    except ImportError:
        raise UsageError(
            "The library for time stamps is not there on this system. Use “openssl ts -query” and “openssl ts -verify”"
            " on tagmanifest-sha256.txt instead."
        ) from None


def _stamp(read: TimeStampResponse) -> Stamp:
    info = read.tst_info
    imprint = info.message_imprint
    stamps = bytes(imprint.message).hex() if imprint.hash_algorithm.dotted_string == _SHA256 else ""
    return Stamp(info.gen_time.astimezone(UTC), _authority(read), info.serial_number, stamps)


def _authority(read: TimeStampResponse) -> str:
    """The name in the certificate that signed, if it is in the reply; else the name of who issued it."""
    signers = list(read.signed_data.signer_infos)
    if len(signers) != 1:
        return "not stated"
    for data in read.signed_data.certificates:
        certificate = load_der_x509_certificate(data)
        if (certificate.issuer, certificate.serial_number) == (signers[0].issuer, signers[0].serial_number):
            return certificate.subject.rfc4514_string()
    return f"a certificate of {signers[0].issuer.rfc4514_string()}"


def _answers(read: TimeStampResponse, query: bytes) -> bool:
    # The nonce is looked for as it is encoded: eight random bytes stand nowhere else in a query.
    nonce: int | None = read.tst_info.nonce
    if not nonce or nonce < 0:
        return False
    length = nonce.bit_length() // 8 + 1
    return length < 128 and bytes((2, length)) + nonce.to_bytes(length, "big") in query


def _distrusted(read: TimeStampResponse, digest: bytes, certificates: Sequence[Certificate]) -> str:
    """Why the reply is not one of an authority that these certificates vouch for; "" when it is."""
    client = _client()
    roots = [one for one in certificates if one.issuer == one.subject] or certificates
    between = [one for one in certificates if one not in roots]
    try:
        client.VerifierBuilder(roots=list(roots), intermediates=between).build().verify(read, digest)
    except (client.VerificationError, *_DAMAGED) as error:
        return f"It does not check out against the certificates given ({_short(error)})."
    return ""


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
