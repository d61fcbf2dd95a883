"""What a LinkedIn download holds besides messages: invitations, connections, log-ins, and the owner's own acts.

Source of knowledge: the downloads reference, section 11. Whose act it is: an invitation's direction says it; a connection
does not say who asked; comments, reactions, shares and follows are the owner's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.linkedinpeople import SERVICE, account_of
from plainrecord.parsers.social.rows import Columns, HasColumns, has_columns, utc_moment
from plainrecord.parsers.social.sheets import Sheet, TableSheet, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock, from_local, unreadable

Told = list[Message] | Problem

_SENT_AT = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|[0-9]{4}),? +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s*([AP])M)?",
    re.IGNORECASE,
)
_DAY = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_LOGIN_DATE = re.compile(r"(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) UTC ([0-9]{4})")


def invitations(where: Where[Any], row: Mapping[str, str]) -> Told:
    """A row of Invitations.csv: a request to connect, with its note as the words of whoever sent it."""
    values = Columns(row)
    inviter = account_of(values["from"], values["inviterprofileurl"])
    invited = account_of(values["to"], values["inviteeprofileurl"])
    came = values["direction"].upper()
    if came not in ("INCOMING", "OUTGOING"):
        return Problem("no-direction", "The row does not say whether the invitation came in or went out.")
    other = inviter if came == "INCOMING" else invited
    said = Message("request", _sent_at(where, values["sent at"]), inviter, acts_with(other, SERVICE))
    said.owner = where.scene.owner.account
    said.recipients = (invited,) if invited else ()
    said.text = values.as_written("message") or None
    said.marks.append("incoming" if came == "INCOMING" else "outgoing")
    said.facts = values.rest(
        ("from", "to", "sent at", "message", "direction", "inviterprofileurl", "inviteeprofileurl")
    )
    return [_timed(said)]


def connection(where: Where[Any], row: Mapping[str, str]) -> Told:
    """A row of Connections.csv: since which day two accounts are connected, not who asked."""
    values = Columns(row)
    name = f"{values['first name']} {values['last name']}".strip()
    other = account_of(name, values["url"])
    if other is None:
        return Problem("nobody", "The row names nobody.")
    said = Message("follow", _day(values["connected on"], "Connected On"), None, acts_with(other, SERVICE))
    said.owner, said.recipients = where.scene.owner.account, (other,)
    said.marks.append("connected")
    said.notes.append("linkedin:actor-not-stated")
    said.facts = values.rest(("first name", "last name", "url", "connected on"))
    return [_timed(said)]


def _account_event(kind: Kind, when: str, mark: str) -> Callable[[Where[Any], Mapping[str, str]], Told]:
    """A reader of rows about the account itself, whose time stands in the column `when`."""

    def read(where: Where[Any], row: Mapping[str, str]) -> Told:
        values, owner = Columns(row), where.scene.owner.account
        said = Message(kind, _any_time(values[when], when), None, account_events(SERVICE), owner=owner)
        said.recipients = (owner,) if owner else ()
        said.marks.append(mark)
        said.facts = values.rest((when,))
        return [_timed(said)]

    return read


def _own_act(kind: Kind, when: str, words: str, mark: str) -> Callable[[Where[Any], Mapping[str, str]], Told]:
    """A reader of rows about what the owner did; the other side is not named, only linked."""

    def read(where: Where[Any], row: Mapping[str, str]) -> Told:
        values, owner = Columns(row), where.scene.owner.account
        followed = account_of(values["fullname"], "") if mark == "followed" else None
        said = Message(kind, _any_time(values[when], when), owner, acts_with(followed, SERVICE), owner=owner)
        said.recipients = (followed,) if followed else ()
        said.text = (values.as_written(words) or None) if words else None
        said.marks += ["own-act", mark]
        said.facts = values.rest((when, words, "fullname") if followed else (when, words))
        return [_timed(said)]

    return read


def _timed(said: Message) -> Message:
    if said.time.utc_us is None and said.time.local is None:
        said.notes.append("linkedin:date-not-understood" if said.time.ts_raw else TIME_MISSING)
    return said


def _any_time(raw: str, where: str) -> TimeBlock:
    """The shapes LinkedIn's tables have: with or without ` UTC`, and the long English one."""
    if match := _LOGIN_DATE.fullmatch(raw):
        month, day, clock, year = match.groups()
        number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
        found = utc_moment(f"{year}-{number:02d}-{int(day):02d} {clock} UTC", where)
        return TimeBlock(raw, where, found.utc_us, found.tz_basis, found.precision, ts_offset=found.ts_offset)
    return utc_moment(raw, where) if raw else no_time(None, where)


def _day(raw: str, where: str) -> TimeBlock:
    """`08 Mar 2022`: a day, and no clock or zone with it."""
    match = _DAY.fullmatch(raw)
    if not match or match[2] not in _MONTHS:
        return unreadable(raw[:100], where, meaning="created")
    try:
        local = datetime(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
    except ValueError:
        return unreadable(raw, where, meaning="created")
    return from_local(raw, where, local, None, precision="day", meaning="created")


def _sent_at(where: Where[Any], raw: str) -> TimeBlock:
    """`7/1/24, 1:34 PM`: a wall clock whose zone the file does not say. Some downloads write a UTC time instead."""
    match = _SENT_AT.fullmatch(raw.replace("\u202f", " ").replace("\xa0", " "))
    if match is None:
        return utc_moment(raw, "Sent At") if raw else no_time(None, "Sent At")
    one, two, year, hour, minute, second, half = match.groups()
    month, day = (one, two) if where.scene.date_order != "DMY" else (two, one)
    hours = int(hour) % 12 + (12 if half.upper() == "P" else 0) if half else int(hour)
    try:
        local = datetime(
            int(year) + (2000 if len(year) == 2 else 0), int(month), int(day), hours, int(minute), int(second or 0)
        )
    except ValueError:
        return unreadable(raw, "Sent At")
    precision = "s" if second else "min"
    return from_local(raw, "Sent At", local, where.scene.zone, basis="export_locale_assumed", precision=precision)  # type: ignore[arg-type]


# File → its sheet and the columns that show it is what its name says.
NAMED: Mapping[str, tuple[str, HasColumns]] = {
    "invitations.csv": ("invitations", has_columns("From", "To", "Direction")),
    "connections.csv": ("connections", has_columns("First Name", "Last Name", "Connected On")),
    "logins.csv": ("logins", has_columns("Login Date", "IP Address")),
    "securitychallenges.csv": ("challenges", has_columns("Challenge Date")),
    "accountstatushistory.csv": ("status", has_columns("Time", "Event")),
    "registration.csv": ("registration", has_columns("Registered At")),
    "emailaddresses.csv": ("addresses", has_columns("Email Address", "Updated On")),
    "comments.csv": ("comments", has_columns("Date", "Message")),
    "reactions.csv": ("reactions", has_columns("Date", "Type")),
    "shares.csv": ("shares", has_columns("Date", "ShareLink")),
    "memberfollows.csv": ("follows", has_columns("Date", "FullName")),
}

_READERS: Mapping[str, Callable[[Where[Any], Mapping[str, str]], Told]] = {
    "connections": connection,
    "logins": _account_event("login_alert", "login date", "login"),
    "challenges": _account_event("login_alert", "challenge date", "challenge"),
    "status": _account_event("profile_change", "time", "account-status"),
    "registration": _account_event("profile_change", "registered at", "registered"),
    "addresses": _account_event("profile_change", "updated on", "email-address"),
    "comments": _own_act("comment", "date", "message", "commented"),
    "reactions": _own_act("reaction", "date", "type", "reacted"),
    "shares": _own_act("post", "date", "sharecommentary", "shared"),
    "follows": _own_act("follow", "date", "", "followed"),
}

ACT_SHEETS: dict[str, Sheet[Any]] = {
    sheet: TableSheet(_READERS[sheet], is_header=columns) for sheet, columns in NAMED.values() if sheet in _READERS
}
