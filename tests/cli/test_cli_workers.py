"""One worker or two: the same files, byte for byte, with large attachments and mails among many messages."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

RUN = [sys.executable, "-m", "plainrecord"]
WORDS = 'the a of and to in is that for \u4f60\u597d \U0001f469\u200d\U0001f4bb <b> "x" d\u00e9j\u00e0'.split()


def exports(folder: Path) -> list[Path]:
    """A chat of thousands with files of hundreds of kilobytes, clocks that step back, and a mailbox with large mails."""
    dice, chat = random.Random(5), folder / "chat"
    chat.mkdir(parents=True)
    lines = []
    for number in range(4500):
        step = -3 if number % 50 == 0 else 0
        minute = number // 3 + step
        who = ("Rowan Ash", "Maren")[number % 3 == 0]
        text = " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 12)))
        if number % 500 == 7:
            name = f"IMG-20241001-WA{number:04d}.jpg"
            (chat / name).write_bytes(b"\xff\xd8\xff" + dice.randbytes(300_000))
            text = f"{name} (file attached)"
        lines.append(
            f"{1 + minute // 1440 % 28:02d}/10/2024, {minute // 60 % 24:02d}:{minute % 60:02d} - {who}: {text}\n"
        )
    (chat / "WhatsApp Chat with Rowan Ash.txt").write_text("".join(lines), "utf-8")
    mails = []
    for number in range(3):
        blob = base64.encodebytes(dice.randbytes(90_000)).decode()
        mails.append(
            f"From x Fri Oct 25 10:00:0{number} 2024\nFrom: Rowan Ash <rowan@other.example>\nTo: maren@home.example\n"
            f"Date: Fri, 25 Oct 2024 10:00:0{number} +0100\nMessage-ID: <{number}@other.example>\nSubject: a\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nsee there\n--b\n'
            f"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n{blob}\n--b--\n\n"
        )
    (folder / "inbox.mbox").write_text("".join(mails), "utf-8")
    return [chat, folder / "inbox.mbox"]


def digests(given: list[Path], out: Path, jobs: int) -> dict[str, str]:
    """The digest of every file of the bundle that says nothing of its making."""
    words = ["bundle", *map(str, given), "--sender", "Rowan Ash", "--alias", "rowan@other.example", "--owner", "Maren"]
    words += ["--timezone", "Europe/London", "--out", str(out), "--json", "-j", str(jobs), "--date-order", "DMY"]
    done = subprocess.run([*RUN, *words], capture_output=True, text=True, check=True)
    bag = Path(json.loads(done.stdout)["path"])
    name = bag.name.encode()
    made = ("data/", "schedules/", "timeline.csv", "pages/", "manifest-sha256.txt")
    files = {path.relative_to(bag).as_posix(): path for path in bag.rglob("*") if path.is_file()}
    return {
        where: hashlib.sha256(path.read_bytes().replace(name, b"")).hexdigest()
        for where, path in files.items()
        if where.startswith(made)
    }


def test_one_worker_and_two_write_the_same_files(tmp_path: Path) -> None:
    given = exports(tmp_path / "exports")
    one, two = digests(given, tmp_path / "one", 1), digests(given, tmp_path / "two", 2)
    assert one == two
    assert len([name for name in one if name.startswith("data/media/")]) == 12
    assert "pages/timeline-0005.html" in one
