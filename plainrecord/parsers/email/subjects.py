"""The subject a conversation goes by: reply and forward prefixes off, case folded, list tags kept."""

from __future__ import annotations

import re

from plainrecord.parsers.email.headers import unfold
from plainrecord.parsers.email.words import decode_words
from plainrecord.values import value

# Prefixes mail programs put before a reply or a forward: English re fw fwd; German aw wg; Nordic sv vs vb vl; Dutch antw
# doorst; French tr; Italian r rif; Spanish/Portuguese rv enc res; Polish odp pd; Turkish ynt ilt; Finnish; Hungarian;
# Romanian; Greek; Chinese. Collected from the prefixes the common programs document for their languages.
REPLY = frozenset("re r aw sv vs antw rif res odp ynt vá bls atb ref σχετ απ 回复 回覆 答复 答覆".split())
FORWARD = frozenset("fw fwd wg vb vl doorst tr rv enc pd ilt továbbítás fs προωθ 转发 轉寄".split())

_PREFIX = re.compile(r"\s*+([^\W\d_]{1,10}+)\s?(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4}|\d{1,2})?\s?[:\uff1a]\s*+")
_TAG = re.compile(r"\s*+(\[[^\[\]]{1,60}\])\s*+")
_BLANKS = re.compile(r"\s+")
_LONGEST = 2_000
# Words with one blank between them, and none that a prefix, a tag or an encoded word is made of.
_USUAL = re.compile(rb" (Re: )?([!-9;-Z\\-~]+(?: [!-9;-Z\\-~]+)*)\r?").fullmatch


@value(frozen=True, slots=True)
class BaseSubject:
    """`key` is the comparable subject ("" for none); `prefixed` says that a reply or forward prefix stood before it."""

    key: str
    prefixed: bool


def base_subject(raw: bytes) -> BaseSubject:
    """The base form of a raw Subject value: "[tag] Re: AW: Hello  there" and "Re: [tag] hello there" are one."""
    return plain_subject(raw) or _base_subject(decode_words(unfold(raw)).text[:_LONGEST])


def plain_subject(raw: bytes) -> BaseSubject | None:
    """The base form of a subject in plain English letters with at most one "Re:", None for any other: what
    `base_subject` would say, at a fifth of the cost."""
    plain = plain_subject_key(raw)
    return BaseSubject(plain[0].decode("ascii"), plain[1]) if plain else None


def plain_subject_key(raw: bytes) -> tuple[bytes, bool] | None:
    """As `plain_subject`: the key, in bytes, and whether it was prefixed."""
    usual = _USUAL(raw)
    if usual and b"=?" not in raw and len(raw) <= _LONGEST:
        return usual[2].lower(), usual[1] is not None
    prefixed = raw.startswith(b" Re: ")
    rest = raw[5:] if prefixed else raw
    if b":" in rest or b"[" in rest or b"=?" in rest or not rest.isascii() or len(raw) > _LONGEST:
        return None
    return " ".join(rest.decode("ascii").split()).lower().encode(), prefixed


def _base_subject(text: str) -> BaseSubject:
    tags: list[str] = []
    prefixed = False
    while True:
        match = _PREFIX.match(text)
        if match and match.group(1).lower() in REPLY | FORWARD:
            prefixed = True
            text = text[match.end() :]
            continue
        tag = _TAG.match(text)
        if tag is None or not text[tag.end() :]:
            break
        if tag.group(1) not in tags:
            tags.append(tag.group(1))
        text = text[tag.end() :]
    return BaseSubject(_BLANKS.sub(" ", " ".join([*tags, text])).strip().casefold(), prefixed)
