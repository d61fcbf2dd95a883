"""Undo content-transfer encodings, however damaged: what can be decoded is, and the damage is noted."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

MAX_UU_FILES = 100
_WORDS_WITHIN, _FEWEST_WORDS, _LONGEST_WORDS = 4_096, 5, 14
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_NOT_PADDING = re.compile(rb"[^\s=]")
_DOUBLED = re.compile(rb"=(?==)")
_UU_BEGIN = re.compile(rb"(?:^|\n)begin(?:-base64)? ([0-7]{3,4}) ([^\r\n]{1,500})\r?\n")
_UU_END = re.compile(rb"\n(?:end|====)[ \t]*\r?(?=\n|\Z)")
_QUOTED_FROM = re.compile(rb"(^|\n)>(>*From )")
# To find one, literal line end first: that takes a hundredth of the time of the pattern that also takes it off.
_QUOTED_LINE = re.compile(rb"\n>+From ")
_QUOTED_FIRST = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Decoded bytes and notes on damage."""

    data: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UuFile:
    """A file sent uuencoded inside a text: its name as given, decoded bytes, notes."""

    name: bytes
    data: bytes
    notes: tuple[str, ...] = ()


def unwrap(data: bytes, encoding: str) -> Unwrapped:
    """Decode by the claimed Content-Transfer-Encoding (lower case, "" for none). An unknown one leaves the bytes alone."""
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        # An equals sign before another one stands for itself; the library would swallow it.
        return Unwrapped(binascii.a2b_qp(_DOUBLED.sub(b"=3D", data) if b"==" in data else data))
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        text, files = split_uuencoded(data)
        return Unwrapped(files[0].data, files[0].notes) if files else Unwrapped(data, ("trap-13:bad-uuencode",))
    if encoding in ("", "7bit", "8bit", "binary"):
        return Unwrapped(data)
    return Unwrapped(data, (f"trap-13:unknown-encoding-{re.sub(r'[^a-z0-9-]', '?', encoding)[:30]}",))


def unquote_from(data: bytes) -> tuple[bytes, int]:
    """The body as it was before an mboxrd mailbox quoted it, and how many lines that changed."""
    return _QUOTED_FROM.subn(rb"\1\2", data) if b"From " in data else (data, 0)


def has_quoted_from(data: bytes) -> bool:
    """Whether a body line looks like a quoted separator (">From ")."""
    return bool(_QUOTED_FIRST.match(data) or _QUOTED_LINE.search(data))


def split_uuencoded(data: bytes) -> tuple[bytes, list[UuFile]]:
    """Text without its uuencoded files, and the files in order. Text without any comes back as it is."""
    if b"begin" not in data:
        return data, []
    files: list[UuFile] = []
    kept: list[bytes] = []
    at = 0
    while len(files) < MAX_UU_FILES:
        begin = _UU_BEGIN.search(data, at)
        end = _UU_END.search(data, begin.end() - 1) if begin else None
        if begin is None or end is None:
            break
        body = data[begin.end() : end.start() + 1]
        file = _uu_file(begin, body)
        if file is None:
            kept.append(data[at : begin.end()])
            at = begin.end()
            continue
        kept.append(data[at : begin.start()])
        files.append(file)
        at = end.end()
    if not files:
        return data, []
    return b"".join([*kept, data[at:]]), files


def _are_words(pieces: list[bytes]) -> bool:
    # Base64 is written in lines of sixty characters and more; the longest words of any language are shorter on average.
    # What begins with such a line, or ends its first one as base64 ends, is followed by text at most.
    if len(pieces) < _FEWEST_WORDS or len(pieces[0]) > 3 * _LONGEST_WORDS or pieces[0].endswith(b"="):
        return False
    return sum(map(len, pieces)) < _LONGEST_WORDS * len(pieces)


def _uu_file(begin: re.Match[bytes], body: bytes) -> UuFile | None:
    if begin.group(0).lstrip(b"\n").startswith(b"begin-base64"):
        found = _base64(body)
        return UuFile(begin.group(2).strip(), found.data, found.notes)
    decoded: list[bytes] = []
    damaged = 0
    for line in body.splitlines():
        piece = _uu_line(line)
        if piece is None:
            damaged += 1
        else:
            decoded.append(piece)
    # Prose between "begin" and "end" lines is no file: most of its lines do not decode.
    if damaged * 2 > max(len(decoded), 1):
        return None
    return UuFile(begin.group(2).strip(), b"".join(decoded), ("trap-13:damaged-uuencode",) if damaged else ())


def _uu_line(line: bytes) -> bytes | None:
    """One line decoded; None when it is no uuencoded line."""
    if not line.strip(b" `"):
        return b""
    length = (line[0] - 32) & 63
    needed = (length + 2) // 3 * 4
    if line[0] < 32 or line[0] > 96 or len(line.rstrip()) - 1 > needed + 2:
        return None
    try:
        return binascii.a2b_uu(line[: needed + 1])
    except binascii.Error:
        return None


def _base64(data: bytes) -> Unwrapped:
    """Base64 with blanks, junk, missing padding or trailing text: the alphabet's characters are decoded, in order.
    What consists of words is none, whatever it is called, and is left alone."""
    if _are_words(data[:_WORDS_WITHIN].split()):
        return Unwrapped(data, ("trap-13:not-base64",))
    notes: list[str] = []
    padding = data.find(b"=")
    if padding >= 0 and _NOT_PADDING.search(data, padding):
        notes.append("trap-13:text-after-base64")
        data = data[:padding]
    compact = b"".join(data.split()).rstrip(b"=")
    clean = _NOT_BASE64.sub(b"", compact)
    if len(clean) != len(compact):
        notes.append("trap-13:junk-in-base64")
    if len(clean) % 4 == 1:
        notes.append("trap-13:truncated-base64")
        clean = clean[:-1]
    return Unwrapped(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)), tuple(notes))
