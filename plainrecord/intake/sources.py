"""List a source: every file handed in, and every file inside its archives, as members or with a fate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from plainrecord.intake.extents import Extent, FileExtent, read_at
from plainrecord.intake.kinds import media_type
from plainrecord.intake.limits import Budget, Limits
from plainrecord.intake.listing import Fate, FileFate, FileNote, Listing, Member, Original, ReadOptions
from plainrecord.intake.names import unique
from plainrecord.intake.walking import parts_of, walk

FilesSeen = Callable[[int, int | None], None]

HEAD = 64 << 10
# After this many bytes of heads, members get shorter ones, so that a listing of 100,000 files stays small.
_HEAD_STEPS = ((16 << 20, HEAD), (48 << 20, 4 << 10))
_HEAD_LEAST = 1 << 10

_MAC = "was written by macOS beside the files of the export; it holds none of the export's content"
_WINDOWS = "was written by Windows for showing the folder; it holds none of the export's content"
_JUNK = {".ds_store": _MAC, "desktop.ini": _WINDOWS, "thumbs.db": _WINDOWS}


def list_source(
    paths: Sequence[Path],
    label: str,
    options: ReadOptions = ReadOptions(),
    limits: Limits = Limits(),
    progress: FilesSeen | None = None,
) -> Listing:
    """One source as a tree of members: a file, a folder, or the several parts of one download.

    Reads the beginnings of files and the contents lists of archives, nothing more; writes nothing. `progress` is called
    with (files seen, None). Raises UsageError when a path is not there; everything else is a fate in the listing.
    """
    lister = _Lister(limits, progress)
    parts = parts_of(paths)
    for found in walk(parts):
        if isinstance(found, FileFate):
            lister.fates.append(found)
        else:
            lister.original(found)
    members = sorted(lister.members, key=lambda m: (m.tree_path, m.original.relpath, m.path))
    name = parts[0].path.name if parts else ""
    return Listing(label, name, lister.originals, members, lister.fates, options, lister.notes)


def junk_reason(name: str) -> str | None:
    """Why a file is an operating system's own and no part of an export; None for every other file."""
    steps = name.split("/")
    if "__MACOSX" in steps or steps[-1].startswith("._"):
        return _MAC
    return _JUNK.get(steps[-1].lower())


class _Lister:
    """Collects the members of one source, in the order they are met."""

    def __init__(self, limits: Limits, progress: FilesSeen | None) -> None:
        self.limits = limits
        self.budget = Budget(limits)
        self.progress = progress
        self.originals: list[Original] = []
        self.members: list[Member] = []
        self.fates: list[FileFate] = []
        self.notes: list[FileNote] = []
        self._taken: set[str] = set()
        self._heads = 0

    def original(self, original: Original) -> None:
        """One file on disk: junk, unreadable, an archive to look into, or a member."""
        try:
            with FileExtent(original.path) as extent:
                self.originals.append(original)
                self._sort_out(original, extent)
        except OSError as error:
            says = f"{original.relpath} could not be read. {error.strerror or error}."
            self.fates.append(FileFate(original.relpath, Fate.UNREADABLE, says, size=original.size))

    def _sort_out(self, original: Original, extent: Extent) -> None:
        junk = junk_reason(original.relpath)
        if junk:
            says = f"{original.relpath} {junk}."
            self.fates.append(FileFate(original.relpath, Fate.KNOWN_UNSUPPORTED, says, size=original.size))
            return
        head = read_at(extent, 0, self._head_size())
        self._add(Member(original, "", original.relpath, original.size, media_type(head), head, original.mtime_ns))

    def _head_size(self) -> int:
        return next((size for spent, size in _HEAD_STEPS if self._heads < spent), _HEAD_LEAST)

    def _add(self, member: Member) -> None:
        self._heads += len(member.head)
        self._taken.add(unique(member.tree_path, self._taken))
        self.members.append(member)
        if self.progress:
            self.progress(len(self.members), None)
