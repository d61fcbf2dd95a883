"""Files that stand beside mail without being mail: indexes, settings, unread leftovers. Each gets one sentence.

A name alone decides nothing: a file is set aside only in or under a folder from which mail is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim

_MORK = b"// <!-- <mdb:mork:z"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\.msf$"),
        "An index that Thunderbird keeps of a mail folder; the mails are in the folder file itself.",
    ),
    (re.compile(r"^msgFilterRules\.dat$"), "Thunderbird’s filter rules; settings, no mail. Not read."),
    (re.compile(r"^popstate\.dat$"), "Thunderbird’s list of mails already fetched; settings, no mail. Not read."),
    (re.compile(r"^table_of_contents$"), "An index that Apple Mail writes beside an exported mailbox. Not read."),
    (re.compile(r"^Info\.plist$"), "Apple Mail’s settings of a mailbox; no mail. Not read."),
    (
        re.compile(r"^Envelope Index(-wal|-shm)?$"),
        "Apple Mail’s search index; the mails are in their own files. Not read.",
    ),
    (
        re.compile(r"\.emlxpart$"),
        "An attachment part that Apple Mail keeps beside a mail; not joined to its mail here.",
    ),
    (
        re.compile(r"^dovecot[-.]|^dovecot$|^maildirfolder$|^maildirsize$|^courierimap|^subscriptions$|^maildirlock$"),
        "A mail server’s own list for this Maildir; no mail. Not read.",
    ),
    (re.compile(r"\.metadata\.json$"), "A mail service’s notes about the mail of the same name. Not read."),
)
_GMAIL_SETTINGS = "Gmail settings (filters, blocked addresses, signatures and the like); no mail. Not read."


def attach(claims: Sequence[Claim], members: Iterable[Member]) -> None:
    """Put every recognised side file into the `aside` of the claim it stands nearest to."""
    if not claims:
        return
    claimed = {member.tree_path for claim in claims for member in claim.members}
    folders = [(_folder(claim.members[0].tree_path), claim) for claim in claims]
    for member in members:
        if member.tree_path in claimed:
            continue
        nearest = _nearest(folders, _folder(member.tree_path))
        says = nearest and _sentence(member, nearest)
        if nearest and says:
            nearest.aside.setdefault(member.tree_path, says)


def _sentence(member: Member, claim: Claim) -> str | None:
    if member.head.startswith(_MORK):
        return _RULES[0][1]
    if claim.facts.get("dialect") == "gmail" and member.name.endswith(".json") and "/Mail/" in f"/{member.tree_path}":
        return _GMAIL_SETTINGS
    return next((says for pattern, says in _RULES if pattern.search(member.name)), None)


def _nearest(folders: Sequence[tuple[str, Claim]], folder: str) -> Claim | None:
    """The claim whose folder is this one, or above or below it; the one sharing the longest path."""
    best, length = None, -1
    for place, claim in folders:
        shorter, longer = sorted((place, folder), key=len)
        if longer.startswith(shorter) and len(shorter) > length:
            best, length = claim, len(shorter)
    return best


def _folder(tree_path: str) -> str:
    return tree_path[: tree_path.rfind("/") + 1]
