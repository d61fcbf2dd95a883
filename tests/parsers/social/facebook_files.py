"""What the tests of the Facebook reader share: files as Meta writes them, and short ways to read them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chat"))

from chat_readers import FIXTURES, claims, loaded
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.facebook import FacebookDownload
from plainrecord.records import Account, Loaded, Unread

READER = FacebookDownload()
SAMPLE = FIXTURES / "social-facebook"
NEWEST = SAMPLE / "2023"
SAM, ALEX, ROBIN, JO = "Sam Field", "Alex Mere", "Robin Vale", "Jo Kaya"
AT = 1719837296
INBOX = "your_facebook_activity/messages/inbox"


def damaged(value: Any) -> Any:
    """A value with each byte of its UTF-8 text as a letter of its own, as Meta's writer has it."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, dict):
        return {damaged(key): damaged(item) for key, item in value.items()}
    return [damaged(item) for item in value] if isinstance(value, list) else value


def meta_json(value: Any) -> bytes:
    """A file of a download: ASCII only, with damaged text."""
    return json.dumps(damaged(value), indent=1).encode()


def row(text: str | None = "hi", sender: str | None = ALEX, at: int = AT * 1000, **more: Any) -> dict[str, Any]:
    """One element of a thread."""
    said = {"sender_name": sender, "timestamp_ms": at, "content": text} | more
    return {key: value for key, value in said.items() if value is not None}


def thread(*rows: Any, people: tuple[str, ...] = (ALEX, SAM), title: str = ALEX, **more: Any) -> dict[str, Any]:
    """One page of a thread."""
    page = {"participants": [{"name": name} for name in people], "messages": list(rows), "title": title}
    return page | {"is_still_participant": True, "thread_path": "inbox/x", "magic_words": []} | more


def profile(name: str = SAM) -> bytes:
    """A file that says whose download it is."""
    return meta_json({"profile_v2": {"name": {"full_name": name}, "username": "sam.field"}})


def put(folder: Path, files: dict[str, Any]) -> Path:
    """Write files below a folder; a value that is no bytes is written as Meta would."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else meta_json(data))
    return folder


def download(folder: Path, files: dict[str, Any]) -> Path:
    """The same, with the profile of the owner beside them."""
    return put(folder, {"profile_information/profile_information.json": profile(), **files})


def items(path: Path, options: ReadOptions | None = None) -> list[Loaded]:
    """Every record of a folder but that of the profile."""
    found = [one for one in loaded(READER, path, options) if isinstance(one, Loaded)]
    return [one for one in found if "profile" not in one.envelope.marks]


def unread(path: Path) -> list[Unread]:
    """Every place that was not read."""
    return [one for one in loaded(READER, path) if isinstance(one, Unread)]


def one(path: Path) -> Loaded:
    """The one record of a download."""
    [found] = items(path)
    return found


def by_text(found: list[Loaded], start: str) -> Loaded:
    """The first record whose text begins so."""
    return next(item for item in found if (item.text or "").startswith(start))


def of(found: list[Loaded], end: str) -> list[Loaded]:
    """The records of the file whose path ends so."""
    return [item for item in found if item.envelope.position.member.endswith(end)]


def who(item: Loaded) -> tuple[str | None, list[str]]:
    """Sender and recipients of a record, by name."""
    return named(item.envelope.sender), [account.value for account in item.envelope.recipients]


def named(account: Account | None) -> str | None:
    """An account's name."""
    return account.value if account else None


def decisions(path: Path, options: ReadOptions | None = None) -> dict[str, str]:
    """What had to be decided to read a folder: subject → chosen."""
    said = {}
    for claim in claims(READER, path, options):
        list(READER.scan(claim))
        said |= {decision.subject: decision.chosen for decision in claim.decisions}
    return said
