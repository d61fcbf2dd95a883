"""What a page needs to find items by: for each its day, who wrote it, its kind and service, in a few bytes.

Made from the rows of the timeline as they are drawn, so it can say nothing that is not shown there. Only the script of a
page reads it; without script the timeline itself is the list.
"""

from __future__ import annotations

import json
import re
from array import array
from datetime import date
from html import unescape
from itertools import groupby

from markupsafe import Markup

from plainrecord.bundle import page_parts
from plainrecord.bundle.page_frame import page, render
from plainrecord.bundle.page_timeline import Rows
from plainrecord.errors import AccountingError

FIND = "pages/find.html"
# A row as `page_rows` draws it: whether one is carried, who wrote it, how its time begins, the account, its kind. Whatever is
# shown is escaped, so that what stands between two tags is told by its end; looking for whole tags took four times as long.
_ROW = re.compile(
    rb'<tr class="(.)" id="t-M-[0-9]+(-[0-9-]+)?"><th scope="row" class="num"><a href="[^"]*">[^<]*</a></th>'
    rb'<td class="when">([^<]{0,15})[^<]*</td><td class="by"><span class="who">[^<]*</span><br><bdi>([^<]*)</bdi></td>'
    rb"<td>([^<]*)</td>"
)
_DAY = re.compile(rb"\w{3} ([0-9]{1,2}) (\w{3}) ([0-9]{4})")
_MONTHS = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
_FIRST_DAY = date(1970, 1, 1).toordinal()
_NO_DAY = -(1 << 31)
_WHO = {b"s": "Subject", b"o": "Owner", b"c": "Other person"}


class ItemIndex:
    """Takes the rows of the timeline in their order; `data()` is what the script reads.

    Eight bytes an item, and each combination of author, account, kind and service once.
    """

    def __init__(self, zone: str | None) -> None:
        self._zone = zone or "UTC"
        self._sorts = _Sorts()
        self._sort = array("I")
        self._days = array("i")
        self._known_days = _Days()

    def note(self, run: Rows) -> Rows:
        """Note the rows of the next run; gives them back."""
        found = _ROW.findall(run.rows)
        if len(found) != len(run.mains) // array("I").itemsize:
            raise AccountingError("Not every row of the timeline could be found again. Nothing was sealed.")
        sorts, days = self._sorts, self._known_days
        self._sort.extend([sorts[who, account, kind] << 1 | bool(carried) for who, carried, _, account, kind in found])
        self._days.extend([days[when] for _, _, when, _, _ in found])
        return run

    def data(self, *, paged: bool) -> Markup:
        """The index as JSON that can stand in a page.

        `sorts` are [who, account, kind and service]. `items` has for each stretch of equal rows: the place in `sorts`
        doubled, one more for a message carried inside the item before; the days since 1 January 1970 in the zone
        shown, null for none; and how many.
        """
        stretches = [
            [sort, None if day == _NO_DAY else day, len(list(group))]
            for (sort, day), group in groupby(zip(self._sort, self._days, strict=True))
        ]
        sorts = [[_WHO[who], _plain(account), _plain(kind)] for who, account, kind in self._sorts]
        said = {
            "zone": self._zone,
            "rows": page_parts.ROWS_PER_PAGE if paged else 0,
            "sorts": sorts,
            "items": stretches,
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        # Inside a page only "<" could end the block or open a comment.
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON, made safe above


class _Sorts(dict[tuple[bytes, bytes, bytes], int]):
    """Each combination of author, account and kind with its number, in the order they come."""

    def __missing__(self, sort: tuple[bytes, bytes, bytes]) -> int:
        self[sort] = len(self)
        return self[sort]


class _Days(dict[bytes, int]):
    """Each day by how a time of it begins, as it is shown."""

    def __missing__(self, shown: bytes) -> int:
        if len(self) > 10_000:
            self.clear()
        match, day = _DAY.match(shown), _NO_DAY
        if match and match[2] in _MONTHS:
            day = date(int(match[3]), _MONTHS[match[2]], int(match[1])).toordinal() - _FIRST_DAY
        self[shown] = day
        return day


def _plain(drawn: bytes) -> str:
    return unescape(drawn.decode())


def find_page(bundle_id: str, index: ItemIndex) -> bytes:
    """The page that finds items in a paged bundle."""
    steps = Markup(
        '<nav class="steps" aria-label="Pages"><ul><li><a href="../START_HERE.html">Start page</a></li></ul></nav>'
    )
    body = render("find.html", index=index.data(paged=True), paged=True)
    under = "By day, author, account, kind and service. Words are not searched."
    return page(bundle_id, "Find items", under, body, before=steps).encode("utf-8")
