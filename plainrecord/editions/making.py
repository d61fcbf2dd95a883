"""From a sealed police edition to a service edition with a seal of its own.

The police edition is only read. Every item keeps its number; what is kept back or blacked out is marked in its place,
listed in `schedules/withheld.csv` and entered in the custody log. Before sealing, everything written is scanned; where a
leak is found, nothing is sealed.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from plainrecord.bundle import Built, build_bundle
from plainrecord.bundle.bagreader import read_lines, read_whole
from plainrecord.bundle.contents import (
    Contents,
    ConversationView,
    Counts,
    Item,
    MadeFrom,
    NotIncluded,
    Person,
    PersonAccount,
    SelectionRule,
    Source,
    SourceClaim,
    SourceOriginal,
    UnreadRow,
)
from plainrecord.bundle.schedules import CONVERSATIONS, NOT_INCLUDED, UNREAD
from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.custody import CustodyLog
from plainrecord.custody.events import Who
from plainrecord.editions.instructions import RULES, Instructions
from plainrecord.editions.leaks import WITHHELD_FILE, Leak, Scan
from plainrecord.editions.needles import Needle, number_needle, words_needle
from plainrecord.editions.served import Change, Labels, Places, Server, neutral_id, owner_needles
from plainrecord.errors import PlainrecordError, UsageError
from plainrecord.exporting.reading import Bundle, open_bundle
from plainrecord.hashing import Digests
from plainrecord.intake.listing import Fate, FileFate
from plainrecord.records import Account, Position, Unread
from plainrecord.times import to_utc_us

WITHHELD = "schedules/withheld.csv"
COLUMNS = ("item", "what", "how", "reason", "sign", "decided by")
_LONGEST_LINE = 256 << 20
_LARGEST_MEDIUM = 4 << 30
_MOST_SAID = 200


class LeakError(PlainrecordError):
    """Something that may not be served is left; `leaks` has all of it. Nothing was sealed."""

    exit_code = 4

    def __init__(self, leaks: Sequence[Leak]) -> None:
        self.leaks = tuple(leaks)
        lines = [f"  {leak.says()}" for leak in self.leaks[:_MOST_SAID]]
        more = [f"  … and {len(self.leaks) - _MOST_SAID} more"] if len(self.leaks) > _MOST_SAID else []
        head = (
            f"{len(self.leaks)} things that may not be served are left, so nothing was sealed. Black each out ([[redact]]),"
            " withhold its item ([[withhold]]), or let it pass with a reason ([[allow]]):"
        )
        super().__init__("\n".join([head, *lines, *more]))


@dataclass(slots=True)
class Preview:
    """What would be done, and what the scan finds in the items as they would be served.

    `served_sha256` is of the words of each changed item as served; `people` are the accounts of each conversation, as
    labels.
    """

    changes: list[Change] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    items: int = 0
    served_sha256: dict[str, str] = field(default_factory=dict)
    people: dict[str, list[Account]] = field(default_factory=dict)


def preview(path: Path, said: Instructions, device: Iterable[str] = ()) -> Preview:
    """What a service edition would hold of the bundle at `path`; writes nothing. Raises UsageError as `make_service` does."""
    with open_bundle(path) as police:
        _require_police(police, path)
        return _looked_through(police, said, device)


def make_service(
    path: Path,
    said: Instructions,
    out: Path,
    bundle_id: str,
    clock: Callable[[], datetime],
    *,
    device: Iterable[str] = (),
) -> Built:
    """Build and seal a service edition of the bundle at `path` (folder or zip) below the folder `out`.

    `device` are the names of this computer and of who uses it. Raises LeakError when the scan finds anything, UsageError
    when the bundle is no police edition or an instruction names an item that is not in it; nothing is left then.
    """
    with open_bundle(path) as police:
        _require_police(police, path)
        found = _looked_through(police, said, device)
        return build_bundle(_contents(police, said, found, bundle_id, clock, list(device)), out)


def _require_police(police: Bundle, path: Path) -> None:
    if police.about["edition"] != "police":
        raise UsageError(f"{path} is a service edition already. Give the police edition it was made from.")


def _looked_through(police: Bundle, said: Instructions, device: Iterable[str]) -> Preview:
    """One pass over all items: what is done to each, and what the scan says of it."""
    found, scan, known = Preview(), _scan(police, said, device), set[str]()
    server = _server(police, said)
    kept, shown = set[str](), dict[str, list[str]]()
    for item in police.items():
        found.items += 1
        known.add(item["item"])
        served = server.serve(item)
        found.changes += server.changes
        if server.changes:
            text = "\n".join(filter(None, (served.record.subject, served.record.text)))
            found.served_sha256[item["item"]] = hashlib.sha256(text.encode()).hexdigest()
        _note_people(found.people, served)
        _note_files(item, server.changes, served, kept, shown)
        scan.item({"item": served.number, **served.record.model_dump()})
    scan.files_of_withheld({digest: places for digest, places in shown.items() if digest in kept})
    found.leaks = scan.leaks
    _require_known(said, known)
    return found


def _note_files(
    item: dict[str, Any], changes: Sequence[Change], served: Item, kept: set[str], shown: dict[str, list[str]]
) -> None:
    """Note which files stand in items that somebody withheld, and which are served, by their SHA-256."""
    if any((change.what, change.how) == ("withheld", "by hand") for change in changes):
        kept |= {one["sha256"] for one in item["attachments"] if one["media"]}
    for attachment, blob in zip(served.record.attachments, served.loaded.blobs, strict=True):
        if blob is not None and attachment.sha256:
            shown.setdefault(attachment.sha256, []).append(served.number)


def _note_people(people: dict[str, list[Account]], served: Item) -> None:
    at = people.setdefault(served.conversation_number, [])
    for one in (served.record.sender, *served.record.recipients):
        account = Account(one.service, one.kind, one.value, one.name) if one else None
        if account and account not in at and len(at) < 50:
            at.append(account)


def _require_known(said: Instructions, known: set[str]) -> None:
    for item in (*(one.item for one in said.withhold), *(one.item for one in said.redact if one.item)):
        if item not in known:
            raise UsageError(
                f"There is no item {item} in this bundle, so nothing was built. Is it about another bundle?"
            )


def _server(police: Bundle, said: Instructions) -> Server:
    keys = {
        person["role"]: frozenset(
            (one["account"]["service"], one["account"]["kind"], one["account"]["value"]) for one in person["accounts"]
        )
        for person in police.people
    }
    labels = Labels(keys.get("subject", frozenset()), keys.get("owner", frozenset()))
    media = partial(read_whole, police.bag, limit=_LARGEST_MEDIUM)
    return Server(said, labels, _owners(police), _places(police), media)


def _places(police: Bundle) -> Places:
    """Neutral names of all originals, in the order they were handed in."""
    places = Places()
    for source in police.sources:
        for original in source["originals"]:
            places.original(source["label"], original["name"])
    return places


def _accounts(police: Bundle, role: str) -> list[dict[str, Any]]:
    return [one["account"] for person in police.people if person["role"] == role for one in person["accounts"]]


def _owners(police: Bundle) -> list[dict[str, Any]]:
    """Accounts of the owner: those found in the exports, and those that were only named."""
    named = json.loads(read_whole(police.bag, "meta/rules.json", _LONGEST_LINE))["selection_machine"].get("owners", [])
    return [*_accounts(police, "owner"), *({"kind": one["kind"], "value": one["value"]} for one in named)]


def _scan(police: Bundle, said: Instructions, device: Iterable[str]) -> Scan:
    known: list[Needle | None] = [*owner_needles(_owners(police))]
    for words in said.private:
        digits = sum(one.isdigit() for one in words)
        # What is mostly digits is a number, which can be spelt in many ways.
        is_number = digits >= 7 and not any(one.isalpha() for one in words)
        known.append((number_needle if is_number else words_needle)(words, "private words"))
    known += [words_needle(name, "the name of this computer or of its user") for name in device]
    # What somebody wants gone may stand in the bytes of a file, too, where nothing is blacked out.
    in_item: dict[str, list[Needle]] = {}
    for one in said.redact:
        if one.item and (needle := words_needle(one.words, "words to be blacked out")):
            in_item.setdefault(one.item, []).append(needle)
        elif not one.item:
            known.append(words_needle(one.words, "words to be blacked out"))
    own = [account["value"] for account in _accounts(police, "subject")]
    return Scan([one for one in known if one], own, [one.words for one in said.allow], in_item)


def _contents(
    police: Bundle, said: Instructions, found: Preview, bundle_id: str, clock: Callable[[], datetime], device: list[str]
) -> Contents:
    about, who = police.about, Who(name=said.by, role=said.role)
    sources = tuple(_sources(police, _places(police)))
    figures = about["counts"]
    counts = Counts(
        **{
            name: figures[name]
            for name in ("seen", "included", "not_included", "unread", "from_subject", "from_owner", "undated")
        }
    )
    lines = _custody(police, said, found, who, clock)

    def check(root: Path) -> None:
        scan = _scan(police, said, device)
        scan.bag(root)
        leaks = [*scan.leaks, *(one for one in found.leaks if one.what == WITHHELD_FILE)]
        if leaks:
            raise LeakError(leaks)

    return Contents(
        bundle_id=bundle_id,
        mode=about["mode"],
        case_ref=about["case_ref"],
        who=who,
        clock=clock,
        timezone=about["timezone"],
        subject=_subject(police),
        owner=Person(about["owner_label"]),
        # The words of the rule can hold what somebody wrote about an account.
        selection=SelectionRule(
            "The items of the bundle this was made from, which states the rule they were chosen by.", {}
        ),
        sources=sources,
        counts=counts,
        conversations=lambda: _conversations(police, found),
        items=lambda: _served(police, said),
        not_included=lambda: _not_included(police),
        unread=lambda: _unread(police),
        custody_lines=lambda: iter(lines),
        settings={"timezone": about["timezone"] or ""},
        warnings=(_notice(police, found),),
        edition="service",
        made_from=MadeFrom(police.bundle_id, police.seal),
        more=lambda: [(WITHHELD, _schedule(found.changes, said.by))],
        before_seal=check,
    )


def _notice(police: Bundle, found: Preview) -> str:
    items = len({one.item for one in found.changes})
    return (
        f"Service edition, made from the bundle {police.bundle_id} (seal {police.seal}), whose item numbers it keeps. In {items:,}"
        f" items something is withheld or blacked out, each marked in its place and listed in {WITHHELD}. Accounts of the owner"
        " and of others are labels; originals, native forms and header facts are not in it. The scan before sealing finds only what"
        " it has a shape for."
    )


def _served(police: Bundle, said: Instructions) -> Iterator[Item]:
    server = _server(police, said)
    return (server.serve(item) for item in police.items())


def _subject(police: Bundle) -> Person:
    accounts = [
        # Why somebody says that an account is the subject's was written for the police; the name beside it, by the owner.
        PersonAccount(Account(**(one["account"] | {"name": None})), one["rule"], *_ground(one))
        for person in police.people
        if person["role"] == "subject"
        for one in person["accounts"]
    ]
    return Person(police.about["subject_label"], tuple(accounts))


def _ground(one: dict[str, Any]) -> tuple[str, str]:
    if one["rule"] == "asserted":
        return "see the bundle this was made from", "a named person"
    return one["basis"], one["asserted_by"]


def _custody(police: Bundle, said: Instructions, found: Preview, who: Who, clock: Callable[[], datetime]) -> list[str]:
    """The log of the edition: what was removed, an entry for each item and kind, before the builder goes on with it."""
    log = CustodyLog((), clock)
    log.begin(who)
    kept_at = f"bundle {police.bundle_id}, seal {police.seal}"
    rules = " ".join(text for rule, text in RULES.items() if said.applies(rule))
    log.append(
        "redaction.applied",
        what="Replaced accounts of the owner and of others by labels; left out originals, native forms and header facts of all items.",
        why="A service edition may be read by anybody it is served on.",
        who=who,
        details=_details("all items", rules or "no rule", said.by, kept_at, ""),
    )
    for rule, reason in said.keep:
        log.append(
            "redaction.applied",
            what=f"Did not apply the rule “{rule}”: {RULES[rule]}",
            why=reason,
            who=who,
            details=_details("rule not applied", reason, said.by, kept_at, ""),
        )
    for change in found.changes:
        if change.what == "withheld":
            log.append(
                "withheld",
                what=f"Withheld {change.item} {change.how}.",
                why=change.reason,
                who=who,
                item_refs=[change.item],
                details={"item": change.item, "reason": change.reason, "decided_by": said.by},
            )
        else:
            log.append(
                "redaction.applied",
                what=f"{change.item}: {change.what} {change.how}{' as ' + change.sign if change.sign else ''}.",
                why=change.reason,
                who=who,
                item_refs=[change.item],
                details=_details(change.what, change.reason, said.by, kept_at, found.served_sha256[change.item]),
            )
    return list(log.new_lines)


def _details(kind: str, reason: str, by: str, kept_at: str, sha256: str) -> dict[str, object]:
    return {
        "kind": kind,
        "reason": reason,
        "by": by,
        "unredacted_kept_at": kept_at,
        # Of the words as served; of nothing where it is about more than one item's words.
        "redacted_sha256": sha256 or hashlib.sha256(b"").hexdigest(),
        "method": "removed and replaced by a sign, not covered",
    }


def _schedule(changes: Iterable[Change], by: str) -> bytes:
    rows = CsvRows()
    lines = [rows.row([one.item, one.what, one.how, one.reason, one.sign, by]) for one in changes]
    return (BOM + rows.row(COLUMNS) + "".join(lines)).encode()


def _sources(police: Bundle, places: Places) -> Iterator[Source]:
    coverage = iter(_coverage(police))
    for source in police.sources:
        label = source["label"]
        yield Source(
            label=label,
            name=f"Source {label}",
            originals=tuple(_original(label, one, places) for one in source["originals"]),
            fates=tuple(
                FileFate(f"{label} entry {at}", Fate(one["fate"])) for at, one in enumerate(source["fates"], start=1)
            ),
            claims=tuple(_claim(one, next(coverage)) for one in source["claims"]),
        )


def _coverage(police: Bundle) -> list[dict[str, Any]]:
    return list(json.loads(read_whole(police.bag, "meta/coverage.json", _LONGEST_LINE))["rows"])


def _original(label: str, one: dict[str, Any], places: Places) -> SourceOriginal:
    before, after = one["before"], one["after"]
    return SourceOriginal(
        relpath=places.original(label, one["name"]),
        size=one["bytes"],
        before=Digests(before["sha256"], before["blake3"], before["bytes"]),
        after=Digests(after["sha256"], after["blake3"], after["bytes"]) if after else None,
        after_reason="" if after else "not read again",
    )


def _claim(one: dict[str, Any], coverage: dict[str, Any]) -> SourceClaim:
    return SourceClaim(
        parser=one["parser"],
        parser_version=one["parser_version"],
        service=one["service"],
        title=f"{one['service']} export",
        tier=one["tier"],
        cannot_hold=coverage["cannot_hold"],
        seen=one["seen"],
        read=one["read"],
        unread=one["unread"],
        first_utc_us=_instant(coverage["first_utc"]),
        last_utc_us=_instant(coverage["last_utc"]),
        undated=coverage["undated"],
        acts=coverage["acts"],
    )


def _conversations(police: Bundle, found: Preview) -> Iterator[ConversationView]:
    for row in _rows(police, CONVERSATIONS):
        number = row["conversation"]
        yield ConversationView(
            id=neutral_id(number),
            number=number,
            title=None,
            service=row["service"],
            rule=row["joined by"],
            participants=tuple(found.people.get(number, ())),
            included=int(row["included"]),
            left_out=int(row["left out"]),
            first_utc_us=_instant(row["first utc"]),
            last_utc_us=_instant(row["last utc"]),
        )


def _not_included(police: Bundle) -> Iterator[NotIncluded]:
    known = {row["id"]: neutral_id(row["conversation"]) for row in _rows(police, CONVERSATIONS)}
    for row in _rows(police, NOT_INCLUDED):
        yield NotIncluded(
            source=row["source"],
            conversation=known.setdefault(row["conversation"], neutral_id(f"left out {len(known) + 1}")),
            counterparty=row["counterparty"],
            service=row["service"],
            count=int(row["records"]),
            first_utc_us=_instant(row["first utc"]),
            last_utc_us=_instant(row["last utc"]),
            reason=row["reason"],
            examined=row["examined"],
            kept_in=f"a file of {row['source']}",
            container_sha256=row["container sha256"],
        )


def _unread(police: Bundle) -> Iterator[UnreadRow]:
    for row in _rows(police, UNREAD):
        place = Position("", row["position"])
        yield UnreadRow(
            row["source"], f"a file of {row['source']}", Unread(place, row["kind"], "see the police edition")
        )


def _rows(police: Bundle, path: str) -> Iterator[dict[str, str]]:
    lines = (line.decode("utf-8").removeprefix(BOM) for line in read_lines(police.bag, path, _LONGEST_LINE))
    return csv.DictReader(lines)


def _instant(text: str | None) -> int | None:
    return to_utc_us(datetime.fromisoformat(text)) if text else None
