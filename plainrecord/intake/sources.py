"""List a source: every file handed in, and every file inside its archives, as members or with a fate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.intake.archives import container_at, mount_name
from plainrecord.intake.containers import Container, Entry
from plainrecord.intake.downloads import downloads_of, mounts
from plainrecord.intake.extents import FileExtent, Reader, read_at
from plainrecord.intake.kinds import archive_kind, media_type
from plainrecord.intake.limits import ArchiveError, Budget, LimitError, Limits
from plainrecord.intake.listing import Fate, FileFate, FileNote, Listing, Member, Original, ReadOptions
from plainrecord.intake.names import shown, tree_path, unique
from plainrecord.intake.walking import parts_of, walk

FilesSeen = Callable[[int, int | None], None]

HEAD = 64 << 10
# After this many bytes of heads, members get shorter ones, so that a listing of 100,000 files stays small.
_HEAD_STEPS = ((8 << 20, HEAD), (16 << 20, 4 << 10))
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
    parts = parts_of(paths)
    alone = {part.path for part in parts if not part.is_folder}
    lister = _Lister(limits, progress)
    found = list(walk(parts))
    shared, missing = mounts(one for one in found if isinstance(one, Original) and one.path not in alone)
    for one in found:
        if isinstance(one, FileFate):
            lister.fates.append(one)
        else:
            lister.original(one, "" if one.path in alone else None, shared.get(one.relpath))
    members = sorted(lister.members, key=lambda m: (m.tree_path, m.original.relpath, m.path))
    name = parts[0].path.name if parts else ""
    missing += [said for download in downloads_of(paths) if (said := download.says())]
    return Listing(label, shown(name), lister.originals, members, lister.fates, options, lister.notes, missing)


def junk_reason(name: str) -> str | None:
    """Why a file is an operating system's own and no part of an export; None for every other file."""
    steps = name.split("/")
    if "__MACOSX" in steps or steps[-1].startswith("._"):
        return _MAC
    return _JUNK.get(steps[-1].lower())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file stands: the original, the archives on the way (`steps`), how reports call it, its place in the tree."""

    original: Original
    steps: tuple[str, ...]
    shown: str
    tree: str

    def inside(self, entry: Entry, tree: str) -> _Place:
        return _Place(self.original, (*self.steps, entry.step), f"{self.shown}!/{entry.step}", tree)


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
        self._folded: dict[str, str] = {}
        self._heads = 0

    def original(self, original: Original, mount: str | None, shared: str | None) -> None:
        """One file on disk: junk, unreadable, an archive to look into, or a member.

        `mount` is where an archive's files stand in the tree (None: in a folder named after it); `shared` the name of that
        folder where several parts of one download share it.
        """
        place = _Place(original, (), original.relpath, original.relpath)
        if junk := junk_reason(original.relpath):
            self.originals.append(original)
            self._fate(place, Fate.KNOWN_UNSUPPORTED, junk, original.size)
            return
        try:
            with FileExtent(original.path) as extent:
                head = read_at(extent, 0, self._head_size())
        except OSError as error:
            self._fate(place, Fate.UNREADABLE, f"could not be read. {error.strerror or error}", original.size)
            return
        self.originals.append(original)
        if shared is not None:
            mount = "/".join(filter(None, (original.relpath.rpartition("/")[0], shared)))
        kind = self._look_inside(place, head, 1, mount)
        if kind is not None:
            self._add(place, original.size, kind, head, original.mtime_ns)

    def _look_inside(self, place: _Place, head: bytes, depth: int, mount: str | None = None) -> str | None:
        """The media type when the file is a member; None when it was an archive and is dealt with."""
        if archive_kind(head) is None:
            return media_type(head)
        try:
            self.budget.deeper(depth)
            container = container_at(place.original, place.steps, self.limits)
            if container.document:
                return container.document
            self.budget.files(len(container.entries))
            self.budget.bytes(sum(entry.size or 0 for entry in container.entries))
        except (ArchiveError, OSError) as error:
            fate = Fate.REFUSED if isinstance(error, LimitError) else Fate.UNREADABLE
            says = f"was not opened: {error}. Nothing inside it was read; the file itself is kept as it is"
            self._fate(place, fate, says, None, media_type(head))
            return None
        self._entries(place, container, media_type(head), depth, mount)
        return None

    def _opened(self, place: _Place, container: Container, kind: str, tricks: int) -> None:
        count = len(container.entries)
        files = "1 file, which has its" if count == 1 else f"{count} files, which have their"
        says = f"is {container.name} with {files} own line" if count else f"is {container.name} without any file in it"
        if tricks:
            says += f"; names of {tricks} play tricks with folders, but nothing is ever written under such a name"
        if container.damage:
            says += f"; {container.damage}"
        self._fate(place, Fate.PARTLY_PARSED if container.damage else Fate.PARSED, says, None, kind)

    def _entries(self, place: _Place, container: Container, kind: str, depth: int, mount: str | None) -> None:
        folder, _, name = place.tree.rpartition("/")
        if mount is None:
            mount = folder if container.flat else "/".join(filter(None, (folder, mount_name(name))))
        # Only Windows programs write backslashes between folders, and then they write no slash at all.
        backslash = not any("/" in entry.raw for entry in container.entries)
        paths = [tree_path(entry.raw, backslash) for entry in container.entries]
        self._opened(place, container, kind, sum(1 for _, odd in paths if odd))
        for entry, (path, odd) in zip(container.entries, paths, strict=True):
            inner = place.inside(entry, "/".join(filter(None, (mount, path))))
            for says in (*entry.odd, *odd):
                self.notes.append(FileNote(inner.shown, f"{inner.shown} {says}."))
            self._entry(inner, container, entry, depth)

    def _entry(self, place: _Place, container: Container, entry: Entry, depth: int) -> None:
        if junk := junk_reason(entry.raw):
            self._fate(place, Fate.KNOWN_UNSUPPORTED, junk, entry.size)
            return
        if entry.fate is not None:
            self._fate(place, entry.fate, entry.reason, entry.size)
            return
        try:
            head = _first_bytes(container.reader(entry), self._head_size())
        except (ArchiveError, OSError) as error:
            fate = Fate.REFUSED if isinstance(error, LimitError) else Fate.UNREADABLE
            self._fate(place, fate, f"could not be read: {error}", entry.size)
            return
        kind = self._look_inside(place, head, depth + 1)
        if kind is not None:
            self._add(place, entry.size, kind, head, entry.modified_ns)

    def _head_size(self) -> int:
        return next((size for spent, size in _HEAD_STEPS if self._heads < spent), _HEAD_LEAST)

    def _fate(self, place: _Place, fate: Fate, says: str, size: int | None, kind: str = "") -> None:
        if size is None and not place.steps:
            size = place.original.size
        self.fates.append(FileFate(place.shown, fate, f"{place.shown} {says}.", kind, size))

    def _add(self, place: _Place, size: int | None, kind: str, head: bytes, modified_ns: int | None) -> None:
        tree = unique(place.tree, self._taken)
        self._taken.add(tree)
        other = self._folded.setdefault(place.tree.casefold(), place.tree)
        if other != place.tree:
            says = f"{place.shown} has a name that differs from another file's only in upper and lower case."
            self.notes.append(FileNote(place.shown, says))
        self._heads += len(head)
        self.members.append(Member(place.original, "!/".join(place.steps), tree, size, kind, head, modified_ns))
        if self.progress:
            self.progress(len(self.members), None)


def _first_bytes(reader: Reader, count: int) -> bytes:
    """Up to `count` bytes from the front of a reader; damage behind its first byte is left for who reads it whole."""
    head = bytearray(count)
    view, done = memoryview(head), 0
    try:
        while done < count and (got := reader.readinto(view[done:])):
            done += got
    except ArchiveError:
        if done == 0:
            raise
    finally:
        reader.close()
    return bytes(view[:done])
