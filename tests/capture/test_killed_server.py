"""The server killed at any moment: nothing that was reported as stored is missing, nothing half stored is reported."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.custody import check_chain
from senders import RefusedError, Sender, capture_of, new_case, numbers_of, steady_port

ROOT = Path(__file__).resolve().parents[2]
KILLS = 26
# The moments differ from run to run by what the machine does anyway; the seed keeps the plan the same.
CHANCE = random.Random(7)


class Nursery:
    """Starts real servers quickly: one process has loaded everything and makes a child of itself for each."""

    _SCRIPT = """
import os, sys
from plainrecord.cli import main
import plainrecord.capture.serving, plainrecord.store.case
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        main(["capture", "serve", sys.argv[1], "--json", "--port", line.strip()])
    print('{"event": "born", "pid": %d}' % child, flush=True)
    os.waitpid(child, 0)
"""

    def __init__(self, case: Path) -> None:
        command = [sys.executable, "-c", self._SCRIPT, str(case)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.port, self.code = steady_port(), ""
        self.pid = self._start()

    def _start(self) -> int:
        """The next server, on the same port."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{self.port}\n")
        self.process.stdin.flush()
        said: dict[str, dict[str, Any]] = {}
        while len(said.keys() & {"born", "listening", "code"}) < 3:
            one = json.loads(self.process.stdout.readline())
            said[one["event"]] = one
        self.code = said["code"]["code"]
        return int(said["born"]["pid"])

    def kill(self) -> None:
        """SIGKILL for the server that runs now, and another in its place."""
        os.kill(self.pid, signal.SIGKILL)
        self.pid = self._start()

    def close(self) -> None:
        """End everything."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.communicate()


class Killer(Thread):
    """Kills the server again and again, each time some moments after a capture was begun."""

    def __init__(self, nursery: Nursery) -> None:
        super().__init__(daemon=True)
        self.nursery, self.kills, self.during = nursery, 0, 0
        self.sending, self.enough = Event(), Event()

    def run(self) -> None:
        try:
            for _ in range(KILLS):
                self.sending.wait()
                time.sleep(CHANCE.uniform(0, 0.15))
                self.during += self.sending.is_set()
                self.nursery.kill()
                self.kills += 1
        finally:
            self.enough.set()


def stubborn(sender: Sender, manifest: dict[str, Any], blobs: dict[str, bytes]) -> dict[str, Any]:
    """The extension's loop: begin again until there is a receipt that holds."""
    while True:
        try:
            return sender.send(manifest, blobs, piece=64 << 10)
        except httpx.HTTPError:
            time.sleep(0.02)
        except RefusedError as refused:
            assert refused.code in ("busy", "mismatch", "incomplete", "rate"), refused
            time.sleep(0.1)


def listed(case: Path) -> list[dict[str, Any]]:
    """What the case says it holds, every digest and signature checked."""
    done = CliRunner().invoke(main, ["capture", "list", str(case), "--json"])
    assert done.exit_code == 0, done.output
    captures: list[dict[str, Any]] = json.loads(done.output)["captures"]
    return captures


def custody_of(case: Path) -> list[str]:
    from plainrecord.cli_options import now
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        return [row[0] for row in opened.db.execute("SELECT line FROM custody ORDER BY seq")]


def test_a_server_killed_at_random_moments_loses_nothing_and_invents_nothing(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case")
    nursery = Nursery(case)
    killer = Killer(nursery)
    sender = Sender(nursery.port)
    sender.pair(nursery.code)
    killer.start()
    receipts = []
    while not killer.enough.is_set():
        noise = CHANCE.randbytes(600_000)
        manifest, blobs = capture_of(f"killed {len(receipts)}", files={"big.json": noise, "small.json": noise[:99]})
        killer.sending.set()
        receipts.append(stubborn(sender, manifest, blobs))
        killer.sending.clear()
    killer.sending.set()
    killer.join()
    sender.client.close()
    nursery.close()
    assert killer.kills == KILLS and killer.during >= 20
    held = listed(case)
    assert [one["state"] for one in held] == ["sound"] * len(held)
    assert [one["id"] for one in held] == [one["id"] for one in receipts]
    assert numbers_of(case) == [one["name"] for one in held] == [one["capture"] for one in receipts]
    lines = custody_of(case)
    assert not list(check_chain(lines))
    heads = {line["this_hash"] for line in map(json.loads, lines) if line["type"] == "capture.web"}
    assert heads == {one["chain_head"] for one in receipts} and len(heads) == len(receipts)


STEPS = """
import json, os, shutil, sys
from pathlib import Path
from plainrecord.capture.committing import Committing
from plainrecord.capture.incoming import Incoming
from plainrecord.capture.keys import key_of
from plainrecord.capture.ledger import Ledger
from plainrecord.capture.limits import Limits
from plainrecord.capture.pairing import Browser
from plainrecord.capture.vault import Vault
from plainrecord.cli_options import now
from plainrecord.parsers.capturemanifest import read_manifest
from plainrecord.store import Case

case, data = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
key = key_of(Vault(case))
browser = Browser("B-01", "", "chrome-extension://x", "", "2026-01-01T00:00:00Z")
manifest = read_manifest(data)

def commit(place):
    with Case.open(place, now) as opened:
        return Committing(Incoming(Vault(place), Limits()), key).commit(opened, browser, manifest, data)

def dying(last):
    # The process ends for good just before its step number `last` that changes what is on the disk.
    count = 0
    def counted(real):
        def step(*given, **more):
            nonlocal count
            count += 1
            if count == last:
                os._exit(9)
            return real(*given, **more)
        return step
    for place, name in ((os, "fsync"), (Path, "replace"), (Path, "chmod"), (Path, "unlink"), (Ledger, "insert")):
        setattr(place, name, counted(getattr(place, name)))

def seen(place):
    with Case.open(place, now) as opened:
        held = [one.capture_id for one in Ledger(opened.db).all()]
        lines = [json.loads(row[0])["type"] for row in opened.db.execute("SELECT line FROM custody")]
    vault = Vault(place)
    sound = all(vault.sound(part.sha256, part.size) for part in manifest.parts) and len(held) == lines.count("capture.web")
    return {"held": len(held), "receipts": len(list(vault.receipts.glob("C-*.json"))), "sound": sound or not held}

for last in range(1, 1000):
    place = case.with_name(f"case-{last}")
    shutil.copytree(case, place)
    child = os.fork()
    if child == 0:
        dying(last)
        commit(place)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    cut_off = seen(place)
    commit(place)
    print(json.dumps({"step": last, "ended": ended, "cut_off": cut_off, "again": seen(place)}))
    if ended == 0:
        break
"""


def test_a_commit_cut_off_before_each_of_its_steps_is_whole_or_not_there(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case")
    manifest, blobs = capture_of("steps")
    incoming = case / "captures/service/incoming"
    for folder in (incoming, case / "captures/vault/objects", case / "captures/vault/receipts"):
        folder.mkdir(parents=True)
    for name, data in blobs.items():
        (incoming / hashlib.sha256(f"{manifest['id']}/{name}".encode()).hexdigest()).write_bytes(data)
    (tmp_path / "manifest").write_bytes(json.dumps(manifest).encode())
    command = [sys.executable, "-c", STEPS, str(case), str(tmp_path / "manifest")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["ended"] for one in steps] == [9] * (len(steps) - 1) + [0] and len(steps) > 15
    cut_off = [one["cut_off"] for one in steps]
    assert all(one["sound"] and one["receipts"] <= one["held"] for one in cut_off)
    # Both sides of the moment from which on it is kept were met, and the gap before its receipt file is there.
    assert {(one["held"], one["receipts"]) for one in cut_off} == {(0, 0), (1, 0), (1, 1)}
    assert all(one["again"] == {"held": 1, "receipts": 1, "sound": True} for one in steps)
