"""What is worth remembering between the mails of one run: parsed addresses, base subjects.

Bounded: a table that reaches its limit is emptied, because clearing is cheaper than keeping order and mail repeats itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from plainrecord.parsers.email.addresses import AddressList, parse_addresses
from plainrecord.parsers.email.subjects import BaseSubject, base_subject, plain_subject, plain_subject_key
from plainrecord.records import Account

if TYPE_CHECKING:
    from plainrecord.parsers.email.senders import Parties

LIMIT = 20_000
LONGEST_KEY = 4_096

K = TypeVar("K")
V = TypeVar("V")
Accounts = tuple[tuple[Account, ...], tuple[str, ...]]


@dataclass(slots=True)
class Memo:
    """Tables keyed on exact raw header values; share one among the mails of a run, never between threads."""

    accounts: dict[tuple[str, bytes], Accounts] = field(default_factory=dict)
    subjects: dict[bytes, BaseSubject] = field(default_factory=dict)
    parties: dict[tuple[tuple[bytes, bytes], ...], Parties] = field(default_factory=dict)

    def accounts_of(self, role: str, raw: bytes) -> Accounts:
        """The accounts a raw address value names, in that role, and the parser's notes."""
        key = (role, raw)
        found = self.accounts.get(key)
        if found is None:
            found = _accounts(role, parse_addresses(raw))
            self.keep(self.accounts, key, found, len(raw))
        return found

    def subject_of(self, raw: bytes) -> BaseSubject:
        """The base form of a raw Subject value."""
        found = plain_subject(raw) or self.subjects.get(raw)
        if found is None:
            found = base_subject(raw)
            self.keep(self.subjects, raw, found, len(raw))
        return found

    def subject_key(self, raw: bytes) -> tuple[bytes, bool]:
        """What `subject_of` says, its key in UTF-8."""
        plain = plain_subject_key(raw)
        if plain:
            return plain
        base = self.subject_of(raw)
        return base.key.encode("utf-8", "surrogatepass"), base.prefixed

    def keep(self, table: dict[K, V], key: K, value: V, size: int) -> None:
        """Remember a value unless its key (`size` bytes) is out of the ordinary."""
        if size > LONGEST_KEY:
            return
        if len(table) >= LIMIT:
            table.clear()
        table[key] = value


def _accounts(role: str, parsed: AddressList) -> Accounts:
    found = []
    for mailbox in parsed.mailboxes:
        if mailbox.address is not None:
            found.append(Account("email", "address", mailbox.address, mailbox.name, role))
        elif mailbox.name:
            found.append(Account("email", "name", mailbox.name, None, role))
    return tuple(found), parsed.notes
