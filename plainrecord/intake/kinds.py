"""What kind of thing some bytes are: our own signatures first, libmagic for what is left.

Our table alone decides which reader is used, and it answers the same on every machine. libmagic (through python-magic)
only names binary content the table does not know: its versions disagree about mailboxes and text, so it is never asked
about those, and its version belongs in every report. Without libmagic such content is `application/octet-stream`.
"""

from __future__ import annotations

import codecs
import ctypes.util
import re
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Literal

Archive = Literal["zip", "tar", "gzip", "bzip2", "xz"]

EMPTY = "inode/x-empty"
BINARY = "application/octet-stream"
# What is shown to libmagic; its own default looks no further for anything a person would be sent.
_LIBMAGIC_BYTES = 64 << 10

# (first bytes, media type); earlier lines win.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"PK\x07\x08", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    (b"\x00\x05\x16\x07", "multipart/appledouble"),
    (b"\x00\x05\x16\x00", "application/applefile"),
    (b"bplist0", "application/x-bplist"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"#!AMR", "audio/AMR"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"{\\rtf", "text/rtf"),
)
_FIRST_BYTES = frozenset(signature[:1] for signature, _ in _SIGNATURES)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# ISO base media brands, by their first bytes.
_BRANDS: tuple[tuple[bytes, str], ...] = (
    (b"hei", "image/heic"),
    (b"hev", "image/heic"),
    (b"mif1", "image/heif"),
    (b"msf1", "image/heif"),
    (b"avi", "image/avif"),
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
    (b"qt", "video/quicktime"),
    (b"3g", "video/3gpp"),
)
_ARCHIVES: dict[str, Archive] = {
    "application/zip": "zip",
    "application/x-tar": "tar",
    "application/gzip": "gzip",
    "application/x-bzip2": "bzip2",
    "application/x-xz": "xz",
}
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
# Header fields that hardly stand at the start of anything but a mail.
_MAIL_FIELDS = frozenset(
    b"from to cc date subject message-id received return-path delivered-to mime-version content-type x-gm-thrid sender "
    b"reply-to envelope-to dkim-signature arc-seal authentication-results x-mozilla-status x-received".split()
)
_EMLX = re.compile(rb"\d{1,12}[ \t]*\r?\n(?=[!-9;-~]+[ \t]*:)")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Control characters that a text file may hold: tab, LF, VT, FF, CR, escape (and NUL in none).
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def media_type(head: bytes) -> str:
    """The media type of a file that begins with `head` (64 KiB is plenty), by content alone."""
    return own_type(head) or _ask_libmagic(head)


def own_type(head: bytes) -> str | None:
    """The answer of our own table, the same on every machine; None for binary content it does not know."""
    if not head:
        return EMPTY
    return _by_signature(head) or _by_shape(head)


def archive_kind(head: bytes) -> Archive | None:
    """Which of our archive readers fits, if any."""
    return _ARCHIVES.get(_by_signature(head) or "")


def libmagic_version() -> str | None:
    """The version of libmagic in use, e.g. "5.41"; None when there is none and only our own table answers."""
    loaded = _libmagic()
    return f"{loaded[1] // 100}.{loaded[1] % 100:02d}" if loaded else None


def _by_signature(head: bytes) -> str | None:
    # Most files of an export are text: one look at the first byte spares them the whole table.
    if head[:1] in _FIRST_BYTES:
        for signature, kind in _SIGNATURES:
            if head.startswith(signature):
                return kind
    if head.startswith(b"ustar", 257):
        return "application/x-tar"
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if head.startswith(brand, 8)), "video/mp4")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        named = "__properties_version1.0".encode("utf-16-le")
        return "application/vnd.ms-outlook" if named in head else "application/x-ole-storage"
    return _old_tar(head)


def _old_tar(head: bytes) -> str | None:
    """A tar from before 1988 has no signature; its header checksum is one."""
    block = head[:512]
    stated = re.fullmatch(rb"[ 0]*([0-7]{1,7})[\0 ]*", block[148:156])
    if len(block) < 512 or not block[0] or not stated:
        return None
    return "application/x-tar" if int(stated[1], 8) == sum(block) - sum(block[148:156]) + 8 * 32 else None


def _by_shape(head: bytes) -> str | None:
    bom = next((mark for mark, _ in _BOMS if head.startswith(mark)), b"")
    if bom in (b"", codecs.BOM_UTF8):
        mail = _mail_shape(head[len(bom) :])
        if mail:
            return mail
    text = _as_text(head)
    if text is None:
        return None
    start = text.lstrip()[:1024]
    lower = start.lower()
    if lower.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "text/html"
    if lower.startswith(("<?xml", "<svg", "<!doctype svg", "<!doctype plist", "<plist")):
        return _xml_shape(lower)
    if lower.startswith("begin:vcard"):
        return "text/vcard"
    if lower.startswith("begin:vcalendar"):
        return "text/calendar"
    if re.match(r'\{\s*("|\}|$)|\[\s*([\[{"\d\]tfn-]|$)', start) and not re.match(r"\[\d[^\]]*\] ", start):
        return "application/json"
    return "text/plain"


def _xml_shape(lower: str) -> str:
    if "<plist" in lower or "doctype plist" in lower:
        return "application/x-plist"
    if "<svg" in lower:
        return "image/svg+xml"
    return "text/html" if "<html" in lower or "doctype html" in lower else "text/xml"


def _mail_shape(head: bytes) -> str | None:
    """mbox, emlx or a single message, told from prose by its header lines."""
    if head.startswith((b"From ", b">From ")):
        line, _, rest = head.partition(b"\n")
        return "application/mbox" if _HEADER.match(rest) or rest.startswith(b">From ") else None
    emlx = _EMLX.match(head)
    if emlx and _mail_fields(head[emlx.end() :]) >= 1:
        return "application/x-emlx"
    return "message/rfc822" if _mail_fields(head) >= 2 else None


def _mail_fields(head: bytes) -> int:
    """How many different mail header fields stand in the unbroken header block at the start."""
    found: set[bytes] = set()
    for number, line in enumerate(head[: 16 << 10].split(b"\n")):
        if line[:1] in (b" ", b"\t") and number:
            continue
        match = _HEADER.match(line)
        if not match:
            break
        name = match[0][:-1].strip().lower()
        if name in _MAIL_FIELDS:
            found.add(name)
    return len(found)


def _as_text(head: bytes) -> str | None:
    """The head as text when it is text: UTF-8, UTF-16 with its mark, or one of the eight-bit sets without controls."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            text = codecs.getincrementaldecoder(encoding)("replace").decode(head[len(mark) :])
            return None if _NOT_TEXT.search(text) else text
    try:
        # Incremental, so that a character cut off at the end of the head is no fault.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("latin-1")
        # Running text in an eight-bit set is mostly ASCII; compressed bytes without one control character are not.
        if sum(byte > 0x7F for byte in head[:4096]) * 3 > len(head[:4096]):
            return None
    return None if _NOT_TEXT.search(text) else text


def _ask_libmagic(head: bytes) -> str:
    loaded = _libmagic()
    if loaded is None:
        return BINARY
    magic, _, failure = loaded
    try:
        return str(magic.from_buffer(head[:_LIBMAGIC_BYTES])) or BINARY
    except failure:
        return BINARY


_LOADING = Lock()


def _libmagic() -> tuple[Any, int, type[Exception]] | None:
    with _LOADING:
        return _load_libmagic()


@cache
def _load_libmagic() -> tuple[Any, int, type[Exception]] | None:
    """(detector, version number, its exception) from the wheels, or from the system, or None."""
    if not _safe_to_import():
        return None
    folder = _package_folder("pylibmagic")
    library = (
        next(iter(sorted(folder.glob("libmagic.so.1")) + sorted(folder.glob("libmagic*.dylib"))), None)
        if folder
        else None
    )
    try:
        module = _import_magic(library)
        database = str(folder / "magic.mgc") if folder and library else None
        return module.Magic(mime=True, magic_file=database), int(module.version()), module.MagicException
    # Loading a foreign library can fail in any way at all, and a missing helper must never stop a run.
    except Exception:
        return None


def _safe_to_import() -> bool:
    """False on Windows unless `magic` brings its own library: plain python-magic would first load `libmagic.dll` from the
    current folder, which may be a folder of evidence."""
    if sys.platform != "win32":
        return True
    folder = _package_folder("magic")
    return folder is not None and any(folder.rglob("*magic*.dll"))


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it (`import pylibmagic` patches ctypes for the whole process)."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _import_magic(library: Path | None) -> Any:
    """Import python-magic so that it loads exactly `library`, when there is one."""
    if library is None:
        return import_module("magic")
    asked = ctypes.util.find_library
    ctypes.util.find_library = lambda name: str(library) if name == "magic" else asked(name)
    try:
        return import_module("magic")
    finally:
        ctypes.util.find_library = asked
