"""What the owner posted on Instagram and Threads: words, pictures, stories, replies.

Everything here is the owner's own. A reply on Threads does not say to whom it was; nobody else's replies are in a download.
Never raises, whatever an entry holds.
"""

from __future__ import annotations

from typing import Any

from plainrecord.parsers import meta
from plainrecord.parsers.chat.jsonchat import listed, part, rest, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, no_time
from plainrecord.parsers.social.instagramacts import NO_ENTRY
from plainrecord.parsers.social.instagramentry import entry_of, facts_of, moment, stamp
from plainrecord.parsers.social.instagramfiles import THREADS, Act
from plainrecord.parsers.social.instagramscene import OWNER_NOT_NAMED, Scene, is_damaged
from plainrecord.parsers.social.shapes import Shape, misshapen
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Conversation

_SAID = frozenset("media title creation_timestamp timestamp label_values".split())
_SAID_OF_FILE = frozenset("uri title creation_timestamp text_app_post".split())
_SHAPES: dict[str, Shape] = {
    **dict.fromkeys(("uri", "title"), str),
    **dict.fromkeys(
        ("creation_timestamp", "timestamp"), lambda value: value in (0, "0", "") or stamp(value) is not None
    ),
    "text_app_post": lambda value: isinstance(value, dict) and isinstance(value.get("is_reply"), bool | None),
    "media": [dict],
}
# A newer list has only labels, and its files under `media`.
_PLACES = ("media", "media_list_data")


def read_post(what: Act, where: Where[Scene], pointer: str, element: Any) -> Read:
    """One post: its words, its files, when it was made."""
    del pointer
    if not isinstance(element, dict):
        return NO_ENTRY
    entry = entry_of(element, damaged=is_damaged(where))
    files = [one for place in _PLACES for _, one in listed(element, place)]
    # A story or a profile picture is the file itself.
    files += [element] if "uri" in element else []
    if entry is None or not (files or entry.title or entry.parts or entry.rows):
        return NO_ENTRY
    times = [(one, words(one, "creation_timestamp")) for one in (element, *files)]
    when = entry.stamp or next((seconds for _, raw in times if (seconds := stamp(raw))), None)
    owner = where.scene.of_service(what.service)
    message = Message(
        "post",
        moment(when, "creation_timestamp", "created") if when else no_time(None, "creation_timestamp"),
        owner,
        Conversation(f"{what.service}:own-posts", "Posts of the account itself"),
        owner=owner,
        service=what.service,
        marks=list(what.marks),
        notes=[*([] if when else [TIME_MISSING]), *([] if owner else [OWNER_NOT_NAMED]), *entry.notes],
    )
    _say(message, where, [element, *files], entry.value("caption"))
    message.files = [
        where.scene.media.file(uri, folder_of(where.member)) for one in files if (uri := words(one, "uri"))
    ]
    message.facts |= facts_of((*entry.parts, *entry.rows)) | rest(_mended(where, element), _SAID | _SAID_OF_FILE)
    message.facts |= misshapen(element, _SHAPES)
    for number, one in enumerate(files):
        if one is not element:
            left = rest(_mended(where, one), _SAID_OF_FILE) | misshapen(one, _SHAPES)
            message.facts |= {f"media/{number}/{name}": value for name, value in left.items()}
    _say_threads(message, what, files)
    return [message]


def _mended(where: Where[Scene], value: dict[str, Any]) -> dict[str, Any]:
    mended = meta.repaired_tree(value) if is_damaged(where) else value
    return mended if isinstance(mended, dict) else {}


def _say(message: Message, where: Where[Scene], places: list[dict[str, Any]], caption: str) -> None:
    """The words: above the post, or beside its files; each once."""
    stored = dict.fromkeys(text for one in places if (text := words(one, "title")))
    if not stored and caption:
        message.text = caption
    if not stored:
        return
    fixed = [meta.repaired(text) if is_damaged(where) else meta.Repaired(text) for text in stored]
    message.text = "\n".join(one.text for one in fixed)
    if any(one.note for one in fixed):
        message.facts["text-as-stored"] = "\n".join(stored)


def _say_threads(message: Message, what: Act, files: list[dict[str, Any]]) -> None:
    for one in files:
        said = part(one, "text_app_post")
        if what.service == THREADS and said.get("is_reply") is True:
            message.marks.append("reply")
            message.notes.append("threads:whom-it-answers-not-stated")
        message.facts |= rest(said, ("is_reply",))
