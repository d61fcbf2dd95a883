"""A second party makes a bundle again from the originals and the manifest alone, and hears of every difference."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plainrecord.building import build, make_bundle
from plainrecord.errors import UsageError
from plainrecord.rebuilding import rebuild
from plainrecord.records import Account
from plainrecord.store import Case, CaseSettings
from plainrecord.store.attributing import Said, assert_accounts
from plainrecord.store.settings import PersonSettings
from sealed_bundles import clock, mail, run

SUBJECT, OWNER = "sam@mail.example", "me@mail.example"


def settings() -> CaseSettings:
    return CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
    )


def box(path: Path, numbers: range) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    mails = [mail(number, *((SUBJECT, OWNER) if number % 2 else (OWNER, SUBJECT))) for number in numbers]
    path.write_text("".join(mails), newline="\n")
    return path


@pytest.fixture
def originals(tmp_path: Path) -> list[Path]:
    """A file, a folder of files, and a folder with a file of the same name as the first."""
    box(tmp_path / "in/phone/a.mbox", range(5, 9))
    box(tmp_path / "in/phone/deep/b.mbox", range(9, 12))
    box(tmp_path / "in/tablet/one.mbox", range(20, 24))
    return [box(tmp_path / "in/one.mbox", range(1, 5)), tmp_path / "in/phone", tmp_path / "in/tablet"]


@pytest.fixture
def bundle(originals: list[Path], tmp_path: Path) -> Path:
    return make_bundle(originals, settings(), tmp_path / "first", clock).built.path


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_the_same_comes_out_whatever_the_order_place_and_time(originals, tmp_path, zipped):
    made = make_bundle(originals, settings(), tmp_path / "first", clock, zipped=zipped).built.path
    elsewhere = Path(shutil.copytree(tmp_path / "in", tmp_path / "elsewhere"))
    moved = [elsewhere / one.name for one in originals]
    done = rebuild(made, moved[::-1], tmp_path / "second", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert done.same and done.differences == [] and done.notes == []
    assert done.compared > 15
    assert (done.path / "manifest-sha256.txt").is_file()


def test_labels_that_were_withdrawn_before_stay_out(originals, tmp_path):
    with Case.create(tmp_path / "case", settings(), clock) as case:
        case.add([originals[0]])
        # The first source changes and is added again: its label is not given a second time.
        box(originals[0], range(1, 7))
        case.add([originals[0]])
        case.add([originals[1]])
        made = build(case, tmp_path / "first").built.path
    labels = [source["label"] for source in json.loads((made / "manifest.json").read_text())["sources"]]
    assert labels == ["S02", "S03"]
    assert rebuild(made, originals[:2], tmp_path / "second", clock).same


def test_what_was_asked_for_is_asked_for_again(originals, tmp_path):
    asked = settings()
    asked.subject.label, asked.select.scope, asked.select.after = "Person A", "subject", "2024-09-12"
    asked.subject.accounts, asked.region = [SUBJECT, "07700 900123"], "GB"
    made = make_bundle(originals, asked, tmp_path / "first", clock).built.path
    done = rebuild(made, originals, tmp_path / "second", clock)
    assert done.same
    for name in ("settings", "selection", "subject", "owner"):
        first, second = (json.loads((path / "manifest.json").read_text())[name] for path in (made, done.path))
        assert first == second


def test_what_a_named_person_said_of_accounts_is_said_again(originals, tmp_path):
    other = tmp_path / "in/other.mbox"
    other.write_text(mail(30, "s.field@post.example", OWNER) + mail(31, OWNER, "s.field@post.example"), newline="\n")
    with Case.create(tmp_path / "case", settings(), clock) as case:
        for one in (originals[0], other):
            case.add([one])
        account = Account("email", "address", "s.field@post.example")
        assert_accounts(case, Said("subject", (account,), "A. Bee", "They wrote so."))
        made = build(case, tmp_path / "first").built.path
    machine = json.loads((made / "manifest.json").read_text())["selection"]["machine"]
    assert [one["value"] for one in machine["asserted"]] == ["s.field@post.example"]
    assert rebuild(made, [other, originals[0]], tmp_path / "second", clock).same


def test_a_mapping_and_an_answer_about_dates_travel_with_the_source(tmp_path):
    table = tmp_path / "texts.csv"
    table.write_text("Date,From,To,Text\n03/04/2024 10:00,Sam,Me,hello\n04/03/2024 11:00,Me,Sam,stop\n", newline="\n")
    mapping = tmp_path / "mapping.toml"
    proposed = run("mapping", table)
    assert proposed.exit_code == 0, proposed.output
    mapping.write_text(proposed.stdout, encoding="utf-8")
    made = run("bundle", table, "--mapping", mapping, "--date-order", "DMY", "--sender", "Sam", "--owner", "Me",
               "--timezone", "Europe/London", "--out", tmp_path / "first", "--json")  # fmt: skip
    assert made.exit_code in (0, 5), made.output
    again = run("rebuild", json.loads(made.stdout)["path"], table, "--out", tmp_path / "second", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["same"]


# Differences


def test_an_original_that_is_missing_changed_or_renamed_is_named_and_nothing_is_built(bundle, originals, tmp_path):
    def says(given: list[Path]) -> str:
        done = rebuild(bundle, given, tmp_path / "second", clock)
        assert done.path is None and not done.same
        return " | ".join(f"{one.what}: {one.says}" for one in done.differences)

    assert "S01: No original of “one.mbox”" in says(originals[1:])
    (tmp_path / "in/phone/deep/b.mbox").rename(tmp_path / "b.mbox")
    assert "S02 deep/b.mbox: It is not among" in says(originals)
    (tmp_path / "b.mbox").rename(tmp_path / "in/phone/deep/b.mbox")
    renamed = Path(shutil.copy(originals[0], tmp_path / "two.mbox"))
    assert "S01 one.mbox: It was given as “two.mbox”" in says([renamed, *originals[1:]])
    originals[0].write_bytes(originals[0].read_bytes() + b"\n")
    assert "it is not the file that was read" in says(originals)
    assert not (tmp_path / "second").exists()


def test_files_and_originals_beyond_those_of_the_manifest_are_said(bundle, originals, tmp_path):
    (tmp_path / "in/phone/.DS_Store").write_bytes(b"x")
    stranger = box(tmp_path / "stranger.mbox", range(40, 41))
    done = rebuild(bundle, [*originals, stranger], tmp_path / "second", clock)
    assert done.same
    assert any("1 files were not there" in note for note in done.notes)
    assert any("stranger.mbox: no original of this bundle" in note for note in done.notes)


def test_whatever_was_changed_in_the_bundle_is_found(bundle, originals, tmp_path):
    changed = {
        "data/items/messages.jsonl": b"body 2",
        "data/items/native/M-000003.eml": b"body 3",
        "timeline.csv": b"body 4",
        "schedules/conversations.csv": b"V-0001",
    }
    for name, old in changed.items():
        path = bundle / name
        path.write_bytes(path.read_bytes().replace(old, old[::-1], 1))
    (bundle / "data/added.txt").write_bytes(b"x")
    (bundle / "data/items/native/M-000001.eml").unlink()
    about = bundle / "meta/bundle.json"
    value = json.loads(about.read_text())
    value["counts"]["seen"] += 1
    about.write_text(json.dumps(value))
    done = rebuild(bundle, originals, tmp_path / "second", clock)
    expected = {*changed, "data/added.txt", "data/items/native/M-000001.eml", "meta/bundle.json: seen"}
    assert {one.what for one in done.differences} == expected
    answer = run("rebuild", bundle, *originals, "--out", tmp_path / "third")
    assert answer.exit_code == 4 and "did not come out the same" in answer.output


@pytest.mark.parametrize("what", ["no manifest", "a service edition", "no accounts"])
def test_a_bundle_that_states_nothing_to_rebuild_by_is_refused(bundle, originals, tmp_path, what):
    path = bundle / "manifest.json"
    value = json.loads(path.read_text())
    if what == "no manifest":
        path.unlink()
    elif what == "a service edition":
        path.write_text(json.dumps(value | {"edition": "service"}))
    else:
        value["selection"]["machine"]["selectors"] = [1]
        path.write_text(json.dumps(value))
    with pytest.raises(UsageError, match="Nothing was built"):
        rebuild(bundle, originals, tmp_path / "second", clock)
