"""The records of one of our bundles: every line of `messages.jsonl` against its number, native file, media, row and figures.

One pass in bounded memory per line. Digests are those of the one pass over all bytes; no file is read for them again.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_lines
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_digests import Digested
from plainrecord.bundle.checks_stated import BUNDLE, Stated
from plainrecord.bundle.items import MESSAGES
from plainrecord.bundle.meta import item_model
from plainrecord.bundle.numbers import is_attached, number_key
from plainrecord.bundle.salting import MERKLE, leaf_of, salt_of
from plainrecord.bundle.schedules import CONVERSATIONS, NOT_INCLUDED, UNREAD
from plainrecord.custody.events import describe
from plainrecord.hashing.merkle import Tree
from plainrecord.records import record_id
from plainrecord.selection import COPY

TIMELINE = "timeline.csv"
NATIVE = "data/items/native/"
MEDIA = "data/media/"
LONGEST_LINE = 256 << 20

OnItem = Callable[[Any], None]


@dataclass(slots=True)
class _Tally:
    """What was counted; `pointed` are the native and media files some line names."""

    figures: Counter[str] = field(default_factory=Counter)
    by_part: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)
    by_service: Counter[str] = field(default_factory=Counter)
    by_conversation: Counter[str] = field(default_factory=Counter)
    pointed: set[str] = field(default_factory=set)
    ids: set[tuple[str, str]] = field(default_factory=set)
    last_key: str = ""
    last_utc: str | None = None
    undated: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    bag: Bag
    digested: Digested
    originals: set[tuple[str, str]]
    findings: Findings
    tally: _Tally

    def fault(self, item: str, says: str) -> None:
        """A problem of one line, named by its item number."""
        self.findings.problem(MESSAGES, "items", f"{item}: {says}")


def check_items(bag: Bag, digested: Digested, stated: Stated, findings: Findings, on_item: OnItem) -> None:
    """Check every record, then every figure. `on_item` is given each valid item (the model of a line) as it passes."""
    context = _Context(bag, digested, stated.originals, findings, _Tally())
    rows = _csv_rows(bag, TIMELINE, findings)
    count, tree = 0, _ItemTree(stated)
    for number, line, item in _items(bag, findings):
        count = number
        row = next(rows, None)
        if item is not None:
            _check_item(item, context)
            _check_row(number, item, row, findings)
            on_item(item)
            tree.add(item.item, line)
    extra = sum(1 for _ in rows)
    if extra:
        findings.problem(TIMELINE, "counts", f"It has {count + extra} rows where messages.jsonl has {count} lines.")
    findings.count("items", count)
    _check_unpointed(context)
    _check_figures(context, stated)
    tree.check(count, findings)


class _ItemTree:
    """The Merkle tree over the lines as they are, to be held against the root that `meta/merkle.json` states."""

    def __init__(self, stated: Stated) -> None:
        self._stated = stated.merkle
        self._secret = bytes.fromhex(stated.salts.secret) if stated.salts else None
        self._tree = Tree()

    def add(self, number: str, line: bytes) -> None:
        if self._secret is not None:
            self._tree.add(leaf_of(salt_of(self._secret, number), line.removesuffix(b"\n")))

    def check(self, lines: int, findings: Findings) -> None:
        if self._stated is None or self._secret is None:
            return
        if self._stated.leaves != lines:
            findings.problem(MERKLE, "counts", f"It is over {self._stated.leaves} items; messages.jsonl has {lines}.")
        found = self._tree.root().hex()
        if found != self._stated.root:
            says = f"It states the root {self._stated.root}, but the items and their salts make {found}."
            findings.problem(MERKLE, "counts", says)
        findings.count("leaves", lines)


def _items(bag: Bag, findings: Findings) -> Iterator[tuple[int, bytes, Any]]:
    """Line number, line and item; None for a line that is none (said among the findings)."""
    if MESSAGES not in bag.files:
        findings.problem(MESSAGES, "missing", "Every bundle has its records here, and this one has no such file.")
        return
    model = item_model()
    try:
        for number, line in enumerate(read_lines(bag, MESSAGES, LONGEST_LINE), 1):
            try:
                item = model.model_validate_json(line)
            except ValidationError as error:
                findings.problem(MESSAGES, "items", f"Line {number} is no record: {describe(error)[:300]}.")
                item = None
            yield number, line, item
    except UnreadableError as error:
        findings.problem(MESSAGES, "unreadable", f"This file cannot be read: {error}.")


def _check_item(item: Any, context: _Context) -> None:
    _count(item, context.tally)
    _check_order(item, context)
    position = item.position
    if item.id != record_id(position.original_sha256, position.member, position.locator):
        context.fault(item.item, "its record id does not follow from its position.")
    if (item.source, item.id) in context.tally.ids:
        context.fault(item.item, "another item has the same record id.")
    context.tally.ids.add((item.source, item.id))
    if is_attached(item.item) != ((item.source, item.parent) in context.tally.ids):
        context.fault(item.item, "the message it was carried in does not stand before it.")
    if (item.source, position.original_sha256) not in context.originals:
        context.fault(item.item, f"its original (SHA-256 {position.original_sha256}) is not in meta/sources.json.")
    _check_native(item, context)
    for copy in item.copies:
        _check_copy(item, copy, context)
    for attachment in item.attachments:
        _check_attachment(item.item, attachment, context)


def _count(item: Any, tally: _Tally) -> None:
    tally.figures["native_files"] += item.native is not None
    tally.figures["attachments_without_bytes"] += sum(1 for one in item.attachments if one.media is None)
    if is_attached(item.item):
        tally.figures["attached"] += 1
        return
    tally.figures["included"] += 1
    tally.figures["undated"] += item.time.ts_utc is None
    tally.figures["from_subject"] += item.part == "subject"
    tally.figures["from_owner"] += item.part == "owner"
    tally.by_kind[item.kind] += 1
    tally.by_source[item.source] += 1
    tally.by_service[item.service] += 1
    tally.by_conversation[item.conversation_number] += 1


def _check_order(item: Any, context: _Context) -> None:
    tally = context.tally
    key = number_key(item.item)
    attached = is_attached(item.item)
    before = int(tally.last_key[:12]) if tally.last_key else 0
    if key <= tally.last_key or int(key[:12]) != before + (not attached):
        context.fault(item.item, "its number does not follow the one before.")
    tally.last_key = key
    if attached:
        return
    utc = item.time.ts_utc
    if utc is None:
        tally.undated = True
    elif tally.undated or (tally.last_utc is not None and _instant(utc) < _instant(tally.last_utc)):
        context.fault(item.item, "it is not in order of time.")
    else:
        tally.last_utc = utc


def _instant(utc: str) -> str:
    # RFC 3339 in UTC sorts as text once the "Z" is off and "…:05.000" is written as "…:05": that is before "…:05.5".
    text = utc.removesuffix("Z")
    return text.rstrip("0").removesuffix(".") if "." in text else text


def _check_copy(item: Any, copy: Any, context: _Context) -> None:
    context.tally.figures["copies"] += 1
    if copy.id != record_id(copy.original_sha256, copy.member, copy.locator):
        context.fault(item.item, "the record id of a copy it names does not follow from its position.")
    if (copy.source, copy.original_sha256) not in context.originals:
        context.fault(
            item.item, f"it names a copy in an original (SHA-256 {copy.original_sha256}) that was not handed in."
        )
    if copy.same == "bytes" and copy.raw_sha256 != item.raw_sha256:
        context.fault(item.item, "it calls a copy the same bytes, and states another digest for it.")


def _check_native(item: Any, context: _Context) -> None:
    if item.native is None:
        return
    if not item.native.startswith(f"{NATIVE}{item.item}."):
        context.fault(item.item, f"it names {item.native[:160]}, which is not its own native file.")
        return
    context.tally.pointed.add(item.native)
    found = context.digested.digests.get(item.native, {}).get("sha256")
    if item.native not in context.bag.files:
        context.findings.problem(item.native, "missing", f"{item.item} names this native file, and it is not there.")
    elif found and item.raw_sha256 and found != item.raw_sha256:
        says = f"{item.item} was read from bytes with SHA-256 {item.raw_sha256}, but this file has {found}."
        context.findings.problem(item.native, "items", says)


def _check_attachment(item: str, attachment: Any, context: _Context) -> None:
    if attachment.media is None:
        return
    path = attachment.media
    if not path.startswith(MEDIA):
        context.fault(item, f"it names {path[:160]} as an attachment, which is not in {MEDIA}.")
        return
    context.tally.pointed.add(path)
    if path not in context.bag.files:
        context.findings.problem(path, "missing", f"{item} names this attachment, and it is not there.")
        return
    found = context.digested.digests.get(path, {})
    stated = {"sha256": attachment.sha256, "blake3": attachment.blake3}
    for algorithm, digest in found.items():
        if stated.get(algorithm, digest) != digest:
            says = f"{item} states {algorithm} {stated[algorithm]} for this attachment, but the file has {digest}."
            context.findings.problem(path, "items", says)
    if attachment.bytes is not None and attachment.bytes != context.bag.files[path].size:
        says = f"{item} states {attachment.bytes} bytes for this attachment, which has {context.bag.files[path].size}."
        context.findings.problem(path, "items", says)


def _check_row(number: int, item: Any, row: dict[str, str] | None, findings: Findings) -> None:
    if row is None:
        findings.problem(TIMELINE, "counts", f"It has no row for {item.item} (line {number} of messages.jsonl).")
        return
    expected = {"item": item.item, "record id": item.id, "utc": item.time.ts_utc or ""}
    for column, value in expected.items():
        if row.get(column) != value:
            says = f"Row {number} has {column} “{(row.get(column) or '')[:60]}” where messages.jsonl has “{value}”."
            findings.problem(TIMELINE, "counts", says)


def _check_unpointed(context: _Context) -> None:
    for path in context.bag.files:
        if path.startswith((NATIVE, MEDIA)) and path not in context.tally.pointed:
            context.findings.problem(path, "extra", "No record names this file.")


def _check_figures(context: _Context, stated: Stated) -> None:
    tally, findings = context.tally, context.findings
    counted: dict[str, object] = {
        "by_kind": dict(tally.by_kind),
        "by_source": dict(tally.by_source),
        "by_service": dict(tally.by_service),
        "media_files": sum(1 for path in tally.pointed if path.startswith(MEDIA)),
        "not_included": _sum_of(context, NOT_INCLUDED, "records"),
        "unread": sum(1 for _ in _csv_rows(context.bag, UNREAD, findings)),
        "conversations": _check_conversations(context),
        **{
            name: tally.figures[name]
            for name in (
                "included",
                "attached",
                "undated",
                "from_subject",
                "from_owner",
                "native_files",
                "attachments_without_bytes",
            )
        },
    }
    copies = _sum_of(context, NOT_INCLUDED, "records", reason=COPY)
    if copies != tally.figures["copies"]:
        says = f"It counts {copies} copies of items; the items name {tally.figures['copies']}."
        findings.problem(NOT_INCLUDED, "counts", says)
    if stated.figures is None:
        return
    for name, value in counted.items():
        said = getattr(stated.figures, name)
        if said != value:
            findings.problem(BUNDLE, "counts", f"It states {name} {said}; the lists have {value}.")
    total = stated.figures.included + stated.figures.not_included + stated.figures.unread
    if stated.figures.seen != total:
        says = f"It states {stated.figures.seen} records seen; included, not included and unread make {total}."
        findings.problem(BUNDLE, "counts", says)


def _check_conversations(context: _Context) -> int:
    rows = 0
    for row in _csv_rows(context.bag, CONVERSATIONS, context.findings):
        rows += 1
        number, included = row.get("conversation") or "", row.get("included") or ""
        counted = context.tally.by_conversation.pop(number, 0)
        if included != str(counted):
            says = f"It states “{included[:20]}” records in {number[:20]}; messages.jsonl has {counted}."
            context.findings.problem(CONVERSATIONS, "counts", says)
    for number in sorted(context.tally.by_conversation):
        context.findings.problem(CONVERSATIONS, "counts", f"It has no row for {number}, which messages.jsonl names.")
    return rows


def _sum_of(context: _Context, path: str, column: str, *, reason: str | None = None) -> int:
    """The sum of a column, of the rows with that reason only."""
    total = 0
    for row in _csv_rows(context.bag, path, context.findings):
        if reason is not None and row.get("reason") != reason:
            continue
        text = row.get(column) or ""
        if text.isascii() and text.isdigit() and len(text) < 16:
            total += int(text)
        else:
            context.findings.problem(path, "counts", f"“{text[:20]}” is no count in column {column}.")
    return total


def _csv_rows(bag: Bag, path: str, findings: Findings) -> Iterator[dict[str, str]]:
    if path not in bag.files:
        findings.problem(path, "missing", "This list belongs to every bundle and is not there.")
        return
    try:
        lines = (line.decode("utf-8") for line in read_lines(bag, path, LONGEST_LINE))
        first = next(lines, "").removeprefix("\ufeff").rstrip("\r\n")
        columns = next(csv.reader([first], strict=True), [])
        for cells in csv.reader(lines, strict=True):
            yield dict(zip(columns, cells, strict=False))
    except (UnreadableError, UnicodeError, csv.Error) as error:
        findings.problem(path, "unreadable", f"This list cannot be read to its end: {error}.")
