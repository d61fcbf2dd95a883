"""Damaged Instagram files: nothing raises, what stands before the damage is read, and what is not read is said."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instagram_samples import AT, FIXTURE, READER, as_meta, field, labels, row, said, thread
from plainrecord.intake.listing import Member, Original
from plainrecord.parsers.base import Claim
from plainrecord.records import Envelope, Unread

MUTATIONS = 20
WRONG = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    "é",
    [],
    {},
    [[]],
    [7, None, "x"],
    {"a": {"b": []}},
    10**30,
    "9" * 400,
    "\ud83d",
    "http://[",
]
POST = {
    "media": [{"uri": "media/posts/1.png", "creation_timestamp": AT, "title": "café"}],
    "title": "",
    "creation_timestamp": AT,
}
OLD = [
    {
        "participants": ["alex_mere", "sam.field"],
        "conversation": [{"sender": "alex_mere", "created_at": "2019-07-01T12:34:56+00:00", "text": "é"}],
    }
]
# Sheet → a small file of it.
SMALL: dict[str, Any] = {
    "thread": thread(said("I’m here"), said("second", reactions=[{"reaction": "😡", "actor": "Sam Field"}])),
    "followers": {"relationships_followers": [row("alex_mere"), row("robin.vale")]},
    "blocked": [labels(("URL", ""), ("Naam", "Alex"), ("Gebruikersnaam", "alex_mere"))],
    "restricted": labels(("Name", "Alex"), ("Username", "alex_mere")),
    "login": {"account_history_login_history": [{"title": "2024-07-01T12:34:56+00:00", "string_map_data": {"Time": field("", AT)}}]},
    "posts": [POST],
    "encrypted": {"ig_secret_conversations": {"armadillo_devices": [{"device_type": "A", "last_active_time": AT}]}},
    "old-messages": OLD,
    "old-connections": {"followers": {"alex_mere": "2019-07-01T12:34:56+00:00"}},
    "old-comments": {"media_comments": [["2019-07-01T12:34:56+00:00", "no", "alex_mere"]]},
}  # fmt: skip


def claim_of(place: Path, data: bytes, sheet: str) -> Claim:
    """A claim on one damaged file, whether or not it would still be recognised."""
    place.write_bytes(data)
    path = f"messages/inbox/alexmere_17841400000000101/{place.name}"
    member = Member(Original(place, place.name, len(data), 0), "", path, len(data), "application/json", data[:65536])
    return Claim(READER.name, "x", (member,), facts={"chats": "1", "root": "", "sheets": json.dumps([sheet])})


def read(claim: Claim) -> list[Envelope | Unread]:
    """Everything `scan` says; what it gave loads again as it was said."""
    found = list(READER.scan(claim))
    envelopes = [item for item in found if isinstance(item, Envelope)]
    later = replace(claim, members=tuple(replace(member, head=b"") for member in claim.members))
    assert [one.envelope for one in READER.load(later, [one.position for one in envelopes])] == envelopes
    positions = [item.position for item in found]
    assert len(set(positions)) == len(positions)
    return found


@pytest.mark.parametrize("sheet", list(SMALL))
def test_a_file_cut_at_any_byte_is_read_up_to_the_cut(sheet: str, tmp_path: Path) -> None:
    data = as_meta(SMALL[sheet])
    whole = read(claim_of(tmp_path / "message_1.json", data, sheet))
    assert whole and not [item for item in whole if isinstance(item, Unread)]
    for length in range(len(data)):
        found = read(claim_of(tmp_path / "message_1.json", data[:length], sheet))
        records = [item for item in found if isinstance(item, Envelope)]
        # Short of names and damage a cut page cannot tell, a record says the same as before.
        assert [one.position for one in records] == [one.position for one in whole[: len(records)]]
        assert [item.kind for item in found if isinstance(item, Unread)] == ["truncated"], length


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from _paths(below, (*path, step))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("sheet", list(SMALL))
def test_a_value_of_another_kind_in_any_place_is_a_record_or_unread(sheet: str, tmp_path: Path) -> None:
    whole = SMALL[sheet]
    for path in _paths(whole):
        for wrong in WRONG:
            read(claim_of(tmp_path / "message_1.json", json.dumps(_with(whole, path, wrong)).encode(), sheet))


def _sheets_of_the_fixture() -> list[tuple[str, Path]]:
    from chat_readers import claims

    found = []
    for claim in claims(READER, FIXTURE):
        names = json.loads(claim.facts["sheets"])
        found += [(name, FIXTURE / member.tree_path) for name, member in zip(names, claim.members, strict=False)]
    return found


@pytest.mark.parametrize(
    ("sheet", "path"), _sheets_of_the_fixture(), ids=lambda value: getattr(value, "name", str(value))
)
def test_a_file_with_bytes_taken_out_put_in_and_turned_over_is_never_a_crash(
    sheet: str, path: Path, tmp_path: Path
) -> None:
    chance, data = random.Random(path.name), path.read_bytes()
    for _ in range(MUTATIONS):
        made = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(made) + 1)
            made[at : at + chance.choice([0, 1, 20])] = chance.choice(
                [b"", b'"', b"{", b"[", b"\\u00e2", b"\0", b"9" * 30, b"null"]
            )
        read(claim_of(tmp_path / "message_1.json", bytes(made), sheet))
