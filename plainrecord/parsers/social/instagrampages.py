"""The pages of an Instagram download: how their rows are told to the readers of its JSON form, and whose download it is.

A log-in is headed by its time in UTC and says it again on the page's own clock; the first is the time of the record, the
second is kept beside it. Source of knowledge: as `metapages.py` and `pageclock.py`. Tier: `public schema`; pages of posts are
`not exercised` on any public sample.
"""

from __future__ import annotations

import re
from typing import Any

from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.social.instagramentry import entry_of
from plainrecord.parsers.social.instagramevents import TIMES_DIFFER
from plainrecord.parsers.social.instagramfiles import acts
from plainrecord.parsers.social.metapagescene import look_at, page_members
from plainrecord.parsers.social.metapageshapes import Shape, envelope
from plainrecord.parsers.social.pageclock import ClockRules
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pageentry import Entry
from plainrecord.parsers.social.standin import PLACE, StandIns

# The head of a page shows another clock than its rows.
CLOCK = ClockRules(heads_count=False, found_in=("Etc/GMT+8",))
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\+00:00|Z)")
_MINUTE = 60_000_000


def shape_of(sheet: str) -> Shape:
    """How rows of a list are told to its JSON reader: in the envelope all lists share, and posts in their own."""
    known = acts().get(sheet)
    return _post if known and known.family == "post" else envelope


def _post(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """Words, files, and when the post was made."""
    (element,) = envelope(entry, inner, stand_ins)
    words = "\n".join(line.text for line in entry.lines() if not line.href)
    element["title"] = "\n".join(filter(None, (entry.heading, words)))
    element.pop("string_list_data", None)
    element |= {f"link-{at}": one.href for at, one in enumerate(entry.named) if one.kind == "link"}
    if entry.date:
        element["creation_timestamp"] = stand_ins.seconds(entry.date)
    return [element]


def finish(messages: list[Message], entry: Entry, dates: PageDates) -> None:
    """Give a row that is headed by its time in UTC that time; what the page's clock shows is kept beside it."""
    if not _ISO.fullmatch(entry.heading):
        return
    for message in messages:
        exact = utc_text(entry.heading, "title", "occurred")
        shown = [block for block in (message.time, *message.dates) if block.where == PLACE]
        message.notes = [note for note in message.notes if note != TIMES_DIFFER]
        if any(block.utc_us is not None and not _agrees(exact.utc_us, block.utc_us) for block in shown):
            message.notes.append(TIMES_DIFFER)
        message.time = exact
        message.dates = [block for block in shown if block.ts_raw] + [
            block for block in message.dates if block.where != PLACE and block != exact
        ]
        message.facts.setdefault("title", entry.heading)
    del dates


def _agrees(exact: int | None, shown: int) -> bool:
    """Pages write minutes."""
    return exact is not None and abs(exact - shown) < _MINUTE


def profile_on_pages(claim: Claim, sheet: str, dates: PageDates) -> tuple[str, str]:
    """Username and display name on the page of the profile, or ""."""
    for member in page_members(claim, sheet):
        for row in look_at(claim, member, dates).entries:
            (element,) = envelope(row, [], StandIns(dates))
            found = entry_of(element, damaged=False)
            if found and found.value("username"):
                return found.value("username"), found.value("name")
    return "", ""
