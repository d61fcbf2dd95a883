"""Marks a mail's own headers justify: machine mail, list mail, drafts. Each is a statement of the headers, no finding."""

from __future__ import annotations

from plainrecord.parsers.email.headers import Fields

_LIST = (b"list-id", b"list-post", b"mailing-list", b"x-mailing-list")


def header_marks(fields: Fields, null_return_path: bool) -> tuple[str, ...]:
    """`system` (delivery and read reports, null return path), `auto` (answered or made by a program), `list`, `bulk`,
    `draft` (RFC 3834, RFC 6522, RFC 2919)."""
    marks = []
    kind = (fields.first(b"content-type") or b"")[:2000].lower()
    if null_return_path or b"multipart/report" in kind:
        marks.append("system")
    auto = fields.first(b"auto-submitted")
    precedence = (fields.first(b"precedence") or b"").strip().lower()
    if (auto is not None and auto.strip().lower()[:2] != b"no") or precedence == b"auto_reply":
        marks.append("auto")
    if precedence == b"list" or any(fields.first(name) is not None for name in _LIST):
        marks.append("list")
    if precedence in (b"bulk", b"junk"):
        marks.append("bulk")
    if (fields.first(b"x-unsent") or b"").strip() == b"1":
        marks.append("draft")
    return tuple(marks)
