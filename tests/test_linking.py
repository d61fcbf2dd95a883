"""Bundles that name one account: exact matches only, items on both sides, names apart, and nothing shown in keyed form."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.errors import UsageError
from plainrecord.linking import _TABLES, Selector, _keep, _links, link, selectors_of

KEY = "a secret of thirty-two characters or more"


def bundle(folder: Path, name: str, mails: list[tuple[str, str]], sender: str, *more: str) -> Path:
    """A bundle of mails (From line, body) to one owner."""
    (folder / name).mkdir()
    for number, (author, body) in enumerate(mails):
        when = f"Mon, 7 Oct 2024 10:0{number}:00 +0100"
        head = f"From: {author}\nTo: sam.field@mail.example\nDate: {when}\nMessage-ID: <{name}{number}@x.example>\n"
        text = f"{head}\n{body}\n"
        (folder / name / f"{number}.eml").write_text(text, "utf-8")
    words = ["bundle", str(folder / name), "--sender", sender, *more, "--out", str(folder / f"out-{name}"), "--json"]
    made = CliRunner().invoke(main, words)
    assert made.exit_code == 0, made.output
    return Path(json.loads(made.stdout)["path"])


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    alex, other = "Alex Mere <Alex.Mere@mail.example>", "A. M. <alex.mere@mail.example>"
    chat = folder / "chat"
    chat.mkdir()
    (chat / "WhatsApp Chat with Alex Mere.txt").write_text(
        "07/10/2024, 10:30 - Alex Mere: hello\n31/10/2024, 10:31 - Alex Mere: again\n", "utf-8"
    )
    words = [
        "bundle",
        str(chat),
        "--sender",
        "Alex Mere",
        "--timezone",
        "Europe/London",
        "--out",
        str(folder / "out-chat"),
        "--json",
    ]
    made = CliRunner().invoke(main, words)
    assert made.exit_code == 0, made.output
    shutil.copytree(chat, folder / "chat2")
    words[1], words[7] = str(folder / "chat2"), str(folder / "out-chat2")
    again = CliRunner().invoke(main, words)
    return {
        "one": bundle(
            folder,
            "one",
            [(alex, "first"), (alex, "second"), ("Jo <jo@mail.example>", "third")],
            "alex.mere@mail.example",
        ),
        "two": bundle(folder, "two", [(other, "elsewhere")], "alex.mere@mail.example"),
        "three": bundle(folder, "three", [("Robin <robin@mail.example>", "nobody you know")], "robin@mail.example"),
        "chat": Path(json.loads(made.stdout)["path"]),
        "chat2": Path(json.loads(again.stdout)["path"]),
    }


def test_an_equal_address_links_two_bundles_with_the_items_of_both(bundles: dict[str, Path]) -> None:
    [match], candidates = link([bundles["one"], bundles["two"], bundles["three"]])
    assert (match.kind, match.strength, match.status, candidates) == ("address", "strong", "suggested", [])
    by_bundle = {side.bundle: side for side in match.sides}
    assert set(by_bundle) == {bundles["one"].name, bundles["two"].name}
    one = by_bundle[bundles["one"].name]
    assert (one.count, one.items, one.first) == (2, ["M-000001", "M-000002"], "2024-10-07T09:00:00Z")
    assert match.conflicts == ["2 different names stand beside it"]


def test_a_name_alone_is_a_candidate_to_look_at_and_never_a_match(bundles: dict[str, Path]) -> None:
    matches, [candidate] = link([bundles["chat"], bundles["chat2"], bundles["one"]])
    assert (matches, candidate.kind, candidate.strength) == ([], "name", "weak")


def test_a_number_is_the_same_however_it_is_written_and_in_whichever_service(tmp_path: Path) -> None:
    sms = (
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"1\">\n"
        '  <sms protocol="0" address="07700900123" date="1729329120000" type="1" body="Hello" read="1" status="-1" />\n</smses>\n'
    )
    chat = "27/10/2024, 10:30 - +44 7700 900123: hello\n"
    made = []
    for name, text in (("sms-20241201100000.xml", sms), ("WhatsApp Chat with +44 7700 900123.txt", chat)):
        (tmp_path / name).write_text(text, "utf-8")
        words = ["bundle", str(tmp_path / name), "--sender", "07700 900123", "--timezone", "Europe/London"]
        done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / f"out-{len(made)}"), "--json"])
        assert done.exit_code == 0, done.output
        made.append(Path(json.loads(done.stdout)["path"]))
    [match], _ = link(made)
    assert (match.kind, match.strength, [side.shown for side in match.sides].count("07700900123")) == (
        "number",
        "strong",
        1,
    )


def test_third_parties_of_a_bundle_are_no_selectors(bundles: dict[str, Path]) -> None:
    assert [one.shown for one in selectors_of(bundles["one"])] == ["Alex.Mere@mail.example"]


def test_keyed_links_are_the_same_and_show_nothing(bundles: dict[str, Path], tmp_path: Path) -> None:
    paths = [bundles["one"], bundles["two"]]
    [match], _ = link(paths, tmp_path / "index", KEY.encode())
    assert {side.bundle for side in match.sides} == {path.name for path in paths}
    assert all((side.shown, side.names) == ("", []) for side in match.sides)
    assert b"mere" not in (tmp_path / "index").read_bytes().lower()
    assert link(paths, None, b"another secret of thirty-two letters")[0][0].sides[0].key != match.sides[0].key


def test_an_index_keeps_bundles_for_the_next_time_and_takes_each_once(bundles: dict[str, Path], tmp_path: Path) -> None:
    index = tmp_path / "index"
    assert link([bundles["one"]], index) == ([], [])
    for _ in range(2):
        [match], _ = link([bundles["two"]], index)
        assert [side.count for side in match.sides] in ([1, 2], [2, 1])
    with pytest.raises(UsageError, match="made without a key"):
        link([bundles["two"]], index, KEY.encode())
    (tmp_path / "other").write_bytes(b"no database at all" * 100)
    with pytest.raises(UsageError, match="no index that can be used"):
        link([bundles["two"]], tmp_path / "other")


def test_a_handle_is_one_only_within_its_service_and_links_never_chain(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index") as db:
        db.executescript(_TABLES)
        rows = [
            ("b1", "handle", "instagram", "alex"),
            ("b2", "handle", "tiktok", "alex"),
            ("b2", "id", "x", "77"),
            ("b3", "id", "x", "77"),
            ("b1", "file", "", "ab"),
            ("b3", "file", "", "ab"),
        ]
        for name in ("b1", "b2", "b3"):
            _keep(
                db, [Selector(b, f"{k}\0{s}\0{v}", k, s, v, count=1) for b, k, s, v in rows if b == name], keyed=False
            )
        found = [(one.kind, one.strength, [side.bundle for side in one.sides]) for one in _links(db)]
    assert found == [("file", "medium", ["b1", "b3"]), ("id", "strong", ["b2", "b3"])]


def test_the_command_says_it_in_words_and_in_json(bundles: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short", "utf-8")
    paths = [str(bundles["one"]), str(bundles["two"])]
    answer = CliRunner().invoke(main, ["link", *paths])
    assert "do not show who used them" in answer.output and "M-000001" in answer.output
    found = json.loads(CliRunner().invoke(main, ["link", *paths, "--json"]).stdout)
    assert (len(found["equal"]), found["to_look_at"]) == (1, [])
    refused = CliRunner().invoke(main, ["link", *paths, "--key-file", str(tmp_path / "key")])
    assert (refused.exit_code, "made at random" in refused.output) == (1, True)
    assert CliRunner().invoke(main, ["link", str(tmp_path)]).exit_code == 1
