"""The small print of address headers: what stands between two separators, quotation marks, escapes, comments, routes, and
names that look like addresses.

Every function reads its text once, from left to right, so that no hostile value can take more than linear time.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_MARKS = re.compile(r'\\.|"', re.DOTALL)
# Begins where a run of blanks does: from each blank in it anew, a long run would take its length squared.
_AROUND_AT = re.compile(r"(?:(?<![ \t])[ \t]++)?([@.])[ \t]*+")
_ADDRESS_LIKE = re.compile(r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+\.[^\s@<>()\"',;:]+")
_PARENTHESES = re.compile(r"\\.|[()]", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]+")


class Segment:
    """What stands between two separators, taken apart: words outside brackets, comments, bracketed addresses."""

    __slots__ = ("after", "angles", "comments", "end", "quoted", "start", "words")

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angles: list[str] = []
        self.quoted = False
        # Behind the last bracket: how many words there were, and where the text went on.
        self.after = (0, start)

    def plain(self) -> str:
        return _BLANKS.sub(" ", "".join(self.words)).strip()

    def name_words(self) -> str:
        return unquote(self.plain())

    def lone_name(self) -> bool:
        return bool(self.plain()) and not self.angles and "@" not in self.plain() and not self.comments

    def lone_quoted(self) -> bool:
        return self.quoted and not self.angles and not outside_quotes(self.plain()).strip()

    def lone_address(self) -> bool:
        return bool(self.angles) and not self.plain()

    def states_address(self) -> bool:
        return bool(self.angles) or "@" in outside_quotes(self.plain())


def looks_like_address(name: str, address: str | None) -> bool:
    """True when a display name contains an address that is not the mailbox's own."""
    if "@" not in name and "\uff20" not in name:
        return False
    own = (address or "").casefold()
    return any(found.casefold() != own for found in _ADDRESS_LIKE.findall(normalize("NFKC", name)))


def clean_address(text: str) -> str:
    """An address without brackets, `mailto:`, route, comments and the blanks old mail has around "@" and "."."""
    text = text.strip().strip("<>").strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    # A route ("@a,@b:user@host", RFC 5322 section 4.4) says how the mail should travel, not who it is for.
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    if '"' not in text:
        text = _AROUND_AT.sub(r"\1", without_comments(text))
    return text.strip()


def without_comments(text: str) -> str:
    """The text without what stands in parentheses that close; the rest of one that never closes stays as it is."""
    kept, at = [], 0
    while (start := text.find("(", at)) >= 0 and (end := comment_end(text, start)):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def comment_end(text: str, at: int) -> int:
    """Offset after the comment that opens at `at` (comments nest), or 0 when it never closes."""
    depth = 0
    for match in _PARENTHESES.finditer(text, at):
        mark = match.group()
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if not depth:
                return match.end()
    return 0


def unquote(text: str) -> str:
    """The text without its quotation marks and escapes."""
    if '"' not in text and "\\" not in text:
        return text.strip()
    return _MARKS.sub(lambda match: match.group()[1:], text).strip()


def outside_quotes(text: str) -> str:
    """What stands outside quotation marks; a last mark without its partner quotes nothing."""
    if '"' not in text:
        return text
    pieces: list[str] = []
    at, inside = 0, False
    for match in _MARKS.finditer(text):
        if match.group() == '"':
            if not inside:
                pieces.append(text[at : match.start()])
            at, inside = match.end(), not inside
    return "".join([*pieces, text[at:]])


def unescape(text: str) -> str:
    """The text with each backslash taken off what it protects."""
    return re.sub(r"\\(.)", r"\1", text)
