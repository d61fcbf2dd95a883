"""The disk of the case fills up while captures arrive: a clear answer, nothing half stored, and it goes on once there is room.

Looked at on a small file system in memory where one may be mounted, else with a limit on how large a file may grow.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from senders import RefusedError, Sender, Server, capture_of, new_case, numbers_of

DISK = 6 << 20
STEP = 16 << 10


def small_disk(folder: Path) -> bool:
    """Whether a file system of that size could be mounted there."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    return mount is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A small file system, or None where none may be mounted (an ordinary user; most containers)."""
    folder = tmp_path_factory.mktemp("full") / "disk"
    if not small_disk(folder):
        yield None
        return
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def held(case: Path) -> list[str]:
    """The ids of the captures in a case, each one sound."""
    done = CliRunner().invoke(main, ["capture", "list", str(case), "--json"])
    assert done.exit_code == 0, done.output
    captures = json.loads(done.output)["captures"]
    assert {one["state"] for one in captures} <= {"sound"}
    return [one["id"] for one in captures]


def send_or_hear_why(sender: Sender, name: str, size: int) -> str | None:
    """The id of what was kept, or None when the server said that there is no room."""
    manifest, blobs = capture_of(name, files={"noise.json": name.encode().ljust(size, b".")})
    try:
        return str(sender.send(manifest, blobs, piece=32 << 10)["id"])
    except RefusedError as refused:
        assert (refused.status, refused.code) == (507, "no-space")
        assert refused.said["message"].endswith(".")
        return None


def test_at_every_degree_of_fullness_what_is_reported_is_kept_and_nothing_else(
    disk: Path | None, tmp_path: Path
) -> None:
    case = new_case((disk or tmp_path) / "case")
    if disk is None:
        refused, kept = limited(case)
    else:
        refused, kept = filled(disk, case)
    assert refused >= 3 and kept
    assert held(case) == kept
    assert len(numbers_of(case)) == len(kept)


def filled(disk: Path, case: Path) -> tuple[int, list[str]]:
    """Send with a little more room each time, from none at all until it fits."""
    server = Server(case, "--port", "0", "--reserve-mb", "0")
    sender = Sender(server.port)
    sender.pair(server.code)
    refused, kept, filler = 0, [], disk / "filler"
    for number in range(60):
        left = shutil.disk_usage(disk).free - number * STEP
        filler.write_bytes(bytes(max(0, left)))
        one = send_or_hear_why(sender, f"full {number}", 50_000)
        filler.unlink()
        refused, kept = refused + (one is None), kept + ([one] if one else [])
        if refused and len(kept) > 2:
            break
    sender.client.close()
    server.stop()
    return refused, kept


def limited(case: Path) -> tuple[int, list[str]]:
    """Send with a little more allowed for each file, from almost nothing until it fits."""
    refused, kept = 0, []
    for number in range(1, 60):
        server = Server(case, "--port", "0", "--reserve-mb", "0")
        sender = Sender(server.port)
        sender.pair(server.code)
        most = number * STEP
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))
        one = send_or_hear_why(sender, f"limited {number}", 50_000)
        refused, kept = refused + (one is None), kept + ([one] if one else [])
        sender.client.close()
        server.stop()
        if refused and len(kept) > 2:
            break
    return refused, kept


def test_a_capture_larger_than_the_room_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case")
    server = Server(case, "--port", "0", "--reserve-mb", str(1 << 40))
    sender = Sender(server.port)
    sender.pair(server.code)
    manifest, _ = capture_of("no room")
    asked = {"size": 5, "sha256": "0" * 64}
    answered = sender.post(f"/v1/captures/{manifest['id']}/text.txt/have", asked)
    assert (answered.status_code, answered.json()["error"]) == (507, "no-space")
    assert (answered.json()["free_bytes"], answered.json()["needs_bytes"]) == (0, 5)
    assert sender.post("/v1/status", {}).json()["free_bytes"] == 0
    sender.client.close()
    server.stop()
