"""One mail: its header block to an envelope (cheap, for every mail), its raw bytes to a loaded record (for selected ones).

Containers (mbox, Maildir, emlx, single files) call these two functions and know nothing else of mail. What only the
container knows (its own dates, flags, folder, labels, quoting) comes in as `ContainerFacts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email.datechoice import all_dates, primary_time
from plainrecord.parsers.email.headers import Fields, block_end, oddities
from plainrecord.parsers.email.marks import header_marks
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.senders import parties
from plainrecord.parsers.email.threads import conversation
from plainrecord.records import Envelope, Loaded, Position
from plainrecord.times import TimeBlock

__all__ = ["ContainerFacts", "Memo", "envelope", "load"]

Quoting = Literal["mboxrd", "mboxo", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """What the container says about a mail and the mail itself does not.

    `dates` in order of preference; `labels` and `folder` as the container names them; `quoting` how body lines beginning
    "From " were written; `attachment_files` gives the content of parts stored beside the mail (a `.partial.emlx`): MIME
    part path ("2.4") → a call that reads the file (it may raise OSError).
    """

    dates: tuple[TimeBlock, ...] = ()
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    folder: str | None = None
    labels: tuple[str, ...] = ()
    quoting: Quoting = "unknown"
    attachment_files: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


def envelope(
    header_block: bytes, *, position: Position, options: ReadOptions, container: ContainerFacts, memo: Memo
) -> Envelope:
    """The envelope of one mail from its header block (first header byte to the blank line, or the end). Never raises
    on what the bytes hold; raises UsageError when `options.timezone` names no zone."""
    return _envelope(Fields(header_block), position, options, container, memo)


def load(raw: bytes, *, position: Position, options: ReadOptions, container: ContainerFacts, memo: Memo) -> Loaded:
    """One mail with its content, from its exact bytes as stored. Never raises on what the bytes hold."""
    fields = Fields(raw[: block_end(raw)])
    found = _envelope(fields, position, options, container, memo)
    return Loaded(
        found,
        dates=all_dates(fields, options.timezone, container.dates),
        subject=fields.text(b"subject"),
        raw=raw,
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        raw_bytes=len(raw),
        native_suffix=".eml",
    )


def _envelope(
    fields: Fields, position: Position, options: ReadOptions, container: ContainerFacts, memo: Memo
) -> Envelope:
    people = parties(fields, memo)
    time, date_notes = primary_time(fields, options.timezone, container.dates)
    return Envelope(
        position,
        "email",
        "email",
        time,
        people.sender,
        people.recipients,
        people.also,
        conversation(fields, people.addresses, memo),
        _once(container.marks, header_marks(fields, people.null_return_path)),
        _once(oddities(fields), people.notes, date_notes, container.notes),
    )


def _once(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of all groups in order, without repeats."""
    filled = [group for group in groups if group]
    if len(filled) == 1:
        return filled[0]
    return tuple(dict.fromkeys([code for group in filled for code in group]))
