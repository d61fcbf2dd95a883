"""What was refused since the service began: counted, and told to whoever shows it to the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

# The code of a refusal, and the Origin as it was sent: text of whoever knocked.
Told = Callable[[str, str], None]


@dataclass(slots=True)
class Refusals:
    """Counts by code; `told` hears of each."""

    told: Told
    counts: Counter[str] = field(default_factory=Counter, init=False)

    def note(self, code: str, origin: str) -> None:
        """One more."""
        self.counts[code] += 1
        self.told(code, origin)
