from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_sources import windows
from plainrecord.intake import Block
from plainrecord.parsers.email.headers import block_end
from plainrecord.parsers.email.mailscan import FromLines, Run, header_end
from plainrecord.parsers.email.splitting import Findings, Mail, Stray, split, split_in_runs

LINE = b"From a@x.example Tue Jan 21 05:30:14 2014\n"
HEADER = b"From: a@x.example\nSubject: one\n\n"


def split_whole(data: bytes, size: int = 1 << 20) -> tuple[list[Mail], list[Stray], Findings]:
    findings = Findings()
    pieces = list(split(windows(data, size), findings))
    return [p for p in pieces if isinstance(p, Mail)], [p for p in pieces if isinstance(p, Stray)], findings


def bodies(data: bytes) -> list[bytes]:
    return [data[mail.start : mail.end] for mail in split_whole(data)[0]]


def assert_every_byte_is_accounted_for(data: bytes, size: int = 1 << 20) -> None:
    pieces = list(split(windows(data, size), Findings()))
    at = 0
    for piece in pieces:
        between = data[at : piece.start]
        assert between in (b"", piece.separator if isinstance(piece, Mail) else b"") or re.fullmatch(
            rb"(?:\xef\xbb\xbf)?[\r\n]*(?:\x01{4}\r?\n)*(?:From[^\n]*\n?)?", between
        )
        at = piece.end
    assert not data[at:] or re.fullmatch(rb"(?:\x01{4}\r?\n?)+", data[at:])


def test_mails_are_their_own_bytes_with_the_blank_line_before_the_next() -> None:
    data = LINE + HEADER + b"text\n\n" + LINE + HEADER + b"more\n"
    assert bodies(data) == [HEADER + b"text\n\n", HEADER + b"more\n"]


def test_trap_01_prose_and_patch_lines_do_not_split_and_are_counted() -> None:
    patch = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\nFrom: dev@x.example\n"
    body = b"Well.\n\nFrom now on I wait.\n\n" + patch + b"\nend\n"
    mails, _, findings = split_whole(LINE + HEADER + body)
    assert len(mails) == 1
    assert mails[0].notes == ("trap-1:git-patch-line",)
    assert findings.counts == {"trap-1:git-patch-line": 1}


def test_a_file_of_git_patches_is_split_at_its_patch_lines() -> None:
    patch = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n" + HEADER + b"---\n 1 file\n\n"
    assert len(bodies(patch * 3)) == 3


def test_trap_02_bare_separators_without_blank_lines_split() -> None:
    data = b"From \n" + HEADER + b"one\nFrom \n" + HEADER + b"two\nFrom\r\n" + HEADER + b"three"
    assert bodies(data) == [HEADER + b"one\n", HEADER + b"two\n", HEADER + b"three"]


def test_trap_03_crlf_stray_cr_and_a_last_mail_without_newline_are_kept_as_stored() -> None:
    header = HEADER.replace(b"\n", b"\r\n")
    first = b"From 12345678901@xxx Tue Jan 21 05:30:14 +0000 2014\r\n" + header + b"a\rb\r\n\r\n"
    second = b"From 12345678902@xxx Tue Jan 21 05:30:14 2014\r\n" + header + b"no newline"
    mails, strays, findings = split_whole(first + second)
    assert bodies(first + second) == [header + b"a\rb\r\n\r\n", header + b"no newline"]
    assert [mail.header for mail in mails] == [header, header]
    assert (strays, findings.counts) == ([], {})


def test_trap_04_both_ways_of_quoting_are_left_as_stored() -> None:
    body = b">From the start\n>>From the start\n>From a@x.example Tue Jan 21 05:30:14 2014\nSubject: x\n\n"
    assert bodies(LINE + HEADER + body + LINE + HEADER) == [HEADER + body, HEADER]


def with_length(length: int) -> bytes:
    return b"From: a@x.example\nContent-Length: %d\n\n" % length


def test_trap_05_a_correct_content_length_over_a_separator_is_followed() -> None:
    body = b"see:\n\n" + LINE + HEADER + b"quoted\n"
    data = LINE + with_length(len(body)) + body + b"\n" + LINE + HEADER + b"next\n"
    mails, _, findings = split_whole(data)
    assert bodies(data) == [with_length(len(body)) + body + b"\n", HEADER + b"next\n"]
    assert mails[0].notes == ("trap-5:from-line-inside-content-length",)
    assert findings.counts == {"trap-5:from-line-inside-content-length": 1}


def test_trap_05_a_correct_content_length_at_the_end_of_the_file_is_followed() -> None:
    body = b"see:\n\n" + LINE + HEADER + b"quoted\n"
    assert len(bodies(LINE + with_length(len(body)) + body)) == 1


def test_trap_05_it_is_followed_there_too_where_lines_end_in_crlf() -> None:
    body = b"see:\n\n" + LINE + HEADER + b"quoted\n"
    length = len(body.replace(b"\n", b"\r\n"))
    data = (LINE + with_length(length) + body + b"\n").replace(b"\n", b"\r\n")
    for size in (len(data), 100, 7):
        [mail], _, findings = split_whole(data, size)
        assert data[mail.start : mail.end].endswith(b"quoted\r\n\r\n")
        assert findings.counts == {"trap-5:from-line-inside-content-length": 1}


@pytest.mark.parametrize("off", [-3, 4, 1000, 10**12])
def test_trap_05_a_wrong_content_length_is_ignored(off: int) -> None:
    one = with_length(5 + off) + b"text\n\n"
    data = (LINE + one) * 4 + LINE + HEADER
    mails, _, findings = split_whole(data)
    assert bodies(data) == [one] * 4 + [HEADER]
    assert findings.counts["trap-5:content-length-wrong"] == 4
    assert "trap-5:content-length-wrong" in mails[0].notes


def test_trap_05_a_length_that_is_never_reached_does_not_hold_the_whole_mailbox_in_memory() -> None:
    data = (LINE + with_length(10**9) + b"text\n\n") * 2000
    held = longest = 0
    for number, _ in enumerate(split(counted := Counted(windows(data, 5000)), Findings()), start=1):
        held = counted.seen // (len(data) // 2000) - number
        longest = max(longest, held)
    assert longest < 400


class Counted:
    """Blocks that say how many bytes were handed out."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self.seen = 0

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            self.seen = block.base + block.hi - block.lo
            yield block


def test_a_dated_line_in_prose_stays_in_the_mail_and_is_noted() -> None:
    data = LINE + HEADER + b"he wrote\n\n" + LINE + b"and so on, with no header at all\n"
    assert split_whole(data)[2].counts == {"from-line-without-headers": 1}
    assert len(bodies(data)) == 1


@pytest.mark.parametrize("blank", [b"\n", b""])
def test_a_million_bytes_of_doubtful_lines_take_no_longer_than_others(blank: bytes) -> None:
    flood = b"From x Tue Jan 21 05:30:14 2014\n\nno header\n\n" * 20_000
    data = LINE + HEADER.rstrip(b"\n") + b"\n" + blank + flood
    mails, _, findings = split_whole(data)
    assert len(mails) == 1
    assert mails[0].notes == ("from-line-without-headers",)
    assert findings.counts == {"from-line-without-headers": 1}


def test_bytes_before_the_first_separator_are_given_back() -> None:
    data = b"the end of some mail\n\n" + LINE + HEADER + b"x\n"
    _, strays, _ = split_whole(data)
    assert [(s.start, s.end, s.kind) for s in strays] == [(0, 22, "before-first-mail")]


def test_a_file_without_separators_is_given_back_whole() -> None:
    mails, strays, _ = split_whole(b"nothing\nof the kind\n")
    assert not mails
    assert [(s.start, s.end, s.kind) for s in strays] == [(0, 20, "no-separator")]


def test_an_empty_file_gives_nothing() -> None:
    assert split_whole(b"")[:2] == ([], [])


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"\n\n", b"\xef\xbb\xbf\r\n"])
def test_a_byte_order_mark_or_blank_lines_may_come_first(lead: bytes) -> None:
    data = lead + LINE + HEADER + b"x\n"
    assert bodies(data) == [HEADER + b"x\n"]
    assert not split_whole(data)[1]


def test_mails_without_body_without_header_and_without_blank_line_are_kept() -> None:
    data = LINE + b"\nonly text\n\n" + LINE + b"Subject: x\n" + LINE + HEADER
    assert bodies(data) == [b"\nonly text\n\n", b"Subject: x\n", HEADER]
    assert [mail.header for mail in split_whole(data)[0]] == [b"\nonly text\n\n", b"Subject: x\n", HEADER]


def test_mmdf_mailboxes_are_split_at_their_marker_lines() -> None:
    mark = b"\x01\x01\x01\x01\n"
    body = b"text\n\n" + LINE + HEADER
    data = (mark + HEADER + body + mark) + (mark + LINE + HEADER + b"x\n" + mark)
    assert bodies(data) == [HEADER + body, HEADER + b"x\n"]
    assert_every_byte_is_accounted_for(data)


def test_a_header_over_one_mebibyte_is_cut_for_reading_and_noted() -> None:
    header = b"From: a@x.example\nX-Long: " + b"y" * (1 << 20) + b"\nSubject: late\n\n"
    data = LINE + header + b"body\n\n" + LINE + HEADER
    pieces = list(split(windows(data, 700_000, head=2 << 20), Findings()))
    assert isinstance(pieces[0], Mail)
    assert pieces[0].notes == ("header-block-over-1-MiB",)
    assert len(pieces[0].header) == 1 << 20
    assert data[pieces[0].start : pieces[0].end] == header + b"body\n\n"


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"A: b\nC: d\n\n", b"x\r\n\r\ny"),
        (b"A: b\r\nC: d\r\n\r\n", b"x\n\ny"),
        (b"A: b\r\nC: d\n\n", b"x\r\n\r\n"),
        (b"A: b\nC: d\r\n\r\n", b"x\n\n"),
        (b"A: b\r\r\nC: d\r\r\n\r\r\n", b"x\n\n"),
        (b"\n\nA: b\n\n", b"x\n\n"),
        (b"A: b" + b"c" * 70_000 + b"\r\n\n", b"x"),
    ],
)
def test_a_header_ends_at_the_first_blank_line_of_any_form(header: bytes, body: bytes) -> None:
    assert header_end(header + body, 0, len(header + body)) == len(header)


def test_a_read_error_ends_the_last_mail_and_is_reported_behind_it() -> None:
    data = LINE + HEADER + b"text\n\n" + LINE + HEADER + b"cut of"

    def failing() -> Iterator[Block]:
        for block in windows(data, 40):
            block.last = False
            yield block
        raise OSError("the disk stopped.")

    *mails, stray = split(failing(), Findings())
    assert [data[mail.start : mail.end] for mail in mails] == [HEADER + b"text\n\n", HEADER + b"cut of"]
    assert (stray.start, stray.end) == (len(data), len(data))
    assert isinstance(stray, Stray)
    assert "the disk stopped." in stray.detail


LINES = st.sampled_from(
    [
        LINE,
        LINE.replace(b"\n", b"\r\n"),
        b"From \n",
        b"From: a@x.example\n",
        b"Subject: x\r\n",
        b"Content-Length: 40\n",
        b"Content-Length: 5\n",
        b"\n",
        b"\r\n",
        b">From me\n",
        b"From here to there\n",
        b"some text\n",
        b"\rstray\r\r\n",
        b"\x01\x01\x01\x01\n",
        b"From x",
        b"\xef\xbb\xbf",
        b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n",
    ]
)


@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"A: b", b" ", b">From x\n", b"From y", b"\xef\xbb\xbf", b"text"]))
)
@settings(max_examples=300)
def test_law_the_header_ends_where_the_message_reader_ends_it(parts: list[bytes]) -> None:
    data = b"".join(parts)
    end = header_end(b"zz" + data, 2, 2 + len(data))
    assert (len(data) if end < 0 else end - 2) == block_end(data)


@given(st.lists(LINES, max_size=40).map(b"".join), st.integers(1, 300))
@settings(max_examples=150)
def test_law_any_window_size_gives_the_same_mails_and_every_byte_is_accounted_for(data: bytes, size: int) -> None:
    whole = list(split(windows(data, 1 << 20), Findings()))
    assert list(split(windows(data, size), Findings())) == whole
    assert_every_byte_is_accounted_for(data, size)


def test_a_mailbox_cut_off_at_any_byte_is_read_to_where_it_ends() -> None:
    data = (
        LINE
        + with_length(4)
        + b"abc\n\n"
        + LINE.replace(b"\n", b"\r\n")
        + HEADER.replace(b"\n", b"\r\n")
        + b"From \n"
        + HEADER
    )
    for end in range(len(data)):
        assert_every_byte_is_accounted_for(data[:end])


_LINES = [
    LINE,
    b"From 1457861861978585811@xxx Tue Jan 21 05:30:14 +0000 2014\n",
    b"From a@x.example Tue Jan 21 05:30:14 2014\r\n",
    b"From \n",
    b"From now on I wait.\n",
    b"From a b Tue Jan 21 05:30:14 2014\n",
    b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n",
]
_HEADERS = [
    HEADER,
    HEADER,
    HEADER.replace(b"\n", b"\r\n"),
    b"From: a@x.example\nContent-Length: 6\n\n",
    b"From: a@x.example\ncontent-length: 200\n\n",
    b"From: a@x.example\nX-Length: 6\n\n",
    b"From: a@x.example\n",
    b"_odd: 1\n\n",
    b">From a b\nSubject: x\n\n",
    b"\n\n",
    b"",
]
_BODIES = [b"text\n\n", b"text\n\n", b"\n", b"", b"text\r\n\r\n", b"text\n", b"x" * 9_000 + b"\n\n"]
_MAILS = st.tuples(st.sampled_from(_LINES), st.sampled_from(_HEADERS), st.sampled_from(_BODIES)).map(b"".join)


def parts_of(data: bytes, size: int) -> tuple[list[Mail | Stray], Findings]:
    findings = Findings()
    return list(split(windows(data, size), findings)), findings


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([LINE + HEADER + b"text\n\n"]) | _MAILS, max_size=12),
    st.sampled_from([7_000, 30_000, 1 << 20]),
)
def test_usual_mails_that_go_through_together_are_those_that_go_one_by_one(mails: list[bytes], size: int) -> None:
    data = b"".join(mails)
    together = parts_of(data, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FromLines, "run", lambda _self, _window, mark: (Run([], []), mark))
        assert together == parts_of(data, size)


def test_usual_mails_go_through_together_whatever_the_windows() -> None:
    data = (LINE + HEADER + b"text\n\n") * 900
    for size in (6_000, 1 << 20):
        runs = [part for part in split_in_runs(windows(data, size), Findings()) if isinstance(part, Run)]
        assert sum(len(run.mails) for run in runs) > 850
