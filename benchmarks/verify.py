"""How long `verify` takes, as a ratio to one plain pass of SHA-256 over the same files and to the `bagit` package.

    python benchmarks/verify.py [--small 20000] [--large 3] [--rounds 5]

Makes a bag of small (20 KB) and large (200 MB) files in a temporary folder, then runs whole processes in turn, round by
round (A B C A B C), so that a busy machine slows all alike. Every run must find the bag sound, and a changed copy of one
file unsound, or there is no figure. Prints the median over rounds of each ratio.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SMALL = 20 << 10
LARGE = 200 << 20
ROOT = Path(__file__).resolve().parents[1]

ONE_PASS = """
import hashlib, os, sys
buffer = memoryview(bytearray(1 << 20))
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        digest = hashlib.sha256()
        with open(os.path.join(folder, name), "rb", buffering=0) as file:
            while got := file.readinto(buffer):
                digest.update(buffer[:got])
        digest.hexdigest()
"""
VERIFY = """
import pathlib, sys
from plainrecord.bundle.verify import verify
sys.exit(0 if verify(pathlib.Path(sys.argv[1]), workers=int(sys.argv[2])).ok else 4)
"""
START = """
import plainrecord.bundle.verify
"""
BAGIT = """
import bagit, logging, sys
logging.disable(logging.CRITICAL)
sys.exit(0 if bagit.Bag(sys.argv[1]).is_valid() else 4)
"""
RUNS = {
    "one plain pass of SHA-256": (ONE_PASS, []),
    "verify, 1 worker": (VERIFY, ["1"]),
    "verify, 2 workers": (VERIFY, ["2"]),
    "bagit, 1 process": (BAGIT, []),
    "starting verify, no bag": (START, []),
}


def main() -> None:
    """Make the bag, check that all judges agree, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=20_000, help="number of 20 KB files")
    parser.add_argument("--large", type=int, default=3, help="number of 200 MB files")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        bag = make_bag(Path(temporary) / "bag", options.small, options.large)
        check_truth(bag)
        report(measure(bag, options.rounds))


def make_bag(bag: Path, small: int, large: int) -> Path:
    """A BagIt 1.0 bag of that many files of bytes that do not repeat; every hundredth file begins a new folder."""
    lines = []
    sizes = [SMALL] * small + [LARGE] * large
    block = os.urandom(1 << 20)
    for number, size in enumerate(sizes):
        name = f"data/{number // 100:05d}/{number:07d}.bin"
        target = bag / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("wb") as file:
            for start in range(0, size, len(block)):
                part = number.to_bytes(8, "big") + block[: min(len(block), size - start) - 8]
                file.write(part)
                digest.update(part)
        lines.append(f"{digest.hexdigest()}  {name}\n")
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "bag-info.txt").write_text(f"Payload-Oxum: {sum(sizes)}.{len(sizes)}\n")
    (bag / "manifest-sha256.txt").write_text("".join(lines))
    return bag


def check_truth(bag: Path) -> None:
    """Every judge must notice one changed byte, and none may complain without it; else no figure means anything."""
    chosen = next(bag.glob("data/*/*.bin"))
    whole = chosen.read_bytes()
    judges = {name: run for name, run in RUNS.items() if name.startswith(("verify", "bagit"))}
    chosen.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    unsound = {name: once(bag, *run).code for name, run in judges.items()}
    chosen.write_bytes(whole)
    sound = {name: once(bag, *run).code for name, run in judges.items()}
    if set(unsound.values()) != {4} or set(sound.values()) != {0}:
        sys.exit(f"The judges are wrong, so there are no figures: {unsound} {sound}")


@dataclass(frozen=True)
class Took:
    """What one process took: wall and processor seconds (the steadier of the two on a busy machine)."""

    code: int
    wall: float
    cpu: float


def measure(bag: Path, rounds: int) -> dict[str, list[Took]]:
    """Every run in every round, in turn."""
    times: dict[str, list[Took]] = {name: [] for name in RUNS}
    for _ in range(rounds):
        for name, run in RUNS.items():
            times[name].append(once(bag, *run))
    return times


def once(bag: Path, program: str, arguments: list[str]) -> Took:
    """Run one whole process."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run([sys.executable, "-c", program, str(bag), *arguments], cwd=ROOT, check=False)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Took(done.returncode, time.perf_counter() - start, cpu)


def report(times: dict[str, list[Took]]) -> None:
    """Print medians of the per-round ratios."""
    base, reference = times["one plain pass of SHA-256"], times["bagit, 1 process"]
    print(f"{'':28}{'seconds':>9}{'x plain pass':>14}{'x its cpu':>11}{'bagit takes':>13}")
    for name, runs in times.items():
        wall = statistics.median(one.wall for one in runs)
        ratio = statistics.median(one.wall / plain.wall for one, plain in zip(runs, base, strict=True))
        cpu = statistics.median(one.cpu / max(plain.cpu, 0.001) for one, plain in zip(runs, base, strict=True))
        faster = statistics.median(other.wall / one.wall for one, other in zip(runs, reference, strict=True))
        print(f"{name:28}{wall:9.2f}{ratio:14.2f}{cpu:11.2f}{faster:11.1f} x")


if __name__ == "__main__":
    main()
