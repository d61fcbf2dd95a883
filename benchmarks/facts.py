"""How long counting all facts of a million events takes, and how much memory.

    python benchmarks/facts.py [--events 1000000] [--rounds 3] [--json]

Makes the items of a bundle in a temporary folder, the same bytes every time: five channels, eight kinds, forty conversations,
ten years, one message in thirty twice in two exports, one in fifty without a time, whole minutes in one of three exports.
Whole processes are timed: `facts` is all of `plainrecord facts BUNDLE -j 2` from the items to the printed words, `count` the
counting alone, from events that were read before. The figure is the median; peak memory is that of the largest single process,
`anonymous` that of all of them together without the pages of files.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from chat import Run, run
from plainrecord.cluster import worker_pool

FACTS = "from plainrecord.cli import main; main()"
COUNT = """
import json, sys, time
from pathlib import Path
from plainrecord.bundle.fact_lines import table_of
from plainrecord.counting import opened_bundle
from plainrecord.facts import facts
with opened_bundle(Path(sys.argv[1])) as bag:
    events = table_of(bag)
begun = time.perf_counter()
facts(events, "Europe/London", [(1_000_000_000_000_000, 2_000_000_000_000_000)])
print(json.dumps(time.perf_counter() - begun))
"""
CHANNELS = ("whatsapp", "sms", "email", "instagram", "facebook")
KINDS = ("message",) * 12 + ("call", "call", "reaction", "comment", "email", "file", "follow", "system")
WORDS = (
    "the a of and to in it is was for on you that with as at this be by not from are but have an they or one".split()
)


def lines(events: int, seed: int = 7) -> list[str]:
    """Lines as in `data/items/messages.jsonl`: in order of time, undated ones last."""
    dice = random.Random(seed)
    moment, rows = datetime(2014, 1, 5, 8, tzinfo=UTC), []
    while len(rows) < events:
        moment += timedelta(seconds=dice.choice((5, 40, 200, 700)) * dice.randint(0, 2))
        row = _row(dice, moment)
        rows.append(row)
        if dice.random() < 1 / 30:
            rows.append(row | {"source": "S03"})
    rows = rows[:events]
    dated = [row for row in rows if row["time"]["ts_utc"]]
    dated.sort(key=lambda row: row["time"]["ts_utc"])
    undated = [row for row in rows if not row["time"]["ts_utc"]]
    return [
        json.dumps({"item": f"M-{number:06d}"} | row, separators=(",", ":"))
        for number, row in enumerate([*dated, *undated], 1)
    ]


def _row(dice: random.Random, moment: datetime) -> dict[str, object]:
    talk = dice.randrange(40)
    channel, kind = CHANNELS[talk % 5], dice.choice(KINDS)
    part = dice.choice(
        ("subject", "subject", "subject", "owner", "context") if talk > 30 else ("subject", "subject", "owner")
    )
    direction = {"subject": dice.choice(("subject_to_owner",) * 9 + ("subject_to_other",)), "owner": "owner_to_subject",
                 "context": "other"}[part]  # fmt: skip
    minutes = channel == "whatsapp"
    when = moment.replace(second=0) if minutes else moment
    text = " ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 24)))
    utc = None if dice.random() < 0.02 else f"{when:%Y-%m-%dT%H:%M:%SZ}"
    account = {"subject": talk % 3, "owner": 50, "context": dice.randrange(100, 104)}[part]
    sender = {"service": channel, "kind": "number", "value": f"+447700900{account:03d}", "name": None, "role": None}
    marks = dice.choice((("edited",), ("missed",), ("deleted",))) if dice.random() < 0.02 else ()
    about = {"about-utc": "2012-05-06T07:08:09Z"} if kind == "comment" else {}
    return {
        "part": part, "matched": "from:exact", "conversation_number": f"V-{talk:04d}", "gap_before": 0, "native": None,
        "copies": [],
        "schema_version": "1.0", "id": f"r-{dice.getrandbits(128):026x}"[:28], "source": dice.choice(("S01", "S02")), "kind": kind,
        "evidence_kind": "derived", "service": channel,
        "time": {"ts_raw": f"{when:%d/%m/%Y, %H:%M}", "where": "line", "ts_utc": utc, "ts_offset": None,
                 "tz_basis": "device_local_assumed", "tz_name": "Europe/London", "precision": "min" if minutes else "s",
                 "dst_flag": "none", "meaning": "sent", "local": f"{when:%Y-%m-%dT%H:%M:%S}"},
        "dates": [], "conversation": {"id": f"c-{talk}", "title": None, "is_group": talk > 37, "rule": "stated",
                                      "participant_count": 2, "participants": [sender]},
        "sender": sender, "recipients": [], "also": [], "direction": direction, "subject": None, "text": text,
        "text_from": "plain", "html": None, "attachments": [], "marks": list(marks), "status": {}, "facts": about, "parent": None,
        "position": {"original_sha256": "7e" * 32, "original": "chat.txt", "member": "", "locator": f"lines:{talk}-{talk}"},
        "raw_sha256": "7e" * 32, "raw_bytes": 99, "notes": [],
    }  # fmt: skip


def make_bundle(folder: Path, events: int) -> Path:
    """The three files that counting reads."""
    made = lines(events)
    (folder / "data/items").mkdir(parents=True)
    (folder / "meta").mkdir()
    (folder / "data/items/messages.jsonl").write_text("\n".join(made) + "\n", "utf-8", newline="\n")
    (folder / "meta/bundle.json").write_text(json.dumps({"bundle_id": "pr-bench", "timezone": "Europe/London"}))
    row = {
        "source": "S01",
        "title": "Invented",
        "first_utc": "2014-01-01T00:00:00Z",
        "last_utc": "2030-01-01T00:00:00Z",
    }
    (folder / "meta/coverage.json").write_text(json.dumps({"rows": [row | {"undated": 0}]}))
    return folder


def main() -> int:
    """Make the items, then time whole processes in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plainrecord-bench-"))
    try:
        # By another process: what is started by this one is taken to have had its memory too.
        with worker_pool(1) as other:
            bundle = other.submit(make_bundle, folder / "pr-bench", said.events).result()
        found = [run([sys.executable, "-c", FACTS, "facts", str(bundle), "-j", "2"]) for _ in range(said.rounds)]
        alone = [run([sys.executable, "-c", COUNT, str(bundle)]) for _ in range(said.rounds)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {"facts": _figures(found, [one.wall for one in found])}
    figures["count"] = _figures(alone, [json.loads(one.output) for one in alone])
    print(json.dumps(figures, indent=2) if said.json else _table(said.events, figures))
    return 0


def _figures(runs: list[Run], seconds: list[float]) -> dict[str, float]:
    return {
        "seconds": statistics.median(seconds),
        "cpu_seconds": statistics.median(one.cpu for one in runs),
        "peak_mib": max(one.peak_mib for one in runs),
        "anonymous_mib": max(one.anonymous_mib for one in runs),
    }


def _table(events: int, figures: dict[str, dict[str, float]]) -> str:
    rows = [f"{events:,} events; medians of whole processes (count: of the counting in it)"]
    rows += [
        f"{name:6} {row['seconds']:7.2f} s {row['cpu_seconds']:7.2f} s CPU of the process"
        f" {row['peak_mib']:6.0f} MiB, {row['anonymous_mib']:6.0f} MiB anonymous"
        for name, row in figures.items()
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    raise SystemExit(main())
