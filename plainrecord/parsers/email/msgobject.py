"""A message in an Outlook `.msg` file (MS-OXMSG): its properties, recipients and attachments, from the streams they lie in."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.compound import Storage
from plainrecord.parsers.email.mapi import Properties, Value

PROPERTIES = "__properties_version1.0"
MAX_RECIPIENTS = 10_000
MAX_FILES = 2_000
_STREAM = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")
_ROW = 16
_TOP_HEAD, _INNER_HEAD, _PART_HEAD = 32, 24, 8


class Attached(Protocol):
    """An attachment of an Outlook message, in whichever container."""

    @property
    def properties(self) -> Properties:
        """What is stored about it."""
        ...

    @property
    def holds_object(self) -> bool:
        """Whether it is a message or another program's object, and not bytes."""
        ...

    def message(self) -> OutlookItem | None:
        """The message that is attached, None when it is none."""
        ...


class OutlookItem(Protocol):
    """An Outlook message, in whichever container: what its loader needs of it."""

    @property
    def properties(self) -> Properties:
        """What is stored about it."""
        ...

    @property
    def notes(self) -> list[str]:
        """What was damaged in its container, as far as it was read."""
        ...

    def recipients(self) -> Iterator[Properties]:
        """Its recipients in stored order."""
        ...

    def files(self) -> Iterator[Attached]:
        """Its attachments in stored order."""
        ...


@dataclass(frozen=True, slots=True)
class FileObject:
    """One attachment: its properties and, of a message or an object inside, its storage."""

    properties: Properties
    inside: Storage | None

    @property
    def holds_object(self) -> bool:
        """Whether it is a message or another program's object, and not bytes."""
        return self.inside is not None

    def message(self) -> MessageObject | None:
        """The message that is attached, None when it is none."""
        return message_object(self.inside, inner=True, page=self.properties.page) if self.inside else None


@dataclass(frozen=True, slots=True)
class MessageObject:
    """One message of the file, the outermost or one attached to it."""

    storage: Storage
    properties: Properties
    inner: bool = False

    @property
    def notes(self) -> list[str]:
        """What was damaged in the file, as far as it was read."""
        return self.storage.file.notes

    def recipients(self) -> Iterator[Properties]:
        """The recipients in the order of the file."""
        for storage in _numbered(self.storage, "__recip_version1.0_#", MAX_RECIPIENTS):
            yield _properties(storage, _PART_HEAD, self.properties.page)

    def files(self) -> Iterator[FileObject]:
        """The attachments in the order of the file."""
        for storage in _numbered(self.storage, "__attach_version1.0_#", MAX_FILES):
            inside = storage.storages.get(f"__substg1.0_{mapi.ATTACH_DATA:04X}{mapi.OBJECT:04X}")
            yield FileObject(_properties(storage, _PART_HEAD, self.properties.page), inside)


def message_object(storage: Storage, *, inner: bool = False, page: int | None = None) -> MessageObject | None:
    """The message of a storage, None when the storage holds none."""
    if PROPERTIES not in storage.entries:
        return None
    properties = _properties(storage, _INNER_HEAD if inner else _TOP_HEAD, page)
    return MessageObject(storage, properties, inner)


def _numbered(storage: Storage, prefix: str, limit: int) -> list[Storage]:
    names = sorted(name for name in storage.storages if name.startswith(prefix))
    return [storage.storages[name] for name in names[:limit]]


def _properties(storage: Storage, head: int, page: int | None) -> Properties:
    """All values of an object: fixed ones from its rows, the others from a stream each."""
    values: dict[int, tuple[int, Value]] = {}
    rows = storage.read(PROPERTIES) or b""
    for at in range(head, len(rows) - _ROW + 1, _ROW):
        kind, number = struct.unpack_from("<HH", rows, at)
        value = mapi.fixed_value(kind, rows[at + 8 : at + 16])
        if value is not None:
            values.setdefault(number, (kind, value))
    for name in storage.entries:
        match = _STREAM.fullmatch(name)
        if match and not int(match[2], 16) & mapi.MANY:
            number, kind = int(match[1], 16), int(match[2], 16)
            # A text in Unicode is preferred to one in a code page where a file has both.
            if number not in values or kind == mapi.TEXT:
                values[number] = (kind, storage.read(name) or b"")
    return Properties(values, page)
