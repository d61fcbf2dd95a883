"""How long reading a big Telegram export takes, as a ratio to `openssl dgst -sha256` of the same file in the same run.

    python benchmarks/telegram.py [--messages 1100000] [--rounds 3] [--no-peers] [--json]

Makes a `result.json` in a temporary folder, the same bytes every time: one chat of two people, indented as Telegram Desktop
writes it, about 370 bytes a message. Whole processes are timed in turn, round by round, after one warm-up; the figure is the
median of the per-round ratios to openssl. `walk` decodes every element and knows its byte range, with both hashes; `scan`
is everything `Parser.scan` gives: an envelope for each message (P11 of the speed targets). Beside them stand ijson (its C
backend, where it can be imported) and the standard library's `json.load`, each with a SHA-256 of the file.

First comes the gate: every message must be found and the bytes read must be the bytes openssl hashed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from chat import WORDS, Run, run

START = """
import json, sys
from pathlib import Path
from plainrecord.intake import list_source
from plainrecord.parsers.chat.telegram import Telegram
from plainrecord.parsers.jsonstream import walk
parser = Telegram()
[claim] = parser.claim(list_source([Path(sys.argv[1])], "S1"))
found = 0
"""
END = """
[digests] = claim.readings.values()
print(json.dumps({"messages": found, "sha256": digests.sha256}))
"""
WALK = """
with claim.open(claim.members[0]) as stream:
    for one in walk(stream, ("/messages/*",)):
        found += 1
"""
SCAN = """
for record in parser.scan(claim):
    found += hasattr(record, "time")
"""
HASHED = """
with open(sys.argv[1], "rb") as file:
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
print(json.dumps({"messages": found, "sha256": sha256}))
"""
LOAD = 'import hashlib, json, sys\nfound = len(json.load(open(sys.argv[1], encoding="utf-8"))["messages"])' + HASHED
IJSON = (
    "import hashlib, json, sys, ijson\n"
    'with open(sys.argv[1], "rb") as file:\n    found = sum(1 for _ in ijson.items(file, "messages.item"))' + HASHED
)


def make_export(path: Path, messages: int) -> None:
    """Write the export: the same bytes for the same number."""
    dice, moment = random.Random(11), 1_577_836_800
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{\n "name": "Alex Mere",\n "type": "personal_chat",\n "id": 11,\n "messages": [\n')
        for number in range(1, messages + 1):
            moment += dice.randint(5, 300)
            one = json.dumps(_message(dice, number, moment), indent=1, ensure_ascii=False).replace("\n", "\n  ")
            out.write(f"  {one}{',' if number < messages else ''}\n")
        out.write(" ]\n}\n")


def _message(dice: random.Random, number: int, moment: int) -> dict[str, object]:
    who = ("Alex Mere", "user11") if dice.random() < 0.45 else ("Sam Field", "user22")
    text = " ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 24)))
    return {
        "id": number,
        "type": "message",
        "date": "2020-01-01T00:00:00",
        "date_unixtime": str(moment),
        "from": who[0],
        "from_id": who[1],
        "text": text,
        "text_entities": [{"type": "plain", "text": text}],
        **({"reply_to_message_id": number - 1} if number % 9 == 0 else {}),
        **({"edited": "2020-01-01T00:01:00", "edited_unixtime": str(moment + 60)} if number % 30 == 0 else {}),
    }


def contestants(export: Path, *, peers: bool) -> dict[str, list[str]]:
    """Name → command."""
    at = str(export)
    found = {"openssl": ["openssl", "dgst", "-sha256", at]}
    scripts = {"walk": START + WALK + END, "scan": START + SCAN + END}
    if peers:
        scripts |= {"ijson": IJSON} if find_spec("ijson") else {}
        scripts |= {"json.load": LOAD}
    return found | {name: [sys.executable, "-c", script, at] for name, script in scripts.items()}


def measure(folder: Path, messages: int, rounds: int, *, peers: bool) -> dict[str, dict[str, float]]:
    """Median wall and CPU seconds, ratio to openssl and peak memory of each contestant."""
    export = folder / "result.json"
    make_export(export, messages)
    commands = contestants(export, peers=peers)
    taken = [{name: run(command) for name, command in commands.items()} for _ in range(rounds + 1)]
    sha256 = taken[0]["openssl"].output.rpartition(" ")[2].strip()
    for name in list(commands)[1:]:
        if json.loads(taken[0][name].output) != {"messages": messages, "sha256": sha256}:
            raise SystemExit(f"{name} does not account for the export: {taken[0][name].output}")
    return {name: _figures(taken[1:], name) | {"mb": export.stat().st_size / 1e6} for name in commands}


def _figures(rounds: list[dict[str, Run]], name: str) -> dict[str, float]:
    return {
        "seconds": statistics.median(one[name].wall for one in rounds),
        "cpu_seconds": statistics.median(one[name].cpu for one in rounds),
        "ratio": statistics.median(one[name].wall / one["openssl"].wall for one in rounds),
        "anonymous_mib": max(one[name].anonymous_mib for one in rounds),
    }


def main() -> int:
    """Make the export, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1_100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="leave the others' programs out")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plainrecord-bench-"))
    try:
        figures = measure(folder, said.messages, said.rounds, peers=not said.no_peers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if said.json:
        print(json.dumps(figures, indent=2))
        return 0
    print(f"{figures['openssl']['mb']:.0f} MB, {said.messages:,} messages; whole processes, medians of {said.rounds}")
    for name, row in figures.items():
        print(
            f"{name:10} {row['seconds']:7.2f} s {row['cpu_seconds']:7.2f} s CPU {row['ratio']:6.1f} x openssl"
            f" {row['anonymous_mib']:6.0f} MiB anonymous"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
