"""QQ's own message history as text: heads of time and name, then the words.

From: QQ for computers → message manager → export as text. Reads: wall-clock time to the second, name, QQ number or mail
address of the sender. Cannot read: zone, files (named by a word), ids. Source of knowledge: the tests of a published
reader. Tier: `public schema`. Fixture: fixtures/chat-qq.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import clock, day, local_time
from plainrecord.parsers.chat.textlog import ASIDE, Aside, LogReader, Reading, file_conversation, first_lines, named
from plainrecord.records import Account, Conversation

SERVICE = "qq"
_FIRST = "消息记录\uff08此消息记录为文本格式"
_HEAD = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}:\d\d:\d\d) (?P<who>\S.*)\Z", re.ASCII)
_NUMBER = re.compile(r"(?P<name>.*)\((?P<id>\d{4,12})\)\Z", re.ASCII)
_MAIL = re.compile(r"(?P<name>.*)<(?P<id>[^<>@\s]+@[^<>@\s]+)>\Z")
_TITLE = re.compile(r"【(?P<title>[^】]*)】(?P<name>.*)\Z")
_MEDIA = {"[图片]": "image", "[语音]": "audio", "[视频]": "video", "[文件]": "file"}
_SYSTEM = ("系统消息", "系统消息(10000)")


class QQ(LogReader):
    """QQ texts."""

    name = "qq-text"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="QQ, message history as text",
        tier="public schema",
        holds="Messages with name, QQ number or mail address, wall-clock time to the second.",
        cannot_hold="Zone, media, message ids, reactions, words of taken-back messages.",
        fixture="chat-qq",
    )

    def recognises(self, member: Member) -> bool:
        """The sentence QQ writes at the top of its own text exports."""
        head = first_lines(member.head, 1024)
        return bool(head) and head[0].startswith(_FIRST)

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one file, which may hold several chats."""
        return _History(claim, member)


class _History(Reading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._zone = claim.options.timezone
        self._member = member
        self._conversation: Conversation = file_conversation(member, None)
        self._section = True

    def line(self, text: str) -> Message | Aside | None:
        if found := _HEAD.match(text):
            self._section = False
            return self._head(found)
        if text.startswith("消息对象:"):
            name = text.partition(":")[2].strip()
            self._conversation = Conversation(f"file:{self._member.tree_path}#{name}", name or None)
            self._section = True
            return ASIDE
        if text.startswith(("消息分组:", _FIRST)) or set(text) == {"="}:
            self._section = True
            return ASIDE
        return ASIDE if self._section and not text.strip() else None

    def _head(self, found: re.Match[str]) -> Message:
        on = day(int(found[1]), int(found[2]), int(found[3]))
        raw = found[0][: found.end(4)]
        time = local_time(raw, "head line", on, clock(found[4]), self._zone)
        sender, title = _sender(found["who"])
        system = found["who"] in _SYSTEM
        message = Message("system" if system else "message", time, sender, self._conversation, text="")
        if title:
            message.facts["sender-title"] = title
        return message

    def finish(self, message: Message) -> None:
        message.text = (message.text or "").removeprefix("\n")
        if kind := _MEDIA.get(message.text):
            message.files.append(File(None, absent="not-exported", facts={"kind": kind}))
        elif message.text == "[红包]":
            message.kind = "payment"


def _sender(who: str) -> tuple[Account, str | None]:
    title = None
    if found := _TITLE.match(who):
        title, who = found["title"], found["name"]
    if found := _NUMBER.match(who):
        return Account(SERVICE, "id", found["id"], found["name"] or None), title
    if found := _MAIL.match(who):
        return Account(SERVICE, "address", found["id"], found["name"] or None), title
    return named(SERVICE, who), title
