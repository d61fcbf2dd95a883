"""Content-Type and Content-Disposition: the value and its parameters, RFC 2231 forms and everyday mistakes included."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.headers import unfold
from plainrecord.parsers.email.words import decode_words

MAX_PARAMETERS = 200
_LONGEST = 65_536
# name = value; the value quoted, or everything up to the next semicolon (unquoted names with blanks are common).
_PARAMETER = re.compile(
    rb";\s*+([^\s=;\"]{1,100}+)\s*+=\s*+(?:\"((?:[^\"\\]|\\.)*+)(?:\"|\Z)[^;]*+|([^;]*+))", re.DOTALL
)
_CONTINUED = re.compile(rb"([^*]+)\*(\d{1,3})(\*?)")
_ESCAPED = re.compile(rb"\\([\"\\])")


@dataclass(frozen=True, slots=True)
class Valued:
    """A header value ("text/plain", lower case) with its parameters: raw bytes by lower-case name, first one wins.

    `extended` holds decoded RFC 2231 values; `notes` what was odd about them.
    """

    value: str
    raw: dict[str, bytes] = field(default_factory=dict)
    extended: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def text(self, name: str) -> str | None:
        """A parameter as text; the RFC 2231 form is preferred where both exist."""
        return self.extended.get(name, self.plain(name))

    def plain(self, name: str) -> str | None:
        """The plain (not RFC 2231) parameter as text, encoded words decoded as mail programs do."""
        raw = self.raw.get(name)
        return None if raw is None else decode_words(raw).text


def parse_valued(raw: bytes) -> Valued:
    """Parse a raw Content-Type or Content-Disposition value. Never raises."""
    flat = unfold(raw[:_LONGEST])
    value, _, _ = flat.partition(b";")
    plain: dict[str, bytes] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    notes: list[str] = []
    for number, match in enumerate(_PARAMETER.finditer(flat)):
        if number >= MAX_PARAMETERS:
            notes.append("mime:too-many-parameters")
            break
        name = match.group(1).lower()
        found = _ESCAPED.sub(rb"\1", match.group(2)) if match.group(2) is not None else match.group(3).strip()
        _sort_in(name, found, plain, pieces, notes)
    extended = {name: _join(parts, notes) for name, parts in pieces.items()}
    return Valued(_as_token(value), plain, extended, tuple(dict.fromkeys(notes)))


def _sort_in(
    name: bytes,
    found: bytes,
    plain: dict[str, bytes],
    pieces: dict[str, dict[int, tuple[bytes, bool]]],
    notes: list[str],
) -> None:
    continued = _CONTINUED.fullmatch(name)
    if continued:
        base, number, encoded = _as_token(continued.group(1)), int(continued.group(2)), bool(continued.group(3))
        pieces.setdefault(base, {}).setdefault(number, (found, encoded))
    elif name.endswith(b"*"):
        pieces.setdefault(_as_token(name[:-1]), {}).setdefault(0, (found, True))
    elif _as_token(name) in plain:
        notes.append("mime:repeated-parameter")
    else:
        plain[_as_token(name)] = found


def _join(parts: dict[int, tuple[bytes, bool]], notes: list[str]) -> str:
    """RFC 2231 section 3 and 4: numbered pieces in order; the first encoded one carries the character set."""
    label = ""
    joined = b""
    for place, number in enumerate(sorted(parts)):
        data, encoded = parts[number]
        if encoded:
            if place == 0 and data.count(b"'") >= 2:
                charset, _, data = data.split(b"'", 2)
                label = charset.decode("ascii", "replace")
            data = unquote_to_bytes(data)
        joined += data
    read = decode(joined, label or None)
    notes.extend(read.notes)
    return read.text


def _as_token(raw: bytes) -> str:
    return raw.strip().lower().decode("ascii", "replace")
