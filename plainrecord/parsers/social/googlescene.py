"""Whose Takeout it is: what its small files say of the account, gathered once for all sheets.

Reads nothing of what happened and decides nothing where files differ: each identity (Google account, telephone number,
YouTube channel) stands by itself. Who the owner is inside Hangouts, its own file says conversation by conversation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import listed, part, words
from plainrecord.parsers.chat.lines import decoded, encoding_of
from plainrecord.parsers.chat.pieces import Problem
from plainrecord.parsers.chat.textrows import cells
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import Piece
from plainrecord.records import Account, Decision

ACCOUNT = "google"
VOICE = "google-voice"
YOUTUBE = "google-youtube"
OWNER_MISSING = "google:owner-not-stated"
CUT_OFF = Problem("truncated", "The page ends in the middle of this entry; nothing was taken from it.")
_READ = 1 << 20
_TEL = re.compile(r"(?:([A-Za-z0-9-]+)\.)?TEL(?:;[^:\r\n]*)?:([^\r\n]*)")
_LABEL = re.compile(r"([A-Za-z0-9-]+)\.X-ABLabel:([^\r\n]*)")
_ADDRESS = re.compile(r"\be-Mail:\s{0,9}([^<>\s@]{1,99}@[^<>\s]{1,255})")
_PRODUCT = "google voice"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who the owner is, as far as the download says, and what a person said of its time zone.

    `names` gives the one number that a name stands for in all Voice pages, `again` by page the rows that another has too.
    """

    account: Account | None = None
    number: Account | None = None
    numbers: frozenset[str] = frozenset()
    channel: Account | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zone: str | None = None
    dates: PageDates = field(default_factory=PageDates)


def learn(claim: Claim, small: Mapping[str, Iterable[Member]]) -> None:
    """Read the small files (`profile`, `phones`, `channels`, `access` …) into `claim.facts`; damage there costs names alone."""
    facts = claim.facts
    for member in small.get("profile", ()):
        _profile(facts, _json(claim, member))
    for member in small.get("account", ()):
        if address := _ADDRESS.search(_text(claim, member)):
            facts.setdefault("address", address[1])
    for member in small.get("phones", ()):
        numbers, own = _phones(_text(claim, member))
        facts["numbers"] = json.dumps(numbers)
        facts.setdefault("number", own)
    for member in small.get("channels", ()):
        for row in _rows(_text(claim, member)):
            if identity := row.get("channel id"):
                facts.setdefault("channel", identity)
                facts.setdefault("channel-name", row.get("channel title (original)", ""))
    for member in small.get("access", ()):
        for row in _rows(_text(claim, member)):
            if identity := row.get("gaia id"):
                facts.setdefault("gaia", identity)
    _settle(claim)


def scene_of(claim: Claim) -> Scene:
    """The scene, from the claim's facts alone."""
    facts = claim.facts
    name = facts.get("owner-name") or None
    account = None
    if address := facts.get("address"):
        account = Account(ACCOUNT, "address", address.lower(), name)
    elif gaia := facts.get("gaia"):
        account = Account(ACCOUNT, "id", gaia, name)
    number, channel = facts.get("number"), facts.get("channel")
    return Scene(
        account,
        Account(VOICE, "number", number) if number else None,
        frozenset(json.loads(facts.get("numbers", "[]"))),
        Account(YOUTUBE, "id", channel, facts.get("channel-name") or None) if channel else None,
        json.loads(facts.get("voice-names", "{}")),
        {path: tuple(keys) for path, keys in json.loads(facts.get("voice-again", "{}")).items()},
        claim.options.timezone,
        kept_dates(claim),
    )


def _settle(claim: Claim) -> None:
    stated = claim.facts.get("address") or claim.facts.get("gaia")
    if stated:
        claim.decisions.append(Decision("google:owner", stated, "the account's own files in this download say so"))
    else:
        basis = "no file of this download that was read names the account it is of"
        claim.decisions.append(Decision("google:owner", "not known", basis, certain=False))


def _profile(facts: dict[str, str], value: object) -> None:
    name = words(value, "displayName") or words(part(value, "name"), "formattedName")
    addresses = [words(one, "value") for _, one in listed(value, "emails")]
    if name:
        facts.setdefault("owner-name", name)
    if address := next(filter(None, addresses), ""):
        facts.setdefault("address", address)


def _phones(text: str) -> tuple[list[str], str]:
    """All numbers of the owner's card, and the one of Google Voice among them ("" when not said)."""
    labels = {match[1]: match[2].strip() for match in _LABEL.finditer(text)}
    found = [(match[1], number_of(match[2])) for match in _TEL.finditer(text)]
    numbers = list(dict.fromkeys(number for _, number in found if number))
    own = next((number for item, number in found if labels.get(item, "").casefold() == _PRODUCT), "")
    return numbers, own or (numbers[0] if len(numbers) == 1 else "")


def looked_for(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces of a page. A page in which nothing at all was found is not empty but not understood, and its end says so."""
    held: Piece | None = None
    found = False
    for piece in pieces:
        if held:
            yield held
        held = piece
        found = found or piece.what != "frame"
    if held:
        yield held if found else held._replace(what="unknown")


def number_of(text: str) -> str:
    """A number as it is written in a link or a card, without `tel:` and without the second “+” that some files have."""
    kept = text.strip().removeprefix("tel:").strip()
    return "+" + kept.lstrip("+") if kept.startswith("++") else "" if kept == "+" else kept


def _rows(text: str) -> Iterator[dict[str, str]]:
    """The first rows of a small table, by folded column name; only to learn whose it is."""
    lines = text.removeprefix("\ufeff").splitlines()[:50]
    names = [name.strip().casefold() for name in cells(lines[0])] if lines else []
    for line in lines[1:]:
        yield dict(zip(names, (value.strip() for value in cells(line)), strict=False))


def _text(claim: Claim, member: Member) -> str:
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        raw = stream.read(_READ)
        return decoded(raw, encoding_of(raw))[0]
    return ""


def _json(claim: Claim, member: Member) -> object:
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        return next((found.value for found in walk(stream, [""]) if isinstance(found, Found)), None)
    return None
