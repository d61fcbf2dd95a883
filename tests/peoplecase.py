"""A small invented case about who is who: one number in two services, spellings of addresses, names that look alike."""

from __future__ import annotations

import base64
import json
import shutil
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from mailboxes import START
from plainrecord.cli import main

OWNER = "alex@home.example"
SUBJECT = "rowan@mail.example"
# One place where the rule of a real provider is needed: the invented part is in front of the "@".
DOTTED, TAGGED = "rowan.ash.invented@gmail.com", "rowanash.invented+notes@googlemail.com"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC"
)

SMS = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<smses count="3">
  <sms protocol="0" address="07700900123" contact_name="Rowan" date="1729329120000" type="1" body="Is this you" read="1" status="-1" />
  <sms protocol="0" address="07700900123" contact_name="Rowan" date="1729329240000" type="2" body="Yes" read="1" status="0" />
  <sms protocol="0" address="+447700900456" date="1731329240000" type="1" body="New number, it is Rowan" read="1" status="0" />
</smses>
"""
CHAT = (
    "20/10/2024, 18:05 - \u202a+44 7700 900123\u202c: Are you there\n"
    "20/10/2024, 18:11 - Alex: Yes\n"
    "21/10/2024, 09:00 - +44 7700 900123 changed to +44 7700 900456\n"
    "21/10/2024, 09:05 - \u202a+44 7700 900456\u202c: 我明天会来 straße naïve\n"
)


def mail(sender: str, body: str, minutes: int, *, picture: bool = False) -> bytes:
    """One mail to the owner."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, OWNER, "Hello"
    made["Date"] = format_datetime(START.replace(hour=8 + minutes // 60, minute=minutes % 60))
    made["Message-ID"] = f"<p{minutes}@mail.example>"
    made.set_content(body)
    if picture:
        made.add_attachment(PICTURE, maintype="image", subtype="png", filename="me.png")
    return made.as_bytes()


MAILS = (
    (f"Rowan Ash <{SUBJECT}>", "My new number is 07700 900456.\n\n-- \nRowan\n07700 900123\n"),
    ("Rоwan Ash <other@mail.example>", "A Cyrillic letter stands in my name.\n"),
    (f"R. A. <{DOTTED}>", "See https://www.instagram.com/alex.penrose/ for pictures.\n"),
    (f"R. A. <{TAGGED}>", "> rowan@mail.example wrote something\nNo more.\n"),
    ("Kim <kim@xn--bcher-kva.example>", "One.\n"),
    ("Robin <robin@mail.example>", "Write to kim@xn--bcher-kva.example, she knows.\n"),
)


def write_exports(folder: Path) -> list[Path]:
    """The exports of the case: text messages, a chat, mails."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sms-20241201100000.xml").write_text(SMS, "utf-8")
    (folder / "WhatsApp Chat with +44 7700 900123.txt").write_text(CHAT, "utf-8")
    mails = folder / "mails"
    mails.mkdir()
    for number, (sender, body) in enumerate(MAILS):
        (mails / f"{number}.eml").write_bytes(mail(sender, body, number, picture=number in (0, 2)))
    return sorted(folder.iterdir())


def made_case(folder: Path, *more: Path) -> Path:
    """A case with the exports added, and `more`."""
    case = folder / "case"
    run("new", case, "--sender", SUBJECT, "--owner", OWNER, "--owner", "Alex", "--timezone", "Europe/London")
    run("add", case, *write_exports(folder / "exports"), *more)
    return case


def run(*words: object, code: int = 0) -> str:
    """What a command prints; its exit code must be `code`."""
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def told(*words: object, code: int = 0) -> dict[str, Any]:
    """What a command says as JSON."""
    said: dict[str, Any] = json.loads(run(*words, "--json", code=code))
    return said


def copy_of(case: Path, folder: Path) -> Path:
    """A copy of a case to change."""
    return Path(shutil.copytree(case, folder / "copy"))
