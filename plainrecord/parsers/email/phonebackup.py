"""Text messages and calls that a phone app stored as mails (SMS Backup+ and its forks): back to messages and calls.

The mail is only the wrapping: its addresses are made up (`number@unknown.email`) or taken from the phone's address book, its
Date is the app's. Number, direction and time stand in the app's own fields (`X-smssync-…`), which are used instead; the
mail addresses stay beside the record. Source of knowledge: the app's public source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.records import Account, Conversation, Envelope, Kind
from plainrecord.times import Meaning, TimeBlock, from_epoch

SERVICE = "sms"
OWNER = Account(SERVICE, "id", "self")
MARK = "phone-backup:"
_SYNTHETIC = "@unknown.email"
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{2,24}")
_SEPARATORS = re.compile(r"[~;,|]")
# Types of Android's tables: of an SMS its box, of an MMS the kind of its protocol unit, of a call how it ended.
_SENT = {"2": "", "3": "draft", "4": "outbox", "5": "failed", "6": "queued", "128": "", "135": ""}
_RECEIVED = frozenset(("1", "130", "132"))
_CALLS = {
    "1": "incoming",
    "2": "outgoing",
    "3": "missed",
    "4": "voicemail",
    "5": "rejected",
    "6": "blocked",
    "7": "answered on another device",
}
# Times below this many milliseconds would lie before 1973: those of an MMS are in seconds.
_SECONDS_BELOW = 100_000_000_000
_FACTS = (
    (b"x-smssync-service_center", "service centre"),
    (b"x-smssync-thread", "thread on the phone"),
    (b"x-smssync-id", "number in the phone’s table"),
    (b"x-smssync-backup-time", "stored as mail"),
    (b"subject", "subject the app wrote"),
)


def is_phone_backup(marks: Iterable[str]) -> bool:
    """Whether the store's lines say that a mail is the wrapping of a text message or call."""
    return any(mark.startswith(MARK) for mark in marks)


def as_phone(envelope: Envelope, fields: Fields) -> Envelope:
    """The envelope of the message or call that a mail wraps."""
    call = f"{MARK}calllog" in envelope.marks
    code = _said(fields, b"x-smssync-type")
    outgoing, notes = _outgoing(code, call, envelope)
    others = _others(envelope, fields, outgoing=outgoing)
    when = _when(fields, "occurred" if call else "sent" if outgoing else "received")
    marks = ["missed"] * (code == "3") if call else [mark for mark in (_SENT.get(code, ""),) if mark]
    numbers = "~".join(sorted({_compact(one.value) for one in others})) or "unknown"
    name = others[0].name or others[0].value if len(others) == 1 else None
    return replace(
        envelope,
        kind=_kind(code, call),
        service=SERVICE,
        time=when or envelope.time,
        sender=OWNER if outgoing else others[0] if others else None,
        recipients=tuple(others) if outgoing else (OWNER, *others[1:]),
        also=_wrapping(envelope, outgoing=outgoing),
        conversation=Conversation(f"address:{numbers}", name, is_group=len(others) > 1),
        marks=tuple(dict.fromkeys((*envelope.marks, *marks))),
        notes=("phone:stored-as-mail", *notes, *(() if when else ("phone:time-of-the-mail",))),
    )


def phone_status(envelope: Envelope, fields: Fields) -> dict[str, str]:
    """How a call ended and how long it took, whether a message was read: as the phone's table said."""
    found = {}
    if f"{MARK}calllog" in envelope.marks:
        code = _said(fields, b"x-smssync-type")
        found["call"] = _CALLS.get(code, f"type {code[:20]}, not known" if code else "not stated")
        if duration := _said(fields, b"x-smssync-duration"):
            found["duration-seconds"] = duration[:40]
    elif read := _said(fields, b"x-smssync-read"):
        found["read"] = {"1": "yes", "0": "no"}.get(read, read[:40])
    return found


def phone_facts(fields: Fields) -> dict[str, str]:
    """What else the app noted."""
    return {name: said[:300] for key, name in _FACTS if (said := fields.text(key))}


def _kind(code: str, call: bool) -> Kind:
    if not call:
        return "message"
    return "voicemail" if code == "4" else "call"


def _outgoing(code: str, call: bool, envelope: Envelope) -> tuple[bool, tuple[str, ...]]:
    if call and code in _CALLS:
        return code == "2", ()
    if not call and (code in _SENT or code in _RECEIVED):
        return code in _SENT, ()
    to = [one for one in envelope.recipients if one.value.lower().endswith(_SYNTHETIC)]
    sender = envelope.sender
    if to and not (sender and sender.value.lower().endswith(_SYNTHETIC)):
        return True, ("phone:direction-from-the-mail",)
    return False, ("phone:direction-from-the-mail" if sender and not to else "phone:direction-not-stated",)


def _others(envelope: Envelope, fields: Fields, *, outgoing: bool) -> list[Account]:
    """The other side: the author first where the mail names one, then what the app's field names, then further numbers."""
    mails = envelope.recipients if outgoing else tuple(one for one in (envelope.sender,) if one)
    made_up = [(one.value[: -len(_SYNTHETIC)], one.name) for one in mails if one.value.lower().endswith(_SYNTHETIC)]
    stated = [piece.strip() for piece in _SEPARATORS.split(_said(fields, b"x-smssync-address")) if piece.strip()]
    numbers = [value for value, _ in made_up if _NUMBER.fullmatch(value)]
    # Of a message to several the app's own field names only the first.
    values = dict.fromkeys([*stated, *numbers] if outgoing and len(mails) > 1 else stated or numbers)
    named = mails[0].name if len(mails) == 1 else None
    found = [_account(value, named if len(values) == 1 else None) for value in values]
    return found or [Account(SERVICE, "name", name) for _, name in made_up[:1] if name]


def _compact(value: str) -> str:
    # The phone keeps one number in several spellings; blanks and brackets tell no two numbers apart.
    return re.sub(r"[ ().-]", "", value) if _NUMBER.fullmatch(value) else value


def _account(value: str, name: str | None) -> Account:
    name = None if name == value else name
    if _NUMBER.fullmatch(value):
        return Account(SERVICE, "number", value, name)
    return Account(SERVICE, "address" if "@" in value else "name", value, name)


def _wrapping(envelope: Envelope, *, outgoing: bool) -> tuple[Account, ...]:
    """The mail addresses round the message that are not made up: the mailbox it was stored in, an address book's entry.

    As the phone's own names of the two sides, in roles that selection looks at: who is known by a mail address only is
    found all the same, and the owner by the address of the mailbox.
    """
    beside = [replace(envelope.sender, role="original-from")] if envelope.sender else []
    beside += [replace(one, role="member" if outgoing else "delivered-to") for one in envelope.recipients]
    real = [one for one in (*beside, *envelope.also) if not one.value.lower().endswith(_SYNTHETIC)]
    return tuple(replace(one, service=SERVICE) for one in real)


def _when(fields: Fields, meaning: Meaning) -> TimeBlock | None:
    raw = _said(fields, b"x-smssync-date")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 18 and int(raw)):
        return None
    found = from_epoch(int(raw), "s" if int(raw) < _SECONDS_BELOW else "ms", raw, "X-smssync-date", meaning=meaning)
    return found if found.utc_us is not None else None


def _said(fields: Fields, name: bytes) -> str:
    raw = fields.first(name)
    return unfold(raw).decode("utf-8", "replace") if raw is not None else ""
