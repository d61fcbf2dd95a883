"""Pages of lists of a Meta download: friends, requests, pokes, followers, blocks, comments, log-ins, …

A row is told to the reader of the JSON form of the same list (`standin.py`), because there and only there stands whose act a
row is. What is made here is the shape that reader knows: a name, a title with words below it, labelled values.
Source of knowledge: as `metapages.py`. Tier: `public schema` for relations and log-ins of Instagram and for relations, visits and
posts of Facebook; the other pages are `not exercised` on any public sample.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from lxml.html import HtmlElement

from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.metapages import BROKEN_OFF, NO_ROW, page_dates
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pageentry import Entry, IsDate, Pair, entry_in, entry_of, is_whole, lines_of
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.standin import StandIns

ReadElement = Callable[[Where[Any], str, Any], Read]
Shape = Callable[[Entry, list[Entry], StandIns], list[dict[str, Any]]]
ShapeOf = Callable[[str], Shape]
Finish = Callable[[list[Message], Entry, PageDates], None]

WITHHELD = "withheld: secret"
# The same words as in the readers of the JSON form; the word for a cookie is the same in most languages.
_SECRET = re.compile(r"cookie|token|datr|password|secret", re.IGNORECASE)
_POKED = re.compile(r"(.{1,200}?) poked (.{1,200}?)\.?", re.IGNORECASE)
_YOU = ("you", "You")
_YES = ("true", "yes", "1")


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


def meta_shape(sheet: str) -> Shape:
    """How rows of a Facebook list are told to its JSON reader."""
    return _SHAPES.get(_table()["shapes"].get(sheet, ""), _labelled)


def envelope(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """Labelled values, or rows of a link and a date."""
    element: dict[str, Any] = {"title": entry.heading}
    if entry.pairs:
        element["label_values"] = _labels(entry.pairs, stand_ins)
        element |= _stamp(entry, stand_ins)
        element |= {"words": said} if (said := _words(entry)) else {}
    else:
        element["string_list_data"] = [_listed(one, stand_ins) for one in inner or [entry]]
    if media := [{"uri": one.href} for one in entry.named if one.kind != "link"]:
        element["media"] = media
    return [element]


def _listed(entry: Entry, stand_ins: StandIns) -> dict[str, Any]:
    link = next((one for one in entry.named if one.kind == "link"), None)
    value = _words(entry, links=True)
    row: dict[str, Any] = {"href": link.href if link else "", "value": value} | _stamp(entry, stand_ins)
    if link and value == link.href:
        # The page writes the address where the JSON form has no value.
        del row["value"]
    return row


def _labels(pairs: list[Pair], stand_ins: StandIns) -> list[dict[str, Any]]:
    """Labelled values as newer JSON files have them; those under a heading of their own inside one."""
    made: list[dict[str, Any]] = []
    groups: dict[str, list[dict[str, Any]]] = {}
    for pair in pairs:
        if pair.group and pair.group not in groups:
            groups[pair.group] = []
            made.append({"title": pair.group, "dict": groups[pair.group]})
        (groups[pair.group] if pair.group else made).append(_label(pair, stand_ins))
    return made


def _label(pair: Pair, stand_ins: StandIns) -> dict[str, Any]:
    said: dict[str, Any] = {"label": pair.label}
    if stand_ins.dates.find(pair.value):
        return said | {"timestamp_value": stand_ins.seconds(pair.value)}
    value = WITHHELD if _SECRET.search(pair.label) and pair.value else pair.value
    return said | {"value": value} | ({"href": pair.href} if pair.href else {})


def _stamp(entry: Entry, stand_ins: StandIns) -> dict[str, int]:
    return {"timestamp": stand_ins.seconds(entry.date)} if entry.date else {}


def _words(entry: Entry, *, links: bool = False) -> str:
    """The lines of a row's body, and the items of a list in it; addresses that stand for nothing but a link only if asked."""
    lines = [line.text for line in entry.lines() if links or line.href != line.text]
    return "\n".join([*lines, *entry.items])


def _labelled(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """A title, labelled values, and the words of the row."""
    made = []
    for one in inner or [entry]:
        title = one.heading or entry.heading
        element: dict[str, Any] = ({"title": title} if title else {}) | _stamp(one, stand_ins)
        element |= {"words": said} if (said := _words(one)) else {}
        element |= {"label_values": _labels(one.pairs, stand_ins)} if one.pairs else {}
        made.append(element | _links(one))
    return made


def _links(entry: Entry) -> dict[str, Any]:
    return {f"link-{number}" if number > 1 else "link": one.href for number, one in enumerate(entry.named, 1)}


def _profile(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """What the account says of its owner: labelled values, never wrapped in one more object."""
    return [element | {"form": "page"} for element in _labelled(entry, inner, stand_ins)]


def _named_shape(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """A name and a date; under a heading that is no name where the row is a whole list."""
    made = []
    for one in inner or [entry]:
        lines = [line.text for line in one.lines() if line.href != line.text]
        element: dict[str, Any] = _stamp(one, stand_ins)
        name = one.heading or ("" if one.pairs else (lines or [*one.items, ""]).pop(0))
        if name:
            element["name"] = name
        element |= {"section": entry.heading} if inner and entry.heading else {}
        element |= {"words": "\n".join(lines)} if lines else {}
        element |= _keyed(one.pairs, stand_ins)
        if "marked_as_spam" in element:
            element["marked_as_spam"] = str(element["marked_as_spam"]).casefold() in _YES
        made.append(element | _links(one))
    return made


def _section(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """A section with its entries: a name, where it leads to, and when."""
    entries = []
    is_empty = not (entry.lines() or entry.named or entry.pairs or entry.items or entry.date)
    for one in inner or ([] if is_empty else [entry]):
        name = (one.heading if inner else "") or _words(one)
        data: dict[str, Any] = {"name": name}
        link = next((named.href for named in one.named), "")
        data |= {"uri": link} if link else {}
        row: dict[str, Any] = {"data": data} | _stamp(one, stand_ins)
        row |= {"label_values": _labels(one.pairs, stand_ins)} if one.pairs else {}
        entries.append(row)
    return [{"name": entry.heading, "entries": entries}]


def _told(key: str, *, bare: bool = False) -> Shape:
    """A title in prose, and the words below it in the place they have in the JSON form."""

    def shape(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
        made = []
        for one in inner or [entry]:
            element: dict[str, Any] = {"title": one.heading or entry.heading} | _stamp(one, stand_ins)
            said = _words(one)
            inside: Any = said if bare else {key: said}
            element |= {"data": [{key: inside}]} if said else {}
            element |= {"label_values": _labels(one.pairs, stand_ins)} if one.pairs else {}
            attached = [_attached(named.kind, named.href) for named in one.named]
            made.append(element | ({"attachments": [{"data": attached}]} if attached else {}))
        return made

    return shape


def _attached(kind: str, href: str) -> dict[str, Any]:
    return {"external_context": {"url": href}} if kind == "link" and "://" in href else {"media": {"uri": href}}


def _tag(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    made = _labelled(entry, inner, stand_ins)
    for element, one in zip(made, inner or [entry], strict=True):
        element["media"] = [{"uri": named.href} for named in one.named if named.kind != "link"]
    return made


def _notification(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    made = []
    for one in inner or [entry]:
        text = "\n".join(filter(None, (one.heading, _words(one))))
        element: dict[str, Any] = {"text": text, "href": next((named.href for named in one.named), "")}
        made.append(element | _stamp(one, stand_ins))
    return made


def _action(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """An action with an address and a device, under the keys of the JSON form where a label is known."""
    made = []
    for one in inner or [entry]:
        element = _stamp(one, stand_ins) | _keyed(one.pairs, stand_ins)
        lines = [line.text for line in one.lines()]
        said = one.heading or ("" if one.pairs else (lines or [""]).pop(0)) or (entry.heading if inner else "")
        element |= {"action": said} if said and "action" not in element else {}
        element |= {"words": "\n".join(lines)} if lines else {}
        made.append(element)
    return made


def _keyed(pairs: list[Pair], stand_ins: StandIns) -> dict[str, Any]:
    keys: dict[str, str] = _table()["keys"]
    element: dict[str, Any] = {}
    left = []
    for pair in pairs:
        key = "" if pair.group else keys.get(pair.label.strip().rstrip(":").casefold(), "")
        is_time = stand_ins.dates.find(pair.value) is not None
        if key and key not in element and is_time == key.endswith("_timestamp"):
            element[key] = stand_ins.seconds(pair.value) if is_time else pair.value
        else:
            left.append(pair)
    return element | ({"label_values": _labels(left, stand_ins)} if left else {})


def _poke(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """Who poked whom, from labelled values or from the sentence that says it."""
    made = []
    for one in inner or [entry]:
        element = _stamp(one, stand_ins) | _keyed(one.pairs, stand_ins)
        said = next(
            (text for text in (one.heading, *(line.text for line in one.lines())) if _POKED.fullmatch(text)), ""
        )
        if said and "poker" not in element and (match := _POKED.fullmatch(said)):
            element |= {"poker": match[1], "pokee": match[2], "words": said}
        elif "poker" not in element:
            element |= {"title": one.heading, "words": _words(one)}
        made.append(element)
    return made


def _secrets(entry: Entry, inner: list[Entry], stand_ins: StandIns) -> list[dict[str, Any]]:
    """Cookies with the times of their use; none of them is named."""
    del inner
    dates = [line.text for part in entry.body for line in lines_of(part) if stand_ins.dates.find(line.text)]
    return [{"page": {"cookie": [stand_ins.seconds(text) for text in dates]}}]


_SHAPES: dict[str, Shape] = {
    "named": _named_shape,
    "section": _section,
    "comment": _told("comment"),
    "reaction": _told("reaction"),
    "post": _told("post", bare=True),
    "tag": _tag,
    "notification": _notification,
    "action": _action,
    "poke": _poke,
    "secrets": _secrets,
    "profile": _profile,
}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("metapages.toml").read_text("utf-8"))
