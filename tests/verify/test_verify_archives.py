"""Records whose original is an archive are held against the bytes inside it, however deep and however they overlap."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes import OWNER, SUBJECT, mail
from plainrecord.building import make_bundle
from plainrecord.bundle import slices
from plainrecord.bundle.checks import Findings, VerifyReport
from plainrecord.bundle.checks_originals import Originals, Slice, check_slices
from plainrecord.bundle.verify import verify
from plainrecord.intake.finding import find_member
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

BOX = "".join(mail(number, SUBJECT, OWNER, body=f"Text {number}.\n" * 40) for number in range(1, 5)).encode()
LETTER = mail(9, SUBJECT, OWNER).partition("\n")[2].encode()
FILES = {"Mail/box.mbox": BOX, "Mail/letter.eml": LETTER}
DATA = bytes(range(256)) * 40


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


def tar_gz_of(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


PACKED: dict[str, Callable[[], bytes]] = {
    "mail.zip": lambda: zip_of(FILES),
    "stored.zip": lambda: zip_of(FILES, zipfile.ZIP_STORED),
    "mail.tar.gz": lambda: tar_gz_of(FILES),
    "nested.zip": lambda: zip_of({"in ner.zip": zip_of(FILES)}),
    "mixed.tar.gz": lambda: tar_gz_of({"a/b.zip": zip_of(FILES)}),
    "box.mbox.gz": lambda: gzip.compress(BOX, mtime=0),
}


@pytest.fixture(scope="module", params=PACKED)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive as it was handed in, and the bundle made from it."""
    place = tmp_path_factory.mktemp("packed")
    original = place / request.param
    original.write_bytes(PACKED[request.param]())
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
    )
    built = make_bundle([original], case, place / "out", lambda: datetime(2024, 12, 1, 12, tzinfo=UTC)).built
    return original, built.path


def items_of(bundle: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def said(report: VerifyReport) -> list[tuple[str, str]]:
    return [(problem.path, problem.kind) for problem in report.problems]


# Whole bundles


def test_every_record_in_an_archive_is_held_against_its_bytes(built):
    original, bundle = built
    report = verify(bundle, originals=[original])
    assert report.problems == []
    assert report.checked["records against originals"] == len(items_of(bundle)) >= 4
    assert not any("held against" in note for note in report.notes)


def test_an_archive_is_found_under_another_name_and_through_a_link(built, tmp_path):
    original, bundle = built
    renamed = tmp_path / "copy of it"
    renamed.write_bytes(original.read_bytes())
    link = tmp_path / "link"
    link.symlink_to(renamed)
    for given_path in (renamed, link):
        report = verify(bundle, originals=[given_path])
        assert report.problems == []
        assert report.checked["records against originals"] == len(items_of(bundle))


def test_an_archive_that_is_not_the_original_is_a_problem(built, tmp_path):
    original, bundle = built
    other = tmp_path / "other.zip"
    other.write_bytes(zip_of({"Mail/box.mbox": BOX + b"\n"}))
    assert {kind for _, kind in said(verify(bundle, originals=[other]))} == {"originals"}


def test_an_archive_that_was_changed_is_a_problem_even_if_its_files_are_the_same(built, tmp_path):
    original, bundle = built
    changed = tmp_path / original.name
    changed.write_bytes(original.read_bytes() + b"\0")
    report = verify(bundle, originals=[changed])
    assert any(original.name in path for path, _ in said(report))
    assert "records against originals" not in report.checked


def test_archives_are_the_same_before_and_after_and_nothing_appears_beside_them(built):
    original, bundle = built
    before = original.read_bytes(), original.stat().st_mtime_ns, sorted(original.parent.iterdir())
    verify(bundle, originals=[original])
    assert (original.read_bytes(), original.stat().st_mtime_ns, sorted(original.parent.iterdir())) == before


# Single files of archives


def held(path: Path, inside: str, *claims: tuple[int, int | None, bytes]) -> VerifyReport:
    """What is found when items M-0, M-1 … claim these bytes at these places of a file in an archive."""
    originals, findings = Originals({"0": path}), Findings()
    for number, (start, end, data) in enumerate(claims):
        originals.slices["0", inside].append(Slice(start, end, f"M-{number}", hashlib.sha256(data).hexdigest()))
    check_slices(originals, findings)
    return findings.report("b", "plainrecord", "")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "data.zip"
    path.write_bytes(zip_of({"a/data.bin": DATA}))
    return path


def test_ranges_may_be_equal_unordered_nested_crossing_and_empty(packed):
    places = [(500, 900), (0, 10), (500, 900), (0, 10240), (600, 700), (850, 2000), (7, 7), (10239, 10240)]
    claims = [(start, end, DATA[start:end]) for start, end in places]
    report = held(packed, "a/data.bin", *claims, (0, None, DATA))
    assert report.problems == []
    assert report.checked["records against originals"] == 9


def test_each_record_that_differs_is_named_with_the_archive_and_the_file(packed):
    report = held(packed, "a/data.bin", (0, 10, DATA[:10]), (5, 20, b"other"), (0, None, b"other"), (9, 3, b""))
    assert said(report) == [("data.zip!/a/data.bin", "originals")] * 3
    assert [problem.says.split()[0] for problem in report.problems] == ["M-1", "M-2", "M-3"]


def test_a_range_past_the_end_is_a_problem_and_those_before_it_are_compared(packed):
    report = held(packed, "a/data.bin", (5, 10**17, b""), (0, 9, DATA[:9]), (9, 12, DATA[9:12]))
    assert report.checked["records against originals"] == 2
    assert said(report) == [("data.zip!/a/data.bin", "originals")]
    assert "from M-0 on: 1 of 3 records" in report.problems[0].says


@pytest.mark.parametrize(
    "inside", ["absent", "a/data.bin!/x", "a/data.bin!/x!/y!/z!/q", "../data.bin", "\0", "!/", "a/data.bin/"]
)
def test_a_file_the_archive_does_not_have_is_a_problem_that_names_both(packed, inside):
    report = held(packed, inside, (0, 3, DATA[:3]), (0, None, DATA))
    ((path, kind),) = said(report)
    assert kind == "originals"
    assert path.startswith("data.zip!/")
    assert "2 of 2 records" in report.problems[0].says


def test_an_original_that_is_no_archive_or_is_gone_is_a_problem(tmp_path):
    (tmp_path / "plain").write_bytes(b"plain words")
    for name in ("plain", "gone"):
        assert said(held(tmp_path / name, "a", (0, 3, b"abc"))) == [(f"{name}!/a", "originals")]


@pytest.mark.parametrize("at", [45, 60, 200])
def test_damage_inside_an_archive_is_a_problem_and_never_an_exception(packed, at):
    broken = bytearray(packed.read_bytes())
    broken[at] ^= 0xFF
    packed.write_bytes(broken)
    report = held(packed, "a/data.bin", (0, 3, DATA[:3]), (0, None, DATA))
    assert set(said(report)) <= {("data.zip!/a/data.bin", "originals")}
    assert report.problems


def test_cutting_an_archive_anywhere_gives_a_problem_and_never_an_exception(tmp_path):
    whole = tar_gz_of({"a": b"hello", "in.zip": zip_of({"b": b"there"})})
    for length in range(0, len(whole), 3):
        path = tmp_path / f"cut{length}"
        path.write_bytes(whole[:length])
        for inside in ("a", "in.zip!/b"):
            report = held(path, inside, (0, 5, b"hello" if inside == "a" else b"there"))
            assert report.problems or report.checked["records against originals"] == 1


def test_rows_of_a_table_carried_records_and_records_without_a_digest_are_counted_in_a_note(packed):
    originals, findings = Originals({"0": packed}), Findings()
    for locator, digest in (("row:Sheet1/4", "0" * 64), ("bytes:0-9#part:2", "0" * 64), ("bytes:0-9", None)):
        position = SimpleNamespace(original_sha256="0", member="a/data.bin", locator=locator)
        originals.take(SimpleNamespace(item="M-1", position=position, raw_sha256=digest, copies=[]))
    check_slices(originals, findings)
    report = findings.report("b", "plainrecord", "")
    assert report.ok
    assert report.checked == {}
    assert [note[-4:] for note in report.notes] == [": 3."]


# Laws


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ranges=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=12),
    piece=st.sampled_from([1, 7, 64, 1 << 20]),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_one_pass_gives_what_reading_each_range_alone_gives(tmp_path, ranges, piece, method):
    data = hashlib.shake_256(b"data").digest(300)
    path = tmp_path / f"law{method}.zip"
    if not path.exists():
        path.write_bytes(zip_of({"x": data}, method))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(slices, "CHUNK", piece)
        found = list(slices.slice_digests(find_member(path, "x"), ranges))
    alone = {(a, b): hashlib.sha256(data[a:b]).hexdigest() if a <= b else "" for a, b in ranges}
    assert len(found) == len(alone)
    assert dict(found) == alone
