"""A large mailbox shared among processes: the case holds the same rows as when one process reads it alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail_damage import FIXTURES
from mailboxes import long_mailbox
from plainrecord.conversations import numbers
from plainrecord.intake import list_source
from plainrecord.parsers import Claim
from plainrecord.parsers.base import Brief, Piece
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.records import Account, Conversation, Envelope, Position, Unread
from plainrecord.store import Case, CaseSettings, scanning
from plainrecord.store.packing import Packed, fallback_number, link_numbers, pack, people_of
from plainrecord.times import unreadable

TABLES = "account claim fallback link member original party_set reading record source stated unread".split()


def everything(folder: Path, exports: list[Path], workers: int) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a new case of those exports."""
    with Case.create(folder, CaseSettings(), lambda: datetime(2025, 1, 1, tzinfo=UTC), durable=False) as case:
        for export in exports:
            case.add([export], workers=workers)
        return {table: _rows(case.db, table) for table in TABLES}


def _rows(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mailboxes of a few kilobytes are shared as those of gigabytes are."""
    monkeypatch.setattr(scanning, "_SMALL", 100)


@pytest.mark.usefixtures("everything_is_large")
def test_shared_or_alone_the_case_holds_the_same_rows(tmp_path: Path) -> None:
    many = long_mailbox(tmp_path / "many.mbox", 1_300)
    exports = [many, *(FIXTURES / name for name in ("email-real", "email-mbox", "email-phone"))]
    alone, shared = (everything(tmp_path / str(workers), exports, workers) for workers in (1, 2))
    assert alone == shared
    assert len(alone["record"]) > 1_350
    assert alone["stated"]
    assert alone["unread"]


def test_in_pieces_or_by_envelopes_the_case_holds_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [long_mailbox(tmp_path / "many.mbox", 300)]
    exports += [FIXTURES / name for name in ("email-real", "email-mbox", "email-phone")]
    packed = everything(tmp_path / "packed", exports, 1)
    monkeypatch.setattr(scanning, "records_of", scanning.guarded_scan)
    assert packed == everything(tmp_path / "envelopes", exports, 1)
    assert packed["stated"]
    assert packed["unread"]


def test_many_small_exports_are_read_alike_by_several_and_by_one_who_is_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [FIXTURES / name for name in ("email-mbox", "chat-irc", "social-mastodon")]
    alone = everything(tmp_path / "alone", exports, 1)
    monkeypatch.setattr(scanning, "_WORTH", 0)
    assert everything(tmp_path / "shared", exports, 2) == alone
    assert len(alone["claim"]) > 5


def test_for_a_few_small_files_no_process_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = everything(tmp_path / "alone", [FIXTURES / "email-mbox"], 1)
    started: list[int] = []
    monkeypatch.setattr(scanning, "worker_pool", started.append)
    assert everything(tmp_path / "two", [FIXTURES / "email-mbox"], 2) == alone
    assert not started


def test_what_is_packed_says_what_the_envelope_says() -> None:
    sender, other = Account("email", "address", "a@x.example", "A", "from"), Account("email", "name", "B")
    said = Conversation(links=("1@x", "2@x"), fallback="hello|a@x.example", seeks=True, own="1@x", own_mark="a\nb")
    at = Position("a.mbox", "bytes:1-9")
    envelope = Envelope(
        at, "email", "email", unreadable("", "Date"), sender, (other,), (), said, ("sent", "list"), backwards=True
    )
    size, found, stopped = pack([envelope, Unread(at, "truncated", "Cut.")])
    assert (size, stopped, found.members, found.locators) == (2, None, ["a.mbox"], ["bytes:1-9"])
    named = ((("email", "address", "a@x.example", "A"), "from"), (("email", "name", "B", ""), "to"))
    assert [people_of(found.people[who]) for who in found.who] == [(True, named)]
    assert (found.marks, found.backwards, found.stated) == (["sent list"], [0], [])
    assert list(zip(numbers(found.links), numbers(found.owns), strict=True)) == list(link_numbers(said))
    assert (found.linked, found.fallen, found.seeks) == ([0, 0], [0], [True])
    assert list(numbers(found.fallbacks)) == [fallback_number(said)]
    assert found.unread == [("a.mbox", "bytes:1-9", "truncated", "Cut.")]


class Failing(Mbox):
    """Fails where told: while parting, or in the piece with the given number."""

    def __init__(self, parting: int = 99, piece: int = 99) -> None:
        self._parting, self._piece = parting, piece

    def pieces(self, claim: Claim) -> Iterator[Piece]:
        for number in range(3):
            if number == self._parting:
                raise ValueError("the file bit back")
            yield [(number,)]

    def read_piece(self, claim: Claim, piece: Piece) -> Iterator[Envelope | Brief | Unread]:
        [(number,)] = piece
        yield Unread(Position("a", f"bytes:{number}-9"), "number", "One.")
        if number == self._piece:
            raise ValueError("the piece bit back")


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("parser", "kinds"),
    [
        (Failing(), ["number"] * 3),
        (Failing(parting=2), ["number", "number", "reading-stopped"]),
        (Failing(piece=1), ["number", "number", "reading-stopped"]),
    ],
)
def test_a_parser_that_fails_stops_there_and_what_came_before_is_kept(
    tmp_path: Path, parser: Failing, kinds: list[str], workers: int
) -> None:
    [claim] = parser.claim(list_source([long_mailbox(tmp_path / "a.mbox", 3)], "S1"))
    found: list[str] = []
    for scanned in scanning.scan_in_order([(0, parser, claim)], workers):
        for item in scanned.records:
            if isinstance(item, Packed):
                found += [kind for _, _, kind, _ in item.columns.unread]
                found += [item.stopped.kind] if item.stopped else []
            else:
                found.append(item.kind)
    assert found == kinds
