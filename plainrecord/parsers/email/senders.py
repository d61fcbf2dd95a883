"""Who a mail says it is from and for: the first From mailbox with an address, what stands beside it, and where they differ.

Differences are noted, never resolved: mailing lists, forwarding and assistants cause most of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.memo import Memo
from plainrecord.records import Account

# Header → role of what stands beside the author, in the order shown.
BESIDE: tuple[tuple[bytes, str], ...] = (
    (b"sender", "sender"),
    (b"reply-to", "reply-to"),
    (b"return-path", "return-path"),
    (b"resent-from", "resent-from"),
    (b"resent-sender", "resent-sender"),
    (b"x-original-from", "original-from"),
    (b"x-google-original-from", "original-from"),
    (b"x-original-sender", "original-sender"),
    (b"delivered-to", "delivered-to"),
    (b"x-original-to", "delivered-to"),
    (b"envelope-to", "delivered-to"),
)
FOR: tuple[tuple[bytes, str], ...] = ((b"to", "to"), (b"cc", "cc"), (b"bcc", "bcc"), (b"resent-to", "resent-to"))

# All address fields, in the order in which they are asked.
PEOPLE = (b"from", *(name for name, _ in BESIDE), *(name for name, _ in FOR))


@dataclass(frozen=True, slots=True)
class Parties:
    """The people of one mail, and notes on what is odd about them. `addresses` are From, To and Cc, lower case, sorted."""

    sender: Account | None
    recipients: tuple[Account, ...]
    also: tuple[Account, ...]
    notes: tuple[str, ...]
    addresses: tuple[str, ...]
    null_return_path: bool = False


def parties(fields: Fields, memo: Memo) -> Parties:
    """Everyone the headers name. Notes: `trap-8:several-from`, `from:several-mailboxes`, `from:missing`,
    `from:no-address`, `from-differs:sender|reply-to|return-path-domain|return-path-address`, and the parser's."""
    found = fields.wanted
    # Correspondents repeat, and so does the whole set of their address fields: one look-up instead of a dozen.
    key = tuple([(name, raw) for name in PEOPLE if name in found for raw in found[name]])
    known = memo.parties.get(key)
    if known is None:
        known = read_parties(fields, memo)
        memo.keep(memo.parties, key, known, sum(len(raw) for _, raw in key))
    return known


def read_parties(fields: Fields, memo: Memo) -> Parties:
    """As `parties`, without remembering the whole."""
    notes: list[str] = []
    authors: list[Account] = []
    from_values = fields.all(b"from")
    for raw in from_values:
        found, said = memo.accounts_of("from", raw)
        authors.extend(found)
        notes.extend(said)
    if len(from_values) > 1:
        notes.append("trap-8:several-from")
    elif len(authors) > 1:
        notes.append("from:several-mailboxes")
    # A name that stands before it without an address of its own (`"Kim", sam@mail.example`) sends nothing.
    first = next((at for at, author in enumerate(authors) if author.kind == "address"), 0)
    sender = authors.pop(first) if authors else None
    if sender is None:
        notes.append("from:missing")
    elif sender.kind != "address":
        notes.append("from:no-address")
    beside, null_return = _beside(fields, memo, notes)
    recipients = _recipients(fields, memo, notes)
    _differences(sender, beside, notes)
    shown = (sender, *recipients) if sender else recipients
    people = {person.value.lower() for person in shown if person.role in ("from", "to", "cc")}
    return Parties(
        sender,
        tuple(recipients),
        (*authors, *beside),
        tuple(dict.fromkeys(notes)),
        tuple(sorted(people)),
        null_return,
    )


def _recipients(fields: Fields, memo: Memo, notes: list[str]) -> list[Account]:
    recipients: list[Account] = []
    for name, role in FOR:
        for raw in fields.all(name):
            found, said = memo.accounts_of(role, raw)
            recipients.extend(found)
            notes.extend(f"{note}:{role}" for note in said)
    return recipients


def _beside(fields: Fields, memo: Memo, notes: list[str]) -> tuple[list[Account], bool]:
    beside: list[Account] = []
    null_return = False
    for name, role in BESIDE:
        for raw in fields.all(name):
            found, said = memo.accounts_of(role, raw)
            if role == "return-path":
                null_return = null_return or "address:null-sender" in said
            else:
                notes.extend(f"{note}:{role}" for note in said if note.startswith("spoof:"))
            beside.extend(account for account in found if account not in beside or role != "delivered-to")
    return beside, null_return


def _differences(sender: Account | None, beside: list[Account], notes: list[str]) -> None:
    if sender is None or sender.kind != "address":
        return
    own = sender.value.lower()
    for account in beside:
        if account.kind != "address" or account.value.lower() == own:
            continue
        if account.role in ("sender", "reply-to"):
            notes.append(f"from-differs:{account.role}")
        elif account.role == "return-path":
            same_domain = account.value.lower().rpartition("@")[2] == own.rpartition("@")[2]
            notes.append(f"from-differs:return-path-{'address' if same_domain else 'domain'}")
