"""Instagram downloads up to 2020: a handful of files at the top, with usernames and written times.

Reads: `messages.json`, `connections.json`, `comments.json`, `likes.json`, `account_history.json`, `profile.json`. Here people
are named by username, in messages too; later downloads name them by display name there. The two are never joined.
Source of knowledge: the downloads reference, section 6.1 (public readers; the lists of comments and likes from notes).
Never raises, whatever an element holds. Tier: `public schema` for messages, the rest not exercised on a real download.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plainrecord.parsers.chat.jsonchat import listed, rest, shown, utc_text, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.jsonstream import walk_head
from plainrecord.parsers.social.instagramentry import WITHHELD
from plainrecord.parsers.social.instagramevents import event
from plainrecord.parsers.social.instagramfiles import INSTAGRAM
from plainrecord.parsers.social.instagramscene import Scene, account, act
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import TimeBlock

_SAID = frozenset("sender created_at text media media_url voice_media likes".split())
# List of `connections.json` → kind, whose act it is, marks. All others are the owner's and no more is known of them.
_CONNECTIONS: dict[str, tuple[Kind, bool, tuple[str, ...]]] = {
    "followers": ("follow", False, ()),
    "following": ("follow", True, ()),
    "follow_requests_received": ("request", False, ("pending",)),
    "follow_requests_sent": ("request", True, ("pending",)),
    "permanent_follow_requests": ("request", True, ()),
    "unfollowed_users": ("follow", True, ("unfollowed",)),
    "blocked_users": ("block", True, ()),
    "restricted_users": ("block", True, ("restricted",)),
    "hide_stories_from": ("block", True, ("stories-hidden",)),
    "close_friends": ("other", True, ("close-friend",)),
    "dismissed_suggested_users": ("other", True, ("suggestion-removed",)),
}
_HASHTAGS = "following_hashtags"
_NO_TRIPLE = Problem("not-an-entry", "There is no entry of the list in this place, but another kind of value.")


def is_old_file(name: str, head: bytes, *, in_download: bool = False) -> bool:
    """Whether a file with one of those names is what it should be. Their names alone say too little.

    In a download that is known to be one, a profile need say no more than the username.
    """
    test = _SHAPES.get(name) if not (in_download and name == "profile.json") else _holds("/username")
    return test is not None and bool(test(head))


def _holds(*patterns: str, words: Sequence[bytes] = ()) -> Any:
    return lambda head: (
        all(word in head for word in words) and {found.pattern for found in walk_head(head, patterns)} == set(patterns)
    )


_SHAPES = {
    "messages.json": _holds("/*/participants", words=(b'"conversation"', b'"participants"')),
    "connections.json": lambda head: any(
        found.pattern == f"/{name}/*" and isinstance(found.value, str)
        for name in _CONNECTIONS
        for found in walk_head(head, [f"/{name}/*"])
    ),
    "comments.json": lambda head: any(
        name in head for name in (b'"media_comments"', b'"live_comments"', b'"story_comments"')
    ),
    "likes.json": lambda head: b'"media_likes"' in head or b'"comment_likes"' in head,
    "profile.json": _holds("/username", words=(b'"date_joined"',)),
    "account_history.json": lambda head: b'"login_history"' in head or b'"registration_info"' in head,
}


def read_message(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One message, and the likes it was given."""
    if not isinstance(element, dict) or not ({"sender", "created_at"} & element.keys()):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    number = pointer.split("/")[1]
    people = _people(where.headings.get(f"/{number}/participants"))
    sender = account(INSTAGRAM, words(element, "sender"))
    when = utc_text(words(element, "created_at"), "created_at")
    message = Message(
        "story_reply" if "story_share" in element and element.get("text") else "message",
        when,
        sender,
        _conversation(where, number, people),
        text=words(element, "text") or None,
        owner=where.scene.handle,
        recipients=_others(people, sender),
        notes=_time_notes(when) if sender else [*_time_notes(when), "instagram:sender-missing"],
        facts=rest(element, _SAID),
        # As far as is known these lists run from the newest to the oldest.
        backwards=True,
    )
    for key in ("media", "media_url", "voice_media"):
        message.files += _files(key, element.get(key))
    return [message, *_likes(where, message, element)]


def _conversation(where: Where[Scene], number: str, people: tuple[str, ...]) -> Conversation:
    owner = where.scene.handle
    others = [name for name in people if owner is None or name != owner.value]
    return Conversation(
        f"{INSTAGRAM}:{where.member.tree_path}:{number}", ", ".join(others)[:300] or None, is_group=len(people) > 2
    )


def _people(names: object) -> tuple[str, ...]:
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _others(people: tuple[str, ...], sender: Account | None) -> tuple[Account, ...]:
    others = dict.fromkeys(name for name in people if sender and name != sender.value)
    return tuple(one for name in others if (one := account(INSTAGRAM, name)))


def _files(key: str, value: object) -> list[File]:
    places = value if isinstance(value, list) else [value] if isinstance(value, str) and value else []
    return [
        File(text.partition("?")[0].rpartition("/")[2][:255] or None, absent="not-exported", facts={key: text[:500]})
        for text in map(shown, places)
    ]


def _likes(where: Where[Scene], message: Message, element: dict[str, Any]) -> list[Message]:
    found = []
    for number, like in listed(element, "likes"):
        by = account(INSTAGRAM, words(like, "username"))
        when = utc_text(words(like, "date") or words(like, "timestamp"), "likes/date")
        found.append(
            Message(
                "reaction",
                when,
                by,
                message.conversation,
                owner=where.scene.handle,
                recipients=(message.sender,) if message.sender and message.sender != by else message.recipients,
                marks=["like"],
                notes=_time_notes(when),
                facts={"reaction-to-sent": message.time.ts_utc or ""} | rest(like, ("username", "date", "timestamp")),
                suffix=f"/likes/{number}",
                backwards=True,
            )
        )
    return found


def read_connection(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One account of a list: its name stands in the pointer, its time is the value."""
    _, key, name = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/", 2))
    when = utc_text(element, key, "occurred") if isinstance(element, str) else no_time(None, key)
    if not isinstance(element, str) or (element and when.utc_us is None):
        # Not a name with its time: what stands in the pointer may be a number in a list, and no account.
        return _NO_TRIPLE
    kind, by_owner, marks = _CONNECTIONS.get(key, ("other", True, (key[:60].replace("_", "-"),)))
    other = None if key == _HASHTAGS else account(INSTAGRAM, name)
    message = act(where.scene, INSTAGRAM, kind, other, when, by_owner=by_owner)
    message.marks, message.notes = list(marks), message.notes + _time_notes(when)
    message.facts = {"list": key[:200]} | ({"hashtag": name[:200]} if key == _HASHTAGS else {})
    return [message]


def read_comment(where: Where[Scene], pointer: str, element: Any) -> Read:
    """`[time, words, username]`: a comment of the owner on a post of that account."""
    texts = _texts(element, 3)
    if texts is None:
        return _NO_TRIPLE
    message = _row(where, "comment", texts[0], texts[2])
    message.text = texts[1] or None
    message.facts["list"] = pointer.split("/")[1][:200]
    return [message]


def read_like(where: Where[Scene], pointer: str, element: Any) -> Read:
    """`[time, username]`: a like the owner gave."""
    texts = _texts(element, 2)
    if texts is None:
        return _NO_TRIPLE
    message = _row(where, "reaction", texts[0], texts[1])
    message.marks.append("like")
    message.facts["list"] = pointer.split("/")[1][:200]
    return [message]


def _row(where: Where[Scene], kind: Kind, time: str, name: str) -> Message:
    when = utc_text(time, "time", "occurred")
    message = act(where.scene, INSTAGRAM, kind, account(INSTAGRAM, name), when, by_owner=True)
    message.notes += _time_notes(when)
    return message


def _texts(element: object, count: int) -> list[str] | None:
    if not isinstance(element, list) or len(element) < count or not all(isinstance(one, str) for one in element):
        return None
    return element


def read_account(where: Where[Scene], pointer: str, element: Any) -> Read:
    """A log-in of `account_history.json`, or all of `profile.json`."""
    if not isinstance(element, dict):
        return _NO_TRIPLE
    list_name = pointer.split("/")[1] if pointer else "profile"
    raw = words(element, "timestamp") or words(element, "registration_time") or words(element, "date_joined")
    when = utc_text(raw, "timestamp", "occurred")
    kind: Kind = "login_alert" if list_name == "login_history" else "profile_change" if pointer else "other"
    message = event(where.scene, INSTAGRAM, kind, when if when.utc_us is not None else None)
    message.time = when if raw else no_time(None, "timestamp")
    message.marks = ["login"] if kind == "login_alert" else ["signup"] if pointer else ["profile-as-exported"]
    message.facts = {
        key: WITHHELD if "cookie" in key else value
        for key, value in rest(element, ("timestamp", "registration_time") if pointer else ()).items()
    }
    return [message]


def _time_notes(when: TimeBlock) -> list[str]:
    return [] if when.ts_raw else [TIME_MISSING]


OLD_SHEETS: dict[str, JsonSheet[Scene]] = {
    "old-messages": JsonSheet(("/*/conversation/*",), read_message, headings=("/*/participants",)),
    "old-connections": JsonSheet(("/*/*",), read_connection),
    "old-comments": JsonSheet(("/*/*",), read_comment),
    "old-likes": JsonSheet(("/*/*",), read_like),
    "old-account-history": JsonSheet(("/login_history/*", "/registration_info"), read_account),
    "old-profile": JsonSheet(("",), read_account),
}
