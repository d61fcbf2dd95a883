"""What stores write into the header of a mail they keep: deleted and draft flags, Gmail labels, bookkeeping entries.

Nobody sent these lines. They are read for every mail, so one pattern finds them all and equal lines are judged once.
Sources: Thunderbird's X-Mozilla-Status bits, the c-client X-Status letters, Gmail Takeout's X-Gmail-Labels, the
X-smssync headers of SMS Backup+.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plainrecord.parsers.email.folders import folder_mark
from plainrecord.parsers.email.headers import unfold
from plainrecord.parsers.email.words import decode_words
from plainrecord.records import Kind

# The literal newline first, so that the scan runs at memchr speed.
_STORE_LINE = re.compile(
    rb"\n[Xx]-((?i:Mozilla-Status2?|Status|Gmail-Labels|IMAP|IMAPbase|smssync-datatype))[ \t]*:"
    rb"([^\n]*(?:\n[ \t][^\n]*)*)"
)
# The fields it finds, in lower case.
STORE_FIELDS = frozenset(
    b"x-mozilla-status x-mozilla-status2 x-status x-gmail-labels x-imap x-imapbase x-smssync-datatype".split()
)
_BOOKKEEPING = b"FOLDER INTERNAL DATA"
_MOZILLA_EXPUNGED = 0x0008
_MOZILLA_IMAP_DELETED = 0x0020_0000
_MOZILLA_TEMPLATE = 0x0100_0000
_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Marks, notes, labels as written, and the kind when the entry is no mail (a chat line, the store's own data)."""

    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    kind: Kind | None = None


_NOTHING = StoreFacts()


class StoreReader:
    """Reads the store's lines of many header blocks, remembering what equal lines say."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], StoreFacts] = {}

    def facts(self, header_block: bytes) -> StoreFacts:
        """What the store says in this header block."""
        lines = _STORE_LINE.findall(b"\n" + header_block)
        if not lines:
            return _NOTHING
        key = (*lines, _BOOKKEEPING in header_block)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _LIMIT:
                self._known.clear()
            found = self._known[key] = _judge(lines, bookkeeping=_BOOKKEEPING in header_block)
        return found


def split_labels(raw: bytes) -> tuple[str, ...]:
    """The labels of an X-Gmail-Labels value: unfolded and decoded first, then split at commas outside quotes.

    A comma inside an encoded label cannot be told from a separator; the raw header keeps it.
    """
    text = decode_words(unfold(raw)).text
    labels, piece, quoted = [], "", False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            labels.append(piece)
            piece = ""
        else:
            piece += sign
    labels.append(piece)
    return tuple(label.strip(" \t\r\n") for label in labels if label.strip(" \t\r\n"))


def _judge(lines: list[tuple[bytes, bytes]], *, bookkeeping: bool) -> StoreFacts:
    marks: list[str] = []
    notes: list[str] = []
    labels: tuple[str, ...] = ()
    kind: Kind | None = None
    for name, value in ((name.lower(), value.strip()) for name, value in lines):
        if name.startswith(b"mozilla"):
            marks += _mozilla_marks(name, value)
        elif name == b"status":
            marks += ["deleted"] * (b"D" in value) + ["draft"] * (b"T" in value)
        elif name == b"gmail-labels":
            labels = split_labels(value)
            marks += [mark for label in labels for mark in (f"label:{label}", *folder_mark(label))]
        elif name == b"smssync-datatype":
            marks.append("phone-backup:" + value.decode("ascii", "replace").lower())
        elif bookkeeping:
            # Section 2.4: the first entry of such mailboxes is the mail server's own data, kept but nobody's mail.
            kind = "system"
            notes.append("mailbox-bookkeeping-entry")
    if "chat" in marks:
        kind = "message"
        notes.append("trap-16:chat-stored-as-mail")
    return StoreFacts(tuple(dict.fromkeys(marks)), tuple(dict.fromkeys(notes)), labels, kind)


def _mozilla_marks(name: bytes, value: bytes) -> list[str]:
    try:
        bits = int(value, 16)
    except ValueError:
        return []
    if name.endswith(b"2"):
        return ["deleted"] * bool(bits & _MOZILLA_IMAP_DELETED) + ["draft"] * bool(bits & _MOZILLA_TEMPLATE)
    return ["deleted"] * bool(bits & _MOZILLA_EXPUNGED)
