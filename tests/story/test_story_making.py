"""The story is made by a script: the same tables give the same bytes."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import exifread
import pytest

ELSEWHERE = {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}


def make(story: Path, target: Path) -> dict[str, bytes]:
    """Everything the script writes, by path, made in another zone, locale and folder."""
    target.mkdir()
    script = [sys.executable, str(story / "make_story.py"), str(target)]
    subprocess.run(script, check=True, cwd=target, env=os.environ | ELSEWHERE, timeout=60)
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(story, tmp_path_factory):
    return make(story, tmp_path_factory.mktemp("story") / "made")


def members(path: Path) -> list[tuple[str, tuple[int, ...], int, int, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return [
            (info.filename, info.date_time, info.external_attr, info.compress_type, archive.read(info))
            for info in archive.infolist()
        ]


def test_script_makes_exactly_the_committed_files(story, made):
    committed = {
        f"exports/{path.relative_to(story / 'exports').as_posix()}"
        for path in (story / "exports").rglob("*")
        if path.is_file()
    }
    assert set(made) == committed | {"truth.json"}
    for name, data in made.items():
        if not name.endswith(".zip"):
            assert data == (story / name).read_bytes(), name


def test_zip_has_the_committed_members_times_and_attributes(story, made, tmp_path):
    name = "exports/takeout-20241201T101500Z-001.zip"
    (tmp_path / "again.zip").write_bytes(made[name])
    assert members(tmp_path / "again.zip") == members(story / name)
    # zlib-ng packs tighter or looser than zlib, so the compressed bytes are comparable only where zlib is the plain one.
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:
        assert made[name] == (story / name).read_bytes()


def test_second_run_gives_the_same_bytes(story, made, tmp_path):
    assert make(story, tmp_path / "again") == made


def test_picture_script_draws_the_picture_with_time_and_place(story, tmp_path):
    runpy.run_path(str(story / "make_picture.py"))["draw"](tmp_path / "again.jpg")
    for path in (tmp_path / "again.jpg", story / "parts" / "harbour-steps.jpg"):
        with path.open("rb") as file:
            tags = exifread.process_file(file, details=False)
        assert str(tags["EXIF DateTimeOriginal"]) == "2024:10:24 18:05:31"
        assert str(tags["EXIF OffsetTimeOriginal"]) == "+01:00"
        assert str(tags["GPS GPSLatitude"]) == "[55, 30, 15]"
        assert str(tags["GPS GPSLongitude"]) == "[2, 45, 30]"
