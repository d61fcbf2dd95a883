"""The lists of a Meta download that hold no messages: where a file's records stand, and what a record of either form says.

Matters to the reader of Facebook downloads. Three forms, by year and file: `{"friends_v2": [...]}` (also with a `data` step
between), a bare list, and a single object; since 2023 records may be `label_values`, whose labels are in the account's
language. It decides nothing about what a record means.

`list_sheet` takes the form from the first bytes of each file, repairs the strings of a damaged one, and gives `read` one
record at a time. What no field names goes into the facts; cookies and tokens never do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from plainrecord.parsers import meta
from plainrecord.parsers.chat.jsonchat import rest
from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.metaparts import said_in
from plainrecord.parsers.social.metascene import MetaScene
from plainrecord.parsers.social.metashape import BARE, KEYED, NESTED, ONE, first_key
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where

S = TypeVar("S", bound=MetaScene)

WITHHELD = "withheld: secret"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_INSIDE = ("/*",)
_FIRST_KEY = re.compile(rb'\{\s*"((?:[^"\\]|\\.){0,200})"\s*:\s*')
_OF_ONE_RECORD = re.compile(rb'\{\s*"(?:timestamp|media|label_values|fbid|ent_name|ent_field_name|string_list_data)"')
_SECRET = re.compile(r"cookie|token|datr|password|secret", re.IGNORECASE)
_NAMES_COOKIE = re.compile(r"\s*cookie\b[^:]{0,40}:", re.IGNORECASE)
_VERSION = re.compile(r"_v[0-9]{1,2}\Z")
_DEEPEST = 12
_OF_A_LABEL = frozenset("label title value href timestamp_value dict vec dictionary ent_field_name".split())


class Label(NamedTuple):
    """One labelled value of a `label_values` record: `label` as written, and what stands under it."""

    label: str
    value: str
    href: str
    timestamp: Any


def list_places(head: bytes) -> tuple[str, ...]:
    """Where the records of a file stand, by its first bytes; "" for a file that is one record.

    Unlike `metashape.places` an object inside the first key is one record (`{"profile_v2": {"name": …}}`), unless lists are
    what is in it (`{"pokes_v2": {"data": […]}}`).
    """
    text = head.lstrip(_BLANK)
    if text[:1] == b"[":
        return BARE
    match = _FIRST_KEY.match(text)
    if match is None or _OF_ONE_RECORD.match(text):
        return ONE
    behind = text[match.end() :]
    if behind[:1] == b"[":
        return KEYED
    if behind[:1] != b"{":
        return ONE
    inner = _FIRST_KEY.match(behind)
    return NESTED if inner and behind[inner.end() : inner.end() + 1] == b"[" else _INSIDE


def bare_key(head: bytes) -> str:
    """The first key of a JSON object without its version (`_v2`), or ""."""
    return _VERSION.sub("", first_key(head))


def is_versioned(head: bytes) -> bool:
    """Whether the first key bears a version, as only Facebook's files have it."""
    return bool(_VERSION.search(first_key(head)))


def list_sheet(read: Callable[[Where[S], str, Any], Read], at: str | None = None) -> JsonSheet[S]:
    """The sheet of one kind of list. `read` gets a record with its strings repaired and never raises; `at` says where
    records stand in files of a form of their own."""

    def read_mended(where: Where[S], pointer: str, element: Any) -> Read:
        if where.member.tree_path not in where.scene.damaged:
            return read(where, pointer, element)
        notes: set[str] = set()
        found = read(where, pointer, mended(element, notes))
        if not isinstance(found, Problem):
            for message in found:
                _say_repair(message, notes)
        return found

    return JsonSheet(list_places if at is None else (at,), read_mended)


def mended(value: Any, notes: set[str], depth: int = 0) -> Any:
    """A value with every string and key repaired; what was done is added to `notes`."""
    if isinstance(value, str):
        fixed = meta.repaired(value)
        notes |= {fixed.note} if fixed.note else set()
        return fixed.text
    if depth > _DEEPEST * 8:
        return value
    if isinstance(value, dict):
        return {mended(key, notes): mended(item, notes, depth + 1) for key, item in value.items()}
    return [mended(item, notes, depth + 1) for item in value] if isinstance(value, list) else value


def _say_repair(message: Message, notes: Collection[str]) -> None:
    message.notes += sorted(notes)
    text = message.text or ""
    if not text.isascii() and meta.REPAIRED in notes:
        stored = text.encode("utf-8", "surrogatepass").decode("latin-1")
        if meta.repaired(stored).text == text:
            message.facts["text-as-stored"] = stored


def labels(element: Any, depth: int = 0) -> Iterator[Label]:
    """The labelled values of a `label_values` record, those inside a `dict` with its title in front."""
    values = element.get("label_values") if isinstance(element, dict) else element
    for one in values if isinstance(values, list) and depth < _DEEPEST else ():
        if not isinstance(one, dict):
            continue
        name = _str(one.get("label")) or _str(one.get("title"))
        if "value" in one or "timestamp_value" in one or "href" in one:
            yield Label(name, _str(one.get("value")), _str(one.get("href")), one.get("timestamp_value"))
        for key in ("dict", "vec", "dictionary"):
            for inner in labels(one.get(key), depth + 1):
                yield inner._replace(label=f"{name}: {inner.label}" if name and inner.label else name or inner.label)


def label_facts(element: Any) -> dict[str, str]:
    """The labelled values as facts, under their labels; of equal labels each keeps its value.

    A link stands beside a value that is not the same: it may be the only place where an account is told from its namesake.
    """
    facts: dict[str, str] = {}
    for one in labels(element):
        if value := one.value or one.href or (str(one.timestamp) if one.timestamp else ""):
            is_secret = not one.timestamp and (_SECRET.search(one.label) or _NAMES_COOKIE.match(value))
            facts[_free(facts, one.label or "value")] = WITHHELD if is_secret else value[:4000]
        if one.value and one.href and one.href != one.value:
            facts[_free(facts, f"{one.label or 'value'} (link)")] = one.href[:4000]
    return facts


def _free(facts: Mapping[str, str], name: str) -> str:
    """A name under which nothing stands yet."""
    free, number = name, 2
    while free in facts:
        free, number = f"{name} ({number})", number + 1
    return free


def kept(element: Mapping[str, Any], said: Collection[str] = (), prefix: str = "") -> dict[str, str]:
    """Everything a record says that has no field of its own, as facts; secrets by name only.

    A field of its own counts only where it holds what it should; labelled values only where they have their usual form.
    """
    facts = label_facts(element)
    labelled = {"label_values"} if _are_labels(element.get("label_values")) else set()
    found = rest({key: _open(key, value) for key, value in element.items()}, said_in(element, said) | labelled, prefix)
    return facts | found


def _are_labels(values: Any, depth: int = 0) -> bool:
    """Whether `labels` says everything of a list of labelled values."""
    if not isinstance(values, list) or depth > _DEEPEST:
        return values is None
    return all(isinstance(one, dict) and _is_label(one, depth) for one in values)


def _is_label(one: dict[str, Any], depth: int) -> bool:
    texts = all(isinstance(one.get(key), str | None) for key in ("label", "title", "value", "href"))
    stamp = one.get("timestamp_value")
    inner = all(_are_labels(one.get(key), depth + 1) for key in ("dict", "vec", "dictionary"))
    return texts and one.keys() <= _OF_A_LABEL and isinstance(stamp, int | None) and inner


def _open(key: str, value: Any, depth: int = 0) -> Any:
    """A value without secrets: where its key names one, that there was one."""
    if _SECRET.search(key) and not isinstance(value, dict | bool | int) and value:
        return WITHHELD
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {inner: _open(inner, item, depth + 1) for inner, item in value.items()}
    return [_open(key, item, depth + 1) for item in value] if isinstance(value, list) else value


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""
