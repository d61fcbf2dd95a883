"""Files of a Takeout cut off at every byte, and changed at random: nothing raises, and `load` says what `scan` said."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat_readers import claims
from google_samples import put, small
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.chat.pieces import span_of
from plainrecord.parsers.social.google import Takeout
from plainrecord.records import Envelope, Unread

READER = Takeout()
SMALL = small()
MUTATIONS = 300
ODD = [None, True, 0, -5, 1.5, 10**30, "", "x", "\ud83d", [], {}, [None], [1, "x", {}], {"": None}, [[]]]


def one_claim(name: str, folder: Path) -> tuple[Claim, Path]:
    """The claim of a download of one file, and where that file lies."""
    path, data = SMALL[name]
    [claim] = claims(READER, put(folder, {path: data}))
    return claim, folder / path


def anew(claim: Claim) -> Claim:
    """The same claim before it was scanned."""
    kept = {name: claim.facts[name] for name in ("chats", "root", "sheets")}
    return Claim(claim.parser, claim.title, claim.members, claim.options, dict(claim.aside), kept)


def read_both_ways(claim: Claim, size: int) -> list[Envelope | Unread]:
    """Scan, then load: the same records, each inside the file, and none at a place twice."""
    found = list(READER.scan(claim))
    records = [one for one in found if isinstance(one, Envelope)]
    assert [one.envelope for one in READER.load(claim, [one.position for one in records])] == records
    places = [one.position.locator for one in found if one.position.locator != "file"]
    assert len(set(places)) == len(places)
    assert all(0 <= start <= end <= size for start, end in map(span_of, places))
    return found


@pytest.mark.parametrize("name", list(SMALL))
def test_every_sheet_reads_its_small_file_whole(name: str, tmp_path: Path) -> None:
    claim, path = one_claim(name, tmp_path)
    found = read_both_ways(claim, path.stat().st_size)
    assert found and not [one for one in found if isinstance(one, Unread)]


@pytest.mark.parametrize("name", list(SMALL))
def test_a_file_cut_at_any_byte_never_raises_and_keeps_what_is_whole(name: str, tmp_path: Path) -> None:
    claim, path = one_claim(name, tmp_path)
    data = path.read_bytes()
    whole = [one.position.locator for one in READER.scan(anew(claim)) if isinstance(one, Envelope)]
    for length in range(len(data)):
        path.write_bytes(data[:length])
        found = read_both_ways(anew(claim), length)
        kept = [one.position.locator for one in found if isinstance(one, Envelope)]
        # The last record of a page or a table may end where the file does now.
        assert kept[:-1] == whole[: max(0, len(kept) - 1)], length


@pytest.mark.parametrize("name", list(SMALL))
def test_mutated_files_never_stop_the_reader(name: str, tmp_path: Path) -> None:
    claim, path = one_claim(name, tmp_path)
    data, chance = path.read_bytes(), random.Random(f"google {name}")
    for _ in range(MUTATIONS):
        changed = mutated(data, chance)
        path.write_bytes(changed)
        try:
            read_both_ways(anew(claim), len(changed))
        except NeedsAnswer as asked:
            # A page whose dates were changed into bare numbers asks which of them is the day.
            assert name == "cards" and asked.question == "date_order"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A copy with some bytes changed, taken out, doubled, moved, or odd ones put in."""
    changed = bytearray(data)
    pieces = [
        b"null",
        b"{}",
        b"[]",
        b'"',
        b"\\ud83d",
        b"-1",
        b"\0",
        b"\xff",
        b"<div>",
        b"</q>",
        b"9" * 30,
        b",,,",
        b"<",
    ]
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(changed) + 1), chance.randint(1, 20)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case _:
                changed[at:at] = chance.choice(pieces)
    return bytes(changed)


@pytest.mark.parametrize("name", ["hangouts", "activity", "places", "places-listed"])
def test_any_value_under_any_key_is_read_or_listed(name: str, tmp_path: Path) -> None:
    claim, path = one_claim(name, tmp_path)
    document = json.loads(path.read_bytes())
    for holder, key in list(holders(document)):
        before = holder[key]
        for odd in ODD:
            holder[key] = odd
            path.write_text(json.dumps(document))
            read_both_ways(anew(claim), path.stat().st_size)
        holder[key] = before


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from holders(value[key])


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"[" * 5000, b"<" * 5000, b'"' * 99, b"\0" * 99, b"{" * 5000])
def test_one_damaged_file_costs_no_other_file(damage: bytes, tmp_path: Path) -> None:
    """Each file in turn is replaced after it was claimed; the records of all others stay."""
    put(tmp_path, {path: data for path, data in SMALL.values() if not path.endswith("MyActivity.html")})
    [claim] = claims(READER, tmp_path)
    whole = [one for one in READER.scan(anew(claim)) if isinstance(one, Envelope)]
    for member in claim.members:
        file = tmp_path / member.tree_path
        before = file.read_bytes()
        file.write_bytes(damage)
        kept = [one.position for one in READER.scan(anew(claim)) if isinstance(one, Envelope)]
        others = [one.position for one in whole if one.position.member != member.tree_path]
        assert [one for one in kept if one.member != member.tree_path] == others
        file.write_bytes(before)


SLOW = [
    b'<a class="tel" href="tel:',
    b'<a class="tel" href="tel:"',
    b'<a class="tel" href="tel:1"><span class="fn"',
    b'class="dt" title="" ',
    b'class="dt" title="x" href="tel:1" <q>',
    b'<div class="participants">',
    b'class="deletedStatusContainer">',
    b'rel="tag" href="',
    b"<title>",
    b"e-Mail:",
    b"1 Jan 2024<br>",
    b'<div class="outer-cell">',
    b'<div class="message">',
    b"<tr",
    b"<li",
    b"<q>",
]


@pytest.mark.parametrize("name", ["voice", "cards", "items", "account"])
def test_a_page_made_to_be_slow_is_not(name: str, tmp_path: Path) -> None:
    claim, path = one_claim(name, tmp_path)
    data = path.read_bytes()
    for piece in SLOW:
        # In the middle of a page that is one, where its records stand.
        path.write_bytes(data.replace(b"</body>", piece * (40_000 // len(piece)) + b"</body>"))
        begun = time.process_time()
        list(READER.scan(anew(claim)))
        assert time.process_time() - begun < 4, piece
