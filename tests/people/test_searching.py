"""Search over a whole case: every word is found, whoever wrote it; the index follows the case and survives being stopped."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes import OWNER, SUBJECT, mail, write_mailbox
from peoplecase import copy_of, made_case, run, told
from plainrecord.store import Case
from plainrecord.store.searchindex import _BATCH, opened_index
from plainrecord.store.searching import search

STORY = Path(__file__).resolve().parents[2] / "fixtures" / "story" / "exports"


def now() -> datetime:
    return datetime(2024, 12, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_case(tmp_path_factory.mktemp("search"))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story") / "case"
    run("new", folder, "--sender", "alex.penrose@lantern.example", "--timezone", "Europe/London")
    run("add", folder, *sorted(STORY.iterdir()))
    return folder


def texts(case: Path, *words: str) -> list[str]:
    return [hit["snippet"] for hit in told("search", case, *words)["hits"]]


def test_every_word_of_every_record_of_the_story_finds_it(story: Path) -> None:
    lines = run("records", *sorted(STORY.iterdir()), "--timezone", "Europe/London").splitlines()
    assert len(lines) > 200
    with Case.open(story, now) as opened:
        for record in map(json.loads, lines):
            named = [
                one
                for part in (record["sender"], *record["recipients"])
                if part
                for one in (part["value"], part["name"])
            ]
            files = [one["name"] for one in record["attachments"]]
            for text in filter(None, [record["subject"], record["text"], *named, *files]):
                words = re.findall(r"\S+", text)[:60]
                found = search(opened, words, limit=100_000)
                assert record["id"] in {hit.record for hit in found.hits}, (text, words)


def test_hits_stand_in_order_of_time_with_what_is_needed_to_cite_them(case: Path, tmp_path: Path) -> None:
    copied = copy_of(case, tmp_path)
    hits = told("search", copied, "new", "number")["hits"]
    assert [hit["utc"] for hit in hits] == sorted(hit["utc"] for hit in hits)
    first = hits[0]
    assert (first["account"], first["name"], first["source"]) == (SUBJECT, "Rowan Ash", "S02")
    assert first["record"].startswith("r-") and first["time_as_stated"].startswith("Sun, 20 Oct 2024")
    assert first["item"] == "", "nothing is built yet"
    built = told("build", copied, "--out", tmp_path / "out")
    numbered = told("search", copied, "new", "number")
    assert (numbered["hits"][0]["item"], numbered["bundle"]) == ("M-000001", built["bundle_id"])
    told("select", copied)
    assert told("search", copied, "new", "number")["bundle"] == "", "another selection may number anew"
    told("build", copied, "--out", tmp_path / "out")
    told(
        "add", copied, write_mailbox(tmp_path / "more.mbox", [mail(1, SUBJECT, OWNER, subject="Earlier", minutes=-900)])
    )
    assert told("search", copied, "new", "number")["hits"][0]["item"] == "", "there are more sources now"
    assert "“Sun, 20 Oct 2024" in run("search", copied, "new number")


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["straße"], 1), (["STRASSE"], 1), (["naive"], 1), (["NAÏVE"], 1), (["明天"], 1), (["明"], 1), (["new", "number"], 2),
        (["new number"], 2), (["number new"], 0), (["umber"], 0), (["07700", "900123"], 1), (["07700 900123"], 7), (["+447700900123"], 7),
        (["me.png"], 2), (["Rowan Ash"], 2), (["kim@xn--bcher-kva.example"], 2), (["cyrillic"], 1), (["changed to"], 1),
    ],
)  # fmt: skip
def test_words_phrases_accents_and_scripts_without_blanks(case: Path, words: list[str], count: int) -> None:
    assert told("search", case, *words)["found"] == count


def test_parts_of_words_are_found_when_asked_for(case: Path) -> None:
    assert told("search", case, "--part", "umber")["found"] >= 2
    assert told("search", case, "--part", "STRASSE")["found"] == 1
    assert told("search", case, "明天")["looked_through"] == ["明天"]


@pytest.mark.parametrize(
    "word",
    ['"', "a AND", "NEAR(", "text:", "*", "new*", "-new", "'; DROP", "^", "(", "{a b}:", "\x00new\x00", "\u202e"],
)
def test_what_a_person_types_is_never_a_query(opened: Case, word: str) -> None:
    assert search(opened, [word]).total >= 0
    assert search(opened, ["new*"]).total == search(opened, ["new"]).total


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=8), min_size=1, max_size=3), st.booleans())
def test_no_text_makes_the_search_fail(opened: Case, words: list[str], parts: bool) -> None:
    if any(word.replace("\0", " ").strip() for word in words):
        assert search(opened, words, parts=parts).total >= 0


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Case.open(made_case(tmp_path_factory.mktemp("opened")), now) as found:
        yield found


def test_nothing_to_look_for_is_one_sentence(case: Path) -> None:
    assert told("search", case, code=1)["error"] == "Nothing to look for. Give one or more words."
    assert told("search", case, " ", code=1)["error"].startswith("Nothing to look for")


def test_a_control_code_in_a_text_reaches_no_terminal(tmp_path: Path) -> None:
    run("new", tmp_path / "c", "--sender", SUBJECT)
    run(
        "add",
        tmp_path / "c",
        write_mailbox(tmp_path / "a.mbox", [mail(1, SUBJECT, OWNER, body="evil \x1b[2J\u202e word\n")]),
    )
    shown = run("search", tmp_path / "c", "evil")
    assert "\x1b" not in shown and "\u202e" not in shown and "[U+001B]" in shown


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("明日22Sampleへ", "sample"), ("ฉันชื่อZoraนะ", "Zora"), ("call 07700\u00a0900\u2011124 now", "07700900124"),
        ("call +44 (0)7700 900124", "07700 900124"), ("call 07700-900-124", "+447700900124"),
    ],
)  # fmt: skip
def test_words_are_found_beside_other_scripts_and_numbers_however_texts_spell_them(
    tmp_path: Path, said: str, asked: str
) -> None:
    case = tmp_path / "case"
    run("new", case, "--sender", SUBJECT, "--owner", OWNER, "--timezone", "Europe/London")
    run(
        "add",
        case,
        write_mailbox(
            tmp_path / "a.mbox", [mail(1, SUBJECT, OWNER, body=f"{said}\n"), mail(2, SUBJECT, OWNER, body="harbour\n")]
        ),
    )
    assert told("search", case, asked)["found"] == 1
    assert told("search", case, asked, "harbour")["found"] == 0


def rows(case: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(case / "search.sqlite")) as db:
        return db.execute("SELECT ref, row, child, subject, text, names, files FROM doc ORDER BY row, child").fetchall()


def test_the_index_follows_what_is_added_and_taken_out(case: Path, tmp_path: Path) -> None:
    copied = copy_of(case, tmp_path)
    mailbox = write_mailbox(tmp_path / "more.mbox", [mail(1, SUBJECT, OWNER, body="A word: harbour.\n")])
    assert told("search", copied, "harbour")["found"] == 0
    told("add", copied, mailbox)
    assert told("search", copied, "harbour")["found"] == 1
    write_mailbox(mailbox, [mail(1, SUBJECT, OWNER, body="Another word: lantern.\n")])
    told("add", copied, mailbox)
    assert told("search", copied, "harbour")["found"] == 0
    assert told("search", copied, "lantern")["found"] == 1
    followed = rows(copied)
    told("search", copied, "lantern", "--rebuild")
    assert rows(copied) == followed


@pytest.mark.parametrize("damage", [b"no database at all" * 300, b""])
def test_a_damaged_index_is_made_anew(case: Path, tmp_path: Path, damage: bytes) -> None:
    copied = copy_of(case, tmp_path)
    before = told("search", copied, "new")["found"]
    (copied / "search.sqlite").write_bytes(damage)
    assert told("search", copied, "new")["found"] == before


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    chat = "".join(f"20/10/2024, 18:{n % 60:02d} - Rowan: line {n} of many\n" for n in range(2 * _BATCH + 500))
    (folder / "WhatsApp Chat with Rowan.txt").write_text(chat, "utf-8")
    run("new", folder / "case", "--sender", "Rowan", "--timezone", "Europe/London")
    run("add", folder / "case", folder / "WhatsApp Chat with Rowan.txt")
    return folder / "case"


def test_an_index_that_was_stopped_goes_on_and_ends_the_same(long: Path, tmp_path: Path) -> None:
    copied = copy_of(long, tmp_path)

    def stop(what: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with Case.open(copied, now) as opened, pytest.raises(KeyboardInterrupt), opened_index(opened, stop):
        pass
    assert len(rows(copied)) == _BATCH
    seen: list[int] = []
    with Case.open(copied, now) as opened, opened_index(opened, lambda what, done, total: seen.append(done)):
        pass
    assert seen == [2 * _BATCH]
    went_on = rows(copied)
    told("search", copied, "--rebuild")
    assert rows(copied) == went_on and told("search", copied, "line", str(2 * _BATCH))["found"] == 1


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from plainrecord.store import Case
from plainrecord.store.searchindex import opened_index
with Case.open(Path(sys.argv[1]), lambda: datetime(2024, 12, 1, tzinfo=UTC)) as case:
    with opened_index(case, lambda what, done, total: os._exit(9)):
        pass
"""


def test_an_index_whose_process_was_killed_goes_on_too(long: Path, tmp_path: Path) -> None:
    copied = copy_of(long, tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(copied)], check=False)
    assert done.returncode == 9
    assert told("search", copied, "line")["found"] == 2 * _BATCH + 500
    assert len(rows(copied)) == 2 * _BATCH + 500
