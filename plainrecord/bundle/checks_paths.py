"""Paths written by others: which lead out of a bag, which mean different files on different systems, which are twins."""

from __future__ import annotations

import re
import unicodedata

_DRIVE = re.compile(r"[A-Za-z]:")
_ENVIRONMENT = re.compile(r"%[A-Za-z_]+%")
_DEVICE = re.compile(
    r"(?:^|/)(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])(?:\.[^/]*)?(?:/|$)", re.IGNORECASE
)
_DROPPED = re.compile(r"[ .](?:/|$)")
_FORBIDDEN = re.compile(r'[<>:"\\|?*]')

# What systems put into a folder by themselves when somebody merely looks at it.
_SYSTEM_MADE = {
    ".DS_Store": "macOS",
    "__MACOSX": "macOS",
    ".Spotlight-V100": "macOS",
    ".Trashes": "macOS",
    ".fseventsd": "macOS",
    "Thumbs.db": "Windows",
    "desktop.ini": "Windows",
    "Desktop.ini": "Windows",
    ".directory": "the KDE desktop",
}


def unsafe(path: str) -> str | None:
    """Why a path may not be used as one below the bag, as the rest of a sentence; None when it may.

    RFC 8493 §2.1.3 and §5.1: relative to the base folder, "/" between parts, no way out on *any* system.
    """
    if not path or "\0" in path:
        return "is empty or holds a NUL character"
    if path[0] in "/\\" or _DRIVE.match(path):
        return "is absolute (it begins at a drive, a server or the root of the file system)"
    if path[0] == "~" or _ENVIRONMENT.match(path):
        return "begins with a shortcut to somebody’s own folder"
    if ".." in path and ".." in re.split(r"[/\\]", path):
        return "leads out of its folder by “..”"
    return None


def hazard(path: str) -> str | None:
    """Why a path, safe here, cannot be stored as it is on some system (RFC 8493 §6); None when all can."""
    if _DEVICE.search(path):
        return "a name that Windows reserves for a device"
    if _DROPPED.search(path):
        return "a name that ends in a space or a full stop, which Windows drops"
    if _FORBIDDEN.search(path) or not path.isprintable():
        return "a character that Windows does not allow in names"
    return None


def folded(path: str) -> str:
    """What two paths share when they differ only in letter case or in the Unicode form of an accent."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def twin_sentence(path: str, twin: str) -> str:
    """How two names that look alike differ."""
    if unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", twin):
        return f"a file whose name differs only in how its accents are encoded ({_form(twin)}) is there"
    return f"a file whose name differs only in upper and lower case is there: {twin}"


def system_made(path: str) -> str:
    """A second sentence for an unlisted file that a computer, not a person, is likely to have made; else ""."""
    system = next((_SYSTEM_MADE[part] for part in path.split("/") if part in _SYSTEM_MADE), None)
    return f" {system} makes files of this name by itself when a folder is opened or packed there." if system else ""


def _form(name: str) -> str:
    forms = [form for form in ("NFC", "NFD") if unicodedata.is_normalized(form, name)]
    return f"Unicode form {forms[0]}" if forms else "a mix of Unicode forms"
