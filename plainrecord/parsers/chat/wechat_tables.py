"""WeChat messages as a table or JSON of unofficial software: chatlog's CSV, WeFlow's and EchoTrace's JSON.

Reads: account ids and names, wall-clock time (CSV) or exact instants (JSON), the chat, text. Cannot read: files. Source
of knowledge: chatlog's published code and a published reader of the JSON. Tier: `public schema`. Fixture:
fixtures/chat-wechat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, sniff, words
from plainrecord.parsers.chat.pieces import File, Message, Problem, no_time
from plainrecord.parsers.chat.textdates import clock, day, local_time
from plainrecord.parsers.chat.textrows import TableReader, TableReading
from plainrecord.parsers.chat.wechat import OWNER_WORD, SERVICE, placeholders
from plainrecord.records import Account, Conversation
from plainrecord.times import from_epoch

_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\Z", re.ASCII)
_COLUMNS = frozenset(("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"))
_TYPES = ("私聊", "群聊")
_WORD_KINDS = {"图片消息": "image", "语音消息": "audio", "视频消息": "video", "动画表情": "sticker", "文件消息": "file"}


class ChatlogCsv(TableReader):
    """chatlog tables."""

    name = "wechat-chatlog-csv"
    version = "1"
    service = SERVICE
    must = _COLUMNS
    card = FormatCard(
        service=SERVICE,
        export="WeChat by unofficial software: chatlog (CSV)",
        tier="public schema",
        holds="Messages with account id, name, chat id and wall-clock time to the second.",
        cannot_hold="Zone, media, message ids, what the unofficial software left out.",
        fixture="chat-wechat",
    )

    def recognises(self, columns: list[str], member: Member) -> bool:
        """These six columns."""
        return set(columns) == _COLUMNS

    def reading(self, claim: Claim, member: Member) -> TableReading:
        """A reading of one table."""
        return _Table(claim)


class _Table(TableReading):
    def __init__(self, claim: Claim) -> None:
        self._zone = claim.options.timezone

    def row(self, values: dict[str, str]) -> list[Message] | Problem:
        found = _STAMP.match(values["Time"])
        on = day(int(found[1]), int(found[2]), int(found[3])) if found else None
        time = local_time(values["Time"], "Time", on, clock(found[4]) if found else None, self._zone)
        talker = values["Talker"] or values["TalkerName"]
        group = values["Talker"].endswith("@chatroom")
        conversation = Conversation(talker or "unnamed", values["TalkerName"] or None, group)
        sender = Account(SERVICE, "id", values["Sender"], values["SenderName"] or None) if values["Sender"] else None
        if sender is None and values["SenderName"]:
            sender = Account(SERVICE, "name", values["SenderName"])
        message = Message("message" if sender else "system", time, sender, conversation, text=values["Content"])
        if values["SenderName"] == OWNER_WORD:
            message.owner = sender
        placeholders(message)
        return [message]


class WeFlow(JsonReader[Conversation]):
    """WeFlow and EchoTrace JSON: one chat a file."""

    name = "wechat-weflow-json"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="WeChat by unofficial software: WeFlow or EchoTrace (JSON)",
        tier="public schema",
        holds="Messages with account id, name, exact time to the second, whether the owner sent them.",
        cannot_hold="Media, what the unofficial software left out.",
        fixture="chat-wechat",
    )

    headings = ("/session",)

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each file with a session of a private or group chat and messages."""
        for member in listing.members:
            seen = sniff(member.head, b"{", (b'"session"',), ("/session", "/messages/*"))
            told = seen.first("/session") if seen else None
            if isinstance(told, dict) and told.get("type") in _TYPES:
                title = told.get("displayName") or told.get("nickname") or member.name
                yield Claim(self.name, str(title), (member,), listing.options)

    def pattern(self, claim: Claim, member: Member) -> str:
        """Where messages stand."""
        return "/messages/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Conversation:
        """The chat of the session."""
        told = headings.get("/session")
        title = words(told, "remark") or words(told, "displayName") or words(told, "nickname")
        key = words(told, "wxid") or f"file:{member.tree_path}"
        return Conversation(key, title or None, words(told, "type") == "群聊")

    def read(self, context: Conversation, pointer: str, element: dict[str, Any]) -> list[Message]:
        """One message."""
        return [_message(context, element)]


def _message(chat: Conversation, value: dict[str, Any]) -> Message:
    seconds = value.get("createTime")
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        time = from_epoch(seconds, "s", str(seconds), "createTime")
    else:
        time = no_time(value.get("formattedTime"), "createTime")
    who, name = value.get("senderUsername"), value.get("senderDisplayName")
    shown = name if isinstance(name, str) and name else None
    sender = Account(SERVICE, "id", who, shown) if isinstance(who, str) and who else None
    if sender is None and shown:
        sender = Account(SERVICE, "name", shown)
    kind = value.get("type")
    system = value.get("isSend") is None or kind == "系统消息"
    content = value.get("content")
    message = Message("system" if system else "message", time, sender, chat)
    message.text = content if isinstance(content, str) else None
    if value.get("isSend") == 1:
        message.owner = sender
    if isinstance(kind, str):
        message.facts["type"] = kind
        if what := _WORD_KINDS.get(kind):
            message.files.append(File(None, absent="not-exported", facts={"kind": what}))
    return message
