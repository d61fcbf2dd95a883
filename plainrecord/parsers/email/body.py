"""What reading a mail's body gives: the nouns that `content.py` fills and the readers of special parts add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from plainrecord.records import Attachment


@dataclass(slots=True)
class Block:
    """One piece of the body: its plain text, its page, or (of alternatives) both."""

    plain: str | None = None
    html: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is any text or page in it."""
        return bool((self.plain and self.plain.strip()) or (self.html and self.html.strip()))


@dataclass(slots=True)
class Carried:
    """A mail inside this one: the path of its part, its exact bytes, and whether they are a slice of the carrier's own.

    `form` is "outlook" for a message that Outlook saved as a file.
    """

    path: str
    raw: bytes
    sliced: bool
    form: Literal["mail", "outlook"] = "mail"


@dataclass(slots=True)
class Allowance:
    """How many carried mails may still be opened, over a whole nest of them."""

    left: int

    def take(self) -> bool:
        """One more, if there is one left."""
        self.left -= 1
        return self.left >= 0


@dataclass(slots=True)
class Content:
    """Everything read from one mail's body. `blobs` go with `attachments`, one each; `wrapped` is text that stands in a
    `winmail.dat` and counts only where the mail has none of its own."""

    text: str | None = None
    text_from: str = "none"
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    blobs: list[bytes | None] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    wrapped: list[Block] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, *codes: str) -> None:
        """Add codes without repeats."""
        self.notes.extend(code for code in codes if code not in self.notes)

    def add(self, entry: Attachment, blob: bytes | None) -> None:
        """Add a file and its bytes."""
        self.attachments.append(entry)
        self.blobs.append(blob)
