"""Threads on the pages of a Facebook or Instagram download: `message_1.html`, … in the folder of each thread.

Reads: sender, text, links, files, reactions, calls, and the date, of both generations of classes and without any. Cannot
read: what pages do not show, above all the zone of their clock, seconds on most pages, and whether a message was unsent; the
JSON form of the download has all three.
Source of knowledge: the downloads reference, sections 4.4 and 6.6, and shapes in public readers and tests of such pages.
Tier: `public schema`. Fixtures: fixtures/social-facebook-pages, fixtures/social-instagram-pages.

A row is read as the JSON element of the same message would be, by the same reader (`metathreads.py`); see `standin.py`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.resources import files
from typing import Any, TypeVar

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pieces import Problem
from plainrecord.parsers.social.metascene import MetaScene
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pageentry import Entry, Named, entry_of, is_whole
from plainrecord.parsers.social.pagelines import Line
from plainrecord.parsers.social.pagerows import rows
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import PieceSheet, Read, Where
from plainrecord.parsers.social.standin import StandIns

S = TypeVar("S", bound=MetaScene)

BROKEN_OFF = Problem("truncated", "The page breaks off in this row; everything before it was read.")
NO_ROW = Problem("bad-markup", "This part of the page could not be read as a row.")
_LINKS = ("http://", "https://", "//")
_SECONDS = re.compile(r"\D*?(\d{1,6})\D*\Z")
_REACTION = re.compile(r"(.*?)\s*\(([^()]{6,80})\)\Z", re.DOTALL)
# What an emoji is made of beside symbols: joiners, variation selectors, keycaps, tones, letters of flags.
_EMOJI = frozenset(("So", "Sk", "Mn", "Me", "Cf", "Sm", "Po"))


def dates_of(claim: Claim, member: Member) -> dict[str, Any]:
    """How dates are read, as what stands beside the records of every page."""
    del member
    dates = kept_dates(claim)
    return {"languages": list(dates.languages), "order": dates.order, "zone": dates.zone}


def page_dates(where: Where[Any]) -> PageDates:
    """The same, from beside the records."""
    said = where.headings
    return PageDates(tuple(said.get("languages", ())), said.get("order", ""), said.get("zone"))


def thread_page_sheet(read: Callable[[Where[Any], str, Any], Read]) -> PieceSheet[Any]:
    """The sheet of a page of a thread; its scene is a `MetaScene`, and `read` reads the element of a message."""
    return PieceSheet(rows, partial(read_row, read), dates_of)


def read_row(read_thread: Callable[[Where[Any], str, Any], Read], where: Where[S], raw: bytes) -> Read:
    """The records of one row: a message and its reactions, or something that stands above the messages."""
    if not is_whole(raw):
        return BROKEN_OFF
    dates = page_dates(where)
    entry = entry_of(raw, lambda text: dates.find(text) is not None)
    if entry is None:
        return NO_ROW
    if not (entry.heading or entry.date or entry.lines() or entry.named or entry.items or entry.pairs):
        return []
    stand_ins = StandIns(dates)
    if not entry.date and (read := _above(read_thread, where, entry, stand_ins)) is not None:
        return read
    found = read_thread(where, "/messages/0", _element(where, entry, stand_ins))
    return found if isinstance(found, Problem) else _settled(found, entry, stand_ins)


def _settled(found: Any, entry: Entry, stand_ins: StandIns) -> Read:
    for message in found:
        message.suffix = message.suffix.replace("/reactions/", "#reaction:")
        message.text_from = "html"
        message.notes += entry.notes
    stand_ins.settle(found)
    return list(found)


def _element(where: Where[S], entry: Entry, stand_ins: StandIns) -> dict[str, Any]:
    """The row as the JSON of the same message."""
    element: dict[str, Any] = {"sender_name": entry.heading}
    if entry.date:
        element["timestamp_ms"] = stand_ins.seconds(entry.date) * 1000
    _say_text(element, entry)
    _say_named(element, entry.named)
    thread = where.scene.threads.get(where.member.tree_path.rpartition("/")[0])
    people = thread.people if thread else ()
    if reactions := [_reaction(item, people, stand_ins) for item in entry.items]:
        element["reactions"] = reactions
    for number, pair in enumerate(entry.pairs):
        element.setdefault(pair.label or f"cell-{number}", pair.value or pair.href)
    return element


def _say_text(element: dict[str, Any], entry: Entry) -> None:
    """What was written is the first part of the body that holds words; what stands below it is kept beside it."""
    below: list[str] = []
    for place, part in enumerate(entry.parts):
        written = [line for line in part if not _is_beside(line, element)]
        is_link = len(written) == 1 and _is_bare_link(written[0], entry, place)
        if written and "content" not in element and not is_link:
            element["content"] = "\n".join(line.text for line in written)
        else:
            below += [line.text for line in written if line.href != line.text]
    if below:
        element["shown-below"] = "\n".join(below)


def _is_bare_link(line: Line, entry: Entry, place: int) -> bool:
    """Whether a line is nothing but a link that is shared: words stand elsewhere, or it is in the part behind theirs."""
    others = [one for one in entry.lines() if one is not line and not one.href]
    return bool(line.href) and (bool(others) or (place > 1 and len(entry.parts) > 3))


def _is_beside(line: Line, element: dict[str, Any]) -> bool:
    """Lines the page writes inside a message: how long a call was, an address, the name of a player."""
    label, colon, value = line.text.partition(":")
    name = label.strip().casefold()
    if not colon or "\n" in line.text or len(line.text) > 100:
        return False
    if name in _words("duration") and (match := _SECONDS.match(value)):
        element["call_duration"] = int(match[1])
        return True
    if name in _words("address") and value.strip():
        element["ip"] = value.strip()
        return True
    return name in _words("player") and (not value.strip() or bool(line.href))


def _say_named(element: dict[str, Any], named: list[Named]) -> None:
    """Files by the kind of their element; links that lead out of the download are what was shared."""
    links = [one for one in named if one.kind == "link" and one.href.startswith(_LINKS)]
    for one in named:
        if one in links:
            continue
        kind = "files" if one.kind == "link" else one.kind
        if one.kind == "photos" and "/stickers_used/" in one.href and "sticker" not in element:
            element["sticker"] = {"uri": one.href}
        else:
            element.setdefault(_kind_of(kind, one.href), []).append({"uri": one.href})
    if links:
        element["share"] = {"link": links[0].href}
        element |= {f"link-{number}": one.href for number, one in enumerate(links[1:], 2)}


def _kind_of(kind: str, href: str) -> str:
    """The folder a file lies in says more than the element that shows it."""
    steps = href.split("/")
    return (
        {"gifs": "gifs", "audio": "audio_files", "videos": "videos", "files": "files"}.get(steps[-2], kind)
        if len(steps) > 1
        else kind
    )


def _reaction(item: str, people: tuple[str, ...], stand_ins: StandIns) -> dict[str, Any]:
    """One item of the list of reactions: an emoji, a name, and on newer pages a date in brackets."""
    said: dict[str, Any] = {}
    match = _REACTION.fullmatch(item)
    if match and stand_ins.dates.find(match[2]):
        item = match[1]
        said["timestamp"] = stand_ins.seconds(match[2])
    # A name may itself begin with an emoji: names of the thread come first.
    name = max((one for one in people if one and item.endswith(one)), key=len, default="")
    emoji = item[: len(item) - len(name)] if name else _emoji(item)
    return said | {"reaction": emoji.strip(), "actor": name or item[len(emoji) :].strip()}


def _emoji(item: str) -> str:
    end = 0
    while end < len(item) and (unicodedata.category(item[end]) in _EMOJI or _is_keycap(item, end)):
        end += 1
    return item[:end]


def _is_keycap(item: str, at: int) -> bool:
    return item[at] in "0123456789#*" and item[at + 1 : at + 3] in ("\ufe0f\u20e3", "\u20e3")


def _above(
    read_thread: Callable[[Where[Any], str, Any], Read], where: Where[S], entry: Entry, stand_ins: StandIns
) -> Read | None:
    """What stands above the messages: who is in the chat (no record), its picture, its invitation; else None."""
    if people_of(entry):
        return []
    label = entry.heading.partition(":")[0].strip().casefold()
    text = "\n".join(line.text for line in entry.lines())
    pictures = [one.href for one in entry.named if one.kind == "photos"]
    if label in _words("group_photo") and pictures:
        found = read_thread(where, "/image", {"uri": pictures[0]})
    elif label in _words("invite_link"):
        link = next(
            (one.href for one in entry.named if one.kind == "link"), entry.heading.partition(":")[2].strip() or text
        )
        found = read_thread(where, "/joinable_mode", {"link": link})
    elif entry.heading and not (text or entry.named or entry.items or entry.pairs):
        element = {"content": entry.heading, "sender_name": ""}
        found = read_thread(where, "/messages/0", element)
        for message in () if isinstance(found, Problem) else found:
            message.kind = "system"
            message.marks.append("page-heading")
    else:
        return None
    return found if isinstance(found, Problem) else _settled(found, entry, stand_ins)


def people_of(entry: Entry) -> list[str]:
    """The names in the line that says who is in the chat; empty for every other row."""
    for said in (entry.heading, *(line.text for line in entry.lines()[:2])):
        label, colon, names = said.partition(":")
        if colon and label.strip().casefold() in _words("participants"):
            return list(_split(names))
    return []


def _split(names: str) -> Iterator[str]:
    parts = [part.strip() for part in re.split(r"[,،]", names) if part.strip()]
    for number, part in enumerate(parts):
        words = part.split(" ")
        # The last comma is a word; a name may hold that word too, so that only the last part is split, once.
        ands = [at for at, word in enumerate(words) if word.casefold() in _words("and") and 0 < at < len(words) - 1]
        if number == len(parts) - 1 and ands:
            yield " ".join(words[: ands[-1]])
            yield " ".join(words[ands[-1] + 1 :])
        elif number == len(parts) - 1 and len(words) > 1 and words[0].casefold() in _words("and"):
            yield " ".join(words[1:])
        else:
            yield part


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("metapages.toml").read_text("utf-8"))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_table()[name])


def named_owner(entry: Entry) -> str:
    """The owner's name, where a row of the profile's page bears it under a label that is known."""
    for pair in entry.pairs:
        label = pair.label.strip().rstrip(":").casefold()
        if label in _words("full_name") and pair.value.strip() and "\n" not in pair.value:
            return pair.value.strip()
    return ""


def made_by(head: str) -> str:
    """The name in the sentence at the head of a page that says for whom it was made."""
    for wording in _table()["made_by"]:
        before, _, behind = wording.partition("{name}")
        match = re.search(f"{re.escape(before)}(.{{1,200}}?){re.escape(behind)}", head, re.IGNORECASE)
        if match:
            return match[1].strip()
    return ""
