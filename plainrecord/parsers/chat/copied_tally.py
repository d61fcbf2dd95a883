"""Whether a text is a chat that a person copied or typed, and in which form: judged over its lines, strictly.

A note, a poem, a plan of the day or a program's log has single lines that look like the head of a message; a copied chat has
them from the first line on, with words below or behind, by names that come again. A text without dates or times
(`Name: text`) shows too little for that: it is taken for a chat only when one of its names is the owner's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from plainrecord.intake.listing import Member
from plainrecord.parsers.chat.copied_heads import (
    Form,
    Head,
    certain_head,
    field_of,
    is_me,
    is_rule,
    labelled,
    names_nobody,
    origin_of,
    other_head,
)
from plainrecord.parsers.chat.lines import decoded, encoding_of

_TYPES = ("text/plain", "application/octet-stream", "message/rfc822")
_TEXTS = (".txt", ".text")
_MANY_NAMES = 10_000
# A text that shows nothing in so many lines is not looked at further.
_GLANCE = 40
# The first head may stand under a title of so many lines.
_TITLE = 3


@dataclass(slots=True)
class Tally:
    """What the lines of a text look like. Memory: a few counts and the names."""

    filled: int = 0
    first: Form | None = None
    first_at: int = 0
    heads: Counter[Form] = field(default_factory=Counter)
    bare: Counter[Form] = field(default_factory=Counter)
    names: dict[Form, Counter[str]] = field(default_factory=dict)
    copies: int = 0
    blocks: int = 0
    block_at: int = 0
    mail: bool = False
    _above: Head | None = None
    _apart: bool = True
    _fields: set[str] = field(default_factory=set)

    def add(self, text: str) -> Head | None:
        """One more line; what it looks like."""
        if not text.strip("\ufeff \t\r\n") or is_rule(text):
            self._apart = True
            return None
        self.filled += 1
        self._block(text)
        self._apart = False
        head = certain_head(text) or other_head(text) or labelled(text)
        if head:
            self._head(head)
        self._above = head
        return head

    def _head(self, head: Head) -> None:
        form, above = head.form, self._above
        if self.first is None:
            self.first, self.first_at = form, self.filled
        self.heads[form] += 1
        self.bare[form] += above is not None and above.form == form and not above.text
        names = self.names.setdefault(form, Counter())
        if head.name in names or len(names) < _MANY_NAMES:
            names[head.name] += 1
        if form == "bracket" and head.stamp and origin_of(head.stamp) == "copy":
            self.copies += not names_nobody(head.name)

    def _block(self, text: str) -> None:
        """Fields at the head of a printed message: who and when, at the start or behind a blank line or rule."""
        if self._apart:
            self._fields.clear()
        elif not self._fields:
            return
        found = field_of(text)
        if found is None or found[0] == "body":
            # A mail that was copied out of its window has these fields too, and one more.
            self.mail = self.mail or (bool(self._fields) and text.startswith("Subject:"))
            self._fields.clear()
            return
        was = self._whole()
        self._fields.add(found[0])
        self.mail = self.mail or (found[0] in ("from", "to") and "@" in found[1])
        if self._whole() and not was:
            self.blocks += 1
            self.block_at = self.block_at or self.filled

    def _whole(self) -> bool:
        return bool(self._fields & {"from", "to"}) and bool(self._fields & {"date", "time"})

    def form(self, owners: Collection[str] = ()) -> Form | None:
        """The form a text is certainly in, None when it could be something else."""
        if self._copied_from_whatsapp():
            return "bracket"
        if self.blocks > 1 and not self.mail and self.block_at <= _TITLE + 2 and self.blocks * 20 >= self.filled:
            return "block"
        form = self.first
        if form is None or self.first_at != 1:
            return None
        if form == "name":
            return form if self.named_lines() and self.own_name(owners) else None
        return form if self._heads_with_words(form) else None

    def _copied_from_whatsapp(self) -> bool:
        if not self.copies or self.copies < max(self.heads["bracket"] - self.copies, self.heads["dash"]):
            return False
        if self.first == "bracket" and self.first_at == 1:
            return self.copies * 10 >= self.filled
        return self.copies > 1 and self.first_at <= _TITLE + 1 and self.copies * 5 >= self.filled

    def _heads_with_words(self, form: Form) -> bool:
        """Whether heads that stand above the words are two or more, not too far between, and have words below them."""
        count, bare = self.heads[form], self.bare[form]
        if form in ("telegram", "discord"):
            return count > 1 and bare * 3 <= count and count * 20 >= self.filled
        # Without a day a line says less: as in a plan of the day. The names have to come again.
        again = self._repeated(form) * 3 >= count * 2
        return form in ("slack", "teams") and count > 2 and bare * 5 <= count and count * 20 >= self.filled and again

    def named_lines(self) -> bool:
        """Whether most lines begin with one of at least two names that come again."""
        names = self.names.get("name", Counter())
        again = [name for name, count in names.items() if count > 1]
        return self.first == "name" and len(again) > 1 and self._repeated("name") * 3 >= self.filled * 2

    def own_name(self, owners: Collection[str]) -> bool:
        """Whether a name that comes again is the owner's."""
        return any(count > 1 and is_me(name, owners) for name, count in self.names.get("name", Counter()).items())

    def _repeated(self, form: Form) -> int:
        return sum(count for count in self.names.get(form, Counter()).values() if count > 1)

    def likeliest(self, owners: Collection[str]) -> Form | None:
        """The form to read a whole text in that was taken for a copy by its beginning."""
        return self.form(owners) or ("block" if self.blocks else next(iter(self.heads.most_common(1)), (None,))[0])


def tally_of(member: Member) -> Tally | None:
    """The tally of a text's beginning; None for what is no text, and for what shows nothing in its first lines."""
    ending = PurePosixPath(member.name).suffix.lower()
    if not member.head or member.media_type not in _TYPES or ending not in ("", *_TEXTS):
        return None
    text = decoded(member.head, encoding_of(member.head))[0]
    if "\0" in text:
        return None
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > 1 and member.size != len(member.head):
        lines.pop()  # the last line of the head may be cut
    tally = Tally()
    for line in lines:
        tally.add(line.removesuffix("\r"))
        if tally.filled > _GLANCE and not tally.heads and not tally.blocks:
            return None
    return tally


def is_printed_messages(member: Member) -> bool:
    """Whether a text that begins like a mail is a print of text messages: fields again and again, and none that only mail has."""
    tally = tally_of(member) if member.name.lower().endswith(_TEXTS) else None
    return tally is not None and tally.form() == "block"
