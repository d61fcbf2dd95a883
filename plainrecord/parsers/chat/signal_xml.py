"""Plaintext XML of text messages: root `<smses>`, from old Signal and Silence, signal-back, SMS Backup & Restore.

Reads: `<sms>` and `<mms>` with times in milliseconds, type, number, contact name, several text parts, files inside.
Cannot read: whether old Signal sent a message over the network or as SMS; single messages over 16 MiB; encrypted zips.
Source of knowledge: the format reference (section 3.5, and the SMS backup section of the telephone reference).
Tier: `public schema`. Fixture: fixtures/chat-signal-xml.

A record is one element, found by its tag in the bytes, so that one damaged message costs no other. Emoji written as
pairs of surrogate references, which are no XML, are joined on a copy; the position and hash are of the bytes as found.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import LONGEST_RECORD, Line
from plainrecord.parsers.chat.pieces import (
    BOM,
    TIME_MISSING,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    from_ms,
    no_time,
)
from plainrecord.records import Account, Conversation
from plainrecord.times import Meaning, TimeBlock

SERVICE = "sms"
OWNER = Account(SERVICE, "id", "self")
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.{0,200}?\?>\s*)?(?:<\?xml-stylesheet.{0,300}?\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<smses[\s>]",
    re.DOTALL,
)
_OPENS = re.compile(rb"<(?:sms|mms)[\s/>]|</smses")
_PAIR = re.compile(
    rb"&#(5[5-6]\d{3});&#(5[6-7]\d{3});|&#x([dD][89abAB][0-9a-fA-F]{2});&#x([dD][c-fC-F][0-9a-fA-F]{2});"
)
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|(\d{1,9}));")
_BARE = re.compile(rb"&(?!#\d{1,9};|#x[0-9a-fA-F]{1,8};|[A-Za-z]{2,8};)")
_DIRECTIONS = {"1": "in", "2": "out", "3": "out", "4": "out", "5": "out", "6": "out"}
_MARKS = {"3": "draft", "4": "outbox", "5": "failed", "6": "queued"}
_FROM, _MINE = "137", "insert-address-token"
# Times below this many milliseconds would lie in January 1970 and the years behind it: they are seconds.
_SECONDS_BELOW = 100_000_000_000
_OVERLAP = 8


class SmsXml(PieceReader[None]):
    """`<smses>` files."""

    name = "sms-xml"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="plaintext XML of text messages (old Signal and Silence, SMS Backup & Restore)",
        tier="public schema",
        holds="Text messages and MMS with numbers, contact names, times, drafts and failed ones as such, files inside.",
        cannot_hold="Deleted messages; whether old Signal used the network or SMS; calls (a file of their own).",
        fixture="chat-signal-xml",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Files whose root element is `smses`."""
        for member in listing.members:
            if _ROOT.match(member.head[:8192]):
                yield folder_claim(self.name, member.name, [member], [], listing)

    def context(self, claim: Claim, member: Member) -> None:
        """Nothing: each element says all about itself."""

    def lines(self, stream: Stream) -> Iterator[Line]:
        """The file cut in front of each message's tag, wherever line ends are."""
        held, start, number = b"", 0, 1
        while block := stream.read(1 << 20):
            seam = max(0, len(held) - _OVERLAP)
            held += block
            done = 0
            for found in _OPENS.finditer(held, max(seam, 1)):
                yield Line(start + done, held[done : found.start()], number)
                done, number = found.start(), number + 1
            held, start = held[done:], start + done
            if len(held) > LONGEST_RECORD:
                yield Line(start, held, number, begins=bool(_OPENS.match(held)))
                held, start, number = b"", start + len(held), number + 1
        if held:
            yield Line(start, held, number, begins=bool(_OPENS.match(held)) or start == 0)

    def starts(self, context: None) -> Test:
        """A message's tag, or the end of the root."""
        return lambda line, _following: True if _OPENS.match(line.raw) else None

    def explained(self, raw: bytes) -> bool:
        """The declaration and the root's tag."""
        return bool(_ROOT.match(raw)) or not raw.removeprefix(BOM).strip()

    def read(self, context: None, raw: bytes) -> list[Message] | Problem:
        """The message of one element."""
        if raw.startswith(b"</smses"):
            return []
        if len(raw) > LONGEST_RECORD:
            return Problem("too-long", "One message is longer than 16 MiB; it was not read.")
        clean, notes = repaired(raw)
        element = _element(clean)
        if element is None or element.get("date") is None:
            return Problem("bad-xml", "A message whose XML is damaged or cut off.")
        message = _mms(element) if element.tag == "mms" else _sms(element)
        message.notes += notes
        return [message]


def repaired(raw: bytes) -> tuple[bytes, list[str]]:
    """The element with surrogate pairs joined and impossible references replaced by U+FFFD, and notes on both."""
    notes: list[str] = []

    def joined(found: re.Match[bytes]) -> bytes:
        high, low = (int(found[1]), int(found[2])) if found[1] else (int(found[3], 16), int(found[4], 16))
        if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
            return found[0]
        return f"&#{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)};".encode()

    def possible(found: re.Match[bytes]) -> bytes:
        code = int(found[1], 16) if found[1] else int(found[2])
        if code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
            return found[0]
        notes.append("impossible-characters-replaced")
        return b"&#65533;"

    paired = _PAIR.sub(joined, raw) if b"&#" in raw else raw
    if paired != raw:
        notes.append("surrogate-pairs-joined")
    clean = _REFERENCE.sub(possible, paired) if b"&#" in paired else paired
    if b"&" in clean:
        clean, bare = _BARE.subn(b"&amp;", clean)
        notes += ["bare-ampersand"] if bare else []
    return clean, list(dict.fromkeys(notes))


def _element(raw: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, encoding="utf-8")
    try:
        # What follows the element is white space, or a comment: the next tag starts a piece of its own.
        end = raw.rfind(b">") + 1
        return etree.fromstring(raw[:end], parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def said(element: etree._Element, name: str) -> str | None:
    """An attribute's text; None where it is missing, empty or the word these files write for nothing."""
    value = element.get(name)
    return None if value in (None, "", "null") else str(value)


def _when(element: etree._Element, name: str, meaning: Meaning) -> TimeBlock | None:
    raw = said(element, name) or ""
    digits = raw.isascii() and raw.isdigit() and len(raw) < 18
    value = int(raw) if digits else 0
    block = from_ms(value * 1000 if value < _SECONDS_BELOW else value, name, meaning) if value > 0 else None
    return replace(block, ts_raw=raw, precision="s" if value < _SECONDS_BELOW else "ms") if block else None


def _message(element: etree._Element, direction: str, address: str | None) -> Message:
    name = said(element, "contact_name")
    name = None if name == "(Unknown)" else name
    numbers = [part for part in (address or "").split("~") if part]
    others = tuple(_account(number, name if len(numbers) == 1 else None) for number in numbers)
    key = "~".join(sorted(numbers)) or "unknown"
    place = Conversation(f"address:{key}", name or address, is_group=len(numbers) > 1)
    meaning: Meaning = "sent" if direction == "out" else "received"
    when = _when(element, "date", meaning)
    message = Message("message", when or no_time(element.get("date"), "date"), None, place, owner=OWNER)
    message.notes += [] if when else [TIME_MISSING]
    if direction == "out":
        message.sender, message.recipients = OWNER, others
    else:
        message.sender, message.recipients = others[0] if len(others) == 1 else None, (OWNER,)
    if sent := _when(element, "date_sent", "sent"):
        message.dates.append(sent)
    for status in ("read", "status"):
        if value := said(element, status):
            message.status[status] = value
    return message


def _account(number: str, name: str | None) -> Account:
    written = re.fullmatch(r"\+?[\d ().-]{3,25}", number)
    if not written and "@" in number:
        return Account(SERVICE, "address", number, name)
    return Account(SERVICE, "number" if written else "name", number, name)


def _sms(element: etree._Element) -> Message:
    kind = element.get("type") or ""
    message = _message(element, _DIRECTIONS.get(kind, "in"), said(element, "address"))
    message.text = None if element.get("body") in (None, "null") else str(element.get("body"))
    message.subject = said(element, "subject")
    message.marks += [_MARKS[kind]] if kind in _MARKS else []
    if kind not in _DIRECTIONS:
        message.notes.append("type-unknown")
    return message


def _mms(element: etree._Element) -> Message:
    box = element.get("msg_box") or ""
    message = _message(element, _DIRECTIONS.get(box, "in"), said(element, "address"))
    message.marks += [_MARKS[box]] if box in _MARKS else []
    message.subject = said(element, "sub")
    message.facts["transport"] = "RCS" if (said(element, "tr_id") or "").startswith("proto:") else "MMS"
    if element.get("m_type") == "130":
        message.marks.append("not-downloaded")
    if box not in ("2", "3", "4", "5", "6"):
        stated = [one.get("address") for one in element.iter("addr") if one.get("type") == _FROM]
        author = next((one for one in stated if one and one != _MINE), None)
        known = message.sender
        if author and not (known and known.value == author):
            message.sender = _account(author, None)
    texts = []
    for part in element.iter("part"):
        kind = said(part, "ct") or ""
        if kind == "application/smil":
            continue
        if kind.startswith("text/plain") and (text := said(part, "text")):
            texts.append(text)
        else:
            message.files.append(_file(part, kind))
    message.text = "\n".join(texts) or None
    return message


def _file(part: etree._Element, kind: str) -> File:
    names = [said(part, name) for name in ("fn", "cl", "name")]
    raw = said(part, "data")
    data = None
    notes: tuple[str, ...] = ()
    if raw is not None:
        try:
            data = base64.b64decode(raw, validate=False)
        except (ValueError, binascii.Error):
            notes = ("base64-damaged",)
    name = next((name for name in names if name), None)
    return File(name, claimed_type=kind or None, absent="not-exported", notes=notes, data=data)
