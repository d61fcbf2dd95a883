"""Who used the account, as far as Google tells: the access log, its devices, and the pages of the account itself.

Nobody is named as the one who acted: each row is an access *to the owner's account* from an address or a device, and whose
it was the file does not say. Log-ins reach back about a month.
Source of knowledge: the format reference (downloads section 10.5), from public readers. Tier: `public schema` for the tables;
the
pages `SubscriberInfo` and `ChangeHistory` are `not exercised` (seen in answers to authorities; whether a person gets them
is not known).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import rest
from plainrecord.parsers.chat.pages import text_of, tree_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.download import account_events
from plainrecord.parsers.social.googlescene import ACCOUNT, CUT_OFF, Scene, looked_for
from plainrecord.parsers.social.googletimes import stamp
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, TableSheet, Where, cut_at
from plainrecord.records import Account, Kind
from plainrecord.times import Meaning, TimeBlock

SERVICE = "google-account"
_ROW = re.compile(rb"<(?:tr|body)\b")
_SAYS = re.compile(rb"<(?:li|h[1-6]|p)\b")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]+[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?: ?(?:UTC|Z|GMT))?")
# In the older table of devices everything about the last use is one cell of prose.
_PROSE_TIME = re.compile(rf"Last Activity Time:\s*({_INSTANT.pattern})", re.IGNORECASE)
_MOST_LOOKED_AT = 4 << 20


def read_access(where: Where[Scene], row: Mapping[str, str]) -> Read:
    """One use of a Google service by some device: time, address, program, product."""
    named = {name.casefold(): value.strip() for name, value in row.items()}
    if not any(named.values()):
        return []
    message = _event(where, "login_alert", named.get("gaia id", ""), named.get("activity timestamp", ""))
    message.marks.append("access")
    message.text = _sentence(named.get("activity type", ""), named.get("product name", ""))
    message.facts |= rest(row, _spelt(row, "gaia id", "activity timestamp"))
    return [message]


def read_device(where: Where[Scene], row: Mapping[str, str]) -> Read:
    """One device that used the account; its last use is the time of the record, its first another date."""
    named = {name.casefold(): value.strip() for name, value in row.items()}
    if not any(named.values()):
        return []
    times = {name: value for name, value in named.items() if _INSTANT.fullmatch(value)}
    last = next((value for name, value in times.items() if "last activity" in name), "") or _in_prose(named)
    message = _event(where, "login_alert", named.get("gaia id", ""), last)
    message.marks.append("device")
    for name, value in times.items():
        if value != last and (block := stamp(value, name, _meaning(name))):
            message.dates.append(block)
    message.facts |= rest(row, _spelt(row, "gaia id"))
    return [message]


def cut_page(stream: Stream) -> Iterator[Piece]:
    """A page of the account: what stands before its tables, then each row. Rows of column names are no records."""
    return looked_for(_page_pieces(stream))


def _page_pieces(stream: Stream) -> Iterator[Piece]:
    for piece in cut_at(stream, lambda data: (match.start() for match in _ROW.finditer(data)), 8, ends=b"</body"):
        silent = b"<th" in piece.raw if piece.raw.startswith(b"<tr") else not _SAYS.search(piece.raw)
        yield piece._replace(what="frame") if piece.what == "record" and silent else piece


def page_heading(claim: Claim, member: Member) -> dict[str, Any]:
    """The rows of column names, in order."""
    with claim.open(member) as stream:
        data = stream.read(_MOST_LOOKED_AT)
    rows = [row for row in re.findall(rb"<tr\b.*?(?=<tr\b|</table|\Z)", data, re.DOTALL) if b"<th" in row]
    return {"columns": [_cells(row, "th") for row in rows[:20]]}


def read_page(where: Where[Scene], raw: bytes) -> Read:
    """One row, or what is said of the account before the tables."""
    tree, notes = tree_of(raw)
    if tree is None:
        return Problem("no-page", "This stretch of the page could not be read as a page.")
    if raw.startswith(b"<tr") and b"</tr" not in raw:
        return CUT_OFF
    changed = "changehistory" in where.member.name.casefold()
    if not raw.startswith(b"<tr"):
        message = _event(where, "system", "", "")
        message.text = "\n".join(" ".join(text_of(one).split()) for one in tree.iter("h1", "h2", "h3", "p")) or None
        said = [" ".join(text_of(one).split()).partition(":") for one in tree.iter("li")]
        message.facts = {name.strip()[:200]: value.strip()[:4000] for name, _, value in said if value.strip()}
        message.marks.append("account-details")
    else:
        values = _cells(raw, "td")
        names: list[str] = next((one for one in where.headings["columns"] if len(one) == len(values)), [])
        when = next((value for value in values if _INSTANT.fullmatch(value)), "")
        message = _event(where, "profile_change" if changed else "login_alert", "", when)
        for number, value in enumerate(values):
            if value and value != when:
                message.facts[names[number] if names and names[number] else f"value {number + 1}"] = value[:4000]
    message.notes += notes
    return [message]


ACCESS: TableSheet[Scene] = TableSheet(read_access, ragged=True)
DEVICES: TableSheet[Scene] = TableSheet(read_device, ragged=True)
PAGE = PieceSheet(cut_page, read_page, page_heading)


def _event(where: Where[Scene], kind: Kind, gaia: str, written: str) -> Message:
    """Something that happened to the account: nobody is stated as the one who did it, the owner is who it happened to."""
    owner = where.scene.account or (Account(ACCOUNT, "id", gaia) if gaia else None)
    when: TimeBlock | None = stamp(written, "time", "occurred")
    message = Message(
        kind,
        when or no_time(None, "time"),
        None,
        account_events(SERVICE),
        owner=owner,
        recipients=(owner,) if owner else (),
        notes=[] if when else [TIME_MISSING],
        service=SERVICE,
    )
    if gaia:
        message.facts["gaia id"] = gaia
    return message


def _sentence(what: str, product: str) -> str | None:
    return f"{what}: {product}" if what and product else what or product or None


def _in_prose(named: Mapping[str, str]) -> str:
    for value in named.values():
        if match := _PROSE_TIME.search(" ".join(value.split())):
            return match[1]
    return ""


def _meaning(name: str) -> Meaning:
    return "created" if "first" in name else "occurred"


def _spelt(row: Mapping[str, str], *folded: str) -> set[str]:
    return {name for name in row if name.casefold() in folded}


def _cells(raw: bytes, tag: str) -> list[str]:
    tree, _ = tree_of(b"<table>" + raw + b"</table>")
    return [" ".join(text_of(one).split()) for one in tree.iter(tag)] if tree is not None else []
