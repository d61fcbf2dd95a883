"""WeChat texts made by unofficial software: WechatExporter's and chatlog's. WeChat itself exports nothing.

Reads: wall-clock time to the second, name (and id where chatlog gives one), text, what kind of thing a placeholder stood
for. Cannot read: zone; files, which are named by links of the software's own server. Versions seen: WechatExporter txt,
chatlog text with and without the year. Source of knowledge: the published code of both. The phone backup or database these
were made from is the primary exhibit. Tier: `public schema`. Fixture: fixtures/chat-wechat.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import clock, day, local_time
from plainrecord.parsers.chat.textlog import LogReader, Reading, file_conversation, first_lines, named
from plainrecord.records import Account
from plainrecord.times import unreadable

SERVICE = "wechat"
OWNER_WORD = "我"
_EXPORTER = re.compile(r"(?P<name>.+?) \((\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\):(?P<text>.*)\Z", re.ASCII | re.DOTALL)
_CHATLOG = re.compile(
    r"(?:\[(?P<group>.{1,100})\(\S{1,80}\)\] )?(?P<name>[^()]*)(?:\((?P<id>[^()\s]+)\))? "
    r"(?:(?:(?P<y>\d{4})-)?(?P<m>\d\d)-(?P<d>\d\d) )?(?P<time>\d\d:\d\d:\d\d)\Z",
    re.ASCII,
)
_PLACEHOLDERS = {
    "[Photo]": "image",
    "[Video]": "video",
    "[Voice]": "audio",
    "[语音]": "audio",
    "[名片]": "contact",
    "[图片]": "image",
    "[视频]": "video",
}
_LINKED = re.compile(r"!?\[(图片|视频|动画表情|语音|链接|文件)(?:\|([^\]]*))?\]\(([^)]*)\)\Z")
_LINKED_KINDS = {"图片": "image", "视频": "video", "动画表情": "sticker", "语音": "audio", "文件": "file"}
_AT = re.compile(r"\[位置\|([^\]]*)\]\Z")


class WeChat(LogReader):
    """WechatExporter and chatlog texts."""

    name = "wechat-text"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="WeChat by unofficial software: WechatExporter (txt), chatlog (text)",
        tier="public schema",
        holds="Messages with name, sometimes the account id, wall-clock time to the second.",
        cannot_hold="Zone, media, message ids, what the unofficial software left out; chatlog may leave out year or day.",
        fixture="chat-wechat",
    )

    def recognises(self, member: Member) -> bool:
        """A first line in the shape of either; chatlog's also needs a second one in the same shape, or its own words."""
        head = first_lines(member.head)
        if not head:
            return False
        if _EXPORTER.match(head[0]):
            return len(head) == 1 or any(_EXPORTER.match(line) for line in head[1:])
        first = _CHATLOG.match(head[0])
        if not first or not (first["id"] or first["name"] == OWNER_WORD):
            return False
        return first["id"] is not None and len(head) > 1 and not _CHATLOG.match(head[1])

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one chat."""
        return _Chat(claim, member, exporter=bool(head and _EXPORTER.match(head[0])))


class _Chat(Reading):
    def __init__(self, claim: Claim, member: Member, *, exporter: bool) -> None:
        self._zone = claim.options.timezone
        self._conversation = file_conversation(member, None)
        self._exporter = exporter
        self._blank = True

    def line(self, text: str) -> Message | None:
        if self._exporter:
            return self._exporter_line(text)
        blank, self._blank = self._blank, not text.strip()
        found = _CHATLOG.match(text) if blank else None
        return self._chatlog_head(found) if found else None

    def _exporter_line(self, text: str) -> Message | None:
        found = _EXPORTER.match(text)
        if not found:
            return None
        on = day(int(found[2]), int(found[3]), int(found[4]))
        raw = text[found.start(2) : found.end(5)]
        time = local_time(raw, "line", on, clock(found[5]), self._zone)
        return Message("message", time, named(SERVICE, found["name"]), self._conversation, text=found["text"])

    def _chatlog_head(self, found: re.Match[str]) -> Message:
        raw = found[0][found.start("y") if found["y"] else found.start("m") if found["m"] else found.start("time") :]
        # WeChat trap 1: the year, or the whole day, is left out when the person asked for a short stretch of time.
        time = unreadable(raw, "line")
        if found["y"]:
            on = day(int(found["y"]), int(found["m"]), int(found["d"]))
            time = local_time(raw, "line", on, clock(found["time"]), self._zone)
        sender = Account(SERVICE, "id", found["id"], found["name"] or None) if found["id"] else None
        if found["name"] == OWNER_WORD or sender is None:
            sender = named(SERVICE, found["name"]) if sender is None else sender
        message = Message("message", time, sender, self._conversation, text="")
        message.facts["head"] = "1"
        if found["name"] == OWNER_WORD:
            message.owner = sender
        if not found["y"]:
            message.notes.append("wechat-trap-1:year-not-stated" if found["m"] else "wechat-trap-1:day-not-stated")
        if found["group"]:
            message.facts["group"] = found["group"]
        return message

    def finish(self, message: Message) -> None:
        text = message.text or ""
        if message.facts.pop("head", None):
            text = text.removeprefix("\n")
        message.text = text
        placeholders(message)


def placeholders(message: Message) -> None:
    """The files and places a text stands for."""
    text = message.text or ""
    if kind := _PLACEHOLDERS.get(text):
        message.files.append(File(None, absent="not-exported", facts={"kind": kind}))
    elif found := _LINKED.match(text):
        if kind := _LINKED_KINDS.get(found[1]):
            facts = {"kind": kind, "link": found[3]}
            message.files.append(File(found[2], absent="not-exported", facts=facts))
        else:
            message.marks.append("link")
    elif _AT.match(text):
        message.marks.append("location")
