from __future__ import annotations

import hashlib
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded, read
from json_samples import PRINCIPAL, READERS, as_json, put, small
from plainrecord.intake import list_source
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.jsonstream import placed
from plainrecord.records import Envelope, Unread

NAMES = list(READERS)
MUTATIONS = 50  # for each of five readers


@pytest.mark.parametrize("name", NAMES)
def test_readers_say_of_each_sample_what_is_expected(name: str, update_golden: bool) -> None:
    folder = FIXTURES / f"chat-{name}"
    lines = [golden_line(item) for item in loaded(READERS[name], folder)]
    for claim in claims(READERS[name], folder):
        list(READERS[name].scan(claim))
        lines += [json.dumps({"aside": path, "says": says}) for path, says in sorted(claim.aside.items())]
        lines += [json.dumps({"decision": one.subject, "chosen": one.chosen}) for one in claim.decisions]
    check_golden(lines, folder / "expected.jsonl", update_golden)


@pytest.mark.parametrize("name", NAMES)
def test_positions_are_the_exact_bytes_and_the_pointer_leads_there(name: str) -> None:
    folder = FIXTURES / f"chat-{name}"
    for item in read_all(name):
        place = item.envelope.position
        start, end, pointer = placed(place.locator)
        data = (folder / place.member).read_bytes()
        assert hashlib.sha256(data[start:end]).hexdigest() == item.raw_sha256
        value: Any = json.loads(data)
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value[key]
        assert value is not None


def read_all(name: str) -> list[Any]:
    return [item for item in loaded(READERS[name], FIXTURES / f"chat-{name}") if not isinstance(item, Unread)]


@pytest.mark.parametrize("name", NAMES)
def test_every_element_is_a_record_or_unread(name: str) -> None:
    for claim in claims(READERS[name], FIXTURES / f"chat-{name}"):
        found: dict[str, set[tuple[int, int]]] = {}
        for one in READERS[name].scan(claim):
            start, end, _ = placed(one.position.locator)
            found.setdefault(one.position.member, set()).add((start, end))
        for member in chats_of(claim):
            text = member.original.path.read_text(encoding="utf-8")
            assert len(found.get(member.tree_path, ())) == elements(name, json.loads(text))


def elements(name: str, document: Any) -> int:
    """How many elements the exporting program wrote, counted without the reader."""
    if name == "slack" or isinstance(document, list):
        return len(document)
    if name == "skype":
        return sum(len(one["MessageList"]) for one in document["conversations"])
    return len(document.get("messages", document.get("value", [])))


@pytest.mark.parametrize("name", NAMES)
def test_every_chat_file_is_read_to_its_end(name: str) -> None:
    for claim in claims(READERS[name], FIXTURES / f"chat-{name}"):
        list(READERS[name].scan(claim))
        assert {(one.original.relpath, one.path) for one in chats_of(claim)} <= set(claim.readings)


@pytest.mark.parametrize("name", NAMES)
def test_no_reader_claims_what_belongs_to_another(name: str, tmp_path: Path) -> None:
    # A Takeout holds a Google Chat folder beside everything else, and people put encrypted chats among the ordinary ones.
    beside = {"googlechat": "social-google", "messenger": "social-facebook"}
    own = {f"chat-{name}", "story", beside.get(name, "")}
    others = [path for path in sorted(FIXTURES.iterdir()) if path.is_dir() and path.name not in own]
    for folder in others:
        claimed = [claim.members[0].name for claim in claims(READERS[name], folder)]
        # Its own files, put among the ordinary threads as people do.
        assert claimed == (["Jo Kaya_3.json"] if (name, folder.name) == ("messenger", "social-facebook") else [])
    foreign = {
        "mail.mbox": b"From a@b.example Mon Oct 21 07:00:00 2024\nFrom: a@b.example\n\nhi\n",
        "table.csv": b"Date,User,Message\n2024-01-01,Alex,hi\n",
        "chat.txt": b"[01/02/2024, 10:00:00] Alex: hi\n",
        "thread/message_1.json": as_json(
            {"participants": [{"name": "A"}], "messages": [{"sender_name": "A", "timestamp_ms": 1, "content": "x"}]}
        ),
        "list.json": b"[1, 2, 3]",
        "users.json": as_json([{"id": "U1", "name": "alex", "profile": {}}]),
        "2024-03-01.json": as_json([{"date": "2024-03-01", "steps": 100}]),
        "messages.json": as_json({"messages": []}),
        "empty.json": b"",
        "words.json": b'"messages"',
        "deep.json": b"[" * 5000,
    }
    assert claims(READERS[name], put(tmp_path, foreign)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_at_any_byte_keeps_what_is_whole_and_says_where_it_ends(name: str, tmp_path: Path) -> None:
    claim, path, data = one_claim(name, tmp_path)
    whole = [one.position.locator for one in READERS[name].scan(claim) if isinstance(one, Envelope)]
    for length in range(len(data)):
        path.write_bytes(data[:length])
        found = list(READERS[name].scan(anew(claim)))
        kept = [one.position.locator for one in found if isinstance(one, Envelope)]
        assert kept == whole[: len(kept)]
        assert any(isinstance(one, Unread) for one in found)


def one_claim(name: str, folder: Path) -> tuple[Claim, Path, bytes]:
    [claim] = claims(READERS[name], put(folder, small(name)))
    path = folder / PRINCIPAL[name]
    return claim, path, path.read_bytes()


def anew(claim: Claim) -> Claim:
    """The same claim before it was scanned, as `claim` gives it."""
    kept = {name: claim.facts[name] for name in ("chats", "root", "at") if name in claim.facts}
    return Claim(claim.parser, claim.title, claim.members, claim.options, dict(claim.aside), kept)


@pytest.mark.parametrize("name", NAMES)
def test_mutated_files_never_stop_a_reader_and_load_what_they_showed(name: str, tmp_path: Path) -> None:
    claim, path, data = one_claim(name, tmp_path)
    chance = random.Random(f"{name} 4")
    for _ in range(MUTATIONS):
        path.write_bytes(mutated(data, chance))
        again = anew(claim)
        found = [one for one in READERS[name].scan(again) if isinstance(one, Envelope)]
        assert [one.envelope for one in READERS[name].load(again, [one.position for one in found])] == found


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed))
        length = chance.randint(1, 20)
        match chance.randrange(5):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3:
                changed[at:at] = chance.choice(
                    [b"null", b"{}", b"[]", b"1e999", b'"', b"\\ud83d", b"-1", b'"\\u0000"', b"9" * 30]
                )
            case _:
                other = chance.randrange(len(changed))
                changed[at : at + length] = changed[other : other + length]
        if not changed:
            return b" "
    return bytes(changed)


ODD = [None, True, 0, -5, 1.5, 10**30, "", "x", "\ud83d", [], {}, [None], [1, "x", {}], {"": None}, [[]], {"user": 3}]


@pytest.mark.parametrize("name", NAMES)
def test_any_value_under_any_key_is_read_or_listed(name: str, tmp_path: Path) -> None:
    claim, _, _ = one_claim(name, tmp_path)
    for file, data in small(name).items():
        document = json.loads(data)
        for holder, key in list(holders(document)):
            before = holder[key]
            for odd in ODD:
                holder[key] = odd
                (tmp_path / file).write_text(json.dumps(document))
                again = anew(claim)
                found = [one for one in READERS[name].scan(again) if isinstance(one, Envelope)]
                assert [one.envelope for one in READERS[name].load(again, [one.position for one in found])] == found
            holder[key] = before
        (tmp_path / file).write_bytes(data)


def holders(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from holders(value[key])


def test_one_damaged_file_costs_no_other_file(tmp_path: Path) -> None:
    files = small("slack") | {
        "general/2024-02-29.json": b'[{"type": "message", "ts": "1709200000.000100", "text": "a"}, {"ty'
    }
    [claim] = claims(READERS["slack"], put(tmp_path, files))
    found = list(READERS["slack"].scan(claim))
    assert [one.kind for one in found if isinstance(one, Unread)] == ["truncated"]
    assert len([one for one in found if isinstance(one, Envelope)]) == 4


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    import zipfile

    archive = tmp_path / "messages.zip"
    with zipfile.ZipFile(archive, "w") as into:
        for path, data in (small("messenger") | {"media/a.png": b"\x89PNG\r\n\x1a\n"}).items():
            into.writestr(path, data)
    [first, *_] = read(READERS["messenger"], archive)
    assert first.attachments[0].state == "present"
    assert first.blobs == [b"\x89PNG\r\n\x1a\n"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    row = json.dumps({"senderName": "Alex Mere", "text": "x" * 500, "timestamp": 1719837296123, "type": "text"})
    head = '{"participants":["Sam Field","Alex Mere"],"threadName":"Alex","messages":['
    (tmp_path / "Alex.json").write_text(head + ",".join([row] * 12_000) + "]}")
    [claim] = list(READERS["messenger"].claim(list_source([tmp_path], "S1")))
    tracemalloc.start()
    assert sum(1 for _ in READERS["messenger"].scan(claim)) == 12_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 << 20


@pytest.mark.parametrize(
    ("raw", "utc", "precision"),
    [
        ("2021-03-18T20:13:05Z", "2021-03-18T20:13:05Z", "s"),
        ("2021-03-18T20:13:05.1Z", "2021-03-18T20:13:05.100Z", "ms"),
        ("2021-03-18T20:13:05.1234567Z", "2021-03-18T20:13:05.123456Z", "us"),
        ("2021-03-18T20:13+01:00", "2021-03-18T19:13:00Z", "min"),
        ("2021-03-18 20:13:05", "2021-03-18T20:13:05Z", "s"),
        ("2021-02-30T20:13:05Z", None, "s"),
        ("18.03.2021", None, "s"),
        ("9999-12-31T23:59:59Z", None, "s"),
    ],
)
def test_iso_times_are_read_as_precisely_as_written(raw: str, utc: str | None, precision: str) -> None:
    found = utc_text(raw, "here")
    assert (found.ts_raw, found.ts_utc, found.precision) == (raw, utc, precision)
