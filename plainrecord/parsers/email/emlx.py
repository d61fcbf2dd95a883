"""Apple Mail's own store: one .emlx file a mail, .partial.emlx with the attachments in folders beside it.

Reads: `….mbox/…/Messages/N.emlx` of every layout from Mac OS X 10.4 on, nested mailboxes, partial mails with their
`Attachments/N/part/file`, single .emlx files. Cannot read: the search index (`Envelope Index`), `.emlxpart` files.
When `N.emlx` and `N.partial.emlx` both exist, the first is the full mail and is read; the other is set aside.
Tested with: the layouts and damages of public samples (byte count too large, missing, no property list).
Source of knowledge: public parsers and their test files. Tier: `public schema`. Fixture: fixtures/email-emlx.

A record is the mail's own bytes inside the file, behind the byte count and before the property list; flags and the time
of receipt come from the property list.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.email import asides, shapes
from plainrecord.parsers.email.emlxfile import MailFile, property_facts, read_mail_file
from plainrecord.parsers.email.folders import folder_mark, mailbox_folder
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.singles import SingleMails, drain, together
from plainrecord.records import Envelope, Loaded, Position, Unread

_PARTIAL = ".partial.emlx"
_ATTACHMENT = re.compile(r"(?P<data>.*?)Attachments/(?P<number>[0-9]+)/(?P<part>[0-9.]+)/[^/]+$")


class AppleMail:
    """Apple Mail message files."""

    name = "emlx"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="Apple Mail folder (.emlx, .partial.emlx with attachments beside them)",
        tier="public schema",
        holds="Mails with all headers and bodies; attachments that were downloaded; mails marked deleted but still on disk.",
        cannot_hold="Attachments that Mail never downloaded; mail removed for good before the copy was made.",
        fixture="email-emlx",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each mailbox: its mails, and the attachment files that belong to them."""
        mails: dict[str, list[Member]] = {}
        for member in listing.members:
            if shapes.is_emlx(member):
                mails.setdefault(_mailbox(member.tree_path), []).append(member)
        attachments = [member for member in listing.members if _ATTACHMENT.match(member.tree_path)]
        claims = [self._claim(mailbox, members, attachments, listing) for mailbox, members in mails.items()]
        asides.attach(claims, listing.members)
        return claims

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every mail, in path order, from its header and property list; attachment files are read for their hashes."""
        run = _Run(claim)
        for member in claim.members:
            if _ATTACHMENT.match(member.tree_path):
                yield from run.attachment(member)
            else:
                yield run.envelope(member)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those mails with their content; parts stored beside a partial mail are put in their places."""
        run = _Run(claim)
        asked = {position.member: position for position in wanted}
        for member in claim.members:
            if member.tree_path in asked:
                yield run.loaded(member, asked[member.tree_path])

    def _claim(self, mailbox: str, members: list[Member], attachments: list[Member], listing: Listing) -> Claim:
        full = {member.tree_path for member in members if not member.name.endswith(_PARTIAL)}
        aside = {
            member.tree_path: f"A partial copy of {twin.rpartition('/')[2]}, which holds the full mail and was read."
            for member in members
            if (twin := _full_name(member.tree_path)) in full
        }
        read = [member for member in members if member.tree_path not in aside]
        places = {_place(member.tree_path) for member in members}
        beside = [member for member in attachments if _attachment_place(member.tree_path) in places]
        folder = mailbox_folder(mailbox) if mailbox else listing.name
        return Claim(self.name, folder, (*read, *beside), listing.options, aside, {"folder": folder})


class _Run:
    """What is the same for all mails of one mailbox, and what is remembered between them."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._mails = SingleMails(claim)
        self._folder = claim.facts.get("folder", "")
        self._attachments: dict[tuple[str, str], dict[str, Member]] = {}
        for member in claim.members:
            match = _ATTACHMENT.match(member.tree_path)
            if match:
                parts = self._attachments.setdefault((match["data"], match["number"]), {})
                parts.setdefault(match["part"], member)

    def envelope(self, member: Member) -> Envelope | Unread:
        try:
            with self._claim.open(member) as stream:
                found = read_mail_file(stream)
        except (OSError, PlainrecordError) as error:
            return Unread(Position(member.tree_path, "file"), "unreadable", f"The file could not be read ({error}).")
        position = Position(member.tree_path, f"bytes:{found.start}-{found.end}")
        return self._mails.envelope_of(found.header, position, self._container(member, found))

    def attachment(self, member: Member) -> Iterator[Unread]:
        """Read an attachment file through for its hashes; it is content of a mail, so it is no record of its own."""
        try:
            with self._claim.open(member) as stream:
                drain(stream)
        except (OSError, PlainrecordError) as error:
            detail = f"An attachment file could not be read ({error}). Its mail was read without it."
            yield Unread(Position(member.tree_path, "file"), "unreadable", detail)

    def loaded(self, member: Member, position: Position) -> Loaded:
        with self._claim.open(member) as stream:
            data = stream.read()
        found = read_mail_file(io.BytesIO(data))
        start, _, end = position.locator.removeprefix("bytes:").partition("-")
        item = self._mails.loaded_from(data[int(start) : int(end)], position, self._container(member, found))
        item.facts.update(property_facts(found.properties)[2])
        return item

    def _container(self, member: Member, found: MailFile) -> ContainerFacts:
        times, marks, _ = property_facts(found.properties)
        twin = member.tree_path.removesuffix(".emlx") + _PARTIAL
        notes = (*found.notes, *(("trap-17:partial-copy-set-aside",) if twin in self._claim.aside else ()))
        partial = ("partial",) if member.name.endswith(_PARTIAL) else ()
        parts = self._attachments.get(_place(member.tree_path), {})
        return ContainerFacts(
            dates=times,
            marks=together(folder_mark(self._folder), marks + partial),
            notes=notes,
            folder=self._folder,
            quoting="none",
            attachment_files={part: self._reader(file) for part, file in parts.items()},
        )

    def _reader(self, member: Member) -> Callable[[], bytes]:
        def read() -> bytes:
            with self._claim.open(member) as stream:
                return stream.read()

        return read


def _mailbox(tree_path: str) -> str:
    """The mailbox folder a message file belongs to: up to the last `.mbox`, else the folder above `Messages`."""
    parts = tree_path.split("/")[:-1]
    for count in range(len(parts), 0, -1):
        if parts[count - 1].endswith((".mbox", ".imapmbox")):
            return "/".join(parts[:count])
    return "/".join(parts[:-1] if parts[-1:] == ["Messages"] else parts)


def _full_name(tree_path: str) -> str:
    return tree_path.removesuffix(_PARTIAL) + ".emlx" if tree_path.endswith(_PARTIAL) else ""


def _place(tree_path: str) -> tuple[str, str]:
    """(folder that holds `Messages`, message number): what a mail shares with its attachment files."""
    folder, _, name = tree_path.rpartition("/")
    return folder.removesuffix("Messages"), name.partition(".")[0]


def _attachment_place(tree_path: str) -> tuple[str, str]:
    match = _ATTACHMENT.match(tree_path)
    return (match["data"], match["number"]) if match else ("", "")
