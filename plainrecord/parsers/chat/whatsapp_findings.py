"""What was decided about one chat, with its evidence, and what is worth saying about it as a whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.copied_heads import bracket_origin
from plainrecord.parsers.chat.lines import encoding_of
from plainrecord.parsers.chat.whatsapp_body import Body
from plainrecord.parsers.chat.whatsapp_dates import decide
from plainrecord.parsers.chat.whatsapp_split import Piece
from plainrecord.parsers.chat.whatsapp_stamps import Stamps
from plainrecord.parsers.chat.whatsapp_survey import Survey, facts_of
from plainrecord.records import Decision
from plainrecord.times import EPOCH

# What is known of the app's own limits, from two guides; not from its maker.
_LIMITS = ((10_000, "with media"), (40_000, "without media"))
_NEAR = 0.01


def settle(claim: Claim, survey: Survey) -> None:
    """Decide what has to be decided before the first record, and keep it in the claim. Raises NeedsAnswer."""
    member = claim.members[0]
    if member.path and member.modified_ns is not None:
        # The archive's own time has no zone: two days of grace.
        survey.dates.not_after = (EPOCH + timedelta(microseconds=member.modified_ns // 1000, days=2)).date()
    claim.facts |= facts_of(survey, claim.facts["named"]) | {"messages": str(survey.messages)}
    order = decide(survey.dates, claim.options.date_order, member.tree_path)
    claim.facts["order"] = order.order
    claim.decisions.append(Decision("date_order", order.order or "as written", order.basis, order.certain))
    claim.decisions.append(_zone(claim))
    if bracket_origin(claim.facts["header"]) == "unsure":
        basis = "headers in brackets without seconds: exports known so far state them, copies made by hand do not"
        claim.decisions.append(Decision("origin", "read as an export", basis, certain=False))
    if claim.facts["encoding"] != "utf-8":
        claim.decisions.append(Decision("encoding", claim.facts["encoding"], encoding_of(member.head).basis))
    for short, full in json.loads(claim.facts["colon_names"]).items():
        basis = f"every line of “{short}” goes on with the same words, so they are taken as part of the name"
        claim.decisions.append(Decision("sender-name", full, basis, certain=False))


def _zone(claim: Claim) -> Decision:
    zone = claim.options.timezone
    if zone:
        return Decision("zone", zone, "said by the person who ran this; the export states none", certain=True)
    return Decision("zone", "floating", "the export states no time zone and none was said", certain=False)


@dataclass(slots=True)
class Findings:
    """What was met while reading: languages of the app's words, steps back in time, lines that could not be placed."""

    messages: int = 0
    end: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    worded: int = 0
    back: int = 0
    first_back: int = -1
    unsure: int = 0
    undated: int = 0
    _day: date | None = None
    _text: bytes = b""

    def add(self, piece: Piece, body: Body | None, stamps: Stamps) -> None:
        """Take in one message."""
        self.add_plain((piece.date,), (piece.start, piece.end), stamps)
        if body is not None:
            self.unsure += "maybe-system" in body.marks
            if body.languages:
                self.worded += 1
                self.languages.update(body.languages)

    def add_plain(self, dates: Sequence[bytes], bounds: Sequence[int], stamps: Stamps) -> None:
        """Take in messages that follow each other, of which nothing is to be said but their dates."""
        self.messages += len(dates)
        self.end = bounds[-1]
        for at, date_text in enumerate(dates):
            if date_text != self._text:
                self._text = date_text
                self._new_day(date_text, bounds[at], stamps)

    def _new_day(self, text: bytes, start: int, stamps: Stamps) -> None:
        known = stamps.day(text)
        day = known.day if known else None
        self.undated += day is None
        if day and self._day and (day - self._day).days < -1:
            self.back += 1
            self.first_back = start if self.first_back < 0 else self.first_back
        self._day = day or self._day

    def decisions(self) -> Iterator[Decision]:
        """What is to be said about the chat, in a fixed order."""
        if self.worded:
            most = max(self.languages.values())
            likely = sorted(language for language, count in self.languages.items() if count == most)
            basis = f"{most} of {self.worded} lines of the app are worded so in it"
            yield Decision("locale", ", ".join(likely), basis, certain=len(likely) == 1 and most == self.worded)
        if self.back:
            basis = f"dates step back by more than a day; first at byte {self.first_back}. File order was kept"
            yield Decision("order-in-file", f"{self.back} steps back", basis, certain=False)
        if self.undated:
            yield Decision(
                "dates", "some not placed", f"{self.undated} dates without a year or of a calendar not converted", False
            )
        if self.unsure:
            basis = "the app does not mark its own words here, so they may have been typed (maybe-system)"
            yield Decision("app-lines", f"{self.unsure} not certain", basis, certain=False)
        for limit, which in _LIMITS:
            if abs(self.messages - limit) <= limit * _NEAR:
                basis = (
                    f"{self.messages} messages; exports {which} are said to end at about {limit}, older ones left out"
                )
                yield Decision("completeness", "probably cut off", basis, certain=False)
