"""How long reading a big WhatsApp text takes, as a ratio to `openssl dgst -sha256` of the same file in the same run.

    python benchmarks/chat.py [--messages 300000] [--rounds 3] [--no-bundle] [--peers PYTHON] [--json]

Makes the text in a temporary folder, the same bytes every time: 300,000 messages of two people, about 29 MB, one in eight
of several lines. Whole processes are timed in turn, round by round, after one warm-up; the figure is the median of the
per-round ratios to openssl, the peak resident memory stands beside it. `split` finds every message (the splitter, with
both hashes); `scan` is everything a case is told (`scan_columns`); `bundle -j 1` and `bundle -j 2` seal both people's messages with
one worker and with two. `--peers` names an interpreter that has whatstk or chat-miner (an environment of its own, outside
the project): each that can be imported there parses the same file, and writes nothing. Peak memory is the resident memory
of the largest single process; `anonymous` is that of all processes of a run together, without the pages of files, sampled
every 50 ms where /proc tells it.

First comes the gate: every message must be found, the last must end where the file ends, and the bytes read must be the
bytes openssl hashed. A run that fails it has no time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parents[1]
SUBJECT, OWNER = "Alex Penrose", "Maren Holloway"
START = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.whatsapp import WhatsApp
parser = WhatsApp()
[claim] = parser.claim(list_source([Path(sys.argv[1])], "S1", ReadOptions(timezone="Europe/London")))
"""
SPLIT = (
    START
    + """
from plainrecord.parsers.chat.whatsapp_header import stored_shape
from plainrecord.parsers.chat.whatsapp_split import ROOM, WINDOW, Cut, cut_up
from plainrecord.parsers.chat.whatsapp_stamps import Stamps
found = end = 0
with claim.open(claim.members[0]) as stream:
    blocks = stream.blocks(head=ROOM, size=WINDOW)
    for piece in cut_up(blocks, stored_shape(claim.facts["header"]), Stamps("DMY", None).accepts):
        many = isinstance(piece, Cut)
        found += len(piece.heads) if many else 1
        end = piece.bounds[-1] if many else piece.end
[digests] = claim.readings.values()
print(json.dumps({"messages": found, "end": end, "sha256": digests.sha256}))
"""
)
SCAN = (
    START
    + """
from plainrecord.records import Stretch
found = 0
for record in parser.scan_columns(claim):
    found += len(record.locators) if isinstance(record, Stretch) else 1
digests = claim.readings[(claim.members[0].original.relpath, "")]
last = record.locators[-1] if isinstance(record, Stretch) else record.position.locator
end = int(last.rpartition("-")[2])
print(json.dumps({"messages": found, "end": end, "sha256": digests.sha256}))
"""
)
# Both tell their progress on the error stream, which is not what is measured.
QUIET = "import os, sys\nos.dup2(os.open(os.devnull, os.O_WRONLY), 2)\n"
PEERS = {
    "whatstk": QUIET + "from whatstk import WhatsAppChat\n"
    "print(len(WhatsAppChat.from_source(filepath=sys.argv[1], hformat='%d/%m/%Y, %H:%M - %name:').df))",
    "chat-miner": QUIET + "from chatminer.chatparsers import WhatsAppParser\nparser = WhatsAppParser(sys.argv[1])\n"
    "parser.parse_file()\nprint(len(parser.parsed_messages.get_df()))",
}
BUNDLE = "from plainrecord.__main__ import main; main()"
WORDS = (
    "the a of and to in it is was for on you that with as at this be by not from are but have an they or one".split()
)


@dataclass(frozen=True, slots=True)
class Run:
    """One child process: seconds of wall and CPU time (its own children's too), peak resident memory of the largest
    process and peak anonymous memory of all of them in MiB, its output."""

    wall: float
    cpu: float
    peak_mib: float
    anonymous_mib: float
    output: str


class Watch(Thread):
    """Samples the anonymous memory of a process and of those it started; 0 where there is no /proc."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._ended = Event()
        self.peak_mib = 0.0
        self.start()

    def run(self) -> None:
        """Until it is stopped."""
        while not self._ended.wait(0.05):
            self.peak_mib = max(self.peak_mib, sum(map(anonymous, family(self._root))) / 1024)

    def stop(self) -> None:
        """End sampling."""
        self._ended.set()
        self.join()


def family(root: int) -> list[int]:
    """A process and all below it."""
    try:
        names = Path(f"/proc/{root}/task/{root}/children").read_text("ascii").split()
    except OSError:
        return [root]
    return [root, *(one for name in names for one in family(int(name)))]


def anonymous(process: int) -> int:
    """Its anonymous memory in KiB."""
    try:
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process}/status").read_text("ascii", "replace"))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def run(command: list[str]) -> Run:
    """Run a command and measure exactly that child."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)]
    child = os.posix_spawnp(command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)}, file_actions=actions)
    os.close(writing)
    watch = Watch(child)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        output = pipe.read()
    _, status, used = os.wait4(child, 0)
    watch.stop()
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"This failed with exit code {os.waitstatus_to_exitcode(status)}: {' '.join(command[:2])}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, watch.peak_mib, output)


def make_chat(path: Path, messages: int) -> None:
    """Write the text: the same bytes for the same number."""
    dice = random.Random(29)
    moment = datetime(2016, 1, 3, 8, 0, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for number in range(messages):
            moment += timedelta(seconds=dice.randint(5, 1500))
            who = OWNER if dice.random() < 0.55 else SUBJECT
            words = " ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 24)))
            more = f"\nand {words[:40]} - so\n\nlast line" if number % 8 == 0 else ""
            text = "<Media omitted>" if number % 37 == 0 else words + more
            out.write(f"{moment:%d/%m/%Y, %H:%M} - {who}: {text}\n")


def main() -> int:
    """Make the text, hold every contestant to the truth once, then time them in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-bundle", action="store_true")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has whatstk or chat-miner")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plainrecord-bench-"))
    try:
        figures = measure(folder, said.messages, said.rounds, bundle=not said.no_bundle, peers=said.peers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=2) if said.json else table(figures))
    return 0


def measure(
    folder: Path, messages: int, rounds: int, *, bundle: bool, peers: str | None
) -> dict[str, dict[str, float]]:
    """Median wall seconds, ratio to openssl and peak memory of each contestant."""
    chat = folder / "WhatsApp Chat with Alex Penrose.txt"
    make_chat(chat, messages)
    contestants = {
        "openssl": ["openssl", "dgst", "-sha256", str(chat)],
        "split": [sys.executable, "-c", SPLIT, str(chat)],
        "scan": [sys.executable, "-c", SCAN, str(chat)],
    }
    words = ["bundle", str(chat), "--sender", SUBJECT, "--owner", OWNER, "--timezone", "Europe/London", "--json"]
    if bundle:
        for workers in ("1", "2"):
            command = [sys.executable, "-c", BUNDLE, *words, "--out", str(folder / "out"), "-j", workers]
            contestants[f"bundle -j {workers}"] = command
    contestants |= {name: [str(peers), "-c", PEERS[name], str(chat)] for name in importable(peers)}
    sha256 = run(contestants["openssl"]).output.rpartition(" ")[2].strip()
    first: dict[str, Run] = {}
    for name, command in contestants.items():
        shutil.rmtree(folder / "out", ignore_errors=True)
        first[name] = run(command)
    gate(first, messages, chat.stat().st_size, sha256)
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, command in contestants.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            runs[name].append(run(command))
    base = [one.wall for one in runs["openssl"]]
    return {
        name: {
            "seconds": statistics.median(one.wall for one in found),
            "cpu_seconds": statistics.median(one.cpu for one in found),
            "ratio": statistics.median(one.wall / y for one, y in zip(found, base, strict=True)),
            "peak_mib": max(one.peak_mib for one in found),
            "anonymous_mib": max(one.anonymous_mib for one in found),
            "mb": chat.stat().st_size / 1e6,
        }
        for name, found in runs.items()
    }


def importable(python: str | None) -> list[str]:
    """The peers that this interpreter has. What they find is not held to the truth: they count as they like."""
    modules = {"whatstk": "whatstk", "chat-miner": "chatminer.chatparsers"}
    asked = {name: [str(python), "-c", f"import {module}"] for name, module in modules.items() if python}
    return [
        name
        for name, command in asked.items()
        if not subprocess.run(command, capture_output=True, check=False).returncode
    ]


def gate(runs: dict[str, Run], messages: int, size: int, sha256: str) -> None:
    """Stop unless every contestant found everything."""
    for name in ("split", "scan"):
        said = json.loads(runs[name].output)
        if said != {"messages": messages, "end": size, "sha256": sha256}:
            raise SystemExit(f"{name} does not account for the text: {said}")
    for name in (name for name in runs if name.startswith("bundle")):
        counts = json.loads(runs[name].output)["counts"]
        if (counts["seen"], counts["unread"]) != (messages, 0):
            raise SystemExit(f"{name} does not account for the text: {counts}")


def table(figures: dict[str, dict[str, float]]) -> str:
    """The figures for a person."""
    lines = [f"{figures['openssl']['mb']:.1f} MB; whole processes, medians; ratio to openssl dgst -sha256"]
    for name, row in figures.items():
        lines.append(
            f"{name:12} {row['seconds']:8.2f} s {row['cpu_seconds']:8.2f} s CPU {row['ratio']:8.1f} x"
            f" {row['peak_mib']:6.0f} MiB, {row['anonymous_mib']:6.0f} MiB anonymous"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
