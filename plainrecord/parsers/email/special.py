"""Parts that hold more than a file: invitations, reports, signed containers, `winmail.dat`.

Each stays a file of the mail, whatever is read from it. What cannot be read is said: which part, how long, and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from plainrecord.parsers.email import calendarfile, cms, reports, tnef
from plainrecord.parsers.email.attachments import file_entry
from plainrecord.parsers.email.body import Block, Carried, Content
from plainrecord.parsers.email.mime import Part

OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")
CALENDARS = ("text/calendar", "application/ics")
MAX_SEALED_DEPTH = 5
_ENCRYPTED = "trap-23:encrypted-content-not-read"
_LONGEST_WRAPPED_TEXT = 10_000
Reader = Callable[[bytes], Content]


class SpecialParts:
    """Reads the special parts of one mail into its content. `read` reads the inside of a signed container as a body."""

    def __init__(self, content: Content, read: Reader | None) -> None:
        self._content = content
        self._read = read
        self._calendars: set[bytes] = set()

    def look(self, part: Part, data: bytes) -> list[Block]:
        """Take what a part says into the content; gives the text that stands sealed in it."""
        name = (part.filename() or "").lower()
        if part.type in CALENDARS or name.endswith(".ics"):
            self._calendar(part, data)
        elif part.type in reports.REPORT_TYPES:
            self._report(part, data)
        elif part.type in reports.HEADER_TYPES:
            self.returned(data)
        elif data.startswith(tnef.SIGNATURE):
            self._wrapped(part, data)
        elif part.type in OPAQUE or name.endswith((".p7m", ".p7z")):
            return self._sealed(part, data)
        elif part.parent == "multipart/encrypted" and part.type == "application/octet-stream":
            self._not_read(part, data, "PGP/MIME")
        return []

    def returned(self, data: bytes) -> None:
        """The mail a report is about, returned whole or as its header."""
        for name, value in reports.about(data).items():
            self._content.facts.setdefault(name, value)

    def _calendar(self, part: Part, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        if digest in self._calendars:
            return  # the same invitation as an alternative and as a file
        found = calendarfile.read_calendar(data, part.kind.text("charset"))
        several = f"{len(self._calendars) + 1}. invitation, " if self._calendars else ""
        self._calendars.add(digest)
        self._content.facts |= {several + name: value for name, value in found.facts.items()}
        self._content.note(*found.notes)

    def _report(self, part: Part, data: bytes) -> None:
        found = reports.read_report(part.type, data)
        self._content.facts |= found.facts
        self._content.status |= found.status
        self._content.note(*found.notes)

    def _wrapped(self, part: Part, data: bytes) -> None:
        found = tnef.read_tnef(data)
        content = self._content
        content.facts |= found.facts
        content.note(*found.notes)
        content.wrapped.append(Block(found.text, found.html))
        for number, file in enumerate(found.files, start=1):
            notes = ("trap-22:mail-inside-kept-as-a-file",) if file.message else ()
            entry = file_entry(file.name, file.data, f"part:{part.path}/winmail:{number}", notes)
            entry.claimed_type = file.media_type
            entry.facts |= {"content-id": file.content_id[:255]} if file.content_id else {}
            content.add(entry, file.data)

    def _sealed(self, part: Part, data: bytes) -> list[Block]:
        found = cms.open_container(data)
        if found is None and part.type not in OPAQUE:
            return []  # a name alone makes no container
        claimed = (part.kind.text("smime-type") or "").lower()
        kind = found.kind if found else "encrypted" if "enveloped" in claimed else "signed"
        if kind == "encrypted":
            self._not_read(part, data, f"S/MIME {claimed or 'enveloped-data'}")
            return []
        if kind == "signed":
            self._content.facts["signed"] = f"S/MIME {claimed or 'container'} (not checked)"
        inner = found.content if found else None
        if inner is None or self._read is None:
            self._content.facts["not read"] = f"the content of part {part.path}, {len(data):,} bytes"
            self._content.note("trap-23:content-inside-a-signed-container-was-not-read")
            return []
        return self._unsealed(part, self._read(inner))

    def _unsealed(self, part: Part, inner: Content) -> list[Block]:
        """What stands in a signed or compressed container, as if it stood in the mail."""
        content = self._content
        inside = f"part:{part.path}/inside:"
        for entry, blob in zip(inner.attachments, inner.blobs, strict=True):
            entry.locator = inside + (entry.locator or "").removeprefix("part:")
            content.add(entry, blob)
        content.carried += [Carried(f"{part.path}/inside:{one.path}", one.raw, False) for one in inner.carried]
        content.facts |= {name: value for name, value in inner.facts.items() if name not in content.facts}
        content.status |= inner.status
        content.note(*inner.notes)
        content.note(
            "trap-23:read-from-a-signed-container" if "signed" in content.facts else "cms:read-from-a-container"
        )
        return [Block(inner.text if inner.text_from == "plain" else None, inner.html)]

    def _not_read(self, part: Part, data: bytes, how: str) -> None:
        self._content.facts.setdefault("encrypted", how)
        self._content.facts["not read"] = f"the content of part {part.path}, {len(data):,} bytes, encrypted ({how})"
        self._content.note(_ENCRYPTED)


def with_wrapped_text(content: Content, blocks: list[Block]) -> list[Block]:
    """The blocks of a mail, with the text of its `winmail.dat` where the mail has none of its own."""
    wrapped = [block for block in content.wrapped if block.says_something]
    if not wrapped:
        return blocks
    if not any(block.says_something for block in blocks):
        content.note("trap-22:text-from-winmail.dat")
        return [*blocks, *wrapped]
    own = {_words(block.plain) for block in blocks if block.plain}
    for block in wrapped:
        if block.plain and _words(block.plain) not in own:
            content.note("trap-22:winmail.dat-has-another-text")
            content.facts["winmail.dat text"] = block.plain[:_LONGEST_WRAPPED_TEXT]
    return blocks


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
