"""What the tests of whole downloads share: write one, read it as a case does, damage it, and count what becomes of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded, read
from plainrecord.hashing.ring import Block
from plainrecord.intake import list_source
from plainrecord.parsers.base import Claim, Parser
from plainrecord.records import Envelope, Loaded, Unread
from plainrecord.store.adding import plan_claims

__all__ = ["FIXTURES", "check_golden", "claims", "golden_line", "loaded", "read"]

_OF_THE_CLAIM = ("chats", "root", "sheets", "folders")
ODD = [None, True, 0, -5, 1.5, 10**30, "", "x", "\ud83d", [], {}, [None], [1, "x", {}], {"": None}, [[]], {"user": 3}]


def as_json(value: Any) -> bytes:
    """A value as an export writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def records(parser: Parser, folder: Path) -> list[Loaded]:
    """Every record of a folder, whatever was unread."""
    return [item for item in loaded(parser, folder) if isinstance(item, Loaded)]


def told(parser: Parser, folder: Path) -> list[str]:
    """Everything a reader says of a folder: records, unread, files put aside, decisions."""
    lines = [golden_line(item) for item in loaded(parser, folder)]
    for claim in claims(parser, folder):
        list(parser.scan(claim))
        lines += [json.dumps({"aside": path, "says": says}) for path, says in sorted(claim.aside.items())]
        lines += [json.dumps({"decision": one.subject, "chosen": one.chosen}) for one in claim.decisions]
    return lines


def fates(folder: Path) -> dict[str, str]:
    """Every file of a folder with what becomes of it in a run with all parsers: a parser's name, aside, or unknown."""
    listing = list_source([folder], "S1")
    found = {member.tree_path: "unknown" for member in listing.members}
    for parser, claim in plan_claims(listing, listing.members):
        found |= {member.tree_path: parser.name for member in claim.members} | dict.fromkeys(claim.aside, "aside")
    return found


def anew(claim: Claim) -> Claim:
    """The same claim before it was scanned, as `claim` gives it."""
    kept = {name: claim.facts[name] for name in _OF_THE_CLAIM if name in claim.facts}
    return Claim(claim.parser, claim.title, claim.members, claim.options, dict(claim.aside), kept)


def rescanned(parser: Parser, claim: Claim) -> list[Envelope | Unread]:
    """Scan again, and load what was found: it must say the same."""
    again = anew(claim)
    found = list(parser.scan(again))
    envelopes = [one for one in found if isinstance(one, Envelope)]
    assert [one.envelope for one in parser.load(again, [one.position for one in envelopes])] == envelopes
    return found


def cut_everywhere(parser: Parser, folder: Path, path: Path, *, step: int = 1) -> None:
    """Cut a file at every byte: nothing raises, what is whole is kept, and records and unread come in file order."""
    [claim] = claims(parser, folder)
    data = path.read_bytes()
    for length in range(0, len(data), step):
        path.write_bytes(data[:length])
        rescanned(parser, claim)
    path.write_bytes(data)


class InBlocks:
    """A stream in blocks of a given size, one buffer for all of them as a real one has."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def blocks(self, head: int = 0, size: int = 0) -> Iterator[Block]:
        """The blocks, the last one marked."""
        buffer = bytearray(self._size)
        for at in range(0, max(len(self._data), 1), self._size):
            part = self._data[at : at + self._size]
            buffer[: len(part)] = part
            yield Block(buffer, 0, len(part), at, last=at + self._size >= len(self._data))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A copy with some bytes changed, taken out, doubled, put in or moved."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(changed) + 1), chance.randint(1, 20)
        match chance.randrange(6):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3:
                changed[at:at] = chance.choice(
                    [
                        b"null",
                        b"{}",
                        b"[]",
                        b"1e999",
                        b'"',
                        b"\\ud83d",
                        b"-1",
                        b"9" * 30,
                        b"<h4>",
                        b"<tr>",
                        b"\n\n",
                        b"\0",
                    ]
                )
            case 4:
                changed[at : at + length] = chance.choice([b"", b"[" * 40, b"\xff\xfe", b">>> Chat History with "])
            case _:
                other = chance.randrange(len(changed) + 1)
                changed[at : at + length] = changed[other : other + length]
    return bytes(changed)


def mutate(parser: Parser, folder: Path, paths: list[Path], runs: int, seed: str) -> None:
    """Damage files one by one, `runs` times in all: nothing raises, and what was shown loads."""
    [claim] = claims(parser, folder)
    chance = random.Random(seed)
    for number in range(runs):
        path = paths[number % len(paths)]
        data = path.read_bytes()
        path.write_bytes(damaged(data, chance))
        rescanned(parser, claim)
        path.write_bytes(data)


def odd_values(parser: Parser, folder: Path, path: Path, *, step: int = 1) -> None:
    """Put any value under any key of a JSON file: it is read or listed."""
    [claim] = claims(parser, folder)
    data = path.read_bytes()
    document = json.loads(data)
    for holder, key in list(holders(document))[::step]:
        before = holder[key]
        for odd in ODD:
            holder[key] = odd
            path.write_text(json.dumps(document))
            rescanned(parser, claim)
        holder[key] = before
    path.write_bytes(data)


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document that holds a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from holders(value[key])
