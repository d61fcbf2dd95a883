"""Invented mailboxes for tests: small, deterministic, with a subject, an owner and people who have nothing to do with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

SUBJECT = "rowan@mail.example"
OWNER = "alex@home.example"
START = datetime(2024, 10, 20, 8, 0, tzinfo=UTC)


def mail(
    number: int,
    sender: str,
    to: str,
    *,
    subject: str = "Hello",
    refers: int | None = None,
    body: str = "Text.\n",
    minutes: int | None = None,
    extra: str = "",
    delivered: bool = True,
) -> str:
    """One mail as an mbox entry; `refers` is the number of the mail it answers."""
    when = START + timedelta(minutes=number * 7 if minutes is None else minutes)
    reference = f"In-Reply-To: <m{refers}@mail.example>\nReferences: <m{refers}@mail.example>\n" if refers else ""
    arrived = f"Delivered-To: {OWNER}\n" if delivered else ""
    return (
        f"From sender@relay.example {when:%a %b %d %H:%M:%S %Y}\n"
        f"{arrived}From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {format_datetime(when)}\n"
        f"Message-ID: <m{number}@mail.example>\n{reference}{extra}"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    )


def story_mails() -> Iterator[str]:
    """Ten mails: a thread of four with the subject, one alone, a stranger of the same name, three others' mails, one
    from the subject to somebody else."""
    yield mail(1, f"Rowan Ash <{SUBJECT}>", OWNER, subject="Your picture")
    yield mail(2, f"Alex <{OWNER}>", SUBJECT, subject="Re: Your picture", refers=1)
    yield mail(3, f"Rowan Ash <{SUBJECT}>", OWNER, subject="Re: Your picture", refers=2)
    yield mail(4, "Shop <news@shop.example>", OWNER, subject="Offers")
    yield mail(5, "Rowan Ash <rowan.ash@other.example>", OWNER, subject="Hello")
    yield mail(6, f"Alex <{OWNER}>", SUBJECT, subject="Re: Your picture", refers=3, body="Please stop writing.\n")
    yield mail(7, "Kim <kim@mail.example>", OWNER, subject="Hello")
    yield mail(8, f"ROWAN@MAIL.example ({SUBJECT[:5]})", OWNER, subject="Hello")
    yield mail(9, f"Alex <{OWNER}>", "Kim <kim@mail.example>", subject="Re: Hello", refers=7)
    yield mail(10, f"Rowan Ash <{SUBJECT}>", "kim@mail.example", subject="About Alex", delivered=False)


def write_mailbox(path: Path, mails: Iterator[str] | list[str] | None = None) -> Path:
    """Write mails (default: `story_mails`) as one mbox file."""
    path.write_text("".join(story_mails() if mails is None else mails), encoding="utf-8", newline="\n")
    return path


def long_mailbox(path: Path, count: int) -> Path:
    """A mailbox of `count` mails, every fiftieth from the subject, with bodies of a few hundred bytes."""
    body = "A line of ordinary text that says nothing in particular.\n" * 8
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number in range(1, count + 1):
            sender = SUBJECT if number % 50 == 0 else f"person{number % 997}@list.example"
            file.write(mail(number, sender, OWNER, subject=f"Note {number}", body=body))
    return path
