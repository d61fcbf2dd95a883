"""Google Chat from Google Takeout: `Groups/DM …/messages.json` with `group_info.json`, and `Users/…/user_info.json`.

Reads: messages, edit and deletion times, reactions, quotes, attached files. Cannot read: earlier wordings, the words of
deleted messages, calls, drafts (`unsentmessages.json`, which were never sent), Hangouts.json (another shape).
Source of knowledge: the format reference (chats section 13, downloads section 10.2), from public readers and their tests.
Tier: `public schema`; annotations, reactions and `message_state` are `not exercised`. Fixture: fixtures/chat-googlechat.

All conversations of one download are one claim, because `user_info.json`, which says whose it is, belongs to all. Dates are
prose in the language of the account, always UTC (`googlechatdates`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.hashing.files import hash_stream
from plainrecord.intake.listing import Digests, Listing, Member
from plainrecord.intake.reading import open_member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.googlechatdates import read_date
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, listed, part, rest, sniff, without, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, chats_of, folder_claim, no_time
from plainrecord.parsers.jsonstream import Broken, walk
from plainrecord.records import Account, Conversation, Decision, Envelope, Loaded, Position, Unread

SERVICE = "googlechat"
_SAID = frozenset(
    "creator created_date updated_date deleted_date text attached_files reactions quoted_message_metadata".split()
)
_EMPTY = re.compile(rb'\{\s*"messages"\s*:\s*\[\s*\]\s*\}')
_COUNTED = re.compile(r"\([0-9]+\)(?:\.[^.]*)?\Z")
_UNSENT = "unsentmessages.json"
_AGAIN = "Holds the same bytes as another file of messages of this conversation; read once."
_DRAFTS = "Drafts that were never sent; not read as messages."


@dataclass(frozen=True, slots=True)
class Group:
    """One conversation, its members, the owner of the download, and which files bear a name that is there before.

    `repeats` counts, by pointer, how many attached files of the same stored name stand before one.
    """

    conversation: Conversation
    members: tuple[Account, ...]
    owner: Account | None
    repeats: Mapping[str, int] = field(default_factory=dict)


class GoogleChat(JsonReader[Group]):
    """The Google Chat folder of a Takeout."""

    name = "google-chat"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Google Chat from Google Takeout (Groups/…/messages.json, group_info.json, Users/…/user_info.json)",
        tier="public schema",
        holds="Messages with times to the second, e-mail addresses, edit and deletion times, reactions without time, files.",
        cannot_hold="Earlier wordings, the words of deleted messages, calls; Hangouts.json is another export.",
        fixture="chat-googlechat",
        acts="google-chat",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each download: all files of messages below one folder, with what lies beside them."""
        roots: dict[str, list[Member]] = {}
        for member in listing.members:
            # Drafts have the shape of messages and are told apart by their name alone.
            if member.name != _UNSENT and (_is_messages(member.head) or _is_empty(listing, member)):
                # Takeout/Google Chat/Groups/DM …/messages.json belongs to Takeout/Google Chat.
                root = folder_of(member).rpartition("/")[0].rpartition("/")[0]
                roots.setdefault(root, []).append(member)
        for root, found in roots.items():
            chats, again = _without_repeats(found)
            folders = {folder_of(chat): chat for chat in chats}
            known = {one.tree_path for one in found}
            beside = [one for one in listing.under(root) if folder_of(one) in folders and one.tree_path not in known]
            drafts = [one for one in beside if one.name == _UNSENT]
            users = [one for one in listing.under(f"{root}/Users".lstrip("/")) if one.name == "user_info.json"]
            files = [*users, *(one for one in beside if one not in drafts)]
            claim = folder_claim(self.name, root.rpartition("/")[2] or "Google Chat", chats, files, listing)
            claim.aside |= {one.tree_path: _DRAFTS for one in drafts} | {one.tree_path: _AGAIN for one in again}
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message and reaction, group by group; first who is in which group."""
        yield from _learn(claim)
        yield from super().scan(claim)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with text and files."""
        if "owners" not in claim.facts:
            list(_learn(claim))
        yield from super().load(claim, wanted)

    def pattern(self, claim: Claim, member: Member) -> str:
        """The messages of a group's file."""
        return "/messages/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Group:
        """Name, members and owner, from the lists read before."""
        folder = folder_of(member)
        info = json.loads(claim.facts.get(f"group:{folder}", "{}"))
        owners = [one for said in json.loads(claim.facts["owners"]) if (one := _account(said))]
        members = tuple(one for _, said in listed(info, "members") if (one := _account(said)))
        own = owners[0] if len(owners) == 1 else None
        last = folder.rpartition("/")[2]
        group = len(members) > 2 or (not last.startswith("DM ") and len(members) != 2)
        title = words(info, "name") or ", ".join(one.name or one.value for one in members if one != own)
        repeats = json.loads(claim.facts.get(f"repeats:{member.tree_path}", "{}"))
        return Group(Conversation(f"{SERVICE}:{last}", title or last or None, group), members, own, repeats)

    def read(self, context: Group, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One message and its reactions."""
        sender = _account(part(element, "creator"))
        message = Message("message", no_time(None, "created_date"), sender, context.conversation, owner=context.owner)
        message.recipients = without(context.members, sender) if sender else ()
        message.text = words(element, "text") or None
        message.facts |= rest(element, _SAID)
        _times(message, element)
        if words(part(element, "creator"), "user_type").casefold() == "bot":
            message.marks.append("bot")
        if sender is None:
            # Trap: a deleted message, or one of a deleted account, may have lost its author.
            message.notes.append("googlechat:creator-missing")
        if quoted := part(element, "quoted_message_metadata"):
            message.marks.append("reply")
            author = _account(part(quoted, "creator"))
            message.facts["quoted-from"] = (author.name or author.value) if author else ""
            message.facts["quoted-text"] = words(quoted, "text")
            if named := words(quoted, "message_id"):
                message.facts["quoted-message"] = named
        for number, one in listed(element, "attached_files"):
            message.files.append(_file(one, context.repeats.get(f"{pointer}/attached_files/{number}", 0)))
        return [message, *_reactions(context, message, element)]


def _without_repeats(found: list[Member]) -> tuple[list[Member], list[Member]]:
    """Files of messages, and those that hold the same bytes as one before: parts of a download may repeat a file."""
    chats: list[Member] = []
    again: list[Member] = []
    firsts: dict[tuple[str, int | None], list[Member]] = {}
    for member in found:
        same = firsts.setdefault((folder_of(member), member.size), [])
        if any((held := _digests(one)) and held == _digests(member) for one in same):
            again.append(member)
        else:
            same.append(member)
            chats.append(member)
    return chats, again


def _digests(member: Member) -> Digests | None:
    try:
        with open_member(member) as stream:
            return hash_stream(stream)
    except (OSError, PlainrecordError):
        return None  # what cannot be read is not the same as anything; reading it will say why


def _is_messages(head: bytes) -> bool:
    seen = sniff(head, b"{", (b'"messages"', b'"topic_id"'), ("/messages/*",))
    first = seen.first("/messages/*") if seen else None
    return isinstance(first, dict) and bool({"message_id", "topic_id"} & first.keys()) and bool(_SAID & first.keys())


def _is_empty(listing: Listing, member: Member) -> bool:
    """A group without a message: known by its one empty list and the group's description beside it."""
    if _EMPTY.fullmatch(member.head.strip()) is None:
        return False
    info = listing.at(f"{folder_of(member)}/group_info.json".lstrip("/"))
    return info is not None and b'"members"' in info.head


def _learn(claim: Claim) -> Iterator[Unread]:
    """Keep groups and owners in the claim; what of these small files cannot be read is said."""
    owners: list[Any] = []
    for member in claim.members[len(chats_of(claim)) :]:
        if member.name not in ("group_info.json", "user_info.json"):
            continue
        try:
            with claim.open(member) as stream:
                for found in walk(stream, [""]):
                    if isinstance(found, Broken):
                        yield found.unread(member)
                    elif member.name == "user_info.json":
                        owners += [part(found.value, "user")] if part(found.value, "user") else []
                    elif isinstance(found.value, dict):
                        claim.facts[f"group:{folder_of(member)}"] = json.dumps(found.value)
        except (OSError, PlainrecordError) as error:
            detail = f"This list could not be read ({error}). Names may be missing; messages were read."
            yield Unread(Position(member.tree_path, "file"), "reading-stopped", detail)
    claim.facts["owners"] = json.dumps(owners)
    _count_names(claim)
    if len(owners) != 1:
        basis = f"the download holds {len(owners)} user_info.json files with a user"
        claim.decisions.append(Decision("googlechat:owner", "not known", basis, certain=False))


def _account(person: dict[str, Any]) -> Account | None:
    """The address when there is one; a deleted user has a name alone. Addresses do not differ by case."""
    name = words(person, "name") or None
    if address := words(person, "email"):
        return Account(SERVICE, "address", address.lower(), name)
    return Account(SERVICE, "name", name, name) if name else None


def _times(message: Message, element: dict[str, Any]) -> None:
    if created := words(element, "created_date"):
        message.time = read_date(created, "created_date")
    if updated := words(element, "updated_date"):
        message.marks.append("edited")
        message.dates.append(read_date(updated, "updated_date", "edited"))
    deleted = words(element, "deleted_date")
    if deleted or words(element, "message_state").upper() == "DELETED" or element.get("deletion_metadata"):
        message.marks.append("deleted")
    if deleted:
        gone = read_date(deleted, "deleted_date", "deleted")
        if created:
            message.dates.append(gone)
        else:
            # Trap: a deleted message may have kept no other time than the one of its deletion.
            message.time = gone
    if not created and not deleted:
        message.notes.append(TIME_MISSING)
    elif message.time.utc_us is None:
        message.notes.append("googlechat:date-not-understood")


def _file(attached: dict[str, Any], before: int = 0) -> File:
    stored, name = words(attached, "export_name"), words(attached, "original_name")
    # Trap: the archive writes “_” for characters that file names may not have.
    plain = "".join("_" if letter in '?&*:"<>|' else letter for letter in stored)
    inside = "/" not in stored and stored not in ("", ".", "..")
    facts = {"stored-as": stored} if stored and stored != name else {}
    # Trap: of files with one name the second is stored with “(1)” behind it, and the message does not say so.
    paths = [_counted(one, before) for one in dict.fromkeys((stored, plain))] if inside else []
    notes = ("googlechat:file-by-order",) if before else ()
    return File(name or stored or None, tuple(paths), facts=facts, notes=notes)


def _counted(name: str, before: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return name if not before else f"{stem}({before}).{ending}" if dot and stem else f"{name}({before})"


def _count_names(claim: Claim) -> None:
    """Keep which attached files bear a name used before in their group; only where the archive has counted files at all."""
    counted = {folder_of(one) for one in claim.members[len(chats_of(claim)) :] if _COUNTED.search(one.name)}
    for member in chats_of(claim):
        if folder_of(member) not in counted:
            continue
        seen: Counter[str] = Counter()
        repeats: dict[str, int] = {}
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            for found in walk(stream, ["/messages/*/attached_files"]):
                for number, one in listed({"": getattr(found, "value", None)}, ""):
                    name = words(one, "export_name")
                    if name and seen[name]:
                        repeats[f"{found.pointer}/{number}"] = seen[name]
                    seen[name] += 1
        claim.facts[f"repeats:{member.tree_path}"] = json.dumps(repeats)


def _reactions(context: Group, message: Message, element: dict[str, Any]) -> Iterator[Message]:
    for number, reaction in listed(element, "reactions"):
        emoji = part(reaction, "emoji")
        said = words(emoji, "unicode") or words(part(emoji, "custom_emoji"), "shortcode")
        emails = reaction.get("reactor_emails")
        for index, email in enumerate(emails if isinstance(emails, list) else []):
            sender = _account({"email": email}) if isinstance(email, str) else None
            if sender is None:
                continue
            known = next((one for one in context.members if one.value == sender.value), sender)
            yield Message(
                "reaction",
                no_time(None, "reactions"),
                known,
                context.conversation,
                text=said or None,
                owner=context.owner,
                recipients=without((message.sender,) if message.sender else (), known),
                notes=[TIME_MISSING],
                facts={"reaction-to": words(element, "message_id")},
                suffix=f"/reactions/{number}/reactor_emails/{index}",
            )
