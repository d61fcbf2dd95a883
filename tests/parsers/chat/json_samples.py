"""What the tests of the JSON chat readers share: the readers, and one small export of each kind as files of bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plainrecord.parsers.base import Parser
from plainrecord.parsers.chat.googlechat import GoogleChat
from plainrecord.parsers.chat.messenger import Messenger
from plainrecord.parsers.chat.skype import Skype
from plainrecord.parsers.chat.slack import Slack
from plainrecord.parsers.chat.teams import Teams

READERS: dict[str, Parser] = {
    "messenger": Messenger(),
    "skype": Skype(),
    "slack": Slack(),
    "teams": Teams(),
    "googlechat": GoogleChat(),
}
# The file of messages in each small export below.
PRINCIPAL = {
    "messenger": "Alex_1.json",
    "skype": "messages.json",
    "slack": "general/2024-03-01.json",
    "teams": "page.json",
    "googlechat": "Groups/DM a/messages.json",
}


def as_json(value: Any) -> bytes:
    """A value as an export writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


def small(name: str) -> dict[str, bytes]:
    """Path → bytes of a small export."""
    return {path: as_json(value) for path, value in _SMALL[name].items()}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


_PERSON = {"name": "Alex Mere", "email": "alex@mail.example", "user_type": "Human"}
_SMALL: dict[str, dict[str, Any]] = {
    "messenger": {
        "Alex_1.json": {
            "participants": ["Sam Field", "Alex Mere"],
            "threadName": "Alex Mere_1",
            "messages": [
                {
                    "senderName": "Alex Mere",
                    "text": "one “é”",
                    "timestamp": 1719837296123,
                    "type": "text",
                    "isUnsent": False,
                    "media": [{"uri": "./media/a.png"}],
                    "reactions": [{"actor": "Sam Field", "reaction": "👍"}],
                },
                {"senderName": "Sam Field", "text": "two", "timestamp": 1719837297123, "type": "text"},
            ],
        },
    },
    "skype": {
        "messages.json": {
            "userId": "8:live:sam",
            "exportDate": "2021-03-18T20:13",
            "conversations": [
                {
                    "id": "8:live:alex",
                    "displayName": "Alex Mere",
                    "MessageList": [
                        {
                            "id": "1616098300000",
                            "originalarrivaltime": "2021-03-18T20:11:40.5Z",
                            "messagetype": "RichText",
                            "content": '<quote author="a">q</quote>w &amp; <b>x',
                            "from": "8:live:alex",
                            "properties": {"edittime": "1616098301000"},
                        },
                        {
                            "id": "1616098290000",
                            "originalarrivaltime": "2021-03-18T20:11:30Z",
                            "messagetype": "Event/Call",
                            "content": '<partlist type="ended"><part identity="8:a"><duration>3</duration></part></partlist>',
                            "from": "8:live:sam",
                        },
                    ],
                },
            ],
        },
    },
    "slack": {
        "users.json": [{"id": "U1", "name": "alex", "profile": {"real_name": "Alex"}}],
        "channels.json": [{"id": "C1", "name": "general", "members": ["U1"]}],
        "mpims.json": [{"id": "G1", "name": "general", "members": ["U1", "U2"]}],
        "general/2024-03-01.json": [
            {
                "type": "message",
                "user": "U1",
                "text": "a <@U1> &amp;",
                "ts": "1709280000.000100",
                "reactions": [{"name": "x", "users": ["U1"]}],
            },
            {
                "type": "message",
                "user": "U2",
                "text": "",
                "ts": "1709280001.000100",
                "blocks": [{"type": "section", "text": {"text": "b"}}],
            },
        ],
    },
    "teams": {
        "page.json": {
            "value": [
                {
                    "id": "1",
                    "messageType": "message",
                    "createdDateTime": "2023-05-04T08:15:30.123Z",
                    "from": {"user": {"id": "a", "displayName": "A"}},
                    "body": {"contentType": "html", "content": "<p>x</p>"},
                    "reactions": [{"reactionType": "like", "user": {"user": {"id": "b"}}}],
                },
                {
                    "id": "2",
                    "messageType": "message",
                    "createdDateTime": "2023-05-04T08:15:31Z",
                    "from": None,
                    "body": {"content": "y"},
                },
            ],
        },
    },
    "googlechat": {
        "Users/User 1/user_info.json": {"user": {"name": "Sam", "email": "sam@home.example"}},
        "Groups/DM a/group_info.json": {"members": [_PERSON]},
        "Groups/DM a/messages.json": {
            "messages": [
                {
                    "creator": _PERSON,
                    "created_date": "Friday, May 29, 2026 at 3:00:29\u202fAM UTC",
                    "text": "a",
                    "topic_id": "t",
                    "message_id": "a/t/1",
                    "reactions": [{"emoji": {"unicode": "x"}, "reactor_emails": ["sam@home.example"]}],
                },
                {
                    "creator": _PERSON,
                    "created_date": "Friday, 29 May 2026 at 03:00:30 UTC",
                    "text": "b",
                    "topic_id": "t",
                    "message_id": "a/t/2",
                },
            ],
        },
    },
}
