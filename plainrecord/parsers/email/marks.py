"""Marks and facts a mail's own headers justify: machine mail, list mail, drafts, the program it names.

Each is a statement of the headers, no finding.
"""

from __future__ import annotations

from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.parsers.email.words import decode_words

_LIST = frozenset((b"list-id", b"list-post", b"mailing-list", b"x-mailing-list"))
# What `header_marks` asks for beside the type of a mail and its return path.
SPECIAL = _LIST | {b"auto-submitted", b"precedence", b"x-unsent"}


def header_marks(fields: Fields, null_return_path: bool) -> tuple[str, ...]:
    """`system` (delivery and read reports, null return path), `auto` (answered or made by a program), `list`, `bulk`,
    `draft` (RFC 3834, RFC 6522, RFC 2919)."""
    marks = []
    found = fields.wanted
    kind = found.get(b"content-type")
    if null_return_path or (kind and b"multipart/report" in kind[0][:2000].lower()):
        marks.append("system")
    auto = found.get(b"auto-submitted")
    precedence = found[b"precedence"][0].strip().lower() if b"precedence" in found else b""
    if (auto and auto[0].strip().lower()[:2] != b"no") or precedence == b"auto_reply":
        marks.append("auto")
    if precedence == b"list" or not _LIST.isdisjoint(found):
        marks.append("list")
    if precedence in (b"bulk", b"junk"):
        marks.append("bulk")
    if b"x-unsent" in found and found[b"x-unsent"][0].strip() == b"1":
        marks.append("draft")
    return tuple(marks)


# Header → key of the fact. Shown as the mail states it; any of it may have been written by the sender.
_FACTS: tuple[tuple[bytes, str], ...] = (
    (b"message-id", "message-id"),
    (b"x-mailer", "x-mailer"),
    (b"user-agent", "user-agent"),
    (b"x-originating-ip", "x-originating-ip"),
    (b"organization", "organization"),
    (b"list-id", "list-id"),
    (b"thread-topic", "thread-topic"),
    (b"importance", "importance"),
    (b"x-priority", "x-priority"),
)
_ONLY_ONE = ((b"subject", "subject"), (b"message-id", "message-id"))
_LONGEST_FACT = 1_000


def header_facts(fields: Fields, folder: str | None, labels: tuple[str, ...]) -> dict[str, str]:
    """A few header values worth showing, further values of headers that should stand once (`subject:2`), and where the
    container kept the mail (`folder`, `labels`)."""
    facts = {key: value for name, key in _FACTS if (value := _shown(fields.first(name)))}
    for name, key in _ONLY_ONE:
        for number, raw in enumerate(fields.all(name)[1:10], start=2):
            facts[f"{key}:{number}"] = _shown(raw)
    if folder:
        facts["folder"] = folder
    if labels:
        facts["labels"] = ", ".join(labels)
    return facts


def _shown(raw: bytes | None) -> str:
    return decode_words(unfold(raw)).text[:_LONGEST_FACT] if raw else ""
