"""Which records go in, which do not, and why. Pure rules over accounts and roles; the store runs them over a case.

An account is the subject's only when its normal form equals a selector that a person gave. A display name beside another
account never includes anything unless asked for; it is counted and offered. An account that a named person attributed to
the subject counts as one of theirs, under a rule of its own (`from:asserted`). Where a name is the only identity an export
states (a chat's sender label), a name that a person gave matches it, under a rule of its own (`from:label`). The unit is
the conversation: both directions go in. Nothing is dropped without a reason code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from plainrecord.people.attributions import AccountKey, Attribution, Role
from plainrecord.people.normal import Selector, normal_form
from plainrecord.records import Account, Direction

A = TypeVar("A")
Scope = Literal["conversation", "subject"]

AUTHOR_ROLES: tuple[str, ...] = (
    "from",
    "sender",
    "original-from",
    "original-sender",
    "resent-from",
    "resent-sender",
)
NAMED_ROLES: tuple[str, ...] = ("reply-to", "return-path")
# "recipient" is another identity that an export states of somebody it names as "to" or "member" (a handle beside a number),
# as "sender" is of the author: no person more, but the name by which people may know the account.
RECIPIENT_ROLES: tuple[str, ...] = ("to", "cc", "bcc", "resent-to", "member", "recipient")
ARRIVAL_ROLES: tuple[str, ...] = ("delivered-to",)
# Roles beside the recipients whose accounts a record reached.
REACHED_ROLES: tuple[str, ...] = (*ARRIVAL_ROLES, "recipient")
ROLE_ORDER: tuple[str, ...] = (*AUTHOR_ROLES, *NAMED_ROLES, *RECIPIENT_ROLES)

GROUP_CONTEXT = 10

# The rule by which entries of the owner's own log go in: they name nobody by account, and were handed in to be shown.
AUTHORED = "authored:owner"

# The rule by which pages go in that the owner kept from a browser: their own recorded material, handed in to be shown.
CAPTURED = "captured:owner"

# The rule by which events of the owner's own accounts go in, when they are asked for: they name nobody.
ACCOUNT_EVENTS = "asked:account-events"

# The reason of a record that says again what an item says; see `store/copies.py`.
COPY = "copy"

# Why a person may leave a single record out by hand; the words are those of the custody event `withheld`.
LEFT_OUT: Mapping[str, str] = {
    "third_party_private": "It is the private matter of somebody else.",
    "legal_privilege_possible": "It may be between a person and their lawyer.",
    "under18_image": "It may show somebody under 18 in a way that must not be copied.",
    "safety": "Showing it could put somebody in danger.",
}
BY_HAND = "left-out-by-hand:"

REASONS: Mapping[str, str] = {
    "no-subject-account": (
        "No account of the subject is named as author or recipient in this conversation. Messages attached to its mails"
        " were not searched."
    ),
    "name-only": (
        "A display name like the subject's occurs, but with another account. Not included, because a name proves"
        " nothing; ask for it with --match-names."
    ),
    "account-events": (
        "Log-ins and changes of the owner's own account. They name nobody, so they are left out unless asked for with"
        " --account-events."
    ),
    "outside-dates": "Outside the dates that were asked for.",
    "outside-scope": "In a conversation with the subject, but not asked for by the chosen scope.",
    COPY: (
        "A copy of an item: the same message stands in another place too. The item is shown once and names every such"
        " place, and whether the bytes or only what they say are equal."
    ),
    "group-context": "In a group conversation with the subject, further than ten records from anything the subject wrote.",
} | {f"{BY_HAND}{code}": f"Left out by hand. {says}" for code, says in LEFT_OUT.items()}


@dataclass(frozen=True, slots=True)
class SelectionSpec:
    """What a person asked for.

    `selectors` name the subject (first one as `--sender`, others as aliases), `owners` the owner. `after`/`before` are
    half-open bounds in microseconds UTC. `match_names` includes records matched by display name only; `account_events`
    takes in log-ins and changes of the owner's own accounts, which name nobody. `asserted` are the accounts that a named
    person attributed to the subject or the owner. `region` is the country as whose numbers those without "+" are read.
    """

    selectors: tuple[Selector, ...]
    owners: tuple[Selector, ...] = ()
    match_names: bool = False
    scope: Scope = "conversation"
    whole_groups: bool = False
    account_events: bool = False
    after: int | None = None
    before: int | None = None
    subject_label: str = "Subject"
    owner_label: str = "Owner"
    asserted: tuple[Attribution, ...] = ()
    region: str | None = None

    def attributed(self, role: Role) -> frozenset[AccountKey]:
        """The accounts that a named person attributed to the subject or to the owner."""
        return frozenset(one.key for one in self.asserted if one.role == role)

    def words(self) -> str:
        """The rule as one or two plain sentences."""
        shown = ", ".join(selector.value for selector in self.selectors) or "none by itself"
        unit = (
            "every conversation in which one of these accounts writes, is named as sender or reply address, or is written to"
            if self.scope == "conversation"
            else "every record one of these accounts wrote"
        )
        names = " Records whose display name alone matches were asked for too." if self.match_names else ""
        dates = (
            " Only records within the dates given, and those without a usable date."
            if self.after is not None or self.before is not None
            else ""
        )
        events = " Log-ins and changes of the owner's own accounts were asked for too." if self.account_events else ""
        return f"Accounts counted as the subject's: {shown}.{self._said()} Included: {unit}.{names}{events}{dates}"

    def _said(self) -> str:
        """What was said about accounts and numbers, beyond who was named."""
        theirs = "; ".join(one.words() for one in self.asserted if one.role == "subject")
        asserted = f" Also, because a named person says so: {theirs}." if theirs else ""
        numbers = any(selector.kind == "number" for selector in self.selectors)
        country = f" Numbers without “+” are read as those of {self.region}." if numbers and self.region else ""
        return asserted + country

    def machine(self) -> dict[str, object]:
        """The rule in machine form, so that it can be run again with other selectors."""
        return {
            "selectors": [{"kind": s.kind, "value": s.value, "normal": s.normal} for s in self.selectors],
            "owners": [{"kind": s.kind, "value": s.value, "normal": s.normal} for s in self.owners],
            "match_names": self.match_names,
            "scope": self.scope,
            "whole_groups": self.whole_groups,
            "account_events": self.account_events,
            "asserted": [
                {"service": one.service, "kind": one.kind, "value": one.value, "role": one.role, "entry": one.entry}
                for one in self.asserted
            ],
            "region": self.region,
            "group_context": GROUP_CONTEXT,
            "after_us": self.after,
            "before_us": self.before,
        }


@dataclass(slots=True)
class NameIndex:
    """The display names that count as "like the subject's", in normal form."""

    names: set[str] = field(default_factory=set)

    def matches(self, account: Account) -> bool:
        """True when the account's display name (or its value, if it is only a name) has one of the normal forms."""
        shown = account.value if account.kind == "name" else account.name
        return bool(shown) and normal_form(account.service, "name", shown or "") in self.names


def account_matches(account: Account, selectors: Iterable[Selector], region: str | None = None) -> bool:
    """True when the account's normal form equals that of a selector of the same kind, numbers read as those of `region`.

    A selector read as a handle also matches a handle-like id, because people type what they see. A name is enough only
    where it is the sender's label in an export that states nothing else (see `is_label`).
    """
    if account.kind == "name" and not is_label(account):
        return False
    normal = normal_form(account.service, account.kind, account.value, region)
    return any(
        selector.normal == normal
        and (selector.kind == account.kind or {selector.kind, account.kind} <= {"handle", "id"})
        for selector in selectors
    )


def is_label(account: Account) -> bool:
    """True for the name under which a service's export states a sender, when it states no other identity of theirs.

    Mail always has addresses: a mail sender that is only a name is a damaged header, and proves nothing.
    """
    return account.kind == "name" and account.service != "email"


def best_rule(roles: Iterable[str], suffix: str = "exact") -> str:
    """The strongest rule by which a record matched, e.g. "from:exact": author roles before named ones before recipients."""
    present = set(roles)
    role = next((role for role in ROLE_ORDER if role in present), "other")
    return f"{role}:{suffix}"


def stated_authors(named: Iterable[tuple[A, str, str]]) -> set[A]:
    """Who wrote a record by its own account of it, of (account, service, role) in author roles.

    In a mail that is the From line. Sender and the others name lists, assistants and programs as often as people: they
    bring a mail in, but count as its author only where there is no From. Elsewhere all are names of one sender.
    """
    rows = list(named)
    return {who for who, service, role in rows if role == "from" or service != "email"} or {who for who, _, _ in rows}


def direction(author: str, recipients: Sequence[str], *, owner_known: bool = True) -> Direction:
    """Direction from whose account the author's is and whose the recipients' are ("subject", "owner", "other", "none").

    Unknown without an author, and while nobody knows which accounts are the owner's: any of them might be.
    """
    if author == "none" or not owner_known:
        return "unknown"
    if author == "subject":
        return "subject_to_owner" if "owner" in recipients else "subject_to_other"
    if author == "owner" and "subject" in recipients:
        return "owner_to_subject"
    return "other"


def group_members_kept(parts: Sequence[str], context: int = GROUP_CONTEXT) -> Iterator[bool]:
    """For a group conversation in order: which records go in, given each one's part ("subject", "owner", "context").

    Kept are all of the subject's and the owner's, and `context` records on either side of the *subject's*.
    """
    anchors = [index for index, part in enumerate(parts) if part == "subject"]
    following = 0
    for index, part in enumerate(parts):
        while following < len(anchors) and anchors[following] < index:
            following += 1
        near = (following < len(anchors) and anchors[following] - index <= context) or (
            following > 0 and index - anchors[following - 1] <= context
        )
        yield part != "context" or near
