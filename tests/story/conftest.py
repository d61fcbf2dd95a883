"""The story's truth and settings, and its exports as the standard library alone reads them.

Nothing here uses the package or the story's own scripts: the two have to be judged by something else.
"""

from __future__ import annotations

import email
import email.policy
import json
import mailbox
import re
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

STORY = Path(__file__).resolve().parents[2] / "fixtures" / "story"
# The laptop's mailboxes quote nothing, so only the full separator line counts.
_SEPARATOR = re.compile(rb"^From - [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\n", re.MULTILINE)


@dataclass(frozen=True)
class Copy:
    """One stored mail: where it stands and what the standard library makes of it."""

    export: str
    member: str
    index: int
    mail: EmailMessage


@pytest.fixture(scope="session")
def story() -> Path:
    return STORY


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    return json.loads((STORY / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return tomllib.loads((STORY / "demo.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def copies(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[Copy]:
    """Every stored mail of every export that the demo names."""
    found = []
    for name in settings["exports"]:
        path = STORY / name
        if path.suffix == ".zip":
            found += _from_download(path, tmp_path_factory.mktemp("mailbox") / "mbox")
        else:
            found += _from_folder(path)
    return found


def _from_download(path: Path, scratch: Path) -> list[Copy]:
    copies = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".mbox"):
                scratch.write_bytes(archive.read(name))
                box = mailbox.mbox(scratch, create=False)
                copies += [Copy(path.name, name, index, _parse(box.get_bytes(index))) for index in range(len(box))]
                box.close()
    return copies


def _from_folder(folder: Path) -> list[Copy]:
    copies = []
    for path in sorted(folder.rglob("*")):
        member = path.relative_to(folder).as_posix()
        if path.suffix == ".eml":
            copies.append(Copy(folder.name, member, 0, _parse(path.read_bytes())))
        elif path.is_file() and path.suffix != ".msf":
            pieces = _SEPARATOR.split(path.read_bytes())[1:]
            copies += [Copy(folder.name, member, index, _parse(piece)) for index, piece in enumerate(pieces)]
    return copies


def _parse(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)
