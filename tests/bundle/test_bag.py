"""A BagIt 1.0 bag being written."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import threading
from pathlib import Path

import bagit
import pytest

from plainrecord.bundle.bag import Bag, UnsafeNameError, check_path


def make(tmp_path: Path, files: dict[str, bytes]) -> tuple[Bag, str]:
    (tmp_path / "bag").mkdir()
    (tmp_path / "spool").mkdir()
    bag = Bag(tmp_path / "bag", "bag", tmp_path / "spool")
    for path, data in files.items():
        bag.add(path, data)
    bag.close_payload()
    bag.add("notes.txt", b"a tag file")
    return bag, bag.seal([("External-Identifier", "x\ny"), ("Contact-Name", "A: B")])


def test_stock_tools_and_a_second_implementation_accept_the_bag(tmp_path: Path) -> None:
    bag, _ = make(tmp_path, {"data/b/2.txt": b"two", "data/a.txt": b"one", "data/empty.bin": b""})
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(["sha256sum", "--strict", "-c", name], cwd=bag.root, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    bagit.Bag(str(bag.root)).validate()


def test_the_seal_is_the_hash_of_the_tag_manifest(tmp_path: Path) -> None:
    bag, seal = make(tmp_path, {"data/a.txt": b"one"})
    assert seal == hashlib.sha256((bag.root / "tagmanifest-sha256.txt").read_bytes()).hexdigest()


def test_every_file_is_in_exactly_one_manifest_and_lines_are_sorted(tmp_path: Path) -> None:
    bag, _ = make(tmp_path, {f"data/{name}": b"x" for name in ("b", "a", "a-b", "a.b", "a_b")})
    payload = [line.split("  ")[1] for line in (bag.root / "manifest-sha256.txt").read_text().splitlines()]
    tags = [line.split("  ")[1] for line in (bag.root / "tagmanifest-sha256.txt").read_text().splitlines()]
    assert payload == sorted(payload)
    assert sorted(tags) == ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "notes.txt"]


def test_bag_info_states_the_payload_and_cannot_be_given_a_second_label_by_a_value(tmp_path: Path) -> None:
    bag, _ = make(tmp_path, {"data/a.txt": b"four"})
    lines = (bag.root / "bag-info.txt").read_text().splitlines()
    assert lines == ["External-Identifier: x y", "Contact-Name: A: B", "Payload-Oxum: 4.1"]


@pytest.mark.parametrize(
    "path",
    ["../x", "data/../x", "/x", "data//x", "", "data/", "data/a b", "data/é", "data/a\n", "data/.hidden", "data/x.",
     "data/con", "data/AUX.txt", "data/lpt1.eml", "data/a%20", "data/a\\b", "C:/x", "data/" + "x" * 120],
)  # fmt: skip
def test_names_that_are_not_safe_everywhere_are_refused(path: str) -> None:
    with pytest.raises(UnsafeNameError):
        check_path(path)


def test_a_file_is_never_written_twice(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    bag = Bag(tmp_path / "bag", "bag", tmp_path)
    bag.add("data/a", b"1")
    with pytest.raises(FileExistsError):
        bag.add("data/a", b"2")


@pytest.mark.skipif(os.name == "nt", reason="nothing is flushed early there")
def test_what_the_disk_refuses_while_a_file_is_written_is_told_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def refuse(descriptor: int) -> None:
        # A system tells such an error once: the fsync of every file at the end would not meet it again.
        if threading.current_thread().name.startswith("plainrecord-early"):
            asked.append(descriptor)
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        make(tmp_path, {"data/large.bin": b"x" * (1 << 20)})
    assert asked
