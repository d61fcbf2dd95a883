"""Messenger's download of end-to-end encrypted chats: one `NAME_N.json` for each chat beside `media/` (2023 on).

Reads: messages, unsent marks, files, reactions. Cannot read: calls, ids, who joined a group; the export has none of them.
What was written before a chat was encrypted is in the ordinary Facebook download, which another reader reads.
Source of knowledge: the format reference (chats section 5, downloads section 5), from public readers and their samples.
Tier: `public schema`. Fixture: fixtures/chat-messenger.

The files of one folder share `media/`, so they are one claim. The owner is not named: it is the name that all chats have
in common, when there is just one such name, and otherwise nobody (never simply the first participant).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers import meta
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, files_below, listed, rest, sniff, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, chats_of, folder_claim, from_ms, no_time
from plainrecord.records import Account, Conversation, Decision, Envelope, Unread

SERVICE = "messenger"
_SAID = frozenset("senderName text timestamp type isUnsent media reactions".split())
_FAILED = "Failed to download media"
_EARLIER = Decision(
    "messenger:earlier-messages",
    "not in this export",
    "Messages from before a chat was end-to-end encrypted are in the ordinary Facebook download, under e2ee_cutover.",
)


@dataclass(frozen=True, slots=True)
class Thread:
    """One chat: who is in it, who of them is the owner, and whether its text is damaged."""

    conversation: Conversation
    people: tuple[str, ...]
    owner: Account | None
    damaged: bool


class Messenger(JsonReader[Thread]):
    """The `NAME_N.json` files of one folder."""

    name = "messenger-e2ee"
    version = "1"
    service = SERVICE
    headings = ("/participants", "/threadName")
    card = FormatCard(
        service=SERVICE,
        export="Messenger, download of end-to-end encrypted chats (messages.zip: NAME_N.json files and media/)",
        tier="public schema",
        holds="Messages with exact times, unsent marks, photos and other files, reactions without their time.",
        cannot_hold="Calls, message ids, group changes, and everything from before the chat was encrypted.",
        fixture="chat-messenger",
        acts="messenger",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each folder with thread files in it."""
        folders: dict[tuple[str, str], list[Member]] = {}
        for member in listing.members:
            if is_encrypted_thread(member.head):
                container = member.original.relpath if member.path else ""
                folders.setdefault((container, folder_of(member)), []).append(member)
        for (_, folder), threads in folders.items():
            media = files_below(listing, threads[0], lambda path: path.startswith("media/"))
            title = folder.rpartition("/")[2] or "Messenger, encrypted chats"
            yield folder_claim(self.name, title, threads, media, listing)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message and reaction. Each file is gone through before: for names, and for damaged text."""
        names, damaged = [], []
        for member in chats_of(claim):
            # A file that cannot be read says so when its messages are read.
            with suppress(OSError, PlainrecordError):
                names.append(_names(self._headings(claim, member)))
                with claim.open(member) as stream:
                    damaged += [member.tree_path] if meta.is_damaged(stream.blocks(head=4096, size=1 << 19)) else []
        _settle_owner(claim, names)
        claim.facts["damaged"] = json.dumps(damaged)
        yield from super().scan(claim)
        claim.decisions.append(_EARLIER)

    def pattern(self, claim: Claim, member: Member) -> str:
        """The messages of a thread file."""
        return "/messages/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Thread:
        """Participants and title, repaired where the file is damaged."""
        damaged = member.tree_path in json.loads(claim.facts.get("damaged", "[]"))
        people = tuple(_text(name, damaged) for name in _names(headings))
        title = headings.get("/threadName")
        stem = member.name.removesuffix(".json")
        return Thread(
            Conversation(
                f"{SERVICE}:{member.tree_path}",
                _title(_text(title, damaged) if isinstance(title, str) else "", stem) or None,
                is_group=len(people) > 2,
            ),
            people,
            Account(SERVICE, "name", owner) if (owner := _text(claim.facts.get("owner", ""), damaged)) else None,
            damaged,
        )

    def read(self, context: Thread, pointer: str, element: dict[str, Any]) -> list[Message]:
        """One message and its reactions."""
        sender = _account(context, words(element, "senderName"))
        when = from_ms(element.get("timestamp"), "timestamp")
        message = Message(
            # A placeholder stands for something the app could not export; nobody typed it.
            "system" if element.get("type") == "placeholder" else "message",
            when or no_time(element.get("timestamp"), "timestamp"),
            sender,
            context.conversation,
            owner=context.owner,
            recipients=_others(context, sender),
            notes=[] if when else [TIME_MISSING],
            facts=rest(element, _SAID),
        )
        if sender is None:
            message.notes.append("messenger:sender-missing")
        _say(message, words(element, "text"), context.damaged)
        if said := words(element, "type"):
            message.facts["type"] = said
            message.marks += ["maybe-system"] if said == "placeholder" else []
        if element.get("isUnsent") is True:
            message.marks.append("unsent")
        message.files = [_file(words(one, "uri")) for _, one in listed(element, "media")]
        return [message, *_reactions(context, message, element)]


def is_encrypted_thread(head: bytes) -> bool:
    """Whether a file begins like a thread of this download; the ordinary one has other participants and times."""
    seen = sniff(head, b"{", (b'"messages"',), ("/participants", "/threadName", "/messages/*"))
    if seen is None:
        return False
    people, first = seen.first("/participants"), seen.first("/messages/*")
    if isinstance(first, dict) and not {"senderName", "timestamp"} <= first.keys():
        return False
    if isinstance(people, list) and people:
        # The ordinary download has objects here, and is another reader's.
        return all(isinstance(name, str) for name in people) and (first is not None or bool(seen.first("/threadName")))
    return isinstance(first, dict) and "isUnsent" in first


def _names(headings: Headings) -> list[str]:
    people = headings.get("/participants")
    return [name for name in people if isinstance(name, str)] if isinstance(people, list) else []


def _settle_owner(claim: Claim, threads: list[list[str]]) -> None:
    """Whose export it is: what a person said, or the one name that is in every chat of two or more."""
    said = [name for name in claim.options.owner_names if any(name in people for people in threads)]
    # Trap: a chat that lists the other alone would make the other the owner, and turn every direction round.
    named = [set(people) for people in threads if len(set(people)) > 1]
    shared = sorted(set.intersection(*named)) if len(named) > 1 else []
    if said:
        claim.facts["owner"] = said[0]
    elif len(shared) == 1:
        claim.facts["owner"] = shared[0]
        basis = f"the only name that all {len(named)} chats have in common"
        claim.decisions.append(Decision("messenger:owner", shared[0], basis, certain=False))
    else:
        basis = f"{len(shared)} names are in all {len(named)} chats, and the export does not say whose it is"
        claim.decisions.append(Decision("messenger:owner", "not known", basis, certain=False))


def _text(text: str, damaged: bool) -> str:
    return meta.repaired(text).text if damaged else text


def _title(title: str, stem: str) -> str:
    """The counter behind a title is the file's, not part of the name; two chats of one title stay apart by their key."""
    name, under, counter = title.rpartition("_")
    return name if under and counter.isdecimal() and stem.endswith(f"_{counter}") else title


def _account(context: Thread, name: str) -> Account | None:
    return Account(SERVICE, "name", _text(name, context.damaged)) if name else None


def _others(context: Thread, sender: Account | None) -> tuple[Account, ...]:
    others = dict.fromkeys(name for name in context.people if sender is None or name != sender.value)
    return tuple(Account(SERVICE, "name", name) for name in others) if sender else ()


def _say(message: Message, text: str, damaged: bool) -> None:
    fixed = meta.repaired(text) if damaged else meta.Repaired(text)
    message.text = fixed.text or None
    if fixed.note:
        message.notes.append(fixed.note)
        message.facts["text-as-stored"] = text


def _file(uri: str) -> File:
    if uri.startswith(_FAILED):
        return File(None, absent="not-exported", facts={"said": uri[:500]}, notes=("messenger:media-failed",))
    outside = not uri.startswith(("./media/", "media/")) or ".." in uri.split("/")
    name = uri.rpartition("/")[2]
    notes = [*(["messenger:path-outside-media"] if outside else [])]
    return File(name or None, () if outside else (uri,), facts={"path": uri[:500]}, notes=tuple(notes))


def _reactions(context: Thread, message: Message, element: dict[str, Any]) -> Iterator[Message]:
    for number, reaction in listed(element, "reactions"):
        actor = _account(context, words(reaction, "actor"))
        yield Message(
            "reaction",
            no_time(None, "reactions"),
            actor,
            context.conversation,
            text=_text(words(reaction, "reaction"), context.damaged) or None,
            owner=context.owner,
            recipients=(message.sender,) if message.sender and message.sender != actor else _others(context, actor),
            notes=[TIME_MISSING],
            facts={"reaction-to-sent": message.time.ts_utc or ""},
            suffix=f"/reactions/{number}",
        )
