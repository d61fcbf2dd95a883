"""The body's hash against the one a signature states; the canonical forms are held to published hashes of empty bodies."""

from __future__ import annotations

import base64
import hashlib

import pytest

from plainrecord.parsers.email.dkim import canonical_body, dkim_facts
from plainrecord.parsers.email.headers import Fields, block_end

BODY = b"Good  morning. \r\n\r\nThe last line.\r\n"
KEY = "dkim:1 body unchanged since signing"


def hashed(data: bytes, name: str = "sha256") -> bytes:
    return base64.b64encode(hashlib.new(name, data).digest())


def said(
    body: bytes, tags: bytes, quoting: str = "none", incomplete: str | None = None
) -> tuple[dict[str, str], list[str]]:
    raw = b"From: rowan@mail.example\r\nDKIM-Signature: v=1; d=mail.example; h=From:To; " + tags + b"\r\n\r\n" + body
    end = block_end(raw)
    return dkim_facts(Fields(raw[:end]), raw[end:], quoting, incomplete)


def answer(body: bytes, tags: bytes, quoting: str = "none", incomplete: str | None = None) -> str:
    return said(body, tags, quoting, incomplete)[0][KEY].partition(":")[0]


@pytest.mark.parametrize(
    ("body", "relaxed", "made"),
    [
        (b" A \r\nB \t C\r\n\r\n\r\n", True, b" A\r\nB C\r\n"),
        (b" A \r\nB \t C\r\n\r\n\r\n", False, b" A \r\nB \t C\r\n"),
        (b"no end", False, b"no end\r\n"),
        (b" \t\r\n\r\n", True, b""),
        (b" \t\r\n\r\n", False, b" \t\r\n"),
        (b"a\nb\n", False, b"a\r\nb\r\n"),
    ],
)
def test_the_two_forms_of_a_body(body: bytes, relaxed: bool, made: bytes) -> None:
    assert canonical_body(body, relaxed=relaxed) == made


@pytest.mark.parametrize(
    ("relaxed", "published"),
    [(False, b"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="), (True, b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")],
)
def test_the_empty_body_has_the_hash_that_the_standard_publishes(relaxed: bool, published: bytes) -> None:
    assert hashed(canonical_body(b"", relaxed=relaxed)) == published


@pytest.mark.parametrize("name", [b"sha256", b"sha1"])
@pytest.mark.parametrize("way", [b"simple", b"relaxed"])
def test_a_body_that_fits_is_unchanged(name: bytes, way: bytes) -> None:
    state = hashed(canonical_body(BODY, relaxed=way == b"relaxed"), name.decode())
    assert answer(BODY, b"a=rsa-%s; c=relaxed/%s; bh=%s" % (name, way, state)) == "yes"


def test_line_ends_that_a_mailbox_changed_do_not_count() -> None:
    tags = b"a=rsa-sha256; bh=" + hashed(BODY)
    assert answer(BODY.replace(b"\r\n", b"\n"), tags) == "yes"


@pytest.mark.parametrize("quoting", ["mboxrd", "mboxo", "unknown"])
def test_a_quoted_from_line_is_taken_back_before_the_body_is_said_to_differ(quoting: str) -> None:
    tags = b"a=rsa-sha256; bh=" + hashed(b"From here on.\r\n")
    facts, notes = said(b">From here on.\n", tags, quoting)
    assert facts[KEY].startswith("yes: the body after taking back") and notes == []
    assert answer(b">From here on.\n", tags, "none") == "no"


def test_one_changed_letter_is_a_no_and_a_note() -> None:
    facts, notes = said(BODY.replace(b"last", b"Last"), b"a=rsa-sha256; bh=" + hashed(BODY))
    assert facts[KEY].startswith("no: ") and notes == ["dkim:body-differs"]


def test_text_behind_the_signed_length_is_left_open() -> None:
    tags = b"a=rsa-sha256; l=%d; bh=" % len(BODY) + hashed(BODY)
    assert answer(BODY, tags) == "yes"
    assert "only the first" in said(BODY + b"More.\r\n", tags)[0][KEY]
    assert answer(BODY[:10], tags) == "no"


@pytest.mark.parametrize(
    "tags",
    [
        b"a=rsa-sha512; bh=eA==",
        b"a=rsa-sha256",
        b"a=rsa-sha256; bh=?",
        b"a=rsa-sha256; bh=",
        b"a=rsa-sha256; c=simple/other; bh=eA==",
        b"a=rsa-sha256; l=9x; bh=eA==",
        b"bh=eA==",
    ],
)
def test_what_cannot_be_compared_is_said_so(tags: bytes) -> None:
    assert answer(BODY, tags) == "cannot tell"


@pytest.mark.parametrize(
    ("body", "incomplete"),
    [(b"a\rb\n", None), (b"a\n From b\n", None), (BODY, "only the header of the mail is in the export")],
)
def test_a_body_that_may_have_been_changed_by_its_store_cannot_be_told(body: bytes, incomplete: str | None) -> None:
    assert answer(body, b"a=rsa-sha256; bh=" + hashed(b"x"), incomplete=incomplete) == "cannot tell"


def test_a_signature_says_what_it_covers_and_that_it_was_not_checked() -> None:
    stated = said(BODY, b"a=rsa-sha256; s=k1; bh=eA==")[0]["dkim:1"]
    assert stated.startswith("stated for mail.example; s=k1; a=rsa-sha256; covers the fields from, to")
    assert stated.endswith("present, not checked")
    raw = b"DKIM-Signature: d=x.example; h=To\n\n"
    assert "does not cover From" in dkim_facts(Fields(raw), b"", "none")[0]["dkim:1"]


def test_many_signatures_are_counted_and_ten_are_read() -> None:
    raw = b"DKIM-Signature: a=rsa-sha256; bh=eA==\n" * 40 + b"\n"
    facts, _ = dkim_facts(Fields(raw), b"", "none")
    assert facts["dkim:more"].startswith("30 ") and len(facts) == 21


def test_a_body_whose_bytes_are_not_kept_cannot_be_told() -> None:
    raw = b"DKIM-Signature: a=rsa-sha256; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=\n\n"
    assert dkim_facts(Fields(raw), None, "none", "it is not kept")[0][KEY] == "cannot tell: it is not kept"
