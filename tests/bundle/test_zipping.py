"""One bag gives one zip, byte for byte, however many threads pack it."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from random import Random

import pytest

from plainrecord.bundle import zipping, zipping_ahead
from plainrecord.bundle.zipping import write_zip
from plainrecord.bundle.zipping_ahead import Ahead


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    dice, root = Random(5), tmp_path / "pr-test"
    for number in range(60):
        path = root / f"data/items/native/M-{number:06d}.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"Subject: again and again\n" * dice.randrange(400) + dice.randbytes(dice.randrange(90)))
    (root / "data/media").mkdir()
    (root / "data/media/picture.jpg").write_bytes(dice.randbytes(5_000))
    (root / "data/items/messages.jsonl").write_bytes(b'{"item":"M-000001"}\n' * 200_000)
    (root / "empty.txt").write_bytes(b"")
    return root


@pytest.mark.parametrize("held", [1, 64 << 20])
@pytest.mark.parametrize("longest", [3_000, 32 << 20])
def test_the_bytes_do_not_depend_on_how_many_pack(
    bag: Path, tmp_path: Path, longest: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = write_zip(bag, tmp_path / "alone.zip")
    monkeypatch.setattr(zipping, "LONGEST", longest)
    monkeypatch.setattr(zipping_ahead, "_HELD", held)
    for workers in (2, 4):
        assert write_zip(bag, tmp_path / f"{workers}.zip", workers) == alone
    with zipfile.ZipFile(tmp_path / "4.zip") as archive:
        assert archive.testzip() is None


def test_what_was_deflated_ahead_is_what_is_written(bag: Path, tmp_path: Path) -> None:
    paths = sorted(path.relative_to(bag).as_posix() for path in (bag / "data/items").rglob("*.eml"))
    with Ahead(bag, paths, 2) as ahead:
        while len(ahead._ready) < len(paths):
            time.sleep(0.001)
        made = {path: ahead.take(path) for path in paths}
    assert None not in made.values()
    write_zip(bag, tmp_path / "alone.zip")
    raw = (tmp_path / "alone.zip").read_bytes()
    assert all(data in raw for data in made.values() if data)


def test_a_file_that_cannot_be_read_ends_the_packing(bag: Path) -> None:
    with Ahead(bag, ["data/gone.txt"], 1) as ahead:
        while "data/gone.txt" not in ahead._ready:
            time.sleep(0.001)
        with pytest.raises(FileNotFoundError):
            ahead.take("data/gone.txt")


def test_one_who_gives_up_does_not_wait_for_what_nobody_began(bag: Path) -> None:
    paths = [f"data/items/native/M-{number:06d}.eml" for number in range(60)]
    with pytest.raises(KeyboardInterrupt), Ahead(bag, paths, 2) as ahead:
        raise KeyboardInterrupt
    assert not any(thread.is_alive() for thread in ahead._threads)
