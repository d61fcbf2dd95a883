from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded, read, scanned
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.chat.discord import Discord
from plainrecord.parsers.chat.discordcsv import DiscordCsv
from plainrecord.parsers.chat.discordhtml import DiscordPages
from plainrecord.parsers.chat.discordtext import DiscordText
from plainrecord.records import Envelope, Loaded, Unread

SAMPLES = FIXTURES / "chat-discord"
LONDON = ReadOptions(timezone="Europe/London")
FORMS: dict[str, Any] = {"json": Discord(), "csv": DiscordCsv(), "html": DiscordPages(), "text": DiscordText()}
NAME = "Direct Messages - Private - Rowan [400000000000000009]"
RULE = "=" * 62


def direct(form: str, options: ReadOptions = LONDON) -> list[Loaded]:
    """The direct chat in one form."""
    found = [item for item in loaded(FORMS[form], SAMPLES / form, options) if isinstance(item, Loaded)]
    return [item for item in found if item.envelope.conversation.title == "Rowan"]


def text_export(*messages: str) -> str:
    return f"{RULE}\nGuild: Direct Messages\nChannel: Private / Rowan\n{RULE}\n\n" + "".join(
        f"{one}\n\n" for one in messages
    )


@pytest.mark.parametrize("form", list(FORMS))
def test_the_samples_say_what_is_expected_of_them(form: str, update_golden: bool) -> None:
    lines = [golden_line(item) for item in loaded(FORMS[form], SAMPLES / form, LONDON)]
    check_golden(lines, SAMPLES / f"expected-{form}.jsonl", update_golden)


@pytest.mark.parametrize("form", ["csv", "html", "text"])
def test_every_form_of_one_chat_says_what_the_json_says_as_far_as_it_goes(form: str) -> None:
    exact, said = direct("json"), direct(form)
    assert len(exact) == len(said) == 11
    for one, other in zip(exact, said, strict=True):
        assert one.text == other.text
        instants = [item.envelope.time.utc_us for item in (one, other)]
        assert None not in instants
        if form == "text":
            instants = [instant // 60_000_000 for instant in instants if instant is not None]
        assert instants[0] == instants[1]
        assert one.envelope.sender and other.envelope.sender
        if form == "text":
            assert other.envelope.sender.value == one.facts["author_name"]
        else:
            assert other.envelope.sender.value == one.envelope.sender.value
        sums = [[file.sha256 for file in item.attachments if file.state == "present"] for item in (one, other)]
        assert sums[0] == sums[1]
        assert [who.value for who in other.envelope.recipients] or form == "text"


def test_no_foreign_file_is_claimed(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        if name != "dce.json":
            (tmp_path / name).write_bytes(data)
    assert not [claim for parser in FORMS.values() for claim in claims(parser, tmp_path)]


def test_the_forms_do_not_claim_each_other() -> None:
    for form in FORMS:
        for other, parser in FORMS.items():
            assert bool(claims(parser, SAMPLES / form)) == (form == other)


def test_a_time_that_is_not_the_one_inside_the_message_id_is_said(tmp_path: Path) -> None:
    file = next((SAMPLES / "json").glob("Direct*.json"))
    data = file.read_text("utf-8").replace("2024-10-02T18:31:00.000+01:00", "2024-10-02T18:32:00.000+01:00", 1)
    (tmp_path / file.name).write_text(data, "utf-8")
    found = read(Discord(), tmp_path)
    assert [item.envelope.notes for item in found[:3]] == [(), ("discord:time-differs-from-id",), ()]


def test_calls_pins_edits_and_forwarded_words_are_marked_and_not_taken_for_speech() -> None:
    found = direct("json")
    call, edited, forwarded, unknown, pin = found[3], found[4], found[6], found[9], found[10]
    assert (call.envelope.kind, call.status["call-ended"]) == ("call", "2024-10-13T23:10:40.000+01:00")
    assert edited.envelope.marks == ("edited", "pinned")
    assert [(date.meaning, date.ts_utc) for date in edited.dates] == [("edited", "2024-10-27T00:45:00.000Z")]
    assert forwarded.envelope.marks == ("forwarded",) and forwarded.text is None
    assert "words of somebody else" in forwarded.facts["forwardedMessage"]
    assert (unknown.envelope.kind, unknown.envelope.marks) == ("system", ("maybe-system",))
    assert pin.envelope.kind == "system"


def test_where_the_form_names_no_kind_a_line_discord_may_have_made_is_marked() -> None:
    assert "maybe-system" in direct("csv")[3].envelope.marks
    assert "maybe-system" in direct("text")[10].envelope.marks


def test_ids_are_text_and_the_unique_name_stands_beside_them() -> None:
    first = direct("json")[0].envelope
    assert first.sender and (first.sender.kind, first.sender.value) == ("id", "310000000000000001")
    assert [(one.kind, one.value, one.role) for one in first.also] == [
        ("handle", "rowan_ash", "sender"),
        ("id", "310000000000000002", "owner"),
    ]


def test_downloaded_files_are_linked_and_links_are_not_called_missing() -> None:
    found = direct("json")
    assert [file.state for file in found[1].attachments] == ["present"]
    assert [(file.name, file.state) for file in found[5].attachments] == [("far.jpg", "not-exported")]


def test_parts_of_one_channel_are_one_conversation_and_a_broken_part_says_so() -> None:
    found = scanned(Discord(), SAMPLES / "json")
    general = {
        item.conversation.key for item in found if isinstance(item, Envelope) and item.conversation.title == "general"
    }
    assert general == {"500000000000000001"}
    assert [item.kind for item in found if isinstance(item, Unread)] == ["truncated"]


def test_text_dates_that_read_both_ways_are_asked_for_not_guessed(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.txt").write_text(text_export("[02/10/2024 18:30] rowan\nhello", "[02/10/2024 18:31] maud\nno"))
    with pytest.raises(NeedsAnswer):
        scanned(DiscordText(), tmp_path, LONDON)
    said = read(DiscordText(), tmp_path, ReadOptions("Europe/London", "DMY"))
    assert [item.envelope.time.ts_utc for item in said] == ["2024-10-02T17:30:00Z", "2024-10-02T17:31:00Z"]


def test_a_bracketed_date_inside_a_message_begins_nothing(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.txt").write_text(
        text_export("[22/10/2024 18:30] rowan\nlook:\n[22/10/2024 18:29] maud\nquoted")
    )
    [one] = read(DiscordText(), tmp_path, LONDON)
    assert one.text == "look:\n[22/10/2024 18:29] maud\nquoted"


FIELD = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(FIELD, FIELD), max_size=6))
def test_every_line_of_a_csv_belongs_to_a_record_or_is_listed(rows: list[tuple[str, str]]) -> None:
    written = io.StringIO(newline="")
    out = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    out.writerow("AuthorID,Author,Date,Content,Attachments,Reactions".split(","))
    for author, content in rows:
        out.writerow(["31", author, "2024-10-02T18:30:05.0000000+01:00", content, "", ""])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        file.write_bytes(written.getvalue().encode())
        found = read(DiscordCsv(), file)
        assert [item.text or "" for item in found] == [content for _, content in rows]
        at = len(written.getvalue().encode().split(b"\r\n")[0]) + 2
        for item in found:
            start, end = item.envelope.position.locator.removeprefix("bytes:").split("-")
            assert int(start) == at
            at = int(end)
        assert at == file.stat().st_size


@pytest.mark.parametrize("form", list(FORMS))
def test_cut_at_any_byte_it_never_raises(form: str, tmp_path: Path) -> None:
    file = next(path for path in (SAMPLES / form).glob("Direct*.*") if path.is_file())
    data = file.read_bytes()
    data = data[:4000] if form == "json" else data[:2500]
    for cut in range(0, len(data), 5):
        (tmp_path / file.name).write_bytes(data[:cut])
        loaded(FORMS[form], tmp_path, ReadOptions("Europe/London", "DMY"))


@pytest.mark.parametrize("form", list(FORMS))
def test_three_hundred_damaged_exports_raise_nothing_and_load_what_they_showed(form: str, tmp_path: Path) -> None:
    file = next(path for path in (SAMPLES / form).glob("Direct*.*") if path.is_file())
    data = file.read_bytes()
    chance = random.Random(11)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randrange(3)] = chance.choice(
                [b"", b"\0", b'"', b"}", b"[", b"\xff", b"<", b"9" * 30, b"\n"]
            )
        (tmp_path / file.name).write_bytes(damaged)
        loaded(FORMS[form], tmp_path, ReadOptions("Europe/London", "DMY"))


def test_a_file_of_another_shape_under_the_same_keys_is_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"guild": "x", "channel": {"id": "1"}, "messages": []}))
    assert not claims(Discord(), tmp_path)


def test_values_of_the_wrong_kind_in_any_field_cost_nothing_but_themselves(tmp_path: Path) -> None:
    file = next((SAMPLES / "json").glob("Direct*.json"))
    export = json.loads(file.read_text("utf-8"))
    whole = export["messages"][5]
    for field in whole:
        for value in (7, [3], {"a": [None]}, None, True, "", "9" * 5000, 1.5):
            export["messages"] = [whole | {field: value}, whole]
            (tmp_path / file.name).write_text(json.dumps(export), "utf-8")
            assert len(read(Discord(), tmp_path)) == 2
