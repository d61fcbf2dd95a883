"""`kill -9` at any moment: never half a bundle at the target, never a case that cannot go on."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from mailboxes import OWNER, SUBJECT, long_mailbox, write_mailbox
from plainrecord.bundle.workshop import workshop
from plainrecord.store.working import working_folder

RUN = [sys.executable, "-m", "plainrecord"]
KILLS = 8


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return long_mailbox(tmp_path_factory.mktemp("mail") / "inbox.mbox", 6000)


def timed(words: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    return time.monotonic() - start


def kill_often(words: list[str], whole: float) -> int:
    """Start and kill again and again, at moments spread over the run and most of all over its second half, where things
    are written. A run that ends before its moment shows that `whole` seconds were too many. Returns how many were killed.
    """
    pick = random.Random(11)
    killed = 0
    for _ in range(3 * KILLS):
        share = pick.choice((pick.uniform(0.2, 0.5), pick.uniform(0.5, 1.0), pick.uniform(0.5, 1.0)))
        started = time.monotonic()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(share * whole)
            whole = time.monotonic() - started
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        if killed == KILLS:
            break
    return killed


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_a_killed_bundle_leaves_a_whole_bundle_or_none(tmp_path: Path, mailbox: Path) -> None:
    words = [*RUN, "bundle", str(mailbox), "--sender", SUBJECT, "--owner", OWNER, "--out"]
    whole = timed([*words, str(tmp_path / "first")])
    out = tmp_path / "out"
    assert kill_often([*words, str(out)], whole) >= KILLS // 2
    shown = [path for path in out.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for bag in shown:
        checked = subprocess.run([*RUN, "verify", str(bag)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
    subprocess.run([*words, str(out)], check=True, capture_output=True)
    assert not [path.name for path in out.iterdir() if path.name.startswith(".")], "leftovers are swept by the next run"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_a_killed_add_can_be_run_again_and_ends_with_the_same_case(tmp_path: Path, mailbox: Path) -> None:
    reference, case = tmp_path / "reference", tmp_path / "case"
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "a.mbox").write_bytes(mailbox.read_bytes())
    write_mailbox(exports / "b.mbox")
    for folder in (reference, case):
        subprocess.run([*RUN, "new", str(folder), "--sender", SUBJECT], check=True, capture_output=True)
    whole = timed([*RUN, "add", str(reference), str(exports)])
    kill_often([*RUN, "add", str(case), str(exports)], whole)
    subprocess.run([*RUN, "add", str(case), str(exports)], check=True, capture_output=True)
    assert dump(case) == dump(reference)


def dump(case: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was read, without row numbers of custody and claims' own times."""
    with closing(sqlite3.connect(case / "case.sqlite")) as db:
        tables = ("record", "party", "account", "link", "fallback", "unread", "fate", "original", "claim")
        found = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        types = [(json.loads(row[0])["type"],) for row in db.execute("SELECT line FROM custody ORDER BY seq")]
    return {**found, "custody": types}


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent another way on Windows")
def test_ctrl_c_gets_one_sentence_and_leaves_nothing(tmp_path: Path, mailbox: Path) -> None:
    out = tmp_path / "out"
    for delay in (0.0, 0.4):
        words = [*RUN, "bundle", str(mailbox), "--sender", SUBJECT, "--out", str(out), "--json"]
        running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while running.poll() is None and not (out.exists() and list(out.iterdir())):
            time.sleep(0.02)
        time.sleep(delay)
        running.send_signal(signal.SIGINT)
        told, said = running.communicate(timeout=60)
        assert running.returncode == json.loads(told)["exit_code"] == 130
        assert said.decode().strip().startswith("Stopped before the end.")
        assert not list(out.iterdir())


@pytest.mark.parametrize("folder", [working_folder, lambda out: workshop(out, "pr-1")])
def test_stopped_right_behind_the_making_of_a_folder_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Callable[[Path], AbstractContextManager[object]]
) -> None:
    make = Path.mkdir

    def stopped(path: Path, *said: Any, **named: Any) -> None:
        make(path, *said, **named)
        if path.name.startswith("."):
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", stopped)
    with pytest.raises(KeyboardInterrupt), folder(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent another way on Windows")
def test_ctrl_c_inside_source_run_from_a_string_is_answered_too(tmp_path: Path) -> None:
    """The standard library makes dataclasses so, and CPython then dies by the signal although it was answered."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Stopping:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'plainrecord.doctor':\n"
        "            exec('import os, signal; os.kill(os.getpid(), signal.SIGINT)')\n"
        "sys.meta_path.insert(0, Stopping())\n",
        encoding="utf-8",
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    run = subprocess.run(
        [*RUN, "doctor", "--json"], capture_output=True, check=False, env={**os.environ, "PYTHONPATH": paths}
    )
    assert run.returncode == json.loads(run.stdout)["exit_code"] == 130
