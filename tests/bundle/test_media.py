"""File name endings of attachments."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.bundle.media import media_ending, media_path


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"%PDF-1.7", "pdf"),
        (b"\0\0\0\x18ftypmp42", "mp4"),
        (b"\0\0\0\x18ftypheic", "heic"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"plain words", "txt"),
        (b"<script>alert(1)</script>", "txt"),
        (b"@echo off\r\ndel x", "txt"),
        ("é".encode() * 40000, "txt"),
        (b"x" + "é".encode() * 40000, "txt"),
        (b"MZ\x90\x00\x03", "bin"),
        (b"PK\x03\x04\x14\x00", "bin"),
        (b"\xd0\xcf\x11\xe0", "bin"),
        (b"\x7fELF\x02", "bin"),
        (b"caf\xe9", "bin"),
        (b"", "bin"),
    ],
)
def test_the_ending_follows_from_the_bytes_and_never_starts_a_program(data: bytes, ending: str) -> None:
    assert media_ending(data) == ending


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_safe_path(data: bytes) -> None:
    assert re.fullmatch(r"data/media/ab/ab0[0-9]*\.[a-z0-9]{2,4}", media_path("ab" + "0" * 62, data))
