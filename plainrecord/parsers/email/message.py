"""One mail: its header block to an envelope (cheap, for every mail), its raw bytes to a loaded record (for selected ones).

Containers (mbox, Maildir, emlx, single files) call these two functions and know nothing else of mail. What only the
container knows (its own dates, flags, folder, labels, quoting) comes in as `ContainerFacts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email.body import Allowance, Content
from plainrecord.parsers.email.content import read_content
from plainrecord.parsers.email.datechoice import all_dates, primary_time
from plainrecord.parsers.email.evidence import header_evidence, why_incomplete
from plainrecord.parsers.email.headers import MAX_HEADER, Fields, block_end, oddities
from plainrecord.parsers.email.marks import header_facts, header_marks
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.msgload import MessageLoader
from plainrecord.parsers.email.params import parse_valued
from plainrecord.parsers.email.phonebackup import as_phone, is_phone_backup, phone_facts, phone_status
from plainrecord.parsers.email.senders import parties
from plainrecord.parsers.email.threads import conversation
from plainrecord.records import Envelope, Loaded, Position
from plainrecord.times import TimeBlock

__all__ = ["ContainerFacts", "Memo", "envelope", "load", "outlook_loader"]

MAX_CARRIED = 1_000
MAX_CARRIED_DEPTH = 8
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
    """One mail with its content, from its exact bytes as stored. Never raises on what the bytes hold.

    Mails carried inside become `children`, each with its own envelope and exact bytes, at most MAX_CARRIED_DEPTH deep.
    """
    return _Loader(options, memo).load(raw, position, container, 0)


def outlook_loader(
    options: ReadOptions, memo: Memo, marks: tuple[str, ...] = (), folder: str | None = None
) -> MessageLoader:
    """What loads a message that Outlook saved as a file, and the mails of either form inside it."""
    loader = _Loader(options, memo)
    return replace(loader.outlook, marks=marks, folder=folder)


class _Loader:
    """Loads a mail and what it carries; the number of carried mails is bounded over the whole nest."""

    def __init__(self, options: ReadOptions, memo: Memo) -> None:
        self._options = options
        self._memo = memo
        self._allowance = Allowance(MAX_CARRIED)
        self.outlook = MessageLoader(options, memo, self._inner, self._allowance)

    def load(self, raw: bytes, position: Position, container: ContainerFacts, depth: int) -> Loaded:
        """One mail, `depth` mails inside the outermost."""
        end = block_end(raw)
        fields = Fields(raw[: min(end, MAX_HEADER)])
        found = _envelope(fields, position, self._options, container, self._memo)
        content = read_content(raw, container.quoting, container.attachment_files)
        children = self._children(content, position, container, depth)
        incomplete = why_incomplete(fields, content, container.marks)
        stated = header_evidence(fields, raw[end:], container.quoting, incomplete, carried=depth > 0)
        phone = is_phone_backup(found.marks)
        more = phone_facts(fields) if phone else {}
        return Loaded(
            found,
            dates=all_dates(fields, self._options.timezone, container.dates),
            subject=None if phone else fields.text(b"subject", _body_charset(fields)),
            text=content.text,
            text_from=content.text_from,
            html=content.html,
            attachments=content.attachments,
            blobs=content.blobs,
            status=content.status | (phone_status(found, fields) if phone else {}),
            facts={**header_facts(fields, container.folder, container.labels), **more, **content.facts, **stated.facts},
            raw=raw,
            raw_sha256=hashlib.sha256(raw).hexdigest(),
            raw_bytes=len(raw),
            native_suffix=".eml",
            notes=(*content.notes, *stated.notes, *(("headers-cut",) if end > MAX_HEADER else ())),
            children=children,
        )

    def _children(self, content: Content, position: Position, container: ContainerFacts, depth: int) -> list[Loaded]:
        children = []
        for carried in content.carried:
            if depth >= MAX_CARRIED_DEPTH or not self._allowance.take():
                content.note("trap-15:carried-mail-not-opened")
                break
            where = Position(position.member, f"{position.locator}#part:{carried.path}")
            facts = ContainerFacts(quoting=container.quoting if carried.sliced else "none")
            if carried.form == "mail":
                children.append(self.load(carried.raw, where, facts, depth + 1))
            elif child := self.outlook.load_file(carried.raw, where, depth + 1):
                children.append(child)
            else:
                content.note("attachment:outlook-message-not-readable")
        return children

    def _inner(self, raw: bytes, position: Position, depth: int) -> Loaded:
        return self.load(raw, position, ContainerFacts(quoting="none"), depth)


def _body_charset(fields: Fields) -> str | None:
    raw = fields.first(b"content-type")
    return parse_valued(raw).text("charset") if raw else None


def _envelope(
    fields: Fields, position: Position, options: ReadOptions, container: ContainerFacts, memo: Memo
) -> Envelope:
    people = parties(fields, memo)
    time, date_notes = primary_time(fields, options.timezone, container.dates)
    found = Envelope(
        position,
        "email",
        "email",
        time,
        people.sender,
        people.recipients,
        people.also,
        conversation(fields, people.addresses, memo),
        once(container.marks, header_marks(fields, people.null_return_path)),
        once(oddities(fields), people.notes, date_notes, container.notes),
    )
    return as_phone(found, fields) if is_phone_backup(container.marks) else found


def once(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of all groups in order, without repeats."""
    filled = [group for group in groups if group]
    if len(filled) == 1:
        return filled[0]
    return tuple(dict.fromkeys([code for group in filled for code in group]))
