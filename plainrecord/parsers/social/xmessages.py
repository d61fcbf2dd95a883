"""X direct messages, one-to-one and in groups: messages, reactions, and what happened to a group.

One element is one event. Lists run from the newest to the oldest. Of others the archive states only numbers. Deleted messages
are not in an archive, nor are the words of encrypted ones; message requests stand among the rest, unmarked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from plainrecord.parsers.chat.jsonchat import listed, odd, rest, shown, words
from plainrecord.parsers.chat.pieces import File, Message, Problem
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.parsers.social.xarchive import Archive, conversation_index, pair_of
from plainrecord.parsers.social.xscript import ESCAPED, SERVICE, first_of, opening, unescaped, when
from plainrecord.records import Account, Conversation

_SPEECH = {"messageCreate": (), "welcomeMessageCreate": ("automatic",)}
_SAID = frozenset("id senderId recipientId text createdAt mediaUrls urls reactions".split())
_TEXTS = ("id", "senderId", "recipientId", "text", "createdAt")
_EVENTS = {
    "joinConversation": "group-joined",
    "participantsJoin": "member-added",
    "participantsLeave": "member-left",
    "conversationNameUpdate": "group-renamed",
}
_NO_ACTOR = "x:actor-not-stated"
_PATTERNS = ("/*/dmConversation/messages/*", "/*/messages/*", "/*/dmConversation/*", "/*/*")
_EXPLAINED = frozenset("conversationId messages name dmConversation".split())


def event(where: Where[Archive], pointer: str, element: Any) -> Read:
    """The records of one event."""
    return _event(where, pointer, element, header=False)


def header(where: Where[Archive], pointer: str, element: Any) -> Read:
    """The record of one header, where nothing else of that message is in the archive."""
    return _event(where, pointer, element, header=True)


def call(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """A call. Its fields are not known, so that only an account called the sender is taken for who called."""
    inner = next(iter(element.values()), None) if isinstance(element, dict) and len(element) == 1 else element
    if not isinstance(inner, dict) or not inner:
        return Problem("not-a-call", "There is no call in this place, but another kind of value.")
    at = when(inner.get("createdAt") or inner.get("startedAt"), "createdAt", "", "occurred")
    sender, other = (where.scene.account(first_of(inner, name)) for name in ("senderId", "recipientId"))
    standing = acts_with(other if sender == where.scene.owner else sender, SERVICE)
    message = Message("call", at.time, sender, standing, notes=["x:shape-not-known", *at.notes])
    message.recipients = (other,) if other else ()
    if sender is None:
        message.notes.append(_NO_ACTOR)
    message.facts |= {**at.facts, **rest(inner, {"createdAt"})}
    return [owned(where.scene, message)]


def owned(scene: Archive, message: Message) -> Message:
    """The same with the owner and with handles beside numbers."""
    message.owner, message.also = scene.owner, scene.also(message.sender, message.recipients)
    return message


def _event(where: Where[Archive], pointer: str, element: Any, *, header: bool) -> Read:
    if pointer.rsplit("/", 2)[-2] != "messages":
        # Beside the messages stand the conversation's id and name, which were read before.
        if pointer.rsplit("/", 1)[-1] in _EXPLAINED or not isinstance(element, dict | list) or not element:
            return []
        return Problem("unknown-part", "This part of the conversation is of a kind that is not known; it was not read.")
    if not isinstance(element, dict) or not any(isinstance(inner, dict) for inner in element.values()):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    talk = _Talk(where, pointer)
    found: list[Message] = []
    for name, inner in element.items():
        if isinstance(inner, dict) and not talk.passes_over(name, inner, header=header):
            found += talk.records(name, inner)
    outside = rest({name: inner for name, inner in element.items() if not isinstance(inner, dict)}, ())
    if found and outside:
        found[0].facts |= outside
    return [owned(where.scene, message) for message in found]


class _Talk:
    """The conversation of one event, and its records."""

    def __init__(self, where: Where[Archive], pointer: str) -> None:
        self.scene = where.scene
        at = where.member.tree_path, conversation_index(pointer)
        if at not in where.scene.talks:
            where.scene.talks[at] = self._found(*at)
        self.key, self.pair, self.conversation = where.scene.talks[at]

    def _found(self, path: str, index: str) -> tuple[str, tuple[str, str] | None, Conversation]:
        key = self.scene.places.get(path, {}).get(index, "")
        pair, group = pair_of(key), self.scene.groups.get(key)
        title = unescaped(group.title) if group else self._other(pair)
        known = key or f"{path}:{index}"
        return key, pair, Conversation(f"{SERVICE}:{known}", title or None, is_group=not pair)

    def _other(self, pair: tuple[str, str] | None) -> str:
        owner = self.scene.owner.value if self.scene.owner else ""
        others = [one for one in pair or () if one != owner]
        account = self.scene.account(others[0]) if len(others) == 1 else None
        return (account.name or account.value) if account else ""

    def passes_over(self, name: str, inner: dict[str, Any], *, header: bool) -> bool:
        """Whether the same stands elsewhere: a header of a message that is here, a message given twice."""
        one = words(inner, "id")
        if header:
            # Without an id nobody can say whether it is here.
            return bool(one) and one not in self.scene.gaps if name in _SPEECH else self.scene.whole
        # Writing a message out to compare it costs more than reading it, so only those that are given twice.
        if name not in _SPEECH or one not in self.scene.repeated:
            return False
        return self.scene.is_repeat(one, json.dumps(inner, sort_keys=True))

    def others(self, sender: Account | None, at: str) -> tuple[Account, ...]:
        """Who could read it: the other of the two, or the members of the group at that time."""
        group = self.scene.groups.get(self.key)
        ids = list(self.pair or ()) or (group.at(at) if group else [])
        found = self.scene.accounts(ids)
        owner = self.scene.owner
        whole = (*found, owner) if owner and owner not in found else found
        return tuple(one for one in whole if one != sender) if sender else ()

    def records(self, name: str, inner: dict[str, Any]) -> Iterator[Message]:
        """The records of one event of a kind."""
        if name in _SPEECH:
            message = self._speech(name, inner)
            yield message
            for number, reaction in listed(inner, "reactions"):
                yield self._reaction(reaction, f"/{name}/reactions/{number}", message)
        elif name == "reactionCreate":
            yield self._reaction(inner, "", None)
        else:
            yield self._happened(name, inner)

    def _speech(self, name: str, inner: dict[str, Any]) -> Message:
        one, text = words(inner, "id"), words(inner, "text")
        at = when(inner.get("createdAt"), "createdAt", one)
        sender = self.scene.account(first_of(inner, "senderId"))
        recipient = self.scene.account(first_of(inner, "recipientId")) if self.pair else None
        message = Message(
            "message",
            at.time,
            sender,
            self.conversation,
            text=unescaped(text) or None,
            recipients=(recipient,) if recipient else self.others(sender, words(inner, "createdAt")),
            marks=list(_SPEECH[name]),
            notes=[*at.notes, *([] if sender else ["x:sender-missing"])],
            facts={
                **({"message-id": one} if one else {}),
                **at.facts,
                **links(inner),
                **rest(inner, _SAID),
                **_odd(inner),
            },
            files=list(media(inner, one)),
            backwards=True,
        )
        escaped(message, text)
        if "text" not in inner:
            message.marks.append("text-not-in-archive")
        if one in self.scene.repeated:
            message.notes.append("x:id-given-twice")
        if any("encrypt" in field.lower() for field in inner.keys() - _SAID):
            message.marks.append("encrypted")
        return message

    def _reaction(self, inner: dict[str, Any], suffix: str, to: Message | None) -> Message:
        at = when(inner.get("createdAt"), "createdAt", "", "occurred")
        actor = self.scene.account(first_of(inner, "senderId"))
        author = to.sender if to else None
        message = Message(
            "reaction",
            at.time,
            actor,
            self.conversation,
            text=words(inner, "reactionKey") or None,
            recipients=(author,) if author and author != actor else self.others(actor, words(inner, "createdAt")),
            notes=at.notes,
            facts={**at.facts, **rest(inner, {"senderId", "reactionKey", "createdAt"})},
            suffix=suffix,
            backwards=True,
        )
        if to and "message-id" in to.facts:
            message.facts["reaction-to"] = to.facts["message-id"]
        return message

    def _happened(self, name: str, inner: dict[str, Any]) -> Message:
        at = when(inner.get("createdAt"), "createdAt", words(inner, "id"), "occurred")
        sender = self.scene.account(first_of(inner, "initiatingUserId", "senderId"))
        encrypted = "encrypt" in name.lower()
        stored = words(inner, "name") if name == "conversationNameUpdate" else ""
        message = Message(
            "message" if encrypted else "system" if name in _EVENTS else "other",
            at.time,
            sender,
            self.conversation,
            text=unescaped(stored) or None,
            recipients=self._touched(name, inner, sender),
            marks=["encrypted"] if encrypted else [_EVENTS[name]] if name in _EVENTS else [],
            notes=at.notes,
            facts={"event": name, **at.facts, **rest(inner, {"initiatingUserId", "senderId", "createdAt", "name"})},
            backwards=True,
        )
        escaped(message, stored)
        if sender is None:
            message.notes.append(_NO_ACTOR)
        if name not in _EVENTS:
            message.notes.append("x:unknown-event")
        return message

    def _touched(self, name: str, inner: dict[str, Any], sender: Account | None) -> tuple[Account, ...]:
        ids = inner.get("userIds")
        if name in ("participantsJoin", "participantsLeave"):
            return self.scene.accounts(ids if isinstance(ids, list) else [])
        if name == "joinConversation":
            # It tells the owner that they were brought in, and with whom.
            return (self.scene.owner,) if self.scene.owner and self.scene.owner != sender else ()
        return self.others(sender, words(inner, "createdAt"))


def _odd(inner: dict[str, Any]) -> dict[str, str]:
    """What the fields of a message hold where they hold something else than they should."""
    urls = inner.get("mediaUrls")
    fits = urls is None or (isinstance(urls, list) and all(isinstance(one, str) for one in urls))
    return odd(inner, _TEXTS, ("reactions", "urls")) | ({} if fits else {"mediaUrls as it stands": shown(urls)})


def escaped(message: Message, stored: str) -> None:
    """Keep what was stored, where that is not what is shown."""
    if stored and message.text != stored:
        message.notes.append(ESCAPED)
        message.facts["text-as-stored"] = stored[:4000]


def links(inner: dict[str, Any]) -> dict[str, str]:
    """Where the shortened links of a text lead."""
    found = {
        words(one, "url"): words(one, "expanded") or words(one, "expanded_url") for _, one in listed(inner, "urls")
    }
    return {f"link {short}": long for short, long in found.items() if short and long}


def media(inner: dict[str, Any], one: str) -> Iterator[File]:
    """The files of a message: in the archive they are called after its id and the last step of the link."""
    urls = inner.get("mediaUrls")
    for url in urls if isinstance(urls, list) else []:
        if isinstance(url, str):
            yield media_file(one, url)


def media_file(one: str, *urls: str) -> File:
    """One file by its links (a video has several sizes, of which the archive holds one)."""
    names = list(dict.fromkeys(name for url in urls if (name := _last_step(url))))
    facts = {"link": urls[0][:500]} | ({"kind": "animated picture, kept as video"} if "/dm_gif/" in urls[0] else {})
    return File(names[0] if names else None, tuple(f"/{one}-{name}" for name in names if one), facts=facts)


def _last_step(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


MESSAGES: JsonSheet[Archive] = JsonSheet(_PATTERNS, event, opening=opening, closing=b";")
HEADERS: JsonSheet[Archive] = JsonSheet(_PATTERNS, header, opening=opening, closing=b";")
CALLS: JsonSheet[Archive] = JsonSheet(("/*",), call, opening=opening, closing=b";")
