"""From contents to a sealed bundle."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bagit
import jsonschema
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import Built, build_bundle
from plainrecord.bundle.contents import Contents, Item
from plainrecord.custody import check_chain
from plainrecord.errors import AccountingError, IntegrityError, PlainrecordError, UsageError
from synthetic import HOSTILE, Make, contents

FULL = Make(
    items=12, undated=2, texts=(HOSTILE, "hello"), blobs=(b"\xff\xd8\xffpicture", b"MZ\x90\x00program"), gap_at=5,
    attached_to=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_bundle(contents(FULL), tmp_path_factory.mktemp("out"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_stock_tools_and_a_bagit_validator_accept_the_bundle(built: Built) -> None:
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", name], cwd=built.path, check=False)
        assert done.returncode == 0
    bagit.Bag(str(built.path)).validate()


def test_the_seal_covers_every_file_and_is_written_down_outside_only(built: Built) -> None:
    assert built.seal == hashlib.sha256((built.path / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    sheet = re.sub(r"\s", "", built.handover.read_text())
    assert built.seal in sheet
    listed = {
        line.split("  ")[1]
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt")
        for line in (built.path / name).read_text().splitlines()
    }
    there = {path.relative_to(built.path).as_posix() for path in built.path.rglob("*") if path.is_file()}
    assert there - listed == {"tagmanifest-sha256.txt"}
    assert not any(built.seal.encode() in path.read_bytes() for path in built.path.rglob("*") if path.is_file())


def test_every_path_is_short_and_plain(built: Built) -> None:
    for path in built.path.rglob("*"):
        name = path.relative_to(built.path.parent).as_posix()
        assert len(name) <= 120
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", name)
        assert path.suffix not in {".exe", ".js", ".htm", ".svg", ".zip"}


def test_items_stand_in_order_of_their_numbers_with_carried_ones_after_their_carrier(built: Built) -> None:
    numbers = [item["item"] for item in lines(built.path / "data/items/messages.jsonl")]
    expected = [f"M-{number:06d}" for number in range(1, 13)]
    expected.insert(2, "M-000002-1")
    assert numbers == expected
    assert [row["item"] for row in rows(built.path / "timeline.csv")] == expected


def test_each_line_fits_the_schema_in_the_bundle_and_keeps_the_text_as_decoded(built: Built) -> None:
    schema = json.loads((built.path / "meta/schemas/item.schema.json").read_text())
    for item in lines(built.path / "data/items/messages.jsonl"):
        jsonschema.validate(item, schema)
    first = lines(built.path / "data/items/messages.jsonl")[0]
    assert first["text"] == HOSTILE.replace("\ud83d", "\ufffd")


@pytest.mark.parametrize("name", ["bundle", "sources", "people", "rules", "coverage", "limits"])
def test_each_meta_file_fits_the_schema_beside_it(built: Built, name: str) -> None:
    value = json.loads((built.path / f"meta/{name}.json").read_text("utf-8"))
    jsonschema.validate(value, json.loads((built.path / f"meta/schemas/{name}.schema.json").read_text("utf-8")))


def test_the_custody_manifest_fits_its_schema_and_balances(built: Built) -> None:
    value = json.loads((built.path / "manifest.json").read_text("utf-8"))
    schema = json.loads((built.path / "meta/schemas/custody-manifest.schema.json").read_text("utf-8"))
    jsonschema.validate(value, schema)
    counts = value["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    assert value["sources"][0]["originals"][0]["same"] == "yes"


def test_native_forms_are_the_bytes_of_the_original(built: Built) -> None:
    items = {item["item"]: item for item in lines(built.path / "data/items/messages.jsonl")}
    for item in items.values():
        if item["native"]:
            data = (built.path / item["native"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == item["raw_sha256"]
    assert items["M-000002-1"]["native"] is None


def test_attachments_are_stored_once_by_hash_under_harmless_names(built: Built) -> None:
    media = sorted((built.path / "data/media").rglob("*.*"))
    assert sorted(path.suffix for path in media) == [".bin", ".jpg"]
    for path in media:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    item = lines(built.path / "data/items/messages.jsonl")[1]
    assert (built.path / item["attachments"][0]["media"]).read_bytes() == b"MZ\x90\x00program"


def test_custody_continues_the_chain_and_the_after_log_starts_from_the_seal(built: Built) -> None:
    log = (built.path / "custody/custody.jsonl").read_text("utf-8").splitlines(keepends=True)
    assert check_chain(log) == []
    assert [json.loads(line)["type"] for line in log] == ["log.opened", "selection.performed", "bundle.built"]
    after = built.after_log.read_text("utf-8").splitlines()
    assert check_chain(after, start=built.seal) == []
    assert json.loads(after[0])["type"] == "bundle.sealed"
    head = json.loads(log[-1])["this_hash"]
    assert json.loads((built.path / "meta/bundle.json").read_text())["custody_head"] == head


def test_the_lines_handed_back_continue_the_case_s_own_log(built: Built, tmp_path: Path) -> None:
    assert check_chain(list(built.custody_new_lines)) == []
    again = build_bundle(contents(bundle_id="pr-second", lines=built.custody_new_lines), tmp_path)
    log = (again.path / "custody/custody.jsonl").read_text("utf-8").splitlines()
    assert tuple(log[: len(built.custody_new_lines)]) == built.custody_new_lines
    assert check_chain([*built.custody_new_lines, *again.custody_new_lines]) == []


def test_a_damaged_custody_log_is_not_continued(built: Built, tmp_path: Path) -> None:
    damaged = (built.custody_new_lines[0].replace("Opened", "opened"), *built.custody_new_lines[1:])
    with pytest.raises(IntegrityError):
        build_bundle(contents(lines=damaged), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_same_contents_give_the_same_items_and_timeline_in_any_order_under_any_id(
    built: Built, tmp_path: Path
) -> None:
    other = contents(FULL, bundle_id="pr-other")
    items = list(other.items())
    other.items = lambda: iter(items[::-1])
    again = build_bundle(other, tmp_path)
    names = [path.relative_to(built.path) for path in built.path.rglob("*") if path.is_file()]
    same = [
        name
        for name in names
        if name.parts[0] in ("data", "schedules") or name.name in ("timeline.csv", "manifest-sha256.txt")
    ]
    assert len(same) > 10
    for name in same:
        assert (built.path / name).read_bytes() == (again.path / name).read_bytes(), name
    assert {path.relative_to(again.path) for path in again.path.rglob("*") if path.is_file()} == set(names)


def test_no_cell_of_any_csv_starts_a_formula_and_hidden_characters_are_visible(built: Built) -> None:
    for path in built.path.rglob("*.csv"):
        text = path.read_bytes()
        assert text.startswith(b"\xef\xbb\xbf")
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
        for row in csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert rows(built.path / "timeline.csv")[0]["text"].startswith("'=1+1 <script>")


def test_undated_items_come_last_without_a_utc_time(built: Built) -> None:
    last = rows(built.path / "timeline.csv")[-2:]
    assert [row["utc"] for row in last] == ["", ""]
    assert all("zone not known" in row["time basis"] for row in last)


def test_sheets_beside_the_bundle_hold_no_content(built: Built) -> None:
    for text in (built.handover.read_text(), built.after_log.read_text()):
        assert not re.search("alex|sam|garden|hello", text, re.IGNORECASE)


def test_the_verification_text_is_for_windows_and_says_where_the_seal_is(built: Built) -> None:
    text = (built.path / "VERIFY.txt").read_bytes()
    assert b"\r\n" in text
    assert not re.search(rb"[^\r]\n", text)
    for words in (b"certutil -hashfile tagmanifest-sha256.txt SHA256", b"Get-FileHash", b"sha256sum --quiet -c"):
        assert words in text


# --- refusals -----------------------------------------------------------------------------------------------------------


def wrong_counts(field: str) -> Callable[[], Contents]:
    def make() -> Contents:
        made = contents()
        made.counts = replace(made.counts, **{field: getattr(made.counts, field) + 1})
        return made

    return make


def renumbered(old: str, new: str) -> Callable[[], Contents]:
    def make() -> Contents:
        made = contents()
        original = made.items

        def items() -> Iterator[Item]:
            for item in original():
                item.number = new if item.number == old else item.number
                yield item

        made.items = items
        return made

    return make


@pytest.mark.parametrize(
    "make",
    [
        *(
            wrong_counts(f)
            for f in ("seen", "included", "not_included", "unread", "from_subject", "from_owner", "undated")
        ),
        renumbered("M-000003", "M-000030"),
        renumbered("M-000003", "M-000002"),
        renumbered("M-000003", "M-000002-1"),
        renumbered("M-000003", "M-3"),
        renumbered("M-000003", "../x"),
        lambda: replace(contents(), conversations=lambda: iter(())),
        lambda: replace(contents(), not_included=lambda: iter(())),
        lambda: replace(contents(), unread=lambda: iter(())),
        lambda: replace(contents(), items=lambda: iter(())),
    ],
)
def test_nothing_is_sealed_when_anything_does_not_balance(make: Callable[[], Contents], tmp_path: Path) -> None:
    with pytest.raises(AccountingError, match="Nothing was sealed"):
        build_bundle(make(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_item_out_of_time_order_is_refused(tmp_path: Path) -> None:
    made = contents()
    first, *others = sorted(made.items(), key=lambda item: item.number)
    first.number, others[0].number = others[0].number, first.number
    made.items = lambda: iter([first, *others])
    with pytest.raises(AccountingError, match="order of time"):
        build_bundle(made, tmp_path)


@pytest.mark.parametrize("what", ["blob", "raw"])
def test_bytes_that_are_not_what_was_recorded_are_refused(what: str, tmp_path: Path) -> None:
    made = contents(blobs=(b"picture",))
    items = list(made.items())
    changed = next(item for item in items if item.number == "M-000001")
    if what == "blob":
        changed.loaded.blobs[0] = b"another"
    else:
        changed.loaded.raw = b"another"
    made.items = lambda: iter(items)
    with pytest.raises(IntegrityError, match="M-000001"):
        build_bundle(made, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_originals_are_looked_at_again_after_the_items_and_before_anything_is_said_about_them(tmp_path: Path) -> None:
    made = contents()
    order: list[str] = []
    items, sources = made.items, made.sources

    def watched() -> Iterator[Item]:
        yield from items()
        order.append("items")

    def recheck() -> Any:
        order.append("recheck")
        return tuple(replace(source, name="renamed.mbox") for source in sources)

    made.items, made.recheck = watched, recheck
    built = build_bundle(made, tmp_path)
    assert order == ["items", "recheck"]
    assert json.loads((built.path / "meta/sources.json").read_text())["sources"][0]["name"] == "renamed.mbox"


@pytest.mark.parametrize("taken", ["pr-test234567", "pr-test234567.zip", "pr-test234567.handover.txt"])
def test_a_name_that_is_taken_is_refused_and_left_as_it_was(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(UsageError, match="left as it is"):
        build_bundle(contents(), tmp_path)
    assert (tmp_path / taken).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [taken]


@pytest.mark.parametrize("bundle_id", ["../x", "a/../b", "x y", "", "con"])
def test_a_bundle_id_that_is_no_safe_name_is_refused(bundle_id: str, tmp_path: Path) -> None:
    with pytest.raises(PlainrecordError):
        build_bundle(contents(bundle_id=bundle_id), tmp_path / "out")


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    made = contents()

    def items() -> Iterator[Item]:
        yield from list(contents().items())[:2]
        raise OSError(28, "No space left on device")

    made.items = items
    with pytest.raises(UsageError, match="the disk is full"):
        build_bundle(made, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_selection_still_makes_a_valid_bundle(tmp_path: Path) -> None:
    built = build_bundle(contents(items=0), tmp_path)
    bagit.Bag(str(built.path)).validate()


def test_surrogates_in_any_stated_name_do_not_stop_the_build(tmp_path: Path) -> None:
    made = contents()
    source = made.sources[0]
    odd = replace(source.originals[0], relpath="caf\udce9.mbox")
    made.sources = (replace(source, name="caf\udce9", originals=(odd,)),)
    made.warnings = ("a \ud800 b",)
    made.case_ref = "42\nSeal: fake"
    built = build_bundle(made, tmp_path)
    bagit.Bag(str(built.path)).validate()
    assert (
        json.loads((built.path / "manifest.json").read_text("utf-8"))["sources"][0]["originals"][0]["name_hex"]
        == "636166e92e6d626f78"
    )
    assert "\nSeal:" not in (built.path / "bag-info.txt").read_text("utf-8")


# --- zip ----------------------------------------------------------------------------------------------------------------


def test_the_zip_holds_the_same_bag_under_one_folder_and_is_the_same_each_time(tmp_path: Path) -> None:
    made = contents(FULL)
    built = build_bundle(made, tmp_path / "a", zipped=True)
    assert built.path.name == "pr-test234567.zip"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "pr-test234567.custody-after.jsonl", "pr-test234567.handover.txt", "pr-test234567.zip",
    ]  # fmt: skip
    with zipfile.ZipFile(built.path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == sorted(names)
        assert {name.split("/")[0] for name in names} == {"pr-test234567"}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        archive.extractall(tmp_path / "b")
    bagit.Bag(str(tmp_path / "b/pr-test234567")).validate()
    assert built.zip_sha256 == hashlib.sha256(built.path.read_bytes()).hexdigest()
    assert built.zip_sha256 in re.sub(r"\s", "", built.handover.read_text())
