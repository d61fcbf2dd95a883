"""The frame of a bag after RFC 8493: `bagit.txt`, `bag-info.txt` and its Payload-Oxum, `fetch.txt`.

Reads every version from 0.93 to 1.0; older bags get the looser rules of their own time.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_whole
from plainrecord.bundle.checks import Findings

TAG_FILE_LIMIT = 16 << 20
_VERSIONS = {(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)}
_LABELS = ("BagIt-Version", "Tag-File-Character-Encoding")
_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_LABELLED = re.compile(r"([^\s:][^:]*?)(\s*):[ \t]*(.*)", re.DOTALL)
# Python also calls compression and escapes "encodings"; only those that people write text in may be named by a bag.
_CHARACTER_SETS = re.compile(
    r"utf-(8|16|32)(-[lb]e)?|ascii|iso8859-\d+|cp\d+|koi8.*|mac.*|gb.*|big5.*|euc_.*|shift_jis.*"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What `bagit.txt` declares: the version of the rules, and the encoding of the other tag files."""

    version: tuple[int, int] = (1, 0)
    encoding: str = "utf-8"

    @property
    def strict(self) -> bool:
        """Whether the rules are those of 1.0."""
        return self.version >= (1, 0)


def read_frame(bag: Bag, findings: Findings) -> Frame:
    """The frame, with every fault of `bagit.txt` reported; what it does not say is taken to be 1.0 and UTF-8."""
    if "fetch.txt" in bag.files:
        says = "The bag leaves files to be fetched from elsewhere. Nothing is ever fetched, so it is not accepted as whole."
        findings.problem("fetch.txt", "refused", says)
    text = _bagit_text(bag, findings)
    if text is None:
        return Frame()
    if text.startswith("\ufeff"):
        findings.problem("bagit.txt", "not-a-bag", "It begins with a byte-order mark, which RFC 8493 forbids.")
    lines = [line for line in _LINE_ENDS.split(text.removeprefix("\ufeff")) if line]
    if len(lines) != len(_LABELS):
        findings.problem("bagit.txt", "not-a-bag", f"It has {len(lines)} lines where RFC 8493 wants exactly two.")
    values = [_declared(label, line, findings) for label, line in zip(_LABELS, lines, strict=False)] + [None, None]
    return Frame(_version(values[0], findings), _encoding(values[1], findings))


def decode_tag_file(data: bytes, encoding: str) -> tuple[str, bool]:
    """The text of a tag file, and whether all of it could be decoded. Bad UTF-8 keeps its bytes, so that names still match."""
    try:
        return data.decode(encoding), True
    except UnicodeError:
        return data.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace"), False


def split_lines(text: str) -> list[str]:
    """Lines ended by LF, CR LF or CR and by nothing else (U+2028 and others belong to names), without an empty last."""
    lines = _LINE_ENDS.split(text)
    return lines[:-1] if not lines[-1] else lines


def read_info(bag: Bag, frame: Frame, findings: Findings) -> list[tuple[str, str]]:
    """The labels and values of `bag-info.txt`, in order, continuation lines joined; [] when there is none."""
    name = "bag-info.txt" if frame.version >= (0, 96) else "package-info.txt"
    if name not in bag.files:
        return []
    try:
        text, whole = decode_tag_file(read_whole(bag, name, TAG_FILE_LIMIT), frame.encoding)
    except UnreadableError as error:
        findings.problem(name, "unreadable", f"This file cannot be read: {error}.")
        return []
    if not whole:
        findings.problem(name, "bad-tag-file", f"It is not text in {frame.encoding}, as bagit.txt says it is.")
    return _labelled(name, text, frame, findings)


def check_oxum(bag: Bag, info: list[tuple[str, str]], findings: Findings) -> None:
    """Hold every Payload-Oxum ("bytes.files") against the payload. Cheap, and it notices added files on its own."""
    sizes = [entry.size for path, entry in bag.files.items() if path.startswith("data/")]
    found = f"{sum(sizes)}.{len(sizes)}"
    for label, value in info:
        if label.lower() == "payload-oxum" and value.strip() != found:
            says = f"Payload-Oxum says {value.strip()} (bytes.files); the files in data/ make {found}."
            findings.problem("bag-info.txt", "counts", says)


def _bagit_text(bag: Bag, findings: Findings) -> str | None:
    if "bagit.txt" not in bag.files:
        findings.problem("bagit.txt", "missing", "This file makes a folder a bag (RFC 8493) and is not there.")
        return None
    try:
        text, whole = decode_tag_file(read_whole(bag, "bagit.txt", TAG_FILE_LIMIT), "utf-8")
    except UnreadableError as error:
        findings.problem("bagit.txt", "unreadable", f"This file cannot be read: {error}.")
        return None
    if not whole:
        findings.problem("bagit.txt", "not-a-bag", "It is not UTF-8 text, as RFC 8493 wants.")
    return text


def _declared(label: str, line: str, findings: Findings) -> str | None:
    match = re.fullmatch(re.escape(label) + r": *(.*?)\s*", line)
    if match is None:
        findings.problem("bagit.txt", "not-a-bag", f"It says “{line[:80]}” where “{label}: …” should stand.")
    return match[1] if match else None


def _version(text: str | None, findings: Findings) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})", text or "")
    version = (int(match[1]), int(match[2])) if match else None
    if text is not None and version not in _VERSIONS:
        findings.problem("bagit.txt", "not-a-bag", f"It names BagIt version “{text[:40]}”; 0.93 to 1.0 can be read.")
    return version or (1, 0)


def _encoding(text: str | None, findings: Findings) -> str:
    try:
        name = codecs.lookup(text or "utf-8").name
    except (LookupError, ValueError):
        name = ""
    if not _CHARACTER_SETS.fullmatch(name):
        findings.problem(
            "bagit.txt", "not-a-bag", f"It names a character encoding that is not known: “{(text or '')[:40]}”."
        )
        return "utf-8"
    return name


def _labelled(name: str, text: str, frame: Frame, findings: Findings) -> list[tuple[str, str]]:
    info: list[tuple[str, str]] = []
    for number, line in enumerate(split_lines(text.removeprefix("\ufeff")), 1):
        match = _LABELLED.fullmatch(line)
        if line[:1] in (" ", "\t") and info:
            info[-1] = (info[-1][0], f"{info[-1][1]} {line.strip()}")
        elif match and not (match[2] and frame.strict):
            info.append((match[1], match[3]))
        elif line.strip():
            says = f"Line {number} is not “Label: value” (no space may stand before the colon)."
            findings.problem(name, "bad-tag-file", says)
    return info
