"""What a mail says about its conversation: strong keys from its own identifiers, a weak key from subject and people."""

from __future__ import annotations

import base64
import binascii
import re

from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.parsers.email.memo import Memo
from plainrecord.records import Conversation

MAX_REFERENCES = 200
_ID = re.compile(rb"<([^<>\s]{3,998})>")
_BARE_ID = re.compile(rb"(?<!\S)[^<>\s,;]{3,998}(?!\S)")
_NAMING = re.compile(rb"[A-Za-z0-9]")
# Old programs write `Message from Jane <jane@x> of "Thu, 22 Aug" <id@host>`: the first bracket is a person, not a mail.
_PERSON = re.compile(rb"\bfrom:?\s[^<>]{0,200}<[^<>]*>", re.IGNORECASE)
_THREAD_INDEX_HEAD = 22


def conversation(fields: Fields, addresses: tuple[str, ...], memo: Memo) -> Conversation:
    """Links, fallback key and whether the mail seeks its conversation by that fallback (RFC 5322 section 3.6.4).

    `addresses` are the people of the mail, lower case and sorted.
    """
    found = fields.wanted
    answered = _answered(found, addresses)
    threads = thread_ids(found)
    own = named_ids(found[b"message-id"][0])[:1] if b"message-id" in found else []
    links = own + answered
    links += threads
    fallback, prefixed = None, False
    if b"subject" in found:
        base = memo.subject_of(found[b"subject"][0])
        prefixed = base.prefixed
        fallback = f"{base.key}|{' '.join(addresses)}" if base.key else None
    seeks = prefixed and not answered and not threads
    named, mark = (own[0], _own_mark(found)) if own else (None, "")
    return Conversation(None, None, False, tuple(dict.fromkeys(links)), fallback, seeks, named, mark)


def _own_mark(found: dict[bytes, list[bytes]]) -> str:
    # Broken programs give one Message-ID to many mails; copies of one mail agree in one of these two at least.
    author, date = (b" ".join(found[name][0].split()) if name in found else b"" for name in (b"from", b"date"))
    return (author + b"\n" + date).decode("latin-1")


def message_id(fields: Fields) -> str | None:
    """The Message-ID without its brackets, or None when there is none that could name a mail."""
    raw = fields.first(b"message-id")
    return next(iter(named_ids(raw)), None) if raw else None


def _answered(found: dict[bytes, list[bytes]], addresses: tuple[str, ...]) -> list[str]:
    links: list[str] = []
    if b"references" in found:
        ids = named_ids(found[b"references"][0])
        # The first names the start of the thread, the last the nearest mails: both ends join, the middle adds nothing.
        links = ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]]
    if b"in-reply-to" in found:
        raw = found[b"in-reply-to"][0]
        ids = named_ids(raw)
        if len(ids) != 1 or not raw.strip().startswith(b"<") or b"@" not in raw:
            ids = [one for one in named_ids(_PERSON.sub(b"", raw)) if one.lower() not in addresses][-1:]
        links = links + ids
    return links


def named_ids(raw: bytes) -> list[str]:
    """The message names a raw value holds, without their brackets."""
    return [one.decode("utf-8", "replace") for one in raw_ids(raw)]


def raw_ids(raw: bytes) -> list[bytes]:
    """As `named_ids`, in the bytes that stand there."""
    found = _ID.findall(raw)
    if not found and b"<" not in raw:
        flat = unfold(raw)
        found = _BARE_ID.findall(flat) if b" " not in flat else []
    # Empty shells such as "<@>" or "<->" stand in many mails and would join strangers: an id needs a letter or digit.
    return [one for one in found if _NAMING.search(one)]


def thread_ids(found: dict[bytes, list[bytes]]) -> list[str]:
    """The keys of the threads that Gmail and Outlook put the mail in."""
    links = []
    if b"x-gm-thrid" in found:
        gmail = found[b"x-gm-thrid"][0].strip()
        if gmail.isdigit():
            links.append(f"gm-thrid:{gmail.decode('ascii')}")
    if b"thread-index" in found:
        head = _thread_index_head(found[b"thread-index"][0])
        if head:
            links.append(f"thread-index:{head}")
    return links


def _thread_index_head(raw: bytes) -> str | None:
    """Hex of the 22 bytes every mail of an Outlook thread shares, None when the value is not a Thread-Index."""
    try:
        data = base64.b64decode(b"".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data[:_THREAD_INDEX_HEAD].hex() if len(data) >= _THREAD_INDEX_HEAD else None
