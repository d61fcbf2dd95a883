"""What kind of mail file a member is, by its first bytes and its neighbours, never by its name alone.

The four mail readers share these judgements, so that each file is claimed by exactly one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plainrecord.intake.listing import Member
from plainrecord.parsers.email import separators

_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,64}")
_BEFORE_HEADERS = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,64}(?:>+From [^\n]{0,1000}\n)?")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,16}:")
_EMLX_COUNT = re.compile(rb"([0-9]{1,12})[ \t]*\r?\n")
# Fields that only mail has; a note, a log or a vCard may well begin with one of the weak ones.
_STRONG = frozenset(
    b"received return-path message-id from x-unsent delivered-to x-gm-thrid x-gmail-labels x-mozilla-status x-received"
    b" dkim-signature arc-seal arc-message-signature received-spf x-apple-mail-labels x-uid x-original-to"
    b" envelope-to".split()
)
_WEAK = frozenset(
    b"to date subject cc bcc mime-version content-type content-transfer-encoding reply-to sender in-reply-to references"
    b" x-mailer user-agent x-priority importance precedence list-id resent-from resent-date".split()
)
# A page saved by a browser is dressed as a mail.
_SAVED_PAGE = re.compile(rb"^(?:Snapshot-Content-Location:|From: <Saved by )", re.MULTILINE)
_LONE_CR = re.compile(rb"\r(?!\n)")
_LINES = 60
_MAILDIR_NAME = re.compile(r"(?:^[0-9]{9,10}[._][^/]+$)|(?:[:!;]2,[A-Za-z]*$)|(?:^msg\.[0-9A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The paths of a listing, for questions about what stands beside a member."""

    paths: frozenset[str]

    @classmethod
    def of(cls, members: Iterable[Member]) -> Neighbours:
        """The neighbours of all these members."""
        return cls(frozenset(member.tree_path for member in members))


def is_mail(head: bytes) -> bool:
    """Whether the first bytes are the header of one mail: mostly fields, at least two that mail has, one only mail has."""
    names, others = _leading_fields(head)
    known = [name for name in names if name in _STRONG or name in _WEAK or name.startswith(b"x-smssync")]
    distinct = set(known)
    # A short head may hold nothing but the lines of relays; a draft may have neither author nor identifier.
    enough = len(distinct) > 1 or known.count(b"received") > 1
    like_mail = _STRONG.intersection(distinct) or (b"subject" in distinct and len(distinct) > 3)
    if not enough or not like_mail or others > len(names):
        return False
    return not _SAVED_PAGE.search(head[:4096])


def begins_like_mail(head: bytes) -> bool:
    """Whether there is a field that mail has among the first bytes: enough of a file that is called a mail, or is kept as one.

    A draft, a mail without its relays, or a part that was saved alone may have one such field and no other.
    """
    names, others = _leading_fields(head)
    return not (_STRONG | _WEAK).isdisjoint(names) and others <= len(names) and not _SAVED_PAGE.search(head[:4096])


def ends_lines_in_cr(head: bytes) -> bool:
    """Whether the lines of this header end in CR alone, as old Macintosh programs wrote them (trap 7)."""
    end = head.find(b"\r\r")
    block = head if end < 0 else head[:end]
    return b"\r" in block and b"\n" not in block


def with_lf(data: bytes) -> bytes:
    """The same bytes, and as many, with LF for each CR that has none behind it."""
    return _LONE_CR.sub(b"\n", data)


def _leading_fields(head: bytes) -> tuple[list[bytes], int]:
    """Lower-case names of the fields before the first blank line, and how many lines there are no fields."""
    names, others = [], 0
    match = _BEFORE_HEADERS.match(head)
    head = head[match.end() :] if match else head
    for line in head[: 32 << 10].split(b"\n", _LINES)[:_LINES]:
        if not line.strip(b"\r"):
            break
        match = _FIELD.match(line)
        if match:
            names.append(match[1].lower())
        elif line[:1] not in (b" ", b"\t"):
            others += 1
            if others > 3 and not names:
                break
    return names, others


def is_mailbox(member: Member, beside: Neighbours) -> bool:
    """Whether a member holds mails one after the other (mbox family, MMDF)."""
    head = member.head
    match = _LEADING.match(head)
    start = match.end() if match else 0
    if separators.MMDF_LINE.match(head, start):
        return True
    if head.startswith((b"From ", b"From\n", b"From\r"), start) and _first_line_parts_mails(head, start):
        return True
    return _called_a_mailbox(member, beside) and (not head or _holds_a_separator(head) or not is_mail(head))


def _first_line_parts_mails(head: bytes, start: int) -> bool:
    if separators.judge_from_line(b"\n\n" + head[start:], 2, len(head) - start + 2, patches=True).accepted:
        return True
    newline = head.find(b"\n", start, start + separators.LINE_LIMIT)
    return newline >= 0 and is_mail(head[newline + 1 :])


def _holds_a_separator(head: bytes) -> bool:
    return any(
        separators.judge_from_line(head, match.start() + 1, len(head)).accepted
        for match in separators.FROM_CANDIDATE.finditer(head)
    )


def _called_a_mailbox(member: Member, beside: Neighbours) -> bool:
    """Named by its program as a mail folder: it has an index beside it, or stands where Apple Mail exports it."""
    path = member.tree_path
    return (
        f"{path}.msf" in beside.paths or path.endswith(".mbox/mbox") or (path.endswith(".mbox") and bool(member.size))
    )


def emlx_start(head: bytes) -> tuple[int, int] | None:
    """(offset of the mail, stated length) for an Apple Mail message file, None when the first line is no byte count."""
    match = _EMLX_COUNT.match(head)
    return (match.end(), int(match[1])) if match else None


def is_emlx(member: Member) -> bool:
    """Whether a member is an Apple Mail message: a byte count and a mail behind it, or (damaged) named so and a mail."""
    start = emlx_start(member.head)
    if start:
        return is_mail(member.head[start[0] :]) or member.name.endswith(".emlx")
    return member.name.endswith(".emlx") and is_mail(member.head)


def maildir_root(member: Member) -> str | None:
    """The Maildir folder a member would belong to by its path (`…/cur/name`), or None."""
    folder, _, _ = member.tree_path.rpartition("/")
    root, _, leaf = folder.rpartition("/")
    return root if leaf in ("cur", "new", "tmp") else None


def maildir_roots(members: Iterable[Member]) -> frozenset[str]:
    """Folders that are Maildirs: mails stand in `cur`, or in `new` under names only a Maildir gives."""
    return frozenset(
        root
        for member in members
        if (root := maildir_root(member)) is not None
        and (member.tree_path.rsplit("/", 2)[-2] == "cur" or _MAILDIR_NAME.search(member.name))
        and is_mail(member.head)
        and not is_emlx(member)
    )
