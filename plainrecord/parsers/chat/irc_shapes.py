"""The lines of IRC logs as the programs write them by default, and which program wrote a log."""

from __future__ import annotations

import re
from datetime import date

from plainrecord.parsers.chat.textdates import MONTHS, day

_NICK = r"(?P<nick>[^\s<>]{1,64}|[ @+%&~!][^\s<>]{1,64})"
_DATE = r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2})(?: \d\d:\d\d:\d\d)? (?P<year>\d{4})"

IRSSI_LINE = re.compile(rf"(?P<time>\d\d:\d\d(?::\d\d)?) <{_NICK}> (?P<text>.*)\Z", re.ASCII | re.DOTALL)
IRSSI_ACTION = re.compile(r"(?P<time>\d\d:\d\d(?::\d\d)?)  ?\* (?P<nick>\S{1,64}) (?P<text>.*)\Z", re.ASCII | re.DOTALL)
IRSSI_EVENT = re.compile(r"(?P<time>\d\d:\d\d(?::\d\d)?) -!- (?P<text>.*)\Z", re.ASCII | re.DOTALL)
MIRC_LINE = re.compile(
    rf"\[(?P<time>\d\d:\d\d(?::\d\d)?)\] (?:<{_NICK}> (?P<text>.*)|(?P<star>\*{{1,3}}) (?P<does>.*))\Z",
    re.ASCII | re.DOTALL,
)
WEECHAT_LINE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\t(?P<nick>[^\t]{0,64})\t(?P<text>.*)\Z", re.ASCII | re.DOTALL
)
HEX_LINE = re.compile(
    r"(?P<month>[^\W\d]{3,5}\.?) (?P<day>\d\d) (?P<time>\d\d:\d\d:\d\d) "
    r"(?:<(?P<nick>[^\s<>]{1,64})>[\t ])?(?P<text>.*)\Z",
    re.DOTALL,
)
SCROLLBACK = re.compile(r"T (?P<time>\d{9,11}) (?P<text>.*)\Z", re.ASCII | re.DOTALL)
EVENT_NICKS = frozenset(("-->", "<--", "--", "=!=", "\u2139", "⚡", ""))
_ONLY_IRC = re.compile(r"-->\Z|<--\Z| \*\Z|=!=\Z|[@+][^\W\d]")
FILE_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)\.(?:log|txt)\Z", re.ASCII)

_OPENED = re.compile(rf"--- (?:Log opened|Day changed) {_DATE}\Z", re.ASCII)
_HEX_OPENED = re.compile(
    r"\*{4} .{1,60}?(?P<month>[^\W\d]{3,5}\.?) {1,2}(?P<day>\d{1,2}) \d\d:\d\d:\d\d (?P<year>\d{4})\Z"
)
_MIRC_OPENED = re.compile(rf"Session (?:Start|Time): {_DATE}\Z", re.ASCII)
ASIDES = (
    re.compile(r"--- Log closed "),
    re.compile(r"Session (?:Close|Ident): "),
    re.compile(r"\*{4} [^<>]{1,60} \d{4}\Z"),
)
# Codes of bold, colours, reset, monospace, reverse, italics, strike-through and underline.
_CODES = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d\x1e\x1f]", re.ASCII)
# Names of months that are no English ones, as the C library shortens them. Source: CLDR; Italian seen in a sample.
_OTHER_MONTHS = {
    "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ago": 8, "set": 9, "ott": 10, "dic": 12,
    "ene": 1, "abr": 4, "mär": 3, "mai": 5, "okt": 10, "dez": 12,
    "janv": 1, "févr": 2, "mars": 3, "avril": 4, "avr": 4, "juin": 6, "juil": 7, "août": 8, "déc": 12,
}  # fmt: skip


def visible(text: str) -> str:
    """Text without the codes of colours and styles."""
    return _CODES.sub("", text)


def month_of(name: str) -> int:
    """The number of a month by its short name, 0 when it is none we know."""
    key = name.lower().rstrip(".")
    return MONTHS.get(key) or _OTHER_MONTHS.get(key) or 0


def day_line(text: str) -> date | None:
    """The day an opening or changing line names."""
    if not text.startswith(("--- ", "**** ", "Session ")):
        return None
    found = _OPENED.match(text) or _HEX_OPENED.match(text) or _MIRC_OPENED.match(text)
    if not found:
        return None
    month = month_of(found["month"])
    return day(int(found["year"]), month, int(found["day"])) if month else None


def shape_of(head: list[str], name: str) -> str | None:
    """Which program wrote a log, from its first lines; None for anything else."""
    if not head:
        return None
    first = head[0]
    if _OPENED.match(first):
        return "irssi"
    if _HEX_OPENED.match(first):
        return "hexchat"
    if _MIRC_OPENED.match(first):
        return "mirc"
    if all(WEECHAT_LINE.match(line) for line in head[:2]):
        return "weechat"
    if len(head) > 1 and all(SCROLLBACK.match(line) for line in head[:3]):
        return "scrollback"
    # A bouncer writes no opening line: its day is in the file's name, its lines speak for themselves.
    if FILE_DAY.search(name) and all(MIRC_LINE.match(line) for line in head[:-1] or head):
        return "mirc"
    return None


def is_log(head: list[str], name: str) -> bool:
    """Whether a file is an IRC log beyond doubt.

    Three values after a time are any table; only ranks, events or the file's name make them a channel's log.
    """
    shape = shape_of(head, name)
    if shape != "weechat":
        return shape is not None
    nicks = [found["nick"] for line in head if (found := WEECHAT_LINE.match(line))]
    return name.endswith(".weechatlog") or any(_ONLY_IRC.match(nick) for nick in nicks)
