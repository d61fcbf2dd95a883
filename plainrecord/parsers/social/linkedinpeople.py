"""Who is who in a LinkedIn download: accounts from profile addresses, and whose download it is.

Source of knowledge: the downloads reference, section 11.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import decoded, encoding_of, without_end
from plainrecord.parsers.chat.pieces import chats_of, head_of
from plainrecord.parsers.chat.textrows import Row, cells, table_rows
from plainrecord.parsers.social.download import web_steps
from plainrecord.parsers.social.rows import Columns, has_columns
from plainrecord.records import Account, Decision

SERVICE = "linkedin"
_MESSAGES = has_columns("CONVERSATION ID", "SENDER PROFILE URL")
_INVITED = has_columns("From", "To", "Direction")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/[0-9]{2,4}")
# Who has closed the account is called this; it is nobody's name.
CLOSED = "LinkedIn Member"


@dataclass(frozen=True, slots=True)
class Owner:
    """The exporting person, as far as the download tells."""

    account: Account | None


def account_of(name: str, address: str) -> Account | None:
    """An account by the last step of its profile address, or by its name alone; None when the row names nobody."""
    name = name.strip()
    _, steps = web_steps(address)
    if steps:
        return Account(SERVICE, "handle", steps[-1], name or None)
    return Account(SERVICE, "name", name) if name else None


def settle_owner(claim: Claim) -> None:
    """Find whose download it is: named by a person, in every conversation, or by the name in Profile.csv."""
    seen = _Seen()
    for values in _rows(claim, _MESSAGES):
        seen.message(values)
    claim.facts["backwards"] = json.dumps(seen.falling > seen.rising)
    claim.facts["date-order"] = _date_order(claim)
    shared = sorted(set.intersection(*seen.talks.values())) if len(seen.talks) > 1 else []
    said = [one for one in claim.options.owner_names if one in seen.names.values() or one in seen.names]
    profile = claim.facts.get("profile-name", "")
    named = sorted(handle for handle, name in seen.names.items() if name and name in (profile, *said))
    chosen = said if said and said[0] in seen.names else named if len(named) == 1 else shared
    if len(chosen) == 1:
        handle = chosen[0]
        claim.facts["owner"] = json.dumps([handle, seen.names.get(handle, "")])
        basis = "the only account that takes part in every conversation" if chosen is shared else "named as the owner"
        claim.decisions.append(Decision("linkedin:owner", handle, basis, certain=chosen is not shared))
    else:
        basis = f"{len(shared)} accounts take part in every one of {len(seen.talks)} conversations"
        claim.decisions.append(Decision("linkedin:owner", "not known", basis, certain=False))


def owner_of(claim: Claim) -> Owner:
    """The owner as it was settled."""
    if "owner" not in claim.facts:
        return Owner(None)
    handle, name = json.loads(claim.facts["owner"])
    return Owner(Account(SERVICE, "handle", handle, name or None))


class _Seen:
    """What the rows of messages show together."""

    def __init__(self) -> None:
        self.talks: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}
        self.rising = self.falling = 0
        self._last = ""

    def message(self, values: Columns) -> None:
        """One row: who takes part, and whether it is later or earlier than the one above."""
        people = [account_of(values["from"], values["sender profile url"])]
        people += [account_of("", one) for one in values["recipient profile urls"].split(";")]
        handles = {one.value for one in people if one and one.kind == "handle"}
        if len(handles) > 1:
            self.talks.setdefault(values["conversation id"], handles).update(handles)
        for one in people:
            if one and one.name and one.name != CLOSED:
                self.names.setdefault(one.value, one.name)
        self.rising += bool(self._last) and values["date"] > self._last
        self.falling += bool(self._last) and values["date"] < self._last
        self._last = values["date"]


def _rows(claim: Claim, is_header: object) -> Iterator[Columns]:
    for member in chats_of(claim):
        encoding = encoding_of(head_of(claim, member))
        names: list[str] = []
        for row in table_rows(claim, member, encoding):
            if not isinstance(row, Row) or not row.closed:
                continue
            values = cells(without_end(decoded(row.raw, encoding)[0]).removeprefix("\ufeff"))
            if names and len(values) == len(names):
                yield Columns(dict(zip(names, values, strict=True)))
            elif not names:
                if not is_header(values):  # type: ignore[operator]
                    break
                names = values


def _date_order(claim: Claim) -> str:
    """Which part of `7/1/24, 1:34 PM` is the day: what a person said, what the dates show, or LinkedIn's own order.

    LinkedIn writes this column in the order of the United States, whatever the account's language; a date that cannot be
    read so shows another writer.
    """
    found = [match for values in _rows(claim, _INVITED) if (match := _SLASHED.match(values["sent at"]))]
    if not found:
        return ""
    first, second = max(int(one[1]) for one in found), max(int(one[2]) for one in found)
    if second > 12 >= first:
        chosen, basis, certain = "MDY", f"a date whose second part is {second}", True
    elif first > 12 >= second:
        chosen, basis, certain = "DMY", f"a date whose first part is {first}", True
    elif claim.options.date_order:
        chosen, basis, certain = claim.options.date_order, "as said by the person who ran this", True
    else:
        chosen, basis, certain = "MDY", "LinkedIn's own order; no date of the file shows it", False
    claim.decisions.append(Decision("linkedin:date-order", chosen, basis, certain))
    return chosen


def profile_name(data: bytes) -> str:
    """First and last name from Profile.csv."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace").removeprefix("\ufeff"))))
    if len(rows) < 2:
        return ""
    values = Columns(dict(zip(rows[0], rows[1], strict=False)))
    return f"{values['first name']} {values['last name']}".strip()
