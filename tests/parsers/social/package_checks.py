"""What the tests of the X, Discord and Reddit readers share: the golden file, fates of files, cut and damaged archives."""

from __future__ import annotations

import json
import random
from pathlib import Path

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded
from plainrecord.intake import list_source
from plainrecord.parsers.base import Claim, Parser
from plainrecord.parsers.chat.pieces import chats_of, span_of
from plainrecord.parsers.social.sheets import NO_LINE_END
from plainrecord.records import Envelope, Loaded, Unread

PIECES = (
    b"",
    b"\0",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"]",
    b",",
    b"\n",
    b"[" * 40,
    b"\xff\xfe",
    b"9" * 40,
    b"1e999",
    b"null",
    b"=",
)


def golden(parser: Parser, folder: str, update: bool) -> None:
    """Records, what is put aside, and decisions, as `expected.jsonl` has them."""
    path = FIXTURES / folder
    lines = [golden_line(item) for item in loaded(parser, path)]
    for claim in claims(parser, path):
        list(parser.scan(claim))
        lines += [json.dumps({"aside": name, "says": says}) for name, says in sorted(claim.aside.items())]
        lines += [json.dumps({"decision": one.subject, "chosen": one.chosen}) for one in claim.decisions]
    check_golden(lines, path / "expected.jsonl", update)


def records(parser: Parser, folder: Path, member: str = "") -> list[Loaded]:
    """Every record of a folder, or those of members whose path ends so."""
    found = [item for item in loaded(parser, folder) if isinstance(item, Loaded)]
    return [item for item in found if item.envelope.position.member.endswith(member)]


def unread(parser: Parser, folder: Path) -> list[tuple[str, str]]:
    """Kind and file of every place that could not be read."""
    found = [item for item in loaded(parser, folder) if isinstance(item, Unread)]
    return [(item.kind, item.position.member.rpartition("/")[2]) for item in found]


def fates(parser: Parser, folder: Path) -> dict[str, str]:
    """Every file of a folder: the sheet that reads it, "shelf", "aside", or "unknown"."""
    found = {member.tree_path: "unknown" for member in list_source([folder], "S1").members}
    for claim in claims(parser, folder):
        found |= {member.tree_path: "shelf" for member in claim.members}
        sheets = zip(chats_of(claim), json.loads(claim.facts["sheets"]), strict=True)
        found |= {member.tree_path: sheet for member, sheet in sheets}
        found |= dict.fromkeys(claim.aside, "aside")
    return found


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def as_json(value: object) -> bytes:
    """A value as an export writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


def anew(claim: Claim) -> Claim:
    """The same claim before it was scanned, as `claim` gives it."""
    kept = {name: claim.facts[name] for name in ("chats", "root", "sheets", "present") if name in claim.facts}
    return Claim(claim.parser, claim.title, claim.members, claim.options, dict(claim.aside), kept)


def check_damage(parser: Parser, claim: Claim, path: Path, data: bytes) -> None:
    """With this content of one file: nothing raises, and `load` finds what `scan` showed, as it showed it."""
    path.write_bytes(data)
    again = anew(claim)
    found = [one for one in parser.scan(again) if isinstance(one, Envelope)]
    assert [one.envelope for one in parser.load(again, [one.position for one in found])] == found


def cut_everywhere(parser: Parser, folder: Path, name: str) -> None:
    """The file cut at every byte: never an exception, and nothing where the whole file has nothing.

    Only of a row or line that the cut goes through may a record be left; of a row it is then noted.
    """
    [claim] = claims(parser, folder)
    path = folder / name
    data = path.read_bytes()
    whole = {one.position.locator for one in _of(parser, claim, name)}
    starts = {span_of(locator)[0] for locator in whole}
    for length in range(len(data)):
        path.write_bytes(data[:length])
        for one in _of(parser, claim, name):
            start, end = span_of(one.position.locator)
            assert one.position.locator in whole or (start in starts and end == length)
            if name.endswith(".csv"):
                assert (NO_LINE_END in one.notes) == (not data[:length].endswith(b"\n") and end == length)
    path.write_bytes(data)


def _of(parser: Parser, claim: Claim, name: str) -> list[Envelope]:
    found = (one for one in parser.scan(anew(claim)) if isinstance(one, Envelope))
    return [one for one in found if one.position.member.endswith(name)]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A copy with some bytes taken out, put in, doubled, changed or cut off."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(made) + 1), chance.choice((0, 1, 2, 30, 200))
        match chance.randrange(5):
            case 0:
                made[at : at + length] = chance.choice(PIECES)
            case 1:
                made[at:at] = made[at : at + length]
            case 2 if chance.random() < 0.2:
                del made[at:]
            case _:
                made[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(made)


def mutate(parser: Parser, folder: Path, name: str, runs: int) -> None:
    """Some damaged copies of one file among the others."""
    [claim] = claims(parser, folder)
    path = folder / name
    data = path.read_bytes()
    chance = random.Random(f"{name} {runs}")
    for _ in range(runs):
        check_damage(parser, claim, path, mutated(data, chance))
    path.write_bytes(data)
