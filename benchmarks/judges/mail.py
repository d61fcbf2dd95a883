"""Two programs that read mail and share no code with this one, each giving the fields of a mail in the form `compare_mail.py` compares.

`from_library` asks the standard library's `email` (policy default; compat32 where that raises). `from_mailparser` asks
nodemailer's mailparser in Node.js, in a folder of its own. Neither is corrected: where one is wrong, that is a line in
docs/mail-compared.md.
"""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC
from email.message import Message
from pathlib import Path
from typing import Any

from plainrecord.times import format_utc, to_utc_us

Row = dict[str, Any]
FIELDS = ("from", "to", "cc", "date", "subject", "text", "page", "names", "files")
_AT_A_TIME = 400
# Reads paths from standard input, one a line, and answers each with one line of JSON.
_NODE = """
const {createRequire} = require("module"), {createHash} = require("crypto"), fs = require("fs");
const {simpleParser} = createRequire(process.argv[1] + "/")("mailparser");
const said = {skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true};
const people = (list) => [].concat(list || []).flatMap((one) => one.value).flatMap((one) => one.group || [one])
  .map((one) => one.address);
const file = (one) => ({name: one.filename || "", type: one.contentType || "",
  sha256: createHash("sha256").update(one.content || "").digest("hex")});
(async () => {
  for (const path of fs.readFileSync(0, "utf8").split("\\n").filter(Boolean)) {
    let row;
    try {
      const mail = await simpleParser(fs.readFileSync(path), said);
      row = {from: people(mail.from), to: people(mail.to), cc: people(mail.cc), date: mail.date || null,
        subject: mail.subject || "", text: mail.text || null, page: mail.html || null, files: mail.attachments.map(file)};
    } catch (error) {
      row = {error: String(error)};
    }
    console.log(JSON.stringify(row));
  }
})();
"""


def from_library(raw: bytes) -> Row:
    """The fields as the standard library has them."""
    try:
        return _library(email.message_from_bytes(raw, policy=email.policy.default), modern=True)
    except (AttributeError, IndexError, KeyError, LookupError, TypeError, UnicodeError, ValueError, RecursionError):
        return _library(email.message_from_bytes(raw, policy=email.policy.compat32), modern=False)


def _library(mail: Message, *, modern: bool) -> Row:
    leaves = [part for part in _own_parts(mail) if not part.is_multipart()]
    bodies = [part for part in leaves if _is_body(part)]
    files = [part for part in leaves if not _is_body(part) and not part.get_content_type().startswith("message/")]
    return {
        "from": _people(mail, "from", modern),
        "to": sorted(set(_people(mail, "to", modern))),
        "cc": sorted(set(_people(mail, "cc", modern))),
        "date": _instant(str(mail.get("date") or "")),
        "subject": squeezed(str(mail.get("subject") or "") if modern else _words(str(mail.get("subject") or ""))),
        "text": _joined(part for part in bodies if part.get_content_type() == "text/plain"),
        "page": _joined(part for part in bodies if part.get_content_type() == "text/html"),
        "names": sorted(squeezed(part.get_filename() or "") for part in files),
        "files": sorted(hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest() for part in files),
    }


def _own_parts(mail: Message) -> Iterator[Message]:
    """A mail's parts without those of the mails inside it."""
    yield mail
    inner = mail.get_payload() if mail.get_content_maintype() == "multipart" and mail.is_multipart() else []
    for part in inner:
        yield from _own_parts(part)


def _is_body(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        return False
    plain_text = part.get_content_type() in ("text/plain", "text/html")
    return plain_text and not part.get_filename() and part.get_content_disposition() != "attachment"


def _people(mail: Message, name: str, modern: bool) -> list[str]:
    values = mail.get_all(name, [])
    if modern:
        found = [one.addr_spec for value in values for one in value.addresses]
    else:
        found = [address for _, address in email.utils.getaddresses([str(value) for value in values])]
    return [address.lower() for address in found if "@" in address]


def _joined(parts: Iterable[Message]) -> str | None:
    texts = []
    for part in parts:
        data = part.get_payload(decode=True) or b""
        try:
            texts.append(data.decode(part.get_content_charset() or "utf-8"))
        except (LookupError, ValueError):
            texts.append(data.decode("latin-1"))
    return squeezed("\n".join(texts)) if texts else None


def _words(raw: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (LookupError, ValueError):
        return raw


def _instant(raw: str) -> str | None:
    """A date text as UTC, None where the library finds none or no zone."""
    try:
        moment = email.utils.parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        # The library's way of saying "-0000"; of a date without a zone it says the same.
        if "-0000" not in raw:
            return None
        moment = moment.replace(tzinfo=UTC)
    return format_utc(to_utc_us(moment))


def from_mailparser(folder: Path, mails: list[bytes]) -> Iterator[Row]:
    """The fields as mailparser has them, installed in `folder`; a few hundred mails at a time."""
    for start in range(0, len(mails), _AT_A_TIME):
        with tempfile.TemporaryDirectory() as place:
            paths = []
            for number, raw in enumerate(mails[start : start + _AT_A_TIME]):
                paths.append(str(Path(place) / f"{number:06d}.eml"))
                Path(paths[-1]).write_bytes(raw)
            done = subprocess.run(
                ["node", "-e", _NODE, str(folder)], check=True, capture_output=True, input="\n".join(paths).encode()
            )
        yield from (_mailparser_row(json.loads(line)) for line in done.stdout.splitlines())


def _mailparser_row(row: dict[str, Any]) -> Row:
    if "error" in row:
        return dict.fromkeys(FIELDS, row["error"])
    people = {name: [one.lower() for one in row[name] if one and "@" in one] for name in ("from", "to", "cc")}
    files = [one for one in row["files"] if not one["type"].startswith("message/")]
    return {
        "from": people["from"],
        "to": sorted(set(people["to"])),
        "cc": sorted(set(people["cc"])),
        "date": f"{row['date'][:19]}Z" if row["date"] else None,
        "subject": squeezed(row["subject"]),
        "text": None if row["text"] is None else squeezed(row["text"]),
        "page": None if row["page"] is None else squeezed(row["page"]),
        "names": sorted(squeezed(one["name"]) for one in files),
        "files": sorted(one["sha256"] for one in files),
    }


def squeezed(text: str) -> str:
    """A text with its white space folded: where lines break is not what is compared."""
    return re.sub(r"\s+", " ", text).strip()
