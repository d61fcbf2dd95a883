"""What hosts on the way wrote down about a mail: `Authentication-Results` (RFC 8601), `Received-SPF`, ARC sets (RFC 8617).

Each is shown as stated by whom, with where it stands in the header, because a sender can put such lines into a mail too
(trap 24). Nothing is checked here: a result that says “pass” is what that host wrote, no finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.parsers.email.trace import CARRIED, SENDER, Trace, registered_name

MAX_SHOWN = 20
_LONGEST = 20_000
_LONGEST_FACT = 1_000
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_RESULT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?:/\d+)?\s*=\s*\S")
_TAG = re.compile(r"(?:^|;)\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*)")
_BESIDE = frozenset((b"authentication-results", b"received-spf", b"return-path", b"x-received-authentication-results"))
_STATED = (b"authentication-results", b"received-spf", b"arc-seal", b"arc-authentication-results")
ABOVE = "stands above the line with which the provider took the mail in: written by the provider or later"
DIRECTLY = "stands directly below the provider’s line, where some providers write it and a sender can too"
UNKNOWN = "the mail has no Received line, so who wrote this is not known"


@dataclass(frozen=True, slots=True)
class Results:
    """One `Authentication-Results` value: who says so (None where it names no host) and what, comments left out."""

    host: str | None
    results: tuple[str, ...]

    @property
    def text(self) -> str:
        """The results as stated, in order."""
        return "; ".join(self.results) or "no result"


def read_results(raw: bytes) -> Results:
    """Take a value apart. Never raises."""
    text = _without_comments(unfold(raw[:_LONGEST]).decode("utf-8", "replace"))
    pieces = [" ".join(piece.split()) for piece in text.split(";")]
    host = None
    if pieces and not _RESULT.match(pieces[0]):
        host = pieces[0].split(" ")[0].strip('"') or None
        pieces = pieces[1:]
    return Results(host, tuple(piece for piece in pieces if piece and piece.lower() != "none"))


def stated_facts(fields: Fields, trace: Trace, *, carried: bool = False) -> tuple[dict[str, str], list[str]]:
    """One fact for each such line, with who states it and where it stands, and notes."""
    facts: dict[str, str] = {}
    notes: list[str] = []
    if not any(fields.all(name) for name in _STATED):
        return facts, notes
    numbers: dict[str, int] = {}
    for place, (name, raw) in enumerate(fields.pairs):
        key = name.lower().decode("ascii")
        if key not in ("authentication-results", "received-spf") or len(facts) >= MAX_SHOWN:
            continue
        numbers[key] = numbers.get(key, 0) + 1
        found = read_results(raw) if key == "authentication-results" else _spf(raw)
        standing = _standing(fields, trace, place, found.host, carried=carried)
        facts[f"{key}:{numbers[key]}"] = _shown(found, standing)
        if standing is SENDER and registered_name(found.host) in trace.providers:
            notes.append("trap-24:results-below-the-boundary")
    facts |= _arc_facts(fields, trace, carried=carried)
    return facts, list(dict.fromkeys(notes))


def tags(raw: bytes) -> dict[str, str]:
    """The `tag=value` list of a DKIM or ARC header, lower-case tags, white space in values kept as single blanks."""
    text = unfold(raw[:_LONGEST]).decode("utf-8", "replace")
    found: dict[str, str] = {}
    for name, value in _TAG.findall(text):
        found.setdefault(name.lower(), " ".join(value.split()))
    return found


def _shown(found: Results, standing: str) -> str:
    return f"stated by {found.host or 'a host not named'}: {found.text} – {standing}"[:_LONGEST_FACT]


def _spf(raw: bytes) -> Results:
    text = unfold(raw[:_LONGEST]).decode("utf-8", "replace")
    host = re.search(r"\breceiver=([^\s;)]+)", text)
    return Results(host[1].strip('"') if host else None, (" ".join(_without_comments(text).split()),))


def _standing(fields: Fields, trace: Trace, place: int, host: str | None, *, carried: bool) -> str:
    if carried:
        return CARRIED
    if not trace.hops:
        return UNKNOWN
    if place < trace.fields_above:
        return ABOVE
    between = fields.pairs[trace.fields_above + 1 : place]
    beside = place < trace.below and all(name.lower() in _BESIDE for name, _ in between)
    return DIRECTLY if beside and (host is None or registered_name(host) in trace.providers) else SENDER


def _arc_facts(fields: Fields, trace: Trace, *, carried: bool) -> dict[str, str]:
    """The sets of hosts that passed the mail on, by instance: what each says it found, and its seal, not checked."""
    sets: dict[str, list[str]] = {}
    for place, (name, raw) in enumerate(fields.pairs):
        key = name.lower()
        if not key.startswith(b"arc-"):
            continue
        if key == b"arc-authentication-results":
            instance, _, rest = unfold(raw[:_LONGEST]).partition(b";")
            number = instance.replace(b" ", b"").removeprefix(b"i=").decode("ascii", "replace")
            found = read_results(rest)
            sets.setdefault(number, []).append(
                _shown(found, _standing(fields, trace, place, found.host, carried=carried))
            )
        elif key == b"arc-seal":
            said = tags(raw)
            seal = (
                f"sealed for {said.get('d', 'a domain not named')}, chain before it stated as “{said.get('cv', '?')}”"
            )
            sets.setdefault(said.get("i", "?"), []).append(f"{seal}, not checked")
    shown = sorted(sets.items())[:MAX_SHOWN]
    return {f"arc:{number[:5]}": "; ".join(said)[:_LONGEST_FACT] for number, said in shown}


def _without_comments(text: str) -> str:
    while "(" in text:
        shorter = _COMMENT.sub(" ", text)
        if shorter == text:
            return text.replace("(", " ")
        text = shorter
    return text
