"""Which numbered files of a Meta download are not there, as far as the numbers of those that are there tell.

Matters to the readers of Facebook and Instagram. It says how many, never of which chat: decisions go into a bundle, and the
folders of threads bear people's names.
"""

from __future__ import annotations

from collections.abc import Iterable

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.social.download import shard
from plainrecord.records import Decision

# A hostile name may have any number.
_MOST = 10_000


def say_missing_numbers(claim: Claim, service: str, pages: Iterable[Member], lists: Iterable[Member]) -> None:
    """A decision where pages of threads, or parts of a list, lack a number below the highest there is."""
    lacking = sum(1 for numbers in _numbers(pages).values() if _gaps(numbers))
    if lacking:
        count = "1 thread lacks" if lacking == 1 else f"{lacking} threads lack"
        basis = f"{count} pages between those that are there (message_1 is the newest): they may be in another part"
        claim.decisions.append(Decision(f"{service}:pages-missing", "read without them", basis, certain=False))
    for path, numbers in sorted(_numbers(lists).items()):
        if gaps := _gaps(numbers):
            shown = ", ".join(map(str, gaps[:20]))
            basis = f"{path} goes up to number {max(numbers)} and lacks {shown}: it may be in another part"
            claim.decisions.append(Decision(f"{service}:parts-missing", "read without them", basis, certain=False))


def _numbers(members: Iterable[Member]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for member in members:
        folder, _, name = member.tree_path.rpartition("/")
        bare, number = shard(name)
        if number is not None:
            found.setdefault(f"{folder}/{bare}", set()).add(number)
    return found


def _gaps(numbers: set[int]) -> list[int]:
    return [number for number in range(1, min(max(numbers), _MOST)) if number not in numbers]
