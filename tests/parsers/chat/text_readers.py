"""The readers of text logs and small exports, and which sample folders are theirs."""

from __future__ import annotations

from plainrecord.parsers.base import Parser
from plainrecord.parsers.chat.copied import CopiedChats, CopiedTexts
from plainrecord.parsers.chat.element import Element
from plainrecord.parsers.chat.element_html import ElementPages
from plainrecord.parsers.chat.element_text import ElementText
from plainrecord.parsers.chat.irc import Irc
from plainrecord.parsers.chat.kakaotalk import KakaoTalk
from plainrecord.parsers.chat.kakaotalk_csv import KakaoTalkCsv
from plainrecord.parsers.chat.kik import Kik
from plainrecord.parsers.chat.line_app import LineApp
from plainrecord.parsers.chat.pidgin import Pidgin
from plainrecord.parsers.chat.qq import QQ
from plainrecord.parsers.chat.textlog import LogReader
from plainrecord.parsers.chat.threema import Threema
from plainrecord.parsers.chat.threema_backup import ThreemaBackup
from plainrecord.parsers.chat.viber import Viber
from plainrecord.parsers.chat.wechat import WeChat
from plainrecord.parsers.chat.wechat_tables import ChatlogCsv, WeFlow
from plainrecord.parsers.chat.wire import Wire
from plainrecord.parsers.chat.xmpp_adium import Adium
from plainrecord.parsers.chat.xmpp_psi import Psi
from plainrecord.parsers.chat.zoom import Zoom

LOGS: tuple[LogReader, ...] = (
    Viber(),
    LineApp(),
    KakaoTalk(),
    WeChat(),
    QQ(),
    Zoom(),
    Threema(),
    ElementText(),
    Pidgin(),
    Psi(),
    Irc(),
    CopiedChats(),
    CopiedTexts(),
)
READERS: tuple[Parser, ...] = (
    Viber(),
    LineApp(),
    KakaoTalk(),
    KakaoTalkCsv(),
    WeChat(),
    ChatlogCsv(),
    WeFlow(),
    QQ(),
    Zoom(),
    Kik(),
    Threema(),
    ThreemaBackup(),
    Wire(),
    Element(),
    ElementText(),
    ElementPages(),
    Pidgin(),
    Psi(),
    Adium(),
    Irc(),
    CopiedChats(),
    CopiedTexts(),
)
FOLDERS: dict[str, list[str]] = {}
for _reader in READERS:
    FOLDERS.setdefault(_reader.card.fixture, []).append(_reader.name)


def named(name: str) -> Parser:
    """The reader of that name."""
    return next(parser for parser in READERS if parser.name == name)
