"""Made-up contents for bundle tests: as many records as asked for, between two invented people, with hostile ones on request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from blake3 import blake3

from plainrecord.bundle.contents import (
    Contents,
    ConversationView,
    Counts,
    Item,
    NotIncluded,
    Person,
    PersonAccount,
    SelectionRule,
    Source,
    SourceClaim,
    SourceOriginal,
    UnreadRow,
    Who,
)
from plainrecord.intake.listing import Digests, Fate, FileFate
from plainrecord.records import (
    Account,
    AccountModel,
    Attachment,
    ConversationModel,
    Decision,
    Envelope,
    Loaded,
    Position,
    PositionModel,
    Record,
    TimeModel,
    Unread,
    record_id,
)
from plainrecord.times import TimeBlock, from_epoch, from_local

ALEX = Account("email", "address", "alex.rowe@mail.example", "Alex Rowe", "from")
SAM = Account("email", "address", "sam.hale@post.example", "Sam Hale", "to")
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
START = 1_696_000_000
ORIGINAL = hashlib.sha256(b"the original").hexdigest()
HOSTILE = "=1+1 <script>alert(1)</script>\x00\x1b[31m\u202egpj.exe\u2066\ud83d end \u0007 & \"quoted\" 'x'\r\nhttps://track.example/p.gif"


def clock() -> datetime:
    """Always the same moment."""
    return MOMENT


@dataclass
class Make:
    """What to make. `texts` replace the text of the first items; `conversations` share the items in turn."""

    items: int = 6
    conversations: int = 2
    undated: int = 0
    texts: tuple[str, ...] = ()
    blobs: tuple[bytes, ...] = ()
    not_included: int = 3
    unread: int = 1
    gap_at: int = 0
    attached_to: int = 0
    length: int = 120
    timezone: str | None = "Europe/London"
    bundle_id: str = "pr-test234567"
    lines: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def contents(make: Make | None = None, **changes: Any) -> Contents:
    """Balanced contents. `changes` replace fields of `Make`."""
    make = replace(make or Make(), **changes)
    made = list(range(1, make.items + 1))
    from_subject = sum(1 for number in made if _part(number) == "subject")
    counts = Counts(
        seen=make.items + make.not_included + make.unread,
        included=make.items,
        not_included=make.not_included,
        unread=make.unread,
        from_subject=from_subject,
        from_owner=make.items - from_subject,
        undated=make.undated,
    )
    return Contents(
        bundle_id=make.bundle_id,
        mode="officer",
        case_ref="42/000000/26",
        who=Who("C. Dee", "DES", "Unit X", "1234"),
        clock=clock,
        timezone=make.timezone,
        subject=Person("Alex Rowe", (PersonAccount(ALEX, "exact", "given as the sender", "C. Dee"),)),
        owner=Person("Sam Hale", (PersonAccount(SAM, "exact", "whose mailbox it is", "C. Dee"),)),
        selection=SelectionRule(
            "Every conversation in which alex.rowe@mail.example takes part.",
            {"selectors": [{"kind": "address", "value": ALEX.value}], "after_us": None, "before_us": None},
            (("Alex Rowe <other@mail.example>", 2),),
        ),
        sources=(_source(counts, make),),
        counts=counts,
        conversations=lambda: _conversations(make),
        items=lambda: _items(make),
        not_included=lambda: _not_included(make),
        unread=lambda: _unread(make),
        custody_lines=lambda: iter(make.lines),
        settings={"scope": "conversation"},
        warnings=("A warning in words.",),
        **make.extra,
    )


def _part(number: int) -> str:
    return "subject" if number % 3 else "owner"


def _conversation(make: Make, number: int) -> str:
    return f"V-{(number - 1) % make.conversations + 1:04d}"


def _source(counts: Counts, make: Make) -> Source:
    digests = Digests(ORIGINAL, blake3(b"the original").hexdigest(), 12)
    claim = SourceClaim(
        parser="mbox",
        parser_version="1.0",
        service="email",
        title="Mailbox",
        tier="real sample",
        cannot_hold="Mail that was deleted before the export.",
        seen=counts.seen,
        read=counts.seen - counts.unread,
        unread=counts.unread,
        first_utc_us=START * 1_000_000,
        last_utc_us=(START + 3600 * make.items) * 1_000_000,
        undated=counts.undated,
        decisions=(Decision("separator", "mboxrd", "every “From ” line in a body is quoted"),),
    )
    fates = (FileFate("mail.mbox", Fate.PARSED, "", "application/mbox", 12, digests),)
    return Source(
        "S01",
        "mail.mbox",
        (SourceOriginal("mail.mbox", 12, digests, digests),),
        fates,
        (claim,),
        {"timezone": "not said"},
    )


def _conversations(make: Make) -> Iterator[ConversationView]:
    for at in range(1, min(make.conversations, make.items) + 1):
        number = f"V-{at:04d}"
        included = (make.items - at) // make.conversations + 1
        left_out = make.not_included if at == 1 and make.gap_at else 0
        yield ConversationView(
            f"c-{at}", number, "About the garden", "email", "message-ids", (ALEX, SAM), included, left_out,
            START * 1_000_000, (START + 3600 * make.items) * 1_000_000,
        )  # fmt: skip


def _time(make: Make, number: int) -> TimeBlock:
    if number > make.items - make.undated:
        return from_local("12/03/2023, 14:05", "line 4", datetime(2023, 3, 12, 14, 5), None, precision="min")  # noqa: DTZ001
    seconds = START + 3600 * number
    return from_epoch(seconds, "s", str(seconds), "Date header")


def _items(make: Make) -> Iterator[Item]:
    # Not in timeline order, as the contract allows.
    for number in (*range(2, make.items + 1), 1) if make.items else ():
        yield one_item(make, number)
        if number == make.attached_to:
            carried = one_item(make, number)
            carried.number += "-1"
            carried.gap_before, carried.matched, carried.loaded.raw = 0, "attached", None
            yield carried


def one_item(make: Make, number: int) -> Item:
    """The item of this number."""
    part = _part(number)
    sender, recipient = (ALEX, SAM) if part == "subject" else (SAM, ALEX)
    text = (
        make.texts[number - 1]
        if number <= len(make.texts)
        else f"Message {number}. " + "words and more " * (make.length // 15)
    )
    raw = f"From: {sender.value}\r\n\r\n".encode() + text.encode("utf-8", "replace")
    blobs: list[bytes | None] = [make.blobs[number - 1]] if number <= len(make.blobs) else []
    locator = f"bytes:{number * 1000}-{number * 1000 + len(raw)}"
    attachments = [_attachment(blob) for blob in blobs if blob is not None]
    time = _time(make, number)
    subject = text if number <= len(make.texts) else f"Garden {number}"
    digest = hashlib.sha256(raw).hexdigest()
    record = Record(
        id=record_id(ORIGINAL, "", locator),
        source="S01",
        kind="email",
        service="email",
        time=TimeModel.of(time),
        conversation=ConversationModel(id="c-1", title="About the garden", rule="message-ids"),
        sender=AccountModel.of(sender),
        recipients=[AccountModel.of(recipient)],
        direction="subject_to_owner" if part == "subject" else "owner_to_subject",
        subject=subject,
        text=text,
        text_from="plain",
        attachments=attachments,
        position=PositionModel(original_sha256=ORIGINAL, original="mail.mbox", member="", locator=locator),
        raw_sha256=digest,
        raw_bytes=len(raw),
    )
    envelope = Envelope(Position("mail.mbox", locator), "email", "email", time, sender, (recipient,))
    loaded = Loaded(envelope, text=text, raw=raw, native_suffix=".eml", blobs=blobs, attachments=attachments)
    gap = make.not_included if number == make.gap_at else 0
    return Item(f"M-{number:06d}", record, loaded, part, "from:exact", _conversation(make, number), gap)  # type: ignore[arg-type]


def _attachment(blob: bytes) -> Attachment:
    return Attachment(
        name='../../evil".exe', claimed_type="image/png", detected_type="application/x-dosexec", bytes=len(blob),
        sha256=hashlib.sha256(blob).hexdigest(), blake3=blake3(blob).hexdigest(), facts={"gps": "51.5, -0.1"},
    )  # fmt: skip


def _not_included(make: Make) -> Iterator[NotIncluded]:
    for at in range(make.not_included):
        yield NotIncluded(
            "S01", f"c-{at + 100}", f"Contact {at + 1}", "email", 1, START * 1_000_000, START * 1_000_000,
            "no-subject-account", "auto-match only", "mail.mbox", ORIGINAL,
        )  # fmt: skip


def _unread(make: Make) -> Iterator[UnreadRow]:
    for at in range(make.unread):
        position = Position("mail.mbox", f"bytes:{at}-{at + 9}")
        yield UnreadRow("S01", "mail.mbox", Unread(position, "truncated", "The mail ends in the middle of a header."))
