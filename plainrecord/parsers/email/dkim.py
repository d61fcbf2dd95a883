"""DKIM signatures (RFC 6376): which there are, what each covers, and whether the body is the one whose hash they state.

The body's hash is computed here from the bytes as stored. The signature itself is *not* checked: that needs a key from the
network, often long gone. So “unchanged” means: the body fits the hash in that header, whoever wrote that header.
Where a mailbox changed the body on storing it (line ends, `>From `), what can be undone is undone and said.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from plainrecord.parsers.email.authresults import tags
from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.transfer import has_quoted_from, unquote_from

MAX_SIGNATURES = 10
_LONGEST_FACT = 1_000
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
_BLANKS = re.compile(rb"[ \t]+")
_LONE_CR = re.compile(rb"\r(?!\n)")
_SPACED_FROM = re.compile(rb"(?:^|\n) From ")


@dataclass(frozen=True, slots=True)
class BodyCheck:
    """`answer` is "yes", "no" or "cannot tell"; `reason` one sentence part."""

    answer: str
    reason: str


def dkim_facts(
    fields: Fields, body: bytes | None, quoting: str, incomplete: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """For each signature what it states, and whether the body is unchanged since signing. `quoting` as the container
    says; `incomplete` why the body may not be all there, if there is a reason to think so, and why it is None."""
    signatures = [tags(value) for value in fields.all(b"dkim-signature")]
    if not signatures:
        return {}, []
    bodies = None if body is None else _Bodies(body, quoting)
    facts: dict[str, str] = {}
    notes: list[str] = []
    for number, signature in enumerate(signatures[:MAX_SIGNATURES], start=1):
        check = check_body(signature, bodies, incomplete)
        facts[f"dkim:{number}"] = _stated(signature)[:_LONGEST_FACT]
        facts[f"dkim:{number} body unchanged since signing"] = f"{check.answer}: {check.reason}"
        notes += ["dkim:body-differs"] if check.answer == "no" else []
    if len(signatures) > MAX_SIGNATURES:
        facts["dkim:more"] = f"{len(signatures) - MAX_SIGNATURES} further signatures, not read"
    return facts, list(dict.fromkeys(notes))


class _Bodies:
    """The body as stored and as it may have been before the mailbox stored it, made canonical once for each way."""

    def __init__(self, body: bytes, quoting: str) -> None:
        self.stored = body
        self.lone_cr = _LONE_CR.search(body) is not None
        self.spaced_from = _SPACED_FROM.search(body) is not None
        self._ways = [("as stored", body)]
        if quoting != "none" and has_quoted_from(body):
            self._ways.append(
                ("after taking back the mailbox’s quoting of lines beginning “From ”", unquote_from(body)[0])
            )
        self._made: dict[tuple[int, bool], bytes] = {}

    def ways(self, *, relaxed: bool) -> Iterator[tuple[str, bytes]]:
        """Each form of the body, canonical, with what it is."""
        for number, (name, body) in enumerate(self._ways):
            key = (number, relaxed)
            if key not in self._made:
                self._made[key] = canonical_body(body, relaxed=relaxed)
            yield name, self._made[key]


def canonical_body(body: bytes, *, relaxed: bool) -> bytes:
    """The body in the form that is hashed (RFC 6376, 3.4.3 and 3.4.4); a line end of LF alone counts as CRLF."""
    text = body.replace(b"\r\n", b"\n")
    if relaxed:
        text = _BLANKS.sub(b" ", text).replace(b" \n", b"\n").removesuffix(b" ")
    text = text.rstrip(b"\n")
    if relaxed and not text:
        return b""
    return text.replace(b"\n", b"\r\n") + b"\r\n"


def check_body(signature: dict[str, str], bodies: _Bodies | None, incomplete: str | None) -> BodyCheck:
    """Hold the body against the hash one signature states."""
    name = signature.get("a", "").lower().rpartition("-")[2]
    if name not in _HASHES:
        return BodyCheck(
            "cannot tell", f"the hash method is not one known here (a={signature.get('a', 'not stated')[:40]})"
        )
    stated = _stated_hash(signature)
    if stated is None:
        return BodyCheck("cannot tell", "the signature states no body hash that can be read")
    way = (signature.get("c", "simple/simple") + "/simple").split("/")[1].strip().lower()
    if way not in ("simple", "relaxed"):
        return BodyCheck(
            "cannot tell", f"the form of the body that was hashed is not one known here (c={signature['c'][:40]})"
        )
    length = signature.get("l")
    if length is not None and not (length.isascii() and length.isdigit() and len(length) < 16):
        return BodyCheck("cannot tell", "the length of the signed part (l=) cannot be read")
    if bodies is None:
        return BodyCheck("cannot tell", incomplete or "the body is not kept")
    for stage, body in bodies.ways(relaxed=way == "relaxed"):
        signed = body if length is None else body[: int(length)]
        enough = length is None or int(length) <= len(body)
        if enough and _HASHES[name](signed, usedforsecurity=False).digest() == stated:
            return _fits(stage, len(signed), len(body))
    return _differs(bodies, incomplete)


def _fits(stage: str, signed: int, whole: int) -> BodyCheck:
    if signed < whole:
        reason = (
            f"the signature covers only the first {signed} of {whole} bytes (l=); those are unchanged, the rest is open"
        )
        return BodyCheck("cannot tell", reason)
    return BodyCheck(
        "yes", f"the body {stage} fits the hash the signature states; the signature itself was not checked"
    )


def _differs(bodies: _Bodies, incomplete: str | None) -> BodyCheck:
    if incomplete:
        return BodyCheck("cannot tell", incomplete)
    if bodies.lone_cr:
        return BodyCheck("cannot tell", "the body holds line ends of CR alone, which a mail store may have put there")
    if bodies.spaced_from:
        return BodyCheck("cannot tell", "a line begins with a blank and “From ”, which a mail store may have put there")
    return BodyCheck(
        "no", "the body does not fit the hash the signature states; lists and mail programs also change bodies"
    )


def _stated_hash(signature: dict[str, str]) -> bytes | None:
    try:
        return base64.b64decode("".join(signature["bh"].split()), validate=True) or None
    except (KeyError, binascii.Error, ValueError):
        return None


def _stated(signature: dict[str, str]) -> str:
    """The signature's own statements in words, and what it leaves open."""
    covered = [name.strip().lower() for name in signature.get("h", "").split(":") if name.strip()]
    parts = [f"stated for {signature.get('d', 'a domain not named')}"]
    parts += [f"{tag}={signature[tag]}" for tag in ("s", "a", "c", "i", "l", "t", "x") if tag in signature]
    parts.append(f"covers the fields {', '.join(covered)}" if covered else "states no covered fields")
    if covered and "from" not in covered:
        parts.append("does not cover From")
    return "; ".join(parts) + " – present, not checked"
