"""How long the report on paper takes and how much memory, beside the same bundle without it.

    python benchmarks/paper.py [--messages 1000 10000 100000]

Makes one invented chat of that many messages (words, emoji, Arabic, Hebrew, Chinese, long stretches), builds a bundle of it
with and without `--no-pdf` in whole processes, and prints seconds on the clock and of the processors, the peak memory of the
largest process, and the size of the PDF files. Each bundle has to verify and to hold as many items as there were messages,
or there is no figure.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = "the a we you now go come see me at home work call answer please tonight why late never again".split()
PIECES = (
    "why do you not answer 😡",
    "اتصل بي الآن من فضلك",
    "שלום, מה שלומך?",
    "你在哪里 给我回电话",
    "👨‍👩‍👧‍👦 🇬🇧 👍🏽 ❤️",
    "https://example.example/" + "x" * 80,
)
PEOPLE = ("Alex Penrose", "Maren Holloway")


def main() -> None:
    """Build each size with and without the report and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    for count in parser.parse_args().messages:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            chat = folder / f"WhatsApp Chat with {PEOPLE[0]}.txt"
            chat.write_text(invented_chat(count), "utf-8")
            for option in ("--no-pdf", "--pdf"):
                print(measured(chat, folder / option.strip("-"), option, count), flush=True)


def invented_chat(count: int) -> str:
    """A chat export in the form WhatsApp writes on Android."""
    chance, moment = random.Random(7), datetime(2023, 1, 1, 8, 0)  # noqa: DTZ001  a wall clock, as the export has it
    lines = []
    for _ in range(count):
        moment += timedelta(minutes=chance.randint(1, 9))
        words = " ".join(chance.choices(WORDS, k=chance.randint(3, 25)))
        piece = f" {chance.choice(PIECES)}" if chance.random() < 0.3 else ""
        lines.append(f"{moment:%d/%m/%Y, %H:%M} - {chance.choice(PEOPLE)}: {words}{piece}\n")
    return "".join(lines)


def measured(chat: Path, out: Path, option: str, count: int) -> str:
    """One line of figures for one build."""
    words = ["bundle", str(chat), "--sender", PEOPLE[0], "--owner", PEOPLE[1], "--timezone", "Europe/London"]
    words += ["--date-order", "DMY", "--out", str(out), option, "--json"]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "plainrecord", *words], cwd=ROOT, capture_output=True, check=True)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    made = json.loads(done.stdout)
    if made["counts"]["included"] != count:
        sys.exit(f"{made['counts']['included']} of {count} messages are in the bundle; there is no figure.")
    subprocess.run(
        [sys.executable, "-m", "plainrecord", "verify", made["path"], "--seal", made["seal"]],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    files = sorted(Path(made["path"]).glob("report*.pdf"))
    # The largest of all processes so far; without the report comes first.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    size = sum(path.stat().st_size for path in files) / 1e6
    took = f"{count:>7,} messages {option:>8}: {seconds:6.1f} s, {cpu:6.1f} s of CPU"
    return f"{took}, largest process so far {peak:,} MB, {len(files)} PDF files, {size:.1f} MB"


if __name__ == "__main__":
    main()
