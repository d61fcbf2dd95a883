"""One Outlook message with its content: text, page, files, and the messages attached to it as records of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.attachments import file_entry
from plainrecord.parsers.email.body import Allowance, Content
from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.compound import CompoundFile, NotCompoundError
from plainrecord.parsers.email.content import is_mail_file, is_outlook_file, read_content
from plainrecord.parsers.email.evidence import header_evidence
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.parsers.email.lzfu import unpack_rtf
from plainrecord.parsers.email.mapi import Properties, charset_of
from plainrecord.parsers.email.marks import header_facts
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.msgmessage import message_facts
from plainrecord.parsers.email.msgobject import Attached, OutlookItem, message_object
from plainrecord.parsers.email.rtf import read_rtf
from plainrecord.records import Loaded, Position

MAX_CARRIED_DEPTH = 8
NO_SENT_BYTES = "Outlook keeps a mail in pieces, so the body as it was sent is not in the file"
_BY_VALUE, _OLE = 1, 6
_SEALED = ("multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(slots=True)
class MessageLoader:
    """Loads a message and what it carries. `mail` loads a mail of the internet's own form that is attached to it; how many
    are opened is bounded over the whole nest by `allowance`."""

    options: ReadOptions
    memo: Memo
    mail: Callable[[bytes, Position, int], Loaded]
    allowance: Allowance
    marks: tuple[str, ...] = ()
    folder: str | None = None

    def load_file(self, raw: bytes, position: Position, depth: int) -> Loaded | None:
        """The message of a whole file inside another mail, None when it cannot be read."""
        try:
            message = message_object(CompoundFile(raw).root)
        except NotCompoundError:
            return None
        return self.load(message, position, raw, depth) if message else None

    def load(self, message: OutlookItem, position: Position, raw: bytes | None, depth: int = 0) -> Loaded:
        """A message, `depth` messages inside the outermost; `raw` are the bytes of the whole file, for the outermost."""
        folder = None if depth else self.folder
        facts = message_facts(message, position, self.options, self.memo, () if depth else self.marks)
        content = Content()
        _text(message.properties, content)
        children = self._files(message, content, position, depth)
        stated = header_evidence(facts.fields, None, "none", NO_SENT_BYTES, carried=depth > 0)
        return Loaded(
            facts.envelope,
            dates=facts.dates,
            subject=facts.subject,
            text=content.text,
            text_from=content.text_from,
            html=content.html,
            attachments=content.attachments,
            blobs=content.blobs,
            status=content.status,
            facts={
                **_facts(message.properties),
                **header_facts(facts.fields, folder, ()),
                **content.facts,
                **stated.facts,
            },
            raw=raw,
            raw_sha256=hashlib.sha256(raw).hexdigest() if raw is not None else None,
            raw_bytes=len(raw) if raw is not None else None,
            native_suffix=".msg" if raw is not None else None,
            notes=tuple(dict.fromkeys((*content.notes, *stated.notes, *message.notes))),
            children=children,
        )

    def _files(self, message: OutlookItem, content: Content, position: Position, depth: int) -> list[Loaded]:
        children = []
        for number, file in enumerate(message.files(), start=1):
            inner = file.message()
            if inner is None:
                _file(file, number, content)
            else:
                _entry(file, None, number, content, "attachment:a-record-of-its-own")
            where = Position(position.member, f"{position.locator}#part:{number}")
            child = self._child(inner, file.properties, content, where, depth)
            children += [child] if child else []
        return children

    def _child(
        self, inner: OutlookItem | None, values: Properties, content: Content, where: Position, depth: int
    ) -> Loaded | None:
        """The mail that an attachment is, in whichever of three forms; None when it is no mail."""
        data = values.data(mapi.ATTACH_DATA) or b""
        name, kind = values.text(mapi.ATTACH_LONG_NAME), values.text(mapi.ATTACH_MIME) or ""
        is_mail, is_outlook = is_mail_file(name, kind, data), is_outlook_file(name, kind, data)
        if inner is None and not is_mail and not is_outlook:
            return None
        if depth >= MAX_CARRIED_DEPTH or not self.allowance.take():
            content.note("trap-15:carried-mail-not-opened")
            return None
        if inner is not None:
            return self.load(inner, where, None, depth + 1)
        return self.mail(data, where, depth + 1) if is_mail else self.load_file(data, where, depth + 1)


def _text(values: Properties, content: Content) -> None:
    """Plain text and page; of rich text what it wraps or holds, where the message has nothing else (trap 20)."""
    content.text = values.text(mapi.BODY)
    content.html = _page(values, content)
    packed = values.data(mapi.RTF)
    if packed and not content.html:
        rtf, notes = unpack_rtf(packed)
        rich = read_rtf(rtf)
        content.html = rich.html
        content.note(*notes, *rich.notes)
        if rich.text and not content.text:
            content.text = rich.text
            content.note("trap-20:text-from-rich-text")
    content.text_from = "plain" if content.text else "none"
    if content.html and not content.text:
        read = html_to_text(content.html)
        content.text, content.text_from = read.text, "html"
        content.note(*read.notes)


def _page(values: Properties, content: Content) -> str | None:
    said = values.text(mapi.HTML)
    data = values.data(mapi.HTML)
    if said or not data:
        return said
    read = decode(data, charset_of(values.number(mapi.INTERNET_CODE_PAGE)), html=True)
    content.note(*read.notes)
    return read.text


def _file(file: Attached, number: int, content: Content) -> None:
    data, method = file.properties.data(mapi.ATTACH_DATA), file.properties.number(mapi.ATTACH_METHOD)
    if file.holds_object:
        _entry(file, None, number, content, "attachment:object-of-another-program-kept-in-the-file-only")
    elif data is not None and (method in (None, 0, _BY_VALUE, _OLE) or data):
        _entry(file, data, number, content)
        if (file.properties.text(mapi.ATTACH_MIME) or "").lower().startswith(_SEALED):
            _sealed(file, data, number, content)
    else:
        _entry(file, None, number, content, "attachment:stored-elsewhere")
        content.attachments[-1].state = "not-exported"


def _entry(file: Attached, data: bytes | None, number: int, content: Content, *notes: str) -> None:
    values = file.properties
    names = [values.text(one) for one in (mapi.ATTACH_LONG_NAME, mapi.ATTACH_SHORT_NAME, mapi.NAME)]
    known = list(dict.fromkeys(name for name in names if name))
    entry = file_entry(known[0] if known else None, data, f"part:{number}", (*notes, *values.notes))
    entry.also_named = known[1:]
    entry.claimed_type = values.text(mapi.ATTACH_MIME)
    content_id = values.text(mapi.ATTACH_CONTENT_ID)
    entry.inline = bool(content_id) or bool(values.number(mapi.ATTACH_HIDDEN))
    entry.facts |= {"content-id": content_id[:255]} if content_id else {}
    content.add(entry, data)


def _sealed(file: Attached, data: bytes, number: int, content: Content) -> None:
    """A signed or encrypted mail lies whole in one attachment: what can be read of it is the message's text (trap 23)."""
    kind = (file.properties.text(mapi.ATTACH_MIME) or "").lower()
    whole = data if kind.startswith("multipart/") else b"Content-Type: application/pkcs7-mime\n\n" + data
    inner = read_content(whole, "none", {})
    if not content.text:
        content.text, content.text_from, content.html = inner.text, inner.text_from, content.html or inner.html
    for entry, blob in zip(inner.attachments, inner.blobs, strict=True):
        if blob == data:
            continue  # the attachment itself, listed already
        entry.locator = f"part:{number}/inside:" + (entry.locator or "").removeprefix("part:")
        content.add(entry, blob)
    content.facts |= inner.facts
    content.note(*inner.notes)


def _facts(values: Properties) -> dict[str, str]:
    named = (("outlook class", mapi.MESSAGE_CLASS), ("message-id", mapi.MESSAGE_ID), ("thread-topic", mapi.TOPIC))
    return {name: said[:1_000] for name, number in named if (said := values.text(number))}
