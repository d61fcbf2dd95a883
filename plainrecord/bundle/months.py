"""How many items each calendar month holds, and the first and last instant, for the start page."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.bundle.runs import Run


@dataclass(slots=True)
class Month:
    """One calendar month (of the zone shown) with items: how many, and the first one."""

    name: str
    count: int
    first: str


class Months:
    """Counts items by calendar month, in timeline order; carried messages are not counted."""

    def __init__(self) -> None:
        self.rows: list[Month] = []
        self.first_us: int | None = None
        self.last_us: int | None = None

    def add(self, run: Run) -> None:
        """Count one run."""
        first, last = run.span
        if last is not None:
            self.first_us = first if self.first_us is None else self.first_us
            self.last_us = last
        for name, count, number in run.months:
            if not self.rows or self.rows[-1].name != name:
                self.rows.append(Month(name, 0, number))
            self.rows[-1].count += count
