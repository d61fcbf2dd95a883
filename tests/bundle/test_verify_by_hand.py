"""What VERIFY.txt tells people to type: run as it is written there, and every kind of damage is seen by one of the lines.

The lines for PowerShell and certutil are held to what the bundle looks like, but run on no Windows here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sealed_bundles import Bundle, built_bundles, copied

pytestmark = pytest.mark.skipif(
    shutil.which("sha256sum") is None or shutil.which("bash") is None, reason="no sha256sum and bash here"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return built_bundles(tmp_path_factory.mktemp("made"))[False]


@pytest.fixture
def bundle(made: Bundle, tmp_path: Path) -> Bundle:
    return copied(made, tmp_path / "b")


def lines(bundle: Bundle, beginning: str) -> list[str]:
    """The lines to type that begin so, as VERIFY.txt has them, without the remark for macOS behind them."""
    text = (bundle.path / "VERIFY.txt").read_bytes().decode("utf-8")
    found = re.findall(rf"^    ({re.escape(beginning)}.*?)(?:\s+\(macOS.*)?\r$", text, re.MULTILINE)
    assert found, beginning
    return found


def by_hand(bundle: Bundle, seal: str) -> set[str]:
    """Which of the lines see something: an exit code, or anything printed (of the first, anything but the seal)."""
    every = [*lines(bundle, "sha256sum"), *lines(bundle, "diff")]
    # All of them in one shell, because starting it takes longer than what it does here.
    script = "".join(f"said=$({line} 2>&1); echo $? $said; " for line in every)
    done = subprocess.run(["bash", "-c", script], cwd=bundle.path, capture_output=True, text=True, check=True)
    said = dict(zip(every, done.stdout.splitlines(), strict=True))
    sound = {every[0]: f"0 {seal} tagmanifest-sha256.txt"}
    return {line for line in every if said[line] != sound.get(line, "0")}


def test_an_untouched_bundle_passes_every_line_in_silence(bundle: Bundle) -> None:
    assert by_hand(bundle, bundle.seal) == set()
    assert len(by_hand(bundle, "0" * 64)) == 1


def test_every_file_flipped_or_removed_is_seen(bundle: Bundle) -> None:
    instructions, seal = (bundle.path / "VERIFY.txt").read_bytes(), bundle.seal
    for path in sorted(path for path in bundle.path.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.name == "VERIFY.txt":
            continue  # what is read from it is what is run; its own change is seen below
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:] if data else b"x")
        assert by_hand(bundle, seal), path
        path.unlink()
        assert by_hand(bundle, seal), path
        path.write_bytes(data)
    (bundle.path / "VERIFY.txt").write_bytes(instructions + b"\r\n")
    assert by_hand(bundle, seal)


def test_files_added_or_renamed_and_lines_moved_are_seen(bundle: Bundle) -> None:
    for name in ("data/new.txt", "meta/new.json", ".hidden", "data/items/native/M-000099.eml"):
        (bundle.path / name).write_bytes(b"x")
        assert by_hand(bundle, bundle.seal) == set(lines(bundle, "diff"))
        (bundle.path / name).unlink()
    native = bundle.path / "data/items/native/M-000001.eml"
    native.rename(native.with_name("M-000099.eml"))
    assert len(by_hand(bundle, bundle.seal)) == 2
    native.with_name("M-000099.eml").rename(native)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        before = (bundle.path / name).read_bytes()
        listed = before.splitlines(keepends=True)
        (bundle.path / name).write_bytes(b"".join([listed[1], listed[0], *listed[2:]]))
        assert by_hand(bundle, bundle.seal), name
        (bundle.path / name).write_bytes(before)
    assert by_hand(bundle, bundle.seal) == set()


def test_what_is_typed_on_windows_fits_the_bundle(bundle: Bundle) -> None:
    """The lists split as the PowerShell lines split them, and the files they and certutil name are there."""
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (bundle.path / name).read_text(encoding="ascii").splitlines():
            digest, path = re.split(r"\s+", line, maxsplit=1)
            assert len(digest) == 64 and (bundle.path / path).is_file()
    for line in lines(bundle, "certutil"):
        named = re.fullmatch(r"certutil -hashfile (\S+) SHA256", line)
        assert named and (bundle.path / named[1].replace("\\", "/")).is_file()
    powershell = [*lines(bundle, "Get-Content"), *lines(bundle, "$l=")]
    assert len(powershell) == 2 and all(line.count('"checked"') == 1 for line in powershell)
    assert all(line.count("{") == line.count("}") and line.count("(") == line.count(")") for line in powershell)
