from __future__ import annotations

import pytest

from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.received import read_hop
from plainrecord.parsers.email.trace import PROVIDER, SENDER, read_trace, registered_name, trace_facts

TOP = b"Received: from mx1.home.example (mx1.home.example [10.1.0.5]) by store.home.example with LMTP; %s\n" % (
    b"Mon, 21 Oct 2024 07:05:09 +0000"
)
BORDER = b"Received: from out.mail.example (out.mail.example [198.51.100.7]) by mx1.home.example; Mon, 21 Oct 2024 07:05 +0000\n"


def boundary(*lines: bytes) -> int:
    return read_trace(Fields(b"".join(lines) + b"\n")).boundary


def test_a_line_is_taken_apart_into_its_clauses() -> None:
    hop = read_hop(
        b" from helo.mail.example (out.mail.example [IPv6:2001:db8::7] (may differ))\r\n\tby mx.home.example (Postfix; ok)"
        b" via TCP with ESMTPS id 4Xy for <alex@home.example>; Mon, 21 Oct 2024 08:05:07 +0100 (BST)",
        3,
    )
    assert (hop.helo, hop.reverse, [str(a) for a in hop.addresses]) == (
        "helo.mail.example",
        "out.mail.example",
        ["2001:db8::7"],
    )
    assert (hop.by, hop.protocol, hop.queue_id, hop.recipient) == (
        "mx.home.example",
        "ESMTPS",
        "4Xy",
        "alex@home.example",
    )
    assert (hop.time.where, hop.time.ts_utc, hop.time.ts_offset) == ("Received[3]", "2024-10-21T07:05:07Z", "+01:00")


@pytest.mark.parametrize(
    "raw", [b"", b";", b"(((", b"by", b"from by with id for;", b"(qmail 12 invoked by uid 89); x", b"\xff"]
)
def test_a_line_that_says_little_says_little(raw: bytes) -> None:
    hop = read_hop(raw, 1)
    assert hop.addresses == () and hop.time.utc_us is None


def test_a_relays_time_without_an_offset_is_not_put_into_any_zone() -> None:
    assert read_hop(b"from a by b; Mon, 21 Oct 2024 08:05:07", 1).time.tz_basis == "floating_unknown"


def test_what_the_sender_said_in_its_greeting_does_not_count_as_recorded() -> None:
    hop = read_hop(b"from x.example ([198.51.100.7] helo=10.0.0.1) by mx.home.example; x", 1)
    assert [str(a) for a in hop.addresses] == ["198.51.100.7"] and not hop.same_machine


def test_lines_count_as_the_providers_down_to_the_first_that_came_from_outside() -> None:
    assert boundary(TOP, BORDER) == 2
    assert boundary(BORDER, TOP) == 1


def test_a_forged_line_in_the_providers_name_below_the_boundary_is_the_senders() -> None:
    trace = read_trace(Fields(TOP + BORDER + TOP.replace(b"store.", b"mx1.") + b"\n"))
    facts, _ = trace_facts(trace)
    assert facts["received:2"].endswith(PROVIDER) and facts["received:3"].endswith(SENDER)


@pytest.mark.parametrize(
    "line",
    [
        # Named as the provider's by its own greeting only.
        b"Received: from mx9.home.example ([198.51.100.9]) by mx1.home.example; x\n",
        b"Received: from [10.0.0.1] by mx1.home.example; x\n",
        b"Received: from mx9.home.example (HELO 10.0.0.1) (198.51.100.9) by mx1.home.example; x\n",
        b"Received: from x (mx9.home.example [198.51.100.9] (may be forged)) by mx1.home.example; x\n",
        b"Received: from unknown by mx1.home.example; x\n",
        # The sender's own computer may stand in the provider's house, and have a name there.
        b"Received: from pc (unknown [10.0.0.20]) by mx1.home.example; x\n",
        b"Received: from pc (pc.home.example [10.0.0.20]) by mx1.home.example with ESMTPSA id 1; x\n",
        # A greeting that looks like what a receiving program records.
        b"Received: from x(mx9.home.example[10.0.0.1]) (a.isp.example [198.51.100.9]) by mx1.home.example; x\n",
        b"Received: from (mx9.home.example [10.0.0.1]) (a.isp.example [198.51.100.9]) by mx1.home.example; x\n",
        b"Received: from a (HELO a)(10.0.0.1) (198.51.100.9) by mx1.home.example; x\n",
    ],
)
def test_a_greeting_alone_or_a_house_address_does_not_move_the_boundary(line: bytes) -> None:
    assert boundary(line, TOP) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"Received: from localhost (localhost [127.0.0.1]) by mx1.home.example with ESMTP id 1; x\n",
        b"Received: from localhost (localhost [IPv6:::1]) by mx1.home.example; x\n",
        b"Received: by mx1.home.example with local; x\n",
    ],
)
def test_a_mail_handed_on_within_one_machine_is_still_the_providers(line: bytes) -> None:
    assert boundary(line, BORDER) == 2


def test_a_line_that_names_another_host_than_the_one_above_ends_the_providers_lines() -> None:
    assert boundary(TOP, BORDER.replace(b"by mx1.home.example", b"by mx.elsewhere.example")) == 1


def test_no_line_of_an_attached_mail_counts_as_a_providers() -> None:
    trace = read_trace(Fields(TOP + BORDER + b"\n"), carried=True)
    assert trace.boundary == 0 and "attached" in trace_facts(trace, carried=True)[0]["received:1"]


def test_a_thousand_lines_are_counted_and_fifty_are_read() -> None:
    facts, _ = trace_facts(read_trace(Fields(BORDER * 1_000 + b"\n")))
    assert len(facts) == 52 and facts["received:more"].startswith("950 ")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mx3.mail.example.co.uk", "example.co.uk"),
        ("MX.Home.Example.", "home.example"),
        ("localhost", None),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        (None, None),
    ],
)
def test_the_registered_part_of_a_host_name(host: str | None, name: str | None) -> None:
    assert registered_name(host) == name
