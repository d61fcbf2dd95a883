"""Items made into runs: they come back in order and unharmed, whatever is in them and in whatever order they came."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import Built, build_bundle, page_parts, page_runs, sequence
from plainrecord.bundle import contents as contents_room
from plainrecord.bundle.batch import Batch
from plainrecord.bundle.blobs import Blob, get
from plainrecord.bundle.clocktext import clock_text
from plainrecord.bundle.contents import Item
from plainrecord.bundle.finished import Finished, finished
from plainrecord.bundle.page_rows import OPEN
from plainrecord.bundle.runs import MakeRuns, Run, run_of, stretches
from plainrecord.bundle.runspool import InOrder, RunSpool
from synthetic import Make, contents, one_item

ZONE = "Europe/London"
MAKE = Make(items=60, conversations=3, undated=4, attached_to=7, not_included=2, gap_at=10)


def items(make: Make = MAKE) -> list[Finished]:
    """Finished items in timeline order."""
    found = [finished(item, ZONE) for item in contents(make).items()]
    return sorted(found, key=lambda item: item.key)


def runs(found: list[Finished], rows_per_page: int = 1000) -> list[Run]:
    batch = Batch()
    for item in found:
        batch.add(item)
    clock = clock_text(ZONE)
    return [run_of(batch.part(*ends), clock, "", bytes(32)) for ends in stretches(batch, rows_per_page)]


def joined(pieces: Iterable[Blob]) -> bytes:
    return b"".join(get(Path(), piece) for piece in pieces)


def test_what_is_written_of_a_run_is_what_is_written_of_its_items() -> None:
    found = items()
    made = runs(found)
    assert b"".join(item.line for item in found) == joined(run.lines for run in made)
    assert b"".join(item.csv for item in found) == joined(run.csv for run in made)
    assert b"".join(item.row for item in found) == joined(run.rows for run in made)
    assert b"".join(item.talk for item in found) == joined(run.talks for run in made)
    assert sum(run.items + run.carried for run in made) == len(found)
    assert sum(run.gaps for run in made) == sum(item.gap_before for item in found)
    assert sum(run.characters for run in made) == sum(item.characters for item in found)


def test_a_run_ends_where_another_conversation_page_or_lack_of_a_time_begins() -> None:
    one = items(replace(MAKE, conversations=1))
    made = runs(one, rows_per_page=20)
    assert [(run.first, run.last, run.dated) for run in made] == [
        (1, 20, True), (21, 40, True), (41, 56, True), (57, 60, False),
    ]  # fmt: skip
    assert made[0].carried == 1
    assert [run.first for run in runs(items(), rows_per_page=20)] == list(range(1, 61))


def test_a_list_from_the_newest_to_the_oldest_makes_runs_too(tmp_path: Path) -> None:
    one = replace(MAKE, conversations=1)
    every = sorted(contents(one).items(), key=lambda item: item.number, reverse=True)
    made = list(MakeRuns(ZONE, 20, str(tmp_path))(every))
    assert [(run.first, run.last) for run in made] == [(1, 20), (21, 40), (41, 56), (57, 60)]
    assert joined(run.lines for run in made) == b"".join(item.line for item in items(one))


def test_a_run_ends_where_time_steps_back_or_a_number_is_missing() -> None:
    one = items(replace(MAKE, conversations=1, attached_to=0))
    later = one[3]._replace(utc_us=(one[4].utc_us or 0) + 1)
    assert [(run.first, run.last) for run in runs([*one[:3], later, one[4], one[6]])] == [(1, 4), (5, 5), (7, 7)]


@pytest.mark.parametrize("part", ["row", "talk"])
def test_a_control_character_that_was_not_made_visible_is_refused(part: str) -> None:
    drawn = f"a{OPEN}b{OPEN}c".encode()
    item = items()[0]
    item = item._replace(row=drawn) if part == "row" else item._replace(talk=drawn)
    with pytest.raises(ValueError, match="control character"):
        runs([item])


def shuffled(make: Make, seed: int, rows: contents_room.MakeRuns) -> Iterator[Run]:
    """Runs of short chunks in disorder; what is carried stays behind its carrier."""
    found = sorted(contents(make).items(), key=lambda item: item.number)
    carried = [item for item in found if item.number.count("-") > 1]
    chunks = [
        [item, *(c for c in carried if c.number.startswith(f"{item.number}-"))] for item in found if item not in carried
    ]
    Random(seed).shuffle(chunks)
    for chunk in chunks:
        yield from rows(chunk)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("waiting", [0, 3_000, 1 << 20])
@pytest.mark.parametrize("paged", [True, False])
def test_runs_in_any_order_make_the_same_bundle(
    seed: int, waiting: int, paged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "WAITING", waiting)
    if paged:
        monkeypatch.setattr(page_parts, "MOST_ITEMS_ON_ONE_PAGE", 10)
        monkeypatch.setattr(page_parts, "ROWS_PER_PAGE", 7)
        monkeypatch.setattr(page_parts, "PAGE_BYTES", 9_000)
    straight = build_bundle(contents(MAKE), tmp_path / "straight")
    mixed = contents(MAKE)
    mixed.runs = lambda make: shuffled(MAKE, seed, make)
    built = build_bundle(mixed, tmp_path / "mixed")
    assert files(built) == files(straight)


@pytest.mark.parametrize("conversations", [1, 3])
def test_pages_written_as_items_come_are_those_written_when_all_are_there(
    conversations: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_parts, "MOST_ITEMS_ON_ONE_PAGE", 10)
    monkeypatch.setattr(page_parts, "ROWS_PER_PAGE", 7)
    monkeypatch.setattr(page_parts, "PAGE_BYTES", 9_000)
    make = replace(MAKE, conversations=conversations)
    early = build_bundle(contents(make), tmp_path / "early")
    monkeypatch.setattr(page_runs, "_FIRST", "no conversation")
    late = build_bundle(contents(make), tmp_path / "late")
    assert len(list((early.path / "pages").iterdir())) > 10
    assert files(early) == files(late)


def files(built: Built) -> dict[str, bytes]:
    """Everything in a bundle that does not bear ids made anew each time."""
    every = {path.relative_to(built.path).as_posix(): path.read_bytes() for path in built.path.rglob("*.*")}
    fixed = ("data/", "pages/", "schedules/", "timeline.csv", "manifest-sha256.txt")
    return {name: data for name, data in every.items() if name.startswith(fixed)} | {
        "START_HERE.html": re.sub(rb"[0-9a-f-]{36,64}", b"", every["START_HERE.html"])
    }


def test_a_page_of_conversations_turns_where_it_is_full_and_rows_lead_to_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_parts, "MOST_ITEMS_ON_ONE_PAGE", 10)
    monkeypatch.setattr(page_parts, "PAGE_BYTES", 9_000)
    built = build_bundle(contents(replace(MAKE, conversations=1)), tmp_path)
    pages = {path.name: path.read_text("utf-8") for path in (built.path / "pages").iterdir()}
    links = re.findall(r'<a href="(conversations-\d+\.html)#(M-\d+(?:-\d+)?)"', pages["timeline-0001.html"])
    assert len(links) == 61
    carrier = {number.rpartition("-")[0]: page for page, number in links if number.count("-") > 1}
    for page, number in links:
        assert f'id="{number}"' in pages[page] or carrier
    main = [page for page, number in links if number.count("-") == 1]
    assert main == sorted(main)
    assert len(set(main)) > 3


def test_a_spool_gives_values_back_in_order_of_their_keys_and_whole(tmp_path: Path) -> None:
    spool, kept = RunSpool(tmp_path, "s", run_bytes=200), InOrder(tmp_path, "kept", run_bytes=200)
    values = [(f"{number:05d}", b"\n\0\1" * (number % 7), number, None) for number in range(900)]
    mixed = Random(3).sample(values, len(values))
    for value in mixed:
        spool.add(value[0], value)
        kept.add(value)
    assert list(spool.values()) == values
    assert list(kept.values()) == mixed
    assert list(kept.values()) == mixed


def test_a_file_that_was_cut_off_is_not_taken_for_its_end(tmp_path: Path) -> None:
    kept = InOrder(tmp_path, "kept")
    kept.add(("a", 1))
    kept.add(("b", 2))
    list(kept.values())
    (tmp_path / "kept").write_bytes((tmp_path / "kept").read_bytes()[:-4])
    with pytest.raises((EOFError, ValueError)):
        list(kept.values())


def test_one_item_more_or_less_is_met(tmp_path: Path) -> None:
    item: Item = one_item(MAKE, 3)
    made = contents(replace(MAKE, items=3, conversations=1, attached_to=0))
    made.runs = lambda make: make([item])
    with pytest.raises(Exception, match="do not follow each other"):
        build_bundle(made, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_piece_in_a_file_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pieces-1").write_bytes(b"0123456789")
    assert get(tmp_path, ("pieces-1", 3, 4)) == b"3456"
    with pytest.raises(EOFError):
        get(tmp_path, ("pieces-1", 3, 8))
