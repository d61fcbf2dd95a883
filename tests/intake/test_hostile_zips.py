"""Hostile and damaged zip archives end in a fate and one sentence: never in an exception, a written file or much memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.errors import IntegrityError
from plainrecord.intake import Fate, FileFate, Limits, Listing, Member, list_source, open_member
from zip_craft import Part, central_line, crafted, end_record, local_header, overlapping, quoted

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(data: bytes, name: str = "export.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def listed(path: Path, **limits: int) -> Listing:
    return list_source([path], "S1", limits=Limits(**limits))


def fate_of(listing: Listing, path: str = "export.zip") -> FileFate:
    (fate,) = [fate for fate in listing.fates if fate.path == path]
    return fate


def content(member: Member) -> bytes:
    with open_member(member) as stream:
        return stream.read()


def test_a_zip_is_read_without_touching_the_disk(save: Save, tmp_path: Path) -> None:
    listing = listed(save(crafted(Part(b"a/b.txt", b"hello", method=8), Part(b"a/"), Part(b"c", b"stored"))))
    assert [(m.path, m.tree_path, m.size, content(m)) for m in listing.members] == [
        ("a/b.txt", "a/b.txt", 5, b"hello"),
        ("c", "c", 6, b"stored"),
    ]
    assert fate_of(listing).fate is Fate.PARSED
    assert [path.name for path in tmp_path.iterdir()] == ["export.zip"]


@pytest.mark.parametrize("bomb", [overlapping(50, 1 << 20), quoted(200, 1 << 20)], ids=["one kernel", "quoted headers"])
def test_files_that_lie_on_top_of_each_other_are_refused(save: Save, bomb: bytes) -> None:
    fate = fate_of(listed(save(bomb)))
    assert fate.fate is Fate.REFUSED
    assert fate.reason.startswith("export.zip was not opened: files inside it lie on top of each other")


def test_data_that_begins_behind_a_long_local_extra_field_cannot_reach_into_the_next_file(save: Save) -> None:
    first, second = Part(b"a", b"x" * 50, local_extra=bytes(40)), Part(b"b", b"y" * 50)
    body = (
        local_header(first)[:-40] + b"x" * 50
    )  # the extra field is declared but the data stands right behind the name
    lines = central_line(first, 0) + central_line(second, len(body))
    listing = listed(
        save(body + local_header(second) + second.packed + lines + end_record(2, len(lines), len(body) + 81))
    )
    assert fate_of(listing, "export.zip!/a").fate is Fate.UNREADABLE
    assert [content(member) for member in listing.members] == [b"y" * 50]


def test_a_file_with_the_ratio_of_a_bomb_is_refused_and_its_neighbours_are_read(save: Save) -> None:
    bomb = Part(b"zeros", bytes(80 << 20), method=8)
    listing = listed(save(crafted(bomb, Part(b"mail.eml", b"x"))))
    assert fate_of(listing, "export.zip!/zeros").fate is Fate.REFUSED
    assert "more than 200 times its size" in fate_of(listing, "export.zip!/zeros").reason
    assert [member.path for member in listing.members] == ["mail.eml"]


def test_archives_in_archives_like_42_zip_stop_at_the_depth_limit_in_little_memory(save: Save) -> None:
    data = crafted(Part(b"0.dll", bytes(4 << 20), method=8))
    for _ in range(5):
        data = crafted(*(Part(b"lib %x.zip" % n, data, method=8) for n in range(3)))
    path = save(data)
    tracemalloc.start()
    listing = listed(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    refused = [fate for fate in listing.fates if fate.fate is Fate.REFUSED]
    assert len(refused) == 3**4
    assert all("lies more than 4 archives deep" in fate.reason for fate in refused)
    assert not listing.members
    assert peak < 40 << 20


def test_too_many_files_are_refused_before_they_fill_the_memory(save: Save) -> None:
    line = central_line(Part(b"n", b""), 0)
    data = local_header(Part(b"n", b"")) + line * 200_000
    path = save(data + end_record(1, len(line) * 200_000, 31))
    tracemalloc.start()
    listing = listed(path, members=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fate_of(listing).fate is Fate.REFUSED
    assert "more than 1000 files" in fate_of(listing).reason
    assert peak < 8 << 20


def test_the_total_size_of_a_source_is_bounded(save: Save) -> None:
    fate = fate_of(listed(save(crafted(Part(b"a", b"x" * 600), Part(b"b", b"x" * 600))), total_bytes=1000))
    assert (fate.fate, "more than 1000 bytes" in fate.reason) == (Fate.REFUSED, True)


def test_an_inner_archive_too_large_to_unpack_is_refused(save: Save) -> None:
    inner = crafted(Part(b"a", b"".join(zlib.crc32(b"%d" % n).to_bytes(4, "big") for n in range(20_000))))
    listing = listed(save(crafted(Part(b"inner.zip", inner, method=8))), spool_bytes=10_000)
    fate = fate_of(listing, "export.zip!/inner.zip")
    assert (fate.fate, "more than 10000 bytes" in fate.reason) == (Fate.REFUSED, True)


def test_a_file_that_unpacks_to_more_than_it_declares_stops_there(save: Save) -> None:
    (member,) = listed(save(crafted(Part(b"a", bytes(50 << 20), method=8, size=5)))).members
    tracemalloc.start()
    with pytest.raises(
        IntegrityError, match="export.zip!/a could not be read to its end: it unpacks to more than the 5"
    ):
        content(member)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("method", [0, 8])
def test_content_that_does_not_match_its_checksum_is_reported_after_it_was_handed_out(save: Save, method: int) -> None:
    (member,) = listed(save(crafted(Part(b"a", b"hello" * 1000, method=method, crc=1)))).members
    done: list[object] = []
    with open_member(member, done.append) as stream:
        assert stream.read(5000) == b"hello" * 1000
        with pytest.raises(IntegrityError, match="does not match the checksum"):
            stream.read(1)
    assert not done


def test_a_password_protected_file_is_named_and_the_others_are_read(save: Save) -> None:
    listing = listed(save(crafted(Part(b"secret", b"x" * 20, flags=1), Part(b"open", b"y"), Part(b"aes", b"z", 99, 1))))
    assert [member.path for member in listing.members] == ["open"]
    for name in ("secret", "aes"):
        fate = fate_of(listing, f"export.zip!/{name}")
        assert fate.fate is Fate.UNREADABLE
        assert "is password-protected" in fate.reason


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (14, "LZMA"), (93, "Zstandard"), (77, "method 77")])
def test_a_rare_method_is_known_unsupported_by_name(save: Save, method: int, name: str) -> None:
    fate = fate_of(listed(save(crafted(Part(b"a", b"x", method)))), "export.zip!/a")
    assert fate.fate is Fate.KNOWN_UNSUPPORTED
    assert name in fate.reason


def test_links_and_devices_in_a_zip_are_refused(save: Save) -> None:
    parts = (Part(b"link", b"/etc/passwd", attributes=0o120777 << 16), Part(b"tty", attributes=0o020666 << 16))
    listing = listed(save(crafted(*parts)))
    assert not listing.members
    assert {fate_of(listing, f"export.zip!/{name}").fate for name in ("link", "tty")} == {Fate.REFUSED}


TRICKS = [
    (b"../../x", "%2E%2E/%2E%2E/x", "climb"),
    (b"/etc/x", "etc/x", "absolute"),
    (b"C:/x", "C%3A/x", "drive"),
    (b"a\x1b[2Jb", "a%1B[2Jb", "not text"),
    (b"a\0b", "a%00b", "not text"),
    ("a\u202egpj.exe".encode(), "a%E2%80%AEgpj.exe", "not text"),
    (b"..", "%2E%2E", "climb"),
    (b"", "%00", ""),
]


@pytest.mark.parametrize(("name", "tree", "says"), TRICKS, ids=[repr(trick[0]) for trick in TRICKS])
def test_path_tricks_keep_the_file_readable_under_a_harmless_name(
    save: Save, tmp_path: Path, name: bytes, tree: str, says: str
) -> None:
    listing = listed(save(crafted(Part(name, b"content", flags=0 if name.isascii() else 1 << 11))))
    (member,) = listing.members
    assert (member.tree_path, content(member)) == (tree, b"content")
    assert any(says in note.says for note in listing.notes) or not says
    assert all(text.isprintable() for text in (member.path, member.tree_path, *(n.says for n in listing.notes)))
    assert [path.name for path in tmp_path.iterdir()] == ["export.zip"]


def test_backslashes_between_folders_are_folders_in_the_tree(save: Save) -> None:
    listing = listed(save(crafted(Part(b"Takeout\\Mail\\a.mbox", b"x"), Part(b"Takeout\\", b""))))
    (member,) = listing.members
    assert (member.path, member.tree_path) == ("Takeout\\Mail\\a.mbox", "Takeout/Mail/a.mbox")


def test_two_files_of_one_name_are_both_kept_apart(save: Save) -> None:
    listing = listed(save(crafted(Part(b"a", b"1"), Part(b"a", b"2"), Part(b"a%232", b"3"), Part(b"A", b"4"))))
    assert [(m.path, m.tree_path, content(m)) for m in listing.members] == [
        ("A", "A", b"4"),
        ("a", "a", b"1"),
        ("a%232", "a%232", b"2"),
        ("a%25232", "a%232%232", b"3"),
    ]
    says = " ".join(note.says for note in listing.notes)
    assert "same name as another file" in says and "only in upper and lower case" in says


def test_names_in_every_encoding_are_decoded_or_kept_visible(save: Save) -> None:
    raw = "ä.txt".encode("cp437")
    unicode_path = b"\1" + zlib.crc32(b"?.txt\xff").to_bytes(4, "little") + "ж.txt".encode()
    extra = struct.pack("<HH", 0x7075, len(unicode_path)) + unicode_path
    listing = listed(
        save(
            crafted(
                Part("é".encode(), b"1", flags=1 << 11),
                Part("ß".encode(), b"2"),
                Part(raw, b"3"),
                Part(b"?.txt\xff", b"4", extra=extra),
                Part(b"bad\xff", b"5", flags=1 << 11),
            )
        )
    )
    assert {m.tree_path: content(m) for m in listing.members} == {
        "é": b"1",
        "ß": b"2",
        "ä.txt": b"3",
        "ж.txt": b"4",
        "bad%FF": b"5",
    }
    assert any(raw.hex() in note.says and "cp437" in note.says for note in listing.notes)


def test_what_a_mac_or_windows_adds_is_set_aside_with_its_reason(save: Save) -> None:
    junk = (b"__MACOSX/._a.json", b"x/._a.json", b"x/.DS_Store", b"x/desktop.ini", b"Thumbs.db")
    listing = listed(save(crafted(*(Part(name, b"x") for name in junk), Part(b"x/a.json", b"{}"))))
    assert [member.path for member in listing.members] == ["x/a.json"]
    aside = [fate for fate in listing.fates if fate.fate is Fate.KNOWN_UNSUPPORTED]
    assert len(aside) == len(junk)
    assert all("holds none of the export's content" in fate.reason for fate in aside)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([b"[Content_Types].xml", b"word/document.xml"], "wordprocessingml"),
        ([b"[Content_Types].xml", b"xl/workbook.xml"], "spreadsheetml"),
        ([b"mimetype", b"content.xml"], "opendocument"),
        ([b"mimetype", b"META-INF/container.xml"], "epub"),
        ([b"META-INF/MANIFEST.MF", b"A.class"], "java-archive"),
        ([b"AndroidManifest.xml", b"META-INF/MANIFEST.MF"], "android"),
    ],
)
def test_documents_that_are_zip_files_are_not_looked_into(save: Save, names: list[bytes], kind: str) -> None:
    listing = listed(save(crafted(*(Part(name, b"x") for name in names)), "thing"))
    (member,) = listing.members
    assert (member.path, kind in member.media_type, listing.fates) == ("", True, [])


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95, 0.999])
def test_a_truncated_zip_is_unreadable_and_says_what_to_make_of_it(save: Save, keep: float) -> None:
    whole = crafted(*(Part(b"%d.txt" % n, b"text %d" % n) for n in range(20)))
    listing = listed(save(whole[: int(len(whole) * keep)]))
    fate = fate_of(listing)
    assert fate.fate is Fate.UNREADABLE
    assert "cut off or damaged" in fate.reason and "kept as it is" in fate.reason
    assert len(listing.originals) == 1 and not listing.members


def test_one_piece_of_a_split_zip_is_named_as_such(save: Save) -> None:
    whole = crafted(Part(b"a", b"x"))
    fate = fate_of(listed(save(whole[:-22] + end_record(1, 47, 32, disk=3))))
    assert "split into several" in fate.reason


def test_a_large_zip64_directory_is_read(save: Save) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number}", b"")
    listing = listed(save(packed.getvalue()))
    assert len(listing.members) == 66_000


BASE = crafted(Part(b"a.txt", b"hello" * 20, method=8), Part(b"b", b"x" * 30), Part(b"../c", b"y"))


@given(at=st.integers(0, len(BASE) - 1), value=st.integers(0, 255), cut=st.integers(0, len(BASE)))
@settings(max_examples=150, deadline=None)
def test_no_damage_to_any_byte_raises_from_listing(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int, cut: int
) -> None:
    damaged = bytearray(BASE)
    damaged[at] = value
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(bytes(damaged[: cut if at % 3 == 0 else None]))
    listing = listed(path)
    assert listing.members or listing.fates
    for member in listing.members:
        try:
            assert len(content(member)) <= 1 << 20
        except IntegrityError as error:
            assert "damaged.zip" in str(error)
