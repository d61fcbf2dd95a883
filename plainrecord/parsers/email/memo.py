"""What is worth remembering between the mails of one run: parsed addresses, base subjects.

Bounded: a table that reaches its limit is emptied, because clearing is cheaper than keeping order and mail repeats itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from plainrecord.parsers.email.addresses import AddressList, parse_addresses
from plainrecord.parsers.email.subjects import BaseSubject, base_subject
from plainrecord.records import Account

LIMIT = 50_000
LONGEST_KEY = 4_096

Accounts = tuple[tuple[Account, ...], tuple[str, ...]]


@dataclass(slots=True)
class Memo:
    """Tables keyed on exact raw header values; share one among the mails of a run, never between threads."""

    accounts: dict[tuple[str, bytes], Accounts] = field(default_factory=dict)
    subjects: dict[bytes, BaseSubject] = field(default_factory=dict)

    def accounts_of(self, role: str, raw: bytes) -> Accounts:
        """The accounts a raw address value names, in that role, and the parser's notes."""
        key = (role, raw)
        found = self.accounts.get(key)
        if found is None:
            found = _accounts(role, parse_addresses(raw))
            if len(raw) <= LONGEST_KEY:
                if len(self.accounts) >= LIMIT:
                    self.accounts.clear()
                self.accounts[key] = found
        return found

    def subject_of(self, raw: bytes) -> BaseSubject:
        """The base form of a raw Subject value."""
        found = self.subjects.get(raw)
        if found is None:
            found = base_subject(raw)
            if len(raw) <= LONGEST_KEY:
                if len(self.subjects) >= LIMIT:
                    self.subjects.clear()
                self.subjects[raw] = found
        return found


def _accounts(role: str, parsed: AddressList) -> Accounts:
    found = []
    for mailbox in parsed.mailboxes:
        if mailbox.address is not None:
            found.append(Account("email", "address", mailbox.address, mailbox.name, role))
        elif mailbox.name:
            found.append(Account("email", "name", mailbox.name, None, role))
    return tuple(found), parsed.notes
