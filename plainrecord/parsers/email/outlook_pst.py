"""Outlook mailbox files (.pst, older .ost): every message in them, with the folder it stands in.

Reads: PST in Unicode and the old ANSI form, plain or with the “compressible” encoding that Outlook uses by itself; a password
does not matter, because it encrypts nothing. Deleted mails that still stand in a folder. Cannot read: “high encryption”, OST of
Outlook 2013 and later, what was deleted from all folders, files inside a compressed archive (take them out first).
Appointments, contacts and tasks are records of the kind `other`.
Tested with: files made from the published format; two small public sample stores were read. Source of knowledge: MS-PST,
MS-OXPROPS. Tier: `public schema`. Fixture: fixtures/email-outlook-pst.

A record is a node of the file, named by its number (`node:2097188`), as other readers of such files name it too. The bytes that
were sent are not in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from plainrecord.errors import PlainrecordError
from plainrecord.intake.extents import FileExtent
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.email.folders import folder_mark
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.message import outlook_loader
from plainrecord.parsers.email.msgmessage import message_facts
from plainrecord.parsers.email.pstfile import MAGIC, DamagedError, Node, PstFile, UnsupportedError
from plainrecord.parsers.email.pstmessage import MESSAGE, Folders, PstMessage
from plainrecord.parsers.email.singles import drain
from plainrecord.records import Envelope, Loaded, Position, Unread

_LOCATOR = "node:"


class OutlookStore:
    """Mailbox files of Outlook for Windows."""

    name = "outlook-pst"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="Outlook mailbox files (.pst, .ost before Outlook 2013)",
        tier="public schema",
        holds="Messages of every folder with author, recipients, times, text, page, files; internet headers of mail from outside.",
        cannot_hold="Mails as they were sent, byte for byte; mails removed from all folders; OST of Outlook 2013 and later.",
        fixture="email-outlook-pst",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each file that can be opened."""
        for member in listing.members:
            if member.head.startswith(MAGIC) and not member.path and _opens(member):
                yield Claim(self.name, member.name, (member,), listing.options)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message in order of its node. Memory: one message and the pages looked at last."""
        member, memo = claim.members[0], Memo()
        with claim.open(member) as stream:
            drain(stream)
        with _opened(member) as file:
            folders, damaged = Folders(file), 0
            for node in _messages(file):
                if isinstance(node, DamagedError):
                    damaged += 1
                    says = f"{node}; the messages listed there were not read."
                    yield Unread(Position(member.tree_path, f"page:{damaged}"), "damaged", says)
                else:
                    yield _envelope(claim, file, node, folders, memo)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those messages with their content."""
        member, memo = claim.members[0], Memo()
        with _opened(member) as file:
            folders = Folders(file)
            numbers = {int(position.locator.removeprefix(_LOCATOR)) for position in wanted}
            for node in _messages(file):
                if isinstance(node, Node) and node.number in numbers:
                    folder = folders.path(node.parent)
                    loader = outlook_loader(claim.options, memo, folder_mark(folder), folder or None)
                    yield loader.load(PstMessage.of(file, node), _position(member, node), None)


def _messages(file: PstFile) -> Iterator[Node | DamagedError]:
    """The message nodes in order of the index, as `scan` and `load` both go through them: in a damaged index a search
    by number may lead elsewhere. A number that stands there again is given as a fault."""
    seen: set[int] = set()
    for node in file.nodes():
        if isinstance(node, DamagedError):
            yield node
        elif node.kind == MESSAGE and node.number in seen:
            yield DamagedError(f"The file’s index names message {node.number} twice")
        elif node.kind == MESSAGE:
            seen.add(node.number)
            yield node


@contextmanager
def _opened(member: Member) -> Iterator[PstFile]:
    with FileExtent(member.original.path) as extent:
        yield PstFile(extent)


def _opens(member: Member) -> bool:
    try:
        with _opened(member):
            return True
    except (OSError, PlainrecordError, UnsupportedError):
        return False


def _envelope(claim: Claim, file: PstFile, node: Node, folders: Folders, memo: Memo) -> Envelope | Unread:
    position = _position(claim.members[0], node)
    try:
        marks = folder_mark(folders.path(node.parent))
        return message_facts(PstMessage.of(file, node), position, claim.options, memo, marks).envelope
    except DamagedError as error:
        return Unread(position, "damaged", f"{error}; the other messages of the file are read.")


def _position(member: Member, node: Node) -> Position:
    return Position(member.tree_path, f"{_LOCATOR}{node.number}")
