"""How long it takes to read a zip of many mails, as a ratio to `unzip -p FILE | openssl dgst -sha256` in the same run.

    python benchmarks/zipped.py [--mails 50000] [--rounds 3] [--json]
    python benchmarks/zipped.py --large 20 [--json]

The first makes a zip of 50,000 .eml files (about 400 MB, 230 MB packed) in a temporary folder, the same bytes every time.
`list` finds what is in it; `scan` does that and reads every mail: checksum of the archive, SHA-256 and BLAKE3 of each file,
and who wrote it. Whole processes are timed in turn, round by round, after one warm-up; the figure is the median of the
per-round ratios, the peak resident memory stands beside it. `one_core` is `scan` held to one core, and against the
yardstick held to one core.

The second asks not how long but how much memory: a zip that unpacks to a quarter of that many GiB, then one that unpacks to
all of it, each a Takeout of a few huge files and many small ones, read whole. The peak may not grow with the size.

First comes the gate: every mail found and read to its end, none unread, the right number from the one sender, and the
digests of all files the ones they were made with. A run that fails it has no time.
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
import zipfile
from collections.abc import Iterator
from pathlib import Path

from mail import SUBJECT, Run, invented_mails, run

LIST = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
print(json.dumps({"members": len(list_source([Path(sys.argv[1])], "S1").members)}))
"""
SCAN = """
import hashlib, json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.email.eml import Eml
parser, mails, unread, subject, all_digests = Eml(), 0, 0, 0, 0
for claim in parser.claim(list_source([Path(sys.argv[1])], "S1")):
    for record in parser.scan(claim):
        mails += 1
        unread += not hasattr(record, "sender")
        subject += record.sender is not None and record.sender.value.lower() == sys.argv[2]
    for digests in claim.readings.values():
        all_digests ^= int(digests.sha256, 16)
print(json.dumps({"mails": mails, "unread": unread, "subject": subject, "digests": f"{all_digests:064x}"}))
"""
WHOLE = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.social.google import Takeout
from plainrecord.store.adding import plan_claims
listing = list_source([Path(sys.argv[1])], "S1")
records = unread = size = 0
for parser, claim in plan_claims(listing, listing.members):
    for record in parser.scan(claim):
        records += 1
        unread += not hasattr(record, "sender")
    size += sum(digests.size for digests in claim.readings.values())
refused = sum(fate.fate.value == "refused" for fate in listing.fates)
print(json.dumps({"members": len(listing.members), "records": records, "unread": unread, "read": size, "refused": refused}))
"""
# A mail's own words pack far better than the pictures and formatted text that real mails are half made of.
_NOISE_BYTES = 1500


def make_mails(path: Path, mails: int) -> dict[str, object]:
    """The zip, and what must be found in it."""
    dice = random.Random(20241127)
    subject = digests = size = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number, (mail, ours) in zip(range(mails), invented_mails(5000), strict=False):
            _, _, plain = mail.partition(b"\n")
            plain += dice.randbytes(_NOISE_BYTES).hex().encode() + b"\r\n"
            archive.writestr(f"mails/{number // 1000:03d}-{number:06d}.eml", plain)
            digests ^= int(hashlib.sha256(plain).hexdigest(), 16)
            subject, size = subject + ours, size + len(plain)
    return {"mails": mails, "unread": 0, "subject": subject, "digests": f"{digests:064x}", "size": size}


def check(truth: dict[str, object], listed: Run, *scans: Run) -> None:
    """The gate; stops when a figure would mean nothing."""
    found = json.loads(listed.output)
    wrong = {} if found["members"] == truth["mails"] else {"members": (found["members"], truth["mails"])}
    for scan in scans:
        said = json.loads(scan.output)
        wrong |= {key: (value, truth[key]) for key, value in said.items() if truth[key] != value}
    if wrong:
        raise SystemExit(f"The result is not right, so there is no time: {wrong}")


def measure(path: Path, truth: dict[str, object], rounds: int) -> dict[str, float]:
    """Median ratios over interleaved rounds, and peak memory."""
    pipe = ["sh", "-c", 'unzip -p "$0" | openssl dgst -sha256', str(path)]
    scanning = [sys.executable, "-c", SCAN, str(path), SUBJECT]
    one = ["taskset", "-c", "0"]
    taken: list[tuple[Run, ...]] = []
    for _ in range(rounds + 1):
        yard, yard_of_one = run(pipe), run([*one, *pipe])
        listed = run([sys.executable, "-c", LIST, str(path)])
        scan, scan_of_one = run(scanning), run([*one, *scanning])
        check(truth, listed, scan, scan_of_one)
        taken.append((yard, yard_of_one, listed, scan, scan_of_one))
    kept = taken[1:] or taken
    figures: dict[str, float] = {
        "mails": int(str(truth["mails"])),
        "mib": round(int(str(truth["size"])) / (1 << 20), 1),
        "packed_mib": round(path.stat().st_size / (1 << 20), 1),
        "yardstick_seconds": round(statistics.median(row[0].wall for row in kept), 3),
    }
    for name, column, against in (("list", 2, 0), ("scan", 3, 0), ("one_core", 4, 1)):
        figures[f"{name}_seconds"] = round(statistics.median(row[column].wall for row in kept), 3)
        figures[f"{name}_ratio"] = round(statistics.median(row[column].wall / row[against].wall for row in kept), 2)
        figures[f"{name}_peak_mib"] = round(max(row[column].peak_mib for row in kept), 1)
    return figures


def huge_text(bytes_wanted: int) -> Iterator[bytes]:
    """JSON of own activities, the same thousand again and again; packs well, but far from what intake refuses."""
    dice = random.Random(7)
    rows: list[str] = []
    for number in range(1000):
        title = f"Searched for {dice.randbytes(8).hex()} and what else is said about it in many words"
        when = f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:00:00.{number:03d}Z"
        element = {"header": "Search", "title": title, "titleUrl": "https://x.example/search?q=the+words", "time": when}
        details = [{"name": f"From the person's own device {dice.randrange(1 << 30):x}. "} for _ in range(120)]
        rows.append(json.dumps(element | {"products": ["Search"], "details": details}))
    piece, made = ",".join(rows).encode(), 1
    yield b"["
    while made < bytes_wanted:
        yield (b"," if made > 1 else b"") + piece
        made += len(piece) + 1
    yield b"]"


def make_large(path: Path, gib: float) -> int:
    """A Takeout that unpacks to so much: four huge files of activities, 20,000 small ones, and pictures nobody reads."""
    unpacked, each = 0, int(gib * (1 << 30)) // 8
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(4):
            with archive.open(f"Takeout/My Activity/Part {number}/MyActivity.json", "w", force_zip64=True) as file:
                for piece in huge_text(each):
                    unpacked += file.write(piece)
        for number in range(20_000):
            archive.writestr(
                f"Takeout/Google Photos/{number // 500}/{number}.json", json.dumps({"title": f"{number}.jpg"})
            )
        # Pictures do not pack; a block that is repeated stands for one and keeps the archive small.
        noise = random.Random(8).randbytes(1 << 14) + bytes(1 << 19)
        for number in range(4):
            with archive.open(f"Takeout/Google Photos/film {number}.mp4", "w", force_zip64=True) as file:
                for _ in range(each // len(noise)):
                    unpacked += file.write(noise)
    return unpacked


def measure_large(folder: Path, gib: float) -> dict[str, float]:
    """Peak memory at a quarter of the size and at the whole."""
    figures: dict[str, float] = {}
    for name, size in (("quarter", gib / 4), ("whole", gib)):
        path = folder / f"takeout-20240703T000000Z-{name}.zip"
        unpacked = make_large(path, size)
        figures[f"{name}_gib"] = round(unpacked / (1 << 30), 2)
        figures[f"{name}_packed_mib"] = round(path.stat().st_size / (1 << 20), 1)
        done = run([sys.executable, "-c", WHOLE, str(path)])
        said = json.loads(done.output)
        if said["refused"] or said["unread"] or said["members"] != 20_008 or not said["records"]:
            raise SystemExit(f"The archive was not read whole: {said}")
        figures[f"{name}_records"] = said["records"]
        figures[f"{name}_seconds"] = round(done.wall, 1)
        figures[f"{name}_peak_mib"] = round(done.peak_mib, 1)
        path.unlink()
    return figures


def main() -> None:
    """Read the arguments, make the archive, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=float, metavar="GIB", help="memory of reading a zip that unpacks to so much")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for tool in ("unzip", "openssl", "taskset"):
        if not arguments.large and not shutil.which(tool):
            raise SystemExit(f"{tool} is part of the yardstick and is not installed here.")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place:
        folder = Path(place)
        if arguments.large:
            figures = measure_large(folder, arguments.large)
        else:
            archive = folder / "mails.zip"
            figures = measure(archive, make_mails(archive, arguments.mails), arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:20} {figure}")


if __name__ == "__main__":
    main()
