"""Checking a custody log: whatever is done to a line, the check says which line and what."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.custody import CustodyLog, Who, check_chain, read_lines
from plainrecord.custody.canonical import canonical
from plainrecord.custody.checking import LONGEST_LINE, MOST_PROBLEMS, hash_of_line


def make_lines(count: int = 6) -> list[str]:
    numbers = iter(range(1_000_000))
    log = CustodyLog([], lambda: datetime(2024, 10, 27, tzinfo=UTC), lambda: f"e-{next(numbers)}")
    log.begin(Who())
    for number in range(2, count + 1):
        log.append(
            "access.read",
            what=f"Looked, {number}.",
            why="To see.",
            who=Who("A. Bee", "reviewer"),
            details={"reason": "to check", "view_mode": "text"},
        )
    return log.new_lines


LINES = make_lines()
FILE = "".join(line + "\n" for line in LINES).encode()


def found(lines: list[Any], start: str = "0" * 64) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in check_chain(lines, start)]


def rewritten(line: str, **changes: object) -> str:
    """The line with changes and with its hash made to fit again."""
    event = json.loads(line) | changes
    event["this_hash"] = hash_of_line(event)
    return canonical(event).decode()


def test_a_whole_log_has_no_problems_as_text_bytes_or_file() -> None:
    assert found(LINES) == []
    assert found([line.encode() + b"\n" for line in LINES]) == []
    assert check_chain(read_lines(io.BytesIO(FILE))) == []
    assert found([]) == []


def test_twenty_lines_of_another_program_come_to_the_same_hashes() -> None:
    previous = "0" * 64
    for line in LINES:
        stated = line.split('"this_hash":"')[1][:64]
        without = line.replace(f'"this_hash":"{stated}",', "")
        assert hashlib.sha256(without.encode()).hexdigest() == stated
        assert f'"prev_hash":"{previous}"' in line
        previous = stated


@pytest.mark.parametrize("index", range(len(LINES)))
def test_an_edited_line_is_named_once(index: int) -> None:
    lines = list(LINES)
    lines[index] = lines[index].replace("To ", "to ")
    assert found(lines) == [(index + 1, "changed")]


@pytest.mark.parametrize("index", range(len(LINES) - 1))
def test_an_edited_line_with_its_hash_made_to_fit_breaks_the_next_line(index: int) -> None:
    lines = list(LINES)
    lines[index] = rewritten(lines[index], what="Something else.")
    assert found(lines) == [(index + 2, "not-following")]


@pytest.mark.parametrize("index", range(1, len(LINES) - 1))
def test_a_removed_line_is_noticed_at_its_place(index: int) -> None:
    lines = [line for number, line in enumerate(LINES) if number != index]
    assert found(lines) == [(index + 1, "not-following"), (index + 1, "sequence")]


def test_a_removed_beginning_is_noticed() -> None:
    assert found(LINES[1:]) == [(1, "not-opened"), (1, "not-following"), (1, "sequence")]


@pytest.mark.parametrize("index", range(1, len(LINES) - 1))
def test_swapped_lines_are_noticed(index: int) -> None:
    lines = list(LINES)
    lines[index], lines[index + 1] = lines[index + 1], lines[index]
    assert {(index + 1, "not-following"), (index + 1, "sequence")} <= set(found(lines))


def test_a_repeated_line_is_noticed() -> None:
    problems = found([*LINES[:3], LINES[2], *LINES[3:]])
    assert problems == [(4, "not-following"), (4, "sequence"), (4, "duplicate-id")]


def test_an_inserted_line_with_good_hashes_breaks_the_line_after_it() -> None:
    event = json.loads(LINES[2])
    extra = rewritten(LINES[3], prev_hash=event["this_hash"], event_id="new", what="Never happened.")
    problems = found([*LINES[:3], extra, *LINES[3:]])
    assert problems == [(5, "not-following"), (5, "sequence")]


def test_a_sequence_number_that_jumps_is_noticed_even_when_the_hashes_fit() -> None:
    assert found([*LINES[:5], rewritten(LINES[5], seq=9)]) == [(6, "sequence")]


def test_the_same_value_written_otherwise_is_not_canonical() -> None:
    spaced = json.dumps(json.loads(LINES[1]), ensure_ascii=False)
    assert found([LINES[0], spaced, *LINES[2:]]) == [(2, "not-canonical")]
    assert found([LINES[0], LINES[1] + "\r", *LINES[2:]]) == [(2, "not-canonical")]
    doubled = LINES[1].replace('"seq":2', '"seq":1,"seq":2')
    assert found([LINES[0], doubled, *LINES[2:]]) == [(2, "not-canonical")]


def test_fractions_and_huge_numbers_have_no_canonical_form() -> None:
    for number in ("2.0", "1e400", "9" * 30, "NaN"):
        problems = found([LINES[0], LINES[1].replace('"seq":2', f'"seq":{number}')])
        assert (2, "not-canonical") in problems


def test_an_incomplete_entry_is_named_even_when_its_hashes_fit() -> None:
    bare = rewritten(LINES[5], details={})
    problems = check_chain([*LINES[:5], bare])
    assert [problem.kind for problem in problems] == ["schema"]
    assert "reason" in problems[0].says


def test_a_first_prev_hash_other_than_the_start_is_noticed() -> None:
    assert (1, "not-following") in found(LINES, "ab" * 32)


def test_a_log_cut_off_at_any_byte_is_noticed_or_ends_after_a_whole_line() -> None:
    whole_ends = {0} | {index + 1 for index, byte in enumerate(FILE) if byte == 10}
    for end in range(0, len(FILE), 7):
        problems = check_chain(read_lines(io.BytesIO(FILE[:end])))
        # A log of one line that lost only its line end cannot be told from one that never had it.
        assert bool(problems) == (end not in whole_ends and end != len(LINES[0])), end


def test_a_log_that_lost_only_its_last_line_end_is_named() -> None:
    assert found(FILE[:-1].splitlines(keepends=True)) == [(6, "truncated")]


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(FILE) - 2), st.integers(0, 255))
def test_one_changed_byte_anywhere_is_noticed(place: int, value: int) -> None:
    changed = FILE[:place] + bytes([value]) + FILE[place + 1 :]
    assert bool(check_chain(read_lines(io.BytesIO(changed)))) == (changed != FILE)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.text(max_size=40) | st.sampled_from(LINES), max_size=6))
def test_no_input_makes_the_check_fail(lines: list[bytes | str]) -> None:
    for problem in check_chain(lines):
        assert problem.says.endswith(".")
        assert 1 <= problem.line <= len(lines)


@pytest.mark.parametrize("line", ["", "[]", "null", "[" * 100_000, '{"a":' * 2_000, "\ud83d", b"\xff", "{", '{"a":1'])
def test_what_is_no_json_object_is_named(line: bytes | str) -> None:
    assert (2, "not-json") in found([LINES[0], line])


def test_a_bad_line_does_not_blame_its_neighbours() -> None:
    assert found([*LINES[:2], "???", *LINES[3:]]) == [(3, "not-json")]


def test_a_line_beyond_the_limit_is_named_and_not_parsed() -> None:
    long = LINES[0].encode() + b"\n" + b" " * (LONGEST_LINE * 2 + 5) + b"\n" + LINES[2].encode() + b"\n"
    lines = list(read_lines(io.BytesIO(long)))
    assert len(lines) == 3
    assert found(lines) == [(2, "too-long")]


def test_the_list_of_problems_is_bounded_and_says_so() -> None:
    problems = check_chain("x" for _ in range(10 * MOST_PROBLEMS))
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1].kind == "too-many"


def test_memory_does_not_grow_with_the_length_of_lines() -> None:
    def stream() -> Iterator[str]:
        previous, big = "0" * 64, "x" * 200_000
        for seq in range(1, 101):
            line = rewritten(LINES[min(seq - 1, 1)], seq=seq, event_id=f"n-{seq}", prev_hash=previous, what=big)
            previous = json.loads(line)["this_hash"]
            yield line

    tracemalloc.start()
    try:
        assert check_chain(stream()) == []
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
