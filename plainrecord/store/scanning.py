"""Scan claims in order, small ones ahead of their turn on other processes. Same records, same order, at any worker count.

This is the one boundary around parsers: what a parser raises becomes an `Unread` of the claim, the run goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from plainrecord.cluster import worker_pool
from plainrecord.parsers import Claim, Parser
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.records import Envelope, Position, Unread

# A claim up to this size travels back from a worker as one list; larger ones are scanned in the main process.
_SMALL = 16 << 20

Plan = tuple[int, Parser, Claim]


@dataclass(slots=True)
class Scanned:
    """One claim being read: consume `records` to the end, then `claim` holds its readings and decisions."""

    position: int
    parser: Parser
    claim: Claim
    records: Iterable[Envelope | Unread]


def scan_in_order(plans: Sequence[Plan], workers: int) -> Iterator[Scanned]:
    """Yield each claim in order with its records."""
    small = sum(1 for _, _, claim in plans if _size(claim) <= _SMALL)
    if workers <= 1 or small < 2:
        for position, parser, claim in plans:
            yield Scanned(position, parser, claim, guarded_scan(parser, claim))
        return
    with worker_pool(workers) as pool:
        yield from _ahead(pool, plans, 4 * workers)


def _ahead(pool: Executor, plans: Sequence[Plan], window: int) -> Iterator[Scanned]:
    waiting: dict[int, Future[tuple[Claim, list[Envelope | Unread]]]] = {}
    for index, (position, parser, claim) in enumerate(plans):
        for ahead in range(index, min(index + window, len(plans))):
            if ahead not in waiting and _size(plans[ahead][2]) <= _SMALL:
                waiting[ahead] = pool.submit(scan_whole, plans[ahead][1], plans[ahead][2])
        if index in waiting:
            read, records = waiting.pop(index).result()
            yield Scanned(position, parser, read, records)
        else:
            yield Scanned(position, parser, claim, guarded_scan(parser, claim))


def _size(claim: Claim) -> int:
    return sum(member.size if member.size is not None else _SMALL + 1 for member in claim.members)


def scan_whole(parser: Parser, claim: Claim) -> tuple[Claim, list[Envelope | Unread]]:
    """Scan a small claim to its end (runs in a worker process)."""
    records = list(guarded_scan(parser, claim))
    return claim, records


def guarded_scan(parser: Parser, claim: Claim) -> Iterator[Envelope | Unread]:
    """`parser.scan`, with anything it raises turned into one last `Unread` at the claim's principal member.

    Only a question to the person (`NeedsAnswer`) goes through: it ends the run.
    """
    try:
        yield from parser.scan(claim)
    except NeedsAnswer:
        raise
    except Exception as error:  # the one boundary: a broken file or parser must not end the run
        position = Position(claim.members[0].tree_path, "file")
        said = str(error).strip() or type(error).__name__
        detail = f"Reading stopped here ({said}). Records before this point were kept; what follows was not read."
        yield Unread(position, "reading-stopped", detail)
