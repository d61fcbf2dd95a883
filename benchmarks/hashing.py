"""How long both digests of a big file take, as a ratio to `openssl dgst -sha256` of the same file in the same run.

    python benchmarks/hashing.py [--mib 1024] [--rounds 5] [--json]

Makes its own temporary file. Whole processes are timed (interpreter start included), interleaved A B A B after one warm-up
of each, so that other load hits both alike; the figure is the median of the per-round ratios. Target: at most 0.95 of
openssl's wall time on two cores. Only the CPU ratio is steady enough to hold a build against.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HASH = "import sys; from plainrecord.hashing import hash_file; print(hash_file(sys.argv[1]).sha256)"


@dataclass(frozen=True, slots=True)
class Run:
    """One child process: seconds of wall and CPU time, peak resident memory in KiB, its output."""

    wall: float
    cpu: float
    peak_kib: int
    output: str


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
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    os.close(writing)
    with os.fdopen(reading) as pipe:
        output = pipe.read()
    if status:
        raise SystemExit(f"{command[0]} failed with status {status}.")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output)


def make_file(folder: Path, mib: int) -> Path:
    """A file of that many MiB of incompressible bytes."""
    path = folder / "big.bin"
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Median ratios of ours to openssl's over interleaved rounds; stops when the two disagree about the digest."""
    theirs = ["openssl", "dgst", "-sha256", "-r", str(path)]
    ours = [sys.executable, "-c", HASH, str(path)]
    pairs = [(run(theirs), run(ours)) for _ in range(rounds + 1)][1:]
    for yard, run_ in pairs:
        if yard.output.split()[0] != run_.output.strip():
            raise SystemExit("The digests differ; the timing means nothing.")
    return {
        "openssl_seconds": round(statistics.median(yard.wall for yard, _ in pairs), 3),
        "ours_seconds": round(statistics.median(mine.wall for _, mine in pairs), 3),
        "wall_ratio": round(statistics.median(mine.wall / yard.wall for yard, mine in pairs), 3),
        "cpu_ratio": round(statistics.median(mine.cpu / yard.cpu for yard, mine in pairs), 3),
        "peak_mib": round(max(mine.peak_kib for _, mine in pairs) / 1024, 1),
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not shutil.which("openssl"):
        raise SystemExit("openssl is the yardstick and is not installed here.")
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(make_file(Path(folder), arguments.mib), arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:16} {figure}")


if __name__ == "__main__":
    main()
