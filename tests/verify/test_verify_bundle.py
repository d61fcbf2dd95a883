"""Our own bundles: whatever single thing is changed, removed, added or moved, verification is not content and names it."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.building import make_bundle
from plainrecord.bundle.verify import VerifyReport, verify
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

CUSTODY = "custody/custody.jsonl"
MESSAGES = "data/items/messages.jsonl"
TAGS = "tagmanifest-sha256.txt"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MIXED = f"""--b
Content-Type: text/plain

see the picture
--b
Content-Type: image/png; name="a.png"
Content-Transfer-Encoding: base64

{PICTURE}
--b
Content-Type: message/rfc822

From: other@mail.example
Subject: carried
Date: Thu, 12 Sep 2024 09:00:00 +0100

carried body
--b--
"""


def mail(number: int, sender: str, recipient: str, subject: str, body: str, extra: str = "") -> str:
    return (
        f"From {sender} Thu Sep 12 10:{number:02d}:00 2024\nFrom: {sender}\nTo: {recipient}\nSubject: {subject}\n"
        f"Date: Thu, 12 Sep 2024 10:{number:02d}:00 +0100\nMessage-ID: <m{number}@x.example>\n{extra}\n{body}\n\n"
    )


def mailbox() -> str:
    subject, owner = "sam@mail.example", "me@mail.example"
    return (
        mail(1, subject, owner, "Hello", "Hi there")
        + mail(2, owner, subject, "Re: Hello", "Please stop", "In-Reply-To: <m1@x.example>\n")
        + mail(3, "bank@bank.example", owner, "Statement", "Your statement")
        + mail(4, subject, owner, "Picture", MIXED, 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n')
    )


@dataclass(frozen=True)
class Made:
    """What the session built once: the originals, and the bundle with what stands beside it, as folder and as zip."""

    originals: tuple[Path, ...]
    folder: Path
    zip: Path
    seal: str


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("made")
    box, letter = place / "small.mbox", place / "letter.eml"
    box.write_text(mailbox(), newline="\n")
    letter.write_text(mail(7, "sam@mail.example", "me@mail.example", "Again", "x").partition("\n")[2], newline="\n")
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=["sam@mail.example"]),
        owner=PersonSettings(label="Owner", accounts=["me@mail.example"]),
    )

    def clock() -> datetime:
        return datetime(2024, 12, 1, 12, tzinfo=UTC)

    folder = make_bundle([box, letter], case, place / "out", clock).built
    packed = make_bundle([box, letter], case, place / "zip", clock, zipped=True).built
    return Made((box, letter), folder.path, packed.path, folder.seal)


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """A copy of the bundle alone, without anything beside it: what is found is found in the bag itself."""
    return Path(shutil.copytree(made.folder, tmp_path / made.folder.name))


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def repacked(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name in files_of(folder):
            archive.write(folder / name, f"{folder.name}/{name}")
    return target


def resealed(folder: Path) -> Path:
    """Both manifests and the Payload-Oxum made true again, as somebody would who knows BagIt but not the rest."""
    payload = [name for name in files_of(folder) if name.startswith("data/")]
    write_manifest(folder, "manifest-sha256.txt", payload)
    info = (folder / "bag-info.txt").read_text().splitlines()
    octets = sum((folder / name).stat().st_size for name in payload)
    info = [f"Payload-Oxum: {octets}.{len(payload)}" if line.startswith("Payload-Oxum") else line for line in info]
    (folder / "bag-info.txt").write_text("\n".join(info) + "\n")
    bundle = folder / "meta/bundle.json"
    stated = json.loads(bundle.read_text())
    stated["payload_manifest_sha256"] = hashlib.sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
    bundle.write_text(json.dumps(stated))
    write_manifest(folder, TAGS, [name for name in files_of(folder) if not name.startswith("data/") and name != TAGS])
    return folder


def write_manifest(folder: Path, name: str, files: list[str]) -> None:
    lines = [f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in files]
    (folder / name).write_text("".join(lines))


def names(report: VerifyReport, path: str) -> bool:
    return any(path == problem.path or path in problem.says for problem in report.problems)


def kinds(report: VerifyReport) -> set[tuple[str, str]]:
    return {(problem.path, problem.kind) for problem in report.problems}


def edit(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def edit_line(path: Path, at: int, change: Callable[[dict[str, Any]], None]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    value = json.loads(lines[at])
    change(value)
    lines[at] = json.dumps(value, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# Sound


def test_a_bundle_as_built_is_sound_as_folder_and_as_zip(made):
    for path in (made.folder, made.zip):
        report = verify(path, originals=made.originals)
        assert report.problems == []
        assert report.ok
        assert report.kind == "plainrecord"
        assert report.checked["items"] == 5
        assert report.checked["originals"] == 2
        assert report.checked["records against originals"] == 4
    assert verify(made.folder).seal == made.seal


def test_the_seal_is_compared_without_regard_to_case_spaces_and_hyphens(made):
    spaced = " ".join(made.seal[at : at + 8] for at in range(0, 64, 8)).upper()
    for seal in (made.seal, spaced, spaced.replace(" ", "-"), spaced.replace(" ", "\r\n  ")):
        assert verify(made.folder, seal=seal).ok
    for seal in ("0" * 64, made.seal[:63], "", "abc"):
        assert kinds(verify(made.folder, seal=seal)) == {(TAGS, "seal")}


def test_what_stands_beside_the_bundle_is_held_against_its_seal(made, tmp_path):
    for path in made.folder.parent.iterdir():
        shutil.copytree(path, tmp_path / path.name) if path.is_dir() else shutil.copy(path, tmp_path)
    folder = tmp_path / made.folder.name
    assert any("kept elsewhere" in note for note in verify(folder).notes)
    (folder / "VERIFY.txt").write_text("other")
    report = verify(resealed(folder))
    assert {kind for _, kind in kinds(report)} == {"seal", "custody"}
    assert {path.split(".", 1)[1] for path, _ in kinds(report)} == {"handover.txt", "custody-after.jsonl"}


def test_the_folder_above_a_bundle_is_said_to_hold_it(made, tmp_path):
    for path in (made.folder, made.zip):
        out = tmp_path / f"out{path.suffix}"
        out.mkdir()
        shutil.copytree(path, out / path.name) if path.is_dir() else shutil.copy(path, out)
        (out / f"{path.name.removesuffix('.zip')}.handover.txt").write_text("sheet")
        (problem,) = verify(out).problems
        assert problem.kind == "not-a-bag"
        assert f"Verify {out / path.name} instead" in problem.says
    shutil.copytree(made.folder, out / "another")
    assert ("bagit.txt", "missing") in kinds(verify(out))


# One thing different, for every file


def every_tampering(folder: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """The file it is about, and what to do to a copy."""
    dice = random.Random(7)
    for name in files_of(folder):
        size = (folder / name).stat().st_size
        yield name, lambda copy, name=name: (copy / name).unlink()
        yield name, lambda copy, name=name: (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
        places = {0, size // 2, size - 1} if size else set()
        if "manifest-sha256" in name:
            places |= {dice.randrange(size) for _ in range(30)}
        for at in sorted(places):
            bit = 1 << dice.choice([0, 5, dice.randrange(8)])
            yield name, lambda copy, name=name, at=at, bit=bit: flip(copy / name, at, bit)
    for added in ("data/new.txt", "data/items/native/M-000009.eml", "data/media/00/x.bin", "note.txt", "meta/x.json"):
        yield added, lambda copy, added=added: write(copy / added, b"added")


def flip(path: Path, at: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= bit
    path.write_bytes(bytes(data))


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_one_byte_one_file_or_one_addition_is_always_named(made, copy, tmp_path, as_zip):
    missed = []
    for number, (name, change) in enumerate(every_tampering(made.folder)):
        change(copy)
        report = verify(repacked(copy, tmp_path / "bag.zip") if as_zip else copy, workers=1)
        if report.ok or not names(report, name):
            missed.append((number, name, report.problems))
        undo(made.folder, copy, name)
    assert missed == []
    assert verify(copy).ok


def undo(sound: Path, copy: Path, name: str) -> None:
    if (sound / name).exists():
        shutil.copyfile(sound / name, copy / name)
    else:
        (copy / name).unlink()


@pytest.mark.parametrize("reseal", [False, True], ids=["as it is", "with manifests made true again"])
@pytest.mark.parametrize("act", ["edit", "remove", "swap", "repeat", "cut"])
def test_any_custody_line_edited_removed_or_moved_breaks_the_chain(made, tmp_path, act, reseal):
    count = len((made.folder / CUSTODY).read_bytes().splitlines())
    for at in range(count):
        folder = Path(shutil.copytree(made.folder, tmp_path / f"{act}-{at}"))
        lines = (folder / CUSTODY).read_bytes().splitlines(keepends=True)
        if act == "edit":
            lines[at] = lines[at].replace(b'"what":"', b'"what":"Not ', 1)
        elif act == "remove":
            del lines[at]
        elif act == "repeat":
            lines.insert(at, lines[at])
        elif act == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        else:
            lines[at:] = [lines[at][: len(lines[at]) // 2]]
        (folder / CUSTODY).write_bytes(b"".join(lines))
        found = kinds(verify(resealed(folder) if reseal else folder, workers=1))
        assert (CUSTODY, "custody") in found, (act, at)
        assert reseal or (CUSTODY, "changed") in found


# Changes by somebody who makes the manifests true again


def set_id(item: dict[str, Any]) -> None:
    item["id"] = "r-" + "a" * 26


def set_position(item: dict[str, Any]) -> None:
    item["position"]["original_sha256"] = "0" * 64


def set_parent(item: dict[str, Any]) -> None:
    item["parent"] = "r-" + "b" * 26


def set_media(item: dict[str, Any]) -> None:
    item["attachments"][0]["blake3"] = "0" * 64


def set_text(item: dict[str, Any]) -> None:
    item["surprise"] = 1


@pytest.mark.parametrize(
    ("at", "change"), [(0, set_id), (1, set_position), (3, set_parent), (2, set_media), (2, set_text)]
)
def test_a_record_that_does_not_fit_its_position_or_files_is_named(copy, at, change):
    edit_line(copy / MESSAGES, at, change)
    report = verify(resealed(copy))
    assert any(problem.kind == "items" for problem in report.problems)


@pytest.mark.parametrize("original", ["", "0" * 64])
def test_a_copy_that_no_export_holds_is_noticed(copy, original):
    def add_copy(item: dict[str, Any]) -> None:
        place = item["position"] | {"original_sha256": original or item["position"]["original_sha256"]}
        more = {"source": "S01", "id": item["id"], "raw_sha256": "0" * 64, "same": "bytes"}
        item["copies"].append(place | more)

    edit_line(copy / MESSAGES, 0, add_copy)
    report = verify(resealed(copy))
    says = {problem.says for problem in report.problems}
    assert "It counts 0 copies of items; the items name 1." in says
    assert "M-000001: it calls a copy the same bytes, and states another digest for it." in says
    assert ("M-000001: the record id of a copy it names does not follow from its position." in says) == bool(original)
    assert any("that was not handed in" in one for one in says) == bool(original)


@pytest.mark.parametrize("pattern", ["data/items/native/M-000001.eml", "data/media/*/*"])
def test_a_native_file_or_medium_that_is_not_what_was_read_is_named(copy, pattern):
    path = min(copy.glob(pattern))
    path.write_bytes(path.read_bytes() + b"more")
    assert (path.relative_to(copy).as_posix(), "items") in kinds(verify(resealed(copy)))


def test_a_file_that_no_record_names_is_extra_even_when_a_manifest_lists_it(copy):
    write(copy / "data/media/00/x.bin", b"x")
    assert kinds(verify(resealed(copy))) == {("data/media/00/x.bin", "extra")}


def test_a_record_taken_out_upsets_every_count_it_was_in(copy):
    lines = (copy / MESSAGES).read_bytes().splitlines(keepends=True)
    (copy / MESSAGES).write_bytes(b"".join(lines[1:]))
    found = kinds(verify(resealed(copy)))
    assert {
        ("meta/bundle.json", "counts"),
        ("timeline.csv", "counts"),
        ("schedules/conversations.csv", "counts"),
    } <= found
    assert ("data/items/native/M-000001.eml", "extra") in found


def test_rows_of_the_timeline_in_another_order_are_named(copy):
    lines = (copy / "timeline.csv").read_bytes().split(b"\r\n")
    lines[1], lines[2] = lines[2], lines[1]
    (copy / "timeline.csv").write_bytes(b"\r\n".join(lines))
    assert ("timeline.csv", "counts") in kinds(verify(resealed(copy)))


@pytest.mark.parametrize("name", ["seen", "included", "not_included", "unread", "attached", "from_subject", "undated"])
def test_a_figure_that_its_list_does_not_bear_out_is_named(copy, name):
    edit(copy / "meta/bundle.json", lambda value: value["counts"].__setitem__(name, value["counts"][name] + 1))
    found = kinds(verify(resealed(copy)))
    assert ("manifest.json", "counts") in found
    assert ("meta/bundle.json", "counts") in found


def test_a_row_added_to_a_schedule_is_counted(copy):
    for name in ("not_included", "unread", "conversations"):
        path = copy / f"schedules/{name}.csv"
        path.write_bytes(path.read_bytes() + b"S01,V-0009,x,y,5,6,7,8,9,10,11\r\n")
    says = " ".join(problem.says for problem in verify(resealed(copy)).problems)
    assert all(f"states {name}" in says for name in ("not_included", "unread", "conversations"))


def test_a_rule_changed_after_the_fact_no_longer_fits_the_settings_digest(copy):
    edit(copy / "meta/rules.json", lambda value: value["selection_machine"].__setitem__("scope", "other"))
    assert ("meta/rules.json", "counts") in kinds(verify(resealed(copy)))


def test_a_digest_of_an_original_stated_twice_must_be_the_same_twice(copy):
    def change(value: dict[str, Any]) -> None:
        value["sources"][0]["originals"][0]["before"]["blake3"] = "0" * 64

    edit(copy / "meta/sources.json", change)
    assert ("meta/sources.json", "counts") in kinds(verify(resealed(copy)))


def test_a_bundle_of_a_later_version_is_said_not_to_be_checked_whole(copy):
    edit(copy / "meta/bundle.json", lambda value: value.__setitem__("schema_version", "9.0"))
    assert any("9.0" in problem.says for problem in verify(resealed(copy)).problems)


# Originals


def test_an_original_not_at_hand_is_noted_and_the_others_are_checked(made):
    report = verify(made.folder, originals=made.originals[:1])
    assert report.ok
    assert report.checked["originals"] == 1
    assert any("letter.eml" in note for note in report.notes)


def test_an_original_that_differs_is_named(made, tmp_path):
    changed = tmp_path / "small.mbox"
    changed.write_bytes(made.originals[0].read_bytes() + b"\n")
    report = verify(made.folder, originals=[tmp_path, made.originals[1]])
    assert [problem.kind for problem in report.problems] == ["originals"]
    assert "small.mbox" in report.problems[0].path


def test_nothing_that_is_an_original_means_nothing_was_checked(made, tmp_path):
    report = verify(made.folder, originals=[tmp_path / "absent"])
    assert {problem.kind for problem in report.problems} == {"originals"}


def test_a_record_that_is_not_at_its_place_in_the_original_is_named(made, copy):
    def change(item: dict[str, Any]) -> None:
        item["raw_sha256"] = "0" * 64

    edit_line(copy / MESSAGES, 1, change)
    report = verify(resealed(copy), originals=made.originals)
    assert any(problem.kind == "originals" and "M-000002" in problem.says for problem in report.problems)


def test_originals_are_the_same_before_and_after_and_nothing_appears_beside_them(made):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in made.originals}
    around = sorted(made.originals[0].parent.iterdir())
    verify(made.folder, originals=made.originals)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in made.originals} == before
    assert sorted(made.originals[0].parent.iterdir()) == around


# Laws


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_gives_a_report_and_never_an_exception(made, tmp_path_factory, data):
    folder = Path(shutil.copytree(made.folder, tmp_path_factory.mktemp("any") / "b"))
    name = data.draw(st.sampled_from(files_of(folder)))
    content = (folder / name).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    junk = data.draw(
        st.one_of(st.binary(max_size=20), st.sampled_from([b"[" * 5000, b"9" * 5000, b'"\\ud800"', b"{}\n"]))
    )
    (folder / name).write_bytes(content[:start] + junk + content[end:])
    # What lies in data/ or schedules/ can be covered up by new manifests without reading the damaged file.
    covered = name.startswith(("data/", "schedules/", "custody/", "timeline")) and data.draw(st.booleans())
    report = verify(resealed(folder) if covered else folder, workers=1)
    report.model_dump_json()
    assert report.ok == (not report.problems)
    shutil.rmtree(folder)


def test_the_report_of_a_bundle_does_not_depend_on_workers(made, copy):
    flip(copy / MESSAGES, 5, 1)
    assert verify(copy, workers=1) == verify(copy, workers=4)
