"""What intake hands to parsers: a source as a tree of members, each of which can be opened read-only and streamed.

A *source* is what a person handed in under one name (a file, a folder, the parts of one download). It holds *originals*
(files on disk, hashed whole) and *members* (the leaf files a parser can read: an original itself, or a file inside an
archive original). Nothing here knows what a message is, writes anything, or decides which parser reads what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from plainrecord.hashing.digests import Digests

__all__ = ["Digests", "Fate", "FileFate", "FileNote", "Listing", "Member", "Original", "ReadOptions"]


class Fate(StrEnum):
    """What became of a file. Every file handed in has exactly one; all but PARSED carry a reason."""

    PARSED = "parsed"
    PARTLY_PARSED = "partly-parsed"
    KNOWN_UNSUPPORTED = "known-unsupported"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Original:
    """A file on disk as it was handed in.

    `path` is where it is now (absolute); `relpath` how it is named inside its source ("/"-separated; the file's own name
    for a single-file source) and is what reports show: unique, and free of control characters and undecodable bytes
    (written %XX, see `names.py`). `size` and `mtime_ns` are as found when listed.
    """

    path: Path
    relpath: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Member:
    """A leaf file that can be opened.

    `path` is the path inside the original ("" when the member is the original itself; components of nested archives are
    joined by "!/", with "%" and "!/" in a name percent-encoded). `tree_path` is its path in the merged tree of the
    source, for parsers that look for `Takeout/Mail/…` or `cur/…`; unique in its listing. `head` is the first 64 KiB for
    sniffing: less for a shorter file, and at least 1 KiB of a longer one when a source has thousands of files.
    `size` is the uncompressed size as declared (None when the container does not say). `media_type` is what content
    detection said. `modified` is the container's modified time text if it has one (no zone!).
    """

    original: Original
    path: str
    tree_path: str
    size: int | None
    media_type: str
    head: bytes = b""
    modified_ns: int | None = None

    @property
    def name(self) -> str:
        """The last component of `tree_path`."""
        return self.tree_path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class FileFate:
    """One line of the fate list: `path` is `relpath` of the original, plus "!/" and the member path for members."""

    path: str
    fate: Fate
    reason: str = ""
    media_type: str = ""
    size: int | None = None
    digests: Digests | None = None


@dataclass(frozen=True, slots=True)
class FileNote:
    """Something odd about a file that could be read all the same (a path trick, a second file of the same name)."""

    path: str
    says: str


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person said about an export that the export does not say itself. None means: not said, do not assume.

    `mapping` is the whole text of a column mapping for tables (TOML, see `parsers/mapping.py`).
    """

    timezone: str | None = None
    date_order: str | None = None
    owner_names: tuple[str, ...] = ()
    mapping: str | None = None


@dataclass(slots=True)
class Listing:
    """All members of one source, in a stable order (sorted by `tree_path`, then original), plus the fates already known
    (opened archives, refused symlinks, encrypted members, exceeded limits) and notes on files that are members all the
    same (path tricks, repeated names). No file is both a member and in `fates`. `missing` are sentences about parts of a
    download that were not handed in."""

    label: str
    name: str
    originals: Sequence[Original]
    members: Sequence[Member]
    fates: list[FileFate] = field(default_factory=list)
    options: ReadOptions = ReadOptions()
    notes: list[FileNote] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def under(self, folder: str) -> Iterator[Member]:
        """Members whose `tree_path` lies below `folder` (no leading or trailing slash; "" for all)."""
        prefix = folder.rstrip("/") + "/" if folder else ""
        return (member for member in self.members if member.tree_path.startswith(prefix))

    def at(self, tree_path: str) -> Member | None:
        """The first member with exactly that `tree_path`."""
        return next((member for member in self.members if member.tree_path == tree_path), None)
