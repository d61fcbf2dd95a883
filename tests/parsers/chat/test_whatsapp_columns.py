"""Messages loaded many at a time say what each of them says by itself, whatever stands in them and whichever are asked for."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from plainrecord.building import make_bundle
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.chat.whatsapp import WhatsApp
from plainrecord.parsers.chat.whatsapp_columns import stretches
from plainrecord.parsers.chat.whatsapp_header import shape_of
from plainrecord.parsers.chat.whatsapp_reading import Chat
from plainrecord.parsers.chat.whatsapp_split import Piece, cut, cut_up, split
from plainrecord.parsers.chat.whatsapp_survey import Survey
from plainrecord.records import Envelope, Loaded
from plainrecord.store import CaseSettings
from plainrecord.store.database import RecordWriter, open_database
from plainrecord.store.settings import PersonSettings
from whatsapp_chats import LRM, blocks, claim_of, in_columns, scanned, write_text

SAMPLES = Path(__file__).resolve().parents[3] / "fixtures/chat-whatsapp/sample"
HEADERS = {
    "android": "{day:02d}/11/2024, {hour:02d}:{minute:02d} - ",
    "iphone": "[{day:02d}/11/2024, {hour:02d}:{minute:02d}:07] ",
    "narrow blank": "11/{day}/24, {twelve}:{minute:02d}\u202fPM - ",
}
WORDS = st.sampled_from([
    "so", "it is", "\n", "\r\n", "\r", ": ", ":", ")", " ", "<", "<Media omitted>", "null", "waiting", "Waiting for this message",
    "é", "\U0001f600", "\u200e", "\u200f", "www.example.com/x", "\x00", "\x7f", "image omitted", "This message was deleted",
    "Missed voice call", "99/99/2024, 10:10 - Sam Hale: no", "07/11/2024, 10:10 - ", "\ufeff", "POLL:\nq\nOPTION: a (1 vote)",
    "IMG-20241107-WA0001.jpg (file attached)", "-2024",
])  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=5).map("".join)
SENDERS = st.sampled_from([
    "Alex Penrose: ", "Maren Holloway: ", "+44 7700 900655: ", "Alex: Penrose: ", "", f"{LRM}Alex Penrose: ", ": ",
    "Alex Penrose:", "Alex Penrose", "Sam", "Sam created group “a: b”",
])  # fmt: skip
MESSAGES = st.lists(st.tuples(st.integers(1, 28), st.integers(1, 11), st.integers(0, 59), SENDERS, TEXTS), min_size=1)


def chat_of(header: str, messages: list[tuple[int, int, int, str, str]]) -> bytes:
    lines = [
        HEADERS[header].format(day=day, hour=hour + 12, twelve=hour, minute=minute) + sender + text + "\n"
        for day, hour, minute, sender, text in messages
    ]
    opening = HEADERS[header].format(day=25, hour=13, twelve=1, minute=0) + "Alex Penrose: hello\n"
    return (opening + "".join(lines)).encode("utf-8", "surrogatepass")


def whole(claim: Claim) -> list[Loaded]:
    envelopes = [one for one in scanned(claim) if isinstance(one, Envelope)]
    return list(WhatsApp().load(claim, [one.position for one in envelopes]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.sampled_from(sorted(HEADERS)), messages=MESSAGES, short=st.integers(0, 3))
def test_in_columns_is_one_by_one(
    tmp_path: Path, header: str, messages: list[tuple[int, int, int, str, str]], short: int
) -> None:
    data = chat_of(header, messages)
    path = write_text(tmp_path / "WhatsApp Chat with Alex Penrose.txt", data[: len(data) - short])
    claim = claim_of(path, timezone="Europe/London", date_order="MDY" if header == "narrow blank" else "DMY")
    loaded = whole(claim)
    event(f"in columns: {bool(in_columns(claim, loaded))}")
    in_columns(claim, random.Random(len(data)).sample(loaded, len(loaded) // 2))


@settings(max_examples=100, deadline=None)
@given(header=st.sampled_from(sorted(HEADERS)), messages=MESSAGES, window=st.sampled_from([40, 300, 1 << 20]))
def test_what_is_cut_up_together_is_what_is_split_one_by_one(
    header: str, messages: list[tuple[int, int, int, str, str]], window: int
) -> None:
    data = chat_of(header, messages)
    shape = shape_of(data.decode("utf-8", "replace"))
    assert shape is not None
    one_by_one, together = Survey(shape.bracketed), Survey(shape.bracketed)
    one_by_one.look(split(blocks(data, window), shape.pattern, one_by_one.accepts))
    together.look(cut_up(blocks(data, window), shape, together.accepts))
    assert said_by(together) == said_by(one_by_one)
    pieces = list(split(blocks(data, window), shape.pattern, together.accepts))
    found: list[Piece] = []
    for one in cut_up(blocks(data, window), shape, together.accepts):
        found += [one] if isinstance(one, Piece) else map(one.piece, range(len(one.heads)))
    event(f"together: {len(found) > 2}")
    assert found == pieces


def said_by(survey: Survey) -> dict[str, Any]:
    said = asdict(survey)
    return {name: value for name, value in said.items() if not name.startswith("_")} | {"order": list(survey.labels)}


def plain_chat(tmp_path: Path, **said: str) -> tuple[Claim, list[Loaded]]:
    texts = [(day, 3, day, sender, f"number {day}, so") for day in range(1, 29) for sender in ("Alex: ", "Maren: ")]
    path = write_text(tmp_path / "chat.txt", chat_of("android", texts))
    claim = claim_of(path, date_order="DMY", **said)
    return claim, whole(claim)


def test_plain_messages_are_loaded_in_columns(tmp_path: Path) -> None:
    claim, loaded = plain_chat(tmp_path, timezone="Europe/London")
    assert in_columns(claim, loaded) == len(loaded)
    assert in_columns(claim, loaded[5:30]) == 25


def test_what_the_app_says_over_and_over_is_loaded_in_columns_too(tmp_path: Path) -> None:
    app = ["<Media omitted>", "Missed voice call", "This message was deleted", "null", "a.jpg (file attached)", "(so)"]
    texts = [(1 + number // 2, 3, number, "Alex: ", app[number % 6]) for number in range(48)]
    path = write_text(tmp_path / "chat.txt", chat_of("android", [*texts, (26, 3, 1, "Alex: ", "waiting once")]))
    claim = claim_of(path, timezone="Europe/London", date_order="DMY")
    loaded = whole(claim)
    left = ["waiting once", *["a.jpg (file attached)"] * 8]
    assert in_columns(claim, loaded) == len(loaded) - len(left)
    assert {one.state for message in loaded for one in message.attachments} == {"missing", "not-exported"}


@pytest.mark.parametrize("header", ["android", "iphone"])
def test_a_line_without_a_colon_is_not_said_by_whom_it_names(header: str, tmp_path: Path) -> None:
    texts = [(day, 3, 5, sender, "") for day in (1, 2, 3) for sender in ("Alex Penrose: ", "Alex Penrose")]
    data = chat_of(header, [*texts, (4, 3, 5, "Maren: ", "so")])
    claim = claim_of(write_text(tmp_path / "chat.txt", data), timezone="Europe/London", date_order="DMY")
    loaded = whole(claim)
    assert in_columns(claim, loaded) == 5  # "hello", "so" and the three that are empty
    assert [one.envelope.sender is None for one in loaded[1:7]] == [False, True] * 3
    shape = shape_of(data.decode())
    assert shape is not None
    survey = Survey(shape.bracketed)
    survey.look(cut_up(blocks(data, 1 << 20), shape, survey.accepts))
    assert survey.labels[b"Alex Penrose"].count == 4


@pytest.mark.parametrize("zone", ["", "Europe/London"])
def test_a_time_without_a_zone_is_for_the_careful_way(zone: str, tmp_path: Path) -> None:
    claim, loaded = plain_chat(tmp_path, **({"timezone": zone} if zone else {}))
    assert bool(in_columns(claim, loaded)) == bool(zone)


def test_a_day_on_which_clocks_change_is_for_the_careful_way(tmp_path: Path) -> None:
    texts = [(day, 3, 5, "Alex: ", "so") for day in (2, 3, 4)]
    path = write_text(tmp_path / "chat.txt", chat_of("android", texts))
    claim = claim_of(path, timezone="America/New_York", date_order="DMY")
    loaded = whole(claim)
    assert in_columns(claim, loaded) < len(loaded)


def test_a_long_message_is_for_the_careful_way(tmp_path: Path) -> None:
    # Where its beginning and its end are put together, the app's words may seem to stand.
    long = "x" * ((64 << 10) - 40) + "(" * 40 + "y" * (300 << 10) + ")" * 4096
    path = write_text(
        tmp_path / "chat.txt", chat_of("android", [(26, 3, 5, "Alex: ", long), (27, 3, 5, "Alex: ", "so")])
    )
    claim = claim_of(path, timezone="Europe/London", date_order="DMY")
    loaded = whole(claim)
    assert in_columns(claim, loaded) == len(loaded) - 1


def test_places_that_step_back_or_overlap_are_left_out(tmp_path: Path) -> None:
    claim, loaded = plain_chat(tmp_path, timezone="Europe/London")
    places = [one.envelope.position.locator for one in loaded]
    for asked in ([places[5], places[4], places[6]], [places[5], places[5]], []):
        for at, alike in WhatsApp().load_alike(claim, asked):
            assert [asked[one] for one in at] == list(alike.locators)


def test_of_any_number_of_senders_not_all_are_remembered() -> None:
    lines = "".join(f"\n[25/10/2024, 09:00:00] Sam {number}: so" for number in range(10_050))
    shape = shape_of(lines[1:])
    assert shape is not None
    chat = Chat({"header": shape.sample, "order": "DMY"}, ReadOptions("Europe/London"), "c.txt")
    _, found = cut(shape.cutting, lines.encode())
    [(_, last, said)] = stretches(chat, found)
    assert said is not None and last == len(said.likes) == 10_050
    assert [like.sender and like.sender.value for like in said.likes] == [f"Sam {number}" for number in range(10_050)]
    assert len(chat.likes) < 100


def test_a_case_keeps_the_same_of_messages_in_columns(tmp_path: Path) -> None:
    rows = []
    for scan in (WhatsApp().scan, WhatsApp().scan_columns):
        claim, _ = plain_chat(tmp_path, timezone="Europe/London")
        with closing(open_database(tmp_path / f"{scan.__name__}.sqlite", durable=False)) as db:
            db.execute("BEGIN IMMEDIATE")
            writer = RecordWriter(db, 1, 1, {claim.members[0].tree_path: 4})
            for one in scan(claim):
                writer.write(one)
            writer.flush()
            tables = ("record", "party_set", "account", "stated", "link", "fallback")
            rows.append([db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables])
            rows[-1] += [writer.seen, writer.read, writer.span()]
    assert rows[0] == rows[1]
    assert rows[0][-2] == 57


def bundle_of(out: Path, *exports: Path) -> dict[str, bytes]:
    """The files of a bundle that say nothing of when it was made."""
    case = CaseSettings(
        timezone="Europe/London",
        date_order="DMY",
        subject=PersonSettings(label="Subject", accounts=["Alex Penrose", "Alex", "Maren"]),
        owner=PersonSettings(label="Owner", accounts=["Maren Holloway"]),
    )
    made = make_bundle(exports, case, out, lambda: datetime(2024, 12, 1, 12, tzinfo=UTC), pdf=False)
    folder = made.built.path
    every = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
    kept = ("data/", "pages/", "schedules/", "timeline.csv", "facts/")
    return {name: data.replace(folder.name.encode(), b"") for name, data in every.items() if name.startswith(kept)}


def test_a_bundle_is_the_same_without_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [
        "so",
        "<Media omitted>",
        "This message was deleted",
        "a, b",
        'say "no"',
        "<b>",
        "=1",
        "one\ntwo",
        "\u200d",
        "é",
        "two  blanks",
        "(so)",
        "x" * 300,
    ]
    texts = [
        (1 + number // 40, 1 + number % 11, number % 60, f"{('Alex', 'Maren')[number % 3 > 0]}: ", words[number % 13])
        for number in range(700)
    ]
    plain = write_text(tmp_path / "chat.txt", chat_of("android", texts))
    in_columns = bundle_of(tmp_path / "in columns", SAMPLES, plain)
    monkeypatch.setattr(WhatsApp, "scan_columns", WhatsApp.scan)
    monkeypatch.setattr(WhatsApp, "load_alike", lambda *_: iter(()))
    assert bundle_of(tmp_path / "one by one", SAMPLES, plain) == in_columns


def test_a_question_stays_a_question(tmp_path: Path) -> None:
    path = write_text(tmp_path / "chat.txt", b"01/02/2024, 10:10 - Alex: so\n02/02/2024, 10:10 - Alex: so\n")
    with pytest.raises(NeedsAnswer):
        scanned(claim_of(path, timezone="Europe/London"))
