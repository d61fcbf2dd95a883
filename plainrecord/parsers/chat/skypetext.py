"""What a Skype message's fragment of markup says: own words, quote, files, links, mentions, calls, places, contacts.

Read as lenient HTML, because fragments are not always well-formed. Quoted words and the sentences Skype writes for programs
that cannot show a file are kept apart from what the sender typed. Never raises; an over-long fragment is kept as it is.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from html.parser import HTMLParser

LONGEST = 200_000
_FACTS = ("quoted-text", "file-text")


@dataclass(slots=True)
class Said:
    """The parts of one fragment. `parts` are (identity, seconds or "") of a call; `files` (uri, name, bytes, type)."""

    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)
    call: str = ""
    note: str = ""


def plain(content: str) -> str:
    """The words of a `Text` message: no markup, but entities."""
    return html.unescape(content)


def read(content: str) -> Said:
    """The parts of a fragment."""
    if len(content) > LONGEST:
        return Said(content, note="too long to be read")
    reader = _Reader()
    try:
        reader.feed(content)
        reader.close()
    except (AssertionError, ValueError):
        # The standard parser asserts on a few broken declarations.
        return Said(content, note="unreadable")
    return reader.finished()


class _Reader(HTMLParser):
    """Sorts text by the element it stands in; unclosed elements end with the fragment."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said = Said()
        self._own: list[str] = []
        self._quoted: list[str] = []
        self._filed: list[str] = []
        self._name: list[str] = []
        self._seconds: list[str] = []
        self._identity = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        start = getattr(self, f"_start_{tag}", None)
        if start:
            start(values)
        if tag in _NESTING:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _NESTING:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "part" and self._identity:
            self.said.parts.append((self._identity, "".join(self._seconds).strip()))
            self._identity, self._seconds = "", []
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self._open
        if "legacyquote" in inside or "name" in inside:
            return
        if "duration" in inside:
            self._seconds.append(data)
        elif "quote" in inside:
            self._quoted.append(data)
        elif "uriobject" in inside:
            self._filed.append(data)
        elif "partlist" not in inside:
            self._own.append(data)

    def finished(self) -> Said:
        """Everything found, once the fragment is at its end."""
        self.said.text = "".join(self._own)
        for name, pieces in zip(_FACTS, (self._quoted, self._filed), strict=True):
            if text := "".join(pieces).strip():
                self.said.facts[name] = text
        return self.said

    def _start_br(self, values: dict[str, str]) -> None:
        self.handle_data("\n")

    def _start_a(self, values: dict[str, str]) -> None:
        if (href := values.get("href")) and "uriobject" not in self._open:
            self.said.links.append(href)

    def _start_at(self, values: dict[str, str]) -> None:
        self.said.mentions += [values["id"]] if values.get("id") else []

    def _start_e_m(self, values: dict[str, str]) -> None:
        self.said.facts |= {f"edit-{name}": value for name, value in values.items() if value}

    def _start_quote(self, values: dict[str, str]) -> None:
        for name, fact in _QUOTE.items():
            if values.get(name):
                self.said.facts[fact] = values[name]

    def _start_uriobject(self, values: dict[str, str]) -> None:
        self.said.files.append({"uri": values.get("uri", ""), "type": values.get("type", "")})

    def _start_originalname(self, values: dict[str, str]) -> None:
        self._of_file("name", values.get("v", ""))

    def _start_filesize(self, values: dict[str, str]) -> None:
        self._of_file("bytes", values.get("v", ""))

    def _of_file(self, what: str, value: str) -> None:
        if self.said.files and value:
            self.said.files[-1][what] = value

    def _start_partlist(self, values: dict[str, str]) -> None:
        self.said.call = values.get("type", "") or "unstated"
        self.said.facts |= {"call-id": values["callid"]} if values.get("callid") else {}

    def _start_part(self, values: dict[str, str]) -> None:
        self._identity = values.get("identity", "")

    def _start_location(self, values: dict[str, str]) -> None:
        self.said.facts |= {f"location-{name}": value for name, value in values.items() if value}

    def _start_c(self, values: dict[str, str]) -> None:
        card = " ".join(f"{name}={value}" for name, value in sorted(values.items()) if value)
        self.said.facts["contacts"] = "; ".join(filter(None, (self.said.facts.get("contacts", ""), card)))


_NESTING = frozenset("quote legacyquote uriobject partlist part name duration".split())
_QUOTE = {"authorname": "quoted-from", "author": "quoted-id", "timestamp": "quoted-sent", "messageid": "quoted-message"}
