"""What is written of records: letters to very many do not pile up in memory."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from plainrecord.parsers.base import Brief
from plainrecord.records import Account, Envelope, Position
from plainrecord.store import database, packing
from plainrecord.store.database import RecordWriter, open_database
from plainrecord.store.packing import pack
from plainrecord.times import unreadable

NAMES = 100
ACCOUNTS = [Account("email", "address", f"p{number}@list.example", None, "to") for number in range(NAMES + 1)]


def letter(number: int) -> Envelope:
    """To a hundred people, in an order of its own."""
    at = number % NAMES
    people = tuple([ACCOUNTS[at - 1 - place] for place in range(NAMES - number // NAMES)])
    return Envelope(
        Position("a.mbox", f"bytes:{number}"), "email", "email", unreadable("", "Date"), ACCOUNTS[at], people
    )


def in_brief(number: int) -> Brief:
    """The same, without an envelope."""
    said = letter(number)
    people = (said.sender, said.recipients, said.also)
    return Brief("a.mbox", said.position.locator, "email", None, people, (), (), False, b"", b"", None, False)


@pytest.mark.parametrize("brief", [True, False])
def test_what_is_remembered_of_letters_to_many_does_not_grow_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brief: bool
) -> None:
    monkeypatch.setattr(database, "_NAMES_REMEMBERED", 2_000)
    monkeypatch.setattr(database, "_NAMED_BATCH", 2_000)
    monkeypatch.setattr(packing, "_PEOPLE_BYTES", 60_000)
    held = []
    with closing(open_database(tmp_path / "case.sqlite", durable=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        writer = RecordWriter(db, 1, 1, {"a.mbox": 1})
        tracemalloc.start()
        for number in range(400):
            writer.write(pack([in_brief(number)]) if brief else letter(number))
            if number in (99, 399):
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        writer.flush()
        assert db.execute("SELECT count(DISTINCT parties) FROM record").fetchone() == (400,)
        assert db.execute("SELECT count(*) FROM party_set").fetchone() == (
            400 + sum(100 - n // 100 for n in range(400)),
        )
    # What is remembered of 300 letters more would take four megabytes and more.
    assert held[1] - held[0] < 1_000_000
