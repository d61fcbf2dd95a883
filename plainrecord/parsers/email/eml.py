"""Single mails: .eml files (drag and drop, “Download original”, provider exports), MH folders, header-only returns.

Reads: one RFC 5322 mail a file, found by its header, under any name; also with lines that end in CR alone. Cannot read:
files without a mail header (text copied from a mail window), saved web pages; Outlook .msg is read by `outlook_msg.py`. A
file of copied “raw source” cannot be told from an export; what stands in it is kept byte for byte.
Tested with: files as Gmail, Outlook.com, Apple Mail and Thunderbird save them, and Microsoft's header-only returns.
Tier: `public schema` (RFC 5322; names from public parsers). Fixture: fixtures/email-eml.

A record is the whole file. Notes that Proton's export tool writes beside each mail give its labels and time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.copied_tally import is_printed_messages
from plainrecord.parsers.email import asides, proton, shapes
from plainrecord.parsers.email.folders import folder_mark
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.singles import SingleMails, ordered, together
from plainrecord.records import Envelope, Loaded, Position, Unread


class Eml:
    """Files that hold one mail each."""

    name = "eml"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="single mails (.eml): saved or downloaded mails, provider exports (Proton with labels), MH folders",
        tier="public schema",
        holds="Each saved mail with all headers, body and attachments; text messages and calls that SMS Backup+ stored as mails.",
        cannot_hold="Mails that nobody saved: a folder of files does not show what is missing from it.",
        fixture="email-eml",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each folder of mails."""
        beside = shapes.Neighbours.of(listing.members)
        maildirs = shapes.maildir_roots(listing.members)
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if _is_single(member, beside) and shapes.maildir_root(member) not in maildirs:
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        claims = [self._claim(folder, members, listing) for folder, members in folders.items()]
        for claim in claims:
            claim.members += tuple(proton.beside(claim.members, listing.members))
        asides.attach(claims, listing.members)
        return claims

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every mail, in path order, from its header alone."""
        mails, notes = SingleMails(claim), proton.ProtonNotes(claim)
        for member in claim.members:
            if not proton.is_note(member):
                yield mails.envelope(member, _container(claim, member, notes))
        notes.read_rest()

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those mails with their content."""
        mails, notes = SingleMails(claim), proton.ProtonNotes(claim)
        for member in ordered(claim, {position.member for position in wanted}):
            yield mails.loaded(member, Position(member.tree_path, "file"), _container(claim, member, notes))

    def _claim(self, folder: str, members: list[Member], listing: Listing) -> Claim:
        title = folder or (members[0].name if len(members) == 1 else listing.name)
        return Claim(self.name, title, tuple(members), listing.options, facts={"folder": folder.rpartition("/")[2]})


def _is_single(member: Member, beside: shapes.Neighbours) -> bool:
    head = shapes.with_lf(member.head) if shapes.ends_lines_in_cr(member.head) else member.head
    like_mail = shapes.is_mail(head) or (member.name.lower().endswith(".eml") and shapes.begins_like_mail(head))
    other = shapes.is_emlx(member) or shapes.is_mailbox(member, beside) or is_printed_messages(member)
    return like_mail and not other


def _container(claim: Claim, member: Member, notes: proton.ProtonNotes) -> ContainerFacts:
    folder, noted = claim.facts.get("folder") or None, notes.of(member)
    # Section 12: such files hold the header only, so an empty body says nothing about the mail.
    header_only = ("header-only",) if member.name.endswith(".eml_hdr.eml") else ()
    return ContainerFacts(
        dates=noted.dates,
        marks=together(folder_mark(folder or "") + header_only, noted.marks),
        notes=noted.codes,
        folder=folder,
        labels=noted.labels,
        quoting="none",
    )
