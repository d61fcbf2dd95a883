"""Strava, “Request your archive” (`export_….zip`): some forty tables of the owner's own account.

Reads: the owner's own comments, where the table's columns name them. Keeps: activities, routes and everything else, each named.
Cannot read: comments, kudos and messages by others; no public description says how the archive holds them, if it does.
Source of knowledge: the downloads reference, section 15 (one public reader, public notes). Tier: `not exercised`.
Fixture: fixtures/social-strava.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, plain, roots_by
from plainrecord.parsers.social.rows import Columns, has_columns, utc_moment
from plainrecord.parsers.social.sheets import Sheet, TableSheet, Where
from plainrecord.records import Account, Conversation

SERVICE = "strava"
_ACTIVITIES = has_columns("Activity ID", "Activity Date", "Activity Type")
_COMMENTS = has_columns("Activity ID", "Comment")
_WORDS = {
    "activities.csv": "lists the owner's own activities",
    "profile.csv": "is the owner's own profile",
    "followers.csv": "lists followers; no public description says what its columns mean",
    "following.csv": "lists whom the owner follows; no public description says what its columns mean",
    "blocks.csv": "lists whom the owner blocked; no public description says what its columns mean",
    "contacts.csv": "lists the owner's contacts; no public description says what its columns mean",
    "messaging.json": "may hold messages; no public description says in what form",
    "logins.csv": "lists log-ins; no public description says what its columns mean",
    "kudos.csv": "lists kudos; no public description says whose they are",
}
_ADVICE = "no record was taken from it. A table can be read with a column mapping: plainrecord mapping FILE."


def comment(where: Where[str | None], row: Mapping[str, str]) -> list[Message] | Problem:
    """A comment the owner wrote under an activity."""
    values = Columns(row)
    named = next((name for name in ("comment date", "date", "created at") if values[name]), None)
    when = utc_moment(values[named], named, zone=where.scene) if named else no_time(None, "Comment Date")
    owner = Account(SERVICE, "id", "owner")
    said = Message("comment", when, owner, Conversation(), text=values.as_written("comment") or None, owner=owner)
    said.marks.append("own-act")
    said.notes += [] if when.utc_us is not None or when.local else [TIME_MISSING]
    said.facts = values.rest(("comment", "comment date", "date", "created at"))
    return [said]


_SHEETS: dict[str, Sheet[str | None]] = {"comments": TableSheet(comment, is_header=_COMMENTS)}


class Strava(DownloadReader[str | None]):
    """One archive."""

    name = "strava"
    version = "1"
    service = SERVICE
    sheets = _SHEETS
    card = FormatCard(
        service=SERVICE,
        export="Strava, Request your archive (export_….zip: activities.csv, comments.csv, …)",
        tier="not exercised",
        holds="The owner's own comments. Other tables are kept and named.",
        cannot_hold="Comments, kudos and messages by others, as far as is known; who looked at an activity.",
        fixture="social-strava",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a table of activities lies."""
        return roots_by(listing, lambda _path, member: member.name if _ACTIVITIES.among(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """Comments by their columns; the tables that have a name, with what they are."""
        if plain(path) == "comments.csv" and _COMMENTS.among(member):
            return "comments"
        if known := _WORDS.get(plain(path)):
            return Aside(f"{path} {known}; {_ADVICE}")
        return (
            Aside(f"{path} is a recorded route or picture of the owner; no record was taken from it.")
            if _own(path)
            else None
        )

    def scene(self, claim: Claim) -> str | None:
        """The zone a person gave."""
        return claim.options.timezone


def _own(path: str) -> bool:
    return path.split("/", maxsplit=1)[0].casefold() in ("activities", "media", "routes", "photos")
