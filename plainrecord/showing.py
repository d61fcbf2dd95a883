"""What the command line shows: results in words or JSON, progress on a terminal, and text made safe for one.

Progress goes to stderr and only when that is a terminal; evidence text printed to a terminal has its control codes made
visible, because a subject line must not be able to rewrite the screen.
"""

from __future__ import annotations

import json
import os
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from plainrecord.hashing import Hashed, NotHashed, sum_line
from plainrecord.records import valid_text

if TYPE_CHECKING:
    from plainrecord.building import Made
    from plainrecord.store import AddResult

UNREADABLE_EXIT = 5

_INTERVAL = 0.2
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Progress:
    """One line that is written over: what is being done, and how far it has come. Silent unless stderr is a terminal."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """`done` of `total` (records or bytes); `total` None when it is not known."""
        now = time.monotonic()
        if not self._on or now - self._last < _INTERVAL:
            return
        self._last = now
        share = f"{100 * done // total} %" if total else f"{done:,}"
        self._write(f"{plain(what)[:60]}: {share}")

    def _write(self, text: str) -> None:
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)
        self._width = len(text)

    def clear(self) -> None:
        """Take the line away before something else is printed."""
        if self._on and self._width:
            click.echo("\r" + " " * self._width + "\r", nl=False, err=True)
            self._width = 0


def plain(text: str) -> str:
    """Text safe for a terminal: control, format and bidirectional characters shown as `[U+….]`, never obeyed."""
    return "".join(
        f"[U+{ord(char):04X}]" if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs") else char for char in text
    )


def show_made(made: Made, as_json: bool) -> int:
    """Print a finished bundle; the exit code says whether everything handed in could be read."""
    built = made.built
    counts = built.counts
    if as_json:
        click.echo(json.dumps(made.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(f"Bundle {built.bundle_id}: {built.path}")
        click.echo(f"Seal: {grouped(built.seal)}")
        click.echo(
            f"{counts.seen:,} records seen: {counts.included:,} included, {counts.not_included:,} not included,"
            f" {counts.unread:,} not readable."
        )
        if counts.copies:
            click.echo(f"{counts.copies:,} of those not included are copies of items; each item names its copies.")
        click.echo(f"Open START_HERE.html in it. Hand it over with {built.handover.name}.")
        for warning in made.warnings:
            click.echo(f"Note: {plain(warning)}")
        for name, count in made.near_misses:
            click.echo(f"Not included, display name only: {plain(name)}: {count:,} records.")
        for fate in made.troubled:
            click.echo(f"{fate.fate.value}: {plain(fate.path)}: {plain(fate.reason)}")
    return UNREADABLE_EXIT if made.troubled else 0


def grouped(digest: str) -> str:
    """A digest in groups of eight, so that it can be read aloud."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def show_added(results: Sequence[AddResult], as_json: bool) -> int:
    """Print what `add` did with each export."""
    if as_json:
        click.echo(json.dumps({"added": [result.as_json() for result in results]}, ensure_ascii=False, indent=2))
    troubled = False
    for result in results:
        bad = [fate for fate in result.fates if fate.fate.value in ("unreadable", "refused", "partly-parsed")]
        troubled = troubled or bool(bad)
        if as_json:
            continue
        if result.already:
            click.echo(f"{plain(result.name)}: already added as {plain(result.already)}; nothing was added.")
            continue
        click.echo(
            f"{result.label} {plain(result.name)}: {result.read:,} records read, {result.unread:,} not readable."
        )
        for text in [*result.warnings, *(f"{fate.path}: {fate.reason}" for fate in bad)]:
            click.echo(f"Note: {plain(text)}")
    if any(result.changed for result in results):
        return 4
    return UNREADABLE_EXIT if troubled else 0


def show_manifest(entries: Iterable[Hashed | NotHashed], algorithm: str, as_json: bool) -> int:
    """Print manifest entries as they are made; exit code 5 when some files could not be read."""
    rows: list[dict[str, object]] = []
    failed = 0
    for entry in entries:
        if isinstance(entry, NotHashed):
            failed += 1
            rows.append({"path": valid_text(entry.path), "problem": entry.says})
            click.echo(plain(f"{entry.path}: {entry.says}"), err=True)
            continue
        digests = entry.digests
        rows.append({"path": valid_text(entry.path), **asdict(digests)})
        if not as_json:
            digest = digests.blake3 if algorithm == "blake3" else digests.sha256
            # Names that are no text keep their bytes, so that the line can be checked.
            click.echo(os.fsencode(sum_line(digest, entry.path)))
            rows.clear()
    if as_json:
        click.echo(json.dumps({"files": rows}, ensure_ascii=False, indent=2))
    return UNREADABLE_EXIT if failed else 0


def verdict(*, ok: bool, problems: int, seal_compared: bool) -> str:
    """The last line of `verify`: what was found, and no more than what was compared."""
    if not ok:
        return "1 problem found." if problems == 1 else f"{problems:,} problems found."
    if seal_compared:
        return "Nothing is changed, missing or added, and the seal is the one given."
    return (
        "Nothing is changed, missing or added against the bundle's own lists. No seal was compared: hold the seal above"
        " against the one written down elsewhere."
    )
