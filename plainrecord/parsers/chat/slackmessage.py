"""One Slack message as records: who, when, in which conversation, words, thread, files, reactions. For `slack.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plainrecord.parsers.chat.jsonchat import listed, part, rest, without, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, no_time
from plainrecord.parsers.chat.slacktext import of_blocks, readable, redacted
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import Meaning, TimeBlock, from_epoch

SERVICE = "slack"
_TS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_SAID = frozenset(
    "type subtype user bot_id username text ts edited files file reactions user_profile blocks attachments team"
    " source_team user_team bot_profile comment message replies reply_users thread_ts".split()
)
_SYSTEM = ("channel_", "group_", "pinned_", "bot_add", "bot_remove", "reminder_add", "sh_room")
_MARKS = {
    "bot_message": "bot",
    "me_message": "me-message",
    "tombstone": "deleted",
    "message_deleted": "deleted",
    "message_changed": "edited",
    "thread_broadcast": "thread-broadcast",
    "file_share": "",
    "file_comment": "file-comment",
    "file_mention": "",
    "message_replied": "",
    "slackbot_response": "bot",
}
_GONE = frozenset(("tombstone", "hidden_by_limit"))


@dataclass(frozen=True, slots=True)
class Channel:
    """One conversation and the names of the workspace's people."""

    conversation: Conversation
    members: tuple[str, ...]
    names: dict[str, str]

    def account(self, identity: str, name: str = "") -> Account:
        """The account of a user or bot id."""
        return Account(SERVICE, "id", identity, self.names.get(identity) or name or None)


@dataclass(frozen=True, slots=True)
class Workspace:
    """People (id → name) and places (folder → id, name, kind, members) of an export."""

    people: dict[str, str]
    places: dict[str, list[Any]]

    def channel(self, folder: str) -> Channel:
        """The conversation that stands in a folder; one the lists do not name is known by its folder alone."""
        identity, name, kind, members = self.places.get(folder, [folder, folder, "", []])
        title = f"#{name}" if kind in ("channel", "private") else name
        if kind in ("direct", "group"):
            title = ", ".join(self.people.get(one, one) for one in members) or name
        group = kind != "direct" and not (not kind and folder.startswith("D") and folder.isupper())
        return Channel(
            Conversation(f"{SERVICE}:{identity or folder}", title or folder, group), tuple(members), self.people
        )


def messages(channel: Channel, element: dict[str, Any]) -> list[Message]:
    """A message and, behind it, its reactions."""
    subtype = words(element, "subtype")
    sender = _sender(channel, element)
    when = of_ts(words(element, "ts"), "ts")
    message = Message(
        _kind(element, subtype),
        when or no_time(element.get("ts"), "ts"),
        sender,
        channel.conversation,
        notes=[] if when else [TIME_MISSING],
        facts={name: redacted(value) for name, value in rest(element, _SAID).items()},
    )
    # Trap: the number behind the dot tells messages of one second apart; as a floating number it would lose digits.
    message.facts |= {"ts": words(element, "ts")} if words(element, "ts") else {}
    message.recipients = tuple(channel.account(one) for one in channel.members if sender is None or one != sender.value)
    _subtype(message, subtype, element)
    _thread(message, element)
    _say(message, channel, element)
    message.files = [_file(file) for file in _files(element)]
    return [message, *_reactions(channel, message, element)]


def of_ts(raw: str, where: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """Seconds since 1970 and a running number in text: the seconds are the time, the number keeps the order."""
    match = _TS.fullmatch(raw)
    if match is None or int(match[1]) == 0:
        return None
    order = int(((match[2] or "") + "000000")[:6])
    return from_epoch(int(match[1]) * 1_000_000 + order, "us", raw, where, meaning=meaning, precision="s")


def _kind(element: dict[str, Any], subtype: str) -> Kind:
    if subtype.startswith(_SYSTEM):
        return "system"
    if subtype in ("huddle_thread", "call"):
        return "call"
    return "message" if words(element, "type") in ("message", "") else "other"


def _sender(channel: Channel, element: dict[str, Any]) -> Account | None:
    profile = part(element, "user_profile")
    name = words(profile, "real_name") or words(profile, "name") or words(element, "username")
    user = words(element, "user") or words(part(element, "comment"), "user") or words(element, "bot_id")
    if user:
        return channel.account(user, name)
    return Account(SERVICE, "name", name, name) if name else None


def _subtype(message: Message, subtype: str, element: dict[str, Any]) -> None:
    if subtype:
        message.facts["subtype"] = subtype
        if subtype.startswith(("channel_", "group_")):
            message.marks.append("group-change")
        elif message.kind == "message" and subtype not in _MARKS:
            message.notes.append("slack:subtype-unknown")
        if mark := _MARKS.get(subtype):
            message.marks.append(mark)
        if subtype.startswith("file_") and words(element, "text").startswith(f"<@{words(element, 'user')}"):
            # Older exports describe a shared file in words of Slack's own: “@alex uploaded a file: …”.
            message.marks.append("maybe-system")
    if words(element, "bot_id") and "bot" not in message.marks:
        message.marks.append("bot")
    edited = part(element, "edited")
    if when := of_ts(words(edited, "ts"), "edited.ts", "edited"):
        message.marks += ["edited"] if "edited" not in message.marks else []
        message.dates.append(when)
        if words(edited, "user"):
            message.facts["edited-by"] = words(edited, "user")


def _thread(message: Message, element: dict[str, Any]) -> None:
    thread = words(element, "thread_ts")
    if thread:
        message.facts["thread"] = thread
        message.marks += ["reply"] if thread != words(element, "ts") else []


def _say(message: Message, channel: Channel, element: dict[str, Any]) -> None:
    stored = words(element, "text") or words(part(element, "message"), "text")
    message.text = readable(stored, channel.names) or None
    if message.text is None and (said := of_blocks(element.get("blocks"), channel.names)):
        # Trap: newer messages may have their words in blocks alone.
        message.text = said
        message.notes.append("slack:text-from-blocks")
    if stored and message.text != stored:
        message.facts["text-as-stored"] = redacted(stored)
    if comment := words(part(element, "comment"), "comment"):
        message.facts["comment"] = readable(comment, channel.names)
    for number, attachment in listed(element, "attachments"):
        for name in ("pretext", "title", "text", "from_url", "title_link", "fallback"):
            if said := words(attachment, name):
                message.facts[f"attachment-{number + 1}-{name}"] = readable(said, channel.names)[:4000]


def _files(element: dict[str, Any]) -> list[dict[str, Any]]:
    files = [file for _, file in listed(element, "files")]
    old = part(element, "file")
    return [*files, old] if old and not files else files


def _file(file: dict[str, Any]) -> File:
    identity, name = words(file, "id"), words(file, "name")
    paths = (f"../__uploads/{identity}/{name}", f"attachments/{identity}-{name}") if identity and name else ()
    gone = words(file, "mode") in _GONE
    facts = {key: words(file, key) for key in ("id", "title", "mode", "size", "pretty_type") if words(file, key)}
    if uploaded := of_ts(words(file, "timestamp") or words(file, "created"), "files.timestamp"):
        facts["uploaded"] = uploaded.ts_utc or ""
    if url := words(file, "url_private_download") or words(file, "url_private"):
        facts["url"] = redacted(url)
    notes = ("slack:file-gone-before-export",) if gone else ()
    return File(name or None, paths, words(file, "mimetype") or None, "not-exported", facts, notes)


def _reactions(channel: Channel, message: Message, element: dict[str, Any]) -> Iterator[Message]:
    for number, reaction in listed(element, "reactions"):
        users = reaction.get("users")
        for index, user in enumerate(users if isinstance(users, list) else []):
            if not isinstance(user, str) or not user:
                continue
            sender = channel.account(user)
            yield Message(
                "reaction",
                no_time(None, "reactions"),
                sender,
                channel.conversation,
                text=f":{words(reaction, 'name')}:",
                recipients=without((message.sender,) if message.sender else (), sender),
                notes=[TIME_MISSING],
                facts={"reaction-to": words(element, "ts")},
                suffix=f"/reactions/{number}/users/{index}",
            )
