"""Bytes to text: the ladder of character sets, and what was chosen on which rung.

Order: the declared label (through the alias table), a byte-order mark, strict UTF-8, the page's own <meta>, for Japanese its
other codes, the label or UTF-8 where few characters are broken, and last Windows-1252 with replacement. Every step away from
the label is said in `Decoded`; nothing is guessed in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from encodings.aliases import aliases
from functools import lru_cache

# Labels seen in real mail that Python does not know, or whose superset senders mean: WHATWG encoding labels, RFC 1922,
# and what mail programs write. "" means: the label says nothing.
LABELS: dict[str, str] = {
    "utf8mb4": "utf-8",
    "utf-8-mac": "utf-8",
    "unicode": "utf-16",
    "unicode-1-1-utf-8": "utf-8",
    "unknown-8bit": "",
    "unknown": "",
    "x-unknown": "",
    "8bit": "",
    "7bit": "",
    "binary": "",
    "default_charset": "",
    "default": "",
    "x-user-defined": "",
    "none": "",
    "us-ascii": "",
    "ascii": "",
    "ansi_x3.4-1968": "",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "_iso-2022-jp$sio": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "x-big5": "big5hkscs",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "windows-949": "cp949",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-6-e": "iso8859_6",
    "windows-874": "cp874",
    "x-windows-874": "cp874",
    "dos-874": "cp874",
    "mac": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "koi8-ru": "koi8_u",
    "koi": "koi8_r",
    "iso-10646-ucs-2": "utf-16-be",
    "ucs-2": "utf-16-be",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
}
# Python codecs that are no character set; a label naming one is a trick or a mistake.
_NO_CHARSET = frozenset(
    "idna punycode unicode_escape raw_unicode_escape undefined mbcs oem rot_13 hex_codec base64_codec quopri_codec "
    "uu_codec bz2_codec zlib_codec".split()
)
_KNOWN: dict[str, str] = {**aliases, **{codec: codec for codec in aliases.values()}}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META_WINDOW = 4096
_MULTIBYTE = ("utf", "gb", "cp9", "iso2022", "euc", "big5")
_REPLACED = "charset:replaced-characters"
# The beginning of a UTF-8 character at the very end, as it stands where a text was cut by its length in bytes.
_CUT_CHARACTER = re.compile(rb"(?:[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2})\Z")
_JAPANESE = ("iso2022_jp", "cp932", "euc_jp", "shift_jis")
_C1 = re.compile(rb"[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the codec that read it, and whether characters had to be replaced; `notes` say how it departs from the label."""

    text: str
    codec: str
    replaced: bool = False
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def codec_for(label: str) -> str | None:
    """The Python codec for a label seen in mail; "" when the label says nothing, None when nobody knows it."""
    name = label.strip().strip("\"'").lower()
    for form in (
        name,
        name.removeprefix("x-"),
        re.sub(r"^(cp|ibm|windows|iso|koi8)-?", r"\1", name.removeprefix("x-")),
    ):
        if form in LABELS:
            return LABELS[form]
        codec = _KNOWN.get(re.sub(r"[^a-z0-9]+", "_", form).strip("_"))
        if codec is not None and codec not in _NO_CHARSET:
            return codec
    return None


def decode(data: bytes, label: str | None = None, *, html: bool = False) -> Decoded:
    """Decode `data`, declared as `label`, by the ladder. Never raises.

    `html` allows the page's own <meta charset> as a rung. Notes: `charset:LABEL-read-as-CODEC`,
    `charset:none-declared-read-as-CODEC`, `charset:unknown-LABEL`, `charset:replaced-characters`, `charset:utf-7`.
    """
    codec = codec_for(label) if label else ""
    notes: list[str] = []
    if codec is None:
        notes.append(f"charset:unknown-{_short(label)}")
    if codec:
        text = _strict(data, _widened(codec, data))
        if text is not None:
            used = _widened(codec, data)
            return Decoded(text, used, notes=_departure(label, used))
    if data.isascii():
        return Decoded(data.decode("ascii"), "ascii", notes=tuple(notes))
    for rung in _rungs(data, html, codec):
        text = _strict(data, rung)
        if text is not None:
            return Decoded(text, rung, notes=(*notes, _said(label, rung)))
    used = codec if codec and codec.startswith(_MULTIBYTE) else "utf-8"
    text = _mostly(data, used)
    if text is not None:
        said = _departure(label, used) if label else (_said(None, used),)
        return Decoded(text, used, True, (*notes, *said, _REPLACED))
    text = _strict(data, "cp1252")
    if text is not None:
        return Decoded(text, "cp1252", notes=(*notes, _said(label, "cp1252")))
    return _with_replacement(data, codec, label, notes)


def _said(label: str | None, codec: str) -> str:
    return f"charset:{_short(label) if label else 'none-declared'}-read-as-{codec}"


def _rungs(data: bytes, html: bool, stated: str | None) -> list[str]:
    rungs = [codec for mark, codec in _BOMS if data.startswith(mark)]
    rungs.append("utf-8")
    meta = _META.search(data, 0, _META_WINDOW) if html else None
    declared = codec_for(meta.group(1).decode("ascii")) if meta else None
    if declared:
        rungs.append(declared)
    if stated and stated.startswith(_JAPANESE):
        # What is labelled with one of the three codes of Japanese is often written in another. EUC first: the other reads all.
        rungs += ["euc_jp", "cp932"]
    return rungs


def _mostly(data: bytes, codec: str) -> str | None:
    """The text by that codec if most of what is no ASCII is whole in it: one broken character makes no other charset."""
    try:
        text = data.decode(codec, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):
        return None
    broken = text.count("\ufffd")
    whole = sum(char > "\x7f" for char in text) - broken
    if _CUT_CHARACTER.search(data, max(len(data) - 3, 0)):
        whole, broken = whole + 1, broken - 1
    return text if whole > 2 * broken else None


def _with_replacement(data: bytes, codec: str | None, label: str | None, notes: list[str]) -> Decoded:
    # A multi-byte text with broken characters is read best by its own codec; a one-byte one by Windows-1252.
    used = codec if codec and codec.startswith(_MULTIBYTE) else "cp1252"
    text = data.decode(used, "replace")
    return Decoded(text, used, True, (*notes, f"charset:{_short(label)}-read-as-{used}", _REPLACED))


def _widened(codec: str, data: bytes) -> str:
    # Bytes 80-9F are control characters in ISO 8859-1; every mail program reads them as Windows-1252.
    if codec in ("latin-1", "latin_1", "iso8859_1") and _C1.search(data):
        return "cp1252"
    return codec


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec).removeprefix("\ufeff")
    except (UnicodeError, LookupError, ValueError):
        return None


def _departure(label: str | None, used: str) -> tuple[str, ...]:
    if used in ("utf-7", "utf_7"):
        return ("charset:utf-7",)
    named = re.sub(r"[^a-z0-9]", "", (label or "").lower())
    same = re.sub(r"[^a-z0-9]", "", used)
    plain = {"latin1": "iso88591"}
    if (
        plain.get(named, named) == plain.get(same, same)
        or _KNOWN.get(re.sub(r"[^a-z0-9]+", "_", (label or "").lower())) == used
    ):
        return ()
    return (f"charset:{_short(label)}-read-as-{used}",)


def _short(label: str | None) -> str:
    return re.sub(r"[^a-z0-9_.-]", "?", (label or "none").lower())[:40]
