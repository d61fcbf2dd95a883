"""Bags after RFC 8493, valid and broken in every way the document and its users' experience name."""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.bundle.verify import VerifyReport, verify

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def found(report: VerifyReport) -> set[tuple[str, str]]:
    return {(problem.path, problem.kind) for problem in report.problems}


def agrees_with_bagit(path: Path) -> bool:
    """What the reference implementation says of the same folder."""
    logging.getLogger("bagit").setLevel(logging.CRITICAL)
    try:
        return bool(bagit.Bag(str(path)).is_valid())
    except bagit.BagError:
        return False


# Sound bags


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_a_sound_bag_of_any_usual_algorithm_is_sound(hand_made, algorithm):
    path = hand_made(algorithms=(algorithm,)).close()
    report = verify(path)
    assert report.ok
    assert report.kind == "bag"
    assert report.problems == []
    assert report.checked["files"] >= 6
    assert agrees_with_bagit(path)


@pytest.mark.parametrize("version", ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"])
def test_every_published_version_of_the_format_is_read(hand_made, version):
    assert verify(hand_made(version=version).close()).ok


def test_a_sound_bag_reads_the_same_from_a_zip(hand_made, zipped):
    folder = hand_made(algorithms=("sha256", "sha512")).close()
    assert verify(zipped(folder)).checked == verify(folder).checked
    assert verify(zipped(folder)).ok


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "UTF-8"])
def test_tag_files_are_read_in_the_encoding_the_bag_names(hand_made, encoding):
    assert verify(hand_made(version="0.97", encoding=encoding, payload={"año": b"1"}).close()).ok


def test_hex_digits_in_capitals_and_crlf_line_ends_are_the_same_manifest(hand_made):
    bag = hand_made()
    text = (bag.path / "manifest-sha256.txt").read_text()
    shouted = "".join(f"{line[:64].upper()}{line[64:]}\r\n" for line in text.splitlines())
    bag.write("manifest-sha256.txt", shouted.encode())
    path = bag.close()
    assert verify(path).ok
    assert agrees_with_bagit(path)


def test_a_bag_made_by_the_reference_implementation_is_sound(tmp_path):
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "100% sure.txt").write_bytes(b"x")
    bagit.make_bag(str(tmp_path / "bag"), checksums=["sha256", "sha512"])
    assert verify(tmp_path / "bag").ok


@POSIX
def test_only_line_ends_and_percent_signs_are_percent_encoded(hand_made):
    bag = hand_made(payload={"a\nb": b"1", "50%": b"2", "%41": b"3"})
    lines = [
        bag.line("data/a\nb", written="data/a%0ab"),
        bag.line("data/50%", written="data/50%25"),
        bag.line("data/%41", written="data/%2541"),
    ]
    bag.write("manifest-sha256.txt", "".join(lines).encode())
    assert verify(bag.close()).ok


def test_lines_of_the_md5sum_tools_are_read(hand_made):
    bag = hand_made(version="0.97", algorithms=("md5",), payload={"x": b"1"})
    bag.write("manifest-md5.txt", bag.line("data/x", "md5").replace("  ", " *").encode())
    path = bag.close()
    assert verify(path).ok
    assert agrees_with_bagit(path)


def test_a_tag_file_outside_the_tag_manifest_is_allowed_and_noted(hand_made):
    bag = hand_made()
    path = bag.close()
    bag.write("read me.txt", b"later")
    report = verify(path)
    assert report.ok
    assert any("read me.txt" in note for note in report.notes)
    assert agrees_with_bagit(path)


def test_a_strangers_bag_with_a_manifest_json_of_its_own_is_judged_as_a_bag_only(hand_made):
    bag = hand_made()
    bag.write("manifest.json", b"{}")
    report = verify(bag.close())
    assert report.ok
    assert report.kind == "bag"


# Broken bags


def test_a_changed_file_is_named_with_both_digests(hand_made):
    bag = hand_made()
    path = bag.close()
    bag.write("data/hello.txt", b"hellO\n")
    (problem,) = verify(path).problems
    assert (problem.path, problem.kind) == ("data/hello.txt", "changed")
    assert bag.line("data/hello.txt")[:64] in problem.says
    assert not agrees_with_bagit(path)


def test_all_problems_are_reported_not_only_the_first(hand_made):
    bag = hand_made()
    path = bag.close()
    bag.write("data/hello.txt", b"HELLO\n")
    bag.write("data/new.txt", b"new")
    (path / "data/deep/er/word.txt").unlink()
    bag.append("bag-info.txt", b"Contact-Name: Another\n")
    assert found(verify(path)) == {
        ("data/hello.txt", "changed"),
        ("data/new.txt", "extra"),
        ("data/deep/er/word.txt", "missing"),
        ("bag-info.txt", "changed"),
        ("bag-info.txt", "counts"),
    }


@pytest.mark.parametrize("name", ["data/hello.txt", "bag-info.txt", "manifest-sha256.txt", "bagit.txt"])
def test_a_removed_file_is_named(hand_made, zipped, name):
    path = hand_made().close()
    (path / name).unlink()
    assert (name, "missing") in found(verify(path))
    assert (name, "missing") in found(verify(zipped(path)))
    assert not agrees_with_bagit(path)


def test_an_added_payload_file_is_named_and_upsets_the_oxum(hand_made):
    bag = hand_made()
    path = bag.close()
    bag.write("data/deep/new", b"")
    assert found(verify(path)) == {("data/deep/new", "extra"), ("bag-info.txt", "counts")}
    assert not agrees_with_bagit(path)


def test_a_file_the_computer_made_by_itself_is_explained(hand_made):
    bag = hand_made()
    path = bag.close()
    bag.write("data/.DS_Store", b"")
    assert any("macOS makes files of this name" in problem.says for problem in verify(path).problems)


def test_every_manifest_lists_every_payload_file_in_1_0_but_not_before(hand_made):
    for version, ok in (("1.0", False), ("0.97", True)):
        bag = hand_made(name=version, version=version, algorithms=("sha256", "sha512"))
        text = (bag.path / "manifest-sha512.txt").read_text().splitlines(keepends=True)
        bag.write("manifest-sha512.txt", "".join(text[1:]).encode())
        report = verify(bag.close())
        assert report.ok is ok
        assert ok or found(report) == {("manifest-sha512.txt", "bad-manifest")}


@pytest.mark.parametrize("changed", [False, True])
def test_a_path_listed_twice_is_refused_in_1_0(hand_made, changed):
    bag = hand_made()
    line = bag.line("data/hello.txt")
    bag.append("manifest-sha256.txt", (line.replace(line[:4], "beef") if changed else line).encode())
    path = bag.close()
    assert ("manifest-sha256.txt", "bad-manifest") in found(verify(path))
    assert not agrees_with_bagit(path)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../outside",
        "data/../../outside",
        "data/..",
        "~/secret",
        "~root/secret",
        "C:\\Windows\\system.ini",
        "c:boot.ini",
        "\\\\server\\share\\x",
        "\\\\?\\UNC\\server\\x",
        "//server/share",
        "%HomeDrive%\\x",
        "data\\..\\..\\x",
    ],
)
@pytest.mark.parametrize("manifest", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_a_path_that_leads_out_is_reported_and_never_opened(hand_made, path, manifest):
    bag = hand_made()
    folder = bag.close()
    (folder.parent / "outside").write_bytes(b"secret")
    bag.append(manifest, f"{'0' * 64}  {path}\n".encode())
    report = verify(folder)
    assert (manifest, "unsafe-path") in found(report)
    assert all("outside" not in problem.path for problem in report.problems)


def test_paths_outside_data_do_not_belong_into_a_payload_manifest_nor_data_into_a_tag_manifest(hand_made):
    bag = hand_made()
    bag.append("manifest-sha256.txt", bag.line("bagit.txt").encode())
    folder = bag.close()
    bag.append("tagmanifest-sha256.txt", bag.line("data/hello.txt").encode())
    assert found(verify(folder)) == {
        ("manifest-sha256.txt", "bad-manifest"),
        ("tagmanifest-sha256.txt", "bad-manifest"),
    }


@pytest.mark.parametrize("line", ["nonsense", "abc  data/hello.txt", "0" * 64, "0" * 64 + "  ", "g" * 64 + "  data/x"])
def test_a_line_that_is_no_digest_and_path_is_reported(hand_made, line):
    bag = hand_made()
    bag.append("manifest-sha256.txt", line.encode() + b"\n")
    assert ("manifest-sha256.txt", "bad-manifest") in found(verify(bag.close()))


def test_a_digest_nobody_knows_is_said_not_to_be_checked(hand_made):
    bag = hand_made()
    bag.write("manifest-whirlpool.txt", b"00  data/hello.txt\n")
    assert ("manifest-whirlpool.txt", "bad-manifest") in found(verify(bag.close()))


def test_a_bag_with_holes_to_fetch_is_refused(hand_made):
    bag = hand_made()
    bag.write("fetch.txt", b"https://example.example/x - data/x\n")
    assert ("fetch.txt", "refused") in found(verify(bag.close()))


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        b"BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n",
        b"BagIt-Version: 1.0\n",
        b"BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n",
        b"BagIt-Version: 7.0\nTag-File-Character-Encoding: UTF-8\n",
        b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n",
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: rot13\n",
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: 1\n",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_a_malformed_bagit_txt_is_no_bag(hand_made, text):
    bag = hand_made()
    bag.write("bagit.txt", text)
    assert ("bagit.txt", "not-a-bag") in found(verify(bag.close()))


def test_a_space_before_the_colon_of_bag_info_is_an_error_only_since_1_0(hand_made):
    for version, ok in (("1.0", False), ("0.97", True)):
        bag = hand_made(name=version, version=version)
        bag.append("bag-info.txt", b"Note : x\n  continued\n")
        assert verify(bag.close()).ok is ok


def test_a_file_stored_under_the_other_unicode_form_is_said_to_be_its_twin(hand_made):
    bag = hand_made(payload={unicodedata.normalize("NFC", "Núñez"): b"x"})
    text = (bag.path / "manifest-sha256.txt").read_text(encoding="utf-8")
    bag.write("manifest-sha256.txt", unicodedata.normalize("NFD", text).encode())
    missing = [problem for problem in verify(bag.close()).problems if problem.kind == "missing"]
    assert len(missing) == 1
    assert "accents" in missing[0].says


def test_a_file_stored_under_another_case_is_said_to_be_its_twin(hand_made):
    bag = hand_made(payload={"Photo.JPG": b"x"})
    path = bag.close()
    (path / "data/Photo.JPG").rename(path / "data/renamed")
    (path / "data/renamed").rename(path / "data/photo.jpg")
    missing = [problem for problem in verify(path).problems if problem.kind == "missing"]
    assert "upper and lower case" in missing[0].says


@POSIX
def test_names_that_collide_on_other_systems_are_noted(hand_made):
    report = verify(
        hand_made(payload={"a.txt": b"1", "A.txt": b"2", "con.txt": b"3", "dot.": b"4", "x?": b"5"}).close()
    )
    assert report.ok
    assert len(report.notes) == 4


@POSIX
def test_links_are_refused_and_never_followed(hand_made):
    bag = hand_made()
    path = bag.close()
    outside = path.parent / "outside"
    outside.mkdir()
    (outside / "hello.txt").write_bytes(b"hello\n")
    (path / "data/hello.txt").unlink()
    (path / "data/hello.txt").symlink_to(outside / "hello.txt")
    (path / "data/deep").rename(path.parent / "moved")
    (path / "data/deep").symlink_to(path.parent / "moved", target_is_directory=True)
    (path / "loop").symlink_to(path, target_is_directory=True)
    kinds = found(verify(path))
    assert {("data/hello.txt", "refused"), ("data/deep", "refused"), ("loop", "refused")} <= kinds
    assert ("data/deep/er/word.txt", "missing") in kinds


@POSIX
def test_a_pipe_is_refused_without_waiting_for_it(hand_made):
    path = hand_made().close()
    (path / "data/hello.txt").unlink()
    os.mkfifo(path / "data/hello.txt")
    assert ("data/hello.txt", "refused") in found(verify(path))


@POSIX
def test_a_name_that_is_not_utf8_still_matches_its_line(hand_made):
    bag = hand_made()
    name = b"data/caf\xe9"
    (bag.path / os.fsdecode(name)).write_bytes(b"x")
    digest = bag.line(os.fsdecode(name))[:64].encode()
    bag.append("manifest-sha256.txt", digest + b"  " + name + b"\n")
    report = verify(bag.close())
    assert ("manifest-sha256.txt", "bad-manifest") in found(report)
    assert not any(problem.kind in ("missing", "extra") for problem in report.problems)
    report.model_dump_json()


def test_nothing_at_all_is_one_clear_sentence(tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        report = verify(path)
        assert not report.ok
        assert all(problem.says.endswith(".") for problem in report.problems)


def test_a_file_that_is_no_zip_is_no_bag(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    (problem,) = verify(tmp_path / "x.zip").problems
    assert problem.kind == "not-a-bag"


def test_control_codes_of_a_name_do_not_reach_the_report(hand_made):
    bag = hand_made()
    bag.append("manifest-sha256.txt", ("0" * 64 + "  data/\x1b[2J\u202egpj.exe\n").encode())
    said = verify(bag.close()).model_dump_json()
    assert "\\u001b" not in said
    assert "\u202e" not in said


# Laws


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_report_does_not_depend_on_the_number_of_workers(hand_made, workers):
    bag = hand_made(payload={f"{number:03}": bytes([number]) * 5000 * number for number in range(40)})
    path = bag.close()
    for number in range(0, 40, 3):
        bag.append(f"data/{number:03}", b"x")
    calls: list[tuple[int, int]] = []
    report = verify(path, workers=workers, progress=lambda done, total: calls.append((done, total)))
    assert report == verify(path, workers=3)
    assert calls[-1][0] == calls[-1][1] == report.checked["bytes"]


@given(data=st.data())
def test_a_damaged_bag_gives_a_report_and_never_an_exception(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    names = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "fetch.txt"]
    (folder / "data").mkdir()
    (folder / "data" / "a").write_bytes(b"a")
    digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    sound = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": f"{digest}  data/a\n".encode(),
    }
    for name in data.draw(st.lists(st.sampled_from(names), unique=True)):
        base = bytearray(sound.get(name, b"") + data.draw(st.binary(max_size=60)))
        if base:
            base[data.draw(st.integers(0, len(base) - 1))] = data.draw(st.integers(0, 255))
        (folder / name).write_bytes(bytes(base))
    report = verify(folder, workers=1)
    report.model_dump_json()
    assert report.ok == (not report.problems)
