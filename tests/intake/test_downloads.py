"""Which archives are parts of one download: by the names services give, by content where a name could mean anything."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.intake.downloads import downloads_of, stem_of
from plainrecord.intake.sources import list_source


def packed(path: Path, *names: str) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), name)
    path.write_bytes(held.getvalue())
    return path


def grouped(paths: list[Path]) -> list[list[str]]:
    return [[part.name for part in one.parts] for one in downloads_of(paths)]


@pytest.mark.parametrize(
    ("name", "stem", "number"),
    [
        ("takeout-20240501T101112Z-001.zip", "takeout-20240501T101112Z.zip", 1),
        ("takeout-20240501T101112Z-3-002.zip", "takeout-20240501T101112Z-3.zip", 2),
        ("sam.field_20240501_part_2.zip", "sam.field_20240501.zip", 2),
        ("facebook-sam.field-2024-05-01-A1b2C3.zip", "facebook-sam.field-2024-05-01.zip", None),
        ("instagram-sam.field-2024-05-01-x9.zip", "instagram-sam.field-2024-05-01.zip", None),
        ("mydata~1719837296123.zip", "mydata~1719837296123.zip", 1),
        ("mydata~1719837296123-2.zip", "mydata~1719837296123.zip", 2),
    ],
)
def test_the_names_services_give_to_parts(name: str, stem: str, number: int | None) -> None:
    assert stem_of(name) == (stem, number)


@pytest.mark.parametrize("name", ["chat-1.zip", "facebook-sam.zip", "WhatsApp Chat.zip", "mydata.zip", "takeout.zip"])
def test_other_names_tell_nothing(name: str) -> None:
    assert stem_of(name) is None


def test_parts_stand_where_the_first_of_them_was_named(tmp_path: Path) -> None:
    paths = [
        packed(tmp_path / "t-002.zip", "Takeout/b"),
        packed(tmp_path / "other.zip", "c"),
        packed(tmp_path / "t-001.zip", "Takeout/a"),
    ]
    assert grouped(paths) == [["t-001.zip", "t-002.zip"], ["other.zip"]]


def test_counted_names_are_parts_only_where_they_hold_one_tree(tmp_path: Path) -> None:
    one = packed(tmp_path / "facebook-1.zip", "messages/inbox/a/message_1.json", "friends/friends.json")
    two = packed(tmp_path / "facebook-2.zip", "messages/inbox/a/photos/1.jpg")
    ten = packed(tmp_path / "facebook-10.zip", "messages/inbox/b/message_1.json")
    assert grouped([ten, two, one]) == [["facebook-1.zip", "facebook-2.zip", "facebook-10.zip"]]
    chats = [packed(tmp_path / f"chat-{number}.zip", "_chat.txt") for number in (1, 2)]
    assert grouped(chats) == [["chat-1.zip"], ["chat-2.zip"]]


def test_the_same_part_given_twice_and_files_that_are_no_archives_stay_apart(tmp_path: Path) -> None:
    one = packed(tmp_path / "t-001.zip", "Takeout/a")
    assert grouped([one, one]) == [["t-001.zip"], ["t-001.zip"]]
    broken = [tmp_path / "box-1.zip", tmp_path / "box-2.zip"]
    for path in broken:
        path.write_bytes(b"PK\x03\x04 no archive at all")
    assert grouped(broken) == [["box-1.zip"], ["box-2.zip"]]
    assert grouped([tmp_path / "absent-1.zip", tmp_path / "absent-2.zip"]) == [["absent-1.zip"], ["absent-2.zip"]]


def test_downloads_of_two_days_or_accounts_are_never_joined(tmp_path: Path) -> None:
    names = [
        "facebook-sam.field-2024-05-01-A1.zip",
        "facebook-sam.field-2024-06-01-A1.zip",
        "facebook-robin.vale-2024-05-01-A1.zip",
    ]
    paths = [packed(tmp_path / name, "messages/a") for name in names]
    assert grouped(paths) == [[name] for name in names]


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    paths = [packed(tmp_path / f"t-00{number}.zip", f"Takeout/{number}") for number in (1, 3, 6)]
    (download,) = downloads_of(paths)
    assert download.missing == (2, 4, 5)
    assert "parts 2, 4, 5 were not handed in" in (download.says() or "")
    for given in (paths, [tmp_path]):
        (said,) = list_source(given, "S01").missing
        assert said.startswith("Of the download t.zip, parts 2, 4, 5 were not handed in.")


def test_parts_inside_a_folder_make_one_tree(tmp_path: Path) -> None:
    packed(tmp_path / "facebook-1.zip", "messages/a")
    packed(tmp_path / "facebook-2.zip", "messages/b")
    packed(tmp_path / "facebook-sam.field-2024-05-01-A1.zip", "messages/c")
    packed(tmp_path / "facebook-sam.field-2024-05-01-B2.zip", "messages/d")
    assert [member.tree_path for member in list_source([tmp_path], "S01").members] == [
        "facebook-sam.field-2024-05-01.zip/messages/c",
        "facebook-sam.field-2024-05-01.zip/messages/d",
        "facebook.zip/messages/a",
        "facebook.zip/messages/b",
    ]


MAIL = b"From: alex.mere@mail.example\r\nTo: sam.field@mail.example\r\nDate: Mon, 1 Jul 2024 12:00:00 +0000\r\n\r\nHello\r\n"


def test_a_bundle_of_parts_has_one_source_and_says_what_is_missing(tmp_path: Path) -> None:
    for number in (1, 3):
        with zipfile.ZipFile(tmp_path / f"t-00{number}.zip", "w") as archive:
            archive.writestr(f"Takeout/Mail/{number}.eml", MAIL)
    exports = [str(tmp_path / "t-001.zip"), str(tmp_path / "t-003.zip")]
    said = ["--sender", "alex.mere@mail.example", "--out", str(tmp_path / "out"), "--json"]
    result = CliRunner().invoke(main, ["bundle", *exports, *said])
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert made["counts"]["seen"] == 2
    assert any("part 2 was not handed in" in warning for warning in made["warnings"])
    manifest = json.loads((Path(made["path"]) / "meta" / "sources.json").read_text("utf-8"))
    assert [source["label"] for source in manifest["sources"]] == ["S01"]
    limits = (Path(made["path"]) / "meta" / "limits.json").read_text("utf-8")
    assert "part 2 was not handed in" in limits


def test_the_second_part_alone_shows_that_there_was_a_first(tmp_path: Path) -> None:
    for name in ("takeout-20240101T000000Z-2-002.zip", "mydata~1724072400000-2.zip"):
        (one,) = downloads_of([tmp_path / name])
        assert one.missing == (1,) and "part 1 was not handed in" in (one.says() or "")
    (alone,) = downloads_of([tmp_path / "takeout-20240101T000000Z-001.zip"])
    assert alone.says() is None


def test_numbers_that_anybody_may_have_written_are_no_parts(tmp_path: Path) -> None:
    paths = [packed(tmp_path / name, "a.txt") for name in ("invoice-101.zip", "invoice-105.zip")]
    assert [(one.parts, one.missing) for one in downloads_of(paths)] == [((path,), ()) for path in paths]
    assert downloads_of([paths[0]])[0].missing == ()
