from __future__ import annotations

from plainrecord.parsers.email.authresults import ABOVE, DIRECTLY, SENDER, UNKNOWN, read_results, stated_facts
from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.trace import read_trace

BORDER = (
    b"Received: from a.mail.example (a.mail.example [198.51.100.7]) by mx.home.example; Mon, 21 Oct 2024 07:05 +0000\n"
)
OLDER = b"Received: from x (y.isp.example [203.0.113.9]) by a.mail.example; Mon, 21 Oct 2024 07:04 +0000\n"
RESULTS = b"Authentication-Results: mx.home.example; spf=pass smtp.mailfrom=rowan@mail.example\n"


def said(*lines: bytes) -> tuple[dict[str, str], list[str]]:
    fields = Fields(b"".join(lines) + b"\n")
    return stated_facts(fields, read_trace(fields))


def test_results_are_stated_by_a_host_and_comments_with_semicolons_are_left_out() -> None:
    found = read_results(b" mx.home.example 1;\r\n dkim=pass (2048; ok (really)) header.d=mail.example;\r\n spf=none")
    assert found.host == "mx.home.example"
    assert found.results == ("dkim=pass header.d=mail.example", "spf=none")


def test_a_value_that_names_no_host_is_stated_by_nobody() -> None:
    assert read_results(b"spf=pass (sender IP is 198.51.100.7) smtp.mailfrom=x; dkim=none").host is None


def test_trap_24_results_in_the_providers_name_below_its_lines_are_the_senders_claim() -> None:
    facts, notes = said(BORDER, OLDER, RESULTS)
    assert facts["authentication-results:1"].endswith(SENDER)
    assert notes == ["trap-24:results-below-the-boundary"]


def test_trap_24_results_above_the_boundary_are_the_providers_or_later() -> None:
    facts, notes = said(RESULTS, BORDER, OLDER)
    assert facts["authentication-results:1"].endswith(ABOVE) and notes == []


def test_trap_24_results_directly_below_the_boundary_stay_open() -> None:
    facts, _ = said(BORDER, b"Received-SPF: pass client-ip=198.51.100.7\n", RESULTS, OLDER)
    assert facts["authentication-results:1"].endswith(DIRECTLY) and facts["received-spf:1"].endswith(DIRECTLY)
    facts, _ = said(BORDER, b"X-Other: y\n", RESULTS, OLDER)
    assert facts["authentication-results:1"].endswith(SENDER)


def test_without_any_received_line_nobody_is_known_to_have_written_them() -> None:
    assert said(RESULTS)[0]["authentication-results:1"].endswith(UNKNOWN)


def test_an_arc_set_is_an_intermediarys_statement_with_its_seal_not_checked() -> None:
    facts, _ = said(
        b"ARC-Seal: i=1; cv=none; d=list.example; s=k; b=eA==\n",
        b"ARC-Authentication-Results: i=1; mx.list.example; dmarc=pass\n",
        BORDER,
    )
    assert facts["arc:1"].startswith("sealed for list.example, chain before it stated as “none”, not checked")
    assert "stated by mx.list.example: dmarc=pass" in facts["arc:1"]


def test_only_so_many_are_shown() -> None:
    assert len(said(BORDER, RESULTS * 500)[0]) == 20
