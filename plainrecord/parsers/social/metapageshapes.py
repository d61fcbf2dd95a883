"""How a row of a page is told to the reader of its JSON form: a name, a title with words below it, labelled values, an action.

Each shape makes of a row the elements that reader knows, with a stand-in for each date. Nothing here says whose act a row is.
Which list has which shape stands in `metapages.toml`. A cookie or token is never copied, under whatever label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.social.pageentry import Entry
from plainrecord.parsers.social.pagelines import Pair, lines_of
from plainrecord.parsers.social.standin import StandIns

Shape = Callable[[Entry, list[Entry], StandIns], list[dict[str, Any]]]

WITHHELD = "withheld: secret"
# The same words as in the readers of the JSON form; the word for a cookie is the same in most languages.
_SECRET = re.compile(r"cookie|token|datr|password|secret", re.IGNORECASE)
_POKED = re.compile(r"(.{1,200}?) poked (.{1,200}?)\.?", re.IGNORECASE)
_YES = ("true", "yes", "1")
# Words of a name without a date beside it.
_LONGEST_NAME = 6


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
        if name and (one.date or one.pairs or not _is_sentence(name)):
            element["name"] = name
        elif name:
            element["words-above"] = name
        element |= {"section": entry.heading} if inner and entry.heading else {}
        element |= {"words": "\n".join(lines)} if lines else {}
        element |= _keyed(one.pairs, stand_ins)
        if "marked_as_spam" in element:
            element["marked_as_spam"] = str(element["marked_as_spam"]).casefold() in _YES
        made.append(element | _links(one))
    return made


def _is_sentence(text: str) -> bool:
    """Whether words without a date are an explanation of the page, and no name of anybody."""
    return text.rstrip().endswith((".", ":", "!", "?")) or len(text.split()) > _LONGEST_NAME


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
