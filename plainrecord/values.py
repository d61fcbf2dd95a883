"""Values that are made for every record: frozen to the type checker, and quick to make. Knows nothing of what they hold.

A frozen dataclass sets each field through a call, which for an envelope with its position and its time took a third of
the time of reading a chat. So mypy, which sees `dataclass` here, holds everybody to leaving them as they are.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """As `dataclass`: equal and hashed by what they hold. Nobody may change one, though only mypy says so."""
        return dataclass(slots=slots, unsafe_hash=frozen)


def collect_seldom() -> None:
    """Look for cycles seldom, in this process: for a front or a worker to say, because it holds for everything in it."""
    # Records come and go by the thousand and hold no cycles; looking for some after every 700 took a tenth of the time.
    gc.set_threshold(50_000, 20, 20)


__all__ = ["collect_seldom", "value"]
