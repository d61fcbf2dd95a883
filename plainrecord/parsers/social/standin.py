"""What a row of a page says, told to the readers of JSON: as the JSON of the same thing, with a stand-in for each time.

Which act a list holds, and whose act it is, stands in the readers of the JSON form; a second table for pages could come to say
something else. Their times are counts since 1970, which a page does not have: each date of a row gets a count that no
download holds, and every place where it comes out again gets the date that the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.social.pagedates import PageDates, Stamp
from plainrecord.times import Precision, TimeBlock, format_utc

# Seconds in the year 2138, behind everything a download can hold, and no round number that one may hold by chance.
_FIRST = 5_318_008_147
_MAY_HOLD = re.compile("53180|2138-")
PLACE = "page"
_PRECISIONS: tuple[Precision, ...] = ("ms", "s")


@dataclass(slots=True)
class StandIns:
    """The dates of one row, each with the count that stands for it."""

    dates: PageDates
    texts: list[str] = field(default_factory=list)

    def seconds(self, text: str) -> int:
        """A stand-in for a date as the page writes it."""
        self.texts.append(text)
        return _FIRST + len(self.texts) - 1

    def settle(self, messages: Sequence[Message]) -> None:
        """Put the dates of the page in the place of their stand-ins, wherever they came to."""
        known = {str(_FIRST + number): text for number, text in enumerate(self.texts)}
        # The longer count first: it begins with the shorter.
        known = {f"{count}000": text for count, text in known.items()} | known
        for message in messages:
            message.time = self._put(message.time, known, message)
            message.dates = [self._put(block, known, message) for block in message.dates]
            if any(_MAY_HOLD.search(value) for value in message.facts.values()):
                written = known | self._written()
                message.facts = {name: _put_back(value, written) for name, value in message.facts.items()}

    def _written(self) -> dict[str, str]:
        """The stand-ins as a reader may have written them out, and what the page's dates are in the same place."""
        return {
            format_utc((_FIRST + number) * 1_000_000, precision): _shown(self.dates.stamp(text, PLACE))
            for number, text in enumerate(self.texts)
            for precision in _PRECISIONS
        }

    def _put(self, block: TimeBlock, known: dict[str, str], message: Message) -> TimeBlock:
        if block.ts_raw not in known:
            return block
        stamp = self.dates.stamp(known[block.ts_raw], PLACE, block.meaning)
        message.notes += stamp.notes
        return stamp.time


def _put_back(value: str, written: Mapping[str, str]) -> str:
    for stand_in, text in written.items():
        value = value.replace(stand_in, text)
    return value


def _shown(stamp: Stamp) -> str:
    return stamp.time.ts_utc or stamp.time.local or stamp.time.ts_raw
