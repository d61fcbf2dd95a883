"""Slack's markup as words: mentions, links and escapes in `text`, and the words of `blocks` where `text` is empty.

Export links carry access tokens (`t=xoxe-…`); nothing that leaves this room holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plainrecord.parsers.chat.jsonchat import words

_ANGLE = re.compile(r"<((?:[@#!]|[A-Za-z][A-Za-z0-9+.-]{0,20}:)[^<>\n]{1,4000})>")
_TOKEN = re.compile(r"xox[a-z](?:\.xox[a-z])?-[0-9A-Za-z-]+")
_DEEPEST = 20
_LONGEST = 40_000
_PIECES = 5_000


def redacted(text: str) -> str:
    """The text without Slack access tokens."""
    return _TOKEN.sub("[token removed]", text) if "xox" in text else text


def readable(text: str, names: Mapping[str, str]) -> str:
    """`text` as a reader of Slack saw it. Only three escapes exist, and they are undone last."""
    if "<" in text:
        text = _ANGLE.sub(lambda match: _angle(match[1], names), text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return redacted(text)


def _angle(inside: str, names: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return f"@{label or names.get(target[1:], target[1:])}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    shown = target.removeprefix("mailto:")
    # A label may say something else than where the link goes; a reader sees both.
    return f"{label} ({target})" if label and label not in (target, shown) else shown


def of_blocks(blocks: object, names: Mapping[str, str]) -> str:
    """The words of rich-text and section blocks, in order."""
    pieces: list[str] = []
    for piece in _pieces(blocks, names, 0):
        pieces.append(piece)
        if len(pieces) >= _PIECES:
            break
    return redacted("".join(pieces)[:_LONGEST]).strip("\n")


def _pieces(value: object, names: Mapping[str, str], depth: int) -> Iterator[str]:
    if depth > _DEEPEST or not isinstance(value, list):
        return
    for element in value:
        if not isinstance(element, dict):
            continue
        kind = words(element, "type")
        leaf = _leaf(kind, element, names)
        if leaf is not None:
            yield leaf
            continue
        yield from _pieces(element.get("elements"), names, depth + 1)
        if kind.startswith("rich_text_"):
            yield "\n"


def _leaf(kind: str, element: dict[str, Any], names: Mapping[str, str]) -> str | None:
    if kind == "user":
        return f"@{names.get(words(element, 'user_id'), words(element, 'user_id'))}"
    if kind == "emoji":
        return f":{words(element, 'name')}:"
    if kind == "link":
        url, label = words(element, "url"), words(element, "text")
        return f"{label} ({url})" if label and label != url else url
    if kind in ("channel", "usergroup", "broadcast"):
        said = words(element, "channel_id") or words(element, "usergroup_id") or words(element, "range")
        return f"#{said}" if kind == "channel" else f"@{said}"
    inner = element.get("text")
    if isinstance(inner, dict):
        return readable(words(inner, "text"), names) + "\n"
    return inner if isinstance(inner, str) else None
