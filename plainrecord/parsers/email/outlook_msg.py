"""Outlook messages saved as files (.msg, .oft): one mail, with everything Outlook kept of it.

Reads: the compound file and its properties in Unicode or a code page; author and recipients with their mail addresses;
times of sending and delivery; text, page, compressed rich text; files, attached messages as records of their own; the
internet header where there is one. Cannot read: the bytes that were sent (Outlook does not keep them), objects of other
programs, files over 512 MiB. A contact, task or appointment saved this way is a record of the kind `other`.
Tested with: files made from the published format. Source of knowledge: MS-CFB, MS-OXMSG, MS-OXPROPS, MS-OXRTFCP, MS-OXRTFEX
and public readers. Tier: `public schema`. Fixture: fixtures/email-outlook-msg.

A record is the whole file; a message attached to it stands at `file#part:N`, the Nth attachment.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import read_slices
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.email.compound import MAGIC, CompoundFile, NotCompoundError
from plainrecord.parsers.email.folders import folder_mark
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.message import outlook_loader
from plainrecord.parsers.email.msgmessage import message_facts
from plainrecord.parsers.email.msgobject import MessageObject, message_object
from plainrecord.parsers.email.singles import ordered
from plainrecord.records import Envelope, Loaded, Position, Unread

MAX_FILE = 512 << 20
_NAMES = tuple(name.encode("utf-16-le") for name in ("__properties_version1.0", "__substg1.0_", "__nameid_version1.0"))


class OutlookMessage:
    """Files that hold one Outlook message each."""

    name = "outlook-msg"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="Outlook messages saved as files (.msg, .oft)",
        tier="public schema",
        holds="The mail with author, recipients, times, text, page, files, attached messages; its internet header if it came from outside.",
        cannot_hold="The mail as it was sent, byte for byte; whether mails were left out; headers of mail sent within one company.",
        fixture="email-outlook-msg",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each folder of such files."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if is_message(member):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, members in folders.items():
            title = folder or (members[0].name if len(members) == 1 else listing.name)
            facts = {"folder": folder.rpartition("/")[2]}
            yield Claim(self.name, title, tuple(members), listing.options, facts=facts)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """The message of each file, in path order. Memory: one file."""
        memo = Memo()
        for member in claim.members:
            position = Position(member.tree_path, "file")
            found = _read(claim, member)
            if isinstance(found, str):
                yield Unread(position, "unreadable", found)
            else:
                yield message_facts(found[0], position, claim.options, memo, _marks(claim)).envelope

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those messages with their content."""
        memo = Memo()
        for member in ordered(claim, {position.member for position in wanted}):
            found = _read(claim, member)
            if not isinstance(found, str):
                loader = outlook_loader(claim.options, memo, _marks(claim), claim.facts.get("folder") or None)
                yield loader.load(found[0], Position(member.tree_path, "file"), found[1])


def is_message(member: Member) -> bool:
    """Whether a file is an Outlook message, by its form and the names in its table of contents, or else its own name."""
    if not member.head.startswith(MAGIC):
        return False
    # Named so, a damaged one is claimed too, and listed as unread rather than as a file of no known kind.
    if any(name in member.head for name in _NAMES) or member.name.lower().endswith((".msg", ".oft")):
        return True
    # The table of contents may stand anywhere: look at its first sector.
    (shift,) = struct.unpack_from("<H", member.head.ljust(64, b"\0"), 0x1E)
    (first,) = struct.unpack_from("<I", member.head.ljust(64, b"\0"), 0x30)
    start = (first + 1) << shift if shift in (9, 12) else 0
    if not start or (member.size is not None and start >= member.size):
        return False
    try:
        [sector] = read_slices(member, [(start, start + (1 << shift))])
    except (OSError, PlainrecordError):
        return False
    return any(name in sector for name in _NAMES)


def _read(claim: Claim, member: Member) -> tuple[MessageObject, bytes] | str:
    """The message of a file and the file's bytes, or one sentence on why there is none."""
    if (member.size or 0) > MAX_FILE:
        return "The file is larger than 512 MiB; messages of that size are not read."
    try:
        with claim.open(member) as stream:
            raw = stream.read()
        message = message_object(CompoundFile(raw).root)
    except (OSError, PlainrecordError) as error:
        return f"The file could not be read ({error})."
    except NotCompoundError:
        return "The file is damaged: its table of contents cannot be followed."
    return (message, raw) if message else "The file is damaged: it holds no message properties."


def _marks(claim: Claim) -> tuple[str, ...]:
    return folder_mark(claim.facts.get("folder", ""))
