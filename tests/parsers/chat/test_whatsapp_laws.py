"""What holds for every WhatsApp text, whole, cut or damaged: every byte is accounted for, and nothing is ever raised."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest

from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.chat.whatsapp import WhatsApp
from plainrecord.parsers.chat.whatsapp_header import shape_of
from plainrecord.parsers.chat.whatsapp_split import split
from plainrecord.records import Envelope, Unread
from whatsapp_chats import blocks, claims_of, in_columns, scanned, write_text

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures/chat-whatsapp"
ANDROID = FIXTURE / "sample/WhatsApp Chat with Kiln_ Saturdays.txt"
IPHONE = FIXTURE / "sample/iphone/_chat.txt"
BLANK = b" \r\n\t\xef\xbb\xbf"


def accounted(path: Path) -> list[Envelope | Unread]:
    """Scan and load; every byte of the text must belong to a record or an Unread, in order, without overlap."""
    found: list[Envelope | Unread] = []
    parser = WhatsApp()
    for claim in parser.claim(list_source([path], "S01", ReadOptions(timezone="Europe/London", date_order="DMY"))):
        found = scanned(claim)
        data, at = path.read_bytes(), 0
        for one in found:
            start, end = map(int, one.position.locator.removeprefix("bytes:").split("-"))
            assert not data[at:start].strip(BLANK)
            at = end
        assert at == len(data)
        envelopes = [one for one in found if isinstance(one, Envelope)]
        loaded = list(parser.load(claim, [one.position for one in envelopes]))
        assert [one.envelope for one in loaded] == envelopes
        in_columns(claim, loaded)
    return found


def test_the_sample_reads_as_expected(request: pytest.FixtureRequest) -> None:
    lines = []
    parser = WhatsApp()
    for claim in parser.claim(list_source([FIXTURE / "sample"], "S01", ReadOptions(timezone="Europe/London"))):
        found = list(parser.scan(claim))
        for one in parser.load(claim, [one.position for one in found]):
            row = asdict(one.envelope) | {"text": one.text, "status": one.status, "facts": one.facts}
            row |= {
                "attachments": [a.model_dump(exclude_defaults=True) for a in one.attachments],
                "raw_sha256": one.raw_sha256,
            }
            lines.append(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
        lines += [json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in claim.decisions]
    golden = FIXTURE / "expected.jsonl"
    if request.config.getoption("--update-golden"):
        golden.write_text("".join(lines), "utf-8", newline="\n")
    assert "".join(lines) == golden.read_text("utf-8")


@pytest.mark.parametrize("sample", [ANDROID, IPHONE], ids=["android", "iphone"])
def test_a_text_cut_anywhere_is_accounted_for_to_the_byte(sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes()
    for end in (*range(1, 700), *range(700, len(data), 3)):
        try:
            accounted(write_text(tmp_path / "c.txt", data[:end]))
        except NeedsAnswer:
            pytest.fail("the order was said")


@pytest.mark.parametrize("sample", [ANDROID, IPHONE], ids=["android", "iphone"])
def test_damaged_texts_are_accounted_for_to_the_byte(sample: Path, tmp_path: Path) -> None:
    for seed in range(150):
        accounted(write_text(tmp_path / "c.txt", damaged(sample.read_bytes(), seed)))


def damaged(data: bytes, seed: int) -> bytes:
    """A few bytes changed, moved, doubled or taken out."""
    dice = random.Random(seed)
    changed = bytearray(data)
    for _ in range(dice.randint(1, 12)):
        at, other = dice.randrange(len(changed)), dice.randrange(len(changed))
        length = dice.randint(1, 40)
        match dice.randrange(5):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[other : other + length]
            case 3:
                changed[at:at] = bytes(
                    dice.choice((b"\n", b"[", b": ", b" - ", b"\xe2\x80\x8e", b"\xff\xfe", b"\0", b"\r"))
                )
            case _:
                changed[at:at] = dice.randbytes(length)
        changed = changed or bytearray(b"x")
    return bytes(changed)


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_where_windows_end_makes_no_difference(size: int) -> None:
    data = ANDROID.read_bytes()
    shape = shape_of(data.decode())
    assert shape is not None
    whole, small = (list(split(blocks(data, step), shape.pattern, lambda date, time: True)) for step in (1 << 20, size))
    assert whole == small and len(whole) == 15


def test_a_giant_message_is_one_record_and_the_next_one_is_found(tmp_path: Path) -> None:
    giant = (
        "25/10/2024, 10:00 - Maren: "
        + "many words\n" * 400_000
        + "<This message was edited>\n25/10/2024, 10:01 - Alex: ok\n"
    )
    found = accounted(write_text(tmp_path / "c.txt", giant))
    assert [one.marks for one in found if isinstance(one, Envelope)] == [("edited",), ()]


def test_a_giant_line_is_one_record(tmp_path: Path) -> None:
    found = accounted(
        write_text(
            tmp_path / "c.txt", "25/10/2024, 10:00 - Maren: " + "x" * 5_000_000 + "\n25/10/2024, 10:01 - Alex: ok\n"
        )
    )
    assert len(found) == 2


@pytest.mark.parametrize("before", [10, 500_000, (1 << 20) - 4_200, (1 << 20) - 70, (1 << 20) - 40])
def test_a_giant_line_that_begins_within_a_window_is_a_record_of_its_own(before: int, tmp_path: Path) -> None:
    said = {"Maren": "x" * before, "Alex": "y" * 2_500_000, "Sam": "ok"}
    text = "".join(f"25/10/2024, 10:00 - {who}: {words}\n" for who, words in said.items())
    found = accounted(write_text(tmp_path / "c.txt", text))
    assert [one.sender and one.sender.value for one in found if isinstance(one, Envelope)] == list(said)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_saved_again_as_utf_16_is_read_and_the_encoding_is_said(encoding: str, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "c.txt",
        ("\ufeff" + "25/10/2024, 10:00 - Maren: café\nmore\n25/10/2024, 10:01 - Alex: ok\n").encode(encoding),
    )
    found = accounted(path)
    assert [one.sender.value for one in found if isinstance(one, Envelope) and one.sender] == ["Maren", "Alex"]
    [claim] = claims_of(path)
    list(WhatsApp().scan(claim))
    assert [one.chosen for one in claim.decisions if one.subject == "encoding"] == [encoding]


def test_bytes_that_are_no_utf_8_are_read_with_a_note(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "c.txt", "25/10/2024, 10:00 - Maren: café\n25/10/2024, 10:01 - Alex: ok\n".encode("cp1252")
    )
    [claim] = claims_of(path)
    loaded = list(WhatsApp().load(claim, [one.position for one in WhatsApp().scan(claim)]))
    assert loaded[0].text == "café" and loaded[0].notes == ("charset-guessed:windows-1252",)
