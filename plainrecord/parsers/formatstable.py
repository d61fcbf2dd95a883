"""What can be read, as a table: for a terminal and for docs/formats.md, from the parsers' own cards."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from plainrecord.parsers.base import FormatCard

_NARROWEST, _WIDEST = 60, 100
_EVIDENCE = {
    "real sample": "a real export was read",
    "public schema": "published formats and public readers",
    "not exercised": "described only",
}


def format_lines(cards: Sequence[FormatCard], width: int) -> Iterator[str]:
    """The table for a terminal of `width` columns: a heading a service, under it each export with its three answers."""
    width = max(_NARROWEST, min(width, _WIDEST))
    for service, group in _by_service(cards):
        yield service.upper()
        for card in group:
            yield from _wrapped(card.export, "  ", "  ", width)
            for label, text in _answers(card):
                yield from _wrapped(f"{label:<13}{text}", "    ", " " * 17, width)
        yield ""
    yield from _wrapped(f"{len(cards)} kinds of export. Of any file: plainrecord inspect FILE", "", "", width)


def format_page(cards: Sequence[tuple[str, FormatCard]]) -> Iterator[str]:
    """The same as Markdown: `cards` are (parser name and version, card)."""
    named = {id(card): name for name, card in cards}
    for service, group in _by_service([card for _, card in cards]):
        yield f"\n## {service}\n"
        yield "| export | evidence | holds | cannot hold | parser | sample |"
        yield "|---|---|---|---|---|---|"
        for card in group:
            sample = f"[`{card.fixture}`](../fixtures/{card.fixture}/README.md)"
            cells = (card.export, card.tier, card.holds, card.cannot_hold, f"`{named[id(card)]}`", sample)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _by_service(cards: Sequence[FormatCard]) -> Iterator[tuple[str, list[FormatCard]]]:
    """Cards by service, services in order of the alphabet, cards in claiming order."""
    for service, group in groupby(sorted(cards, key=lambda card: card.service), key=lambda card: card.service):
        yield service, list(group)


def _answers(card: FormatCard) -> tuple[tuple[str, str], ...]:
    return (
        ("evidence", f"{card.tier} ({_EVIDENCE[card.tier]})"),
        ("holds", card.holds),
        ("cannot hold", card.cannot_hold),
    )


def _wrapped(text: str, first: str, then: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
