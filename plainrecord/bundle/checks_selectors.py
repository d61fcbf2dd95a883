"""`selectors.csv` against the items: it is made again from them, and every row has to be the same."""

from __future__ import annotations

import csv
from typing import Any

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_lines
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_stated import Stated
from plainrecord.bundle.selectors import COLUMNS, SELECTORS, SelectorTable
from plainrecord.bundle.timeline import cell

_LONGEST_LINE = 16 << 20
_FAULTS_NAMED = 20


class SelectorCheck:
    """Takes every valid item as it passes, and says at the end where the table differs. Asks nothing of a bundle that has no
    such table and is not of the edition that has one."""

    def __init__(self, stated: Stated) -> None:
        people = stated.people.people if stated.people else []
        region = stated.rules.settings.get("region") if stated.rules else None
        subject = next((one.accounts for one in people if one.role == "subject"), [])
        accounts = [(one.account.service, one.account.kind, one.account.value) for one in subject]
        self._table = SelectorTable(accounts, region or None)
        self._wanted = stated.bundle is not None and stated.bundle.edition == "police"
        self._complete = stated.people is not None and stated.rules is not None

    def take(self, item: Any) -> None:
        """One item, the model of a line of `messages.jsonl`."""
        self._table.item(item, getattr)

    def check(self, bag: Bag, findings: Findings) -> None:
        """Hold the table of the bag against the one made here."""
        if SELECTORS not in bag.files:
            if self._wanted:
                findings.problem(SELECTORS, "missing", "This list belongs to the police edition and is not there.")
            return
        if not self._wanted:
            findings.problem(
                SELECTORS, "extra", "This list belongs to the police edition only, and this is another one."
            )
            return
        if not self._complete:
            return
        try:
            lines = (line.decode("utf-8") for line in read_lines(bag, SELECTORS, _LONGEST_LINE))
            first = next(lines, "").removeprefix("\ufeff")
            found = [tuple(row) for row in csv.reader([first], strict=True)] + [
                tuple(row) for row in csv.reader(lines, strict=True)
            ]
        except (UnreadableError, UnicodeError, csv.Error) as error:
            findings.problem(SELECTORS, "unreadable", f"This list cannot be read to its end: {error}.")
            return
        expected = [COLUMNS, *(tuple(cell(value) for value in row) for row in self._table.rows())]
        _compare(found, expected, findings)


def _compare(found: list[tuple[str, ...]], expected: list[tuple[str, ...]], findings: Findings) -> None:
    if len(found) != len(expected):
        says = f"It has {len(found) - 1} rows; the items have {len(expected) - 1} selectors of the subject."
        findings.problem(SELECTORS, "counts", says)
    faults = [number for number, (here, there) in enumerate(zip(found, expected, strict=False), 1) if here != there]
    for number in faults[:_FAULTS_NAMED]:
        findings.problem(SELECTORS, "counts", f"Row {number} is not what the items of this bundle give.")
