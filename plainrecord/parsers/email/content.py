"""What one mail holds: its text, its page, its files, and the mails it carries.

Text is every inline text part in order; of alternatives one is taken for the text and the page is kept beside it, but words
that only another of them has are not dropped. What is inside a carried mail is never mixed with the carrier's own. Signed
content is read, in the clear or in its container; a signature is listed as a file and never checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from plainrecord.parsers.email import transfer
from plainrecord.parsers.email.attachments import describe, file_entry
from plainrecord.parsers.email.body import Block, Carried, Content
from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.compound import MAGIC
from plainrecord.parsers.email.headers import Fields, block_end, starts_with_field
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.parsers.email.mime import MESSAGE_TYPES, Part, read_structure
from plainrecord.parsers.email.special import MAX_SEALED_DEPTH, SpecialParts, with_wrapped_text
from plainrecord.parsers.email.words import decode_words

_BODY_TYPES = frozenset(("text/plain", "text/html"))
_CARRIED_TELLTALES = (b"from", b"date", b"received", b"message-id", b"subject")


__all__ = ["Content", "is_mail_file", "is_outlook_file", "read_content"]


def read_content(raw: bytes, quoting: str, files: Mapping[str, Callable[[], bytes]], depth: int = 0) -> Content:
    """Read a mail's body from its exact bytes. Never raises.

    `quoting` is how the mailbox wrote body lines beginning "From "; only "mboxrd" can be undone. `files` are parts stored
    beside the mail, by part path; `depth` is the number of signed containers round it.
    """
    structure = read_structure(raw)
    reader = _ContentReader(raw, quoting, files, depth)
    blocks = reader.read(structure.root)
    content = reader.content
    blocks = reader.with_named_text(with_wrapped_text(content, blocks))
    content.note(*structure.notes)
    _finish_text(content, blocks)
    for where, data in structure.stray:
        content.facts.setdefault(where, decode(data).text)
    return content


class _ContentReader:
    def __init__(self, raw: bytes, quoting: str, files: Mapping[str, Callable[[], bytes]], depth: int) -> None:
        self.content = Content()
        deeper = depth < MAX_SEALED_DEPTH
        self._special = SpecialParts(
            self.content, (lambda inner: read_content(inner, "none", {}, depth + 1)) if deeper else None
        )
        self._raw = raw
        self._quoting = quoting
        self._files = files
        self._named: list[tuple[Part, bytes]] = []

    def read(self, part: Part) -> list[Block]:
        """The body blocks of a part, in order; files and carried mails are collected on the way."""
        if not part.children:
            return self._leaf(part)
        self._protection(part)
        groups = [self.read(child) for child in part.children]
        if part.type == "multipart/alternative":
            return self._one_of(groups)
        return [block for group in groups for block in group]

    def with_named_text(self, blocks: list[Block]) -> list[Block]:
        """The blocks of a mail; where they say nothing, the text of inline parts that were taken for files by their name."""
        if not self._named or any(block.says_something for block in blocks):
            return blocks
        self.content.note("text:from-a-named-part")
        return [self._body(part, data) for part, data in self._named]

    def _one_of(self, groups: list[list[Block]]) -> list[Block]:
        """multipart/alternative counts once, unless its branches of one kind say different things: then all of them do."""
        texts = _different([block.plain for block in group if block.plain] for group in groups)
        pages = _different([block.html for block in group if block.html] for group in groups)
        if not texts and not pages:
            return [block for group in groups for block in group][:1]
        if len(texts) > 1 or len(pages) > 1:
            self.content.note("mime:alternatives-differ")
        return [Block("\n".join(texts) if texts else None, "\n".join(pages) if pages else None)]

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
        if is_mail_file(part.filename(), part.type, data):
            self.content.carried.append(Carried(part.path, data, False))
        elif is_outlook_file(part.filename(), part.type, data):
            self.content.carried.append(Carried(part.path, data, False, "outlook"))
        self._file(part, data, notes)
        if part.type in _BODY_TYPES and part.disposition.value != "attachment":
            self._named.append((part, data))
        return self._special.look(part, data)

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
            self.content.add(entry, file.data)
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
            self.content.facts["not read"] = "the encrypted block in the text (inline PGP)"
            self.content.note("trap-23:encrypted-content-not-read")

    def _file(self, part: Part, data: bytes, notes: list[str]) -> None:
        if part.type == "message/external-body":
            self.content.add(describe(part, None, "not-exported", [*notes, "attachment:stored-elsewhere"]), None)
        elif part.fields.first(b"x-mozilla-altered") is not None:
            self.content.add(describe(part, None, "not-exported", [*notes, "attachment:removed-by-mail-program"]), None)
        elif part.fields.first(b"x-apple-content-length") is not None and not data.strip():
            self._stored_beside(part, notes)
        else:
            self.content.add(describe(part, data, "present", notes), data)

    def _stored_beside(self, part: Part, notes: list[str]) -> None:
        read = self._files.get(part.path)
        try:
            data = read() if read else None
        except OSError:
            data = None
        if data is None:
            self.content.add(describe(part, None, "missing", [*notes, "attachment:not-in-the-export"]), None)
        else:
            self.content.add(describe(part, data, "present", [*notes, "attachment:stored-beside-the-mail"]), data)

    def _carried(self, part: Part) -> None:
        stored = self._raw[part.body : part.end]
        encoding = (part.fields.first(b"content-transfer-encoding") or b"").strip().lower()
        if encoding in (b"base64", b"quoted-printable") and not starts_with_field(stored):
            unwrapped = transfer.unwrap(stored, encoding.decode("ascii"))
            inner, notes, sliced = unwrapped.data, ["trap-15:carried-mail-was-encoded", *unwrapped.notes], False
        else:
            inner, notes, sliced = stored, [], True
        self.content.carried.append(Carried(part.path, inner, sliced))
        if part.parent == "multipart/report":
            self._special.returned(inner)
        self.content.add(describe(part, inner, "present", notes), inner)


def _is_body(part: Part) -> bool:
    if part.type.startswith("multipart/"):
        return True  # a multipart that could not be taken apart is text as it stands
    return part.type in _BODY_TYPES and part.disposition.value != "attachment" and not part.filename()


def is_mail_file(name: str | None, kind: str, data: bytes) -> bool:
    """An .eml sent as a plain file: by its name or an unspecific type, and only if it reads as a mail."""
    named = (name or "").lower().endswith(".eml")
    if not (named or kind == "application/octet-stream") or not starts_with_field(data):
        return False
    fields = Fields(data[: min(block_end(data), 65_536)])
    return sum(fields.first(one) is not None for one in _CARRIED_TELLTALES) >= 3


def is_outlook_file(name: str | None, kind: str, data: bytes) -> bool:
    """A message that Outlook saved as a file: by its name or type, and only if it is a file of that form."""
    return data.startswith(MAGIC) and ((name or "").lower().endswith(".msg") or kind == "application/vnd.ms-outlook")


def _different(branches: Iterable[list[str]]) -> list[str]:
    """What the branches of an alternative say, without those whose words stand in one before them."""
    texts = [text for said in branches if (text := "\n".join(said)).strip()]
    if len(texts) <= 1:
        return texts
    kept: dict[str, str] = {}
    for text in texts:
        words = f" {' '.join(text.split())} "
        if not any(words in other for other in kept):
            kept[words] = text
    return list(kept.values())


def _finish_text(content: Content, blocks: list[Block]) -> None:
    texts: list[str] = []
    origins: set[str] = set()
    for block in blocks:
        if block.plain is not None:
            texts.append(block.plain)
            origins |= {"plain"} if block.plain.strip() else set()
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
    content.text_from = "plain" if "plain" in origins else "html" if origins else "plain" if texts else "none"
