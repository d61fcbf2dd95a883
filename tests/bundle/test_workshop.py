"""Half a bundle is never at the target: failures, kills and other runs at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import build_bundle
from plainrecord.bundle.workshop import AFTER_LOG, HANDOVER, Workshop, clear_dead, workshop
from synthetic import contents

SLOW = """
import sys; sys.path.insert(0, {here!r})
import time, pathlib
from synthetic import contents
from plainrecord.bundle import build_bundle
made = contents(items=40)
items = made.items
def slow():
    for item in items():
        time.sleep({pause}); yield item
made.items = slow
print("begun", flush=True)
build_bundle(made, pathlib.Path({out!r}))
"""


def start(out: Path, pause: float) -> subprocess.Popen[str]:
    code = SLOW.format(here=str(Path(__file__).parent), pause=pause, out=str(out))
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    return run


def kill(run: subprocess.Popen[str]) -> None:
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()


def wait_for_part(out: Path) -> None:
    for _ in range(400):
        if list(out.glob(".*.part/in-use.lock")):
            return
        time.sleep(0.01)


@pytest.mark.parametrize("failing", [KeyboardInterrupt, MemoryError, RuntimeError])
def test_any_failure_midway_leaves_nothing(failing: type[BaseException], tmp_path: Path) -> None:
    made = contents()

    def items() -> object:
        yield from list(contents().items())[:3]
        raise failing

    made.items = items  # type: ignore[assignment]
    with pytest.raises(failing):
        build_bundle(made, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_at_the_last_rename_takes_the_sheets_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.is_dir():
            raise PermissionError(13, "in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(Exception, match="not allowed"):
        build_bundle(contents(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_no_bundle_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    run = start(tmp_path, pause=0.1)
    wait_for_part(tmp_path)
    kill(run)
    assert [path.name for path in tmp_path.iterdir()] == [".pr-test234567.part"]
    build_bundle(contents(), tmp_path)
    assert not list(tmp_path.glob(".*"))
    assert (tmp_path / "pr-test234567").is_dir()


def test_a_run_at_work_is_left_alone_by_another(tmp_path: Path) -> None:
    run = start(tmp_path, pause=0.02)
    wait_for_part(tmp_path)
    build_bundle(contents(bundle_id="pr-other"), tmp_path)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert (tmp_path / "pr-test234567").is_dir()
    assert (tmp_path / "pr-other").is_dir()
    assert not list(tmp_path.glob(".*"))


def test_sheets_of_a_bundle_that_never_came_are_withdrawn_and_those_of_one_that_did_are_kept(tmp_path: Path) -> None:
    for name in ("pr-never", "pr-came"):
        (tmp_path / f".{name}.part").mkdir()
        (tmp_path / f".{name}.part/in-use.lock").touch()
        for suffix in (HANDOVER, AFTER_LOG):
            (tmp_path / f"{name}{suffix}").touch()
    (tmp_path / "pr-came").mkdir()
    clear_dead(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pr-came", "pr-came.custody-after.jsonl", "pr-came.handover.txt",
    ]  # fmt: skip


def test_folders_that_only_look_like_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".mine.part").mkdir()
    (tmp_path / ".mine.part/thesis.txt").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/in-use.lock").touch()
    (tmp_path / ".link.part").symlink_to(tmp_path / "elsewhere")
    clear_dead(tmp_path)
    assert (tmp_path / ".mine.part/thesis.txt").exists()
    assert (tmp_path / "elsewhere/in-use.lock").exists()


def test_a_workshop_is_gone_after_use(tmp_path: Path) -> None:
    with workshop(tmp_path / "new/deep", "pr-x") as shop:
        assert isinstance(shop, Workshop)
        assert shop.bag.is_dir()
    assert list((tmp_path / "new/deep").iterdir()) == []
