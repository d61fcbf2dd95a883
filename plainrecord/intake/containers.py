"""What every kind of archive gives: its entries, each with a safe name, a fate if it cannot be read, and its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from plainrecord.intake.extents import Extent, Reader
from plainrecord.intake.listing import Fate


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive.

    `step` is its unique, encoded name in the archive (see `Member.path`); `raw` the name as decoded, for building the
    tree. `size` is the unpacked size as declared. `modified_ns` is UTC, None when the archive gives none or only a local
    time without zone. With a `fate` it cannot be read and `reason` says why, as the end of a sentence about it. `odd`
    are remarks on its name. `at` is the container's own key.
    """

    step: str
    raw: str
    size: int | None
    modified_ns: int | None = None
    fate: Fate | None = None
    reason: str = ""
    odd: tuple[str, ...] = ()
    at: int = 0


class Container(Protocol):
    """An opened archive. `document`: the media type when this is a document that merely uses the zip format, and is not
    to be looked into. `damage`: why its contents list is not complete. `flat`: it wraps one file and adds no folder."""

    @property
    def name(self) -> str: ...
    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def document(self) -> str | None: ...
    @property
    def damage(self) -> str | None: ...
    @property
    def flat(self) -> bool: ...

    def entry(self, step: str) -> Entry | None: ...
    def reader(self, entry: Entry) -> Reader: ...
    def extent(self, entry: Entry) -> Extent | None: ...
