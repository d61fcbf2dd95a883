"""What the tests of the Instagram reader share: small downloads as the service writes them, and their records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_readers import FIXTURES, loaded, read
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.instagram import InstagramDownload
from plainrecord.records import Loaded

READER = InstagramDownload()
FIXTURE = FIXTURES / "social-instagram"
LISTS = "connections/followers_and_following"
LOGINS = "security_and_login_information/login_and_profile_creation"
PROFILE = "personal_information/personal_information/personal_information.json"
INBOX = "your_instagram_activity/messages/inbox"
# 1 July 2024, 12:34:56 UTC
AT = 1719837296


def as_meta(value: Any) -> bytes:
    """JSON as Meta writes it: each byte of the UTF-8 text is an escape of its own."""
    return json.dumps(_bytewise(value)).encode()


def _bytewise(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, dict):
        return {_bytewise(key): _bytewise(item) for key, item in value.items()}
    return [_bytewise(item) for item in value] if isinstance(value, list) else value


def field(value: str = "", at: int = 0) -> dict[str, Any]:
    """One value of a `string_map_data`."""
    return {"href": "", "value": value, "timestamp": at}


def row(user: str, at: Any = AT, title: str = "") -> dict[str, Any]:
    """One entry of a list of accounts."""
    link = f"https://www.instagram.com/{user}"
    return {
        "title": title,
        "media_list_data": [],
        "string_list_data": [{"href": link, "value": user, "timestamp": at}],
    }


def labels(*pairs: tuple[str, str], at: int = AT, **more: Any) -> dict[str, Any]:
    """One entry of a newer list."""
    values = [{"label": label, "value": value} for label, value in pairs]
    return {"timestamp": at, "media": [], "label_values": values, "fbid": "17841400000000001", **more}


def profile(user: str = "sam.field", name: str = "Sam Field") -> dict[str, Any]:
    """The file that says whose account it is."""
    return {"profile_user": [{"title": "", "string_map_data": {"Username": field(user), "Name": field(name)}}]}


def thread(*messages: Any, people: tuple[str, ...] = ("Alex Mere", "Sam Field"), **more: Any) -> dict[str, Any]:
    """One page of a thread."""
    return {
        "participants": [{"name": name} for name in people],
        "messages": list(messages),
        "title": people[0],
        "is_still_participant": True,
        "thread_path": "inbox/alexmere_17841400000000101",
        **more,
    }


def said(text: str | None = "hi", sender: str = "Alex Mere", ms: Any = AT * 1000 + 123, **more: Any) -> dict[str, Any]:
    """One message."""
    return {"sender_name": sender, "timestamp_ms": ms, **({} if text is None else {"content": text}), **more}


def write(folder: Path, files: dict[str, Any], *, owner: bool = True) -> Path:
    """A download below a folder; what is no bytes is written as Meta writes JSON."""
    whole = {PROFILE: profile(), **files} if owner else files
    for path, value in whole.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(value if isinstance(value, bytes) else as_meta(value))
    return folder


def records(folder: Path, options: ReadOptions | None = None) -> list[Loaded]:
    """Every record but the one of the profile file; fails when something was unread."""
    return [item for item in read(READER, folder, options) if "profile-as-exported" not in item.envelope.marks]


def sample() -> list[Loaded]:
    """Every record of the fixture."""
    return [item for item in loaded(READER, FIXTURE) if isinstance(item, Loaded)]
