"""KakaoTalk's text exports: Windows, Android and iPhone, Korean and English.

From: chat room → ≡ → ⚙ → Export messages (phone), ≡ → Chat content → Save (computer). Reads: day, time to the minute,
name, text, service lines, files lying beside the text under the name it gives. Cannot read: zone, seconds, ids.
Versions seen: the four text shapes below. Source of knowledge: code and invented samples of public readers; the media
words were read in code only. Tier: `public schema`. Fixture: fixtures/chat-kakaotalk.
"""

from __future__ import annotations

import re
from datetime import date

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import MONTHS, clock, day, day_only, local_time
from plainrecord.parsers.chat.textlog import (
    ASIDE,
    Aside,
    LogReader,
    Reading,
    file_conversation,
    first_lines,
    named,
    words,
)
from plainrecord.records import Account

SERVICE = "kakaotalk"
_TIME = r"((?:오전|오후) ?\d{1,2}:\d\d|\d{1,2}:\d\d(?: ?[AaPp][Mm])?)"
_KOREAN = r"(\d{4})년 (\d{1,2})월 (\d{1,2})일"
_ENGLISH = r"[A-Z][a-z]+day, ([A-Z][a-z]{2,8}) (\d{1,2}), (\d{4})"
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved) ?: ?\S")
_TITLE = re.compile(r"(?P<name>.+?) ?님과 카카오톡 대화\Z|KakaoTalk Chats with (?P<english>.+)\Z|.*카카오톡 대화\Z")
_RULED = re.compile(rf"-{{5,}} (?:{_KOREAN}.*|{_ENGLISH}) -{{5,}}\Z", re.ASCII)
_DAY = re.compile(rf"(?:{_KOREAN} .요일|{_ENGLISH})\Z", re.ASCII)
_MINUTE = re.compile(rf"{_KOREAN} {_TIME}\Z", re.ASCII)
_WINDOWS = re.compile(rf"\[(?P<name>.+?)\] \[{_TIME}\] ?(?P<text>.*)\Z", re.ASCII | re.DOTALL)
_STAMPS = (
    re.compile(rf"{_KOREAN} {_TIME}(?=, |: )", re.ASCII),
    re.compile(rf"(\d{{4}})\. (\d{{1,2}})\. (\d{{1,2}})\. {_TIME}(?=, |: )", re.ASCII),
)
_STAMP_ENGLISH = re.compile(rf"([A-Z][a-z]{{2,8}}) (\d{{1,2}}), (\d{{4}})(?: at|,) {_TIME}(?=, |: )", re.ASCII)
_STAMP_SHORT = re.compile(rf"{_TIME}(?=, |: )", re.ASCII)
_PHOTOS = re.compile(r"사진 \d{1,3}장\Z")
_FILE = re.compile(r"(?:파일|File): (.+)\Z")
_HASHED = re.compile(r"[0-9a-f]{64}\.\w{1,5}\Z")


class KakaoTalk(LogReader):
    """KakaoTalk texts."""

    name = "kakaotalk-text"
    version = "1"
    service = SERVICE
    with_media = True
    card = FormatCard(
        service=SERVICE,
        export="KakaoTalk, Export messages (text of Windows, Android or iPhone)",
        tier="public schema",
        holds="Messages with name and wall-clock time to the minute, service lines, named files that lie beside it.",
        cannot_hold="Zone, seconds, ids, reactions, words of deleted messages; names are not accounts.",
        fixture="chat-kakaotalk",
    )

    def recognises(self, member: Member) -> bool:
        """The line with the saving date, near a title or a day or message line of KakaoTalk."""
        head = first_lines(member.head)[:12]
        if not any(_SAVED.match(line) for line in head[:4]):
            return False
        return bool(_TITLE.match(head[0])) or any(
            _day_of(line) or _stamp(line) or _WINDOWS.match(line) for line in head
        )

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one chat."""
        return _Chat(claim, member, head)


def _day_of(text: str) -> tuple[date | None] | None:
    """The day a day line names (None inside when it names an impossible one), None for another line."""
    found = _RULED.match(text) or _DAY.match(text)
    if not found:
        minute = _MINUTE.match(text)
        return (day(int(minute[1]), int(minute[2]), int(minute[3])),) if minute else None
    if found[1]:
        return (day(int(found[1]), int(found[2]), int(found[3])),)
    return (day(int(found[6]), MONTHS.get(found[4].lower(), 0), int(found[5])),)


def _stamp(text: str) -> tuple[date | None, str, int] | None:
    """Day, time of day and end of the stamp of a message line of a phone; the day is None where the line has none."""
    for shape in _STAMPS:
        if found := shape.match(text):
            return day(int(found[1]), int(found[2]), int(found[3])), found[4], found.end()
    if found := _STAMP_ENGLISH.match(text):
        return day(int(found[3]), MONTHS.get(found[1].lower(), 0), int(found[2])), found[4], found.end()
    return None


class _Chat(Reading):
    def __init__(self, claim: Claim, member: Member, head: list[str]) -> None:
        self._zone = claim.options.timezone
        self._day: date | None = None
        self._day_text = ""
        self._begun = False
        self._windows = any(_WINDOWS.match(line) for line in head) or any(_RULED.match(line) for line in head)
        title = _TITLE.match(head[0]) if head else None
        name = (title["name"] or title["english"]) if title else None
        self._conversation = file_conversation(member, name)

    def line(self, text: str) -> Message | Aside | None:
        if found := _day_of(text):
            self._day, self._day_text, self._begun = found[0], text, True
            return ASIDE
        message = self._windows_line(text) if self._windows else self._phone_line(text)
        if message:
            self._begun = True
        elif not self._begun and (_SAVED.match(text) or _TITLE.match(text)):
            return ASIDE
        return message

    def _windows_line(self, text: str) -> Message | None:
        if found := _WINDOWS.match(text):
            return self._made(self._day, found[2], named(SERVICE, found["name"]), found["text"], with_day_line=True)
        if any(text.endswith(end) for end in words("kakaotalk")["service_ends"]):
            # Kakao trap 1: a line of the app has no brackets and no time, like the second line of a message.
            time = day_only(self._day_text, "day line", self._day, self._zone)
            marks = ["maybe-system", "time-from-day-line"]
            return Message("system", time, None, self._conversation, text=text, marks=marks)
        return None

    def _phone_line(self, text: str) -> Message | None:
        stamp, short = _stamp(text), None
        if stamp is None:
            short = _STAMP_SHORT.match(text)
            if not short or self._day is None:
                return None
            stamp = (self._day, short[1], short.end())
        rest = text[stamp[2] :]
        # Kakao trap 2: only “name : text” with a space on both sides is a person's message.
        name, colon, said = rest.removeprefix(", ").partition(" : ")
        if rest.startswith(", ") and not colon and rest.endswith(" :"):
            name, colon, said = rest[2:-2], " :", ""
        if rest.startswith(", ") and colon:
            return self._made(stamp[0], stamp[1], named(SERVICE, name), said, with_day_line=bool(short), raw=text)
        said = rest.removeprefix(", ").removeprefix(": ")
        return self._made(stamp[0], stamp[1], None, said, with_day_line=bool(short), raw=text)

    def _made(
        self, on: date | None, time: str, sender: Account | None, text: str, *, with_day_line: bool, raw: str = ""
    ) -> Message | None:
        at = clock(time)
        if at is None:
            return None
        if with_day_line:
            block = local_time(f"{self._day_text} {time}".strip(), "day line and time of the line", on, at, self._zone)
        else:
            block = local_time(raw[: raw.index(time) + len(time)], "line", on, at, self._zone)
        message = Message("message" if sender else "system", block, sender, self._conversation, text=text)
        if on is None:
            message.notes.append("day-unknown")
        return message

    def finish(self, message: Message) -> None:
        told(message)


def told(message: Message) -> None:
    """What the words of a message say that the app itself put there; a person can type the same words."""
    text, table = message.text or "", words("kakaotalk")
    kind = table["media"].get(text) or ("image" if _PHOTOS.match(text) else None)
    if kind:
        message.marks.append("maybe-media-word")
        message.files.append(File(None, absent="not-exported", facts={"kind": kind}))
    elif _HASHED.match(text):
        message.files.append(File(text, (text,)))
    elif found := _FILE.match(text):
        message.files.append(File(found[1], (found[1],), absent="not-exported"))
    elif text in table["deleted"]:
        message.marks += ["deleted", "maybe-system"]
    elif text in table["missed"] or text in table["calls"]:
        message.kind = "call"
        message.marks += ["missed"] * (text in table["missed"]) + ["maybe-system"]
