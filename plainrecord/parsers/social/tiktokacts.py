"""What the entries of a TikTok download say: messages, followers, blocks, log-ins and the owner's own acts.

One function for each kind of entry, the same for JSON and for text. Whose act a list shows is a table here: the followers
acted, all other lists are what the owner did or what the account went through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.sheets import Read
from plainrecord.parsers.social.tiktokscene import SERVICE, Scene, account, field, mind_the_time, others, squeezed, when
from plainrecord.records import Account, Conversation, Kind

By = Literal["owner", "other", "nobody"]

_LINK = ("https://www.tiktokv.com/share/", "https://www.tiktok.com/")
_EVENTS = account_events(SERVICE)


@dataclass(frozen=True, slots=True)
class Act:
    """What the entries of a list are and whose act: `words` is the field with what was written, `person` whether it names one."""

    kind: Kind
    by: By
    mark: str = ""
    person: bool = False
    words: tuple[str, ...] = ()
    place: Conversation = _EVENTS


def _own(key: str, title: str) -> Conversation:
    return Conversation(f"{SERVICE}:{key}", title)


ACTS = {
    "followers": Act("follow", "other", person=True),
    "following": Act("follow", "owner", person=True),
    "blocks": Act("block", "owner", person=True),
    "gifts": Act("payment", "owner", "gift", person=True),
    "comments": Act("comment", "owner", words=("comment",), place=_own("own-comments", "Comments the owner wrote")),
    "likes": Act("reaction", "owner", "like", place=_own("own-likes", "What the owner liked")),
    "posts": Act("post", "owner", words=("title",), place=_own("own-posts", "What the owner posted")),
    "logins": Act("login_alert", "nobody", "login"),
    "devices": Act("other", "nobody", "device"),
    "location": Act("other", "nobody", "location", place=_own("places", "Where the owner was, as TikTok has it")),
    "profile": Act("other", "nobody", "profile"),
}


def read_act(scene: Scene, what: str, element: Any) -> Read:
    """One entry of a list that is no chat."""
    act = ACTS[what]
    if not isinstance(element, Mapping):
        return Problem("not-an-entry", "There is no entry of fields in this place, but another kind of value.")
    name, value = field(element, "username", "user") if act.person else ("", "")
    other = account(value)
    if act.person and other is None:
        return Problem("not-a-person", "There is nobody's user name in this place.")
    dated, time = when(element)
    text, words = field(element, *act.words) if act.words else ("", "")
    message = Message(act.kind, time, None, acts_with(other, SERVICE) if other else act.place, owner=scene.owner)
    message.marks += [act.mark] if act.mark else []
    message.text = words or None
    owner = (scene.owner,) if scene.owner else ()
    if act.by == "owner":
        message.sender, message.recipients = scene.owner, (other,) if other else ()
    else:
        message.sender, message.recipients = other, owner
    message.facts |= others(element, name, dated, text)
    return [mind_the_time(message)]


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat: with whom, or the name of a group."""

    name: str
    is_group: bool

    @property
    def conversation(self) -> Conversation:
        """Where its messages stand. Two lists that name one user are one chat."""
        return Conversation(
            f"{SERVICE}:{'group:' if self.is_group else ''}{self.name}", self.name or None, self.is_group
        )


def read_message(scene: Scene, chat: Chat, element: Any) -> Read:
    """One message of a chat."""
    if not isinstance(element, Mapping):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    by, name = field(element, "from", "sender", "username")
    said, text = field(element, "content", "message", "text")
    dated, time = when(element, "sent")
    if not (by or said or dated):
        return Problem("not-a-message", "There is no message in this place, but another kind of object.")
    message = Message("message", time, account(name), chat.conversation, text=text or None, owner=scene.owner)
    message.recipients, note = _to(scene, chat, name)
    message.notes += [note] if note else []
    message.notes += [] if message.sender else ["tiktok:sender-missing"]
    message.marks += ["share"] if text.startswith(_LINK) else []
    message.facts |= others(element, by, said, dated)
    return [mind_the_time(message)]


def _to(scene: Scene, chat: Chat, sender: str) -> tuple[tuple[Account, ...], str]:
    """To whom a message went, and a note where that is not clear.

    Trap: names are those at the time of the download. A third name between two people is somebody's earlier name, and the
    download does not say whose.
    """
    partner = None if chat.is_group else account(chat.name)
    owner = (scene.owner,) if scene.owner else ()
    if scene.is_owner(sender):
        return (partner,) if partner else (), ""
    if not sender or chat.is_group:
        return owner if sender else (), ""
    if squeezed(sender) == squeezed(chat.name):
        return owner, ""
    # Where the owner is not named, a chat of two still says who is not the other.
    return ((partner,) if partner else (), "") if scene.owner is None else ((), "tiktok:sender-neither")
