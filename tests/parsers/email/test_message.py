"""Whole mails: what containers rely on, and that nothing in a mail can stop a run."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email.headers import block_end
from plainrecord.parsers.email.message import ContainerFacts, Memo, envelope, load
from reading_mail import NOTHING_SAID, POSITION
from reading_mail import envelope as envelope_of
from reading_mail import load as load_of

FIXTURES = sorted((Path(__file__).parents[3] / "fixtures" / "email-messages").glob("*.eml"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_scan_and_load_agree(path: Path) -> None:
    raw = path.read_bytes()
    assert load_of(raw).envelope == envelope_of(raw)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_raw_bytes_are_kept_and_hashed_as_they_are(path: Path) -> None:
    raw = path.read_bytes()
    found = load_of(raw)
    assert (found.raw, found.raw_bytes, found.native_suffix) == (raw, len(raw), ".eml")
    assert found.raw_sha256 == hashlib.sha256(raw).hexdigest()
    assert len(found.blobs) == len(found.attachments)


def test_what_the_container_says_comes_first_and_without_repeats() -> None:
    container = ContainerFacts(marks=("deleted", "list"), notes=("mbox:x",), folder="Trash", labels=("A", "B, C"))
    found = load_of(b"From: a@x.example\nList-Id: <l.x>\nDate: Tue, 21 Jan 2014 05:30:14 +0000\n\nhi", container)
    assert found.envelope.marks == ("deleted", "list")
    assert found.envelope.notes == ("mbox:x",)
    assert found.facts["folder"] == "Trash"


def test_a_memo_changes_nothing_but_speed() -> None:
    memo, options = Memo(), ReadOptions()
    for path in FIXTURES * 2:
        block = path.read_bytes()
        block = block[: block_end(block)]
        one = envelope(block, position=POSITION, options=options, container=NOTHING_SAID, memo=memo)
        assert one == envelope(block, position=POSITION, options=options, container=NOTHING_SAID, memo=Memo())


def test_a_memo_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainrecord.parsers.email.memo.LIMIT", 10)
    memo = Memo()
    for number in range(100):
        block = b"From: a%d@x.example\nSubject: s%d\n\n" % (number, number)
        envelope(block, position=POSITION, options=ReadOptions(), container=NOTHING_SAID, memo=memo)
    assert max(len(memo.accounts), len(memo.subjects), len(memo.parties)) <= 10


def test_a_mail_cut_at_any_byte_still_loads() -> None:
    raw = next(path for path in FIXTURES if path.stem == "forwarded-as-attachment").read_bytes()
    for end in range(0, len(raw), 3):
        assert load_of(raw[:end]).raw_bytes == end


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_have_an_envelope_and_load(raw: bytes) -> None:
    assert load_of(raw).envelope == envelope_of(raw)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_in_a_multipart_load(one: bytes, two: bytes) -> None:
    raw = (
        b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + one + b"\n--b\nContent-Type: " + two
    )
    assert load_of(raw).raw_bytes == len(raw)


PIECES = (
    b"--outer", b"--inner", b'"', b"(", b")", b"<", b">", b"=?", b"?=", b"\r", b"\n", b"\0", b"\n\n", b"From ", b">From ",
    b":", b";", b",", b"\xff", b"begin 644 x\n", b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
    b"filename*0*=utf-7''%ff", b'charset="idna"', b"<a href=", b"Date: 31 Feb 99 24:00 +9999\n",
)  # fmt: skip


def test_two_thousand_damaged_mails_load() -> None:
    chance, memo, options = random.Random(20240711), Memo(), ReadOptions(timezone="Europe/London")
    container = ContainerFacts(quoting="mboxrd")
    whole = [path.read_bytes() for path in FIXTURES]
    for _ in range(2_000):
        raw = _damaged(chance.choice(whole), chance)
        found = load(raw, position=POSITION, options=options, container=container, memo=memo)
        assert found.raw_bytes == len(raw)


def _damaged(whole: bytes, chance: random.Random) -> bytes:
    raw = bytearray(whole)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        kind = chance.random()
        if kind < 0.4:
            raw[at:at] = chance.choice(PIECES)
        elif kind < 0.7:
            del raw[at : at + chance.randint(1, 60)]
        elif kind < 0.85:
            raw[at : at + 1] = bytes((chance.randrange(256),))
        else:
            other = chance.randrange(len(raw) + 1)
            raw[at:at] = raw[other : other + chance.randint(1, 200)]
    return bytes(raw)
