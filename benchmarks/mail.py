"""How long reading a big mailbox takes, as a ratio to `openssl dgst -sha256` of the same file in the same run.

    python benchmarks/mail.py [--mib 1024] [--mean 8192] [--rounds 3] [--no-bundle] [--mailbox FILE] [--json]

Makes a mailbox in a temporary folder: distinct Message-IDs, real-looking headers, one mail in 200 from one sender, quoted
and unquoted "From " lines in bodies, one mail in ten with CRLF, some with an encoded attachment. `--mailbox` takes another
file instead and tiles it to the size with changed Message-IDs. Whole processes are timed in turn, round by round, after
one warm-up; the figure is the median of the per-round ratios, the peak resident memory stands beside it.

First comes the gate: the scan must find every mail, end where the file ends, and have read the very bytes openssl hashed;
`bundle` must account for every record. A run that fails it has no time.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUBJECT = "rowan@mail.example"
OWNER = "alex@home.example"
SCAN = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.email.mbox import Mbox
parser = Mbox()
[claim] = parser.claim(list_source([Path(sys.argv[1])], "S1"))
mails = unread = subject = end = 0
for record in parser.scan(claim):
    mails += 1
    unread += not hasattr(record, "sender")
    subject += record.sender is not None and record.sender.value.lower() == sys.argv[2]
    end = int(record.position.locator.rpartition("-")[2])
[digests] = claim.readings.values()
print(json.dumps({"mails": mails, "unread": unread, "subject": subject, "end": end, "sha256": digests.sha256}))
"""
BUNDLE = "from plainrecord.cli import main; main()"
WORDS = (
    "the a of and to in it is was for on you that with as at this be by not from are but have an they or one".split()
)


@dataclass(frozen=True, slots=True)
class Run:
    """One child process: seconds of wall and CPU time, peak resident memory in MiB, its output."""

    wall: float
    cpu: float
    peak_mib: float
    output: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What the mailbox holds."""

    mails: int
    subject: int | None
    size: int


def run(command: list[str]) -> Run:
    """Run a command and measure exactly that child."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.posix_spawnp(
        command[0],
        command,
        {**os.environ, "PYTHONPATH": str(ROOT)},
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in (0, 2):
        raise SystemExit(f"{' '.join(command[:4])} failed with status {os.waitstatus_to_exitcode(status)}.")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def invented_mails(mean: int) -> Iterator[tuple[bytes, bool]]:
    """Mails without end, and whether each is from the subject. The same at every run."""
    dice = random.Random(20241020)
    text = " ".join(dice.choice(WORDS) for _ in range(40_000))
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    blob = base64.encodebytes(dice.randbytes(64 << 10))
    for number in range(1_000_000_000):
        ours = number % 200 == 0
        sender = f"Rowan Ash <{SUBJECT}>" if ours else f"Person {number % 3000} <p{number % 3000}@list.example>"
        second, minute, hour, day = number % 60, number // 60 % 60, number // 3600 % 24, number // 86_400 % 28 + 1
        when = f"{day} Oct 2024 {hour:02d}:{minute:02d}:{second:02d}"
        hops = "".join(
            f"Received: from relay{hop}.example (relay{hop}.example [192.0.2.{hop}])\n\tby mx{hop}.home.example with ESMTPS id"
            f" {number:x}{hop}\n\tfor <{OWNER}>; {when} +0100 (BST)\n"
            for hop in range(4)
        )
        # Threads of three: longer ones would tie the whole mailbox into a single conversation.
        answers = f"In-Reply-To: <{number - 7}.bench@mail.example>\n" if number // 7 % 3 else ""
        header = (
            f"Delivered-To: {OWNER}\nReturn-Path: <{sender.partition('<')[2]}\n{hops}From: {sender}\nTo: Alex <{OWNER}>\n"
            f"Subject: {'Re: ' if answers else ''}about {number}\nDate: {when} +0100\nMessage-ID: <{number}.bench@mail.example>\n"
            f"{answers}MIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nX-Mailer: Bench {number % 9}\n\n"
        )
        start, length = dice.randrange(len(lines) // 2), int(dice.expovariate(1) * (mean - 1600) / 71)
        body = "\n".join(lines[start : start + min(length, len(lines) // 2)])
        body += "\n\nFrom now on there are quoted lines.\n>From them, one.\n" if number % 20 == 0 else "\n"
        mail = (header + body).encode() + (blob[: dice.randrange(len(blob))] if number % 50 == 7 else b"")
        mail = (mail if mail.endswith(b"\n") else mail + b"\n") + b"\n"
        line = (
            f"From {SUBJECT if ours else 'p@list.example'} Sun Oct {day:2d} {hour:02d}:{minute:02d}:{second:02d} 2024\n"
        )
        yield (line.encode() + mail).replace(b"\n", b"\r\n" if number % 10 == 9 else b"\n"), ours


def make_mailbox(path: Path, mib: int, mean: int) -> Truth:
    """An invented mailbox of about that size."""
    mails = subject = size = 0
    with path.open("wb") as file:
        for mail, ours in invented_mails(mean):
            size += file.write(mail)
            mails, subject = mails + 1, subject + ours
            if size >= mib << 20:
                return Truth(mails, subject, size)
    raise AssertionError("the mails above never end")


def tile_mailbox(path: Path, sample: Path, mib: int) -> Truth:
    """Copies of a mailbox, one behind the other, each with Message-IDs of its own."""
    data = sample.read_bytes()
    each = len(re.findall(rb"(?:\A|\n\n)From ", data))
    with path.open("wb") as file:
        for copy in range(max(1, (mib << 20) // len(data))):
            file.write(re.sub(rb"(\nMessage-I[Dd]:\s*<)", rb"\g<1>c%d." % copy, data).rstrip(b"\n") + b"\n\n")
        size = file.tell()
    return Truth(each * (copy + 1), None, size)


def check(truth: Truth, sha256: str, scan: Run, bundle: Run | None) -> None:
    """The gate; stops when a figure would mean nothing."""
    said = json.loads(scan.output)
    expected = {"mails": truth.mails, "unread": 0, "end": truth.size, "sha256": sha256}
    expected |= {} if truth.subject is None else {"subject": truth.subject}
    wrong = {key: (said[key], value) for key, value in expected.items() if said[key] != value}
    if bundle:
        counts = json.loads(bundle.output)["counts"]
        if counts["seen"] != truth.mails or counts["seen"] != sum(
            counts[k] for k in ("included", "not_included", "unread")
        ):
            wrong["bundle"] = (counts, truth.mails)
    if wrong:
        raise SystemExit(f"The result is not right, so there is no time: {wrong}")


def measure(mailbox: Path, truth: Truth, rounds: int, sender: str, *, bundle: bool) -> dict[str, float]:
    """Median ratios to openssl over interleaved rounds, and peak memory."""
    taken: list[tuple[Run, Run, Run | None]] = []
    for number in range(rounds + 1):
        yard = run(["openssl", "dgst", "-sha256", "-r", str(mailbox)])
        scan = run([sys.executable, "-c", SCAN, str(mailbox), sender])
        made = None
        if bundle:
            out = mailbox.parent / f"out-{number}"
            command = [
                sys.executable,
                "-c",
                BUNDLE,
                "bundle",
                str(mailbox),
                "--sender",
                sender,
                "--out",
                str(out),
                "--json",
            ]
            made = run(command)
            shutil.rmtree(out)
        check(truth, yard.output.split()[0], scan, made)
        taken.append((yard, scan, made))
    kept = taken[1:] or taken
    figures = {
        "mib": round(truth.size / (1 << 20), 1),
        "mails": truth.mails,
        "mean_bytes": round(truth.size / truth.mails),
        "openssl_seconds": round(statistics.median(yard.wall for yard, _, _ in kept), 3),
    }
    for name, column in (("scan", 1), ("bundle", 2)):
        runs = [(row[0], one) for row in kept if (one := row[column]) is not None]
        if runs:
            figures[f"{name}_seconds"] = round(statistics.median(one.wall for _, one in runs), 3)
            figures[f"{name}_wall_ratio"] = round(statistics.median(one.wall / yard.wall for yard, one in runs), 2)
            figures[f"{name}_cpu_ratio"] = round(statistics.median(one.cpu / yard.cpu for yard, one in runs), 2)
            figures[f"{name}_peak_mib"] = round(max(one.peak_mib for _, one in runs), 1)
    return figures


def main() -> None:
    """Read the arguments, make the mailbox, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--mean", type=int, default=8192, help="mean size of an invented mail in bytes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mailbox", type=Path, help="tile this mailbox instead of inventing one")
    parser.add_argument("--sender", default=SUBJECT, help="the named sender for `bundle`")
    parser.add_argument("--no-bundle", action="store_true", help="time the scan only")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not shutil.which("openssl"):
        raise SystemExit("openssl is the yardstick and is not installed here.")
    with tempfile.TemporaryDirectory() as folder:
        mailbox = Path(folder) / "big.mbox"
        sample = arguments.mailbox
        truth = (
            tile_mailbox(mailbox, sample, arguments.mib)
            if sample
            else make_mailbox(mailbox, arguments.mib, arguments.mean)
        )
        figures = measure(mailbox, truth, arguments.rounds, arguments.sender, bundle=not arguments.no_bundle)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:20} {figure}")


if __name__ == "__main__":
    main()
