"""A small sealed bundle to work on, and who works on it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from plainrecord.building import make_bundle
from plainrecord.cli import main
from plainrecord.custody import Who
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

WHO = Who("C. Dee", "exhibits_officer", "Force X", "1234", "front desk")


def clock() -> datetime:
    return datetime(2024, 12, 2, 9, 30, tzinfo=UTC)


def mail(number: int, sender: str, recipient: str) -> str:
    return (
        f"From {sender} Thu Sep 12 10:{number:02d}:00 2024\nFrom: {sender}\nTo: {recipient}\nSubject: s{number}\n"
        f"Date: Thu, 12 Sep 2024 10:{number:02d}:00 +0100\nMessage-ID: <m{number}@x.example>\n\nbody {number}\n\n"
    )


@dataclass(frozen=True)
class Bundle:
    """A bundle to work on: its folder or zip, and what stands beside it."""

    path: Path
    seal: str

    @property
    def stem(self) -> str:
        return self.path.name.removesuffix(".zip")

    @property
    def log(self) -> Path:
        return self.path.with_name(f"{self.stem}.custody-after.jsonl")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def files(self) -> dict[str, bytes]:
        if self.path.is_file():
            return {self.path.name: self.path.read_bytes()}
        return {path.as_posix(): path.read_bytes() for path in sorted(self.path.rglob("*")) if path.is_file()}


def built_bundles(place: Path) -> dict[bool, Bundle]:
    """The same seven mails as a bundle that is a folder (False) and one that is a zip (True)."""
    box, made = place / "box.mbox", {}
    subject, owner = "sam@mail.example", "me@mail.example"
    mails = [mail(number, *((subject, owner) if number % 2 else (owner, subject))) for number in range(1, 8)]
    box.write_text("".join(mails), newline="\n")
    for zipped in (False, True):
        case = CaseSettings(
            timezone="Europe/London",
            case_ref="CR/1",
            subject=PersonSettings(label="Subject", accounts=[subject]),
            owner=PersonSettings(label="Owner", accounts=[owner]),
        )
        one = make_bundle([box], case, place / str(zipped), clock, zipped=zipped).built
        made[zipped] = Bundle(one.path, one.seal)
    return made


def run(*words: object) -> Result:
    """What a command prints, and its exit code; in this process, because starting another takes longer than most tests."""
    return CliRunner().invoke(main, [str(word) for word in words])


def copied(bundle: Bundle, target: Path) -> Bundle:
    shutil.copytree(bundle.path.parent, target)
    return Bundle(target / bundle.path.name, bundle.seal)
