"""One `Received` line: who handed the mail to whom, how and when, as that line states it (RFC 5321 section 4.4).

Only reads what stands there. Which program wrote a line, and who could have, is judged in `trace.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from plainrecord.parsers.email.dates import date_block, received_date
from plainrecord.parsers.email.headers import unfold
from plainrecord.times import TimeBlock

LONGEST_LINE = 20_000
_CLAUSES = ("from", "by", "via", "with", "id", "for")
_MAX_TOKENS = 500
_SIGNED_IN = re.compile(r"(?:UTF8)?(?:ESMTP|SMTP|LMTP)S?A\b", re.IGNORECASE)
# A bracket inside a word belongs to the word: the sending side may have greeted with it.
_TOKEN = re.compile(r"\s*(\([^()]*\)|[^\s(;][^\s;]*|[(;])")
_ADDRESS = re.compile(r"(?:IPv6:)?([0-9A-Fa-f:.]{3,45})(?:%[\w.]+)?", re.IGNORECASE)
# What the sending side said of itself, where a program puts it into the comment; it must not count as recorded.
_OWN_WORD = re.compile(r"\b(?:helo|ehlo)[=\s]\s*\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\s()\[\]<>;,=]+")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9_])?\.?")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Hop:
    """One line. `helo` is the name the sending side gave itself; `reverse` and `addresses` what the receiving program
    recorded of it in brackets; `by` the receiving host. All of it as the line states, None where it states nothing."""

    number: int
    time: TimeBlock
    helo: str | None = None
    reverse: str | None = None
    addresses: tuple[Address, ...] = ()
    by: str | None = None
    protocol: str | None = None
    queue_id: str | None = None
    recipient: str | None = None
    sending_side: bool = False
    doubted: bool = False

    @property
    def same_machine(self) -> bool:
        """Whether the only address recorded of the sending side is the receiving machine itself."""
        return bool(self.addresses) and all(address.is_loopback for address in self.addresses)

    @property
    def signed_in(self) -> bool:
        """Whether the sending side signed in, as a person's mail program does (RFC 3848)."""
        return bool(self.protocol and _SIGNED_IN.match(self.protocol))


@dataclass(slots=True)
class _Clause:
    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        return " ".join(self.words)[:300] or None


def read_hop(raw: bytes, number: int) -> Hop:
    """The `number`th line from the top (from 1). Never raises; what is not stated is None."""
    where = f"Received[{number}]"
    # A relay's own zone is not the owner's: a time without an offset stays floating.
    time = date_block(received_date(raw), where, None, meaning="received")[0]
    clauses = _clauses(unfold(raw[:LONGEST_LINE]).decode("utf-8", "replace"))
    sender, receiver = clauses.get("from", _Clause()), clauses.get("by", _Clause())
    # What the receiving program recorded stands in a comment of its own, with exactly one address.
    comments = [_OWN_WORD.sub(" ", comment) for comment in sender.comments]
    recorded = [comment for comment in comments if _addresses(comment)]
    addresses = _addresses(" ".join(recorded))
    return Hop(
        number,
        time,
        helo=sender.words[0][:300] if sender.words else None,
        reverse=_reverse(recorded[0]) if len(recorded) == 1 else None,
        addresses=addresses or _addresses(" ".join(sender.words)),
        by=receiver.words[0].partition("(")[0].strip("[]")[:300] or None if receiver.words else None,
        protocol=clauses.get("with", _Clause()).text,
        queue_id=clauses.get("id", _Clause()).text,
        recipient=(clauses.get("for", _Clause()).text or "").strip("<>") or None,
        sending_side="from" in clauses,
        doubted=len(addresses) != 1 or "forged" in recorded[0].lower(),
    )


def _clauses(text: str) -> dict[str, _Clause]:
    """The clauses of a line by their keyword, comments kept apart; the first of each keyword counts."""
    found: dict[str, _Clause] = {}
    clause: _Clause | None = None
    for token in _tokens(text):
        word = token.lower()
        if token.startswith("("):
            if clause is not None:
                clause.comments.append(token[1:-1] if token.endswith(")") else token[1:])
        elif word in _CLAUSES and (clause is None or clause.words or word != "by"):
            clause = _Clause()
            found.setdefault(word, clause)
        elif clause is not None:
            clause.words.append(token)
    return found


def _tokens(text: str) -> list[str]:
    """Words and whole comments of a line, up to the date; a comment may hold comments and semicolons."""
    tokens: list[str] = []
    at = 0
    while len(tokens) < _MAX_TOKENS and (match := _TOKEN.match(text, at)):
        piece, at = match[1], match.end()
        if piece == ";":
            break
        if piece == "(":
            # Not a plain comment: one with others in it, or one that is not closed.
            end = _comment_end(text, match.start(1))
            piece, at = text[match.start(1) : end], end
        tokens.append(piece)
    return tokens


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if not depth:
                return at + 1
    return len(text)


def _addresses(text: str) -> tuple[Address, ...]:
    found = [address for match in _ADDRESS.finditer(text) if (address := _address(match[1])) is not None]
    return tuple(dict.fromkeys(found))[:10]


@lru_cache(maxsize=4_096)
def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _reverse(comment: str) -> str | None:
    """The host name that a receiving program looked up for the address, as Postfix, sendmail and Gmail write it:
    first in the comment, in front of the address. What follows HELO is the sender's own word and is passed over."""
    first = _WORD.match(comment)
    if first is None or "." not in first[0] or not _HOST.fullmatch(first[0]):
        return None
    rest = comment[first.end() :].lstrip()
    return first[0].rstrip(".") if rest.startswith("[") and not _addresses(first[0]) else None
