"""What a suggestion is: two accounts, a reason in words, records on both sides, and how much an equality of that kind can carry.

A suggestion joins nothing. Each stands on its own evidence for exactly these two accounts, so that A and B with B and C never
make A and C. Strength classes are those of the domain reference, section 6.3: they say what is equal, not how likely anything is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from plainrecord.people.normal import normal_form, provider_hint
from plainrecord.records import Account

Strength = Literal["strong", "medium", "weak"]
RANK: dict[Strength, int] = {"strong": 0, "medium": 1, "weak": 2}

# Services whose user names are written like mail addresses and are none.
_NO_MAIL = frozenset(("mastodon", "xmpp", "matrix", "bluesky"))
_PHONE_ID_ENDS = ("@s.whatsapp.net", "@c.us")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of suggestion: what is equal, in words, and its class. `warns` marks what is only to be looked at."""

    code: str
    strength: Strength
    says: str
    warns: bool = False


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("same-number", "strong", "Both accounts are the telephone number {0}."),
        Rule("same-address", "strong", "Both accounts are the e-mail address {0}."),
        Rule("number-changed", "strong", "The app’s own line says that the one number was changed to the other."),
        Rule("same-mailbox", "strong", "Gmail delivers both addresses to {0}: it ignores dots and what follows “+”."),
        Rule("signature", "medium", "The last lines of mails by {1} name {0}."),
        Rule("stated", "medium", "A text by {1} gives {0} in a sentence about a number, address or account of the writer."),
        Rule("profile-signature", "medium", "The last lines of mails by {1} link to the profile {0}."),
        Rule("same-file", "medium", "Both sent a file with the same bytes: {0}."),
        Rule("in-text", "weak", "A text by {1} names {0}."),
        Rule("profile-link", "weak", "A text by {1} links to the profile {0}."),
        Rule("same-handle", "weak", "Both have the user name {0}, in two services."),
        Rule("same-name", "weak", "The display name “{0}” stands beside both. A name proves nothing."),
        Rule("new-number-name", "weak", "A text by {1} speaks of a new number and gives the name “{0}”, which stands beside the other."),
        Rule("look-alike", "weak", "“{0}” and “{1}” look alike and are written differently.", warns=True),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One account of a suggestion, as written, with the dates it was seen and records to cite."""

    service: str
    kind: str
    value: str
    names: tuple[str, ...]
    first_utc: str | None
    last_utc: str | None
    records: tuple[str, ...]
    person: str = ""

    def words(self) -> str:
        """The account on one line."""
        names = f" ({'; '.join(self.names[:3])})" if self.names else ""
        whose = f" = {self.person}" if self.person else ""
        return f"{self.service}: {self.value}{names}{whose}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two accounts that may belong together. `conflict` says where a person attributed them to different people."""

    rule: str
    strength: Strength
    reason: str
    one: Side
    other: Side
    warns: bool = False
    status: str = "suggested"

    @property
    def conflict(self) -> str:
        """What a person said that does not fit."""
        one, other = self.one.person, self.other.person
        return f"attributed to different people: {one} and {other}" if one and other and one != other else ""

    def as_json(self) -> dict[str, Any]:
        """The object `people suggest --json` prints for it."""
        sides = [
            {
                "service": side.service,
                "kind": side.kind,
                "value": side.value,
                "names": list(side.names),
                "first_utc": side.first_utc,
                "last_utc": side.last_utc,
                "records": list(side.records),
                "person": side.person,
            }
            for side in (self.one, self.other)
        ]
        said = {"rule": self.rule, "strength": self.strength, "reason": self.reason, "warns": self.warns}
        return said | {"conflict": self.conflict, "status": self.status, "sides": sides}


@dataclass(slots=True)
class Suggested:
    """All that was found: `total` with what is not listed, statements of a new number that name nobody the case knows, and
    what was left out on purpose, in words."""

    total: int = 0
    listed: list[Suggestion] = field(default_factory=list)
    statements: list[dict[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    texts_read: bool = True


def number_of(account: Account, region: str | None) -> str | None:
    """The telephone number an account is, in E.164, or None. WhatsApp's own ids are numbers with a fixed ending."""
    value = account.value
    ending = next((ending for ending in _PHONE_ID_ENDS if value.endswith(ending)), "")
    if ending and value.removesuffix(ending).isdecimal():
        value = f"+{value.removesuffix(ending)}"
    elif account.kind != "number":
        return None
    normal = normal_form(account.service, "number", value, region)
    return normal if normal.startswith("+") else None


def address_of(account: Account) -> str | None:
    """The mail address an account is, in normal form, or None."""
    if account.kind not in ("address", "id", "name") or account.service in _NO_MAIL or number_of(account, None):
        return None
    normal = normal_form(account.service, "address", account.value)
    local, at, domain = normal.rpartition("@")
    whole = at and local and "." in domain and not any(char.isspace() for char in normal)
    return normal if whole else None


def mailbox_of(account: Account) -> str | None:
    """The mailbox that the rule of the address's provider leads to, or None where no rule is known."""
    address = address_of(account)
    return provider_hint(address) if address else None
