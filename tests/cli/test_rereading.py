"""The second look at the originals: beside other work, given up with it, and never taken for done before it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailboxes import write_mailbox
from plainrecord.errors import IntegrityError
from plainrecord.hashing import hash_file
from plainrecord.store import Case, CaseSettings, refuse_changed
from plainrecord.store.rereading import Rereading


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """A case of one small mailbox, not looked at a second time yet."""
    settings, clock = CaseSettings(), lambda: datetime(2025, 1, 1, tzinfo=UTC)
    with Case.create(tmp_path / "case", settings, clock, durable=False) as made:
        made.add([write_mailbox(tmp_path / "inbox.mbox")], recheck=False)
        yield made


def _again(case: Case) -> list[tuple[object, ...]]:
    return case.db.execute("SELECT after_sha256, after_blake3, after_size, after_reason FROM original").fetchall()


def test_what_was_found_is_in_the_case_when_it_ends_and_not_before(case: Case, tmp_path: Path) -> None:
    again = Rereading(case.db, case.sources(), None)
    again.begin()
    assert _again(case) == [(None, None, None, "")]
    again.end()
    digests = hash_file(tmp_path / "inbox.mbox")
    assert _again(case) == [(digests.sha256, digests.blake3, digests.size, "")]
    again.stop()
    refuse_changed(case.db)


def test_an_original_that_is_gone_or_has_changed_stops_the_build(case: Case, tmp_path: Path) -> None:
    (tmp_path / "inbox.mbox").write_bytes(b"From x Sun Oct 20 08:00:00 2024\nSubject: another\n\n")
    again = Rereading(case.db, case.sources(), None)
    again.begin()
    again.end()
    with pytest.raises(IntegrityError, match=r"inbox\.mbox"):
        refuse_changed(case.db)
    (tmp_path / "inbox.mbox").unlink()
    gone = Rereading(case.db, case.sources(), None)
    gone.begin()
    gone.end()
    assert "could not be read again" in str(_again(case)[0][3])


def test_a_build_that_is_given_up_ends_the_reading(case: Case, tmp_path: Path) -> None:
    with (tmp_path / "inbox.mbox").open("r+b") as file:
        file.truncate(1 << 30)  # a hole that takes a second to hash
    again = Rereading(case.db, case.sources(), None)
    again.begin()
    again.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("plainrecord-")]
    assert _again(case) == [(None, None, None, "")]
