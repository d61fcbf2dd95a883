"""What one chat item of Signal's own export holds: words, files, calls, changes. Enums by name, defaults left out.

Source: the message-backup schema as its public test cases show it (format reference, section 3.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from plainrecord.parsers.chat.pieces import File, Message, from_ms
from plainrecord.parsers.chat.signal_people import Directory, decoded, items, part, words
from plainrecord.records import Kind
from plainrecord.times import Meaning

_SIMPLE: dict[str, tuple[Kind, str]] = {
    "BLOCKED": ("block", "blocked"),
    "UNBLOCKED": ("block", "unblocked"),
    "CHANGE_NUMBER": ("profile_change", "number-changed"),
    "REPORTED_SPAM": ("system", "reported-spam"),
    "MESSAGE_REQUEST_ACCEPTED": ("system", "request-accepted"),
    "IDENTITY_UPDATE": ("system", "safety-number-changed"),
    "BAD_DECRYPT": ("system", "undecryptable"),
}
_MISSED = {"MISSED": "missed", "MISSED_NOTIFICATION_PROFILE": "missed", "NOT_ACCEPTED": "not-answered"}


def fill(message: Message, item: dict[str, Any], people: Directory) -> None:
    """Put what a chat item holds into a message whose sender and time are known already."""
    for name, read in _READERS.items():
        if name in item:
            read(message, part(item, name), people)
            return
    message.notes.append("item-of-unknown-kind")


def _standard(message: Message, body: dict[str, Any], people: Directory) -> None:
    message.text = words(part(body, "text"), "body") or None
    _quote(message, part(body, "quote"), people)
    # A mention stands in the words as U+FFFC; whom it means stands beside them.
    mentioned = [people.by_aci.get(words(span, "mentionAci"), "") for span in items(part(body, "text"), "bodyRanges")]
    if named := [one.name or one.value for number in mentioned if (one := people.account(number))]:
        message.facts["mentions"] = " | ".join(named)
    for attachment in items(body, "attachments"):
        message.files.append(_file(attachment, people))
        if attachment.get("flag") == "VOICE_MESSAGE":
            message.marks.append("voice-message")
    if "longText" in body:
        message.notes.append("long-text-in-file")
        message.files.append(_file({"pointer": part(body, "longText")}, people))
    links = [words(preview, "url") for preview in items(body, "linkPreview")]
    if any(links):
        message.facts["links"] = " ".join(filter(None, links))


def _quote(message: Message, quote: dict[str, Any], people: Directory) -> None:
    if not quote:
        return
    message.marks.append("reply")
    author = people.account(words(quote, "authorId"))
    message.facts["quoted-from"] = (author.name or author.value) if author else ""
    message.facts["quoted-text"] = words(part(quote, "text"), "body")
    if when := from_ms(words(quote, "targetSentTimestamp"), "quote.targetSentTimestamp"):
        message.facts["quoted-sent"] = when.ts_utc or ""


def _file(attachment: dict[str, Any], people: Directory) -> File:
    pointer = part(attachment, "pointer")
    where = part(pointer, "locatorInfo")
    plain, key = decoded(words(where, "plaintextHash")), decoded(words(where, "localKey"))
    stored = hashlib.sha256(plain + key).hexdigest() if plain and key else ""
    facts = {"kind": words(attachment, "flag").lower(), "caption": words(pointer, "caption")}
    facts |= {"stated-sha256": plain.hex(), "stated-bytes": words(where, "size")}
    path = people.files.get(stored)
    return File(
        words(pointer, "fileName") or None,
        (path,) if path else (),
        words(pointer, "contentType") or None,
        # A file the phone never fetched cannot be in its export.
        "missing" if attachment.get("wasDownloaded") else "not-exported",
        {name: value for name, value in facts.items() if value},
    )


def _sticker(message: Message, body: dict[str, Any], people: Directory) -> None:
    sticker = part(body, "sticker")
    message.marks.append("sticker")
    if emoji := words(sticker, "emoji"):
        message.facts["sticker"] = emoji
    if data := part(sticker, "data"):
        message.files.append(_file({"pointer": data, "wasDownloaded": True}, people))


def _contact(message: Message, body: dict[str, Any], _people: Directory) -> None:
    card = part(body, "contact") or next(iter(items(body, "contact")), {})
    name = part(card, "name")
    message.marks.append("contact-card")
    message.facts["contact-name"] = " ".join(filter(None, (words(name, "givenName"), words(name, "familyName"))))
    message.facts["contact-numbers"] = " ".join(words(number, "value") for number in items(card, "number"))


def _deleted(message: Message, _body: dict[str, Any], _people: Directory) -> None:
    message.marks.append("deleted")


def _deleted_by_admin(message: Message, _body: dict[str, Any], _people: Directory) -> None:
    message.marks += ["deleted", "deleted-by-admin"]


def _view_once(message: Message, _body: dict[str, Any], _people: Directory) -> None:
    message.marks.append("view-once")
    # The export leaves such media out, even where its entry is still there.
    message.files.append(File(None, absent="not-exported", facts={"kind": "view-once"}))


def _story_reply(message: Message, body: dict[str, Any], _people: Directory) -> None:
    message.kind = "story_reply"
    reply = part(body, "textReply")
    message.text = words(part(reply, "text"), "body") or words(body, "emoji") or None


def _payment(message: Message, body: dict[str, Any], _people: Directory) -> None:
    message.kind = "payment"
    message.facts |= {"amount": words(body, "amountMob"), "note": words(body, "note")}


def _poll(message: Message, body: dict[str, Any], _people: Directory) -> None:
    message.marks.append("poll")
    message.text = words(body, "question") or None
    message.facts["options"] = " | ".join(words(option, "option") for option in items(body, "options"))


def _gift(message: Message, _body: dict[str, Any], _people: Directory) -> None:
    message.marks.append("gift-badge")


def _update(message: Message, body: dict[str, Any], people: Directory) -> None:
    message.kind = "system"
    name = next(iter(body), "")
    message.facts["event"] = name
    if name == "simpleUpdate":
        said = words(part(body, name), "type") or "UNKNOWN"
        message.facts["event"] = said
        message.kind, mark = _SIMPLE.get(said, ("system", ""))
        message.marks += [mark] if mark else []
    elif name == "individualCall":
        _call(message, part(body, name), people)
    elif name == "groupCall":
        message.kind = "call"
        message.marks.append("group-call")
        message.status["call"] = words(part(body, name), "state").lower()
    elif name == "profileChange":
        change = part(body, name)
        message.kind = "profile_change"
        message.facts |= {"previous-name": words(change, "previousName"), "new-name": words(change, "newName")}
    elif name == "expirationTimerChange":
        message.marks.append("disappearing-timer")
        message.facts["expires-in-ms"] = words(part(body, name), "expiresInMs") or "0"
    elif name == "groupChange":
        changes = [next((key for key in update), "") for update in items(part(body, name), "updates")]
        message.marks.append("group-change")
        message.facts["changes"] = " ".join(filter(None, changes))


def _call(message: Message, call: dict[str, Any], people: Directory) -> None:
    message.kind = "call"
    state, outgoing = words(call, "state"), words(call, "direction") == "OUTGOING"
    message.status = {"call": state.lower() or "unknown", "direction": "outgoing" if outgoing else "incoming"}
    message.facts["call-type"] = words(call, "type").lower()
    mark = _MISSED.get(state)
    message.marks += [mark] if mark else []
    others = message.recipients if message.sender == people.owner else (message.sender,)
    known = tuple(one for one in others if one)
    if outgoing:
        message.sender, message.recipients = people.owner, known
    else:
        message.sender, message.recipients = (known[0] if known else None), (people.owner,)
    if started := from_ms(words(call, "startedCallTimestamp"), "individualCall.startedCallTimestamp", "occurred"):
        message.dates.append(message.time)
        message.time = started


_READERS: dict[str, Callable[[Message, dict[str, Any], Directory], None]] = {
    "standardMessage": _standard,
    "updateMessage": _update,
    "remoteDeletedMessage": _deleted,
    "adminDeletedMessage": _deleted_by_admin,
    "viewOnceMessage": _view_once,
    "stickerMessage": _sticker,
    "contactMessage": _contact,
    "directStoryReplyMessage": _story_reply,
    "paymentNotification": _payment,
    "poll": _poll,
    "giftBadge": _gift,
}


def reactions_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The reactions of an item, wherever its kind keeps them."""
    holders = (part(item, name) for name in item if name in _READERS)
    return next((found for holder in holders if (found := items(holder, "reactions"))), [])


def versions(message: Message, item: dict[str, Any]) -> None:
    """Earlier versions, oldest first: the first one's time is when the message was sent, later ones are edits."""
    earlier = items(item, "revisions")
    if not earlier:
        return
    message.marks.append("edited")
    for number, revision in enumerate(earlier, start=1):
        text = words(part(part(revision, "standardMessage"), "text"), "body")
        message.facts[f"version-{number}"] = text
        meaning: Meaning = "sent" if number == 1 else "edited"
        when = from_ms(words(revision, "dateSent"), f"revisions/{number - 1}/dateSent", meaning)
        if when and number == 1:
            edited = from_ms(words(item, "dateSent"), "dateSent", "edited")
            message.time, message.dates = when, [*([edited] if edited else []), *message.dates]
        elif when:
            message.dates.append(when)
