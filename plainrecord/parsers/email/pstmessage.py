"""Outlook mailbox files, upper layer: the messages in them, with recipients, attachments and the folder each stands in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.mapi import Properties
from plainrecord.parsers.email.pstfile import DamagedError, Node, PstFile
from plainrecord.parsers.email.pstheap import Heap, Values, properties, table

FOLDER, MESSAGE, ATTACHMENT = 0x02, 0x04, 0x05
ROOT_FOLDER = 0x122
_RECIPIENTS = 0x692
MAX_FOLDERS_DEEP = 64


@dataclass(frozen=True, slots=True)
class PstAttachment:
    """One attachment: its properties, and where a message or another program's object in it lies."""

    heap: Heap
    properties: Properties

    @property
    def holds_object(self) -> bool:
        """Whether it is a message or an object, and not bytes."""
        return self._object is not None

    @property
    def _object(self) -> bytes | None:
        data = self.properties.object(mapi.ATTACH_DATA)
        return data if data and self.properties.number(mapi.ATTACH_METHOD) in (5, 6) else None

    def message(self) -> PstMessage | None:
        """The message that is attached, None when it is none."""
        data = self._object
        if data is None or len(data) < 4 or self.properties.number(mapi.ATTACH_METHOD) != 5:
            return None
        try:
            node = self.heap.subnodes.get(struct.unpack_from("<I", data)[0])
            return PstMessage.of(self.heap.file, node, self.properties.page) if node else None
        except DamagedError:
            self.properties.notes.append("attachment:attached-message-damaged")
            return None


@dataclass(slots=True)
class PstMessage:
    """One message, from the store or attached to another one."""

    heap: Heap
    properties: Properties
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, file: PstFile, node: Node, page: int | None = None) -> PstMessage:
        """The message of a node; raises DamagedError when it cannot be read."""
        heap = Heap(file, node)
        return cls(heap, Properties(_unprefixed(properties(heap)), page))

    def recipients(self) -> Iterator[Properties]:
        """The recipients in the order of the table; damage ends it with a note."""
        try:
            node = self.heap.subnodes.get(_RECIPIENTS)
            for values in table(Heap(self.heap.file, node)) if node else ():
                yield Properties(values, self.properties.page)
        except DamagedError:
            self._note("pst:recipients-damaged")

    def files(self) -> Iterator[PstAttachment]:
        """The attachments in order of their numbers; one that is damaged is passed over with a note."""
        try:
            nodes = [node for number, node in sorted(self.heap.subnodes.items()) if number & 0x1F == ATTACHMENT]
        except DamagedError:
            self._note("pst:attachments-damaged")
            return
        for node in nodes:
            try:
                heap = Heap(self.heap.file, node)
                yield PstAttachment(heap, Properties(properties(heap), self.properties.page))
            except DamagedError:
                self._note("pst:attachment-damaged")

    def _note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)


class Folders:
    """The names of the folders of a store, from the top, remembered."""

    def __init__(self, file: PstFile) -> None:
        self._file = file
        self._known: dict[int, str] = {}

    def path(self, number: int) -> str:
        """ "Inbox/Work" for a folder's number; "" where it has none or cannot be read."""
        if number not in self._known:
            self._known[number] = "/".join(reversed(list(self._names(number))))
        return self._known[number]

    def _names(self, number: int) -> Iterator[str]:
        for _ in range(MAX_FOLDERS_DEEP):
            node = self._file.node(number) if number and number != ROOT_FOLDER else None
            if node is None or node.kind != FOLDER:
                return
            try:
                name = Properties(properties(Heap(self._file, node))).text(mapi.NAME)
            except DamagedError:
                name = "(a folder that cannot be read)"
            yield name or "(a folder without a name)"
            if node.parent == number:
                return
            number = node.parent


def _unprefixed(values: Values) -> Values:
    """A stored subject begins with two signs that say how long its prefix is; they are none of the subject."""
    kind, subject = values.get(mapi.SUBJECT, (0, b""))
    if isinstance(subject, bytes):
        width = 2 if kind == mapi.TEXT else 1
        if subject[:width] == b"\x01".ljust(width, b"\0") and len(subject) >= 2 * width:
            values[mapi.SUBJECT] = (kind, subject[2 * width :])
    return values
