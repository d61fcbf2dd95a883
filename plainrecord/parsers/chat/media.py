"""Files beside a chat text: which member a name in the text means, and the attachment entry made of it.

A name in an export is only ever compared with names, never used as a path. Exact spelling first, then Unicode
composition (zips made on a Mac hold decomposed names); letters are never folded, because two files may differ in case.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plainrecord.errors import PlainrecordError
from plainrecord.hashing.files import hash_buffer
from plainrecord.intake.kinds import media_type
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim
from plainrecord.records import Attachment

_SNIFFED = 65_536
_WITH_EXIF = frozenset("image/jpeg image/tiff image/heic image/heif image/avif image/png image/webp".split())
# Controls, bidirectional marks and zero-width letters change what a name looks like.
_DISGUISING = frozenset("\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\ufeff\u202a\u202b\u202c\u202d\u202e")


def folder_of(member: Member) -> str:
    """The folder a member stands in, as part of its tree path ("" at the top)."""
    return member.tree_path.rpartition("/")[0]


def beside(listing: Listing, member: Member, *, deep: bool = False) -> list[Member]:
    """The other members of the same original archive or folder tree that stand where `member` does.

    With `deep`, those in folders below it too (exports that put media into a subfolder).
    """
    folder = folder_of(member)
    return [
        other
        for other in listing.under(folder)
        if other is not member and (deep or folder_of(other) == folder) and _same_container(other, member)
    ]


def _same_container(one: Member, other: Member) -> bool:
    """Files of one zip belong together; so do plain files of one folder."""
    return one.original.relpath == other.original.relpath if one.path or other.path else True


@dataclass(slots=True)
class MediaFiles:
    """The media members of one claim, found by the name a text gives. `used` collects those that were asked for."""

    members: Sequence[Member]
    used: set[str] = field(default_factory=set)
    _exact: dict[str, Member] = field(init=False, default_factory=dict)
    _composed: dict[str, Member | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for member in self.members:
            for name in dict.fromkeys((member.name, member.tree_path)):
                self._exact.setdefault(name, member)
                composed = unicodedata.normalize("NFC", name)
                # Two files that differ in composition only: such a name says nothing, unless it is spelt exactly.
                self._composed[composed] = member if composed not in self._composed else None

    def find(self, name: str) -> Member | None:
        """The member of that name, or None. `name` may be a file name or a path relative to the top of the tree."""
        found = self._exact.get(name) or self._composed.get(unicodedata.normalize("NFC", name))
        if found:
            self.used.add(found.tree_path)
        return found

    def unused(self) -> list[Member]:
        """Members no record named so far, in listing order."""
        return [member for member in self.members if member.tree_path not in self.used]

    def attachment(self, claim: Claim, name: str, notes: Iterable[str] = ()) -> tuple[Attachment, bytes | None]:
        """The attachment entry for a named file and its bytes (None when the export does not hold it)."""
        member = self.find(name)
        if member is None:
            return Attachment(name=name, state="missing", notes=[*notes, *_name_notes(name)]), None
        return attached(claim, member, name, notes)


def attached(claim: Claim, member: Member, name: str, notes: Iterable[str] = ()) -> tuple[Attachment, bytes | None]:
    """The entry of a member that is there, with digests, detected type and what a photo says of itself."""
    found = Attachment(name=name, locator=f"file:{member.tree_path}", notes=[*notes, *_name_notes(name)])
    if member.name != name:
        found.also_named = [member.name]
    try:
        with claim.open(member) as stream:
            data = stream.read()
    except (OSError, PlainrecordError) as error:
        found.state = "missing"
        found.notes.append(f"file-unreadable: {error}")
        return found, None
    digests = hash_buffer(data)
    found.bytes, found.sha256, found.blake3 = digests.size, digests.sha256, digests.blake3
    found.detected_type = media_type(data[:_SNIFFED])
    if found.detected_type in _WITH_EXIF:
        from plainrecord.parsers.email.exif import read_exif  # noqa: PLC0415  slow to load, and many exports hold no photo

        exif = read_exif(data)
        found.facts |= exif.facts
        found.notes.extend(exif.notes)
    return found, data


def not_exported(what: str, notes: Iterable[str] = ()) -> Attachment:
    """The entry of a file the export says it left out (`what` as the text calls it: "image", "media")."""
    return Attachment(claimed_type=None, state="not-exported", facts={"kind": what}, notes=list(notes))


def _name_notes(name: str) -> list[str]:
    notes = []
    if "/" in name or "\\" in name or name in (".", ".."):
        notes.append("name-has-path-parts")
    if any(letter in _DISGUISING or letter < " " for letter in name):
        notes.append("name-has-invisible-characters")
    return notes
