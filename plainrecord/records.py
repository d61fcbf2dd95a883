"""The nouns everybody shares: account, position, envelope, record, unread.

Nothing here may import a room above it (only `times`). The hot-path types are frozen, slotted dataclasses; `Record`,
which is written to files, is a pydantic model whose JSON Schema ships in every bundle.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, model_validator

from plainrecord.times import TimeBlock
from plainrecord.values import value

RECORD_SCHEMA_VERSION = "1.0"
INVALID_UNICODE_NOTE = "invalid-unicode-replaced"
# The service of chats that a person copied out of an app or typed, and the mark of each of their records: no machine made them.
COPIED_CHAT = "copied-chat"
COPIED_BY_HAND = "copied-by-hand"

Kind = Literal[
    "message",
    "email",
    "call",
    "voicemail",
    "reaction",
    "comment",
    "mention",
    "post",
    "request",
    "follow",
    "poke",
    "story_reply",
    "file",
    "payment",
    "delivery",
    "login_alert",
    "profile_change",
    "block",
    "system",
    "capture",
    "incident",
    "other",
]
EvidenceKind = Literal["recorded", "derived", "computed", "authored"]
AccountKind = Literal["address", "number", "id", "handle", "name"]
Direction = Literal["subject_to_owner", "owner_to_subject", "subject_to_other", "other", "unknown"]
AttachmentState = Literal["present", "missing", "not-exported"]


@dataclass(frozen=True, slots=True)
class Account:
    """An identity exactly as a source states it.

    `value` is the address, number, id, handle or name as written; `name` the display name beside it, decoded. `role`
    says where it stood ("from", "sender", "reply-to", "return-path", "to", "cc", "bcc", "delivered-to", "member", …)
    and is no part of the identity.
    """

    service: str
    kind: AccountKind
    value: str
    name: str | None = None
    role: str | None = field(default=None, compare=False)


@value(frozen=True, slots=True)
class Conversation:
    """What a record says about its conversation.

    A chat export states it: then `key` is its id within the source and `title`/`is_group` are set. Mail does not: then
    `key` is None and `links` holds every strong key of the message (its own Message-ID, In-Reply-To, References, thread
    id), which `conversations.py` joins. `fallback` is a weak key (subject + participants), used only when
    `seeks` is true for a message of the group, that is when a reply carries no strong key to anything. `own` is the one
    of `links` that names this message itself, and `own_mark` what tells copies of it from another message that bears
    the same name: author and date as written, on two lines. `account_events` marks the list of log-ins and changes of the
    owner's own account: nobody's conversation, taken in only when it is asked for.
    """

    key: str | None = None
    title: str | None = None
    is_group: bool = False
    links: tuple[str, ...] = ()
    fallback: str | None = None
    seeks: bool = False
    own: str | None = None
    own_mark: str = ""
    account_events: bool = False


@value(frozen=True, slots=True)
class Position:
    """Where in an original a record stands, so that anyone can find it with stock tools.

    `member` is the member's `tree_path` in the listing of its source (a claim may join members of many originals, so the
    path inside the original alone would not say which). What is written to files names the original and the path in it.
    `locator` is one of `bytes:START-END` (half-open, 0-based), `lines:FIRST-LAST` (1-based, inclusive),
    `json:/pointer`, `row:TABLE/ROWID`, `part:1.2` (a MIME part of the enclosing `bytes:` locator, joined by "#"),
    `node:N` (a node of an Outlook mailbox file), `file`.
    """

    member: str
    locator: str


@value(frozen=True, slots=True)
class Envelope:
    """The cheap part of one record, made for *every* record of an export in bounded memory.

    `position.member` names the member in the claim's listing. `sender` is None when the source names nobody. `also` are
    accounts that stand beside the sender without being the stated author (Sender, Reply-To, Return-Path, Resent-From,
    further From mailboxes, Delivered-To), each with its `role`. `dates` are all other times the source gives. `marks`
    and `notes` are short codes (`deleted`, `trap-8:several-from`), in order, without repeats. `backwards` is true for a
    record of a list that runs from the newest to the oldest: of two with the same time, the one read later is the earlier.
    """

    position: Position
    kind: Kind
    service: str
    time: TimeBlock
    sender: Account | None
    recipients: tuple[Account, ...] = ()
    also: tuple[Account, ...] = ()
    conversation: Conversation = Conversation()
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    backwards: bool = False


class Stretch(NamedTuple):
    """Plain messages that follow each other in an export, in columns of one length: each is as one of `likes` says, but for
    its place and its instant, and for how its time is written, which no case keeps. They stand in a conversation that the
    export states."""

    likes: Sequence[Envelope]
    locators: Sequence[str]
    instants: Sequence[int]


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that could not be read: counted and listed, never skipped.

    `kind` is a short code (`truncated`, `bad-json`, …); `detail` one plain sentence without the content itself.
    """

    position: Position
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something a parser had to decide (date order, zone, encoding, separator), with its evidence; stored and printed."""

    subject: str
    chosen: str
    basis: str
    certain: bool = True


def valid_text(text: str) -> str:
    """The text as valid Unicode: surrogate pairs joined, each lone surrogate replaced by U+FFFD.

    Exports cut emoji in half and file systems give bytes that are no UTF-8; neither can be written to a UTF-8 file.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def valid_values(value: object) -> object:
    """`valid_text` applied to every string, key and list element of a plain JSON-like value."""
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, dict):
        return {valid_values(key): valid_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [valid_values(item) for item in value]
    if isinstance(value, tuple):
        return tuple(valid_values(item) for item in value)
    return value


class Written(BaseModel):
    """What is written to files: unknown fields refused, every string valid Unicode."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _valid_unicode(cls, data: object) -> object:
        return valid_values(data)

    @classmethod
    def trusted(cls, values: dict[str, Any]) -> Self:
        """The model of values that this program made itself: every field given and of its type. Nothing is checked.

        Checking took two thirds of the time of making a record (150 of 230 microseconds for a mail with nine times).
        `model_construct` does the same and walks through the fields in Python, which takes ten times as long.
        """
        made = cls.__new__(cls)
        _set(made, "__dict__", values)
        _set(made, "__pydantic_fields_set__", set(values))
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made


_set = object.__setattr__


class Attachment(Written):
    """One attached file of a record.

    `name` is the name as given (raw, never used as a path); `also_named` any other name the source gives. `claimed_type`
    is the sender's media type, `detected_type` ours. `bytes`, `sha256`, `blake3` are of the *decoded* content and null
    when it is not present. `media` is the path of the copy inside a bundle, set by the bundle. `facts` are derived facts
    such as EXIF time, GPS and device.
    """

    name: str | None = None
    also_named: list[str] = []
    claimed_type: str | None = None
    detected_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    blake3: str | None = None
    state: AttachmentState = "present"
    inline: bool = False
    locator: str | None = None
    media: str | None = None
    facts: dict[str, str] = {}
    notes: list[str] = []


class AccountModel(Written):
    """An `Account` as written to files."""

    service: str
    kind: AccountKind
    value: str
    name: str | None = None
    role: str | None = None

    @classmethod
    def of(cls, account: Account) -> AccountModel:
        """The file form of an account."""
        return cls.model_validate(cls.as_found(account).__dict__)

    @classmethod
    def as_found(cls, account: Account) -> AccountModel:
        """The file form with its text as it stands there, valid Unicode or not: for `Record.of`, which looks at all of it."""
        return cls.trusted(
            {
                "service": account.service,
                "kind": account.kind,
                "value": account.value,
                "name": account.name,
                "role": account.role,
            }
        )


class TimeModel(Written):
    """A `TimeBlock` as written to files (all fields of the time block, `ts_utc` written out)."""

    ts_raw: str
    where: str
    ts_utc: str | None
    ts_offset: str | None
    tz_basis: str
    tz_name: str | None
    precision: str
    dst_flag: str
    meaning: str
    local: str | None = None

    @classmethod
    def of(cls, time: TimeBlock) -> TimeModel:
        """The file form of a time block."""
        return cls.model_validate(cls.as_found(time).__dict__)

    @classmethod
    def as_found(cls, time: TimeBlock) -> TimeModel:
        """The file form with its text as it stands there; see `AccountModel.as_found`."""
        return cls.trusted(
            {
                "ts_raw": time.ts_raw,
                "where": time.where,
                "ts_utc": time.ts_utc,
                "ts_offset": time.ts_offset,
                "tz_basis": time.tz_basis,
                "tz_name": time.tz_name,
                "precision": time.precision,
                "dst_flag": time.dst_flag,
                "meaning": time.meaning,
                "local": time.local,
            }
        )


class ConversationModel(Written):
    """The conversation a record belongs to, after joining.

    `participants` lists the accounts of a conversation of at most twenty; a larger one says only how many there are, and
    `schedules/conversations.csv` of a bundle names them once instead of every record again.
    """

    id: str
    title: str | None = None
    is_group: bool = False
    rule: str = "stated"
    participant_count: int = 0
    participants: list[AccountModel] = []


class PositionModel(Written):
    """A `Position` as written to files, with the SHA-256 of the original it counts from."""

    original_sha256: str
    original: str
    member: str
    locator: str


class Record(Written):
    """One record: envelope plus content, in the form every bundle and `plainrecord records` writes.

    `text` is exactly as decoded; `html` is stored unchanged and sanitised only when shown. `raw_sha256` is the SHA-256
    of the record's raw bytes at its position. `text_from` says where `text` came from (`plain`, `html`, `none`).
    Where the source held something that is not valid Unicode, `notes` says `invalid-unicode-replaced`.
    """

    schema_version: str = RECORD_SCHEMA_VERSION
    id: str
    source: str
    kind: Kind
    evidence_kind: EvidenceKind = "derived"
    service: str
    time: TimeModel
    dates: list[TimeModel] = []
    conversation: ConversationModel | None = None
    sender: AccountModel | None
    recipients: list[AccountModel] = []
    also: list[AccountModel] = []
    direction: Direction = "unknown"
    subject: str | None = None
    text: str | None = None
    text_from: str | None = None
    html: str | None = None
    attachments: list[Attachment] = []
    marks: list[str] = []
    status: dict[str, str] = {}
    facts: dict[str, str] = {}
    parent: str | None = None
    position: PositionModel
    raw_sha256: str | None = None
    raw_bytes: int | None = None
    notes: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _valid_unicode(cls, data: object) -> object:
        cleaned = valid_values(data)
        if isinstance(cleaned, dict) and cleaned != data:
            cleaned["notes"] = [*cleaned.get("notes", []), INVALID_UNICODE_NOTE]
        return cleaned

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The record of values of the right types, each field given; where a text is not valid Unicode it is made so."""
        record = cls.trusted(values)
        try:
            record.__pydantic_serializer__.to_json(record)
        except ValueError:  # what cannot be written as UTF-8; there is no quicker way to look through every field
            return cls.model_validate(record.model_dump())
        return record


@dataclass(slots=True)
class Loaded:
    """What a parser's `load` gives back: the envelope again, and the content that was not read by `scan`.

    `raw` is the record's exact bytes in the original when it has a native form of its own (`native_suffix`, e.g.
    ".eml"), else None. `blobs` are the decoded bytes of each present attachment, in the order of `attachments`.
    `children` are records carried inside this one (an attached message/rfc822), each credited to its own author, with
    positions that extend the parent's locator ("bytes:0-900#part:2").
    """

    envelope: Envelope
    dates: tuple[TimeBlock, ...] = ()
    subject: str | None = None
    text: str | None = None
    text_from: str | None = None
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    blobs: list[bytes | None] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    raw_sha256: str | None = None
    raw_bytes: int | None = None
    native_suffix: str | None = None
    notes: tuple[str, ...] = ()
    children: list[Loaded] = field(default_factory=list)


class Alike(NamedTuple):
    """Messages of one export that differ only in place, time, text and digest, in columns of one length.

    `like` is one of them, whole, without bytes of files and other records inside it; every one of them has an instant, a
    wall clock and a text. What a parser says here of a record is what its `load` says; a test holds it to that.
    """

    like: Loaded
    locators: Sequence[str]
    texts: Sequence[str]
    stamps: Sequence[str]
    instants: Sequence[int]
    locals: Sequence[str]
    digests: Sequence[str]
    sizes: Sequence[int]

    def at(self, places: Sequence[int]) -> Alike:
        """Those at some places."""
        return Alike._make([self.like, *([column[at] for at in places] for column in self[1:])])

    def each(self) -> Iterator[Loaded]:
        """Every one of them as `load` gives it."""
        like, envelope = self.like, self.like.envelope
        for locator, text, stamp, instant, local, digest, size in zip(*self[1:], strict=True):
            time = replace(envelope.time, ts_raw=stamp, utc_us=instant, local=local)
            found = replace(envelope, position=Position(envelope.position.member, locator), time=time)
            yield replace(like, envelope=found, text=text, raw_sha256=digest, raw_bytes=size)


def record_id(original_sha256: str, member: str, locator: str) -> str:
    """ "r-" and 26 characters of lower-case base32 of SHA-256(original sha256 ‖ NUL ‖ member ‖ NUL ‖ locator).

    `member` is the path inside the original ("" for the original itself). Same original, same member, same position:
    same id, on any machine and under any file name.
    """
    return "r-" + short_base32(f"{original_sha256}\0{member}\0{locator}".encode("utf-8", "surrogatepass"))


def record_ids(original_sha256: str, member: str, locators: Iterable[str]) -> list[str]:
    """`record_id` of many records of one member."""
    begun = hashlib.sha256(f"{original_sha256}\0{member}\0".encode("utf-8", "surrogatepass"))
    digests = []
    for locator in locators:
        whole = begun.copy()
        whole.update(locator.encode("utf-8", "surrogatepass"))
        digests.append(whole.digest())
    return ["r-" + text for text in _base32_of_all(digests)]


_BASE32 = [one + two for one in "abcdefghijklmnopqrstuvwxyz234567" for two in "abcdefghijklmnopqrstuvwxyz234567"]
_WORDS = struct.Struct(">QQB").unpack_from


def short_base32(data: bytes) -> str:
    """The first 26 characters of the lower-case base32 of the SHA-256 of `data`.

    Ten bits at a time from a table: `base64.b32encode` takes four times as long, and each record has an id.
    """
    return _base32(hashlib.sha256(data).digest())


def short_base32_of_each(many: Iterable[bytes]) -> list[str]:
    """`short_base32` of many."""
    return _base32_of_all([hashlib.sha256(data).digest() for data in many])


_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" + bytes(224)
# The widths of a part, halved again and again, in bits, and of the room it is given.
_HALVES = ((80, 128), (40, 64), (20, 32), (10, 16), (5, 8))


def _base32_of_all(digests: Sequence[bytes]) -> list[str]:
    """What `_base32` says of each. All of them are one number, in which the bits of each digest are drawn apart until
    every five have a byte of their own: that takes an eighth of the time of one after another."""
    spread = int.from_bytes(b"".join([bytes(12) + digest[:20] for digest in digests]), "big")
    for bits, room in _HALVES:
        lower = int.from_bytes(((1 << bits) - 1).to_bytes(room // 4, "big") * (len(digests) * 128 // room), "big")
        spread = (spread >> bits & lower) << room | spread & lower
    letters = spread.to_bytes(32 * len(digests), "big").translate(_LETTERS).decode("ascii")
    return [letters[at : at + 26] for at in range(0, len(letters), 32)]


def _base32(digest: bytes) -> str:
    first, second, third = _WORDS(digest)
    # Twice sixty bits, and ten: of larger whole numbers every shift makes a new one.
    high, low, last, of = first >> 4, (first & 15) << 56 | second >> 8, (second & 255) << 2 | third >> 6, _BASE32
    return (
        f"{of[high >> 50]}{of[high >> 40 & 1023]}{of[high >> 30 & 1023]}{of[high >> 20 & 1023]}{of[high >> 10 & 1023]}"
        f"{of[high & 1023]}{of[low >> 50]}{of[low >> 40 & 1023]}{of[low >> 30 & 1023]}{of[low >> 20 & 1023]}"
        f"{of[low >> 10 & 1023]}{of[low & 1023]}{of[last]}"
    )
