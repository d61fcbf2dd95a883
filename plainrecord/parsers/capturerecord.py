"""One captured page as an envelope and as content: its clocks, its addresses, what was kept and what could not be.

What the page says of itself, what the browser says and what the person said are kept apart by their names. A capture is the
owner's own recorded material: it names the person who kept it, and the subject only where a person said whose page it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from operator import itemgetter
from urllib.parse import urlsplit

from plainrecord import times
from plainrecord.intake.listing import Member, ReadOptions
from plainrecord.parsers.base import Claim
from plainrecord.parsers.capturemanifest import Manifest, Part, Receipt, ServerClock
from plainrecord.parsers.chat.media import attached
from plainrecord.records import Account, AccountKind, Attachment, Conversation, Envelope, Loaded, Position
from plainrecord.times import Meaning, TimeBlock

SERVICE = "web"
NO_NAME = "the person who kept this page"
# A clock may differ from the site's by its own uncertainty, and by the second that a Date header leaves open.
_CLOCK_SLACK_MS = 1_000
_RECEIVED_SLACK_US = 2_000_000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def envelope_of(receipt: Receipt, manifest: Manifest, position: Position, options: ReadOptions) -> Envelope:
    """The capture without its parts."""
    name = next(iter(options.owner_names), NO_NAME)
    owner = Account(SERVICE, "address" if "@" in name else "name", name)
    host = host_of(manifest.page.url)
    stated = manifest.person.subject_account
    return Envelope(
        position,
        "capture",
        SERVICE,
        _device(manifest.times.clicked.wall_ms, "times.clicked.wall_ms", "created"),
        owner,
        also=(replace(owner, role="owner"), *((_about(stated),) if stated else ())),
        conversation=Conversation(key=f"capture:{host}", title=f"Pages kept from {host}"),
        marks=tuple(_marks(manifest)),
        notes=tuple(dict.fromkeys(_notes(receipt, manifest))),
    )


def _about(stated: str) -> Account:
    kind: AccountKind = "handle" if stated.startswith("@") else "address" if "@" in stated else "name"
    return Account(SERVICE, kind, stated, role="about")


def host_of(address: str) -> str:
    """The site of an address, in words where it has none."""
    try:
        return urlsplit(address).hostname or "a page without a site"
    except ValueError:
        return "a page without a site"


def _device(wall_ms: float, where: str, meaning: Meaning) -> TimeBlock:
    raw = str(int(wall_ms)) if wall_ms.is_integer() else repr(wall_ms)
    return times.from_epoch(
        int(wall_ms), "ms", raw, f"{where} of the manifest, by the device's own clock", meaning=meaning
    )


def _marks(manifest: Manifest) -> Iterator[str]:
    if manifest.series:
        yield "part-of-series"
    if manifest.extent.reached_end is False:
        yield "end-not-reached"


def _notes(receipt: Receipt, manifest: Manifest) -> Iterator[str]:
    """Short codes for what a reader should not overlook."""
    page = manifest.page
    if page.url_after != page.url:
        yield "address-changed-meanwhile"
    if page.title_after != page.title:
        yield "title-changed-meanwhile"
    yield from (f"step-failed:{step.step}" for step in manifest.steps if step.result == "failed")
    tiles = sorted((part for part in manifest.parts if part.role == "tile"), key=lambda part: part.order or 0)
    if any(one.sha256 == two.sha256 for one, two in pairwise(tiles)):
        # A known fault of browsers repeats the first screenful over and over.
        yield "pictures-repeat"
    if _clocks_differ(manifest.times.server):
        yield "clock-differs-from-site"
    received = _received(receipt).utc_us
    if received is not None and received + _RECEIVED_SLACK_US < manifest.times.finished.wall_ms * 1000:
        yield "received-before-it-was-finished"


def _clocks_differ(server: ServerClock | None) -> bool:
    if server is None or server.offset_ms is None:
        return False
    return abs(server.offset_ms) > (server.uncertainty_ms or 0) + _CLOCK_SLACK_MS


def _received(receipt: Receipt) -> TimeBlock:
    where = "received_utc of the receipt, by the clock of the computer that stored it"
    local = datetime.fromisoformat(receipt.received_utc.removesuffix("Z"))
    return times.from_offset(receipt.received_utc, where, local, 0, meaning="stored", documented=True)


def _site(server: ServerClock | None) -> TimeBlock | None:
    """What the site's server said of the time: its own claim."""
    if server is None or server.date is None:
        return None
    where = "Date header of the site's server, its own claim"
    try:
        said = parsedate_to_datetime(server.date)
        said = said.astimezone(UTC) if said.tzinfo else said
    except (ValueError, OverflowError):
        return times.unreadable(server.date, where, meaning="unstated")
    return times.from_offset(server.date, where, said, 0, meaning="unstated", documented=True)


def loaded_of(
    claim: Claim,
    envelope: Envelope,
    receipt: Receipt,
    manifest: Manifest,
    data: bytes,
    objects: Mapping[str, Member],
) -> Loaded:
    """The capture with its parts, each held against its digest."""
    loaded = Loaded(
        envelope,
        subject=manifest.page.title or None,
        facts=dict(_facts(receipt, manifest)),
        raw=data,
        raw_sha256=receipt.manifest_sha256,
        raw_bytes=len(data),
        native_suffix=".json",
    )
    finished = _device(manifest.times.finished.wall_ms, "times.finished.wall_ms", "created")
    loaded.dates = tuple(time for time in (finished, _received(receipt), _site(manifest.times.server)) if time)
    for part in manifest.parts:
        entry, blob = _attachment(claim, part, objects)
        loaded.attachments.append(entry)
        loaded.blobs.append(blob)
    words = list(_words(manifest.parts, loaded.blobs))
    loaded.text = "\n\n".join(one.decode("utf-8", "replace") for one in words) or None
    loaded.text_from = "plain" if loaded.text else "none"
    if any(not _is_utf8(one) for one in words):
        loaded.notes = ("text-not-utf-8",)
    return loaded


def _attachment(claim: Claim, part: Part, objects: Mapping[str, Member]) -> tuple[Attachment, bytes | None]:
    member = objects.get(part.sha256)
    if member is None:
        return Attachment(name=part.name, claimed_type=part.type, state="missing", notes=["not-among-the-files"]), None
    entry, blob = attached(claim, member, part.name)
    entry.also_named, entry.claimed_type = [], part.type
    entry.facts["role in the capture"] = part.role if part.order is None else f"{part.role} {part.order}"
    if part.y is not None:
        entry.facts["place on the page"] = f"{part.x or 0:g}, {part.y:g} CSS pixels from its beginning"
    if blob is not None and entry.sha256 != part.sha256:
        entry.notes.append("not-what-was-hashed-in-the-browser")
    return entry, blob


def _words(parts: Iterable[Part], blobs: Iterable[bytes | None]) -> Iterator[bytes]:
    """The visible words: those of the page, then what a long capture read on its way."""
    found = [
        (part.role != "text", part.order or 0, blob)
        for part, blob in zip(parts, blobs, strict=True)
        if blob is not None and part.type == "text/plain" and part.role in ("text", "snapshot")
    ]
    yield from (blob for _, _, blob in sorted(found, key=itemgetter(0, 1)))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _facts(receipt: Receipt, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Everything else of the manifest a reader may ask for, under names that say whose word it is."""
    page, person, extent, view = manifest.page, manifest.person, manifest.extent, manifest.view
    reached = {True: "reached", False: "not reached", None: "not known"}[extent.reached_end]
    said: dict[str, str | None] = {
        "address": page.url,
        "address afterwards": page.url_after if page.url_after != page.url else None,
        "title afterwards": page.title_after if page.title_after != page.title else None,
        "address the page gives for itself": page.canonical,
        "page it was opened from, as the page says": page.referrer,
        "language, as the page says": page.language,
        "note by the person": person.note,
        "words selected by the person": manifest.selection,
        "seen as, stated by the person": person.viewing_as,
        "whose page, stated by the person": person.subject_account,
        "logged in": _yes_or_no(person.logged_in),
        "told that the other side may notice": _yes_or_no(person.warned),
        "authority": person.authority,
        "how much was kept": f"{extent.kind}; end {reached}; stopped: {extent.stopped}",
        "window": f"{view.width:g} x {view.height:g} CSS pixels of {view.page_width:g} x {view.page_height:g}",
        "device's zone": _zone(manifest),
        "site's clock": _site_clock(manifest.times.server),
        "browser": manifest.browser.user_agent,
        "extension": manifest.browser.extension_version,
        "series": _series(manifest),
        "steps that failed or were left out": _steps(manifest),
        "receipt": f"{receipt.capture}, custody line {receipt.chain_seq} ({receipt.chain_head}), key {receipt.key_id}",
    }
    for name, value in said.items():
        if value:
            yield name, value


def _yes_or_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _zone(manifest: Manifest) -> str | None:
    zone, minutes = manifest.times.zone, manifest.times.utc_offset_minutes
    offset = "" if minutes is None else f"UTC{times.format_offset(minutes)}"
    return f"{zone} ({offset})" if zone and offset else zone or offset or None


def _site_clock(server: ServerClock | None) -> str | None:
    if server is None:
        return None
    if server.offset_ms is None:
        return f"asked, and not learnt: {server.reason or 'no reason stated'}"
    return f"ahead of the device by {server.offset_ms:.0f} ms, give or take {server.uncertainty_ms or 0:.0f} ms, as the site says"


def _series(manifest: Manifest) -> str | None:
    series = manifest.series
    if series is None:
        return None
    return f"part {series.part} of {series.of or 'an open number'} ({series.id})"


def _steps(manifest: Manifest) -> str | None:
    lines = [
        f"{step.step} {step.result}: {_CONTROLS.sub(' ', step.reason or 'no reason stated')}"
        for step in manifest.steps
        if step.result != "stored"
    ]
    return "; ".join(lines) or None
