"""What one row of each table of a Reddit export says.

Messages and chats go both ways. Comments, posts, votes and friends are the owner's own acts: what others answered is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from plainrecord.parsers.chat.jsonchat import rest
from plainrecord.parsers.chat.pieces import Message, Problem, no_time
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.redditscene import DELETED, SERVICE, Export, time_of
from plainrecord.parsers.social.rows import no_instant
from plainrecord.parsers.social.sheets import Read, TableSheet, Where
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import TimeBlock

Named = Mapping[str, str]

EVENTS = account_events(SERVICE)
GONE = "reddit:account-deleted"
_ANSWER = re.compile(r"\A(?:re:\s*)+", re.IGNORECASE)
_WITHOUT_TEXT = "text-not-in-archive"
# What stands where words were.
_NO_WORDS = (DELETED, "[removed]")


def message(where: Where[Export], named: Named) -> Read:
    """A private message."""
    return [] if where.scene.is_repeat(named) else _message(where, named)


def _message(where: Where[Export], named: Named) -> Read:
    if not (named.get("id") or named.get("date") or named.get("from")):
        return Problem("not-a-message", "The row has neither id nor date nor sender of a message.")
    scene, subject = where.scene, named.get("subject", "")
    sender, other = scene.account(named.get("from", "")), scene.account(named.get("to", ""))
    found = Message(
        "message",
        time_of(named.get("date", ""), "date"),
        sender,
        Conversation(_thread(scene, named, sender, other), _ANSWER.sub("", subject) or None),
        text=named.get("body") or None,
        subject=subject or None,
        recipients=(other,) if other else (),
        facts=rest(named, {"from", "to", "date", "body", "subject"}),
    )
    if DELETED in (named.get("from", ""), named.get("to", "")):
        found.notes.append(GONE)
    return [_told(scene, found)]


def _thread(scene: Export, named: Named, sender: Account | None, other: Account | None) -> str:
    """The thread as stated; else the message that begins one; else other account and subject. Of deleted accounts nobody knows
    which is which, so that each of their messages stands alone."""
    one, thread = named.get("id", ""), named.get("thread_id", "").strip()
    if thread or one in scene.threads:
        return f"{SERVICE}:{thread or one}"
    others = [account for account in (sender, other) if account and account != scene.owner]
    if not others or DELETED in (named.get("from", ""), named.get("to", "")):
        return f"{SERVICE}:alone:{one or named.get('date', '')}"
    return (
        f"{SERVICE}:subject:{others[0].value.casefold()}:{_ANSWER.sub('', named.get('subject', '')).strip().casefold()}"
    )


def chat(where: Where[Export], named: Named) -> Read:
    """A line of a chat."""
    if not (named.get("message_id") or named.get("created_at")):
        return Problem("not-a-message", "The row has neither id nor date of a message.")
    scene, room = where.scene, named.get("channel_url", "")
    sender = scene.account(named.get("username", ""))
    group = named.get("conversation_type", "").strip().casefold() == "group" or bool(named.get("subreddit"))
    people = [account for name in scene.rooms.get(room, []) if (account := scene.account(name))]
    whole = dict.fromkeys([*people, *([scene.owner] if scene.owner else [])])
    others = tuple(one for one in whole if one != sender)
    title = named.get("channel_name") or (
        next((one.value for one in whole if one != scene.owner), "") if not group else ""
    )
    said = named.get("message", "")
    found = Message(
        "message",
        time_of(named.get("created_at", ""), "created_at"),
        sender,
        Conversation(f"{SERVICE}:{room or named.get('message_id')}", title or None, is_group=group or len(whole) > 2),
        text=said or None,
        recipients=others if sender else (),
        marks=["deleted", "generated-text"] if said in _NO_WORDS else [],
        notes=[GONE] if named.get("username") == DELETED else [],
        facts=rest(named, {"created_at", "updated_at", "username", "message", "channel_url", "channel_name"}),
    )
    changed = time_of(named.get("updated_at", ""), "updated_at", "edited")
    if changed.utc_us is not None and changed.utc_us != found.time.utc_us:
        found.dates.append(changed)
    return [_told(scene, found)]


def comment(where: Where[Export], named: Named) -> Read:
    """A comment of the owner; whom it answers is stated only as the id of what it answers."""
    return _own_words(where.scene, "comment", named)


def post(where: Where[Export], named: Named) -> Read:
    """A post of the owner."""
    return _own_words(where.scene, "post", named)


def _own_words(scene: Export, kind: Kind, named: Named) -> Read:
    if not (named.get("id") or named.get("date")):
        return Problem("not-a-post", "The row has neither id nor date.")
    found = Message(
        kind,
        time_of(named.get("date", ""), "date"),
        scene.owner,
        Conversation(),
        text=named.get("body") or None,
        subject=named.get("title") or None,
        marks=["deleted", "generated-text"] if named.get("body") in _NO_WORDS else [],
        facts=rest(named, {"date", "body", "title", "created_utc"}),
    )
    return [_told(scene, found)]


def message_header(where: Where[Export], named: Named) -> Read:
    """A message of which only the header is left."""
    return _alone(where, named, "messages", _message(where, named))


def comment_header(where: Where[Export], named: Named) -> Read:
    """A comment of which only the header is left."""
    return _alone(where, named, "comments", comment(where, named))


def post_header(where: Where[Export], named: Named) -> Read:
    """A post of which only the header is left."""
    return _alone(where, named, "posts", post(where, named))


def _alone(where: Where[Export], named: Named, kind: str, found: Read) -> Read:
    if isinstance(found, Problem):
        return found
    if f"{kind}:{named.get('id', '')}" not in where.scene.gaps:
        return []
    for one in found:
        one.marks.append(_WITHOUT_TEXT)
    return found


def vote(where: Where[Export], named: Named) -> Read:
    """A vote of the owner, without its date and without the author of what it is on."""
    found = _undated(where.scene, "reaction", where.scene.owner, Conversation(), rest(named, {"direction"}))
    found.text = named.get("direction") or None
    found.notes.append("reddit:author-not-stated")
    return [_told(where.scene, found)]


def friend(where: Where[Export], named: Named) -> Read:
    """An account the owner made a friend, which is a list of the owner's own."""
    other = where.scene.account(named.get("username", ""))
    if other is None:
        return Problem("no-account", "The row names no account.")
    facts = rest(named, {"username"})
    found = _undated(where.scene, "follow", where.scene.owner, acts_with(other, SERVICE), facts)
    found.recipients, found.marks = (other,), ["friend"]
    return [_told(where.scene, found)]


def award(where: Where[Export], named: Named) -> Read:
    """An award that another account gave to something of the owner's."""
    giver = where.scene.account(named.get("gilder_username", ""))
    return [_award(where, named, giver, where.scene.owner, acts_with(giver, SERVICE))]


def own_award(where: Where[Export], named: Named) -> Read:
    """An award the owner gave; to whom is not stated."""
    found = _award(where, named, where.scene.owner, None, Conversation())
    found.notes.append("reddit:author-not-stated")
    return [found]


def _award(
    where: Where[Export], named: Named, giver: Account | None, to: Account | None, standing: Conversation
) -> Message:
    found = Message(
        "payment",
        time_of(named.get("date", ""), "date", "occurred"),
        giver,
        standing,
        recipients=(to,) if to else (),
        marks=["award"],
        notes=[] if giver else ["reddit:actor-not-stated"],
        facts=rest(named, {"date", "gilder_username"}),
    )
    return _told(where.scene, found)


def address(where: Where[Export], named: Named) -> Read:
    """An address the account was used from. One row, without a date, is where it was made."""
    said = named.get("date", "").strip()
    made = said.casefold() == "registration ip"
    time = no_time(None, "date") if made else time_of(said, "date", "occurred")
    facts = rest(named, () if made else {"date"})
    return [_event(where.scene, "login_alert", "account-made" if made else "log-in", time, facts)]


def announcement(where: Where[Export], named: Named) -> Read:
    """A message of the service, or of a company through it, to many accounts."""
    sender = where.scene.account(named.get("from_username", ""))
    found = Message(
        "message",
        time_of(named.get("sent_at", ""), "sent_at"),
        sender,
        Conversation(f"{SERVICE}:announcements:{sender.value if sender else ''}", "Announcements"),
        text=named.get("body") or None,
        subject=named.get("subject") or None,
        recipients=(where.scene.owner,) if where.scene.owner else (),
        marks=["announcement"],
        facts=rest(named, {"sent_at", "from_username", "body", "subject"}),
    )
    return [_told(where.scene, found)]


def statistic(where: Where[Export], named: Named) -> Read:
    """One line about the account; those that are times stand at their time."""
    name, value = named.get("statistic", ""), named.get("value", "")
    time = time_of(value, name, "created") if name.casefold().endswith(("date", "time")) else no_time(None, name)
    return [_event(where.scene, "other", "account", time, {name or "statistic": value})]


def linked(where: Where[Export], named: Named) -> Read:
    """Another account or a number that the account is tied to."""
    return [_event(where.scene, "other", "account-linked", no_time(None, "row"), rest(named, ()))]


def nothing(_where: Where[Export], _named: Named) -> Read:
    """A table that was read for what it says of others."""
    return []


def _event(scene: Export, kind: Kind, mark: str, time: TimeBlock, facts: dict[str, str]) -> Message:
    recipients = (scene.owner,) if scene.owner else ()
    return _told(scene, Message(kind, time, None, EVENTS, recipients=recipients, marks=[mark], facts=facts))


def _undated(
    scene: Export, kind: Kind, sender: Account | None, standing: Conversation, facts: dict[str, str]
) -> Message:
    return Message(kind, no_time(None, "row"), sender, standing, owner=scene.owner, facts=facts)


def _told(scene: Export, found: Message) -> Message:
    found.owner = scene.owner
    found.notes += no_instant(found.time, SERVICE)
    return found


SHEETS: dict[str, TableSheet[Export]] = {
    "messages": TableSheet(message),
    "messages-headers": TableSheet(message_header),
    "chats": TableSheet(chat),
    "comments": TableSheet(comment),
    "comments-headers": TableSheet(comment_header),
    "posts": TableSheet(post),
    "posts-headers": TableSheet(post_header),
    "votes": TableSheet(vote),
    "friends": TableSheet(friend),
    "awards": TableSheet(award),
    "own-awards": TableSheet(own_award),
    "addresses": TableSheet(address),
    "announcements": TableSheet(announcement),
    "statistics": TableSheet(statistic),
    "linked": TableSheet(linked),
    "checkfile": TableSheet(nothing),
}
