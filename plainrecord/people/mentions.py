"""Addresses, numbers and profiles that stand in a text: what somebody wrote there, never whose it is.

Read are e-mail addresses, telephone numbers of at least nine digits, and links to profiles whose address holds the handle. Left
out are quoted lines and the lines that introduce a quotation or repeat a mail's head, because they are somebody else's words. A
statement of a new number is only recognised in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plainrecord.people.normal import normal_form
from plainrecord.records import AccountKind

# Where it stands: in the last lines of a mail, in a sentence that says it is the writer's, or anywhere else.
Place = Literal["signature", "stated", "text"]

_LONGEST = 200_000
_SIGNATURE_LINES, _LONGEST_LINE = 8, 60
_FEWEST_DIGITS = 9

_ADDRESS = re.compile(r"(?<![\w.+/-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}(?![\w@])")
_NUMBER = re.compile(
    r"(?<![\w+@/=.-])(?!\d{4}-\d\d-\d\d)\+?(?:\(0?\d{1,5}\)|\d)(?:[\s().\u2010-\u2015-]{0,2}\d){7,15}(?![\w@/-])"
)
_LINK = re.compile(
    r"(?:https?://|\bwww\.|(?<![\w.@/-])(?=[a-z]))([a-z0-9.-]{4,40})/([^\s<>\"'()\[\]]{2,80})", re.IGNORECASE
)
# Links that hold a handle: host, the part of the path in front of it, the service as its parser names it.
_PROFILES: tuple[tuple[str, str, str], ...] = (
    ("instagram.com", "", "instagram"),
    ("tiktok.com", "@", "tiktok"),
    ("twitter.com", "", "x"),
    ("x.com", "", "x"),
    ("facebook.com", "", "facebook"),
    ("m.me", "", "messenger"),
    ("t.me", "", "telegram"),
    ("snapchat.com", "add/", "snapchat"),
    ("reddit.com", "user/", "reddit"),
    ("reddit.com", "u/", "reddit"),
    ("linkedin.com", "in/", "linkedin"),
    ("twitch.tv", "", "twitch"),
    ("bsky.app", "profile/", "bluesky"),
    ("youtube.com", "@", "youtube"),
)
_HANDLE = re.compile(r"[\w.-]{2,40}")
_QUOTED = re.compile(r"\s*[>|]")
_HEAD = re.compile(r"\s*\W{0,3}(?:from|to|cc|bcc|sent|reply-to|date|subject|von|an|de|à)\s*:", re.IGNORECASE)
_RULE = re.compile(r"\s*(?:--\s?|_{5,}|-{5,})\s*$")
_OWN = re.compile(
    r"\bnew (?:phone |mobile )?(?:number|phone|mobile|address|e-?mail|account)\b"
    r"|\bmy (?:other |new |own )?(?:phone |mobile )?(?:number|mobile|cell|e-?mail|address|account)\b"
    r"|\b(?:reach|call|text|ring|write to|message|find|follow|add) me\b"
    r"|\bchanged (?:my|their|his|her|your) (?:phone )?number\b",
    re.IGNORECASE,
)
NEW_NUMBER = re.compile(
    r"\bnew (?:phone |mobile )?(?:number|phone|mobile)\b|\bchanged (?:my|their|his|her|your) (?:phone )?number\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One account that a text names, in normal form; `service` is empty for addresses and numbers, which belong to none."""

    kind: AccountKind
    service: str
    normal: str
    place: Place


def mentions(text: str, region: str | None = None, *, mail: bool = False) -> list[Mention]:
    """The accounts a text names, each once for each place. Numbers without "+" are read as those of `region`. Never raises."""
    if "@" not in text and "/" not in text and not any(char.isdigit() for char in text):
        return []
    lines = text[:_LONGEST].splitlines()
    own = [line for number, line in enumerate(lines) if not _of_others(lines, number)]
    start = _signature_start(own) if mail else len(own)
    found: dict[Mention, None] = {}
    for number, line in enumerate(own):
        place: Place = "signature" if number >= start else "stated" if _OWN.search(line) else "text"
        found |= dict.fromkeys(_in_line(line, region, place))
    return list(found)


def _of_others(lines: list[str], number: int) -> bool:
    line = lines[number]
    if _QUOTED.match(line) or _HEAD.match(line):
        return True
    # "On Monday Kim <kim@mail.example> wrote:", on one line or broken over two, stands in front of a quotation.
    following = next((one for one in lines[number + 1 : number + 3] if one.strip()), "")
    return line.rstrip().endswith(":") or (following.rstrip().endswith(":") and "@" in line + following)


def _signature_start(lines: list[str]) -> int:
    """The first line of the signature: behind the last rule, else the last lines, if that is not the whole of the mail."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        return len(lines)
    end = filled[-1] + 1
    rules = [number for number in range(max(0, end - 3 * _SIGNATURE_LINES), end) if _RULE.match(lines[number])]
    if rules:
        return rules[-1] + 1
    # Without a rule: short lines behind the last empty one, none of which is a sentence.
    blank = next((number for number in range(end - 1, -1, -1) if not lines[number].strip()), -1)
    last = [line.strip() for line in lines[blank + 1 : end]]
    short = (
        blank > 0
        and len(last) <= _SIGNATURE_LINES
        and all(len(one) <= _LONGEST_LINE and one[-1] not in ".!?" for one in last)
    )
    return blank + 1 if short else end


def _in_line(line: str, region: str | None, place: Place) -> Iterator[Mention]:
    if "@" in line:
        for found in _ADDRESS.finditer(line):
            yield Mention("address", "", normal_form("", "address", found.group().rstrip(".")), place)
    if "/" in line:
        yield from _profiles(line, place)
    if any(char.isdigit() for char in line):
        for found in _NUMBER.finditer(line):
            normal = normal_form("", "number", found.group(), region)
            if normal.startswith("+") and len(normal) > _FEWEST_DIGITS:
                yield Mention("number", "", normal, place)


def _profiles(line: str, place: Place) -> Iterator[Mention]:
    for found in _LINK.finditer(line):
        host, path = found.group(1).lower().removeprefix("www."), found.group(2)
        if host == "wa.me" and path.isdecimal():
            yield Mention("number", "", normal_form("", "number", f"+{path}"), place)
        for known, before, service in _PROFILES:
            if host in (known, f"m.{known}", f"mobile.{known}") and path.lower().startswith(before):
                handle = _HANDLE.match(path[len(before) :])
                if handle:
                    normal = normal_form(service, "handle", handle.group().rstrip("."))
                    yield Mention("handle", service, normal, place)
