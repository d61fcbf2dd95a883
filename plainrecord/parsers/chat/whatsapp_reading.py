"""One message of a WhatsApp chat as an envelope and as a loaded record, from its own bytes and the facts of its chat.

`scan` and `load` both go through here, so that they say the same of the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.lines import Encoding, decoded, without_end
from plainrecord.parsers.chat.whatsapp_body import Body, is_generated, is_ordinary, spoken_body, system_body
from plainrecord.parsers.chat.whatsapp_header import stored_shape
from plainrecord.parsers.chat.whatsapp_split import Piece, clipped
from plainrecord.parsers.chat.whatsapp_stamps import Stamps
from plainrecord.parsers.chat.whatsapp_survey import label_end
from plainrecord.parsers.chat.whatsapp_words import unmarked, words
from plainrecord.records import Account, Conversation, Envelope, Position

SERVICE = "whatsapp"
_NUMBER = re.compile(r"\+\s?\d[\d\s().\u2010-\u2015-]{5,24}\Z")
_OUTER = " \u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u061c"
_REMEMBERED = 10_000
# In a group of more, only the owner is named as recipient of each message: a row for each member would fill the case.
_LISTED = 32
_ONCE_IN = 20
_UTF8 = Encoding()


@dataclass(frozen=True, slots=True)
class Speaker:
    """A sender label understood: the account, and everybody else of the chat as recipients."""

    account: Account
    recipients: tuple[Account, ...]
    notes: tuple[str, ...] = ()


class Chat:
    """What is the same for all messages of one chat, from the claim's facts and what a person said."""

    def __init__(self, facts: Mapping[str, str], options: ReadOptions, member: str) -> None:
        self.shape = stored_shape(facts["header"])
        self.member = member
        self.stamps = Stamps(facts.get("order", ""), options.timezone)
        self.marked = bool(facts.get("marked"))
        self.tight = bool(facts.get("tight"))
        self._counts: dict[str, int] = dict(json.loads(facts.get("senders", "[]")))
        self._longer = {
            short.encode(): full.encode() + b": " for short, full in json.loads(facts.get("colon_names", "{}")).items()
        }
        self._messages = int(facts.get("messages", "0"))
        group = bool(facts.get("group"))
        self.conversation = Conversation(member, facts.get("title") or None, group)
        other = facts.get("other", "")
        self._people = [account_of(label) for label in self._counts] + ([account_of(other)] if other else [])
        owners = {unmarked(name).strip().casefold() for name in options.owner_names}
        if len(self._people) > _LISTED:
            self._people = [one for one in self._people if unmarked(one.value).casefold() in owners]
        self._role = "member" if group else "to"
        self._unstated: tuple[str, ...] = ()
        if len(self._people) == 1 and not group and (owner := _named_owner(options)):
            # Of two people only one wrote, and the export names nobody else: the other is the one who made it.
            self._people.append(Account(SERVICE, "name", owner))
            self._unstated = ("recipient-as-said-not-stated",)
        self._speakers: dict[bytes, Speaker] = {}
        # What plain messages share, by the sender's label and by whether seconds are written.
        self.likes: dict[tuple[bytes, bool], Envelope] = {}
        self._first_lines = words().first_lines

    def envelope(self, piece: Piece) -> tuple[Envelope, Body | None]:
        """The envelope of a message, and what its body was found to be (None for plainly typed text)."""
        raw = clipped(piece.raw, piece.end - piece.start)
        at, speaker = self._spoken(raw, piece.rest)
        return self._enveloped(piece, raw, Position(self.member, f"bytes:{piece.start}-{piece.end}"), at, speaker)

    def whole(self, piece: Piece, position: Position) -> tuple[Envelope, Body | None, str, tuple[str, ...]]:
        """The envelope of a message and its body as in `envelope`; its words exactly as written, behind header and sender,
        and notes on them."""
        raw, rest = piece.raw, piece.rest
        at, speaker = self._spoken(raw, rest)
        envelope, body = self._enveloped(piece, clipped(raw, piece.end - piece.start), position, at, speaker)
        if speaker is not None:
            rest = at + 1 + raw.startswith(b" ", at + 1)
        text, notes = decoded(raw[rest:], _UTF8)
        return envelope, body, without_end(text), notes

    def knows(self, label: bytes) -> bool:
        """Whether this is the label of a sender, whatever stands behind it."""
        if label in self._longer:
            return False
        return self.shape.bracketed or label.decode("utf-8", "replace") in self._counts

    def _spoken(self, raw: bytes, rest: int) -> tuple[int, Speaker | None]:
        """Where the sender's label ends, and who it names; None for a line of the app."""
        end = raw.find(b"\n", rest)
        end = len(raw) if end < 0 else end
        at = self._label_end(raw, rest, end)
        if at < 0:
            return at, None
        return at, self._speakers.get(raw[rest:at]) or self._speaker(raw[rest:at], raw[rest:end])

    def _enveloped(
        self, piece: Piece, raw: bytes, position: Position, at: int, speaker: Speaker | None
    ) -> tuple[Envelope, Body | None]:
        time, notes = self.stamps.block(piece.stamp, piece.date, piece.time), self.stamps.notes(piece.date)
        if speaker is None:
            body = system_body(_body_text(raw[piece.rest :]))
            return self._built(position, time, body, None, notes), body
        if is_ordinary(raw, at + 2, self._first_lines):
            spoken = Envelope(
                position, "message", SERVICE, time, speaker.account, speaker.recipients, (), self.conversation, (),
                notes + speaker.notes if notes or speaker.notes else (),
            )  # fmt: skip
            return spoken, None
        body = spoken_body(_body_text(raw[at + 1 :]), bracketed=self.shape.bracketed, marked=self.marked)
        return self._built(position, time, body, speaker, notes), body

    def printed_label(self, piece: Piece) -> str:
        """The label a line of the app carries on iPhone, where the app is not the person it names."""
        raw, rest = piece.raw, piece.rest
        end = raw.find(b"\n", rest)
        at = self._label_end(raw, rest, len(raw) if end < 0 else end)
        return raw[rest:at].decode("utf-8", "replace").strip(_OUTER) if at >= 0 else ""

    def _built(
        self, position: Position, time: object, body: Body, speaker: Speaker | None, notes: tuple[str, ...]
    ) -> Envelope:
        said = speaker if speaker and body.kind in ("message", "call") else None
        more = said.notes if said else ()
        return Envelope(
            position,
            body.kind,
            SERVICE,
            time,  # type: ignore[arg-type]
            said.account if said else None,
            said.recipients if said else (),
            (),
            self.conversation,
            tuple(dict.fromkeys(body.marks)),
            tuple(dict.fromkeys((*notes, *more, *body.notes))),
        )

    def _label_end(self, raw: bytes, rest: int, end: int) -> int:
        at = label_end(raw, rest, end)
        if at < 0:
            return raw.find(b":", rest, end) if self.tight else -1
        if self._longer:
            full = self._longer.get(raw[rest:at])
            if full and raw.startswith(full, rest):
                return rest + len(full) - 2
        return at

    def _speaker(self, label: bytes, line: bytes) -> Speaker | None:
        """Who a label names; None where the colon stands inside a line of the app (a group's name, a description)."""
        known = self._speakers.get(label)
        if known is None:
            text = label.decode("utf-8", "replace")
            if not (self.shape.bracketed or text in self._counts):
                # Asked for each line anew, or what is said of one would hang on which lines were read before it.
                return None if is_generated(line.decode("utf-8", "replace"), text) else self._understood(text)
            if len(self._speakers) > _REMEMBERED:
                self._speakers.clear()
            known = self._speakers[label] = self._understood(text)
        return known

    def _understood(self, text: str) -> Speaker:
        account = account_of(text)
        others = tuple(
            Account(one.service, one.kind, one.value, None, self._role) for one in self._people if one != account
        )
        rare = self._messages >= _ONCE_IN and self._counts.get(text) == 1
        return Speaker(account, others, (*(("trap-9:sender-occurs-once",) if rare else ()), *self._unstated))


def _named_owner(options: ReadOptions) -> str | None:
    """The first name, not address, number or handle, that a person gave for the owner."""
    names = (name.strip() for name in options.owner_names)
    return next((name for name in names if name and "@" not in name and not any(map(str.isdigit, name))), None)


def account_of(label: str) -> Account:
    """The account a label states: a telephone number where it is one, else a name and nothing more."""
    shown = label.strip(_OUTER)
    kind = "number" if _NUMBER.match(unmarked(shown)) else "name"
    return Account(SERVICE, kind, shown or label)  # type: ignore[arg-type]


def _body_text(raw: bytes) -> str:
    text = decoded(raw, _UTF8)[0]
    return without_end(text.removeprefix(" "))
