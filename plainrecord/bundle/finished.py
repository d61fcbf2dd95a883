"""One item made ready to be written: its line, what is drawn of it, its files. Pure: writes nothing, so any process can do it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plainrecord.bundle.contents import Item
from plainrecord.bundle.drawn import Drawing, draw
from plainrecord.bundle.media import media_path
from plainrecord.bundle.numbers import conversation_key, number_key
from plainrecord.errors import IntegrityError
from plainrecord.records import Attachment, Record
from plainrecord.times import to_utc_us

# Endings of native forms that no system starts as a program or opens as a page.
_NATIVE_ENDINGS = frozenset({".eml", ".emlx", ".txt", ".json", ".csv", ".xml", ".vcf"})
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Finished(NamedTuple):
    """An item as it is written. `line` begins with the sort key and the exact instant, which the text may have rounded.

    `native` is the path of `raw`, None for none; `media` the path and bytes of each attachment that is there, and
    `media_missing` how many are not. The rest is what is counted.
    """

    number: str
    line: bytes
    drawing: Drawing
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
    undated: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """Makes items ready; times are shown in `zone` (IANA; UTC for None). Travels to other processes."""

    zone: str | None

    def __call__(self, item: Item) -> Finished:
        """One item made ready.

        Raises AccountingError for a malformed number, IntegrityError when an attachment's bytes are not those whose
        digest was recorded.
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
        }
        utc_us = item.loaded.envelope.time.utc_us
        return Finished(
            item.number,
            f"{key} {utc_us} {_JSON(extra)[:-1]},{record.model_dump_json()[1:]}".encode(),
            draw(extra | record.model_dump(), key, conversation, _instant(record), self.zone),
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
            record.time.ts_utc is None,
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
