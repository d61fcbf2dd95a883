"""How long reading a big mailbox takes, as a ratio to `openssl dgst -sha256` of the same file in the same run.

    python benchmarks/mail.py [--mib 1024] [--mean 8192] [--rounds 3] [--no-bundle] [--no-pdf] [--no-peers]
                              [--peer PYTHON] [--peer-mib 64] [--mailbox FILE] [--json]

Makes a mailbox in a temporary folder: distinct Message-IDs, real-looking headers, one mail in 200 from one sender, quoted
and unquoted "From " lines in bodies, one mail in ten with CRLF, some with an encoded attachment. `--mailbox` takes another
file instead and tiles it to the size with changed Message-IDs. `--mib 10240` is the mailbox of a laboratory.

Whole processes are timed in turn, round by round, after one warm-up; a figure is the median of the per-round ratios. Beside
it stand the median ratio of CPU time and, on Linux, the peak of anonymous memory of the process and its children together.
`scan` is what adding to a case does before anything is written: every mail read, hashed, and packed as the case keeps it.
Bundles are made without the report; one with it is made once, because the report takes the longest and says nothing of mail.

Other ways to look at the file: `sha256sum`, timed in the same rounds; the standard library's `mailbox` with a hash, and
fast-mail-parser (compiled Rust) where the interpreter that `--peer` names has it. These two take tens of times as long, so
they look once at the first `--peer-mib` of the mailbox, beside an openssl of their own. Nothing is installed.

First comes the gate: the scan must find every mail, end where the file ends, and have read the very bytes openssl hashed;
each `bundle` must account for every record, and all must hold the same items. A run that fails it has no time.
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
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUBJECT = "rowan@mail.example"
OWNER = "alex@home.example"
SCAN = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.store.packing import people_of
from plainrecord.store.scanning import records_of
parser = Mbox()
[claim] = parser.claim(list_source([Path(sys.argv[1])], "S1"))
mails = unread = subject = end = 0
for packed in records_of(parser, claim):
    mails += packed.size
    unread += len(packed.columns.unread)
    sent, named = zip(*map(people_of, packed.columns.people)) if packed.columns.people else ((), ())
    ours = [one and all[0][0][2].lower() == sys.argv[2] for one, all in zip(sent, named)]
    subject += sum(ours[who] for who in packed.columns.who)
    end = int(packed.columns.locators[-1].rpartition("-")[2]) if packed.columns.locators else end
[digests] = claim.readings.values()
print(json.dumps({"mails": mails, "unread": unread, "subject": subject, "end": end, "sha256": digests.sha256}))
"""
BUNDLE = "from plainrecord.__main__ import main; main()"
# Both look at every mail's From and take a digest of the file; neither makes anything of it.
MAILBOX = """
import hashlib, mailbox, sys
mails = subject = 0
for mail in mailbox.mbox(sys.argv[1], create=False):
    mails += 1
    subject += sys.argv[2] in str(mail["from"]).lower()
with open(sys.argv[1], "rb") as file:
    hashlib.file_digest(file, "sha256")
print(mails, subject)
"""
RUST = """
import hashlib, mmap, re, sys
from fast_mail_parser import parse_email
mails = subject = 0
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
    starts = [match.end() for match in re.finditer(rb"(?:\\A|\\n\\r?\\n)From [^\\n]*\\n", data)]
    for start, end in zip(starts, [*starts[1:], len(data)]):
        mails += 1
        subject += sys.argv[2] in str(parse_email(data[start:end]).headers.get("From")).lower()
    hashlib.file_digest(file, "sha256")
print(mails, subject)
"""
WORDS = (
    "the a of and to in it is was for on you that with as at this be by not from are but have an they or one".split()
)
YARD = "openssl sha256"
PEER_YARD = "openssl, peers' part"


@dataclass(frozen=True, slots=True)
class Job:
    """One command of a round; what it is held against; whether it runs in the last round only, because it is slow."""

    name: str
    command: tuple[str, ...]
    yard: str = YARD
    once: bool = False
    one_core: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One child process: seconds of wall and CPU time, peak anonymous memory of its tree in MiB, its output."""

    wall: float
    cpu: float
    anonymous_mib: float
    output: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What the mailbox holds."""

    mails: int
    subject: int | None
    size: int


class Watch(threading.Thread):
    """Adds up the anonymous memory of a process and its children, fifty times a second (Linux; elsewhere it stays 0)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.peak_kib = 0

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.peak_kib = max(self.peak_kib, sum(map(_anonymous, _tree(self._pid))))

    def end(self) -> float:
        self._over.set()
        self.join()
        return self.peak_kib / 1024


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _anonymous(pid: int) -> int:
    try:
        said = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(said[1]) if said else 0


def run(job: Job, environment: dict[str, str]) -> Run:
    """Run a command and measure exactly that child."""
    cores = os.sched_getaffinity(0) if job.one_core else set[int]()
    reading, writing = os.pipe()
    if job.one_core:
        os.sched_setaffinity(0, {min(cores)})
    started = time.perf_counter()
    child = os.posix_spawnp(job.command[0], job.command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
    os.close(writing)
    if job.one_core:
        os.sched_setaffinity(0, cores)
    watch = Watch(child)
    watch.start()
    with os.fdopen(reading) as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(child, 0)
    wall, peak = time.perf_counter() - started, watch.end()
    if os.waitstatus_to_exitcode(status) not in (0, 2):
        raise SystemExit(f"{job.name} failed with status {os.waitstatus_to_exitcode(status)}.")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, output)


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


def check(truth: Truth, done: dict[str, Run]) -> None:
    """The gate; stops when a figure would mean nothing."""
    said = json.loads(done["scan"].output)
    expected = {"mails": truth.mails, "unread": 0, "end": truth.size, "sha256": done[YARD].output.split()[0]}
    expected |= {} if truth.subject is None else {"subject": truth.subject}
    wrong: dict[str, object] = {key: (said[key], value) for key, value in expected.items() if said[key] != value}
    items = set()
    for name, made in ((name, made) for name, made in done.items() if name.startswith("bundle")):
        report = json.loads(made.output)
        counts = report["counts"]
        if not counts["seen"] == truth.mails == sum(counts[k] for k in ("included", "not_included", "unread")):
            wrong[name] = (counts, truth.mails)
        with (Path(report["path"]) / "data" / "items" / "messages.jsonl").open("rb") as file:
            items.add(file_digest(file, "sha256").hexdigest())
    if len(items) > 1:
        wrong["items"] = items
    if wrong:
        raise SystemExit(f"The result is not right, so there is no time: {wrong}")


def jobs_for(mailbox: Path, arguments: argparse.Namespace) -> Iterator[Job]:
    """Everything a round runs, in turn."""
    at, sender = str(mailbox), arguments.sender
    yield Job(YARD, ("openssl", "dgst", "-sha256", "-r", at))
    if shutil.which("sha256sum"):
        yield Job("sha256sum", ("sha256sum", at))
    yield Job("scan", (sys.executable, "-c", SCAN, at, sender))
    if not arguments.no_bundle:
        bundle = (sys.executable, "-c", BUNDLE, "bundle", at, "--sender", sender, "--json", "--out", at + ".made", "-j")
        yield Job("bundle -j 1", (*bundle, "1", "--no-pdf"))
        yield Job("bundle -j 2", (*bundle, "2", "--no-pdf"))
        if hasattr(os, "sched_setaffinity"):
            yield Job("bundle, one core", (*bundle, "1", "--no-pdf"), one_core=True)
        if not arguments.no_pdf:
            yield Job("bundle -j 2, report", (*bundle, "2"), once=True)
    if not arguments.no_peers:
        yield from peers(mailbox, arguments)


def peers(mailbox: Path, arguments: argparse.Namespace) -> Iterator[Job]:
    """Others' programs, on the first part of the mailbox, and a yardstick for it."""
    part = mailbox.with_name("part.mbox")
    with mailbox.open("rb") as whole:
        part.write_bytes(whole.read(arguments.peer_mib << 20))
    at, sender = str(part), arguments.sender
    yield Job(PEER_YARD, ("openssl", "dgst", "-sha256", "-r", at), once=True)
    yield Job("mailbox + hash", (sys.executable, "-c", MAILBOX, at, sender), PEER_YARD, once=True)
    if subprocess.run([arguments.peer, "-c", "import fast_mail_parser"], capture_output=True, check=False).returncode:
        print("fast-mail-parser is not there, so it has no figures (see --peer).", file=sys.stderr)
    else:
        yield Job("fast-mail-parser", (arguments.peer, "-c", RUST, at, sender), PEER_YARD, once=True)


def measure(mailbox: Path, truth: Truth, jobs: list[Job], rounds: int) -> list[dict[str, Run]]:
    """The runs of each round, checked."""
    # An installed package has its bytecode; a checkout where writing any is forbidden would compile itself in each run.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(mailbox.parent / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken: list[dict[str, Run]] = []
    for number in range(rounds + 1):
        taken.append({job.name: run(job, environment) for job in jobs if number == rounds or not job.once})
        check(truth, taken[-1])
        shutil.rmtree(str(mailbox) + ".made", ignore_errors=True)
    return taken[1:]


def figures_of(job: Job, rounds: list[dict[str, Run]]) -> dict[str, float]:
    """Median wall time, median ratios to the yardstick of the same round, and the peak of memory."""
    pairs = [(row[job.yard], row[job.name]) for row in rounds if job.name in row]
    return {
        "seconds": round(statistics.median(one.wall for _, one in pairs), 3),
        "wall_ratio": round(statistics.median(one.wall / yard.wall for yard, one in pairs), 2),
        "cpu_ratio": round(statistics.median(one.cpu / yard.cpu for yard, one in pairs), 2),
        "anonymous_mib": round(max(one.anonymous_mib for _, one in pairs), 1),
    }


def main() -> None:
    """Read the arguments, make the mailbox, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--mean", type=int, default=8192, help="mean size of an invented mail in bytes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mailbox", type=Path, help="tile this mailbox instead of inventing one")
    parser.add_argument("--sender", default=SUBJECT, help="the named sender for `bundle`")
    parser.add_argument("--no-bundle", action="store_true", help="time the scan only")
    parser.add_argument("--no-pdf", action="store_true", help="leave out the one bundle with its report")
    parser.add_argument("--peer-mib", type=int, default=64, help="how much of the mailbox the others' programs look at")
    parser.add_argument("--no-peers", action="store_true", help="leave the others' programs out")
    parser.add_argument("--peer", default=sys.executable, help="interpreter to ask for fast-mail-parser")
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
        jobs = list(jobs_for(mailbox, arguments))
        rounds = measure(mailbox, truth, jobs, arguments.rounds)
    figures = {job.name: figures_of(job, rounds) for job in jobs}
    if arguments.json:
        print(json.dumps({"mib": truth.size >> 20, "mails": truth.mails, "jobs": figures}))
        return
    print(
        f"{truth.size >> 20:,} MiB, {truth.mails:,} mails of {truth.size // truth.mails:,} bytes, {len(rounds)} rounds"
    )
    print(f"{'':20} {'seconds':>9} {'x openssl':>10} {'x its CPU':>10} {'MiB anonymous':>14}")
    for name, one in figures.items():
        print(
            f"{name:20} {one['seconds']:9.2f} {one['wall_ratio']:10.2f} {one['cpu_ratio']:10.2f} {one['anonymous_mib']:14.0f}"
        )


if __name__ == "__main__":
    main()
