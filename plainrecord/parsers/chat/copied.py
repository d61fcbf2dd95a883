"""Chats that a person selected, copied and pasted into a text, or typed: what is left where an app has no export.

Reads: `[time, date] Name: text` of WhatsApp Web and phones, `Name, [date time]` of Telegram Desktop, and, in a reader of its
own because they are only described, heads of Discord, Slack and Teams, `From:`/`Date:` blocks of apps that print text
messages, and `Name: text` where one of the names is the owner's. Cannot read: lines without names, copies of web pages; a
day that is not written, or only “today”. Source of knowledge: public collections of exports (WhatsApp), the published code
of Telegram Desktop. Fixture: fixtures/chat-copied.

No app made such a text and anyone could have changed it. So the service of its records is no app's, each carries the mark
`copied-by-hand`, and its evidence is a person's. A record is a head and the lines below it; a line that could be a message
of its own, by nobody known, is listed as unread and never put into somebody's mouth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.copied_heads import (
    CERTAIN,
    FORMS,
    Form,
    Head,
    Stamp,
    certain_head,
    field_of,
    is_broken,
    is_me,
    is_rule,
    labelled,
    other_head,
    stamp_of,
)
from plainrecord.parsers.chat.copied_tally import Tally, tally_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message
from plainrecord.parsers.chat.textlog import ASIDE, STRAY, Aside, LogReader, Reading, Stray, file_conversation
from plainrecord.parsers.chat.whatsapp_body import spoken_body
from plainrecord.parsers.chat.whatsapp_dates import DateEvidence, decide
from plainrecord.parsers.chat.whatsapp_header import MARKS
from plainrecord.parsers.chat.whatsapp_stamps import Stamps
from plainrecord.parsers.chat.whatsapp_words import unmarked
from plainrecord.records import COPIED_BY_HAND, COPIED_CHAT, Account, Decision
from plainrecord.times import TimeBlock, unreadable

_WHERE = "copied line"
_DIGITS = r"\+?[0-9(][0-9 \u00a0()./\u2010-\u2015-]{5,24}"
_NUMBER = re.compile(rf"{_DIGITS}\Z")
_NUMBERED = re.compile(rf"(?P<name>.*?)\s*[(<](?P<number>{_DIGITS})[)>]\Z")
_LISTED = 32
_MANY_NAMES = 10_000
_LONGEST_LABEL = 200
_LONGEST_APP_TEXT = 10_000
_CANNOT = (
    "What was left out, changed or added in copying or typing; seconds, zone, ids, files, reactions, edits;"
    " names are labels, not accounts."
)


class _Copies(LogReader):
    """What both readers share: each reads texts of its own forms."""

    version = "1"
    service = COPIED_CHAT
    looks_first = True
    forms: frozenset[Form]

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each text."""
        for member in listing.members:
            tally = tally_of(member)
            if tally and tally.form(listing.options.owner_names) in self.forms:
                yield Claim(self.name, member.name, (member,), listing.options)

    def recognises(self, member: Member) -> bool:
        """Whether a text is one of this reader's by itself, before anybody said who its owner is."""
        tally = tally_of(member)
        return tally is not None and tally.form() in self.forms

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one text."""
        return _Copy(claim, member)


class CopiedChats(_Copies):
    """Copies whose heads say date, time and name."""

    name = "copied-chat"
    forms = frozenset(("bracket", "telegram"))
    card = FormatCard(
        service=COPIED_CHAT,
        export="Messages that a person selected in WhatsApp or Telegram Desktop, copied, and pasted into a text (.txt)",
        tier="public schema",
        holds="What the person pasted: names, words, date and time to the minute where the app copies them (a phone’s WhatsApp"
        " leaves out the year). Made by a person, not by an app.",
        cannot_hold=_CANNOT,
        fixture="chat-copied",
    )


class CopiedTexts(_Copies):
    """Copies and typed chats whose heads say less."""

    name = "copied-text"
    forms = frozenset(("discord", "slack", "teams", "block", "name"))
    card = FormatCard(
        service=COPIED_CHAT,
        export="Messages that a person copied from Discord, Slack, Teams or a print of text messages, or typed as “Name: text”"
        " (.txt; of the last, one name has to be the owner’s)",
        tier="not exercised",
        holds="What the person pasted or typed: names, words, times as far as they are written. Made by a person, not by an app.",
        cannot_hold=_CANNOT + " Mostly the day: “today” is kept as it is written.",
        fixture="chat-copied",
    )


class _Copy(Reading):
    """One text. Whose names and which forms it has is known when all its lines were seen once."""

    def __init__(self, claim: Claim, member: Member) -> None:
        self._options = claim.options
        self._member = member
        self._tally = Tally()
        self._dates: dict[Form, DateEvidence] = {}
        self._stamps: dict[Form, Stamps] = {}
        self._main: Form | None = None
        self._again: frozenset[str] = frozenset()
        self._printed_names: set[str] = set()
        self._people: list[Account] = []
        self._owner: Account | None = None
        self._conversation = file_conversation(member, None)
        self._apart = True

    def first_look(self, text: str) -> None:
        head = self._tally.add(text)
        if head and head.stamp and head.stamp.date:
            self._dates.setdefault(head.form, DateEvidence()).note(head.stamp.date, text[:80])
        elif head is None and (field := field_of(text)):
            self._first_field(*field, text[:80])

    def _first_field(self, meaning: str, value: str, sample: str) -> None:
        if meaning == "date":
            stamp = stamp_of(value)
            self._dates.setdefault("block", DateEvidence()).note(stamp.date if stamp else value, sample)
        elif meaning in ("from", "to") and value and len(self._printed_names) < _MANY_NAMES:
            self._printed_names.add(value)

    def looked(self, claim: Claim, *, tell: bool) -> None:
        names, owners = self._tally.names, self._options.owner_names
        self._main = self._tally.likeliest(owners)
        self._again = frozenset(name for name, count in names.get("name", {}).items() if count > 1)
        opening: list[Form] = [form for form in FORMS if form in CERTAIN or form == self._main]
        for form in (form for form in opening if form in self._dates and self._dates[form].seen):
            self._decide(form, claim, tell=tell)
        said = {name for form in opening if form != "name" for name in names.get(form, {}) if name}
        said |= self._again if self._main == "name" else self._printed_names if self._main == "block" else frozenset()
        self._meet(sorted(said))
        if tell and self._main:
            basis = f"its lines have the form {FORMS[self._main]}; no app writes such a file as an export"
            claim.decisions.append(Decision(f"origin of {self._member.name}", "copied or typed by a person", basis))

    def _decide(self, form: Form, claim: Claim, *, tell: bool) -> None:
        """The order of the dates, by the evidence that WhatsApp's exports are held to; asked for where there is none."""
        order = decide(self._dates[form], self._options.date_order, self._member.tree_path)
        self._stamps[form] = Stamps(order.order, self._options.timezone)
        if tell:
            only = "" if form == self._main else f", lines like “{FORMS[form].partition(', as ')[0]}”"
            subject = f"date order of {self._member.name}{only}"
            claim.decisions.append(Decision(subject, order.order or "as written", order.basis, order.certain))

    def _meet(self, names: list[str]) -> None:
        """Everybody who is named: of two people each writes to the other; “Me” is whose text it is."""
        accounts = {account.value: account for account in map(_account, names)}
        role = "to" if len(accounts) == 2 else "member"
        self._conversation = file_conversation(self._member, None, is_group=len(accounts) > 2)
        self._owner = next((account for name, account in accounts.items() if is_me(name)), None)
        few = len(accounts) <= _LISTED
        listed = [one for one in accounts.values() if few or is_me(one.value, self._options.owner_names)]
        self._people = [replace(one, role=role) for one in listed]

    def line(self, text: str) -> Message | Aside | Stray | None:
        if not text.strip():
            self._apart = True
            return None
        apart, self._apart = self._apart, is_rule(text)
        head = certain_head(text)
        if head is None and self._main in ("discord", "slack", "teams"):
            other = other_head(text)
            head = other if other and other.form == self._main else None
        if head:
            return self._message(head) if head.name else STRAY
        if is_broken(text):
            return STRAY
        if self._main == "name":
            return self._labelled(text, apart=apart)
        return self._printed(text, apart=apart) if self._main == "block" else None

    def _labelled(self, text: str, *, apart: bool) -> Message | Stray | None:
        """`Name: text` by a name that comes again. Another label may be a person who wrote once: nobody's words, then."""
        head = labelled(text)
        if head is None:
            return STRAY if apart else None
        return self._message(head) if head.name in self._again else STRAY

    def _printed(self, text: str, *, apart: bool) -> Message | Aside | None:
        """A block begins with its first field; `finish` reads them, when all its lines are there."""
        if is_rule(text):
            return ASIDE
        field = field_of(text) if apart else None
        if field is None or field[0] in ("body", "other"):
            return None
        return self._begun("block", None, unreadable("", _WHERE), text)

    def _message(self, head: Head) -> Message:
        sender = _account(head.name)
        time, notes = self._time(head.form, head.stamp)
        message = self._begun(head.form, sender, time, head.text)
        message.notes += notes
        self._send(message)
        return message

    def _send(self, message: Message) -> None:
        """To everybody else who is named in the text, which does not say whom a message was for."""
        sender = message.sender.value if message.sender else ""
        message.recipients = tuple(one for one in self._people if sender and one.value != sender)
        if message.recipients:
            message.notes.append("recipients-are-the-names-seen")

    def _begun(self, form: Form, sender: Account | None, time: TimeBlock, text: str) -> Message:
        message = Message("message", time, sender, self._conversation, text=text, owner=self._owner)
        message.marks.append(COPIED_BY_HAND)
        message.facts["form"] = FORMS[form]
        return message

    def _time(self, form: Form, stamp: Stamp | None) -> tuple[TimeBlock, tuple[str, ...]]:
        """A time only where day and time are written; else what is written, without an instant."""
        if stamp is None:
            return unreadable("", _WHERE), (TIME_MISSING,)
        known, date = self._stamps.get(form), stamp.date.encode()
        if not date or known is None:
            return unreadable(stamp.raw, _WHERE), ("relative-day" if stamp.relative else "day-unknown",)
        time = known.block(stamp.raw.encode(), date, stamp.time.encode())
        return time, known.notes(date) if known.day(date) else ("date-impossible-in-this-order",)

    def finish(self, message: Message) -> None:
        text, form = message.text or "", message.facts["form"]
        if form == FORMS["block"]:
            text = self._fields(message, text)
        elif form in (FORMS["bracket"], FORMS["dash"]):
            _app_words(message, text)
        elif form != FORMS["name"]:
            text = text.removeprefix("\n")
        message.text = text
        if not text.strip() and "empty-body" not in message.marks:
            message.marks.append("empty-body")
        if re.search(r"\n[ \t]*\n", text):
            # What follows may be the message still, or a remark of the person who made the text.
            message.notes.append("text-behind-a-blank-line")

    def _fields(self, message: Message, text: str) -> str:
        """Who and when, from the fields of a block; gives back the words below them."""
        said: dict[str, str] = {}
        lines = text.split("\n")
        while lines and (field := field_of(lines[0])):
            lines.pop(0)
            if field[0] == "body":
                lines.insert(0, field[1])
                break
            said.setdefault(*field)
        message.sender = _account(said["from"]) if said.get("from") else None
        if said.get("to"):
            message.recipients = (replace(_account(said["to"]), role="to"),)
        else:
            self._send(message)
        written = ", ".join(said[name] for name in ("date", "time") if said.get(name))
        stamp = stamp_of(written) or (Stamp(written, time=written) if written else None)
        message.time, notes = self._time("block", stamp)
        message.notes += [*notes, *([] if message.sender else ["sender-not-stated"])]
        return "\n".join(lines).removeprefix("\n")


def _app_words(message: Message, text: str) -> None:
    """What WhatsApp writes in place of words; in such a text it may as well have been typed, and is marked so."""
    if len(text) > _LONGEST_APP_TEXT:
        return
    body = spoken_body(text, bracketed=True, marked=False)
    message.kind = body.kind if body.kind == "call" else message.kind
    message.marks += body.marks
    message.notes += body.notes
    message.status |= body.status


@lru_cache(maxsize=1 << 10)
def _account(label: str) -> Account:
    """What a label states: a telephone number where there is one, else a name and nothing more."""
    shown = label.strip("".join(MARKS) + " ") or label
    if len(shown) <= _LONGEST_LABEL and (found := _NUMBERED.match(shown)):
        return Account(COPIED_CHAT, "number", found["number"], found["name"] or None)
    return Account(COPIED_CHAT, "number" if _NUMBER.match(unmarked(shown)) else "name", shown)
