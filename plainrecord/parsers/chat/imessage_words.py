"""Times, handles and fixed lines of imessage-exporter, the same in its text and its HTML files."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from plainrecord.parsers.chat.pieces import Message
from plainrecord.records import Account, Conversation
from plainrecord.times import Meaning, TimeBlock, from_local, unreadable

SERVICE = "imessage"
OWNER = Account(SERVICE, "name", "Me")
STAMP = r"[A-Z][a-z]{2} \d\d, \d{4} [ 1]\d:\d\d:\d\d [AP]M"
_STAMP = re.compile(r"([A-Z][a-z]{2}) (\d\d), (\d{4}) ([ 1]\d):(\d\d):(\d\d) ([AP]M)\Z")
_READ = re.compile(r" \(Read by (.+) after (.+)\)\Z")
MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_EDIT = re.compile(r"Edited (.+?) later(?:: |\Z)")
EFFECTS = frozenset(
    f"Sent with {effect}"
    for effect in (
        "Slam|Loud|Gentle|Invisible Ink|Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Star|Sparkles|Spotlight"
    ).split("|")
)
REACTION = re.compile(r"(?:Loved|Liked|Disliked|Laughed|Emphasized|Questioned|\S{1,16}) by .+|.*Sticker from .+")
RESPONDED = "This message responded to an earlier message."
DELETED = "This message was deleted from the conversation!"
# What the exporter says itself of a conversation; any other line with a time is somebody's words.
ANNOUNCED = re.compile(
    r".{1,120} (?:(?:re)?named the conversation|(?:changed|removed) the group (?:photo|background)|performed unknown action"
    r"|(?:added|removed) .{1,200} (?:to|from) the (?:conversation|group)|left the (?:conversation|group)"
    r"|(?:started|stopped) sharing (?:their )?location|kept an audio message)|Unable to format announcement!"
)
UNSENT = re.compile(r"(?:You|They|.{1,80}) deleted a message\.\Z")
_GROUP = re.compile(r"(.*) - \d+\Z", re.DOTALL)
_NUMBER = re.compile(r"\+?\d[\d ().-]{2,24}\Z")


def account(shown: str) -> Account:
    """A sender as written: `Me`, a number, a mail address, else the contact's name."""
    if shown == "Me":
        return OWNER
    if _NUMBER.match(shown):
        return Account(SERVICE, "number", shown)
    if re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", shown):
        return Account(SERVICE, "address", shown)
    return Account(SERVICE, "name", shown)


def is_handle(shown: str) -> bool:
    """Whether a line is the owner, a number or an address: what can only be a sender."""
    return account(shown).kind != "name" or shown == "Me"


def chat_of(tree_path: str) -> tuple[Conversation, tuple[Account, ...]]:
    """The conversation of a file and, where its name lists them, who is in it beside the owner."""
    stem = tree_path.rpartition("/")[2].rpartition(".")[0]
    named = _GROUP.match(stem)
    people = [] if named or stem == "orphaned" else stem.split(", ")
    others = tuple(account(name) for name in people if name and not name.startswith("and "))
    title = named[1] if named else stem
    return Conversation(f"file:{tree_path}", title, is_group=bool(named) or len(people) > 1), others


@lru_cache(maxsize=4096)
def when(raw: str, where: str, zone: str | None, meaning: Meaning = "sent") -> TimeBlock:
    """`May 17, 2022  5:29:42 PM`, on the clock of the computer that made the export; anything else stays unreadable."""
    found = _STAMP.match(raw)
    month = MONTHS.get(found[1]) if found else None
    hour = int(found[4]) if found else 0
    if not found or not month or not 1 <= hour <= 12:
        return unreadable(raw, where, meaning=meaning)
    hour = hour % 12 + (12 if found[7] == "PM" else 0)
    try:
        local = datetime(int(found[3]), month, int(found[2]), hour, int(found[5]), int(found[6]))
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    return from_local(raw, where, local, zone, meaning=meaning)


def stamp_and_status(text: str) -> tuple[str, dict[str, str]]:
    """A time line without what is said about reading, and that as status."""
    found = _READ.search(text)
    if not found:
        return text, {}
    return text[: found.start()], {"read-by": found[1], "read-after": found[2]}


def edits(message: Message, versions: list[tuple[str, str]]) -> None:
    """The versions of an edited message, oldest first, as (what is said about its time, words)."""
    message.marks.append("edited")
    for number, (said, text) in enumerate(versions, start=1):
        message.facts[f"version-{number}"] = text
        if said:
            message.facts[f"version-{number}-time"] = said
    message.text = versions[-1][1] or None


def edit_line(line: str) -> tuple[str, str] | None:
    """`Edited 5 minutes later: words` as its time and words, None for any other line."""
    found = _EDIT.match(line)
    return (f"{found[1]} after the version before", line[found.end() :]) if found else None


def removed(message: Message, said: str) -> None:
    """A message its sender took back: only that it was there is left."""
    message.marks += ["unsent", "deleted"]
    message.facts["app-text"] = said
    message.text = None
