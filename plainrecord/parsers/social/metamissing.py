"""Which numbered files of a Meta download are not there, as far as the numbers of those that are there tell.

Matters to the readers of Facebook and Instagram. It says how many, never of which chat: decisions go into a bundle, and the
folders of threads bear people's names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.social.download import below, shard
from plainrecord.records import Decision

# A hostile name may have any number.
_MOST = 10_000


def say_missing_numbers(claim: Claim, service: str, pages: Iterable[Member], lists: Iterable[Member]) -> None:
    """A decision where pages of threads, or parts of a list, lack a number below the highest there is."""
    folders: list[str] = json.loads(claim.facts.get("folders", "[]")) or [claim.facts.get("root", "")]
    lacking = sum(1 for numbers in _numbers(pages, folders).values() if _gaps(numbers))
    if lacking:
        count = "1 thread lacks" if lacking == 1 else f"{lacking} threads lack"
        basis = f"{count} pages between those that are there (message_1 is the newest): they may be in another part"
        claim.decisions.append(Decision(f"{service}:pages-missing", "read without them", basis, certain=False))
    for path, numbers in sorted(_numbers(lists, folders).items()):
        if gaps := _gaps(numbers):
            shown = ", ".join(map(str, gaps[:20]))
            basis = f"{path} goes up to number {max(numbers)} and lacks {shown}: it may be in another part"
            claim.decisions.append(Decision(f"{service}:parts-missing", "read without them", basis, certain=False))


def _numbers(members: Iterable[Member], folders: Iterable[str]) -> dict[str, set[int]]:
    """The numbers there are, over all parts of the download: the pages of one thread may lie in several."""
    found: dict[str, set[int]] = {}
    for member in members:
        part = next((one for one in folders if one and member.tree_path.startswith(f"{one}/")), "")
        folder, _, name = below(part, member).rpartition("/")
        bare, number = shard(name)
        if number is not None:
            found.setdefault(f"{folder}/{bare}", set()).add(number)
    return found


def _gaps(numbers: set[int]) -> list[int]:
    return [number for number in range(1, min(max(numbers), _MOST)) if number not in numbers]
