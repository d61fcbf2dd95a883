"""Maildir: a folder of single mails whose file names carry time and flags (Dovecot, Courier, mutt, Thunderbird).

Reads: `cur`, `new` and `tmp` of every Maildir, Maildir++ sub-folders (`.Name.Sub`), names made safe for Windows or zip
(`!2,` and `;2,` for `:2,`), Thunderbird's `cur/*.eml`. Cannot read: keyword letters (their table is set aside).
Tested with: names as Dovecot, Courier and Thunderbird give them. Source of knowledge: Dovecot's documentation.
Tier: `public schema`. Fixture: fixtures/email-maildir.

A record is the whole file. The time of delivery is in the file name; a file's own modification time is lost by most
ways of copying and is never used. `tmp` holds deliveries that were not finished: they are read and marked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.email import asides, shapes
from plainrecord.parsers.email.folders import folder_mark, mailbox_folder
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.singles import SingleMails, ordered, together
from plainrecord.records import Envelope, Loaded, Position, Unread
from plainrecord.times import TimeBlock, from_epoch

# trap 19: ":" cannot stand in file names everywhere, so copies have "!" or ";" in its place.
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)(?:\.eml)?$")
# Unix seconds: ten digits since 2001, nine before. Longer numbers are something else.
_DELIVERED = re.compile(r"([0-9]{9,10})[._,:;!-]")
_MARKS = {"T": "deleted", "D": "draft"}


class Maildir:
    """Maildir folders."""

    name = "maildir"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="Maildir folder: mail servers, mutt, Thunderbird with one file a mail",
        tier="public schema",
        holds="Mails with all headers, bodies and attachments; time of delivery; mails marked deleted but not yet removed.",
        cannot_hold="Mail that was removed for good before the copy was made.",
        fixture="email-maildir",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each Maildir; every file in its `cur`, `new` and `tmp` belongs to it."""
        roots = shapes.maildir_roots(listing.members)
        found: dict[str, list[Member]] = {}
        for member in listing.members:
            root = shapes.maildir_root(member)
            if root is not None and root in roots and (shapes.begins_like_mail(member.head) or _in_tmp(member)):
                found.setdefault(root, []).append(member)
        claims = [self._claim(root, members, listing) for root, members in found.items()]
        asides.attach(claims, listing.members)
        return claims

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every mail, in path order, from its name and header alone."""
        mails = SingleMails(claim)
        for member in claim.members:
            yield mails.envelope(member, _container(claim, member))

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those mails with their content."""
        mails = SingleMails(claim)
        for member in ordered(claim, {position.member for position in wanted}):
            yield mails.loaded(member, Position(member.tree_path, "file"), _container(claim, member))

    def _claim(self, root: str, members: list[Member], listing: Listing) -> Claim:
        folder = _folder(root, listing.name)
        return Claim(self.name, folder, tuple(members), listing.options, facts={"folder": folder})


def flags_of(name: str) -> str:
    """The flag letters of a file name ("" for none)."""
    match = _FLAGS.search(name)
    return match[1] if match else ""


def delivered(name: str) -> TimeBlock | None:
    """The time of delivery a file name begins with, or None."""
    match = _DELIVERED.match(name)
    return from_epoch(int(match[1]), "s", match[1], "Maildir file name", meaning="received") if match else None


def _container(claim: Claim, member: Member) -> ContainerFacts:
    folder = claim.facts.get("folder", "")
    time = delivered(member.name)
    marks = tuple(_MARKS[letter] for letter in flags_of(member.name) if letter in _MARKS)
    incomplete = ("incomplete-delivery",) if _in_tmp(member) else ()
    return ContainerFacts(
        dates=(time,) if time else (),
        marks=together(folder_mark(folder), marks + incomplete),
        folder=folder,
        quoting="none",
    )


def _in_tmp(member: Member) -> bool:
    return member.tree_path.rsplit("/", 2)[-2:-1] == ["tmp"]


def _folder(root: str, source: str) -> str:
    """The folder's name: Maildir++ writes `.Work.Clients` for Work/Clients; Thunderbird nests `Inbox.sbd/Work`."""
    last = root.rpartition("/")[2] or source
    if last.startswith(".") and len(last) > 1:
        return last[1:].replace(".", "/")
    return mailbox_folder(root) if root else last
