"""One item of a police edition as it is served: only what is named here goes over, everything else stays behind.

A list of what may pass, not of what may not: a field that some reader adds tomorrow is not served until it stands here.
Item numbers, times, kinds, directions and the subject's own accounts stay; every other account is a label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from plainrecord.bundle.contents import Item, Part
from plainrecord.editions.instructions import Instructions, held_in
from plainrecord.editions.leaks import is_telling
from plainrecord.editions.needles import Needle, blacked_out, number_needle, words_needle
from plainrecord.parsers.email.exif import read_exif
from plainrecord.records import (
    RECORD_SCHEMA_VERSION,
    Account,
    AccountModel,
    Attachment,
    Conversation,
    ConversationModel,
    Envelope,
    Loaded,
    Position,
    PositionModel,
    Record,
    TimeModel,
    record_id,
    short_base32,
)
from plainrecord.times import TimeBlock, to_utc_us

# Of what is stated about a call or a message, only what tells how it went.
STATUS = ("call", "ended", "direction", "duration-seconds", "read", "delivered", "status")
_OWN_EVENTS = frozenset(("login_alert", "profile_change"))
# Native forms are not served, and neither is a mail that came along as a file.
_MAILS = frozenset(("message/rfc822", "application/vnd.ms-outlook"))
_MARKS_TELLING = ("label:", "folder:")

Media = Callable[[str], bytes]


@dataclass(slots=True)
class Change:
    """What was done to one item: `withheld` whole, words `redacted`, or a file withheld; by rule or by hand, and why."""

    item: str
    what: Literal["withheld", "redacted", "file withheld"]
    how: Literal["by rule", "by hand"]
    reason: str
    sign: str = ""


@dataclass(slots=True)
class Labels:
    """Accounts as they are served: the subject's as they are, the owner's as one word, others numbered as they come."""

    subject: frozenset[tuple[str, str, str]]
    owner: frozenset[tuple[str, str, str]]
    _others: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def is_subject(self, account: dict[str, Any] | None) -> bool:
        """Whether an account is one of the subject's, which is served as it is."""
        return account is not None and (account["service"], account["kind"], account["value"]) in self.subject

    def of(self, account: dict[str, Any]) -> AccountModel:
        """The account, or its label in place of value and name."""
        key = (account["service"], account["kind"], account["value"])
        if self.is_subject(account):
            # The name beside it may be what the owner called them.
            return AccountModel(**(account | {"name": None}))
        label = "Owner" if key in self.owner else self._others.setdefault(key, f"Person {len(self._others) + 1}")
        return AccountModel(service=account["service"], kind="name", value=label, name=None, role=account["role"])


@dataclass(slots=True)
class Places:
    """Where items stand, without names of files: originals and members numbered as they come, in each source."""

    _known: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def original(self, source: str, name: str) -> str:
        """A neutral name of an original."""
        return f"{source} file {self._number(source, 'original', name)}"

    def member(self, source: str, path: str) -> str:
        """A neutral name of a file inside an original; "" stays "", the original itself."""
        return f"inside {self._number(source, 'member', path)}" if path else ""

    def _number(self, source: str, kind: str, name: str) -> int:
        known = self._known.get((source, kind, name))
        if known is None:
            known = self._counts[source, kind] = self._counts.get((source, kind), 0) + 1
            self._known[source, kind, name] = known
        return known


class Server:
    """Turns items into what is served of them, in the order of the timeline; `changes` has what was done to the last one."""

    def __init__(
        self, instructions: Instructions, labels: Labels, owner: Iterable[dict[str, Any]], places: Places, media: Media
    ) -> None:
        self._said = instructions
        self._labels = labels
        self._places = places
        self._media = media
        self._withheld = {one.item: one.reason for one in instructions.withhold}
        self._everywhere, self._in_item = _needles(instructions, owner)
        self._ids: dict[tuple[str, str], str] = {}
        self.changes: list[Change] = []

    def serve(self, item: dict[str, Any]) -> Item:
        """The item as it is served."""
        self.changes = []
        hidden = self._hidden(item)
        position = self._position(item["source"], item["position"])
        identity = record_id(position.original_sha256, position.member, position.locator)
        self._ids[item["source"], item["id"]] = identity
        attachments, blobs = ([], []) if hidden else self._files(item)
        subject, text = (None, None) if hidden else (self._words(item, "subject"), self._words(item, "text"))
        # Whoever knows how such records look could find out by trying what is not served of one: a word, or in a line of a chat
        # the number of whoever wrote it. So there is a digest only of what the subject wrote, and nothing was changed in.
        whole = not self.changes and self._labels.is_subject(item["sender"])
        time = TimeModel(**item["time"])
        record = Record(
            schema_version=RECORD_SCHEMA_VERSION,
            id=identity,
            source=item["source"],
            kind=item["kind"],
            evidence_kind=item["evidence_kind"],
            service=item["service"],
            time=time,
            conversation=self._conversation(item["conversation"], item["conversation_number"]),
            sender=self._labels.of(item["sender"]) if item["sender"] else None,
            recipients=[self._labels.of(one) for one in item["recipients"]],
            direction=item["direction"],
            subject=subject,
            text=text,
            text_from=None if hidden else item["text_from"],
            attachments=attachments,
            marks=[*self._marks(item), *(["withheld"] if hidden else self._signs())],
            status={} if hidden else {name: item["status"][name] for name in STATUS if name in item["status"]},
            parent=self._ids.get((item["source"], item["parent"])) if item["parent"] else None,
            position=position,
            raw_sha256=item["raw_sha256"] if whole else None,
            raw_bytes=item["raw_bytes"] if whole else None,
            notes=[] if hidden else item["notes"],
        )
        loaded = Loaded(_envelope(record, time), attachments=attachments, blobs=blobs)
        return Item(
            item["item"],
            record,
            loaded,
            cast("Part", item["part"]),
            item["matched"],
            item["conversation_number"],
            item["gap_before"],
            [self._copy(one, known=whole) for one in item["copies"]],
        )

    def _hidden(self, item: dict[str, Any]) -> bool:
        number = item["item"]
        reasons = [self._withheld[one] for one in held_in(number) if one in self._withheld]
        if reasons:
            self.changes.append(Change(number, "withheld", "by hand", reasons[0]))
        elif (rule := _withholding_rule(item)) and self._said.applies(rule):
            self.changes.append(Change(number, "withheld", "by rule", "safety"))
        return bool(self.changes)

    def _words(self, item: dict[str, Any], name: str) -> str | None:
        return None if item[name] is None else self._blacked(item["item"], item[name])

    def _blacked(self, number: str, text: str) -> str:
        in_item = (one for holder in held_in(number) for one in self._in_item.get(holder, ()))
        needles = [*in_item, *self._everywhere]
        served, signs = blacked_out(text, [(needle, sign) for needle, sign, _ in needles])
        reasons = {sign: why for _, sign, why in needles}
        for sign in signs:
            how: Literal["by rule", "by hand"] = "by rule" if sign == OWNER_SIGN else "by hand"
            change = Change(number, "redacted", how, reasons[sign], sign)
            if change not in self.changes:
                self.changes.append(change)
        return served

    def _signs(self) -> list[str]:
        return ["redacted"] if any(one.what == "redacted" for one in self.changes) else []

    def _marks(self, item: dict[str, Any]) -> list[str]:
        return [mark for mark in item["marks"] if not mark.startswith(_MARKS_TELLING)]

    def _files(self, item: dict[str, Any]) -> tuple[list[Attachment], list[bytes | None]]:
        attachments, blobs = [], list[bytes | None]()
        for one in item["attachments"]:
            blob = self._media(one["media"]) if one["media"] else None
            # What a system said of a file can hold its path.
            notes = [note.split(": ", 1)[0] for note in one["notes"]]
            if blob is not None and self._said.applies("device-data") and _tells(one, blob):
                self.changes.append(Change(item["item"], "file withheld", "by rule", "states a place or a device"))
                blob = None
                notes.append("withheld: the file states a place or a device")
            elif blob is not None and {one["detected_type"], one["claimed_type"]} & _MAILS:
                self.changes.append(Change(item["item"], "file withheld", "by rule", "a mail in its native form"))
                blob = None
                notes.append("withheld: a mail in its native form; what it says is an item of its own")
            name = self._blacked(item["item"], one["name"]) if one["name"] else None
            attachments.append(
                Attachment(
                    name=name,
                    claimed_type=one["claimed_type"],
                    detected_type=one["detected_type"],
                    bytes=one["bytes"],
                    sha256=one["sha256"],
                    blake3=one["blake3"],
                    state=one["state"],
                    inline=one["inline"],
                    notes=notes,
                )
            )
            blobs.append(blob)
        return attachments, blobs

    def _position(self, source: str, place: dict[str, Any]) -> PositionModel:
        return PositionModel(
            original_sha256=place["original_sha256"],
            original=self._places.original(source, place["original"]),
            member=self._places.member(source, place["member"]),
            locator=place["locator"],
        )

    def _copy(self, copy: dict[str, Any], *, known: bool) -> dict[str, str | None]:
        place = self._position(copy["source"], copy)
        return {
            "source": copy["source"],
            "id": record_id(place.original_sha256, place.member, place.locator),
            **place.model_dump(),
            "raw_sha256": copy["raw_sha256"] if known else None,
            "same": copy["same"],
        }

    def _conversation(self, said: dict[str, Any] | None, number: str) -> ConversationModel | None:
        if said is None:
            return None
        return ConversationModel(
            id=neutral_id(number),
            title=None,
            is_group=said["is_group"],
            rule=said["rule"],
            participant_count=said["participant_count"],
            participants=[self._labels.of(one) for one in said["participants"]],
        )


OWNER_SIGN = "[redacted: owner]"
_REACH = ("address", "number", "handle")


def _needles(
    said: Instructions, owner: Iterable[dict[str, Any]]
) -> tuple[list[tuple[Needle, str, str]], dict[str, list[tuple[Needle, str, str]]]]:
    """Needles with their sign and reason: for every item, and for single ones. Entries made by hand come first."""
    everywhere: list[tuple[Needle, str, str]] = []
    in_item: dict[str, list[tuple[Needle, str, str]]] = {}
    for at, one in enumerate(said.redact, start=1):
        needle = words_needle(one.words, "words to be redacted")
        if needle:
            (in_item.setdefault(one.item, []) if one.item else everywhere).append(
                (needle, f"[redacted {at}]", one.reason)
            )
    if said.applies("owner-accounts"):
        everywhere += [(needle, OWNER_SIGN, "an account of the owner") for needle in owner_needles(owner)]
    return everywhere, in_item


def owner_needles(accounts: Iterable[dict[str, Any]]) -> list[Needle]:
    """What reaches the owner: addresses, numbers, ids and handles of their accounts.

    A bare name reaches nobody, and an export's own word for "the person who made this" (“self”) is no account.
    """
    found: dict[str, Needle] = {}
    for account in accounts:
        what = f"the owner’s {account['kind']}"
        value = account["value"]
        needle = number_needle(value, what) if account["kind"] == "number" else words_needle(value, what)
        if needle and (account["kind"] in _REACH or (account["kind"] == "id" and any(one.isdigit() for one in value))):
            found[needle.pattern.pattern] = needle
    return list(found.values())


def neutral_id(text: str) -> str:
    """The id of a conversation as it is served: its own is made from the path of a file, which could be found by trying."""
    return "c-" + short_base32(f"served\0{text}".encode())


def _withholding_rule(item: dict[str, Any]) -> str | None:
    """Which rule keeps the owner's own material back: what they wrote down, their account's events, pages they kept."""
    if item["kind"] == "capture":
        return "pages"
    own_event = item["kind"] in _OWN_EVENTS or item["matched"] == "asked:account-events"
    return "log" if own_event or item["kind"] == "incident" else None


def _tells(attachment: dict[str, Any], blob: bytes) -> bool:
    names: Sequence[str] = [*attachment["facts"], *read_exif(blob).facts]
    return any(name.lower().startswith("exif:") and is_telling(name) for name in names)


def _envelope(record: Record, time: TimeModel) -> Envelope:
    """As much of an envelope as the writers of a bundle ask for."""
    instant = None if time.ts_utc is None else to_utc_us(datetime.fromisoformat(time.ts_utc))
    block = TimeBlock(time.ts_raw, time.where, instant, cast("Any", time.tz_basis))
    sender = Account(record.sender.service, record.sender.kind, record.sender.value) if record.sender else None
    place = Position(record.position.member, record.position.locator)
    return Envelope(place, record.kind, record.service, block, sender, conversation=Conversation())
