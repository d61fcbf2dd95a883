"""Records are joined by what they say about each other, and never by a common subject alone."""

from __future__ import annotations

import json
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mailboxes import OWNER, mail, write_mailbox
from plainrecord.building import stream_records
from plainrecord.conversations import (
    STATED,
    Joiner,
    key_bytes,
    key_number,
    numbers,
    own_bytes,
    own_number,
)
from plainrecord.store import CaseSettings

LINKS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 20)), max_size=60)


def components(pairs: list[tuple[int, int]], last: int) -> dict[int, int]:
    """Brute force: smallest record reachable over shared keys."""
    label = {record: record for record in range(1, last + 1)}
    for _ in range(last):
        for key, record in pairs:
            low = min(label[other] for other_key, other in pairs if other_key == key)
            old = label[record]
            label = {other: min(low, value) if value == old else value for other, value in label.items()}
    return label


@given(LINKS)
def test_records_that_share_a_key_directly_or_through_others_are_one_conversation(pairs: list[tuple[int, int]]) -> None:
    joiner = Joiner(20)
    joiner.join_links(sorted(pairs))
    root = joiner.settled()
    assert {record: root(record) for record in range(1, 21)} == components(pairs, 20)


@given(LINKS, st.randoms())
def test_the_order_of_groups_does_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    one, two = Joiner(20), Joiner(20)
    one.join_links(sorted(pairs))
    two.join_links(sorted(pairs, reverse=True))
    assert list(map(one.settled(), range(1, 21))) == list(map(two.settled(), range(1, 21)))


def test_two_mails_with_one_subject_between_the_same_people_stay_apart_when_neither_is_a_reply() -> None:
    joiner = Joiner(2)
    joiner.join_fallback([(7, 1, 0), (7, 2, 0)])
    assert joiner.find(1) != joiner.find(2)


def test_a_reply_without_references_joins_the_one_mail_with_its_subject_and_people_and_says_so() -> None:
    joiner = Joiner(2)
    joiner.join_fallback([(7, 1, 0), (7, 2, 1)])
    assert joiner.find(2) == 1
    assert joiner.rule(1) == "subject"


def test_a_reply_that_could_belong_to_two_threads_joins_neither_of_them() -> None:
    joiner = Joiner(3)
    joiner.join_fallback([(7, 1, 0), (7, 2, 0), (7, 3, 1)])
    assert {joiner.find(record) for record in (1, 2, 3)} == {1, 2, 3}


def test_the_rule_is_the_weakest_statement_that_is_true_of_the_whole_conversation() -> None:
    joiner = Joiner(4)
    joiner.join_links([(1, 1), (1, 2)])
    assert joiner.rule(1) == "message-ids"
    joiner.join_fallback([(9, 2, 0), (9, 3, 1)])
    assert joiner.rule(joiner.find(3)) == "subject"
    assert joiner.rule(4) == "single"


def test_a_conversation_the_export_names_is_stated() -> None:
    joiner = Joiner(2)
    joiner.join_links([(1, 1), (1, 2)], STATED)
    assert joiner.rule(joiner.find(2)) == "stated"


def test_a_key_is_the_same_number_everywhere() -> None:
    assert key_number("link:<a@b.example>") == key_number("link:<a@b.example>")
    assert key_number("link:<a@b.example>") != key_number("link:<A@b.example>")
    assert -(2**63) <= key_number("\ud800") < 2**63


def test_keys_in_bytes_are_the_same_numbers() -> None:
    keys = b"".join(map(key_bytes, (b"link:a@b.example", b"link:\xc3\xa9", b"")))
    assert list(numbers(keys + own_bytes(b"Kim <k@x.example>", b"22 Oct"))) == [
        key_number("link:a@b.example"),
        key_number("link:\xe9"),
        key_number(""),
        own_number("Kim <k@x.example>\n22 Oct"),
    ]


def named(*marks: str) -> list[tuple[int, int, int]]:
    """Messages 1, 2, … that all bear one name; "" stands for one that only refers to it."""
    return [(5, record, own_number(mark) if mark else 0) for record, mark in enumerate(marks, start=1)]


def test_a_message_its_copy_and_a_reply_are_one_conversation() -> None:
    joiner = Joiner(3)
    joiner.join_named(named("a@x\nMon", "a@x\nMon", ""))
    assert {joiner.find(record) for record in (1, 2, 3)} == {1}
    assert joiner.reused == 0


def test_a_copy_whose_author_a_list_rewrote_is_still_a_copy() -> None:
    joiner = Joiner(3)
    joiner.join_named(named("a@x\nMon", "a via list\nMon", ""))
    assert {joiner.find(record) for record in (1, 2, 3)} == {1}


def test_strangers_whose_programs_use_one_message_id_are_not_joined_and_a_reply_to_it_joins_none() -> None:
    joiner = Joiner(4)
    joiner.join_named(named("a@x\nMon", "b@y\nTue", "a@x\nMon", ""))
    assert [joiner.find(record) for record in (1, 2, 3, 4)] == [1, 2, 1, 4]
    assert joiner.reused == 1


def test_strangers_do_not_agree_in_a_date_or_an_author_that_neither_states() -> None:
    joiner = Joiner(5)
    joiner.join_named(named("a@x\n", "b@y\n", "a@x\n", "\nMon", "\nTue"))
    assert [joiner.find(record) for record in (1, 2, 3, 4, 5)] == [1, 2, 1, 4, 5]
    assert joiner.reused == 1


def test_copies_are_found_through_one_another() -> None:
    joiner = Joiner(3)
    joiner.join_named(named("a@x\nMon", "b@y\nTue", "a@x\nTue"))
    assert {joiner.find(record) for record in (1, 2, 3)} == {1}


def test_a_name_that_a_hundred_thousand_mails_bear_is_looked_at_once_for_each() -> None:
    count = 100_000
    joiner = Joiner(count)
    joiner.join_named((5, record, own_number(f"p{record // 2}@x\n{record}")) for record in range(1, count + 1))
    assert joiner.reused == 1
    # Neighbours have one author, so they are copies: 2 and 3, 4 and 5, …
    assert [joiner.find(record) for record in (1, 2, 3, 4, 5, count)] == [1, 2, 2, 4, 4, count]


def test_half_a_million_mails_are_joined_in_five_bytes_each() -> None:
    count = 500_000

    def links() -> Iterator[tuple[int, int, int]]:
        """Threads of four: every mail bears its own name, three of four name the first."""
        for first in range(1, count, 4):
            yield from ((first, first + number, 0 if number else 9) for number in range(4))

    tracemalloc.start()
    joiner = Joiner(count)
    joiner.join_named(links())
    joiner.join_fallback((number // 8, number, 0) for number in range(1, count))  # one subject, eight strangers each
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * count + 200_000
    root = joiner.settled()
    assert sum(root(record) == record for record in range(1, count + 1)) == count // 4
    assert all(joiner.find(record) == record - (record - 1) % 4 for record in range(1, count, 7))


def test_strangers_with_a_common_subject_are_never_one_conversation(tmp_path: Path) -> None:
    """Two hundred people write "Hello" to one owner; each writes "Re: Hello" later, and no program wrote a reference."""
    mails = [
        mail(number, f"person{number % 200}@list.example", OWNER, subject="Hello" if number < 200 else "Re: Hello")
        for number in range(400)
    ]
    lines: list[bytes] = []
    write_mailbox(tmp_path / "inbox.mbox", mails)
    stream_records(
        [tmp_path / "inbox.mbox"], CaseSettings(), tmp_path, lambda: datetime(2025, 1, 1, tzinfo=UTC), lines.append
    )
    people: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        record = json.loads(line)
        people[record["conversation"]["id"]].add(record["sender"]["value"])
    assert len(lines) == 400
    assert len(people) == 200
    assert all(len(names) == 1 for names in people.values())
