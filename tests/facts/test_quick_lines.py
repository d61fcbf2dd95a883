"""The quick way through the lines of a bundle reads what the careful way reads, or refuses what that refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from plainrecord.bundle import bagreader, fact_lines
from plainrecord.bundle.bagreader import FolderBag, UnreadableError, line_blocks
from plainrecord.bundle.bagreader_zip import ZipBag
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.finished import finished
from plainrecord.facts.events import events_of
from plainrecord.facts.quick import _LINE, Reader
from plainrecord.records import (
    AccountModel,
    Attachment,
    ConversationModel,
    PositionModel,
    Record,
    TimeModel,
    valid_text,
)
from plainrecord.times import Precision, format_utc
from synthetic import Make, one_item

AWKWARD = [
    '"',
    "\\",
    "\n",
    "a\tb",
    "\x00",
    "\x7f",
    "\u2028",
    "é",
    "🙂",
    "\ud83d",
    '","text":"',
    "\\u0041",
    "}",
    "[{",
    "M-000001",
]
PRECISIONS: list[Precision] = ["min", "s", "ms", "us", "ns", "day"]
FACT_VALUES = ["2023-10-20T22:31:00Z", "2023-13-40T22:31:00Z", "<1@mail.example>"]
# Everything in a line is drawn by a generator with one seed: hypothesis would take a second for each.
SEEDS = st.integers(0, 2**32)


class Maker:
    """Records with anything in them; `odd` is how often a name is unusual, so that most lines can go the quick way."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.odd = self.dice.choice((0, 0, 0.01, 0.1))

    def words(self, odd: float = 0.3) -> str:
        plain = "".join(self.dice.choices("abc é:/<>.-", k=self.dice.randrange(8)))
        return plain if self.dice.random() >= odd else plain + "".join(self.dice.choices(AWKWARD, k=2)) + plain

    def name(self) -> str:
        return self.words(self.odd)

    def maybe(self, make: Callable[[], Any], often: float = 0.5) -> Any:
        return make() if self.dice.random() < often else None

    def many(self, make: Callable[[], Any], most: int) -> list[Any]:
        return [make() for _ in range(self.dice.randint(0, most))]

    def map(self, name: Callable[[], str], value: Callable[[], str]) -> dict[str, str]:
        return {name(): value() for _ in range(self.dice.choice((0, 0, 1, 2)))}

    def number(self) -> int:
        return self.dice.choice((0, 7, self.dice.randrange(10**12)))

    def time(self) -> TimeModel:
        precision = self.dice.choice(PRECISIONS)
        instant = self.dice.choice(
            (self.dice.randrange(-(10**15), 10**16), 1_400_000_000_000_000 + self.dice.randrange(10**9))
        )
        utc = self.maybe(lambda: format_utc(instant, precision), 0.9)
        return TimeModel(
            ts_raw=self.name(), where="line", ts_utc=utc, ts_offset=self.maybe(self.name), tz_basis="epoch_utc", tz_name=None,
            precision=precision, dst_flag="none", meaning=self.dice.choice(("sent", "written", "edited")), local=self.maybe(self.name),
        )  # fmt: skip

    def account(self) -> AccountModel:
        return AccountModel(
            service=self.name(), kind=self.dice.choice(("name", "number")), value=self.name(), name=self.maybe(self.name),
            role=self.maybe(self.name),
        )  # fmt: skip

    def conversation(self) -> ConversationModel:
        return ConversationModel(
            id=self.name(), title=self.maybe(self.name), is_group=self.dice.random() < 0.5, participant_count=self.number(),
            participants=self.many(self.account, 3),
        )  # fmt: skip

    def attachment(self) -> Attachment:
        return Attachment(
            name=self.maybe(self.name), also_named=self.many(self.name, 2), bytes=self.maybe(self.number),
            inline=self.dice.random() < 0.5, facts=self.map(self.name, self.name), notes=self.many(self.name, 1),
        )  # fmt: skip

    def record(self) -> Record:
        return Record(
            id="r-7kemvfo6zlpqnj7xqrhyfrmyuv", source=self.dice.choice(("S01", "S02")), service=self.name(), time=self.time(),
            kind=self.dice.choice(("message", "call", "comment", "incident")), dates=self.many(self.time, 2),
            conversation=self.maybe(self.conversation), sender=self.maybe(self.account, 0.9), recipients=self.many(self.account, 2),
            also=self.many(self.account, 1), subject=self.maybe(self.words), text=self.maybe(self.words, 0.9), text_from="plain",
            direction=self.dice.choice(("subject_to_owner", "owner_to_subject", "subject_to_other", "unknown")),
            html=self.maybe(self.name, 0.1), attachments=self.many(self.attachment, 2), facts=self.map(self.fact, self.stated),
            marks=self.many(lambda: self.dice.choice(("missed", "edited", "draft", self.name())), 2),
            status=self.map(self.name, lambda: self.dice.choice(("declined", self.name()))), parent=self.maybe(self.name, 0.05),
            position=PositionModel(original_sha256="7e", original=self.name(), member=self.name(), locator=self.name()),
            raw_sha256=self.maybe(self.name), raw_bytes=self.maybe(self.number), notes=self.many(self.name, 2),
        )  # fmt: skip

    def fact(self) -> str:
        return self.dice.choice(("message-id", "about-utc", "reaction-to-sent", self.words()))

    def stated(self) -> str:
        return self.dice.choice((*FACT_VALUES, self.words()))

    def line(self) -> bytes:
        """As `bundle/finished.py` writes it (a test below holds a whole one to that)."""
        said = {
            "item": f"M-{self.number():06d}", "part": self.dice.choice(("subject", "owner", "context")), "matched": "from:exact",
            "conversation_number": "V-0001", "gap_before": self.number(), "native": self.maybe(self.name),
            "copies": self.many(lambda: {"source": self.name(), "raw_sha256": self.maybe(self.name)}, 1),
        }  # fmt: skip
        extra = valid_text(json.dumps(said, ensure_ascii=False, separators=(",", ":")))
        return f"{extra[:-1]},{self.record().model_dump_json()[1:]}\n".encode()


def block_of(seed: int) -> bytes:
    """A few lines, some of them like others before."""
    maker = Maker(seed)
    return b"".join([maker.line() for _ in range(maker.dice.randint(1, 3))])


REFUSED = (ValueError, KeyError, TypeError, AttributeError)


def outcome(read: Callable[[bytes], Iterable[tuple[Any, ...]]], block: bytes) -> list[tuple[Any, ...]] | str:
    """What was read of some lines, or that they were refused."""
    try:
        return [tuple(one) for one in read(block)]
    except REFUSED:
        return "refused"


def carefully(block: bytes) -> Iterable[tuple[Any, ...]]:
    return events_of(io.BytesIO(block))


@given(SEEDS)
@settings(max_examples=300)
def test_both_ways_read_the_same_of_every_line_that_a_bundle_has(seed: int) -> None:
    reader, block = Reader(), block_of(seed)
    expected = outcome(carefully, block)
    assert expected != "refused"
    # Twice: the second time by what was learnt the first time.
    assert outcome(reader.rows, block) == outcome(reader.rows, block) == expected
    for line in io.BytesIO(block):
        event("quick" if _LINE.match(line) else "careful")
        # What is written without an escape, and is no carried message, is never left to the careful way.
        assert _LINE.match(line) or b"\\" in line or b'"parent":null' not in line


BITS = [b'"', b"\\", b",", b"\x00", b"\xff", b"\n", b"\r\n", b"{}", b"[]", b"null", b'"part":"owner",', b"1", b"-", b" ", b"}", b"\xc3",
        b'\\"', b"\\u0041", b"\\ud83d", b'"a":"b",', b"60", b"99", b"true", b'"written"', b'"day"', b"\xef\xbb\xbf"]  # fmt: skip


@given(SEEDS)
@settings(max_examples=300)
def test_both_ways_read_the_same_of_damaged_lines_or_refuse_them(seed: int) -> None:
    reader, dice, block = Reader(), Random(seed), block_of(seed)
    assert outcome(reader.rows, block) == outcome(carefully, block)
    for _ in range(20):
        at = dice.randint(0, len(block))
        damaged = block[:at] + dice.choice(BITS) + block[at + dice.choice((0, 0, 1, 2, 9)) :]
        expected = outcome(carefully, damaged)
        event("refused" if expected == "refused" else "read")
        assert outcome(reader.rows, damaged) == expected


@given(SEEDS)
@settings(max_examples=300)
def test_both_ways_read_the_same_where_any_text_was_replaced(seed: int) -> None:
    reader, dice = Reader(), Random(seed)
    pieces = block_of(seed).split(b'"')
    for _ in range(20):
        changed = pieces.copy()
        changed[dice.randrange(len(pieces))] = dice.choice([*BITS, *pieces])
        damaged = b'"'.join(changed)
        assert outcome(reader.rows, damaged) == outcome(carefully, damaged)


def test_a_line_of_a_bundle_goes_the_quick_way_and_a_day_that_does_not_exist_is_refused_by_both() -> None:
    line = finished(one_item(Make(), 1), None).line
    assert len(_LINE.findall(line)) == 1
    day = line.index(b'"ts_utc":"') + len(b'"ts_utc":"2023-09-')
    damaged = line[:day] + b"31" + line[day + 2 :]
    assert _LINE.match(damaged)
    assert outcome(Reader().rows, damaged) == outcome(carefully, damaged) == "refused"


# Blocks and stretches of lines


@pytest.fixture
def bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], FolderBag]:
    """A folder with one file, of which a few bytes are read at a time."""
    monkeypatch.setattr(bagreader, "_LINES", 5)
    monkeypatch.setattr(bagreader, "CHUNK", 3)

    def made(content: bytes) -> FolderBag:
        (tmp_path / "lines").write_bytes(content)
        return FolderBag(tmp_path, Findings())

    return made


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a", b"a\n", b"ab\n\ncdefghijklmno\np\nqrs", b"abcd\nefgh\nijkl\n", b"abcdefghi"]
)
def test_stretches_of_any_size_give_each_line_once_and_whole(content: bytes, bag: Callable[[bytes], FolderBag]) -> None:
    made = bag(content)
    assert b"".join(line_blocks(made, "lines", 99, 5)) == content
    for size in range(1, len(content) + 2):
        found = [block for one in made.stretches("lines", size) for block in one.blocks(99)]
        assert b"".join(found) == content
        assert all(block.endswith(b"\n") for block in found[:-1])


def test_a_line_that_is_too_long_is_refused_in_both(bag: Callable[[bytes], FolderBag]) -> None:
    made = bag(b"ab\n" + b"x" * 40 + b"\n")
    with pytest.raises(UnreadableError, match="longer than 20"):
        list(line_blocks(made, "lines", 20, 5))
    [whole] = made.stretches("lines", 99)
    with pytest.raises(UnreadableError, match="longer than 20"):
        list(whole.blocks(20))


def test_a_stretch_of_a_file_that_was_replaced_is_refused(tmp_path: Path, bag: Callable[[bytes], FolderBag]) -> None:
    [whole] = bag(b"a\n").stretches("lines", 99)
    (tmp_path / "other").write_bytes(b"b\n")
    (tmp_path / "other").replace(tmp_path / "lines")
    with pytest.raises(UnreadableError, match="replaced by another file"):
        list(whole.blocks(99))


def test_a_folder_and_an_archive_give_one_table_with_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = b"".join(block_of(seed) for seed in range(20))
    items = tmp_path / "pr-x" / fact_lines.ITEMS
    items.parent.mkdir(parents=True)
    items.write_bytes(block)
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(items, f"pr-x/{fact_lines.ITEMS}")
    monkeypatch.setattr(fact_lines, "_PIECE", 5_000)
    monkeypatch.setattr(fact_lines, "_SENT", 5_000)
    monkeypatch.setattr(fact_lines, "_WORTH_WORKERS", 1)
    expected = sorted(event.number for event in events_of(io.BytesIO(block)))
    for workers in (1, 2):
        for bag in (FolderBag(tmp_path / "pr-x", Findings()), ZipBag(tmp_path / "x.zip", Findings())):
            with bag:
                table = fact_lines.table_of(bag, workers)
            assert list(table.numbers) == expected
            assert {table.shapes[one] for one in table.ids} == {event.shape for event in events_of(io.BytesIO(block))}
