"""Attached files: names (trap 14), types, digests, and files that are not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from blake3 import blake3

from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.params import parse_valued
from plainrecord.records import Attachment
from reading_mail import load

FIXTURES = Path(__file__).parents[3] / "fixtures" / "email-messages"


def _attached(headers: bytes, body: bytes = b"data") -> Attachment:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + headers + b"\n\n" + body + b"\n--b--\n"
    (found,) = load(raw).attachments
    return found


def test_digests_are_of_the_decoded_content() -> None:
    found = _attached(b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64", b"JVBERi0xLjQK")
    data = b"%PDF-1.4\n"
    assert (found.bytes, found.sha256, found.blake3) == (9, hashlib.sha256(data).hexdigest(), blake3(data).hexdigest())
    assert (found.claimed_type, found.detected_type, found.locator) == ("application/pdf", "application/pdf", "part:1")


def test_the_type_found_is_told_apart_from_the_type_claimed() -> None:
    found = _attached(b'Content-Type: image/jpeg; name="x.jpg"', b"%PDF-1.4")
    assert (found.claimed_type, found.detected_type) == ("image/jpeg", "application/pdf")


@pytest.mark.parametrize(
    ("disposition", "names"),
    [
        (b"filename=plain.txt", ["plain.txt"]),
        (b"filename=my file.txt", ["my file.txt"]),
        (b'filename="semi;colon.txt"', ["semi;colon.txt"]),
        (b"filename*=utf-8''caf%C3%A9.txt", ["café.txt"]),
        (b'filename*0="one "; filename*1="two.txt"', ["one two.txt"]),
        (b"filename*1*=%A9.txt; filename*0*=utf-8''caf%C3", ["café.txt"]),
        (b"filename=plain.txt; filename*=utf-8''star.txt", ["star.txt", "plain.txt"]),
        (b'filename="=?utf-8?q?caf=C3=A9.txt?="', ["café.txt"]),
        (b'filename="../../x"', ["../../x"]),
        (b'filename="a\\"b.txt"', ['a"b.txt']),
        (b'filename="unclosed.txt', ["unclosed.txt"]),
        (b"filename*=klingon''x%FF.txt", ["xÿ.txt"]),
    ],
)
def test_trap_14_names_as_given(disposition: bytes, names: list[str]) -> None:
    found = _attached(b"Content-Type: application/x-a\nContent-Disposition: attachment; " + disposition)
    assert [found.name, *found.also_named] == names


def test_trap_14_every_other_name_is_kept() -> None:
    found = _attached(
        b"Content-Type: application/x-a; name=c.txt\nContent-Disposition: attachment; filename=a.txt; filename*=''b.txt"
    )
    assert (found.name, found.also_named) == ("b.txt", ["a.txt", "c.txt"])
    assert "trap-14:several-names" in found.notes


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("../../x", "trap-14:name-has-path-parts"),
        ("C:\\x", "trap-14:name-has-path-parts"),
        ("gpj\u202eexe.scr", "trap-14:name-has-invisible-characters"),
        ("x" * 300, "trap-14:name-too-long"),
    ],
)
def test_trap_14_dangerous_names_are_kept_raw_and_noted(name: str, note: str) -> None:
    found = _attached(f'Content-Disposition: attachment; filename="{name}"'.replace("\\", "\\\\").encode())
    assert found.name == name
    assert note in found.notes


def test_trap_14_two_files_of_one_name_stay_two() -> None:
    part = b"--b\nContent-Disposition: attachment; filename=a.txt\n\n"
    found = load(b"Content-Type: multipart/mixed; boundary=b\n\n" + part + b"1\n" + part + b"2\n--b--\n")
    assert [(a.name, a.locator) for a in found.attachments] == [("a.txt", "part:1"), ("a.txt", "part:2")]
    assert found.blobs == [b"1", b"2"]


def test_a_photo_tells_when_where_and_with_what() -> None:
    (found,) = load((FIXTURES / "photo-with-position.eml").read_bytes()).attachments
    assert found.detected_type == "image/jpeg"
    assert found.facts == {
        "exif:DateTimeOriginal": "2024:10:28 07:41:09",
        "exif:OffsetTimeOriginal": "+00:00",
        "exif:DateTime": "2024:10:28 07:41:09",
        "exif:Make": "Example Optics",
        "exif:Model": "Pocket 3",
        "exif:GPS": "51.510000, -0.125000",
        "exif:GPSTime": "2024-10-28T07:41:05Z",
    }


def test_a_file_kept_elsewhere_is_not_called_present() -> None:
    outside = _attached(b'Content-Type: message/external-body; access-type=URL; URL="https://x.example/"', b"")
    detached = _attached(b"Content-Type: image/png; name=a.png\nX-Mozilla-Altered: AttachmentDetached; date=x", b"gone")
    for found in (outside, detached):
        assert (found.state, found.sha256, found.bytes) == ("not-exported", None, None)


PARTIAL = (
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png; name=a.png\n"
    b"X-Apple-Content-Length: 4\n\n\n--b--\n"
)


def test_a_part_stored_beside_the_mail_is_fetched_from_there() -> None:
    found = load(PARTIAL, ContainerFacts(attachment_files={"1": lambda: b"\x89PNG"}))
    assert (found.attachments[0].state, found.blobs) == ("present", [b"\x89PNG"])


def test_a_part_that_was_never_downloaded_is_missing() -> None:
    def fails() -> bytes:
        raise OSError("gone")

    for files in ({}, {"1": fails}):
        found = load(PARTIAL, ContainerFacts(attachment_files=files))
        assert (found.attachments[0].state, found.attachments[0].sha256, found.blobs) == ("missing", None, [None])


def test_inline_pictures_are_told_apart() -> None:
    assert _attached(b"Content-Type: image/png\nContent-ID: <pic@x>").inline
    assert not _attached(b"Content-Type: image/png\nContent-ID: <pic@x>\nContent-Disposition: attachment").inline


def test_the_first_of_repeated_parameters_counts() -> None:
    found = parse_valued(b"text/plain; charset=a; CHARSET=b")
    assert found.text("charset") == "a"
    assert found.notes == ("mime:repeated-parameter",)
