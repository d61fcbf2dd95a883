"""What the owner of an X archive posted, replied, reposted and liked: posts, deleted posts, long posts, likes.

All of it are the owner's own acts: what others wrote to the owner in public is not in an archive. A reply shows only that the
owner answered somebody. Whom a post names counts as its recipient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plainrecord.parsers.chat.jsonchat import listed, part, rest, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.parsers.social.xarchive import Archive
from plainrecord.parsers.social.xmessages import escaped, links, media_file, owned
from plainrecord.parsers.social.xscript import (
    SERVICE,
    first_of,
    identity,
    opening,
    stated,
    time_of_id,
    unescaped,
    unwrapped,
    when,
)
from plainrecord.records import Account, Conversation

_NOT_A_POST = Problem("not-a-post", "There is no post in this place, but another kind of value.")
_SAID = frozenset(
    "id id_str tweet_id full_text text created_at deleted_at entities extended_entities in_reply_to_user_id note_tweet "
    "in_reply_to_user_id_str in_reply_to_screen_name user_id display_text_range truncated lang edit_info".split()
)
_MORE_THAN_SHOWN = "x:long-text"


def post(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """One of the owner's posts."""
    return _post(where.scene, element)


def deleted(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """One of the owner's posts that the owner deleted."""
    return _post(where.scene, element, "deleted")


def post_header(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """A post of which the archive holds nothing but id and time."""
    inner = (unwrapped(element) or ("", {}))[1]
    if first_of(inner, "id_str", "id", "tweet_id") not in where.scene.gaps:
        return [] if inner else _NOT_A_POST
    return _post(where.scene, element, "text-not-in-archive")


def _post(scene: Archive, element: Any, *marks: str) -> Read:
    found = unwrapped(element)
    inner = found[1] if found else {}
    one = first_of(inner, "id_str", "id", "tweet_id")
    if not one and not words(inner, "created_at"):
        return _NOT_A_POST
    short = words(inner, "full_text") or words(inner, "text")
    stored = _long_text(inner) or short
    at = when(inner.get("created_at"), "created_at", one)
    named = list(_named(scene, inner))
    message = Message(
        "comment" if _answers(inner) else "post",
        at.time,
        scene.owner,
        _standing(one, named),
        text=unescaped(stored) or None,
        recipients=tuple(named),
        marks=[*marks, *(["repost"] if short.startswith("RT @") else []), *(["edited"] if _edits(inner) else [])],
        notes=at.notes,
        facts={"post-id": one, **at.facts, **links(part(inner, "entities")), **_edits(inner), **rest(inner, _SAID)},
        files=list(_files(inner, one)),
        backwards=True,
    )
    escaped(message, stored)
    if stored != short:
        message.notes.append(_MORE_THAN_SHOWN)
        message.facts["text-as-cut"] = short
    if gone := stated(inner.get("deleted_at"), "deleted_at", "deleted"):
        message.dates.append(gone)
        message.marks.append("deleted")
    author = first_of(inner, "user_id")
    if author and scene.owner and author != scene.owner.value:
        message.sender, message.notes = scene.account(author), [*message.notes, "x:post-of-another-account"]
    return [owned(scene, message)]


def _long_text(inner: dict[str, Any]) -> str:
    note = part(inner, "note_tweet")
    nested = part(part(note, "note_tweet_results"), "result")
    return words(note, "text") or words(nested, "text")


def _answers(inner: dict[str, Any]) -> bool:
    return bool(first_of(inner, "in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_user_id_str"))


def _named(scene: Archive, inner: dict[str, Any]) -> Iterator[Account]:
    """Whom a post answers and names, each once, the one answered first; never the owner."""
    met = {scene.owner.value if scene.owner else "", ""}
    answered = first_of(inner, "in_reply_to_user_id_str", "in_reply_to_user_id")
    mentions = [one for _, one in listed(part(inner, "entities"), "user_mentions")]
    names = {first_of(one, "id_str", "id"): words(one, "name") or words(one, "screen_name") for one in mentions}
    for number in (answered, *names):
        if number not in met:
            met.add(number)
            name = names.get(number) or words(inner, "in_reply_to_screen_name")
            yield Account(SERVICE, "id", number, name or None)
    for one in mentions:
        if not first_of(one, "id_str", "id") and (handle := words(one, "screen_name")) not in met:
            met.add(handle)
            yield Account(SERVICE, "handle", handle, words(one, "name") or None)


def _standing(one: str, named: list[Account]) -> Conversation:
    """With the one account it names; by itself where it names more, so that no other's acts come along."""
    if len(named) < 2:
        return acts_with(named[0] if named else None, SERVICE)
    return Conversation(f"{SERVICE}:post:{one}", None, is_group=False)


def _edits(inner: dict[str, Any]) -> dict[str, str]:
    ids = part(part(inner, "edit_info"), "initial").get("editTweetIds")
    others = [identity(one) for one in ids] if isinstance(ids, list) else []
    first = words(part(part(inner, "edit_info"), "edit"), "initialTweetId")
    found = [one for one in (*others, first) if one]
    return {"versions": " ".join(found)} if len(found) > 1 or first else {}


def _files(inner: dict[str, Any], one: str) -> Iterator[File]:
    seen: set[str] = set()
    for holder in ("extended_entities", "entities"):
        for _, item in listed(part(inner, holder), "media"):
            variants = [words(form, "url") for _, form in listed(part(item, "video_info"), "variants")]
            shown = words(item, "media_url_https") or words(item, "media_url")
            urls = [url for url in (*variants, shown) if url]
            if urls and shown not in seen:
                seen.add(shown)
                yield media_file(one, *urls)


def long_post(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """A post of more than 280 signs. Among the posts the same one stands cut."""
    return _long_post(where.scene, element)


def deleted_long_post(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """A long post that the owner deleted."""
    return _long_post(where.scene, element, "deleted")


def _long_post(scene: Archive, element: Any, *marks: str) -> Read:
    found = unwrapped(element)
    inner = found[1] if found else {}
    core = part(inner, "core") or part(inner, "noteTweetResults") or part(inner, "noteTweetContents")
    stored = words(core, "text")
    one = first_of(inner, "noteTweetId")
    if not one and not stored:
        return _NOT_A_POST
    at = when(inner.get("createdAt"), "createdAt", one)
    named = [Account(SERVICE, "handle", handle) for handle in _handles(core)]
    message = Message(
        "post",
        at.time,
        scene.owner,
        _standing(one, named),
        text=unescaped(stored) or None,
        recipients=tuple(named),
        marks=list(marks),
        notes=["x:long-post", *at.notes],
        facts={"long-post-id": one, **at.facts, **links(core), **rest(inner, {"noteTweetId", "createdAt", "core"})},
        backwards=True,
    )
    escaped(message, stored)
    return [owned(scene, message)]


def _handles(core: dict[str, Any]) -> list[str]:
    found = [words(one, "screenName") or words(one, "screen_name") for _, one in listed(core, "mentions")]
    return list(dict.fromkeys(one for one in found if one))


def like(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """A post the owner liked. Its words are another's, and its author is not stated; when it was liked neither."""
    found = unwrapped(element)
    inner = found[1] if found else {}
    one = first_of(inner, "tweetId")
    if not one:
        return Problem("not-a-like", "There is no like in this place, but another kind of value.")
    time = stated(inner.get("likedAt"), "likedAt", "occurred")
    posted = time_of_id(one)
    message = Message(
        "reaction",
        time or no_time(None, "like"),
        where.scene.owner,
        Conversation(),
        text="like",
        notes=[] if time else [TIME_MISSING],
        facts={"liked-post-id": one, **rest(inner, {"tweetId", "fullText", "likedAt"})},
        backwards=True,
    )
    message.notes.append("x:author-of-post-not-stated")
    if words(inner, "fullText"):
        message.facts["liked-post"] = unescaped(words(inner, "fullText"))
    if posted:
        message.facts["liked-post-time-by-id"] = posted.ts_utc or ""
    return [owned(where.scene, message)]


POSTS: JsonSheet[Archive] = JsonSheet(("/*",), post, opening=opening, closing=b";")
DELETED: JsonSheet[Archive] = JsonSheet(("/*",), deleted, opening=opening, closing=b";")
POST_HEADERS: JsonSheet[Archive] = JsonSheet(("/*",), post_header, opening=opening, closing=b";")
LONG_POSTS: JsonSheet[Archive] = JsonSheet(("/*",), long_post, opening=opening, closing=b";")
DELETED_LONG_POSTS: JsonSheet[Archive] = JsonSheet(("/*",), deleted_long_post, opening=opening, closing=b";")
LIKES: JsonSheet[Archive] = JsonSheet(("/*",), like, opening=opening, closing=b";")
