"""Content decides what a file is; our own table answers first and alike everywhere; libmagic only fills its gaps."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.intake import kinds
from plainrecord.intake.kinds import BINARY, EMPTY, archive_kind, libmagic_version, media_type, own_type

MAIL = b"Received: from a.example\n\tby b.example\nFrom: a@b.example\nSubject: x\n\nhello\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", EMPTY),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"!BDN....", "application/vnd.ms-outlook-pst"),
        (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
        (b"SQLite format 3\0", "application/vnd.sqlite3"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"),
            "application/vnd.ms-outlook",
        ),
        (b"\0\x05\x16\x07junk", "multipart/appledouble"),
        (b"From a@b.example Mon Jan  1 00:00:00 2024\n" + MAIL, "application/mbox"),
        (b"\xef\xbb\xbfFrom - Mon Jan  1 00:00:00 2024\r\n" + MAIL, "application/mbox"),
        (b"From here on it is prose.\nNothing else.\n", "text/plain"),
        (MAIL, "message/rfc822"),
        (b"\xef\xbb\xbf" + MAIL, "message/rfc822"),
        (b"%d   \n" % len(MAIL) + MAIL + b"<?xml", "application/x-emlx"),
        (b"Note: buy milk\nTo: do\n\n", "text/plain"),
        (b'{"participants": []}', "application/json"),
        (b'\xef\xbb\xbf [{"a": 1}]', "application/json"),
        (b"[12/03/2024, 10:00:01] Ann: hi\n", "text/plain"),
        (b"12/03/2024, 10:00 - Ann: hi\n", "text/plain"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b'<?xml version="1.0"?><!DOCTYPE plist PUBLIC "x">', "application/x-plist"),
        (b'<?xml version="1.0"?><smses>', "text/xml"),
        (b"BEGIN:VCARD\r\n", "text/vcard"),
        (b"caf\xe9 in an eight-bit set, mostly plain letters", "text/plain"),
        ("text".encode("utf-16"), "text/plain"),
        ("cut in a character é".encode()[:-1], "text/plain"),
        (b"id,name\n1,x\n", "text/plain"),
    ],
)
def test_the_own_table_names_what_people_are_sent(head: bytes, kind: str) -> None:
    assert own_type(head) == kind
    assert media_type(head) == kind


def test_a_tar_is_known_with_and_without_its_signature() -> None:
    import tarfile

    info = tarfile.TarInfo("a")
    ustar = info.tobuf(tarfile.USTAR_FORMAT)
    old = bytearray(ustar)
    old[257:265] = bytes(8)
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old)
    assert archive_kind(ustar) == archive_kind(bytes(old)) == "tar"
    old[0] ^= 1
    assert archive_kind(bytes(old)) is None


def test_blanks_among_the_zeros_of_what_might_be_a_checksum_are_no_error() -> None:
    head = b"From " + bytes(143) + b"0 000017"
    assert archive_kind(head + bytes(512)) is None


@given(head=st.binary(max_size=600))
@settings(deadline=None, max_examples=100)
def test_any_bytes_have_a_type(head: bytes) -> None:
    assert "/" in media_type(head)


def test_libmagic_is_asked_only_about_binary_content_the_table_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(kinds, "_ask_libmagic", lambda head: asked.append(head) or "x/y")  # type: ignore[func-returns-value]
    for head in (MAIL, b"plain words", b"%PDF-", b"\x7fELF\x02\x01\x01\0"):
        media_type(head)
    assert asked == [b"\x7fELF\x02\x01\x01\0"]


def test_libmagic_works_from_the_wheels_alone() -> None:
    version = libmagic_version()
    assert version is not None and version.startswith("5.")
    assert media_type(b"MThd\0\0\0\6\0\1\0\2\0\x60MTrk") == "audio/midi"


def test_without_libmagic_the_own_table_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_libmagic", lambda: None)
    assert (libmagic_version(), media_type(b"\x7fELF\0\0"), media_type(MAIL)) == (None, BINARY, "message/rfc822")


def test_trap_07_no_library_in_the_current_folder_is_loaded(tmp_path: Path) -> None:
    for name in (
        "libmagic.so.1",
        "libmagic.so",
        "libmagic.dll",
        "magic1.dll",
        "libmagic.dylib",
        "magic.mgc",
        "magic.py",
    ):
        (tmp_path / name).write_bytes(b"not a library")
    script = (
        "from plainrecord.intake.kinds import libmagic_version, media_type;"
        "print(libmagic_version(), media_type(bytes(range(256))))"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script], cwd=cwd, env=environment, capture_output=True, check=True
        ).stdout
        for cwd in (tmp_path, root)
    }
    assert len(outputs) == 1 and b"None" not in next(iter(outputs))


def test_trap_08_nothing_of_the_process_is_patched() -> None:
    before = (ctypes.CDLL.__init__, ctypes.util.find_library)
    media_type(b"\x7fELF\x02\x01\x01\0")
    assert (ctypes.CDLL.__init__, ctypes.util.find_library) == before
    assert "pylibmagic" not in sys.modules


def test_trap_09_on_windows_only_a_package_with_its_own_library_is_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(kinds, "_package_folder", lambda name: tmp_path)
    assert not kinds._safe_to_import()
    (tmp_path / "libmagic").mkdir()
    (tmp_path / "libmagic" / "libmagic.dll").write_bytes(b"")
    assert kinds._safe_to_import()


def test_trap_10_mailboxes_and_chat_texts_get_one_name_whatever_libmagic_thinks() -> None:
    assert media_type(b"From a@b.example Mon Jan  1 00:00:00 2024\n" + MAIL) == "application/mbox"
    assert media_type(b"12/03/2024, 10:00 - Ann: hi, there\n" * 20) == "text/plain"


def test_several_threads_can_ask_at_once() -> None:
    answers: list[str] = []
    head = b"\x7fELF\x02\x01\x01\0" + bytes(60)
    threads = [threading.Thread(target=lambda: answers.append(media_type(head))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and len(set(answers)) == 1
