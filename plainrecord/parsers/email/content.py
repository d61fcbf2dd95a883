"""What one mail holds: its text, its page, its files, and the mails it carries.

Text is every inline text part in order; of alternatives one is taken for the text and the page is kept beside it. What is
inside a carried mail is never mixed with the carrier's own. Signed content is read where it is in the clear; a signature is
listed as a file and never checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plainrecord.parsers.email import transfer
from plainrecord.parsers.email.attachments import describe, file_entry
from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.headers import Fields, block_end, starts_with_field
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.parsers.email.mime import MESSAGE_TYPES, Part, read_structure
from plainrecord.parsers.email.words import decode_words
from plainrecord.records import Attachment

_BODY_TYPES = frozenset(("text/plain", "text/html"))
_CARRIED_TELLTALES = (b"from", b"date", b"received", b"message-id", b"subject")
_OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(slots=True)
class Block:
    """One piece of the body: its plain text, its page, or (of alternatives) both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Carried:
    """A mail inside this one: the path of its part, its exact bytes, and whether they are a slice of the carrier's own."""

    path: str
    raw: bytes
    sliced: bool


@dataclass(slots=True)
class Content:
    """Everything read from one mail's body. `blobs` go with `attachments`, one each."""

    text: str | None = None
    text_from: str = "none"
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    blobs: list[bytes | None] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, *codes: str) -> None:
        self.notes.extend(code for code in codes if code not in self.notes)


def read_content(raw: bytes, quoting: str, files: Mapping[str, Callable[[], bytes]]) -> Content:
    """Read a mail's body from its exact bytes. Never raises.

    `quoting` is how the mailbox wrote body lines beginning "From "; only "mboxrd" can be undone. `files` are parts stored
    beside the mail, by part path.
    """
    structure = read_structure(raw)
    reader = _ContentReader(raw, quoting, files)
    blocks = reader.read(structure.root)
    content = reader.content
    content.note(*structure.notes)
    _finish_text(content, blocks)
    for where, data in structure.stray:
        content.facts.setdefault(where, decode(data).text)
    return content


class _ContentReader:
    def __init__(self, raw: bytes, quoting: str, files: Mapping[str, Callable[[], bytes]]) -> None:
        self.content = Content()
        self._raw = raw
        self._quoting = quoting
        self._files = files

    def read(self, part: Part) -> list[Block]:
        """The body blocks of a part, in order; files and carried mails are collected on the way."""
        if not part.children:
            return self._leaf(part)
        self._protection(part)
        groups = [self.read(child) for child in part.children]
        if part.type == "multipart/alternative":
            return _one_of(groups)
        return [block for group in groups for block in group]

    def _protection(self, part: Part) -> None:
        if part.type in ("multipart/signed", "multipart/encrypted"):
            protocol = part.kind.text("protocol") or "protocol not stated"
            self.content.facts[part.type.removeprefix("multipart/")] = f"{protocol} (not checked)"

    def _leaf(self, part: Part) -> list[Block]:
        if part.type in MESSAGE_TYPES:
            self._carried(part)
            return []
        data, notes = self._decoded(part)
        if _is_body(part):
            self.content.note(*notes)
            return [self._body(part, data)]
        if _is_mail_file(part, data):
            self.content.carried.append(Carried(part.path, data, False))
        self._file(part, data, notes)
        return []

    def _decoded(self, part: Part) -> tuple[bytes, list[str]]:
        encoding = (part.fields.first(b"content-transfer-encoding") or b"").partition(b";")[0]
        name = encoding.strip(b" \t\r\n\"'.").lower().decode("ascii", "replace")
        data = self._raw[part.body : part.end]
        notes: list[str] = []
        if name != "base64":
            if self._quoting == "mboxrd":
                data, changed = transfer.unquote_from(data)
                notes += ["quoting:mboxrd-removed"] if changed else []
            elif self._quoting != "none" and transfer.has_quoted_from(data):
                notes.append("quoting:kept")
        if part.type.startswith("multipart/"):
            return data, notes
        unwrapped = transfer.unwrap(data, name)
        return unwrapped.data, [*notes, *unwrapped.notes]

    def _body(self, part: Part, data: bytes) -> Block:
        label = part.kind.text("charset")
        if part.type == "text/html":
            page = decode(data, label, html=True)
            self.content.note(*page.notes)
            return Block(html=page.text)
        data, embedded = transfer.split_uuencoded(data)
        for number, file in enumerate(embedded, start=1):
            entry = file_entry(decode_words(file.name).text, file.data, f"part:{part.path}/uu:{number}", file.notes)
            self._add(entry, file.data)
        if b"=ybegin " in data:
            self.content.note("trap-13:yenc-not-decoded")
        read = decode(data, label)
        self.content.note(*read.notes)
        self._inline_pgp(read.text)
        return Block(plain=read.text)

    def _inline_pgp(self, text: str) -> None:
        if "-----BEGIN PGP SIGNED MESSAGE-----" in text:
            self.content.facts["signed"] = "inline PGP (not checked)"
        if "-----BEGIN PGP MESSAGE-----" in text:
            self.content.facts["encrypted"] = "inline PGP"
            self.content.note("trap-23:encrypted-content-not-read")

    def _file(self, part: Part, data: bytes, notes: list[str]) -> None:
        if part.type == "message/external-body":
            self._add(describe(part, None, "not-exported", [*notes, "attachment:stored-elsewhere"]), None)
        elif part.fields.first(b"x-mozilla-altered") is not None:
            self._add(describe(part, None, "not-exported", [*notes, "attachment:removed-by-mail-program"]), None)
        elif part.fields.first(b"x-apple-content-length") is not None and not data.strip():
            self._stored_beside(part, notes)
        else:
            self._sealed(part)
            self._add(describe(part, data, "present", notes), data)

    def _stored_beside(self, part: Part, notes: list[str]) -> None:
        read = self._files.get(part.path)
        try:
            data = read() if read else None
        except OSError:
            data = None
        if data is None:
            self._add(describe(part, None, "missing", [*notes, "attachment:not-in-the-export"]), None)
        else:
            self._add(describe(part, data, "present", [*notes, "attachment:stored-beside-the-mail"]), data)

    def _sealed(self, part: Part) -> None:
        """Notes for content that stands in a container this program does not open (trap 23)."""
        if part.parent == "multipart/encrypted" and part.type == "application/octet-stream":
            self.content.note("trap-23:encrypted-content-not-read")
        if part.type not in _OPAQUE:
            return
        kind = (part.kind.text("smime-type") or "").lower()
        if "enveloped" in kind:
            self.content.facts["encrypted"] = f"S/MIME {kind}"
            self.content.note("trap-23:encrypted-content-not-read")
        else:
            self.content.facts["signed"] = f"S/MIME {kind or 'container'} (not checked)"
            self.content.note("trap-23:content-inside-a-signed-container-was-not-read")

    def _carried(self, part: Part) -> None:
        stored = self._raw[part.body : part.end]
        encoding = (part.fields.first(b"content-transfer-encoding") or b"").strip().lower()
        if encoding in (b"base64", b"quoted-printable") and not starts_with_field(stored):
            unwrapped = transfer.unwrap(stored, encoding.decode("ascii"))
            inner, notes, sliced = unwrapped.data, ["trap-15:carried-mail-was-encoded", *unwrapped.notes], False
        else:
            inner, notes, sliced = stored, [], True
        self.content.carried.append(Carried(part.path, inner, sliced))
        self._add(describe(part, inner, "present", notes), inner)

    def _add(self, entry: Attachment, blob: bytes | None) -> None:
        self.content.attachments.append(entry)
        self.content.blobs.append(blob)


def _is_body(part: Part) -> bool:
    if part.type.startswith("multipart/"):
        return True  # a multipart that could not be taken apart is text as it stands
    return part.type in _BODY_TYPES and part.disposition.value != "attachment" and not part.filename()


def _is_mail_file(part: Part, data: bytes) -> bool:
    """An .eml sent as a plain file: by its name or an unspecific type, and only if it reads as a mail."""
    name = (part.filename() or "").lower()
    if not (name.endswith(".eml") or part.type == "application/octet-stream") or not starts_with_field(data):
        return False
    fields = Fields(data[: min(block_end(data), 65_536)])
    return sum(fields.first(name) is not None for name in _CARRIED_TELLTALES) >= 3


def _one_of(groups: list[list[Block]]) -> list[Block]:
    """multipart/alternative counts once: the first branch with plain text, and the last (richest) with a page."""
    plain = next((g for g in groups if any(b.plain and b.plain.strip() for b in g)), None)
    rich = next((g for g in reversed(groups) if any(b.html for b in g)), None)
    texts = [block.plain for block in plain or [] if block.plain is not None]
    pages = [block.html for block in rich or [] if block.html is not None]
    if not texts and not pages:
        return [block for group in groups for block in group][:1]
    return [Block("\n".join(texts) if texts else None, "\n".join(pages) if pages else None)]


def _finish_text(content: Content, blocks: list[Block]) -> None:
    texts: list[str] = []
    origins: set[str] = set()
    for block in blocks:
        if block.plain is not None:
            texts.append(block.plain)
            origins.add("plain")
        elif block.html is not None:
            page = html_to_text(block.html)
            texts.append(page.text)
            origins.add("html")
            content.note(*page.notes)
            if page.remote_images:
                content.facts["html-remote-images"] = str(page.remote_images)
    pages = [block.html for block in blocks if block.html is not None]
    content.html = "\n".join(pages) if pages else None
    content.text = "\n".join(texts) if texts else None
    if len(origins) == 2:
        content.note("text:some-from-html")
    content.text_from = "plain" if "plain" in origins else "html" if origins else "none"
