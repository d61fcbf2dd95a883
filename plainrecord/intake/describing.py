"""One plain sentence about every file handed in: what it is, and what can be done with it. For `plainrecord inspect`.

Says only what the bytes say. Whether a parser reads a file is the parsers' claim; `unclaimed` is the sentence for those
that none of them wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.intake.downloads import downloads_of
from plainrecord.intake.kinds import EMPTY
from plainrecord.intake.limits import Limits
from plainrecord.intake.listing import Fate, FileFate, Listing, Member, ReadOptions
from plainrecord.intake.names import disk_name
from plainrecord.intake.sources import list_source

_NAMES = {
    "application/pdf": "a PDF document",
    "application/rtf": "a text document (RTF)",
    "text/rtf": "a text document (RTF)",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "a Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "an Excel workbook",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "a PowerPoint presentation",
    "application/vnd.oasis.opendocument": "an OpenDocument file",
    "application/epub+zip": "an e-book",
    "application/java-archive": "a program (Java archive)",
    "application/vnd.android.package-archive": "an Android app",
    "application/vnd.ms-outlook": "an Outlook message",
    "application/vnd.ms-outlook-pst": "an Outlook mailbox (PST or OST)",
    "application/vnd.ms-tnef": "an Outlook attachment wrapper (winmail.dat)",
    "application/x-ole-storage": "an older Microsoft Office file",
    "application/x-7z-compressed": "a 7z archive",
    "application/vnd.rar": "a RAR archive",
    "application/zstd": "a Zstandard archive",
    "multipart/appledouble": "a companion file of macOS",
    "application/applefile": "a companion file of macOS",
}
_FAMILIES = {"image/": "a picture", "audio/": "a sound recording", "video/": "a video", "font/": "a font"}
_UNPACK = {"application/x-7z-compressed", "application/vnd.rar", "application/zstd"}


@dataclass(frozen=True, slots=True)
class Described:
    """One line of `inspect`. `path` as in `FileFate.path`; `says` is a whole sentence; `member` is what a parser could
    claim (then the line is superseded), None for a file that is already settled."""

    path: str
    fate: Fate
    says: str
    media_type: str
    size: int | None
    member: Member | None = None


def describe(
    paths: Sequence[Path], options: ReadOptions = ReadOptions(), limits: Limits = Limits()
) -> list[tuple[Listing, list[Described]]]:
    """Every path (the parts of one download together) as a source of its own: its listing, for parsers to claim from, and a
    line for every file in it.

    A folder without any file gets one line of its own. Opens read-only and writes nothing. Raises UsageError for a path
    that is not there.
    """
    found = []
    for download in downloads_of(paths):
        path = download.parts[0]
        listing = list_source(download.parts, "", options, limits)
        notes: dict[str, list[str]] = {}
        for note in listing.notes:
            notes.setdefault(note.path, []).append(note.says)
        lines = [_settled(fate) for fate in listing.fates]
        lines += [_member(member, notes) for member in listing.members]
        if not lines:
            name = disk_name(path.name or str(path))
            lines = [
                Described(name, Fate.UNKNOWN, f"{name} is a folder without any file in it.", "inode/directory", None)
            ]
        found.append((listing, sorted(lines, key=lambda line: line.path)))
    return found


def unclaimed(shown: str, media_type: str, size: int | None) -> tuple[Fate, str]:
    """The fate of a member no parser reads, and the sentence that says so."""
    if media_type == EMPTY or size == 0:
        return Fate.KNOWN_UNSUPPORTED, f"{shown} is empty (0 bytes); there is nothing in it to read."
    name = _NAMES.get(media_type) or next(
        (says for kind, says in _FAMILIES.items() if media_type.startswith(kind)), None
    )
    if name is None:
        return (
            Fate.UNKNOWN,
            f"{shown} ({media_type}) is no export this program knows; it was kept as it is and not read.",
        )
    advice = "; unpack it with its own program and hand in the folder" if media_type in _UNPACK else ""
    return Fate.KNOWN_UNSUPPORTED, f"{shown} is {name}; it was kept as it is and no messages were read from it{advice}."


def _settled(fate: FileFate) -> Described:
    return Described(fate.path, fate.fate, fate.reason, fate.media_type, fate.size)


def _member(member: Member, notes: dict[str, list[str]]) -> Described:
    shown = member.original.relpath + (f"!/{member.path}" if member.path else "")
    fate, says = unclaimed(shown, member.media_type, member.size)
    says = " ".join((says, *notes.get(shown, ())))
    return Described(shown, fate, says, member.media_type, member.size, member)
