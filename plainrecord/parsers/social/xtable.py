"""The table of posts (`tweets.csv`) that X archives had before 2018: the owner's own posts, with the numbers they answer."""

from __future__ import annotations

from collections.abc import Mapping

from plainrecord.parsers.chat.jsonchat import rest
from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.sheets import Read, TableSheet, Where
from plainrecord.parsers.social.xarchive import Archive
from plainrecord.parsers.social.xmessages import escaped, owned
from plainrecord.parsers.social.xscript import SERVICE, identity, unescaped, when

_SAID = frozenset("tweet_id text timestamp in_reply_to_user_id".split())


def row(where: Where[Archive], named: Mapping[str, str]) -> Read:
    """One post."""
    one, stored = identity(named.get("tweet_id", "")), named.get("text", "")
    if not one:
        return Problem("not-a-post", "The row has no number of a post.")
    at = when(named.get("timestamp"), "timestamp", one)
    answered = where.scene.account(identity(named.get("in_reply_to_user_id", "")))
    other = answered if answered != where.scene.owner else None
    message = Message(
        "comment" if named.get("in_reply_to_status_id") or answered else "post",
        at.time,
        where.scene.owner,
        acts_with(other, SERVICE),
        text=unescaped(stored) or None,
        recipients=(other,) if other else (),
        marks=["repost"] if stored.startswith("RT @") else [],
        notes=at.notes,
        facts={"post-id": one, **at.facts, **rest(named, _SAID)},
        backwards=True,
    )
    escaped(message, stored)
    return [owned(where.scene, message)]


TABLE: TableSheet[Archive] = TableSheet(row, lambda names: "tweet_id" in names)
