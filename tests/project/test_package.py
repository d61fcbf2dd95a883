"""The wheel holds all that the package needs when no clone is at hand."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this clone, without touching the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_source_and_data_file_of_the_package(wheel: Path) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "plainrecord").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as opened:
        assert {name for name in opened.namelist() if name.startswith("plainrecord/")} == here


def test_the_wheel_brings_the_command_and_the_licence_and_nothing_else_at_the_top(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        info = next(name.split("/")[0] for name in names if ".dist-info/" in name)
        assert {name.split("/")[0] for name in names} == {"plainrecord", info}
        assert f"{info}/licenses/LICENSE" in names
        assert "plainrecord = plainrecord.__main__:main" in opened.read(f"{info}/entry_points.txt").decode()


def test_the_package_says_that_it_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        assert "plainrecord/py.typed" in opened.namelist()
