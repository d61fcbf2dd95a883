"""What a Google Voice page says as a whole, and what all of them say together: names, numbers, labels, rows that repeat.

Looks at bytes, at most `MOST_LOOKED_AT` of a page; what one text or call says is read in `googlevoice.py`. Every repetition in
the patterns is bounded, because a page may be made to be slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from html import unescape
from itertools import pairwise
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import UTF_8
from plainrecord.parsers.social.googlescene import number_of
from plainrecord.parsers.social.googlewords import WORDS

MOST_LOOKED_AT = 16 << 20
# Alex Mere - Text - 2024-01-02T03_04_05Z.html; the kind is missing for some calls, and words follow the language.
NAMED = re.compile(r"(.*?)(?: - ([^-]+?))? - (\d{4}-\d{2}-\d{2}T\d{2}_\d{2}_\d{2}Z)(?:-\d+)*\.[A-Za-z0-9]+", re.DOTALL)
START = re.compile(rb"<div\s{1,9}class=\"(?:message|haudio)\b")
LABEL = re.compile(rb"rel=\"tag\"\s{1,9}href=\"[^\"#]{0,200}#([a-z_]{1,40})\"")
_PERSON = re.compile(
    rb"<a\s{1,9}class=\"tel\"\s{1,9}href=\"tel:([^\"]{0,200})\"[^>]{0,200}>\s{0,99}"
    rb"<(span|abbr)\s{1,9}class=\"fn\"[^>]{0,200}>([^<]{0,500})<",
    re.IGNORECASE,
)
_ROW = re.compile(rb"class=\"dt\" title=\"([^\"]*)\".*?href=\"tel:([^\"]*)\".*?<q>(.*?)</q>", re.DOTALL)
_LONGEST_ROW = 1 << 15
_LONGEST_GROUP = 1 << 18


def heading(claim: Claim, member: Member) -> dict[str, Any]:
    """Title, the others in it, the owner's own number, labels, and whether the owner deleted it."""
    with claim.open(member) as stream:
        data = stream.read(MOST_LOOKED_AT)
    group = _between(data, b'<div class="participants">', b"</div>", _LONGEST_GROUP)
    me, others = _people(data, group)
    title = _plain(_between(data, b"<title>", b"<", 1000))
    deleted = _plain(_between(data, b'class="deletedStatusContainer">', b"<", 1000))
    return {
        "title": " ".join(title.split()),
        "group": bool(group),
        "people": others,
        "me": me,
        "labels": list(dict.fromkeys(match[1].decode("ascii") for match in LABEL.finditer(data))),
        "deleted": " ".join(deleted.split()).rpartition(":")[2].strip(),
    }


def learn_pages(claim: Claim, members: Iterable[Member]) -> None:
    """Over all pages: which number each name stands for, because a page of nothing but the owner's texts shows the name
    alone; and which rows an earlier page has too."""
    names: dict[str, set[str]] = {}
    seen: set[bytes] = set()
    again: dict[str, list[str]] = {}
    for member in members:
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            data = stream.read(MOST_LOOKED_AT)
            for number, _, name in _PERSON.findall(data):
                if (shown := _plain(name)) and (known := number_of(_plain(number))):
                    names.setdefault(shown, set()).add(known)
            starts = [match.start() for match in START.finditer(data)]
            keys = {row_key(data[one:end]) for one, end in pairwise([*starts, len(data)])}
            if repeated := keys & seen:
                again[member.tree_path] = sorted(key.hex() for key in repeated if key)
            seen |= keys
    one = {name: numbers.pop() for name, numbers in names.items() if len(numbers) == 1}
    claim.facts["voice-names"] = json.dumps(one)
    claim.facts["voice-again"] = json.dumps(again)


def row_key(raw: bytes) -> bytes:
    """What makes two rows of two pages the same text: instant, number, words. b"" for what is no text."""
    match = _ROW.search(raw[:_LONGEST_ROW])
    return sha256(b"\0".join(match.groups())).digest()[:12] if match else b""


def _people(data: bytes, group: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The owner's own number as the texts show it, and everybody else in order, each once."""
    me = ""
    others: dict[str, tuple[str, str]] = {}
    for number, tag, name in _PERSON.findall(group + data):
        known, shown = number_of(_plain(number)), _plain(name)
        if tag.lower() == b"abbr" and shown.casefold() in WORDS["me"]:
            me = me or known
        elif known or shown:
            others.setdefault(known or shown, (known, shown))
    others.pop(me, None)
    return me, list(others.values())


def _between(data: bytes, opening: bytes, closing: bytes, most: int) -> bytes:
    """What stands between the first `opening` and the `closing` behind it; b"" when there is none."""
    start = data.find(opening)
    end = data.find(closing, start + len(opening), start + len(opening) + most) if start >= 0 else -1
    return data[start + len(opening) : end] if end >= 0 else b""


def _plain(raw: bytes) -> str:
    return unescape(decoded(raw, UTF_8)[0]).strip()
