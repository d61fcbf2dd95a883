"""The web pages of a Snapchat download: a page for each conversation, and pages of tables with the columns of the JSON files.

A row becomes the same fields that JSON has and is read by the same code. Times say UTC; a date that does not is read by the
tables of dates in other languages, and keeps what it lacks. A page does not say which rows are
the owner's; where neither the account page nor the name of the conversation tells it, the record says so.
Source of knowledge: public descriptions and readers of these pages; `not exercised`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from lxml.html import HtmlElement

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pages import files_in, text_of, tree_of
from plainrecord.parsers.chat.pieces import File, Message, Problem
from plainrecord.parsers.jsonstream import pointer_step
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, Where, cut_at
from plainrecord.parsers.social.snapchatchats import is_group, read_entry
from plainrecord.parsers.social.snapchatscene import NOT_UNDERSTOOD, SELF, Scene

ReadFields = Callable[[Where[Scene], str, Any], Read]

_ENTRY = re.compile(rb"<h4\b", re.IGNORECASE)
_BLOCK = re.compile(rb"<(?:h[1-6]|table|tr)\b", re.IGNORECASE)
_LONGEST_START = 8
_TITLE = re.compile(rb"<h1\b[^>]{0,500}>(.{1,2000}?)</h1>", re.IGNORECASE | re.DOTALL)
_WHEN = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC")
_WITH = re.compile(r"(?:Chat|Snap) History with ")
_HEADED = frozenset(
    "From|To|Created|Username|Display Name|Creation Timestamp|Source|Media Type|Date|Time|IP|Country|Status|Make|City|Type".split(
        "|"
    )
)
_BROKEN = Problem("bad-element", "There is no tree to be had of this stretch of the page; nothing was taken from it.")


def chat_page(*, snaps: bool) -> PieceSheet[Scene]:
    """The sheet of one conversation's page."""
    return PieceSheet(_entries, partial(_read_entry, snaps), _conversation)


def table_page(read: ReadFields) -> PieceSheet[Scene]:
    """The sheet of a page of tables, whose rows `read` takes as it takes those of JSON."""
    return PieceSheet(_rows, partial(_read_row, read), _tables)


def owner_in(claim: Claim, member: Member) -> dict[str, str]:
    """The fields under “Basic Information” of the account page."""
    told: dict[str, str] = {}
    where = Where(Scene(SELF), member, _tables(claim, member))
    with claim.open(member) as stream:
        for piece in _rows(stream):
            section, fields = _fields(where, piece) if piece.what == "record" else ("", {})
            told |= fields if section == "Basic Information" else {}
    return told


def _entries(stream: Stream) -> Iterator[Piece]:
    for piece in cut_at(stream, _names, _LONGEST_START, b"</body>"):
        yield _minded(piece)


def _names(data: bytes) -> Iterable[int]:
    return (one.start() for one in _ENTRY.finditer(data))


def _minded(piece: Piece) -> Piece:
    """A stretch that belongs to no entry and has a time in it is a page written in another way, and is said to be unread."""
    return piece._replace(what="unknown") if piece.what == "frame" and _WHEN.search(piece.raw) else piece


def _conversation(claim: Claim, member: Member) -> dict[str, Any]:
    """Key and title of a page's conversation, and whether its last entry stands first."""
    title = ""
    times: list[bytes] = []
    with claim.open(member) as stream:
        for piece in _entries(stream):
            if piece.what == "frame" and (match := _TITLE.search(piece.raw)):
                title = _plain(match[1])
            found = [match[0] for match in _WHEN.finditer(piece.raw)]
            times = [*times, *found][:1] + [*times, *found][-1:]
    key = member.name.partition(".htm")[0].removeprefix("subpage_")
    return {"key": key, "title": _WITH.sub("", title), "backwards": times[-1:] <= times[:1]}


def _read_entry(snaps: bool, where: Where[Scene], raw: bytes) -> Read:
    """The entries that stand under one name: each ends with its date."""
    tree, notes = tree_of(raw)
    if tree is None:
        return _BROKEN
    found: list[Message] = []
    for number, fields in enumerate(_told(tree)):
        entry = _message(where, fields, snaps)
        if isinstance(entry, Problem):
            return entry
        entry.suffix = f"#entry:{number}" if number else ""
        entry.notes += notes
        found.append(entry)
    return found or Problem("not-a-message", "This name has no entry behind it.")


def _told(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = {"files": []}
    for one in tree.iter("h4", "span", "p", "h6", "img", "video", "audio", "a"):
        text = text_of(one).strip()
        if one.tag == "h4":
            fields["From"] = text
        elif one.tag == "span" and "Media Type" not in fields:
            fields["Media Type"] = text
        elif one.tag == "p":
            fields["Content"] = f"{fields['Content']}\n{text}" if fields.get("Content") else text
        elif one.tag == "h6":
            yield fields | {"Created": text}
            fields = {"From": fields.get("From"), "files": []}
        elif one.tag in ("img", "video", "audio", "a"):
            fields["files"] += [file for file in files_in(one) if file not in fields["files"]]
    if fields.get("Content") or fields["files"] or fields.get("Media Type"):
        yield fields


def _message(where: Where[Scene], fields: dict[str, Any], snaps: bool) -> Message | Problem:
    key, scene = str(where.headings.get("key", "")), where.scene
    files: list[File] = fields.pop("files")
    own = _is_own(scene, key, str(fields.get("From") or ""))
    title = where.headings.get("title") if is_group(key) else None
    found = read_entry(scene, key, {"Media Type": "", "Conversation Title": title, "IsSender": own is True} | fields)
    if isinstance(found, Problem):
        return found
    message = found[0]
    message.facts.pop("Conversation Title", None)
    message.backwards = bool(where.headings.get("backwards"))
    if own is None:
        message.recipients = ()
        message.notes.append("snapchat:direction-not-known")
    _dated(scene, message)
    message.files += [scene.named(file) for file in files]
    if snaps and not message.files and "snap" in message.marks:
        message.files.append(File(None, absent="not-exported", facts={"kind": "snap"}))
    return message


def _is_own(scene: Scene, key: str, name: str) -> bool | None:
    """Whether an entry is the owner's; None where it cannot be told.

    Trap: a page shows names as they were at the time, so a third name between two people may be either's.
    """
    if scene.owner != SELF and name in (scene.owner.value, scene.owner.name):
        return True
    return False if name == key or (is_group(key) and scene.owner != SELF) else None


def _rows(stream: Stream) -> Iterator[Piece]:
    for piece in cut_at(stream, _starts, _LONGEST_START, b"</body>"):
        low = piece.raw[:4].lower()
        is_row = low.startswith(b"<tr") and b"<td" in piece.raw.lower()
        yield piece if is_row or piece.what == "unknown" else _minded(piece._replace(what="frame"))


def _starts(data: bytes) -> Iterable[int]:
    return (one.start() for one in _BLOCK.finditer(data))


def _tables(claim: Claim, member: Member) -> dict[str, Any]:
    """Where each table of a page begins, under which heading it stands, and what its columns are called."""
    tables: list[list[Any]] = []
    section, fresh = "", True
    with claim.open(member) as stream:
        for piece in cut_at(stream, _starts, _LONGEST_START):
            low = piece.raw[:4].lower()
            if low.startswith(b"<h"):
                section = _plain(piece.raw)
            elif low.startswith(b"<ta"):
                tables.append([piece.start, section, []])
                fresh = True
            elif low.startswith(b"<tr") and tables:
                cells = _cells(piece.raw)
                if b"<th" in piece.raw.lower() or (fresh and len(_HEADED.intersection(cells)) > 1):
                    tables[-1][2] = cells
                fresh = False
    return {"tables": tables}


def _read_row(read: ReadFields, where: Where[Scene], raw: bytes) -> Read:
    section, fields = _fields(where, Piece(where.start, raw))
    if not any(fields.values()) or all(name == value for name, value in fields.items()):
        return []
    found = read(where, f"/{pointer_step(section)}/0", fields)
    for message in () if isinstance(found, Problem) else found:
        _dated(where.scene, message)
    return found


def _dated(scene: Scene, message: Message) -> None:
    """The time of a page that is in words and not in the form that says UTC."""
    if message.time.utc_us is not None or not message.time.ts_raw:
        return
    stamp = scene.dates.stamp(message.time.ts_raw, message.time.where, message.time.meaning)
    if stamp.time.utc_us is not None or stamp.time.local is not None:
        message.time = stamp.time
        message.notes = [note for note in message.notes if note != NOT_UNDERSTOOD] + list(stamp.notes)


def _fields(where: Where[Scene], piece: Piece) -> tuple[str, dict[str, str]]:
    """The heading a row stands under, and its cells by column; of a table without columns, the second cell by the first."""
    tables = where.headings.get("tables", [])
    at = bisect_right(tables, piece.start, key=lambda table: int(table[0]))
    _, section, columns = tables[at - 1] if at else (0, "", [])
    cells = _cells(piece.raw)
    if not columns and len(cells) == 2:
        return section, {cells[0]: cells[1]}
    named = {
        columns[place] if place < len(columns) else f"column {place + 1}": text for place, text in enumerate(cells)
    }
    if not re.fullmatch(r"(?:Sent|Received) .{0,20}History", section) and {"From", "To"} & named.keys():
        # Without its heading, the column says the direction.
        section = "Sent History" if "To" in named and "From" not in named else section or "Received History"
    return section, named


def _cells(raw: bytes) -> list[str]:
    tree, _ = tree_of(b"<table>" + raw + b"</table>")
    return [] if tree is None else [text_of(cell).strip() for cell in tree.iter("td", "th")]


def _plain(raw: bytes) -> str:
    tree, _ = tree_of(raw)
    return "" if tree is None else " ".join(text_of(tree).split())
