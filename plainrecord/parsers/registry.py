"""The one ordered table of parsers. Earlier lines claim first; a member is read by the first parser that claims it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from plainrecord.errors import UsageError
from plainrecord.parsers.base import Parser

# "module:class", most specific first.
TABLE: tuple[str, ...] = (
    # First of all: the archive of a page looks like a mail, and its words like any text.
    "plainrecord.parsers.capture:Captures",
    "plainrecord.parsers.email.outlook_msg:OutlookMessage",
    "plainrecord.parsers.email.outlook_pst:OutlookStore",
    "plainrecord.parsers.email.emlx:AppleMail",
    "plainrecord.parsers.email.maildir:Maildir",
    "plainrecord.parsers.email.mbox:Mbox",
    "plainrecord.parsers.email.eml:Eml",
    # Their lines look like WhatsApp's too, but not the other way round.
    "plainrecord.parsers.chat.threema:Threema",
    "plainrecord.parsers.chat.element_text:ElementText",
    "plainrecord.parsers.chat.telegram:Telegram",
    "plainrecord.parsers.chat.telegramhtml:TelegramPages",
    "plainrecord.parsers.chat.discord:Discord",
    "plainrecord.parsers.chat.discordhtml:DiscordPages",
    "plainrecord.parsers.chat.discordcsv:DiscordCsv",
    "plainrecord.parsers.chat.discordtext:DiscordText",
    "plainrecord.parsers.chat.signal_official:SignalOfficial",
    "plainrecord.parsers.chat.signal_sigtop:Sigtop",
    "plainrecord.parsers.chat.signal_sigtop_more:SigtopShort",
    "plainrecord.parsers.chat.signal_sigtop_more:SigtopJson",
    "plainrecord.parsers.chat.signal_export_json:SignalExportJson",
    "plainrecord.parsers.chat.signal_export_markdown:SignalExportMarkdown",
    "plainrecord.parsers.chat.signal_backup_text:SignalBackupText",
    "plainrecord.parsers.chat.signal_backup_pages:SignalBackupPages",
    # Behind the texts that look like it: signal-export and signalbackup-tools write dated lines too.
    "plainrecord.parsers.chat.whatsapp:WhatsApp",
    "plainrecord.parsers.chat.signal_xml:SmsXml",
    "plainrecord.parsers.chat.imessage_text:IMessageText",
    "plainrecord.parsers.chat.imessage_html:IMessagePages",
    "plainrecord.parsers.chat.imazing:IMazing",
    "plainrecord.parsers.chat.imessage_phoneview:PhoneView",
    # Downloads of social networks. Instagram before Facebook: its own folders and first keys tell it for certain. Google last:
    # a file of one of its products is known by less than those of the others.
    "plainrecord.parsers.social.instagram:InstagramDownload",
    "plainrecord.parsers.social.facebook:FacebookDownload",
    "plainrecord.parsers.social.snapchat:Snapchat",
    "plainrecord.parsers.social.tiktok:TikTok",
    "plainrecord.parsers.social.x:X",
    "plainrecord.parsers.social.discordpackage:DiscordPackage",
    "plainrecord.parsers.social.reddit:Reddit",
    "plainrecord.parsers.social.linkedin:LinkedIn",
    "plainrecord.parsers.social.dating:Tinder",
    "plainrecord.parsers.social.dating:Hinge",
    "plainrecord.parsers.social.dating:Raya",
    "plainrecord.parsers.social.mastodon:Mastodon",
    "plainrecord.parsers.social.bluesky:Bluesky",
    "plainrecord.parsers.social.twitch:Twitch",
    "plainrecord.parsers.social.strava:Strava",
    "plainrecord.parsers.social.google:Takeout",
    "plainrecord.parsers.chat.messenger:Messenger",
    "plainrecord.parsers.chat.skype:Skype",
    "plainrecord.parsers.chat.slack:Slack",
    "plainrecord.parsers.chat.teams:Teams",
    "plainrecord.parsers.chat.googlechat:GoogleChat",
    "plainrecord.parsers.chat.viber:Viber",
    "plainrecord.parsers.chat.line_app:LineApp",
    "plainrecord.parsers.chat.kakaotalk:KakaoTalk",
    "plainrecord.parsers.chat.kakaotalk_csv:KakaoTalkCsv",
    "plainrecord.parsers.chat.wechat:WeChat",
    "plainrecord.parsers.chat.wechat_tables:ChatlogCsv",
    "plainrecord.parsers.chat.wechat_tables:WeFlow",
    "plainrecord.parsers.chat.qq:QQ",
    "plainrecord.parsers.chat.zoom:Zoom",
    "plainrecord.parsers.chat.kik:Kik",
    "plainrecord.parsers.chat.threema_backup:ThreemaBackup",
    "plainrecord.parsers.chat.wire:Wire",
    "plainrecord.parsers.chat.element:Element",
    "plainrecord.parsers.chat.element_html:ElementPages",
    "plainrecord.parsers.chat.pidgin:Pidgin",
    "plainrecord.parsers.chat.xmpp_psi:Psi",
    "plainrecord.parsers.chat.xmpp_adium:Adium",
    "plainrecord.parsers.chat.irc:Irc",
    "plainrecord.parsers.diary:Diary",
    # Any table, but only with a mapping that a person gave: behind every reader that knows its table by itself.
    "plainrecord.parsers.tabular:Tabular",
    # Last: texts that a person put together. Whatever an app may have written is for its own reader.
    "plainrecord.parsers.chat.copied:CopiedChats",
    "plainrecord.parsers.chat.copied:CopiedTexts",
)


def in_order() -> Iterator[Parser]:
    """Every parser, in claiming order: third parties' entry points last, sorted by name.

    Each is loaded when its turn comes: all of them take longer to load than a small export to read.
    """
    yield from map(_load, TABLE)
    yield from _theirs()


def all_parsers() -> tuple[Parser, ...]:
    """The same, all loaded."""
    return tuple(in_order())


def parser_named(name: str) -> Parser:
    """The parser with that `name`; raises UsageError when there is none (a case made with a plug-in now missing)."""
    for parser in in_order():
        if parser.name == name:
            return parser
    raise UsageError(f"This case was read with the parser “{name}”, which is not installed here.")


@cache
def _theirs() -> tuple[Parser, ...]:
    return tuple(point.load()() for point in sorted(entry_points(group="plainrecord.parsers"), key=lambda p: p.name))


@cache
def _load(path: str) -> Parser:
    module, _, cls = path.partition(":")
    parser: Parser = getattr(import_module(module), cls)()
    return parser
