"""The way a mail took, and how far down its own lines can have been written by nobody but the provider of the mailbox.

Each relay puts its line on top. The topmost is of the provider that delivered the mail; going down, lines count as that
provider's as long as each says that the mail came from inside. The first that says it came from outside is the boundary:
everything below it was in the mail already and may have been written by whoever sent it. This is a rule of reading, on the
safe side: a line of the provider's is rather counted as the sender's than the other way round. Nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.received import Hop, read_hop

MAX_HOPS = 50
_BACKWARDS_US = 300_000_000
# Under these second-level names the registered name is the third from the right.
_SHARED = frozenset("co com org net gov ac edu nhs police ltd plc me or ne go gob gouv".split())
PROVIDER = "counts as written by the provider of this mailbox"
SENDER = "below the provider’s own lines: may have been written by whoever sent the mail"
CARRIED = "in an attached mail: may have been written by whoever attached it"


@dataclass(frozen=True, slots=True)
class Trace:
    """The hops, newest first, and `boundary`: how many of them, from the top, count as the provider's own.

    `fields_above` is the number of header fields that stand above the boundary's line, `below` where the next `Received`
    line stands; `providers` the registered names of the provider's hosts.
    """

    hops: tuple[Hop, ...] = ()
    boundary: int = 0
    fields_above: int = 0
    below: int = 0
    providers: frozenset[str] = frozenset()
    uncounted: int = 0


def read_trace(fields: Fields, *, carried: bool = False) -> Trace:
    """The trace of a mail. Of a mail that was attached to another no line counts as a provider's."""
    lines = fields.all(b"received")
    hops = tuple(read_hop(raw, number) for number, raw in enumerate(lines[:MAX_HOPS], start=1))
    if not hops or carried:
        return Trace(hops, uncounted=len(lines) - len(hops))
    boundary, providers = _boundary(hops)
    places = [number for number, (name, _) in enumerate(fields.pairs) if name.lower() == b"received"]
    below = places[boundary] if boundary < len(places) else len(fields.pairs)
    return Trace(hops, boundary, places[boundary - 1], below, providers, len(lines) - len(hops))


def trace_facts(trace: Trace, *, carried: bool = False) -> tuple[dict[str, str], list[str]]:
    """What to show of the way a mail took, one fact a line, and notes."""
    facts: dict[str, str] = {}
    if not trace.hops:
        return facts, []
    for hop in trace.hops:
        facts[f"received:{hop.number}"] = f"{hop_text(hop)} – {_written_by(hop, trace, carried=carried)}"
    if trace.uncounted:
        facts["received:more"] = f"{trace.uncounted} further lines, not read"
    if trace.boundary:
        facts["received, the provider’s lowest line"] = _lowest(trace.hops[trace.boundary - 1])
    return facts, ["received:times-not-in-order"] if _out_of_order(trace.hops) else []


def hop_text(hop: Hop) -> str:
    """A line as one sentence part: from whom, to whom, how, for whom, when."""
    parts = [f"from {_sending(hop)}" if hop.sending_side else "(sending side not stated)"]
    for word, value in (("by", hop.by), ("with", hop.protocol), ("id", hop.queue_id), ("for", hop.recipient)):
        if value:
            parts.append(f"{word} {value}")
    when = hop.time.ts_utc or hop.time.local or "a time not stated in a form that can be read"
    return f"{' '.join(parts)}, at {when}"


def registered_name(host: str | None) -> str | None:
    """The registered part of a host name ("mx3.mail.example.co.uk" → "example.co.uk"), None for an address or one word."""
    labels = (host or "").rstrip(".").lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in labels[-1]:
        return None
    long = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3:] if long else labels[-2:])


def _boundary(hops: Sequence[Hop]) -> tuple[int, frozenset[str]]:
    providers = {name for name in (registered_name(hops[0].by),) if name}
    count = 1
    for above, hop in pairwise(hops):
        if not _from_inside(above, providers) or not _continues(above, hop, providers):
            break
        name = registered_name(hop.by)
        providers |= {name} if name else set()
        count += 1
    return count, frozenset(providers)


def _from_inside(hop: Hop, providers: set[str]) -> bool:
    """Whether a line of the provider's says that the mail came from the provider's own hosts."""
    if not hop.sending_side:
        return True
    if hop.doubted or hop.signed_in:
        return False
    # An address of a house network is not enough: the sender's own computer may have one there.
    return hop.same_machine or registered_name(hop.reverse) in providers


def _continues(above: Hop, hop: Hop, providers: set[str]) -> bool:
    """Whether the next line down is by the host the line above names: else it may be anyone's."""
    name = registered_name(hop.by)
    if not above.sending_side:
        return name in providers if providers and name else True
    named = {registered_name(above.helo), registered_name(above.reverse)} - {None}
    return name in providers or name in named or (name is None and hop.by in (above.helo, above.reverse))


def _written_by(hop: Hop, trace: Trace, *, carried: bool) -> str:
    if carried:
        return CARRIED
    return PROVIDER if hop.number <= trace.boundary else SENDER


def _sending(hop: Hop) -> str:
    helo = hop.helo or "a host not named"
    recorded = [str(address) for address in hop.addresses]
    if hop.reverse:
        recorded.insert(0, f"looked up as {hop.reverse}")
    return f"{helo} ({', '.join(recorded)})" if recorded and recorded != [helo.strip("[]")] else helo


def _lowest(hop: Hop) -> str:
    host = hop.by or "a host not named"
    where = f"from {_sending(hop)}" if hop.sending_side else "it does not say from where"
    return f"line {hop.number}, by {host}: {where}"


def _out_of_order(hops: Sequence[Hop]) -> bool:
    """Whether a line lower down, which should be older, is later by more than clocks usually differ."""
    times = [hop.time.utc_us for hop in hops if hop.time.utc_us is not None]
    return any(lower > upper + _BACKWARDS_US for upper, lower in pairwise(times))
