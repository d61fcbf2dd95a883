"""Marks a mail's own headers justify: machine mail, list mail, drafts. Each is a statement of the headers, no finding."""

from __future__ import annotations

from plainrecord.parsers.email.headers import Fields

_LIST = frozenset((b"list-id", b"list-post", b"mailing-list", b"x-mailing-list"))


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
