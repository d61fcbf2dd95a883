"""One item made ready to be written: its line, what is drawn of it, its files. Pure: writes nothing, so any process can do it.

Each item is drawn once, when its line is made: reading every line again for the table, the timeline and the conversations
took longer than drawing them. Only addresses are left open, because on which page a message stands is known when all of
them are there.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple, cast

from plainrecord.bundle.contents import Item
from plainrecord.bundle.media import media_path
from plainrecord.bundle.numbers import conversation_key, is_attached, number_key
from plainrecord.bundle.page_rows import OPEN, message, timeline_row
from plainrecord.bundle.shown import shown_time
from plainrecord.bundle.timeline import CsvRows, timeline_values
from plainrecord.errors import IntegrityError
from plainrecord.facts import Event, event_of
from plainrecord.facts.events import Line
from plainrecord.records import Attachment, Record
from plainrecord.times import to_utc_us

# Endings of native forms that no system starts as a program or opens as a page.
_NATIVE_ENDINGS = frozenset({".eml", ".emlx", ".msg", ".txt", ".json", ".csv", ".xml", ".vcf"})
_CSV = CsvRows()
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Finished(NamedTuple):
    """An item as it is written: its line, its row of `timeline.csv`, and both its drawings, each with an address left open.

    All in UTF-8; `talk_chars` is how many characters the message has. `main` is its number in the timeline, `carried` says
    that it stands inside that item. `utc_us` is the exact instant, `instant` the one that the text states. `native` is the
    path of `raw`, None for none; `media` the path and bytes of each attachment that is there, and `media_missing` how many
    are not. `event` is what facts are counted from, None for a carried one.
    """

    number: str
    main: int
    carried: bool
    key: str
    conversation: str
    conversation_key: str
    gap_before: int
    utc_us: int | None
    instant: int | None
    shown: str
    line: bytes
    csv: bytes
    row: bytes
    talk: bytes
    talk_chars: int
    native: str | None
    raw: bytes
    raw_sha256: str | None
    original: str
    media: tuple[tuple[str, bytes], ...]
    media_missing: int
    characters: int
    part: str
    kind: str
    source: str
    service: str
    event: Event | None


def finished(item: Item, zone: str | None) -> Finished:
    """One item made ready; times are shown in `zone` (IANA; UTC for None).

    Raises AccountingError for a malformed number, IntegrityError when an attachment's bytes are not those whose digest
    was recorded.
    """
    key, conversation = number_key(item.number), conversation_key(item.conversation_number)
    record, media = _with_media(item)
    native = _native_path(item)
    extra = {
        "item": item.number,
        "part": item.part,
        "matched": item.matched,
        "conversation_number": item.conversation_number,
        "gap_before": item.gap_before,
        "native": native,
        "copies": item.copies,
    }
    instant = _instant(record)
    drawn: dict[str, Any] = extra | record.model_dump()
    shown = shown_time(drawn["time"], zone, instant)
    talk = message(drawn, shown).at(OPEN)
    return Finished(
        item.number,
        int(key[:12]),
        is_attached(item.number),
        key,
        item.conversation_number,
        conversation,
        item.gap_before,
        item.loaded.envelope.time.utc_us,
        instant,
        shown,
        f"{_JSON(extra)[:-1]},{record.model_dump_json()[1:]}\n".encode(),
        _CSV.row(timeline_values(drawn, shown)).encode(),
        timeline_row(drawn, shown).at(OPEN).encode(),
        talk.encode(),
        len(talk),
        native,
        item.loaded.raw or b"",
        record.raw_sha256,
        record.position.original,
        media,
        len(record.attachments) - len(media),
        len(record.text or ""),
        item.part,
        record.kind,
        record.source,
        record.service,
        None if is_attached(item.number) else event_of(cast("Line", drawn), {}),
    )


def _native_path(item: Item) -> str | None:
    if item.loaded.raw is None:
        return None
    suffix = item.loaded.native_suffix
    return f"data/items/native/{item.number}{suffix if suffix in _NATIVE_ENDINGS else '.bin'}"


def _with_media(item: Item) -> tuple[Record, tuple[tuple[str, bytes], ...]]:
    attachments, blobs = item.record.attachments, item.loaded.blobs
    if not attachments:
        return item.record, ()
    placed, media = [], []
    for at, attachment in enumerate(attachments):
        # A source may hand over fewer blobs than attachments: what is not there is said to be missing, not invented.
        blob = blobs[at] if at < len(blobs) else None
        path = None if blob is None else _media_path(item, attachment, blob)
        placed.append(attachment.model_copy(update={"media": path}))
        if path is not None and blob is not None:
            media.append((path, blob))
    return item.record.model_copy(update={"attachments": placed}), tuple(media)


def _media_path(item: Item, attachment: Attachment, blob: bytes) -> str:
    digest = hashlib.sha256(blob).hexdigest()
    if digest != attachment.sha256:
        raise IntegrityError(
            f"An attachment of {item.number} ({item.record.position.original}) is not what was recorded when it was"
            f" read: expected SHA-256 {attachment.sha256}, found {digest}. Nothing was sealed."
        )
    return media_path(digest, blob)


def _instant(record: Record) -> int | None:
    """The instant of a record as written, that is as precise as its time says, in microseconds; or None."""
    text = record.time.ts_utc
    return None if text is None else to_utc_us(datetime.fromisoformat(text))
