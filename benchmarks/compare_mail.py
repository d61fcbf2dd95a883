"""Compare what this program reads of a mailbox with what other parsers read: who, to whom, when, what about, what words.

    python benchmarks/compare_mail.py [MAILBOX] [--peer PYTHON] [--show 5]

The standard library's `email` is one judge. A second, mail-parser, is asked in the interpreter that `--peer` names (an environment
apart from the project's). Prints for each field how many mails agree and the first few that do not; docs/mail-compared.md
explains every kind of difference. Reads only; keeps nothing.
"""

from __future__ import annotations

import argparse
import email
import email.header
import email.policy
import email.utils
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plainrecord.intake import list_source
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.records import Envelope, Loaded
from plainrecord.times import format_utc, to_utc_us

SAMPLE = Path(__file__).resolve().parents[1] / "fixtures" / "email-real" / "list-mail-2002.mbox"
FIELDS = ("from", "to", "date", "subject", "text")
PEER = """
import json, sys, mailparser
for path in sys.argv[1:]:
    try:
        mail = mailparser.parse_from_file(path)
        row = {"from": [a for _, a in mail.from_], "to": [a for _, a in mail.to], "subject": mail.subject,
               "date": mail.date.isoformat() if mail.date else None, "text": "\\n".join(mail.text_plain)}
    except Exception as error:
        row = {"error": f"{type(error).__name__}"}
    print(json.dumps(row))
"""


def main() -> int:
    """Compare, print, and exit with 0 whatever was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mailbox", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--peer", type=Path, help="an interpreter that has mail-parser")
    parser.add_argument("--show", type=int, default=5)
    said = parser.parse_args()
    ours = list(read_ours(said.mailbox))
    judges = {"email": [from_library(one.raw or b"") for one in ours]}
    if said.peer:
        judges["mail-parser"] = list(from_peer(said.peer, [one.raw or b"" for one in ours]))
    for name, theirs in judges.items():
        report(name, [from_ours(one) for one in ours], theirs, said.show)
    return 0


def read_ours(path: Path) -> Iterator[Loaded]:
    """Every mail of a mailbox as this program loads it."""
    reader = Mbox()
    for claim in reader.claim(list_source([path], "S1")):
        wanted = [one.position for one in reader.scan(claim) if isinstance(one, Envelope)]
        yield from reader.load(claim, wanted)


def from_ours(one: Loaded) -> dict[str, Any]:
    """The fields as we have them."""
    envelope = one.envelope
    sent = envelope.time.utc_us if envelope.time.where == "Date" else None
    return {
        "from": [envelope.sender.value.lower()] if envelope.sender and envelope.sender.kind == "address" else [],
        "to": sorted({a.value.lower() for a in envelope.recipients if a.role == "to" and a.kind == "address"}),
        "date": None if sent is None else format_utc(sent),
        "subject": squeezed(one.subject or ""),
        "text": squeezed(one.text or "") if one.text_from == "plain" else None,
    }


def from_library(raw: bytes) -> dict[str, Any]:
    """The fields as the standard library has them, in its old policy, which does not raise."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    named = [
        address.lower() for _, address in email.utils.getaddresses([str(mail.get("From") or "")]) if "@" in address
    ]
    to = email.utils.getaddresses([str(value) for value in mail.get_all("To", [])])
    return {
        "from": named[:1],
        "to": sorted({address.lower() for _, address in to if "@" in address}),
        "date": instant(str(mail.get("Date") or "")),
        "subject": squeezed(words(str(mail.get("Subject") or ""))),
        "text": library_text(mail),
    }


def library_text(mail: Any) -> str | None:
    """The text/plain parts that are not attachments, joined."""
    parts = [
        part
        for part in mail.walk()
        if part.get_content_type() == "text/plain" and not part.get_filename() and not part.is_multipart()
    ]
    if not parts:
        return None
    texts = []
    for part in parts:
        data = part.get_payload(decode=True) or b""
        try:
            texts.append(data.decode(part.get_content_charset() or "utf-8"))
        except (LookupError, UnicodeDecodeError):
            texts.append(data.decode("latin-1"))
    return squeezed("\n".join(texts))


def from_peer(python: Path, mails: list[bytes]) -> Iterator[dict[str, Any]]:
    """The fields as mail-parser has them, asked for a few hundred files at a time."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, raw in enumerate(mails):
            paths.append(str(Path(folder) / f"{number:06d}.eml"))
            Path(paths[-1]).write_bytes(raw)
        for start in range(0, len(paths), 300):
            done = subprocess.run(
                [str(python), "-c", PEER, *paths[start : start + 300]], check=True, capture_output=True
            )
            yield from (peer_row(json.loads(line)) for line in done.stdout.splitlines())


def peer_row(row: dict[str, Any]) -> dict[str, Any]:
    """One answer of mail-parser in the form the others have."""
    if "error" in row:
        return dict.fromkeys(FIELDS, row["error"])
    return {
        "from": [one.lower() for one in row["from"] if "@" in one][:1],
        "to": sorted({one.lower() for one in row["to"] if "@" in one}),
        "date": f"{row['date'][:19]}Z" if row["date"] else None,
        "subject": squeezed(row["subject"] or ""),
        "text": squeezed(row["text"]) or None,
    }


def words(raw: str) -> str:
    """A header value with its encoded words decoded."""
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (LookupError, UnicodeError, ValueError):
        return raw


def instant(raw: str) -> str | None:
    """A date text as UTC, None where the library finds none or no zone."""
    try:
        moment = email.utils.parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError):
        return None
    return format_utc(to_utc_us(moment)) if moment.tzinfo else None


def squeezed(text: str) -> str:
    """A text with its white space folded: where lines break is not what is compared."""
    return re.sub(r"\s+", " ", text).strip()


def report(name: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], show: int) -> None:
    """How often each field agrees, and the first that do not."""
    agree: Counter[str] = Counter()
    differ: dict[str, list[int]] = {field: [] for field in FIELDS}
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        for field in FIELDS:
            if one[field] == other[field] or (field == "text" and None in (one[field], other[field])):
                agree[field] += 1
            else:
                differ[field].append(number)
    print(f"{name}: {len(ours)} mails")
    for field in FIELDS:
        print(f"  {field:8} agree {agree[field]:6}  differ {len(differ[field])}")
        for number in differ[field][:show]:
            mine, its = ours[number][field], theirs[number][field]
            print(f"    #{number}: ours {cut(mine, its)!r} theirs {cut(its, mine)!r}")


def cut(value: Any, other: Any) -> Any:
    """A long text from where it differs."""
    if not (isinstance(value, str) and isinstance(other, str)):
        return value
    at = next((at for at, (a, b) in enumerate(zip(value, other, strict=False)) if a != b), min(len(value), len(other)))
    return value[max(0, at - 30) : at + 60]


if __name__ == "__main__":
    sys.exit(main())
