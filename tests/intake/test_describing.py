"""`inspect` says one clear sentence about everything, whatever it is handed, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.errors import UsageError
from plainrecord.intake import Fate, describe
from zip_craft import Part, crafted, overlapping

MAKE: dict[str, bytes] = {
    "empty.mbox": b"",
    "letter.pdf": b"%PDF-1.7\n",
    "cut.zip": crafted(Part(b"a.txt", b"hello"))[:-30],
    "locked.zip": crafted(Part(b"a.txt", b"hello", flags=1)),
    "bomb.zip": overlapping(40, 1 << 20),
    "climb.zip": crafted(Part(b"../../x", b"hello")),
    "mailbox.pst": b"!BDN",
    "odd.bin": bytes(range(1, 200)),
}
SAYS = {
    "empty.mbox": [(Fate.KNOWN_UNSUPPORTED, "empty.mbox is empty (0 bytes); there is nothing in it to read.")],
    "letter.pdf": [
        (
            Fate.KNOWN_UNSUPPORTED,
            "letter.pdf is a PDF document; it was kept as it is and no messages were read from it.",
        )
    ],
    "cut.zip": [
        (
            Fate.UNREADABLE,
            (
                "cut.zip was not opened: it is cut off or damaged: the list of contents, which stands at the end of a zip file, "
                "is missing. Nothing inside it was read; the file itself is kept as it is."
            ),
        )
    ],
    "locked.zip": [
        (Fate.PARSED, "locked.zip is a zip archive with 1 file, which has its own line."),
        (
            Fate.UNREADABLE,
            "locked.zip!/a.txt is password-protected; unlock the archive with its own program and hand in the result.",
        ),
    ],
    "bomb.zip": [
        (
            Fate.REFUSED,
            (
                "bomb.zip was not opened: files inside it lie on top of each other, as in a decompression bomb. Nothing inside "
                "it was read; the file itself is kept as it is."
            ),
        )
    ],
    "climb.zip": [
        (
            Fate.PARSED,
            (
                "climb.zip is a zip archive with 1 file, which has its own line; names of 1 play tricks with folders, but "
                "nothing is ever written under such a name."
            ),
        ),
        (
            Fate.UNKNOWN,
            (
                "climb.zip!/../../x (text/plain) is no export this program knows; it was kept as it is and not read. "
                "climb.zip!/../../x tries to climb out of its folder."
            ),
        ),
    ],
    "mailbox.pst": [
        (
            Fate.KNOWN_UNSUPPORTED,
            "mailbox.pst is an Outlook mailbox (PST or OST); it was kept as it is and no messages were read from it.",
        )
    ],
}


@pytest.mark.parametrize("name", MAKE)
def test_each_kind_of_file_gets_its_sentence_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(MAKE[name])
    ((listing, lines),) = describe([path])
    if name in SAYS:
        assert [(line.fate, line.says) for line in lines] == SAYS[name]
    assert all(line.says.endswith(".") and line.media_type is not None for line in lines)
    assert {line.member for line in lines if line.member} == set(listing.members)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(name, MAKE[name])]


def test_a_folder_of_nothing_gets_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "nothing" / "at all").mkdir(parents=True)
    ((_, lines),) = describe([tmp_path / "nothing"])
    assert [line.says for line in lines] == ["nothing is a folder without any file in it."]


def test_several_paths_are_described_each_for_itself(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-")
    found = describe([tmp_path / "b.pdf", tmp_path / "a.pdf"])
    assert [line.path for _, lines in found for line in lines] == ["b.pdf", "a.pdf"]


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file or folder called"):
        describe([tmp_path / "absent"])
