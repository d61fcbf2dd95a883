"""Compare what this program reads of mail with what other programs read: who, to whom, when, what about, what words, what files.

    python benchmarks/compare_mail.py MAIL… [--node FOLDER] [--show 5] [--details FILE]

MAIL are mailboxes, single mails or folders of them. The standard library's `email` is one judge. A second, nodemailer's
mailparser, is asked in Node.js; `--node` names a folder where it is installed. Prints for each field how many mails agree
and the first few that do not (`--details` writes all); docs/mail-compared.md explains every kind of difference. Reads only.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from judges.mail import FIELDS, Row, from_library, from_mailparser, squeezed

from plainrecord.intake import list_source
from plainrecord.parsers.email.eml import Eml
from plainrecord.parsers.email.emlx import AppleMail
from plainrecord.parsers.email.maildir import Maildir
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.records import Envelope, Loaded
from plainrecord.times import format_utc

SAMPLE = Path(__file__).resolve().parents[1] / "fixtures" / "email-real" / "list-mail-2002.mbox"
_AT_A_TIME = 400


def main() -> int:
    """Compare, print, and exit with 0 whatever was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mail", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument("--node", type=Path, help="a folder with mailparser in its node_modules")
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--details", type=Path, help="write every difference there, as JSON lines")
    said = parser.parse_args()
    tallies = {"email": Tally(said.show)} | ({"mailparser": Tally(said.show)} if said.node else {})
    mails = (one for path in said.mail for one in read_ours(path))
    while some := list(islice(mails, _AT_A_TIME)):
        ours, raws = [from_ours(one) for one in some], [one.raw or b"" for one in some]
        names = [str(one.envelope.position) for one in some]
        tallies["email"].add(names, ours, [from_library(raw) for raw in raws])
        if said.node:
            tallies["mailparser"].add(names, ours, list(from_mailparser(said.node, raws)))
    for name, tally in tallies.items():
        tally.print(name)
    if said.details:
        rows = (json.dumps({"judge": name, **row}) for name, tally in tallies.items() for row in tally.differ)
        said.details.write_text("\n".join(rows), encoding="utf-8")
    return 0


def read_ours(path: Path) -> Iterator[Loaded]:
    """Every mail as this program loads it."""
    listing = list_source([path], "S1")
    taken: set[str] = set()
    for reader in (AppleMail(), Maildir(), Mbox(), Eml()):
        for claim in reader.claim(listing):
            if not taken.isdisjoint(member.tree_path for member in claim.members):
                continue
            taken |= {member.tree_path for member in claim.members}
            wanted = [one.position for one in reader.scan(claim) if isinstance(one, Envelope)]
            yield from reader.load(claim, wanted)


def from_ours(one: Loaded) -> Row:
    """The fields as we have them; files that stand inside a text or a container are no part of a mail for the others."""
    envelope = one.envelope
    authors = [envelope.sender, *(a for a in envelope.also if a.role == "from")]
    sent = next((date.utc_us for date in one.dates if date.where == "Date"), None)
    files = [
        (file, blob)
        for file, blob in zip(one.attachments, one.blobs, strict=True)
        if not (file.claimed_type or "").startswith("message/") and "/" not in (file.locator or "")
    ]
    return {
        "from": [a.value.lower() for a in authors if a is not None and a.kind == "address"],
        "to": sorted({a.value.lower() for a in envelope.recipients if a.role == "to" and a.kind == "address"}),
        "cc": sorted({a.value.lower() for a in envelope.recipients if a.role == "cc" and a.kind == "address"}),
        "date": None if sent is None else format_utc(sent),
        "subject": squeezed(one.subject or ""),
        "text": squeezed(one.text or "") if one.text_from == "plain" else None,
        "page": None if one.html is None else squeezed(one.html),
        "names": sorted(squeezed(file.name or "") for file, _ in files),
        "files": sorted(file.sha256 or "" for file, _ in files),
    }


class Tally:
    """How often each field agrees with one judge, and every place where it does not."""

    def __init__(self, show: int) -> None:
        self._show = show
        self._mails = 0
        self._agree: Counter[str] = Counter()
        self.differ: list[dict[str, Any]] = []

    def add(self, names: list[str], ours: list[Row], theirs: list[Row]) -> None:
        """Hold some mails against the same mails of a judge."""
        for name, one, other in zip(names, ours, theirs, strict=True):
            self._mails += 1
            for field in FIELDS:
                if (one[field] or None) == (other[field] or None):
                    self._agree[field] += 1
                else:
                    self.differ.append({"field": field, "mail": name, "ours": one[field], "theirs": other[field]})

    def print(self, name: str) -> None:
        """The counts, and the first differences of each field."""
        print(f"{name}: {self._mails} mails")
        for field in FIELDS:
            rows = [row for row in self.differ if row["field"] == field]
            print(f"  {field:8} agree {self._agree[field]:6}  differ {len(rows)}")
            for row in rows[: self._show]:
                mine, its = row["ours"], row["theirs"]
                print(f"    {row['mail']}: ours {cut(mine, its)!r} theirs {cut(its, mine)!r}")


def cut(value: Any, other: Any) -> Any:
    """A long text from where it differs."""
    if not (isinstance(value, str) and isinstance(other, str)):
        return value
    at = next((at for at, (a, b) in enumerate(zip(value, other, strict=False)) if a != b), min(len(value), len(other)))
    return value[max(0, at - 30) : at + 60]


if __name__ == "__main__":
    sys.exit(main())
