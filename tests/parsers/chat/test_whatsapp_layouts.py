"""Five layouts times the things other readers get wrong, and every header there is a table for."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from plainrecord.parsers.chat.whatsapp_header import seconds_of, shape_of, written_date
from whatsapp_chats import LRM, read, senders, write_text

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures/chat-whatsapp"
TABLE = tomllib.loads((FIXTURE / "headers.toml").read_text("utf-8"))

# Name → (how a moment is written in front of a message, line end, iPhone).
LAYOUTS = {
    "UK Android 24 h": ("{m:%d/%m/%Y, %H:%M} - ", "\n", False),
    "UK iPhone": ("[{m:%d/%m/%Y, %H:%M:%S}] ", "\r\n", True),
    "US iPhone 12 h with U+202F": ("[{m.month}/{m.day}/{m:%y}, {h}:{m:%M:%S}\u202f{m:%p}] ", "\r\n", True),
    "UK Android 12 h": ("{m:%d/%m/%Y}, {h}:{m:%M} {p} - ", "\n", False),
    "German Android": ("{m:%d.%m.%y, %H:%M} - ", "\n", False),
}
SENT = [datetime(2024, 10, day, hour, 5, 7) for day, hour in ((3, 9), (3, 12), (13, 0), (14, 13), (25, 20), (27, 23))]


def head(layout: str, moment: datetime) -> str:
    form = LAYOUTS[layout][0]
    return form.format(m=moment, h=moment.hour % 12 or 12, p="pm" if moment.hour > 11 else "am")


def chat(layout: str, *lines: str) -> str:
    end = LAYOUTS[layout][1]
    return "".join(head(layout, SENT[n]) + line.replace("\n", end) + end for n, line in enumerate(lines))


def wall(layout: str, n: int) -> str:
    second = SENT[n].second if LAYOUTS[layout][2] else 0
    return SENT[n].replace(second=second).isoformat()


PLAIN = ["Maren: hello", "Alex: hi"]
every_layout = pytest.mark.parametrize("layout", LAYOUTS)


@every_layout
def test_times_are_the_wall_clock_and_float_without_a_zone(layout: str, tmp_path: Path) -> None:
    found = read(write_text(tmp_path / "c.txt", chat(layout, *PLAIN * 3)))
    assert [one.envelope.time.local for one in found] == [wall(layout, n) for n in range(6)]
    assert {one.envelope.time.tz_basis for one in found} == {"floating_unknown"}
    assert {one.envelope.time.utc_us for one in found} == {None}


@every_layout
def test_a_zone_that_was_said_is_marked_as_assumed(layout: str, tmp_path: Path) -> None:
    found = read(write_text(tmp_path / "c.txt", chat(layout, *PLAIN * 3)), timezone="Europe/London")
    assert (found[0].envelope.time.ts_utc or "")[:16] == "2024-10-03T08:05"
    assert (found[5].envelope.time.ts_utc or "")[:16] == "2024-10-27T23:05"  # the clocks went back that night
    assert {one.envelope.time.tz_basis for one in found} == {"device_local_assumed"}


@every_layout
def test_a_colon_in_a_name_stays_in_the_name(layout: str, tmp_path: Path) -> None:
    text = chat(
        layout, "Dr: Alex: one", "Maren: note: two", "Dr: Alex: three", "Maren: four", "Dr: Alex: six", "Maren: x"
    )
    found = read(write_text(tmp_path / "c.txt", text))
    assert senders(found) == ["Dr: Alex", "Maren", "Dr: Alex", "Maren", "Dr: Alex", "Maren"]
    assert [one.text for one in found][:3] == ["one", "note: two", "three"]


@every_layout
def test_a_message_of_many_lines_is_one_message(layout: str, tmp_path: Path) -> None:
    text = chat(layout, "Maren: first\nsecond - line: with both\n\nthird x - y", "Alex: ok", *PLAIN * 2)
    found = read(write_text(tmp_path / "c.txt", text))
    end = LAYOUTS[layout][1]
    assert len(found) == 6
    assert found[0].text == f"first{end}second - line: with both{end}{end}third x - y"
    assert senders(found)[:2] == ["Maren", "Alex"]


@every_layout
def test_a_missed_call_is_a_call(layout: str, tmp_path: Path) -> None:
    iphone = LAYOUTS[layout][2]
    line = f"Alex: {LRM}Missed voice call" if iphone else "Missed voice call"
    found = read(write_text(tmp_path / "c.txt", chat(layout, "Maren: hello", line, *PLAIN * 2)))
    call = found[1]
    assert (call.envelope.kind, call.envelope.marks) == ("call", ("missed",))
    assert call.status == {"outcome": "missed", "medium": "voice"}
    assert senders(found)[1] == ("Alex" if iphone else None)


@every_layout
def test_a_changed_number_is_a_line_of_the_app_and_nobody_said_it(layout: str, tmp_path: Path) -> None:
    said = "Alex changed their phone number to a new number. Tap to message or add the new number."
    line = f"Alex: {LRM}{said}" if LAYOUTS[layout][2] else said
    found = read(write_text(tmp_path / "c.txt", chat(layout, "Maren: hello", line, *PLAIN * 2)))
    assert (found[1].envelope.kind, found[1].envelope.marks) == ("profile_change", ("number-changed",))
    assert senders(found)[1] is None
    assert found[1].facts["about"] == "Alex"


@every_layout
def test_emoji_and_addresses_stay_as_they_are(layout: str, tmp_path: Path) -> None:
    text = "\U0001f469\u200d\U0001f4bb see https://example.com/a:b?c=d <ok>"
    found = read(write_text(tmp_path / "c.txt", chat(layout, f"Maren: {text}", "Alex: ok", *PLAIN * 2)))
    assert found[0].text == text
    assert found[0].envelope.kind == "message" and not found[0].envelope.marks


@pytest.mark.parametrize("row", TABLE["header"], ids=lambda row: row["locales"][:12])
@pytest.mark.parametrize("frame", ["bracket", "dash"])
def test_the_header_of_every_locale_is_understood(row: dict[str, str], frame: str) -> None:
    header = row[frame] + (" " if frame == "bracket" else "")
    found = shape_of(header + "Maren: hello")
    assert found is not None and found.sample == header
    match = found.pattern.match(b"\n" + header.encode() + b"Maren: hello")
    assert match and match.end() == 1 + len(header.encode())
    assert written_date(match["date"].decode()) is not None
    assert seconds_of(match["time"].decode()) == (
        21 * 3600 + 5 * 60 + (9 if frame == "bracket" else 0),
        frame == "bracket",
    )


@pytest.mark.parametrize("row", TABLE["header"], ids=lambda row: row["locales"][:12])
@pytest.mark.parametrize("frame", ["bracket", "dash"])
def test_a_chat_of_every_locale_is_read_with_the_right_day(row: dict[str, str], frame: str, tmp_path: Path) -> None:
    header = row[frame] + (" " if frame == "bracket" else "")
    path = write_text(tmp_path / "c.txt", f"{header}Maren: one\ntwo\n{header}Alex: three\n")
    found = read(path, date_order="YMD" if header.strip("[ ").startswith("22") else None)
    assert [one.envelope.time.local for one in found] == [
        "2022-03-27T21:05:0" + ("9" if frame == "bracket" else "0")
    ] * 2
    assert senders(found) == ["Maren", "Alex"]


@pytest.mark.parametrize("written", TABLE["observed"], ids=lambda row: row["stamp"])
def test_every_shape_seen_in_public_files_is_understood(written: dict[str, str], tmp_path: Path) -> None:
    path = write_text(tmp_path / "c.txt", f"{written['stamp']}Maren: one\n{written['stamp']}Alex: two\n")
    found = read(path)
    assert [one.envelope.time.local for one in found] == [written.get("local")] * 2
    assert senders(found) == ["Maren", "Alex"]
    assert found[0].envelope.notes == tuple(written.get("notes", ()))
