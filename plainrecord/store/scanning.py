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
from plainrecord.parsers.base import Brief, InColumns, InPieces, NeedsAnswer, Piece
from plainrecord.records import Envelope, Position, Stretch, Unread
from plainrecord.store.packing import Packed, Parcel, forget, pack

# A claim up to this size travels back from a worker as one list; larger ones are scanned in the main process.
_SMALL = 16 << 20
# Pieces of a large claim on their way there and back, a megabyte or so each, for each other process.
_IN_FLIGHT = 6
# Small claims of less in all are read sooner than other processes are started.
_WORTH = 2 << 20

Plan = tuple[int, Parser, Claim]
Record = Envelope | Unread | Stretch | Packed


@dataclass(slots=True)
class Scanned:
    """One claim being read: consume `records` to the end, then `claim` holds its readings and decisions."""

    position: int
    parser: Parser
    claim: Claim
    records: Iterable[Record]


def scan_in_order(plans: Sequence[Plan], workers: int) -> Iterator[Scanned]:
    """Yield each claim in order with its records."""
    sizes = [size for _, _, claim in plans if (size := _size(claim)) <= _SMALL]
    small = len(sizes) > 1 and sum(sizes) >= _WORTH
    if workers <= 1 or not (small or any(_shared(parser, claim) for _, parser, claim in plans)):
        for position, parser, claim in plans:
            yield Scanned(position, parser, claim, records_of(parser, claim))
        return
    # Beside one large claim this process has work enough for a core: it reads, hashes, parts and keeps.
    with worker_pool(workers if small else workers - 1) as pool:
        yield from _ahead(pool, plans, workers, 4 * workers if small else 0)


def _ahead(pool: Executor, plans: Sequence[Plan], workers: int, window: int) -> Iterator[Scanned]:
    waiting: dict[int, Future[tuple[Claim, list[Record]]]] = {}
    for index, (position, parser, claim) in enumerate(plans):
        for ahead in range(index, min(index + window, len(plans))):
            if ahead not in waiting and _size(plans[ahead][2]) <= _SMALL:
                waiting[ahead] = pool.submit(scan_whole, plans[ahead][1], plans[ahead][2])
        if index in waiting:
            read, records = waiting.pop(index).result()
            yield Scanned(position, parser, read, records)
        elif shared := _shared(parser, claim):
            yield Scanned(position, parser, claim, _in_pieces(pool, shared, claim, workers))
        else:
            yield Scanned(position, parser, claim, records_of(parser, claim))


def _shared(parser: Parser, claim: Claim) -> InPieces | None:
    """The parser, when this claim is large and it can share the work."""
    return parser if _size(claim) > _SMALL and isinstance(parser, InPieces) else None


def _size(claim: Claim) -> int:
    return sum(member.size if member.size is not None else _SMALL + 1 for member in claim.members)


def scan_whole(parser: Parser, claim: Claim) -> tuple[Claim, list[Record]]:
    """Scan a small claim to its end (runs in a worker process)."""
    records = list(records_of(parser, claim))
    return claim, records


def records_of(parser: Parser, claim: Claim) -> Iterator[Record]:
    """The records of a claim, in order, read in this process; packed where the parser reads in pieces."""
    if not isinstance(parser, InPieces):
        yield from guarded_scan(parser, claim)
        return
    failed: list[Unread] = []
    for piece in _guarded_pieces(parser, claim, failed):
        packed = _read_piece(parser, claim, piece)
        yield packed
        if packed.stopped:
            return
    yield from failed


def _in_pieces(pool: Executor, parser: InPieces, claim: Claim, workers: int) -> Iterator[Record]:
    """The records of a large claim: parted here, made of their pieces by this process and others, in order."""
    bare = replace(claim, members=tuple(replace(member, head=b"") for member in claim.members), readings={})
    failed: list[Unread] = []
    tasks = ((parser, bare, Parcel(piece)) for piece in _guarded_pieces(parser, claim, failed))
    window = _IN_FLIGHT * (workers - 1)
    for packed in ordered_map(_pack_piece, tasks, workers, window=window, executor=pool, helping=True):
        yield packed
        if packed.stopped:
            return
    yield from failed


def _guarded_pieces(parser: InPieces, claim: Claim, failed: list[Unread]) -> Iterator[Piece]:
    try:
        yield from parser.pieces(claim)
        forget()
    except NeedsAnswer:
        raise
    except Exception as error:  # as in `guarded_scan`, for the half of the work that is done here
        failed.append(_stopped(claim, error))


def _pack_piece(task: tuple[InPieces, Claim, Parcel]) -> Packed:
    parser, claim, parcel = task
    return _read_piece(parser, claim, parcel.piece)


def _read_piece(parser: InPieces, claim: Claim, piece: Piece) -> Packed:
    """The records of a piece, up to where its parser fails if it does."""
    done: list[Envelope | Brief | Unread] = []
    try:
        for record in parser.read_piece(claim, piece):
            done.append(record)  # noqa: PERF402 - what was read before a failure is kept
    except NeedsAnswer:
        raise
    except Exception as error:  # as in `guarded_scan`, for the half of the work that may be done elsewhere
        return pack(done)._replace(stopped=_stopped(claim, error))
    return pack(done)


def guarded_scan(parser: Parser, claim: Claim) -> Iterator[Envelope | Unread | Stretch]:
    """`parser.scan`, or what it has in columns, with anything it raises turned into one last `Unread` at the claim's
    principal member.

    Only a question to the person (`NeedsAnswer`) goes through: it ends the run.
    """
    try:
        yield from parser.scan_columns(claim) if isinstance(parser, InColumns) else parser.scan(claim)
    except NeedsAnswer:
        raise
    except Exception as error:  # the one boundary: a broken file or parser must not end the run
        yield _stopped(claim, error)


def _stopped(claim: Claim, error: Exception) -> Unread:
    position = Position(claim.members[0].tree_path, "file")
    said = str(error).strip() or type(error).__name__
    detail = f"Reading stopped here ({said}). Records before this point were kept; what follows was not read."
    return Unread(position, "reading-stopped", detail)
