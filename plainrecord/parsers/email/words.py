"""RFC 2047 encoded words: header bytes to text.

Bytes of adjacent words with one charset are joined before they are decoded, because real mail breaks characters across
words. Raw 8-bit text is read as UTF-8, else the body's charset, else Windows-1252, and that is noted.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from plainrecord.parsers.email.charsets import decode

# Possessive, so that a header full of half-open words costs linear time.
_WORD = re.compile(rb"=\?([^?\s]{1,60}+)\?(?:([bB])\?([^?]*+)|([qQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,8}+))\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded header text and notes on how it was read."""

    text: str
    notes: tuple[str, ...] = ()


def decode_words(raw: bytes, charset: str | None = None) -> Text:
    """Header text from an *unfolded* raw value. `charset` is the body's label, a hint for raw 8-bit bytes."""
    if b"=?" not in raw:
        return Text(raw.decode("ascii")) if raw.isascii() else _eight_bit(raw, charset)
    pieces: list[str] = []
    notes: list[str] = []
    pending: tuple[str, bytes] | None = None
    at = 0
    for match in _WORD.finditer(raw):
        between = raw[at : match.start()]
        label = match.group(1).partition(b"*")[0].decode("ascii", "replace").lower()
        data = _payload(match)
        if pending and pending[0] == label and not between.strip():
            pending = (label, pending[1] + data)
        else:
            _flush(pending, pieces, notes)
            # Blanks between two words only separate them (RFC 2047 section 6.2).
            if between.strip() or pending is None:
                _add(_eight_bit(between, charset), pieces, notes)
            pending = (label, data)
        at = match.end()
    _flush(pending, pieces, notes)
    _add(_eight_bit(raw[at:], charset), pieces, notes)
    return Text("".join(pieces), tuple(dict.fromkeys(notes)))


def _payload(match: re.Match[bytes]) -> bytes:
    if match.group(2):
        clean = _NOT_BASE64.sub(b"", match.group(3))
        clean = clean[:-1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    return _HEX.sub(lambda m: bytes((int(m.group(1), 16),)), match.group(5).replace(b"_", b" "))


def _flush(pending: tuple[str, bytes] | None, pieces: list[str], notes: list[str]) -> None:
    if pending:
        read = decode(pending[1], pending[0])
        _add(Text(read.text, read.notes), pieces, notes)


def _add(text: Text, pieces: list[str], notes: list[str]) -> None:
    pieces.append(text.text)
    notes.extend(text.notes)


def _eight_bit(raw: bytes, charset: str | None) -> Text:
    if raw.isascii():
        return Text(raw.decode("ascii"))
    try:
        return Text(raw.decode("utf-8"), ("header:raw-8-bit-read-as-utf-8",))
    except UnicodeDecodeError:
        read = decode(raw, charset)
        return Text(read.text, (f"header:raw-8-bit-read-as-{read.codec}",))
