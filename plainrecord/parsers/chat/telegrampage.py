"""One message of a Telegram page: from its bytes to names, time text, words, files and call status. Knows no envelope.

Source of knowledge: the class names of Telegram Desktop's public page writer. Hostile input: parsed by lxml, never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

# Text is escaped in these pages, so a tag cannot stand inside a message.
START = re.compile(rb'<div class="message (default|service)[^"<>]{0,80}" id="message(-?[0-9]{1,19})">')
_HEAD = 64 << 10
_MEDIA_NAME = re.compile(r"media_([a-z_]+)")


@dataclass(slots=True)
class File:
    """A file a message names: what the page calls it, and its path; None when it was left out of the export."""

    kind: str
    path: str | None
    title: str = ""
    said: str = ""


@dataclass(slots=True)
class Entry:
    """What one message element says. `joined`: it has the sender of the entry before it and says no name itself."""

    number: str
    service: bool = False
    joined: bool = False
    name: str | None = None
    stamp: str | None = None
    text: str | None = None
    call: str | None = None
    forwarded_from: str | None = None
    forwarded_stamp: str | None = None
    files: list[File] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def chat_name(head: bytes) -> str | None:
    """The name in the header of a page, or None when this is no chat page of Telegram Desktop."""
    if b'class="page_header"' not in head or b"chat_page" not in head:
        return None
    root = _parsed(head[:_HEAD])
    for node in root.iter("div"):
        if "page_header" in _classes(node):
            bold = next((inner for inner in node.iter("div", "a") if {"text", "bold"} <= _classes(inner)), None)
            return _words(bold) if bold is not None else ""
    return None


def entry(data: bytes) -> Entry | None:
    """What one piece says; None when it holds no message element."""
    match = START.match(data)
    node = next((one for one in _parsed(data).iter("div") if "message" in _classes(one)), None)
    if node is None or not match:
        return None
    found = Entry(match[2].decode(), service=match[1] == b"service", joined="joined" in _classes(node))
    body = next((child for child in node if "body" in _classes(child)), None)
    if body is None:
        return found
    if found.service:
        found.text = _words(body)
    else:
        _read_body(body, found)
    return found


def _parsed(data: bytes) -> etree._Element:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    parser.feed(data)
    return parser.close()


def _read_body(body: etree._Element, found: Entry, *, forwarded: bool = False) -> None:
    for child in body:
        classes = _classes(child)
        if {"date", "details"} <= classes:
            found.stamp = child.get("title")
        elif "from_name" in classes:
            _read_name(child, found, forwarded=forwarded)
        elif "reply_to" in classes:
            link = next(child.iter("a"), None)
            found.facts["reply_to"] = (link.get("href") or "") if link is not None else _words(child)
        elif {"forwarded", "body"} <= classes:
            _read_body(child, found, forwarded=True)
        elif "text" in classes:
            found.text = _words(child)
            links = [href for link in child.iter("a") if (href := link.get("href"))]
            if links:
                found.facts["links"] = " ".join(links)
        elif "media_wrap" in classes:
            _read_media(child, found)
        elif "reactions" in classes:
            found.facts["reactions"] = " ".join(_words(child).split())
        elif "signature" in classes:
            found.facts["author"] = _words(child)
        elif "userpic_wrap" not in classes and (rest := _words(child)):
            found.facts["also"] = f"{found.facts.get('also', '')} {rest}".strip()


def _read_name(node: etree._Element, found: Entry, *, forwarded: bool) -> None:
    name = (node.text or "").strip()
    if not forwarded:
        found.name = name
        return
    found.forwarded_from = name
    found.forwarded_stamp = next((span.get("title") for span in node.iter("span") if "date" in _classes(span)), None)


def _read_media(wrap: etree._Element, found: Entry) -> None:
    for node in wrap:
        classes = _classes(node)
        kind = next((match[1] for name in sorted(classes) if (match := _MEDIA_NAME.fullmatch(name))), "")
        title, status, description = (_first(node, name) for name in ("title", "status", "description"))
        href = node.get("href")
        if kind == "call":
            found.call = status
        elif kind in ("poll", "location", "live_location", "contact", "game", "invoice", "venue"):
            found.facts[kind] = " ".join(_words(node).split())
            if href and "://" not in href:
                found.files.append(File(kind, href, title))
            elif href:
                found.facts["location_link"] = href
        elif href:
            what = "photo" if "photo_wrap" in classes else "sticker" if "sticker_wrap" in classes else kind or "file"
            found.files.append(File(what, href, title, status))
        else:
            found.files.append(File(kind or "media", None, title, description or status or _words(node)))


def _first(node: etree._Element, name: str) -> str:
    return next((_words(one) for one in node.iter("div") if name in _classes(one)), "")


def _classes(node: etree._Element) -> frozenset[str]:
    return frozenset((node.get("class") or "").split()) if isinstance(node.tag, str) else frozenset()


def _words(node: etree._Element) -> str:
    """Text as shown: line breaks for `<br>`, the line ends the writer put round a block taken off."""
    parts: list[str] = []
    for event, one in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            parts += ["\n"] if one.tag == "br" else []
            parts.append(one.text or "")
        elif one is not node:
            parts.append(one.tail or "")
    return "".join(parts).strip(" \n\r\t")
