"""Which files are a WhatsApp chat and its media: decided by the headers in the text, never by a name alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import PurePosixPath

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.chat.copied_heads import bracket_origin
from plainrecord.parsers.chat.lines import decoded, encoding_of
from plainrecord.parsers.chat.media import beside, folder_of
from plainrecord.parsers.chat.whatsapp_header import Shape, shape_of
from plainrecord.parsers.chat.whatsapp_words import title_in

_FIRST_LINES = 20
_TEXT = ("text/", "application/octet-stream")
# Files of other exports that may lie beside a chat; as attached documents they carry a name the app made.
_OTHERS = ("application/json", "application/vnd.sqlite3", "text/html", "application/mbox", "text/csv")


def chat_shape(member: Member) -> Shape | None:
    """The dominant shape of headers at the beginning of a text, or None when it is no chat of this kind."""
    if not member.head or not member.media_type.startswith(_TEXT):
        return None
    lines = decoded(member.head, encoding_of(member.head))[0].split("\n")
    if len(lines) > 1 and member.size != len(member.head):
        lines.pop()  # the last line of the head may be cut
    shapes: Counter[Shape] = Counter()
    for number, line in enumerate(lines):
        raw = b"\n" + line.encode("utf-8", "replace")
        shape = next((one for one in shapes if one.pattern.match(raw)), None) or shape_of(line)
        if shape:
            shapes[shape] += 1
        if number > _FIRST_LINES and not shapes:
            return None
    best = next((one for one, _ in shapes.most_common(1)), None)
    if best is not None and bracket_origin(best.sample) == "copy":
        # What a person selected and copied is no export; `copied.py` reads it as what it is.
        best = _exported_first(member, lines, shapes)
    return best if best is not None and _chat_like(lines, best, shapes[best]) else None


def _exported_first(member: Member, lines: list[str], shapes: Collection[Shape]) -> Shape | None:
    """The shape of the first line, when it and the name are those of an export: then copies are what somebody pasted into a
    message."""
    first = next((line for line in lines if line.strip("\ufeff \r")), "")
    raw = b"\n" + first.encode("utf-8", "replace")
    found = next((one for one in shapes if one.pattern.match(raw)), None)
    named = bool(title_of(member)) or member.name == "_chat.txt"
    return found if found is not None and named and bracket_origin(found.sample) != "copy" else None


def _chat_like(lines: list[str], shape: Shape, count: int) -> bool:
    """A shape of dates alone would claim any log: some line must name a sender, and headers must not be a rarity."""
    named = 0
    for line in lines:
        raw = line.encode("utf-8", "replace")
        match = shape.pattern.match(b"\n" + raw)
        if match:
            named += b":" in raw[match.end() - 1 :]
    filled = [line for line in lines if line.strip()]
    first = bool(filled) and bool(shape.pattern.match(b"\n" + filled[0].encode("utf-8", "replace")))
    return named > 0 and (first or count * 40 >= len(filled))


def media_of(listing: Listing, member: Member, chats: Collection[str]) -> list[Member]:
    """The files beside a chat text that are, or may be, its media.

    In an archive with one chat everything beside it is; elsewhere only what carries a name the app gives.
    """
    alone = bool(member.path) and sum(path.rpartition("/")[0] == folder_of(member) for path in chats) == 1
    found = (one for one in beside(listing, member) if one.tree_path not in chats)
    return [one for one in found if _app_name(one.name) or (alone and one.media_type not in _OTHERS)]


def _app_name(name: str) -> bool:
    """`00000035-PHOTO-…` of iPhone, `IMG-20220327-WA0001.jpg` of Android."""
    return (name[:8].isdigit() and name[8:9] == "-") or ("-WA" in name and name[:3].isupper() and name[3:4] == "-")


def title_of(member: Member) -> str:
    """The other party or group, as the name of the text or of its archive states it; "" when neither does."""
    names = (member.name, PurePosixPath(member.original.relpath).name)
    return next((title for name in names if (title := title_in(name))), "")
