"""The quick way to what a case keeps says what the careful way says, on invented, damaged and real mail, or says nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mail_damage import FIXTURES, mutated, samples_of
from mail_sources import claims_of
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Brief, InPieces
from plainrecord.parsers.email import layouts, message
from plainrecord.parsers.email.dates import common_instant, date_block
from plainrecord.parsers.email.instants import Instants
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.quick import QuickReader
from plainrecord.parsers.email.separators import from_line_time
from plainrecord.parsers.email.singles import together
from plainrecord.parsers.email.storemarks import StoreReader
from plainrecord.parsers.email.subjects import base_subject
from plainrecord.records import Envelope, Position, Unread
from plainrecord.store.packing import Columns, pack
from plainrecord.times import TimeBlock

AT = Position("a.mbox", "bytes:40-900")
LINES = [
    b"From a@relay.example Tue Oct 22 08:00:00 2024\n",
    b"From 1457861861978585811@xxx Tue Oct 22 08:00:00 +0000 2024\n",
    b"From - Sun Jan  3 05:30:14 1999\n",
    b"From \n",
]

# Values of every wanted field, from the common to the odd; each list begins with what programs write.
_PERSON = [
    b" Rowan Ash <rowan@mail.example>",
    b" rowan@mail.example",
    b" ROWAN@Mail.example (Rowan)",
    b' "Ash, Rowan" <rowan@mail.example>,\n Kim <kim@mail.example>',
    b" =?utf-8?q?R=C3=B6wan?= <rowan@mail.example>",
    b' "alex@home.example" <rowan@mail.example>',
    b" R\xc3\xb6wan <rowan@mail.example>",
    b" undisclosed-recipients:;",
    b" friends: a@x.example, b@x.example;",
    b" <>",
    b" Rowan",
    b"",
]
_DATE = [
    b" Tue, 22 Oct 2024 08:00:00 +0100",
    b" 22 Oct 2024 08:00:00 +0100 (BST)",
    b" Sun, 20 Oct 2024 08:00:00 -0000",
    b" Sun,\x0b20 Oct 2024 08:00:00 -0000",
    b" Sun, 20 Oct 2024" + b" " * 400 + b"08:00:00 -0000",
    b" Tue, 22 Oct 2024 08:00:60 +0100",
    b" Thu, 31 Oct 2024 08:00:00 +0100",
    b" Thu, 01 Jan 1970 00:00:00 +0000",
    b" Tue, 32 Oct 2024 08:00:00 +0100",
    b" Tue, 22 Oct 24 08:00 CEST",
    b" Tue Oct 22 08:00:00 2024",
    b"\t22  Oct\n 2024 08:00:00 +0100",
    b" soon",
]
_HOP = [
    b" from a.example by b.example with ESMTP id 1;\n\tTue, 22 Oct 2024 08:00:03 +0100 (BST)",
    b" from a.example by b.example; Tue, 22 Oct 2024 08:00:03 +0100",
    b" by b.example; Mon, 14 Oct 2024 08:00:03 +0100",
    b" by b.example; Sun, 20 Oct 2024 07:59:59 +0100",
    b" by b.example (a; b)",
    b" by b.example; Tue, 22 Oct 2024 08:00:03",
    b"",
]
_NAMES = [
    b" <1.a@mail.example>",
    b" <1.a@mail.example> <2.b@mail.example>",
    b" <1.a@mail.example>\n\t<2.b@mail.example>",
    b" <no-at-sign>",
    b" <@>",
    b" bare@mail.example",
    b' Message from Robin <robin@y.example> of "Thu" <id-9@y.example>',
    b" <\xc3\xa4@mail.example>",
    b" <-a@mail.example>",
    b"",
]
_SUBJECT = [
    b" About the garden",
    b" Re: About the  garden",
    b" Re: Re: About",
    b" RE: About",
    b" Re:  AW: About",
    b" [walkers] Re: About",
    b" Re: ",
    b" Re: [1] 12:30",
    b" =?utf-8?b?w6k=?=",
    b" Gr\xc3\xbc\xc3\x9fe",
    b" two\n lines",
    b" tab\tand\x1fseparator\x0b",
    b"",
]
FIELDS: list[tuple[bytes, list[bytes]]] = [
    (b"Date", _DATE),
    (b"From", _PERSON),
    (b"To", _PERSON),
    (b"Cc", _PERSON),
    (b"Bcc", _PERSON),
    (b"Sender", _PERSON),
    (b"Reply-To", _PERSON),
    (b"Return-Path", _PERSON),
    (b"Resent-From", _PERSON),
    (b"X-Original-From", _PERSON),
    (b"Delivered-To", _PERSON),
    (b"Received", _HOP),
    (b"Message-ID", _NAMES),
    (b"In-Reply-To", _NAMES),
    (b"References", [*_NAMES, b" " + b"".join(b"<%d@mail.example>\n " % n for n in range(300)) + b"<x@mail.example>"]),
    (b"Subject", _SUBJECT),
    (b"X-GM-THRID", [b" 17", b" x"]),
    (b"Thread-Index", [b" AdsAAQIDBAUGBwgJCgsMDQ4PEBESE+8=", b" AQ=="]),
    (b"Content-Type", [b" text/plain", b" multipart/report; x=y", b" MULTIPART/Report"]),
    (b"Auto-Submitted", [b" no", b" auto-replied", b" bulk"]),
    (b"Precedence", [b" bulk", b" list", b" auto_reply"]),
    (b"List-Id", [b" <walkers.example>", b" bulk", b" 1"]),
    (b"X-Unsent", [b" 1", b" 0"]),
    (b"X-Mozilla-Status", [b" 0001", b" 0009", b" zz"]),
    (b"X-Gmail-Labels", [b" Inbox,Sent", b" Chat", b' "a, b",\n Opened']),
    (b"X-smssync-datatype", [b" SMS"]),
    (b"X-IMAP", [b" 1 2"]),
    (b"X-Mailer", [b" Bench 1.0", b" FOLDER INTERNAL DATA"]),
]
ODD_LINES = [
    b"no colon here\n",
    b" a fold\n",
    b"a\rFrom: c@x.example\n",
    b"X-Nul: a\0b\n",
    b">From a b\n",
    b"Date : x\n",
]


@st.composite
def blocks(draw: st.DrawFn) -> bytes:
    """Header blocks: mostly as programs write them, some with odd names, odd lines, or cut."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), max_size=12))
    usual = [FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[11], FIELDS[12], FIELDS[15]]
    lines = []
    for name, values in [*(usual if draw(st.integers(0, 4)) else []), *chosen]:
        spelt = draw(st.sampled_from([name, name, name, name.lower(), name.upper(), name + b" "]))
        common = values[: 1 + draw(st.sampled_from([0, 0, 0, 1, 20]))]
        lines.append(spelt + b":" + draw(st.sampled_from(common)) + b"\n")
    lines = draw(st.permutations(lines)) if draw(st.booleans()) else lines
    for odd in draw(st.lists(st.sampled_from(ODD_LINES), max_size=1)) if draw(st.integers(0, 3)) == 0 else []:
        lines.insert(draw(st.integers(0, len(lines))), odd)
    block = b"".join(lines) + draw(st.sampled_from([b"\n", b"\n", b"", b"\n\n", b"\r\n"]))
    block = block.replace(b"\n", b"\r\n") if draw(st.integers(0, 4)) == 0 else block
    return block[: draw(st.integers(0, len(block)))] if draw(st.integers(0, 9)) == 0 else block


class Both:
    """Both ways, with what they remember between mails."""

    def __init__(self) -> None:
        self.store, self.memo = StoreReader(), Memo()
        self.quick = QuickReader(Memo(), self.store, self.dates)

    def dates(self, line: bytes) -> tuple[TimeBlock, ...]:
        """As a mailbox gives them."""
        time = from_line_time(line, None)
        return (time,) if time else ()

    def brief(self, block: bytes, line: bytes) -> Brief | None:
        """What is kept of a mail in a mailbox, when it is usual."""
        return self.quick.brief(block, AT.member, AT.locator, line, ("sent",))

    def careful(self, block: bytes, line: bytes) -> Envelope:
        """What `message.envelope` says of it."""
        said = self.store.facts(block)
        facts = ContainerFacts(self.dates(line), together(("sent",), said.marks), said.notes)
        return message.envelope(block, position=AT, options=ReadOptions(), container=facts, memo=self.memo)


BOTH = Both()


@pytest.fixture(scope="module", autouse=True)
def every_layout_is_frequent() -> Iterator[None]:
    """So that each header is read both ways: without the pattern of its layout and, from the third time on, with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "_FREQUENT", 1)
        yield


@settings(max_examples=1_500, deadline=None)
@given(blocks(), st.sampled_from(LINES))
@example(b"From: a@x.example\nDate: Tue, 22 Oct 2024 08:00:00 +0100\n\n", LINES[0])
def test_it_says_what_the_careful_way_says(block: bytes, line: bytes) -> None:
    found, *more = [BOTH.brief(block, line) for _ in range(3)]
    assert more == [found, found]
    if found is not None:
        assert kept([found]) == kept([BOTH.careful(block, line)])


def test_equal_values_of_different_fields_are_told_apart() -> None:
    both, head = Both(), b"Date: Tue, 22 Oct 2024 08:00:00 +0100\nFrom: a@x.example\n"
    for line in (
        b"Precedence: bulk\n",
        b"List-Id: bulk\n",
        b"Auto-Submitted: bulk\n",
        b"To: b@x.example\n",
        b"Cc: b@x.example\n",
    ):
        block = head + line + b"\n"
        found = both.brief(block, LINES[0])
        assert found is not None
        assert kept([found]) == kept([both.careful(block, LINES[0])])


def kept(records: Iterable[Envelope | Brief | Unread]) -> Columns:
    """What is kept of records, everybody named at each of them."""
    columns = pack(records).columns
    return columns._replace(who=[], people=[columns.people[one] for one in columns.who])


def both_ways(path: Path) -> list[tuple[Columns, Columns]]:
    """What is kept of each mailbox of a source, from its pieces and from its envelopes."""
    return [
        (
            kept(record for piece in parser.pieces(claim) for record in parser.read_piece(claim, piece)),
            kept(parser.scan(claim)),
        )
        for parser, claim in claims_of(path)
        if isinstance(parser, InPieces)
    ]


def test_real_and_damaged_mail_reads_the_same_without_it(tmp_path: Path) -> None:
    rng = random.Random("quick")
    paths = samples_of("email-mbox", "email-phone")
    [real] = samples_of("email-real")
    for number in range(40):
        paths.append(tmp_path / f"{number}.mbox")
        # Most mails whole, some damaged: a mailbox in which every mail is odd would not go the quick way at all.
        paths[-1].write_bytes(mutated(real.read_bytes(), rng))
    found = [pair for path in paths for pair in both_ways(path)]
    assert all(quick == careful for quick, careful in found)
    assert sum(len(quick.locators) for quick, _ in found) > 1_000


def test_most_real_mail_goes_the_quick_way() -> None:
    [(parser, claim)] = claims_of(FIXTURES / "email-real" / "list-mail-2002.mbox")
    assert isinstance(parser, InPieces)
    found = [record for piece in parser.pieces(claim) for record in parser.read_piece(claim, piece)]
    assert len(found) == 42
    assert sum(isinstance(one, Brief) for one in found) > 35


def test_a_pattern_gives_the_values_that_are_asked_for() -> None:
    block = b"Date: a\nX-Other: b\nTo: c\n\td\nPrecedence: e\nTo: f\n\n"
    reader = layouts.Layouts()
    found = [reader.read(block) for _ in range(3)]
    assert [values for _, values in filter(None, found)] == [
        [b" a", b" b", b" c\n\td", b" e", b" f"],
        [b" a", b" b", b" c\n\td", b" e", b" f"],
        (b" a", b" c\n\td", b" e", b" f"),
    ]
    for layout, values in filter(None, found):
        assert (values[layout.date], *layout.people(values), *layout.special(values)) == (
            b" a",
            b" c\n\td",
            b" f",
            b" e",
        )


@given(st.lists(st.sampled_from([*_DATE, b" 1 Oct 202408:00:00 +0100", b" 1 Oct 2024 08:00:00+0100"]), max_size=4))
def test_an_instant_that_is_remembered_is_that_of_the_text(raws: list[bytes]) -> None:
    instants, claims = Instants(), Instants(minus_zero=True)
    for raw in raws:
        for clock in (b"08:00:00", b"23:59:59", b"24:00:00", b"8:00:00"):
            text = raw.replace(b"08:00:00", clock)
            expected = common_instant(text)
            assert instants.of(text) == (expected[0] if expected else None)
            assert claims.of(text) in (None, date_block(text, "Date", None)[0].utc_us)
    odd = b" 22\x0bOct 2024 08:00:00 -0000"
    assert claims.of(odd) == date_block(odd, "Date", None)[0].utc_us
    assert claims.of(b" 22 Oct 2024 08:00:00 -0000 (GMT)") == claims.of(b" 22 Oct 2024 08:00:00 +0000")


@given(st.sampled_from([b"", b" ", b" Re: ", b" re: ", b" Fwd: "]), st.text("aB \t\x1f\x0b[]:=?é1-", max_size=12))
def test_a_plain_subject_has_the_base_form_of_any_other(prefix: bytes, rest: str) -> None:
    # An encoded word of nothing in front makes a subject that is not plain, and changes nothing else.
    raw = prefix + rest.encode("utf-8")
    assert base_subject(raw) == base_subject(b"=?utf-8?q??=" + raw)
