"""Pages of lists of a Meta download: friends, requests, pokes, followers, blocks, comments, log-ins, …

A row is told to the reader of the JSON form of the same list (`standin.py`), because there and only there stands whose act a
row is. What is made here is the shape that reader knows: a name, a title with words below it, labelled values.
Source of knowledge: as `metapages.py`. Tier: `public schema` for relations and log-ins of Instagram and for relations, visits and
posts of Facebook; the other pages are `not exercised` on any public sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml.html import HtmlElement

from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.metapages import BROKEN_OFF, NO_ROW, page_dates
from plainrecord.parsers.social.metapageshapes import Shape
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pageentry import Entry, IsDate, entry_in, entry_of, is_whole
from plainrecord.parsers.social.pagelines import lines_of
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.standin import StandIns

ReadElement = Callable[[Where[Any], str, Any], Read]
ShapeOf = Callable[[str], Shape]
Finish = Callable[[list[Message], Entry, PageDates], None]

_YOU = ("you", "You")


def read_list_row(shape: Shape, read: ReadElement, finish: Finish | None, where: Where[Any], raw: bytes) -> Read:
    """The records of one row of a list; `finish` has the last word on what a service's rows say twice."""
    if not is_whole(raw):
        return BROKEN_OFF
    dates = page_dates(where)

    def is_date(text: str) -> bool:
        return dates.find(text) is not None

    entry = entry_of(raw, is_date)
    if entry is None:
        return NO_ROW
    if not (entry.heading or entry.date or entry.lines() or entry.named or entry.items or entry.pairs):
        return []
    stand_ins = StandIns(dates)
    made: list[Message] = []
    for number, element in enumerate(shape(entry, list(_rows_in(entry, is_date)), stand_ins)):
        _name_owner(element, where)
        found = read(where, "/rows/0", element)
        if isinstance(found, Problem):
            return found
        made += [_placed(message, number, entry) for message in found]
    stand_ins.settle(made)
    if finish:
        finish(made, entry, dates)
    return made


def _placed(message: Message, number: int, entry: Entry) -> Message:
    inner = message.suffix.strip("/#").replace("/", ":")
    message.suffix = "#" + ":".join(filter(None, (f"row:{number}" if number else "", inner))) if number or inner else ""
    message.text_from = "html"
    message.notes += entry.notes
    return message


def _name_owner(element: dict[str, Any], where: Where[Any]) -> None:
    """“You” on a page is the owner, whom the JSON form names."""
    owner = getattr(where.scene, "owner", "")
    for key in ("poker", "pokee"):
        if element.get(key) in _YOU and isinstance(owner, str) and owner:
            element[key] = owner


def _rows_in(entry: Entry, is_date: IsDate) -> Iterator[Entry]:
    """Rows inside a row: where several dates stand beside each other in its body, each has one."""
    dated = [line.element for part in entry.body for line in lines_of(part) if is_date(line.text)]
    dated = [one for one in dated if next(one.iterancestors("table"), None) is None]
    for one in dated if len(dated) > 1 else ():
        yield entry_in(_alone(one, dated), is_date)


def _alone(element: HtmlElement, dated: list[HtmlElement]) -> HtmlElement:
    """The outermost element around a date in which no other date stands."""
    others = {above for one in dated if one is not element for above in (one, *one.iterancestors())}
    while (above := element.getparent()) is not None and above not in others:
        element = above
    return element
