"""Scan claims in order: small ones ahead of their turn on other processes, large ones in pieces where their parser can.

Same records, same order, at any worker count.

This is the one boundary around parsers: what a parser raises becomes an `Unread` of the claim, the run goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

from plainrecord.cluster import ordered_map, worker_pool
from plainrecord.parsers import Claim, Parser
from plainrecord.parsers.base import InPieces, NeedsAnswer
from plainrecord.records import Envelope, Position, Unread
from plainrecord.store.packing import Packed, pack

# A claim up to this size travels back from a worker as one list; larger ones are scanned in the main process.
_SMALL = 16 << 20
# Pieces of a large claim on their way there and back, a megabyte or so each.
_IN_FLIGHT = 6
# Small claims of less in all are read sooner than other processes are started.
_WORTH = 2 << 20

Plan = tuple[int, Parser, Claim]


@dataclass(slots=True)
class Scanned:
    """One claim being read: consume `records` to the end, then `claim` holds its readings and decisions."""

    position: int
    parser: Parser
    claim: Claim
    records: Iterable[Envelope | Unread | Packed]


def scan_in_order(plans: Sequence[Plan], workers: int) -> Iterator[Scanned]:
    """Yield each claim in order with its records."""
    sizes = [size for _, _, claim in plans if (size := _size(claim)) <= _SMALL]
    small = len(sizes) > 1 and sum(sizes) >= _WORTH
    if workers <= 1 or not (small or any(_shared(parser, claim) for _, parser, claim in plans)):
        for position, parser, claim in plans:
            yield Scanned(position, parser, claim, guarded_scan(parser, claim))
        return
    # Beside one large claim this process has work enough for a core: it reads, hashes, parts and keeps.
    with worker_pool(workers if small else workers - 1) as pool:
        yield from _ahead(pool, plans, 4 * workers if small else 0)


def _ahead(pool: Executor, plans: Sequence[Plan], window: int) -> Iterator[Scanned]:
    waiting: dict[int, Future[tuple[Claim, list[Envelope | Unread]]]] = {}
    for index, (position, parser, claim) in enumerate(plans):
        for ahead in range(index, min(index + window, len(plans))):
            if ahead not in waiting and _size(plans[ahead][2]) <= _SMALL:
                waiting[ahead] = pool.submit(scan_whole, plans[ahead][1], plans[ahead][2])
        if index in waiting:
            read, records = waiting.pop(index).result()
            yield Scanned(position, parser, read, records)
        elif shared := _shared(parser, claim):
            yield Scanned(position, parser, claim, _in_pieces(pool, shared, claim))
        else:
            yield Scanned(position, parser, claim, guarded_scan(parser, claim))


def _shared(parser: Parser, claim: Claim) -> InPieces | None:
    """The parser, when this claim is large and it can share the work."""
    return parser if _size(claim) > _SMALL and isinstance(parser, InPieces) else None


def _size(claim: Claim) -> int:
    return sum(member.size if member.size is not None else _SMALL + 1 for member in claim.members)


def scan_whole(parser: Parser, claim: Claim) -> tuple[Claim, list[Envelope | Unread]]:
    """Scan a small claim to its end (runs in a worker process)."""
    records = list(guarded_scan(parser, claim))
    return claim, records


def _in_pieces(pool: Executor, parser: InPieces, claim: Claim) -> Iterator[Packed | Unread]:
    """The records of a large claim: parted here, made of their pieces by other processes, in order."""
    bare = replace(claim, members=tuple(replace(member, head=b"") for member in claim.members), readings={})
    failed: list[Unread] = []
    tasks = ((parser, bare, piece) for piece in _guarded_pieces(parser, claim, failed))
    for packed in ordered_map(_pack_piece, tasks, 1, window=_IN_FLIGHT, executor=pool):
        yield packed
        if packed.stopped:
            return
    yield from failed


def _guarded_pieces(parser: InPieces, claim: Claim, failed: list[Unread]) -> Iterator[bytes]:
    try:
        yield from parser.pieces(claim)
    except NeedsAnswer:
        raise
    except Exception as error:  # as in `guarded_scan`, for the half of the work that is done here
        failed.append(_stopped(claim, error))


def _pack_piece(task: tuple[InPieces, Claim, bytes]) -> Packed:
    """The records of a piece, up to where its parser fails if it does (runs in a worker process)."""
    parser, claim, piece = task
    done: list[Envelope | Unread] = []
    try:
        for record in parser.read_piece(claim, piece):
            done.append(record)  # noqa: PERF402 - what was read before a failure is kept
    except NeedsAnswer:
        raise
    except Exception as error:  # as in `guarded_scan`, for the half of the work that is done elsewhere
        return pack(done)._replace(stopped=_stopped(claim, error))
    return pack(done)


def guarded_scan(parser: Parser, claim: Claim) -> Iterator[Envelope | Unread]:
    """`parser.scan`, with anything it raises turned into one last `Unread` at the claim's principal member.

    Only a question to the person (`NeedsAnswer`) goes through: it ends the run.
    """
    try:
        yield from parser.scan(claim)
    except NeedsAnswer:
        raise
    except Exception as error:  # the one boundary: a broken file or parser must not end the run
        yield _stopped(claim, error)


def _stopped(claim: Claim, error: Exception) -> Unread:
    position = Position(claim.members[0].tree_path, "file")
    said = str(error).strip() or type(error).__name__
    detail = f"Reading stopped here ({said}). Records before this point were kept; what follows was not read."
    return Unread(position, "reading-stopped", detail)
