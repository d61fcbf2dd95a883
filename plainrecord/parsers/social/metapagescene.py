"""What is known of the pages of a Meta download before their records are read: dates and zone, threads, whose download it is.

The counterpart of `metascene.survey` for pages. It adds to what that wrote into the claim, so that a thread is the same
whichever form it was read from. It reads no record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pages import tree_of
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.social.metaoldpages import find_threads
from plainrecord.parsers.social.metapages import made_by, named_owner, people_of
from plainrecord.parsers.social.metascene import THREAD_FOLDERS
from plainrecord.parsers.social.metawords import generated
from plainrecord.parsers.social.pageclock import Anchor, ClockRules, Stated, head_anchors
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pageentry import Entry, entry_of
from plainrecord.parsers.social.pagelines import text_of
from plainrecord.parsers.social.pagerows import rows
from plainrecord.parsers.social.pagesurvey import survey_pages
from plainrecord.times import zone_names

PAGE = "page-"
THREAD_PAGE = "page-thread"
OLD_PAGE = "page-old-threads"
# Of a page, as many rows are looked at for names and for the direction it runs in; fewer where it says who is in it.
_ROWS, _FEW = 300, 30
# As many pages are looked at for the sentence that says for whom they were made; it is on all of them or on none.
_HEADS_READ = 20
_HEADS = "page-heads"
_START = 1 << 18
_TITLE_WORDS = ("_a70e", "_3b0d", "_3b0c")


def page_members(claim: Claim, *sheets: str) -> list[Member]:
    """The members of a claim that are pages, or those read with one of these sheets."""
    names: list[str] = json.loads(claim.facts["sheets"])
    wanted = [name in sheets if sheets else name.startswith(PAGE) for name in names]
    return [member for member, is_wanted in zip(chats_of(claim), wanted, strict=True) if is_wanted]


def other_members(claim: Claim, *but: str) -> list[Member]:
    """The members of a claim that are no pages, but for those read with these sheets."""
    names: list[str] = json.loads(claim.facts["sheets"])
    return [
        member
        for member, name in zip(chats_of(claim), names, strict=True)
        if not name.startswith(PAGE) and name not in but
    ]


def look_at_start(claim: Claim, members: Iterable[Member]) -> None:
    """Keep what the start pages of a download write twice, in UTC and on its clock: they are no members of the claim."""
    found: list[Anchor] = []
    for member in members:
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            found += head_anchors(stream.read(_START))
    if found:
        claim.facts[_HEADS] = json.dumps(found[:20])


def survey_all_pages(claim: Claim, rules: ClockRules, stated: Stated | None) -> None:
    """Decide how dates are read, and learn the threads that are pages. Call it behind `metascene.survey`."""
    pages = page_members(claim)
    if not pages:
        return
    heads = [Anchor(*one) for one in json.loads(claim.facts.get(_HEADS, "[]"))]
    dates = survey_pages(claim, pages, stated, rules, heads)
    known = json.loads(claim.facts.get("meta", "{}"))
    threads = known.setdefault("threads", {})
    for member in page_members(claim, THREAD_PAGE):
        look = look_at(claim, member, dates)
        said = threads.setdefault(
            folder_of(member), {"people": [], "kind": _kind_of(member), "first": member.tree_path}
        )
        _add(said, look)
        if member.tree_path == said["first"] and _is_secured(look, tuple(said["people"])):
            said["secured"] = True
        if look.is_oldest_first:
            known.setdefault("oldest-first", []).append(member.tree_path)
    for member in page_members(claim, OLD_PAGE):
        for begun in find_threads(claim, member, dates):
            place = begun.place(member)
            title = ", ".join(begun.people)
            threads[place] = {"people": list(begun.people), "kind": "", "first": place, "title": title}
            known.setdefault("oldest-first", []).extend([f"{place}/message"] if begun.is_oldest_first else [])
    claim.facts["meta"] = json.dumps(known, ensure_ascii=False)


def _add(said: dict[str, Any], look: Look) -> None:
    """What one page says of its thread: who is in it as stated, else who wrote and whom the title names."""
    people: list[str] = said["people"]
    if look.people:
        people[:] = [*look.people, *(name for name in people if name not in look.people)]
        said["stated"] = True
    elif not said.get("stated"):
        people += [name for name in dict.fromkeys((*look.senders, look.title)) if name and name not in people]
    if look.title and "title" not in said:
        said["title"] = look.title


def _is_secured(look: Look, people: tuple[str, ...]) -> bool:
    """Whether the newest rows say that the chat was moved to end-to-end encryption."""
    newest = [(line.text, entry.heading) for entry in look.entries[:4] for line in entry.lines()]
    rows = (generated(text, sender, "", people) for text, sender in newest)
    return any(row is not None and "secured" in row.marks for row in rows)


def add_owner(claim: Claim) -> None:
    """Put the owner among the people of threads whose pages do not say who is in them. Call it when the owner is known."""
    owner = claim.facts.get("owner", "")
    if not page_members(claim, THREAD_PAGE):
        return
    known = json.loads(claim.facts.get("meta", "{}"))
    folders = {folder_of(member) for member in page_members(claim, THREAD_PAGE)}
    for folder in folders & known.get("threads", {}).keys() if owner else ():
        thread = known["threads"][folder]
        if not thread.get("stated") and owner not in thread["people"]:
            thread["people"].append(owner)
    claim.facts["meta"] = json.dumps(known, ensure_ascii=False)


def _kind_of(member: Member) -> str:
    parent = folder_of(member).rpartition("/")[0].rpartition("/")[2]
    return parent if parent in THREAD_FOLDERS else ""


@dataclass(slots=True)
class Look:
    """What the beginning of a page shows."""

    title: str = ""
    made_by: str = ""
    people: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    is_oldest_first: bool = False


def look_at(claim: Claim, member: Member, dates: PageDates) -> Look:
    """The beginning of a page; empty for one that cannot be read, which says so when its records are read."""
    look = Look()
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        for piece in islice(rows(stream), 2 * _ROWS):
            if piece.what == "record" and (entry := entry_of(piece.raw, lambda text: dates.find(text) is not None)):
                look.entries.append(entry)
                look.people = look.people or people_of(entry)
            elif piece.start == 0:
                _read_head(piece.raw, look)
            if len(look.entries) >= (_FEW if look.people else _ROWS):
                break
    dated = [entry for entry in look.entries if entry.date]
    look.senders = list(dict.fromkeys(entry.heading for entry in dated if entry.heading))
    look.is_oldest_first = _ascends([dates.find(entry.date) for entry in dated], dates.order)
    return look


def _ascends(found: Sequence[Any], order: str) -> bool:
    times = [local for one in found if one and isinstance(local := one.local(order), datetime)]
    return len(times) > 1 and times[0] < times[-1] and all(earlier <= later for earlier, later in pairwise(times))


def _read_head(raw: bytes, look: Look) -> None:
    """Title and maker, from what stands in front of the rows."""
    tree, _ = tree_of(re.sub(rb"(?is)<(style|script)\b.*?</\1\s*>", b"", raw))
    if tree is None:
        return
    titles = [*tree.iter("h1"), *(one for word in _TITLE_WORDS for one in tree.find_class(word)), *tree.iter("title")]
    look.title = next((said for one in titles if (said := " ".join(text_of(one).split()))), "")[:300]
    if not titles:
        look.title = next((line for line in text_of(tree).splitlines() if line.strip()), "").strip()[:300]
    asides = [" ".join(text_of(one).split()) for one in tree.iter("aside")]
    look.made_by = next((name for said in asides if (name := made_by(said))), "")


def owner_on_pages(claim: Claim, profile: str, dates: PageDates) -> tuple[str, str]:
    """Whose download it is, as the page of the profile says, or the head of any page; and where that stands."""
    for member in page_members(claim, profile):
        for entry in look_at(claim, member, dates).entries:
            if name := named_owner(entry):
                return name, f"the page of the profile names the owner ({member.tree_path})"
    for member in page_members(claim)[:_HEADS_READ]:
        if name := look_at(claim, member, dates).made_by:
            # The path of a thread bears names of people who may have no part in a bundle.
            return name, "the heads of the pages say for whom they were made"
    return "", ""


def zone_on_pages(claim: Claim, sheet: str, dates: PageDates) -> Stated | None:
    """The zone the download states on a page of its own."""
    for member in page_members(claim, sheet):
        for entry in look_at(claim, member, dates).entries:
            values = [*(line.text for line in entry.lines()), *(pair.value for pair in entry.pairs), entry.heading]
            if zone := next((value for value in values if value in zone_names()), None):
                return Stated(zone, f"{member.tree_path} names the zone of the account")
    return None


def names_on_pages(claim: Claim, sheets: Iterable[str], dates: PageDates) -> set[str]:
    """The names of people that rows of these pages are headed by, as far as the beginning of each page shows them."""
    pages = page_members(claim, *(f"{PAGE}{name}" for name in sheets))
    return {entry.heading for member in pages for entry in look_at(claim, member, dates).entries if entry.heading}
