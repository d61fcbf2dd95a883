"""Have a seal stamped by a time-stamp authority (RFC 3161): the query out, the reply in, kept as it came.

A stamp says that the seal existed by then, and nothing about what the bundle says. The network is reached only in `ask`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from plainrecord.anchors.stamps import REPLY_LIMIT, Checked, check_reply, make_query
from plainrecord.bundle.checks_anchors import STAMP
from plainrecord.errors import UsageError
from plainrecord.sealed.afterlog import Clock
from plainrecord.sealed.place import Sealed, find_sealed
from plainrecord.sealed.signing import write_beside
from plainrecord.sealed.steps import Act, Recorded, checked, record


@dataclass(frozen=True, slots=True)
class Stamped:
    """A reply that now lies beside the bundle, what it is worth, and the entry that says so."""

    path: Path
    checked: Checked
    recorded: Recorded


def write_query(path: Path, query: Path) -> bytes:
    """Write the query for the seal of the bundle at `path`; it holds a hash and a random number. Nothing is sent."""
    sealed = find_sealed(path)
    if not sealed.tag_manifest:
        raise UsageError(
            f"{path} has no seal that could be stamped. “plainrecord verify” says more. Nothing was written."
        )
    data = make_query(sealed.tag_manifest)
    try:
        with query.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(
            f"{query} is there already and was left as it is. Choose another name for the query."
        ) from None
    return data


def ask(path: Path, url: str, certificates: Sequence[Certificate], act: Act, clock: Clock) -> Stamped:
    """Ask the authority at `url` over the network, and take in what it answers. The bundle is checked before that."""
    from plainrecord.anchors.authority import ask_authority  # noqa: PLC0415 - the network, only when it is asked for

    sealed = checked(path, None, act, clock)
    query = make_query(sealed.tag_manifest)
    return _keep(sealed, ask_authority(url, query), certificates, query, act, clock)


def attach(
    path: Path, reply: Path, query: Path | None, certificates: Sequence[Certificate], act: Act, clock: Clock
) -> Stamped:
    """Take in a reply that somebody fetched, with the query it answers if that is at hand."""
    sealed = checked(path, None, act, clock)
    asked = _read(query) if query else None
    return _keep(sealed, _read(reply), certificates, asked, act, clock)


def _keep(
    sealed: Sealed, reply: bytes, certificates: Sequence[Certificate], query: bytes | None, act: Act, clock: Clock
) -> Stamped:
    """Keep the reply whatever it is worth, and say what that is."""
    path = _free_name(sealed)
    write_beside(path, reply)
    found = check_reply(reply, sealed.seal, certificates, query)
    stamp = found.stamp
    details = {
        "method": "RFC 3161",
        "authority_name": stamp.authority if stamp else "not read",
        "hash_sent": sealed.seal,
        "token_sha256": hashlib.sha256(reply).hexdigest(),
        "time_asserted": f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}" if stamp else "not read",
    }
    message = found.problem or ("" if found.trusted else "The authority's certificate was not checked.")
    result = {"status": "failed" if found.problem else "ok"} | ({"message": message} if message else {})
    what = f"Took in the answer of a time-stamp authority about the seal of {sealed.bundle_id}; it is {path.name}."
    return Stamped(path, found, record(sealed, act, clock, "timestamp.obtained", what, details, result=result))


def _free_name(sealed: Sealed) -> Path:
    number = 1
    while os.path.lexists(path := sealed.beside(f".stamp-{number}{STAMP}")):
        number += 1
    return path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(REPLY_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Nothing was recorded.") from None
    if len(data) > REPLY_LIMIT:
        raise UsageError(f"{path} is too long to be a time stamp. Nothing was recorded.")
    return data
