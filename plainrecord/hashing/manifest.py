"""Manifest lines: the form of `sha256sum`, and the form of BagIt (RFC 8493 §2.1.3) with its percent-encoding.

Both read `DIGEST␠␠NAME` (and the older `DIGEST␠*NAME`). They differ in what stands for a line break in a name: coreutils
put a backslash before the whole line and write `\\n`, `\\r`, `\\\\`; BagIt percent-encodes LF, CR and `%`, and only those.
Faults are values with their line number, so that a reader can report all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Algorithm = Literal["sha256", "blake3", "sha512", "sha1", "md5"]
Form = Literal["sum", "bagit"]

DIGEST_CHARACTERS: dict[Algorithm, int] = {"sha256": 64, "blake3": 64, "sha512": 128, "sha1": 40, "md5": 32}

_LINE = re.compile(r"(\S+)( [ *]|[ \t]+)(.*)", re.DOTALL)
_HEX = re.compile(r"[0-9A-Fa-f]+")
_BREAKS = re.compile(rb"\r\n|\n|\r")
_SUM_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_SUM_ESCAPE = re.compile(r"\\(?:.|$)", re.DOTALL)
_BAG_ENCODED = re.compile(r"%0[AaDd]|%25")
_BAG_BARE = re.compile(r"%(?!0[AaDd]|25)")


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One file: digest in lower-case hex, path as it is (decoded), number of the line it stood on (0: not read)."""

    digest: str
    path: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class ManifestFault:
    """A line that is not what a manifest line must be: its number (1-based) and one sentence."""

    number: int
    says: str


def sum_line(digest: str, path: str) -> str:
    """A line as `sha256sum` writes and checks it, without its line end.

    A name with a line break gets the escaped form; every other name, also one with a backslash, stands as it is.
    """
    if "\n" not in path and "\r" not in path:
        return f"{digest}  {path}"
    escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"\\{digest}  {escaped}"


def bag_line(digest: str, path: str) -> str:
    """A line of a BagIt manifest, without its line end."""
    return f"{digest}  {bag_encoded(path)}"


def bag_encoded(path: str) -> str:
    """The path with `%`, LF and CR percent-encoded: those and only those (RFC 8493 §2.1.3)."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def bag_decoded(path: str) -> str:
    """The inverse of `bag_encoded`; any other percent sign stands for itself."""
    return _BAG_ENCODED.sub(lambda match: chr(int(match[0][1:], 16)), path)


def read_manifest(
    data: bytes, algorithm: Algorithm, form: Form, bare_percent: bool = False
) -> Iterator[ManifestLine | ManifestFault]:
    """Every line of a manifest, in order; empty lines at the end are no lines.

    A path that stood before is a fault, even with the same digest. `bare_percent` accepts a `%` that encodes nothing, as
    writers of bags before version 1.0 left it. Undecodable bytes, a byte-order mark and a wrong digest length are faults.
    """
    seen: dict[str, int] = {}
    for number, raw in enumerate(_lines(data, form), start=1):
        item = _read_line(raw, number, algorithm, form, bare_percent)
        if isinstance(item, ManifestLine):
            first = seen.setdefault(item.path, number)
            if first != number:
                item = ManifestFault(number, f"Line {number} names the same file as line {first}.")
        yield item


def _lines(data: bytes, form: Form) -> list[bytes]:
    # In the form of sha256sum a bare CR can be part of a name written by older coreutils; only LF ends a line there.
    lines = _BREAKS.split(data) if form == "bagit" else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _read_line(
    raw: bytes, number: int, algorithm: Algorithm, form: Form, bare_percent: bool
) -> ManifestLine | ManifestFault:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ManifestFault(number, f"Line {number} is not UTF-8 text.")
    escaped = form == "sum" and text.startswith("\\")
    match = _LINE.fullmatch(text[1:] if escaped else text)
    if not match or not match[3]:
        return ManifestFault(number, f"Line {number} is not a digest, two spaces and a name.")
    digest, path = match[1], match[3]
    if not _HEX.fullmatch(digest) or len(digest) != DIGEST_CHARACTERS[algorithm]:
        wanted = DIGEST_CHARACTERS[algorithm]
        return ManifestFault(number, f"Line {number} does not begin with a {algorithm} digest of {wanted} hex digits.")
    decoded = _decode_path(path, form, escaped, bare_percent)
    if decoded is None:
        return ManifestFault(number, f"Line {number} has a name that is not encoded as its manifest's form demands.")
    return ManifestLine(digest.lower(), decoded, number)


def _decode_path(path: str, form: Form, escaped: bool, bare_percent: bool) -> str | None:
    if form == "bagit":
        return bag_decoded(path) if bare_percent or not _BAG_BARE.search(path) else None
    if not escaped:
        return path
    if any(match[0] not in _SUM_ESCAPES for match in _SUM_ESCAPE.finditer(path)):
        return None
    return _SUM_ESCAPE.sub(lambda match: _SUM_ESCAPES[match[0]], path)
