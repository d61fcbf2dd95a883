"""The lines that begin a message in a text which a person copied out of a chat app or typed: one line at a time.

Says what a line looks like and nothing of what it is worth: whether a text is such a copy at all is decided over all of its
lines (`copied_tally.py`). Dates and times are taken apart by WhatsApp's grammar, which knows every country's. Source of the
shapes: WhatsApp's in public collections of exports, Telegram's in the published code of its Desktop app, the others as
their users describe them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from plainrecord.parsers.chat.textlog import words
from plainrecord.parsers.chat.whatsapp_header import MARKS, seconds_of, written_date

Form = Literal["bracket", "dash", "telegram", "discord", "slack", "teams", "name", "block"]

# What each form looks like, and where it comes from as far as anyone can tell.
FORMS: dict[Form, str] = {
    "bracket": "[time, date] Name: text, as messages selected in WhatsApp are copied",
    "dash": "date, time - Name: text, as a WhatsApp export writes it",
    "telegram": "Name, [date time] above the text, as messages selected in Telegram Desktop are copied",
    "discord": "Name — date and time above the text, as messages selected in Discord are copied",
    "slack": "Name and time of day above the text, as messages selected in Slack are copied",
    "teams": "[time] Name above the text, as messages selected in Microsoft Teams are copied",
    "name": "Name: text, without any time",
    "block": "From: and Date: above each text, as apps print text messages",
}
# Their lines say date, time and name together: they begin a message wherever they stand in a copied text.
CERTAIN: frozenset[Form] = frozenset(("bracket", "dash", "telegram"))

_MARKS = "".join(sorted(MARKS))
_BLANK = "[ \u00a0\u202f\u2009\u2007\u200a]"
_BETWEEN = re.compile(rf"[,،]?{_BLANK}+(?:(?:at|à|às|um|klo|-){_BLANK}+)?|[,،]")
_BRACKET = re.compile(
    rf"[{_MARKS}]{{0,8}}\[[{_MARKS} ]{{0,8}}(?P<stamp>[^\[\]\n]{{3,60}}?) ?\] ?(?P<rest>.+)\Z", re.DOTALL
)
_DASH = re.compile(
    rf"[{_MARKS}]{{0,8}}(?=\d)(?P<stamp>[^\[\]\n]{{8,45}}?){_BLANK}{{1,4}}-(?: (?P<rest>.*))?\Z", re.DOTALL
)
_TELEGRAM = re.compile(r"(?P<name>[^\n]{1,100}), \[(?P<stamp>[^\[\]\n]{8,40})\]\s*\Z")
_DISCORD = re.compile(r"(?P<name>[^\n]{1,80}?) — (?P<stamp>[^\n]{5,40})\Z")
_SLACK = re.compile(rf"(?P<name>[^\n]{{1,80}}?){_BLANK}{{2,20}}(?P<time>[0-9][^\n]{{3,12}})\Z")
_NAMED = re.compile(r"(?P<name>[^:\n]{1,40}):(?: (?P<text>.*))?\Z", re.DOTALL)
_FIELD = re.compile(r"(?P<field>[A-Za-z]{2,8}): ?(?P<value>.*)\Z", re.DOTALL)
_RULE = re.compile(r"\s*[-=_*~—–]{3,}\s*\Z")
_ALMOST = re.compile(r"(?=.*[:/.])(?:\D*\d){5,}[\d:/., \-APMapm]*")
_LONGEST_NAME = 200
# A line of which all is head is no longer than this.
_LONGEST_HEAD = 240


@dataclass(frozen=True, slots=True)
class Stamp:
    """Date and time as written (`raw`), and their parts. Where no day is named `date` is "" and `time` the whole: a time of
    day alone, or (`relative`) one of “today”."""

    raw: str
    date: str = ""
    time: str = ""
    time_first: bool = False
    comma: bool = False
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A line that begins a message. `text` is what is said on the same line; `name` is "" for a line of which only the
    time is certain."""

    form: Form
    name: str
    stamp: Stamp | None = None
    text: str = ""


@lru_cache(maxsize=1 << 14)
def stamp_of(text: str) -> Stamp | None:
    """A date and a time of day in either order, or None."""
    for gap in _BETWEEN.finditer(text):
        left, right = text[: gap.start()], text[gap.end() :]
        for dated, timed in ((left, right), (right, left)):
            if written_date(dated) is not None and seconds_of(timed) is not None:
                return Stamp(text, dated, timed, timed is left, gap[0][0] in ",،")
    return None


def time_of_day(text: str) -> Stamp | None:
    """A time of day alone, with its colon: `14:56`, `2:56 PM`."""
    return Stamp(text, time=text) if ":" in text and seconds_of(text) is not None else None


def relative(text: str) -> Stamp | None:
    """`Today at 14:56`: a day that only the day of copying would tell."""
    said = text.casefold()
    digits = re.search(r"\d", said)
    day = said[: digits.start()] if digits else ""
    known = any(day.startswith(word) and len(day) - len(word) < 10 for word in words("copied")["days"])
    timed = known and digits and time_of_day(text[digits.start() :].removesuffix(" Uhr"))
    return Stamp(text, time=text, relative=True) if timed else None


Origin = Literal["export", "copy", "unsure"]


def origin_of(stamp: Stamp) -> Origin:
    """Whether WhatsApp's own exports write such a date and time in brackets, or only what a person selected and copied has it.

    Exports in brackets are an iPhone's, and those known state the year and the seconds (the time first in Vietnamese). Copies
    from WhatsApp Web have the time first, a comma, and no seconds; a phone's copies state no year. What has no seconds and
    is neither is not certain.
    """
    written, clock = written_date(stamp.date), seconds_of(stamp.time)
    if written and not written.named and len(written.numbers) < 3:
        return "copy"
    if clock and clock[1]:
        return "export"
    return "copy" if stamp.time_first and stamp.comma else "unsure"


def bracket_origin(header: str) -> Origin:
    """The same of the header of a line; "export" for one without brackets."""
    found = _BRACKET.match(header + "A")
    stamp = stamp_of(found["stamp"]) if found else None
    return origin_of(stamp) if stamp else "export"


def certain_head(text: str) -> Head | None:
    """A line in one of the forms that say date, time and name together."""
    found = _BRACKET.match(text)
    if found and (stamp := stamp_of(found["stamp"])):
        name, said = _spoken(found["rest"])
        return Head("bracket", name, stamp, said) if name else None
    found = _DASH.match(text)
    if found and (stamp := stamp_of(found["stamp"])):
        name, said = _spoken(found["rest"] or "")
        return Head("dash", name, stamp, said)
    found = _TELEGRAM.match(text) if len(text) <= _LONGEST_HEAD else None
    if found and (stamp := stamp_of(found["stamp"])):
        return Head("telegram", found["name"].strip(), stamp)
    return None


def _spoken(rest: str) -> tuple[str, str]:
    """The name in front of the first colon and what follows it; ("", "") where there is none."""
    name, colon, said = rest.partition(": ")
    if not colon and rest.endswith(":"):
        name, colon = rest[:-1], ":"
    name = name.strip(_MARKS + " ")
    return (name, said) if colon and 0 < len(name) <= _LONGEST_NAME else ("", "")


def is_broken(text: str) -> bool:
    """A line that is no certain head and yet begins like one in brackets: without a name, or with a time that is none."""
    found = _BRACKET.match(text)
    if found is None:
        return False
    return stamp_of(found["stamp"]) is not None or bool(_ALMOST.fullmatch(found["stamp"]) and _spoken(found["rest"])[0])


def other_head(text: str) -> Head | None:
    """A line in one of the forms that are only as certain as the whole text makes them; no labels."""
    if len(text) > _LONGEST_HEAD:
        return None
    found = _DISCORD.match(text)
    if found and like_a_name(found["name"]) and (stamp := stamp_of(found["stamp"]) or relative(found["stamp"])):
        return Head("discord", found["name"].strip(), stamp)
    found = _SLACK.match(text)
    if found and like_a_name(found["name"]) and (stamp := time_of_day(found["time"])):
        return Head("slack", found["name"].strip(), stamp)
    found = _BRACKET.match(text)
    if found and like_a_name(found["rest"]) and (stamp := stamp_of(found["stamp"]) or time_of_day(found["stamp"])):
        return Head("teams", found["rest"].strip(), stamp)
    return None


def labelled(text: str) -> Head | None:
    """`Name: text`, where the label could be a name."""
    found = _NAMED.match(text)
    if found is None or not like_a_name(found["name"]) or names_nobody(found["name"]):
        return None
    return Head("name", found["name"].strip(), None, found["text"] or "")


def like_a_name(text: str) -> bool:
    """Whether a person or number could be called so: a few words, no sentence."""
    name = text.strip(_MARKS + " ")
    first = name[:1]
    if not first or not (first.isalpha() or first in "+@~" or first > "\u2190") or len(name) > 60:
        return False
    return len(name.split()) <= 5 and not re.search(r"[:;!?<>{}=\"“”]|[.,]\Z|, ", name)


def field_of(text: str) -> tuple[str, str] | None:
    """What a field at the head of a printed message says (“from”, “date”, …) and its value."""
    found = _FIELD.match(text)
    meaning = words("copied")["fields"].get(found["field"].lower()) if found else None
    return (meaning, found["value"].strip()) if found and meaning else None


def is_rule(text: str) -> bool:
    """A line of dashes and the like."""
    return bool(_RULE.match(text))


def is_me(name: str, owners: Collection[str] = ()) -> bool:
    """Whether a name is the person's own: “Me”, or one that was said to be the owner's."""
    return name in words("copied")["me"] or name.casefold() in {one.strip().casefold() for one in owners}


def names_nobody(name: str) -> bool:
    """Whether a label is one of the words that stand before colons in notes, forms and logs."""
    return name.casefold() in _no_names()


@cache
def _no_names() -> frozenset[str]:
    return frozenset(words("copied")["no_names"])
