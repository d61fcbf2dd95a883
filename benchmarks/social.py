"""How long reading a Messenger-like download takes, as a ratio to `openssl dgst -sha256` of the same files in the same run.

    python benchmarks/social.py [--files 50] [--messages 10000] [--big 100] [--rounds 3] [--json]

Makes the files in a temporary folder, the same bytes every time: pages of a thread as Meta writes them, with damaged text,
10,000 messages a page, five pages a thread. 50 pages are half a million messages and about 142 MB. Whole processes are
timed in turn, round by round, after one warm-up; the figure is the median of the per-round ratios to openssl, the peak
resident memory stands beside it. `decode` walks every element, with both hashes, and repairs those of one sender (P12 of
the speed targets); `scan` is everything `Parser.scan` gives: the survey of all pages first, then an envelope for each
message. `big` is `scan` of a download of `--big` pages (a million messages), once, for its peak memory.

First comes the gate: every message must be found and the bytes read must be the bytes openssl hashed. A run that fails it
has no time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUBJECT, OWNER = "Alex Mere", "Sam Field"
PAGES = 5
START = """
import hashlib, json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.social.facebook import FacebookDownload
parser = FacebookDownload()
[claim] = parser.claim(list_source([Path(sys.argv[1])], "S1"))
found = 0
"""
END = """
digests = sorted(one.sha256 for one in claim.readings.values())
print(json.dumps({"messages": found, "sha256": hashlib.sha256("".join(digests).encode()).hexdigest()}))
"""
DECODE = (
    START
    + """
from plainrecord.parsers.jsonstream import walk
from plainrecord.parsers.meta import repaired_tree
for member in claim.members:
    with claim.open(member) as stream:
        for one in walk(stream, ("/messages/*",)):
            found += 1
            if one.value["sender_name"] == sys.argv[2]:
                repaired_tree(one.value)
"""
    + END
)
SCAN = (
    START
    + """
for record in parser.scan(claim):
    found += 1
"""
    + END
)
WORDS = "the a of and to in it is was for on you that café don’t 👀 £5 as at this be not by are but have they or one".split()


@dataclass(frozen=True, slots=True)
class Run:
    """One child process: seconds of wall and CPU time, peak resident memory in MiB, its output."""

    wall: float
    cpu: float
    peak_mib: float
    output: str


def run(command: list[str]) -> Run:
    """Run a command and measure exactly that child."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)]
    child = os.posix_spawnp(command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)}, file_actions=actions)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        output = pipe.read()
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"This failed with exit code {os.waitstatus_to_exitcode(status)}: {' '.join(command[:2])}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def make_download(folder: Path, pages: int, messages: int) -> list[Path]:
    """Write the pages: the same bytes for the same numbers."""
    dice = random.Random(7)
    sentences = [" ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 36))) for _ in range(5000)]
    damaged = [json.dumps(sentence.encode().decode("latin-1")) for sentence in sentences]
    made, moment = [], 1719837296000
    for number in range(pages):
        path = folder / f"your_facebook_activity/messages/inbox/alexmere_{10**12 + number // PAGES}"
        path.mkdir(parents=True, exist_ok=True)
        made.append(path / f"message_{number % PAGES + 1}.json")
        with made[-1].open("w", encoding="ascii", newline="\n") as out:
            out.write(
                f'{{\n  "participants": [\n    {{"name": "{SUBJECT}"}},\n    {{"name": "{OWNER}"}}\n  ],\n  "messages": ['
            )
            for at in range(messages):
                moment -= dice.randint(1000, 90_000)
                out.write(("," if at else "") + element(dice, moment, damaged))
            out.write(f'\n  ],\n  "title": "{SUBJECT}",\n  "is_still_participant": true,\n  "magic_words": []\n}}\n')
    return made


def element(dice: random.Random, moment: int, texts: list[str]) -> str:
    """One message, indented as Meta indents."""
    who = SUBJECT if dice.random() < 0.45 else OWNER
    lines = [f'"sender_name": "{who}"', f'"timestamp_ms": {moment}', f'"content": {dice.choice(texts)}']
    lines.append('"is_geoblocked_for_viewer": false')
    return "\n    {\n      " + ",\n      ".join(lines) + "\n    }"


def main() -> int:
    """Make the files, hold every contestant to the truth once, then time them in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--big", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plainrecord-bench-"))
    try:
        figures = measure(folder / "facebook", said.files, said.messages, said.rounds)
        if said.big:
            figures["big"] = measure_big(folder / "big", said.big, said.messages)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=2) if said.json else table(figures))
    return 0


def measure(folder: Path, files: int, messages: int, rounds: int) -> dict[str, dict[str, float]]:
    """Median wall seconds, ratio to openssl and peak memory of each contestant."""
    made = make_download(folder, files, messages)
    contestants = {
        "openssl": ["openssl", "dgst", "-sha256", *map(str, made)],
        "decode": [sys.executable, "-c", DECODE, str(folder), SUBJECT],
        "scan": [sys.executable, "-c", SCAN, str(folder)],
    }
    gate({name: run(command) for name, command in contestants.items()}, files * messages)
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, command in contestants.items():
            runs[name].append(run(command))
    base = [one.wall for one in runs["openssl"]]
    size = sum(path.stat().st_size for path in made) / 1e6
    return {
        name: {
            "seconds": statistics.median(one.wall for one in found),
            "cpu_seconds": statistics.median(one.cpu for one in found),
            "ratio": statistics.median(one.wall / y for one, y in zip(found, base, strict=True)),
            "peak_mib": max(one.peak_mib for one in found),
            "mb": size,
        }
        for name, found in runs.items()
    }


def measure_big(folder: Path, files: int, messages: int) -> dict[str, float]:
    """One scan of a download of many pages: what counts is its memory."""
    made = make_download(folder, files, messages)
    hashed = run(["openssl", "dgst", "-sha256", *map(str, made)])
    scanned = run([sys.executable, "-c", SCAN, str(folder)])
    gate({"openssl": hashed, "scan": scanned}, files * messages)
    size = sum(path.stat().st_size for path in made) / 1e6
    return {
        "seconds": scanned.wall,
        "cpu_seconds": scanned.cpu,
        "ratio": scanned.wall / hashed.wall,
        "peak_mib": scanned.peak_mib,
        "mb": size,
    }


def gate(runs: dict[str, Run], messages: int) -> None:
    """Stop unless every contestant found everything and read the bytes that openssl hashed."""
    digests = sorted(line.rpartition(" ")[2] for line in runs["openssl"].output.splitlines())
    truth = {"messages": messages, "sha256": hashlib.sha256("".join(digests).encode()).hexdigest()}
    for name, one in runs.items():
        if name != "openssl" and json.loads(one.output) != truth:
            raise SystemExit(f"{name} does not account for the files: {one.output}")


def table(figures: dict[str, dict[str, float]]) -> str:
    """The figures for a person."""
    lines = ["whole processes, medians; ratio to openssl dgst -sha256 of the same files"]
    for name, row in figures.items():
        lines.append(
            f"{name:8} {row['mb']:8.1f} MB {row['seconds']:8.2f} s {row['cpu_seconds']:8.2f} s CPU"
            f" {row['ratio']:8.1f} x {row['peak_mib']:8.0f} MiB"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
