"""Reddit: the export of one's own account, a folder of tables, each known by the names of its columns and by nothing else.

Reads: private messages and chats of both sides; the owner's comments, posts, votes, friends and awards; addresses the account
was used from. Cannot read: what others answered to the owner in public; an export does not hold it. Chats of before 2023 may be
incomplete. Source of knowledge: the downloads reference, section 13, from public readers of the export.
Tier: `public schema`. Fixture: fixtures/social-reddit.

Trap: LinkedIn and Discord call a table `messages.csv` too, and the number of columns grew over time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.chat.textrows import columns_of
from plainrecord.parsers.social import redditrows, redditscene
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, shard
from plainrecord.parsers.social.redditscene import SERVICE, Export
from plainrecord.parsers.social.sheets import Sheet
from plainrecord.records import Decision

# Columns a table must have, those it must not have, and what it then is; the first line that fits.
_TABLES: tuple[tuple[str, str, str], ...] = (
    ("permalink thread_id from to body", "", "messages"),
    ("permalink thread_id from to", "body", "messages-headers"),
    ("message_id created_at username message channel_url", "", "chats"),
    ("permalink date subreddit parent body", "", "comments"),
    ("permalink date subreddit link parent", "body", "comments-headers"),
    ("permalink date subreddit title body", "", "posts"),
    ("permalink date subreddit gildings url", "body title", "posts-headers"),
    ("id permalink direction", "", "votes"),
    ("content_link gilder_username", "", "awards"),
    ("content_link award", "", "own-awards"),
    ("announcement_id from_username body", "", "announcements"),
    ("statistic value", "", "statistics"),
    ("username note", "", "friends"),
    ("issuer_id subject_id", "", "linked"),
    ("phone_number", "", "linked"),
    ("filename sha256", "", "checkfile"),
)
_DISTINCT = frozenset(
    "messages messages-headers chats comments comments-headers posts posts-headers announcements statistics".split()
)
_PREFERENCES = Aside(
    "Settings of the account, and what the service keeps about its owner; no record was taken from it."
)
_OWN = Aside(
    "What the owner saved, hid, drafted, bought or joined; nothing anybody did to the owner. No record was taken."
)
_ASIDE = {
    **dict.fromkeys(
        "userpreferences accountgender birthdate sensitiveadspreferences persona twitter stripe".split(), _PREFERENCES
    ),
    **dict.fromkeys(
        "savedposts savedcomments hiddenposts drafts scheduledposts purchases subscriptions payouts pollvotes multireddits"
        " subscribedsubreddits moderatedsubreddits approvedsubmittersubreddits".split(),
        _OWN,
    ),
}


class Reddit(DownloadReader[Export]):
    """The tables of one export."""

    name = "reddit-export"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Reddit, export of one's own account (messages.csv, chat_history.csv, comments.csv, …)",
        tier="public schema",
        holds="Private messages and chats of both sides with times to the second; the owner's own comments, posts, votes,"
        " friends and awards; addresses the account was used from, with dates.",
        cannot_hold="What others answered, mentioned or voted in public; whom the owner blocked; whether a log-in failed; some"
        " chats of before 2023.",
        fixture="social-reddit",
        acts="reddit",
    )
    sheets: Mapping[str, Sheet[Export]] = redditrows.SHEETS

    def roots(self, listing: Listing) -> Iterable[str]:
        """Folders with a table whose columns no other service has."""
        for member in listing.members:
            if sheet_of(member) in _DISTINCT:
                yield member.tree_path.rpartition("/")[0]

    def route(self, path: str, member: Member) -> Route:
        """By the columns; settings, by name. An export has no folders."""
        if "/" in path or not path.endswith(".csv"):
            return None
        return sheet_of(member) or _ASIDE.get(shard(path)[0].removesuffix(".csv"))

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Keep which files are there, to hold them against the export's own list."""
        claim.facts["present"] = json.dumps([path for path in members if "/" not in path])

    def prepare(self, claim: Claim) -> None:
        """Owner, rooms, rows without text; and which tables of the export's own list are missing."""
        present = set(json.loads(claim.facts["present"]))
        listed = [name for row in redditscene.rows_of(claim, "checkfile") if (name := row.get("filename", ""))]
        missing = [name for name in listed if name.rpartition("/")[2] not in present]
        if missing:
            basis = (
                f"checkfile.csv names {', '.join(missing[:20])}{' and others' if len(missing) > 20 else ''}, which was not"
                " handed in. What is in there is not known. Look for it in the export, or ask for it again."
            )
            claim.decisions.append(Decision("reddit:missing-files", f"{len(missing)} of {len(listed)} files", basis))
        redditscene.prepare(claim)

    def scene(self, claim: Claim) -> Export:
        """As `prepare` learned it."""
        return redditscene.scene_of(claim)

    def conclude(self, claim: Claim, scene: Export) -> None:
        """Hold each table against the digest that the export's own list gives; say how many rows were given twice."""
        if scene.repeats:
            basis = "a message stands in two tables; all that is said of it is equal"
            claim.decisions.append(Decision("reddit:repeated-rows", f"{scene.repeats} read once", basis))
        listed = {row.get("filename", ""): row.get("sha256", "") for row in redditscene.rows_of(claim, "checkfile")}
        for member in chats_of(claim):
            digests = claim.readings.get((member.original.relpath, member.path))
            stated = listed.get(member.name, "").strip().lower()
            if digests and len(stated) == 64 and stated != digests.sha256:
                basis = f"checkfile.csv gives {stated}, the file has {digests.sha256}"
                claim.decisions.append(Decision("reddit:file-differs", member.tree_path, basis, certain=False))


def sheet_of(member: Member) -> str | None:
    """What a table is, by the names of its columns."""
    if b"," not in member.head[:4096] and not member.head.startswith((b"phone_number", b"\xef\xbb\xbfphone_number")):
        return None
    columns = set(columns_of(member.head))
    if columns == {"date", "ip"}:
        return "addresses"
    fitting = (what for must, none, what in _TABLES if _fits(columns, must.split(), none.split()))
    return next(fitting, None)


def _fits(columns: set[str], must: list[str], none: list[str]) -> bool:
    return columns.issuperset(must) and columns.isdisjoint(none)
