"""`selectors.csv`: what a force can search its own systems by, each with its normal form, its strength and the items it stands in.

Police edition only. Only accounts that count as the subject's, the names beside them, files the subject sent and the addresses
they connected from, as their mails state them, are in it; of other people there is nothing. It is made from the bundle's own
items, so that anyone can make it again, and `verify` does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Person
from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.people.selectors import (
    STRENGTH,
    SelectorKey,
    account_selector,
    file_selector,
    ip_selector,
    name_selector,
)
from plainrecord.records import AccountKind

SELECTORS = "selectors.csv"
COLUMNS = (
    "selector", "service", "normal form", "as written", "strength", "items", "first utc", "last utc", "item numbers",
)  # fmt: skip
# So many item numbers stand in a cell; the others are counted behind them.
ITEMS_SHOWN = 500
_SPELLINGS = 10
# So many different lists of people are remembered while the lines pass.
_PEOPLE = 4_096
_BLOCK = 1 << 20
_QUOTE = ord('"')
# What some providers write into a mail: the address its sender connected from. The sender may have written it too.
_ORIGIN = "x-originating-ip"
_OF_ACCOUNT = ("service", "kind", "value", "name")


@dataclass(slots=True)
class _Seen:
    """Where one selector stands; items come in order of time."""

    written: list[str] = field(default_factory=list)
    items: int = 0
    first: str = ""
    last: str = ""
    shown: list[str] = field(default_factory=list)
    last_item: str = ""

    def add(self, number: str, utc: str | None, written: str) -> None:
        """One more item, or another spelling in the same one."""
        if written and written not in self.written and len(self.written) < _SPELLINGS:
            self.written.append(written)
        if number == self.last_item:
            return
        self.last_item = number
        self.items += 1
        self.first, self.last = self.first or utc or "", utc or self.last
        if len(self.shown) < ITEMS_SHOWN:
            self.shown.append(number)


class SelectorTable:
    """The selectors of one bundle as its items pass by, in order. `accounts` are the subject's: service, kind, value."""

    def __init__(self, accounts: Iterable[tuple[str, AccountKind, str]], region: str | None) -> None:
        self._region = region
        self._subject = {account_selector(*account, region) for account in accounts}
        self._known: dict[tuple[str, AccountKind, str], SelectorKey | None] = {}
        self._seen: dict[SelectorKey, _Seen] = {}

    def item(self, item: Any, get: Callable[[Any, str], Any]) -> None:
        """One item; `get` reads a field of it or of what is in it. Messages carried inside another are passed over."""
        number, utc, sender = get(item, "item"), get(get(item, "time"), "ts_utc"), get(item, "sender")
        if is_attached(number):
            return
        accounts = (*([sender] if sender else []), *get(item, "recipients"), *get(item, "also"))
        for key, written in self.named([tuple(get(one, name) for name in _OF_ACCOUNT) for one in accounts]):
            self._add(key, number, utc, written)
        if get(item, "part") == "subject":
            self._ip(number, utc, get(item, "facts").get(_ORIGIN, ""))
            for attachment in get(item, "attachments"):
                # A file without bytes is equal to every other one.
                if (sha256 := get(attachment, "sha256")) and get(attachment, "bytes") != 0:
                    self._add(file_selector(sha256), number, utc, get(attachment, "name") or "")

    def _ip(self, number: str, utc: str | None, written: str) -> None:
        if key := ip_selector(written):
            self._add(key, number, utc, written)

    def named(self, accounts: Iterable[tuple[Any, ...]]) -> Iterator[tuple[SelectorKey, str]]:
        """The subject's selectors among accounts (service, kind, value, display name or None), each as it is written."""
        for service, kind, value, name in accounts:
            key = self._selector(service, kind, value)
            if key is None:
                continue
            yield key, value
            if name and kind != "name" and (beside := name_selector(service, name)):
                yield beside, name

    def lines(self, lines: Iterable[bytes]) -> None:
        """The lines of `messages.jsonl` in their order, in the form in which `finished.py` writes them.

        Most say nothing new of people, and are not taken apart: inside a text every quotation mark is escaped, so that
        nothing written there is taken for a field.
        """
        known: dict[bytes, list[tuple[SelectorKey, str]]] = {}
        for line in lines:
            people = line.find(b',"sender":') + 10
            # Attachments and facts, of which some are selectors too, stand behind it.
            end = line.find(b',"direction":"', people) if people >= 10 else -1
            time = line.find(b',"ts_utc":', 0, people) + 10
            plain = end >= 0 and time >= 10 and line.startswith(b'{"item":"')
            if not plain or line.find(b'"sha256":"', end) >= 0 or line.find(b'"x-originating-ip":', end) >= 0:
                self.item(json.loads(line), dict.__getitem__)
                continue
            written = line[people:end]
            found = known.get(written)
            if found is None:
                if len(known) > _PEOPLE:
                    known.clear()
                found = known[written] = list(self.named(_accounts(written)))
            if not found:
                continue
            number = line[9 : line.index(b'"', 9)].decode()
            if not is_attached(number):
                utc = line[time + 1 : line.index(b'"', time + 1)].decode() if line[time] == _QUOTE else None
                for key, said in found:
                    self._add(key, number, utc, said)

    def _selector(self, service: str, kind: AccountKind, value: str) -> SelectorKey | None:
        """The selector of an account that is the subject's; None for anybody else's."""
        if (service, kind, value) not in self._known:
            if len(self._known) > 100_000:
                self._known.clear()
            key = account_selector(service, kind, value, self._region)
            self._known[service, kind, value] = key if key in self._subject else None
        return self._known[service, kind, value]

    def _add(self, key: SelectorKey, number: str, utc: str | None, written: str) -> None:
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen()
        seen.add(number, utc, written)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The rows of the table, the strongest first, in an order that depends on nothing else."""
        order = {"strong": 0, "medium": 1, "weak": 2}
        for key, seen in sorted(self._seen.items(), key=lambda pair: (order[STRENGTH[pair[0].kind]], pair[0])):
            more = seen.items - len(seen.shown)
            numbers = " ".join(seen.shown) + (f" and {more} more" if more else "")
            written = "; ".join(seen.written)
            yield (
                key.kind, key.service, key.normal, written, STRENGTH[key.kind], str(seen.items), seen.first, seen.last, numbers,
            )  # fmt: skip


def write_selectors(bag: Bag, messages: Path, subject: Person, region: str | None) -> None:
    """Write `selectors.csv` from the items of the bundle (`messages.jsonl`, in order). For the police edition alone."""
    accounts = [(one.account.service, one.account.kind, one.account.value) for one in subject.accounts]
    table = SelectorTable(accounts, region)
    with messages.open("rb", buffering=_BLOCK) as lines:
        table.lines(lines)
    csv = CsvRows()
    with bag.new(SELECTORS) as file:
        file.text(BOM + csv.row(COLUMNS))
        for row in table.rows():
            file.text(csv.row(row))


def _accounts(written: bytes) -> list[tuple[Any, ...]]:
    said = json.loads(b'{"sender":' + written + b"}")
    accounts = (*([said["sender"]] if said["sender"] else []), *said["recipients"], *said["also"])
    return [tuple(one[name] for name in _OF_ACCOUNT) for one in accounts]
