"""The scan a service edition has to pass: nothing in it may tell where the owner is, how to reach them, or on what device.

Two nets. Everything in the bag is searched for what is known to be the owner's. The words of items, and names of files, are
searched for shapes as well: addresses, telephone numbers, postcodes and the like that are not the subject's own. It
finds what it has a shape for and no more; a person still has to read what will be served, and the edition says so.
"""

from __future__ import annotations

import html
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.editions.instructions import held_in
from plainrecord.editions.needles import Needle, fold, spans
from plainrecord.parsers.email.exif import MAX_IMAGE, read_exif

MEDIA = "data/media/"
ITEMS = "data/items/messages.jsonl"
_MOST_PLACES = 5
# Files that came along are read block by block; what stands across two blocks is found too, up to this length in bytes.
_BLOCK, _LONGEST = 4 << 20, 1_000
WITHHELD_FILE = "a file of an item that was withheld"
_DEVICE = "place or device data in a file"
# Where phones keep the place of a film (QuickTime File Format: user data "©xyz", metadata key), and pictures without EXIF
# theirs (XMP, part 2: exif:GPSLatitude).
_PLACES = {
    b"\xa9xyz": "the place where a film was made",
    b"com.apple.quicktime.location": "the place where a film was made",
    b"GPSLatitude": "the place where a picture was made",
}
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
# Nine digits or more as people write numbers, beginning with + or 0; "10:00 2024-…" is a time, "Tel:0…" a number.
_PHONE = re.compile(r"(?<![^\W_])(?<![./-])(?<![0-9]:)(?:\+|0)[0-9](?:[\s().-]{0,2}[0-9]){7,13}(?![^\W_]|-)")
# UK postcodes (BS 7666), with or without the blank.
_POSTCODE = re.compile(r"(?<![^\W_])[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][ABD-HJLNP-UW-Z]{2}(?![^\W_])", re.IGNORECASE)
_PLACE = re.compile(r"(?<![\w.])-?[0-9]{1,2}\.[0-9]{4,},\s?-?[0-9]{1,3}\.[0-9]{4,}(?!\w)")
_IP = re.compile(
    r"(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])", re.IGNORECASE
)
_FOLDER = re.compile(r"(?:/(?:home|Users)/[^\s/\"<>]+|[A-Za-z]:\\{1,2}Users\\{1,2}[^\s\\\"<>]+|file:///?[^\s\"<>]+)")


@dataclass(slots=True)
class Leak:
    """One thing that may not be served: what it is, as it stands there, and where (items and files, the first few)."""

    what: str
    text: str
    places: list[str] = field(default_factory=list)
    count: int = 0

    def says(self) -> str:
        """One line for the person who builds."""
        more = f" and {self.count - len(self.places)} more" if self.count > len(self.places) else ""
        return f"{self.what}: “{self.text}” in {', '.join(self.places)}{more}"


class Scan:
    """Searches a bag. `known` is what is the owner's or this computer's, `own` the subject's accounts (addresses and numbers as
    digits), `allowed` what a person lets pass, `redacted` what is blacked out in single items: their files may not hold it."""

    def __init__(
        self,
        known: Sequence[Needle],
        own: Iterable[str],
        allowed: Iterable[str],
        redacted: Mapping[str, Sequence[Needle]] | None = None,
    ) -> None:
        self._known = known
        self._redacted = redacted or {}
        self._in_file: dict[str, list[Needle]] = {}
        self._own = {fold(one)[0].strip() for one in own}
        self._own_numbers = {digits[-9:] for one in self._own if len(digits := re.sub(r"\D", "", one)) >= 7}
        self._allowed = {_squeezed(one) for one in allowed}
        self._leaks: dict[tuple[str, str], Leak] = {}

    @property
    def leaks(self) -> list[Leak]:
        """Everything found so far."""
        return list(self._leaks.values())

    def bag(self, root: Path) -> None:
        """Search everything below a folder, in the order of paths."""
        for path in sorted(one for one in root.rglob("*") if one.is_file()):
            name = path.relative_to(root).as_posix()
            if name.startswith(MEDIA):
                self._media(name, path)
                continue
            with path.open(encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    self._line(name, line)

    def _line(self, name: str, line: str) -> None:
        if name == ITEMS:
            self.item(json.loads(line))
            return
        text = html.unescape(line) if name.endswith(".html") else line
        self._needles(name, text)
        self._shape(name, "a folder of a computer", _FOLDER.findall(text))

    def item(self, item: dict[str, Any]) -> None:
        """Search one item: all its texts, and its words once more for shapes."""
        number = item["item"]
        redacted = [needle for one in held_in(number) for needle in self._redacted.get(one, ())]
        for one in item["attachments"] if redacted else ():
            if one.get("media"):
                self._in_file.setdefault(one["media"], []).extend(redacted)
        for text in strings_of(item):
            self._needles(number, text)
            self._shape(number, "a folder of a computer", _FOLDER.findall(text))
        for text in words_of(item):
            self._words(number, text)

    def files_of_withheld(self, served: Mapping[str, Iterable[str]]) -> None:
        """Note files, by their SHA-256, that somebody withheld in one item and that other items would serve."""
        for digest, numbers in served.items():
            for number in numbers:
                self._note(WITHHELD_FILE, digest, number)

    def _words(self, number: str, text: str) -> None:
        self._shape(
            number, "an e-mail address", (one for plain, one in _found(_ADDRESS, text) if not self._is_own(plain))
        )
        phones = (one for plain, one in _found(_PHONE, text) if re.sub(r"\D", "", plain)[-9:] not in self._own_numbers)
        self._shape(number, "a telephone number", phones)
        self._shape(number, "a postcode", (one for _, one in _found(_POSTCODE, text)))
        self._shape(number, "a place on the map", (one for _, one in _found(_PLACE, text)))
        ips = (one for plain, one in _found(_IP, text) if _is_ip(plain))
        self._shape(number, "an internet address of a device", ips)

    def _is_own(self, address: str) -> bool:
        return fold(address)[0].strip(".'") in self._own

    def _media(self, name: str, path: Path) -> None:
        """A file that came along: its EXIF, and its bytes as text; the words of plain text for shapes too."""
        with path.open("rb") as file:
            facts = read_exif(file.read(MAX_IMAGE)).facts
            self._shape(name, _DEVICE, [f"{key} {facts[key]}" for key in facts if is_telling(key)])
            file.seek(0)
            before = b""
            while block := file.read(_BLOCK):
                data = before + block
                for sign, says in _PLACES.items():
                    if sign in data:
                        self._note(_DEVICE, says, name)
                for text in (
                    data.decode("utf-8", "ignore"),
                    *(data[at:].decode("utf-16-le", "ignore") for at in (0, 1)),
                ):
                    self._needles(name, text, loose=True)
                if name.endswith(".txt"):
                    self._words(name, data.decode("utf-8", "replace"))
                before = block[-_LONGEST:]

    def _needles(self, place: str, text: str, *, loose: bool = False) -> None:
        needles = [*self._known, *self._in_file[place]] if place in self._in_file else self._known
        for start, end, needle in spans(text, needles, loose=loose):
            self._note(needle.what, text[start:end], place)

    def _shape(self, place: str, what: str, found: Iterable[str]) -> None:
        for text in found:
            self._note(what, text, place)

    def _note(self, what: str, text: str, place: str) -> None:
        if _squeezed(text) in self._allowed:
            return
        leak = self._leaks.setdefault((what, _squeezed(text)), Leak(what, text))
        leak.count += 1
        if place not in leak.places and len(leak.places) < _MOST_PLACES:
            leak.places.append(place)


def is_telling(key: str) -> bool:
    """Whether an EXIF fact tells a place or a device; when a picture was taken does neither."""
    return not key.lower().removeprefix("exif:").startswith(("datetime", "offsettime"))


def words_of(item: dict[str, Any]) -> Iterator[str]:
    """What people wrote in an item: subject line, words, and names of its files."""
    yield from filter(None, (item["subject"], item["text"], item["html"]))
    for one in item["attachments"]:
        yield from filter(None, (one["name"], *one["also_named"]))


def strings_of(value: Any) -> Iterator[str]:
    """Every text inside a value of JSON, names of fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from strings_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_of(one)


def _found(shape: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """What has a shape in the folded text, and the same as it is written there."""
    folded, places = fold(text)
    for found in shape.finditer(folded):
        yield found[0], text[places[found.start()] : places[found.end() - 1] + 1]


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    # "12:30:45" is no address, and "::" alone is nobody's.
    return "." in text or text.count(":") == 7 or ("::" in text and len(text) > 4)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s().-]", "", fold(text)[0])
