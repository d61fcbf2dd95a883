"""What stands behind a header: something a person typed, or something the app wrote. Nothing of the text is changed.

The app marks its own words with U+200E on iPhone, and not at all on Android. Where the mark is there, the distinction is
certain; where a whole file has none, or on Android, the same words may have been typed: such a record carries
`maybe-system`. A line without a sender part is always the app's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from plainrecord.parsers.chat.whatsapp_words import OMITTED, SystemLine, plain, unmarked, words
from plainrecord.records import Kind

MAYBE = "maybe-system"
# The mark stands first in the body or right in front of a placeholder's bracket; Arabic apps write U+200F.
_APP_MARK = re.compile("\\A[\u200e\u200f]|[\u200e\u200f]<|<[\u200e\u200f]|• [\u200e\u200f]")
_FIRST = "\u200e\u200f"
_EDITED = re.compile("[ \u200e\u200f]*<[\u200e\u200f]?([^<>\n]{3,80})>\\s*\\Z")
_PIN = re.compile(
    r"(?P<word>[^:\n]{1,60}): https?://(?:maps\.google\.com|www\.google\.com/maps)/?\S*?[?&]q=(?P<lat>-?\d{1,3}\.?\d*),(?P<lon>-?\d{1,3}\.?\d*)"
)
_PLACE = re.compile(r"https?://(?:[a-z]+\.)?foursquare\.com/v/\S+")
_OPTION = re.compile(r"(?P<word>[^:\n]{2,40}): (?P<text>.+?)(?: \((?P<votes>\d+) [^()]{1,20}\))?\s*\Z")
_UNREADY = "waiting for this message"


@dataclass(slots=True)
class Body:
    """What a body says. `files` are names of attached files, `left_out` kinds of files the export does not hold;
    `generated` is true when no person typed it; `languages` are those whose words were met."""

    kind: Kind = "message"
    marks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    generated: bool = False


def is_ordinary(raw: bytes, start: int, first_lines: frozenset[bytes]) -> bool:
    """True when a body (`raw[start:]`, UTF-8) cannot be anything but typed text: the quick way for almost every message.

    `first_lines` are those of `words()`, handed in because this is asked for every message.
    """
    if b"\xe2\x80\x8e" in raw or b"\xe2\x80\x8f" in raw or b"<" in raw or b".com/" in raw or b")\n" in raw:
        return False
    end = raw.find(b"\n", start)
    first = raw[start : end if end >= 0 else len(raw)].rstrip()
    return not first.endswith(b")") and first.lower() not in first_lines and first[:7].lower() != b"waiting"


def system_body(text: str) -> Body:
    """A line without a sender part."""
    return _generated(text, certain=True)


def spoken_body(text: str, *, bracketed: bool, marked: bool) -> Body:
    """A body behind `Sender: `. `marked` says whether the app's mark occurs anywhere in this file."""
    app = bracketed and bool(_APP_MARK.search(text))
    if bracketed and marked and not app:
        return _empty(text) or Body()  # trap 8: without the mark it was typed, whatever it says
    body = _empty(text) or _whole_line(text, app) or _poll(text, app) or _place(text, app) or _attached(text)
    if body is None and app:
        # Only a mark in front of everything makes it the app's own; further in it may belong to what was typed.
        body = _call(text) or _edited(text, app) or (_generated(text, certain=False) if text[0] in _FIRST else Body())
    elif body is None:
        body = (_call(text) if bracketed else None) or _edited(text, app) or Body()
    if not app and (body.generated or body.files or body.left_out or "deleted" in body.marks):
        body.notes.append("app-mark-unavailable")
        body.marks.append(MAYBE)
    return body


def is_generated(text: str, label: str) -> bool:
    """True when a line is one the app is known to write without a sender, and `label`, which ends at its first colon, is more
    than the name of whom it is about: a person may write “just left” too."""
    found = (line.pattern.match(unmarked(text)) for line in words().system)
    return any(match and _within(match, label) for match in found) or plain(text).startswith(words().openings)


def _within(match: re.Match[str], label: str) -> bool:
    """Whether the app's own words begin in front of the first colon."""
    before = match.re.groupindex.get("about") and match.start("about") == 0
    return not before or match.end("about") < len(unmarked(label))


def _empty(text: str) -> Body | None:
    if plain(text) in ("", "null"):
        # Nothing is not "nothing was sent": view-once and expired media, calls and unsupported kinds print like this.
        return Body(marks=["empty-body"], notes=["empty-body-may-be-media-or-call"])
    return None


def _whole_line(text: str, app: bool) -> Body | None:
    first, _, rest = text.partition("\n")
    last = re.split("[\u200e\u200f]", first)[-1] if app else first
    bare = last.strip().removeprefix("<").removesuffix(">").removesuffix("\r")
    meaning = words().whole_lines.get(plain(first)) or words().whole_lines.get(plain(bare))
    if meaning is None:
        return _worded(first)
    if meaning.role in OMITTED and (app or first.strip().startswith("<") or meaning.role != "media"):
        found = Body(left_out=[meaning.role], generated=True, languages=meaning.languages)
        if "view once" in plain(first):
            found.marks.append("view-once")
        if app and first != last:
            stated = unmarked(first[: len(first) - len(last)]).split(" • ")[0].strip()
            found.facts |= {"stated_name": stated} if stated else {}
        return found
    if meaning.role in ("deleted", "you_deleted") and not rest.strip():
        return Body(marks=["deleted"], generated=True, languages=meaning.languages)
    if meaning.role in ("missed_voice", "missed_video") and not rest.strip():
        return _missed(meaning.role.removeprefix("missed_"), meaning.languages)
    if meaning.role == "live_location":
        return Body(marks=["location", "live-location"], generated=True, languages=meaning.languages)
    return None


def _worded(first: str) -> Body | None:
    """English lines with a changing part."""
    said = plain(first)
    if re.match(r"(this message was deleted by admin|you deleted this message as admin)", said):
        return Body(marks=["deleted", "deleted-by-admin"], generated=True, languages=("en",))
    if said.startswith(_UNREADY):
        return Body(marks=["undecrypted"], generated=True, languages=("en",))
    return None


def _missed(medium: str, languages: tuple[str, ...]) -> Body:
    status = {"outcome": "missed", "medium": medium}
    return Body("call", ["missed"], status=status, languages=languages, generated=True)


def _call(text: str) -> Body | None:
    said = unmarked(text).strip()
    for line in words().calls:
        match = line.pattern.match(said)
        if match:
            status = {"outcome": line.code} | {key: value.lower() for key, value in match.groupdict().items() if value}
            status = {key: value.strip(" .") for key, value in status.items()}
            marks = ["missed"] if line.code == "missed" else []
            return Body("call", marks, status=status, languages=("en",), generated=True)
    return None


def _poll(text: str, app: bool) -> Body | None:
    first, _, rest = text.partition("\n")
    word = plain(first)
    known = words().whole_lines.get(word)
    upper = unmarked(first).strip()
    if not (known and known.role == "poll") and not (app and upper.endswith(":") and upper[:-1].isupper() and rest):
        return None
    question, *lines = rest.split("\n")
    found = Body(
        marks=["poll"], facts={"question": unmarked(question).strip()}, languages=known.languages if known else ()
    )
    for line in lines:
        option = _OPTION.match(unmarked(line).strip())
        if option and (plain(option["word"]) in words().options or option["word"].isupper()):
            number = sum(key.startswith("option-") for key in found.facts) + 1
            votes = f" | {option['votes']}" if option["votes"] else ""
            found.facts[f"option-{number}"] = option["text"] + votes
    return found if len(found.facts) > 1 else None


def _place(text: str, app: bool) -> Body | None:
    said = unmarked(text)
    pin = _PIN.match(said)
    if pin and (app or plain(pin["word"]) in words().locations):
        return Body(marks=["location"], facts={"latitude": pin["lat"], "longitude": pin["lon"]})
    place = _PLACE.search(said) if "foursquare.com" in said else None
    return Body(marks=["location"], facts={"place": place[0]}) if place else None


def _attached(text: str) -> Body | None:
    names = []
    for match in words().attached.finditer(text):
        names.append(match["name"] or match["name_before"] or match["name_old"])
    names += [match["name"] for match in words().file_attached.finditer(text.replace("\r\n", "\n"))]
    if not names:
        return None
    files = [_without_marks(name) for name in names]
    found = Body(files=list(dict.fromkeys(files)))
    if any(name.casefold().endswith(".vcf") for name in files):
        found.marks.append("contact")
    return found


def _without_marks(name: str) -> str:
    return name.strip(" \u200e\u200f\u202a\u202c\u2066\u2067\u2068\u2069")


def _edited(text: str, app: bool) -> Body | None:
    match = _EDITED.search(text)
    if match and plain(match[1]) in words().edited:
        # trap 10: only the last wording is exported, with the time of the first sending.
        return Body(marks=["edited"])
    if match and app and "\u200e<" in text[match.start() :]:
        return Body(marks=["edited"], notes=["edited-marker-not-in-table"])
    return None


def _generated(text: str, *, certain: bool) -> Body:
    said = unmarked(text).strip()
    if plain(said).startswith(words().openings):
        return Body("system", ["encryption"], generated=True)
    meaning = words().whole_lines.get(plain(said))
    if meaning and meaning.role.startswith("missed_"):
        return _missed(meaning.role.removeprefix("missed_"), meaning.languages)
    for line in words().system:
        match = line.pattern.match(said)
        if match:
            return _system(line, match)
    return Body("system", ["unrecognised-system"], generated=True, notes=[] if certain else ["app-text-not-in-table"])


def _system(line: SystemLine, match: re.Match[str]) -> Body:
    found = Body(line.kind, [line.code], languages=("en",), generated=True)
    stated = {key: value for key, value in match.groupdict().items() if value}
    if line.kind == "call":
        found.marks = ["missed"] if line.code == "missed-call" else []
        found.status = {"outcome": "missed" if line.code == "missed-call" else "started"}
        found.status |= {"medium": stated["medium"].lower()} if "medium" in stated else {}
    if "about" in stated:
        found.facts["about"] = stated["about"].strip()
    return found
