"""What a mail says about its conversation: strong keys from its own identifiers, a weak key from subject and people."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.parsers.email.memo import Memo
from plainrecord.records import Account, Conversation

MAX_REFERENCES = 200
_ID = re.compile(rb"<([^<>\s]{3,998})>")
_BARE_ID = re.compile(rb"[^<>\s,;]{3,998}")
# Old programs write `Message from Jane <jane@x> of "Thu, 22 Aug" <id@host>`: the first bracket is a person, not a mail.
_PERSON = re.compile(rb"\bfrom:?\s[^<>]{0,200}<[^<>]*>", re.IGNORECASE)
_THREAD_INDEX_HEAD = 22


def conversation(fields: Fields, people: Iterable[Account], memo: Memo) -> Conversation:
    """Links, fallback key and whether the mail seeks its conversation by that fallback (RFC 5322 section 3.6.4)."""
    addresses = sorted({person.value.lower() for person in people})
    answered = _answered(fields, addresses)
    threads = _thread_ids(fields)
    own = [found for raw in fields.all(b"message-id")[:1] for found in _ids(raw)][:1]
    subject = fields.first(b"subject")
    base = memo.subject_of(subject) if subject is not None else None
    return Conversation(
        links=tuple(dict.fromkeys([*own, *answered, *threads])),
        fallback=f"{base.key}|{' '.join(addresses)}" if base and base.key else None,
        seeks=bool(base and base.prefixed and not answered and not threads),
    )


def message_id(fields: Fields) -> str | None:
    """The Message-ID without its brackets, or None when there is none that could name a mail."""
    raw = fields.first(b"message-id")
    return next(iter(_ids(raw)), None) if raw else None


def _answered(fields: Fields, addresses: list[str]) -> list[str]:
    found: list[str] = []
    for raw in fields.all(b"references")[:1]:
        ids = _ids(raw)
        # The first names the start of the thread, the last the nearest mails: both ends join, the middle adds nothing.
        found += ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[-MAX_REFERENCES + 1 :]]
    for raw in fields.all(b"in-reply-to")[:1]:
        ids = [one for one in _ids(_PERSON.sub(b"", raw)) if one.lower() not in addresses]
        found += ids if raw.count(b"<") == len(ids) else ids[-1:]
    return found


def _ids(raw: bytes) -> list[str]:
    flat = unfold(raw)
    found = _ID.findall(flat)
    if not found and b"<" not in flat and b" " not in flat:
        found = _BARE_ID.findall(flat)
    return [one.decode("utf-8", "replace") for one in found if _names_a_mail(one)]


def _names_a_mail(one: bytes) -> bool:
    # Empty shells such as "<@>" or "<->" stand in many mails and would join strangers.
    return (
        sum(char in b"@" for char in one) <= 3 and any(48 <= c <= 57 or 65 <= c <= 122 for c in one) and len(one) >= 5
    )


def _thread_ids(fields: Fields) -> list[str]:
    found = []
    gmail = fields.first(b"x-gm-thrid")
    if gmail and gmail.strip().isdigit():
        found.append(f"gm-thrid:{gmail.strip().decode('ascii')}")
    index = fields.first(b"thread-index")
    if index:
        head = _thread_index_head(index)
        if head:
            found.append(f"thread-index:{head}")
    return found


def _thread_index_head(raw: bytes) -> str | None:
    """Hex of the 22 bytes every mail of an Outlook thread shares, None when the value is not a Thread-Index."""
    try:
        data = base64.b64decode(b"".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data[:_THREAD_INDEX_HEAD].hex() if len(data) >= _THREAD_INDEX_HEAD else None
