"""Google Voice inside a Takeout: one page for each stretch of texts (`hChatLog`) and for each call (`haudio`).

Reads: texts both ways, group texts, files beside them, calls placed, received, missed and recorded, voicemail with its
transcript and audio. The time inside a page has its own offset and is the one that counts; a call page without one falls
back to the UTC time in the file's name. What kind of call it was is told by the label's link, which is the same in every language.
Pages of one conversation may overlap: each row is kept, and one that another page has too is marked so.
Source of knowledge: the format reference (downloads section 10.4), from public readers and their samples. Tier: `public schema`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.chat.jsonchat import without
from plainrecord.parsers.chat.pages import classed, first, text_of, tree_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time, url_path
from plainrecord.parsers.social.googlescene import CUT_OFF, Scene, looked_for, number_of
from plainrecord.parsers.social.googlescene import VOICE as SERVICE
from plainrecord.parsers.social.googletimes import stamp
from plainrecord.parsers.social.googlevoicepages import LABEL, NAMED, START, heading, row_key
from plainrecord.parsers.social.googlewords import WORDS
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, Where, cut_at
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock

_LOOKS_LIKE_NUMBER = re.compile(r"\+?[0-9][0-9 ()\-]{3,20}")
# A picture is named without its ending; these are the endings such files have.
_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".mp4", ".3gp", ".amr", ".mp3", ".wav", ".vcf", ".pdf")
_CALLS = frozenset(("placed", "received", "missed", "voicemail", "recorded"))


def cut(stream: Stream) -> Iterator[Piece]:
    """A page before each message; a call page is one piece."""
    return looked_for(cut_at(stream, lambda data: (one.start() for one in START.finditer(data)), 64, ends=b"</body"))


def read(where: Where[Scene], raw: bytes) -> Read:
    """One text, or one call."""
    tree, notes = tree_of(raw)
    if tree is None:
        return Problem("no-page", "This stretch of the page could not be read as a page.")
    page = _Page(where)
    call = first(tree, "haudio")
    if not raw.rstrip().endswith(b"</div>") and (call is not None or b"</q" not in raw):
        return CUT_OFF
    message = _call(page, call, raw) if call is not None else _text(page, tree)
    message.notes += notes
    message.service = SERVICE
    _mark(message, page, where.member)
    if row_key(raw).hex() in where.scene.again.get(where.member.tree_path, ()):
        message.marks.append("repeats-another-page")
    return [message]


SHEET = PieceSheet(cut, read, heading)


class _Page:
    """Who is in one page."""

    def __init__(self, where: Where[Scene]) -> None:
        said, self._scene = where.headings, where.scene
        named = NAMED.fullmatch(where.member.name)
        self.stem, self.kind, self.when = (named[1], named[2] or "", named[3]) if named else ("", "", "")
        self.labels: list[str] = said["labels"]
        self.deleted: str = said["deleted"]
        own = said["me"] or (where.scene.number.value if where.scene.number else "")
        self.owner = Account(SERVICE, "number", own) if own else None
        self.notes: list[str] = []
        people = [self.account(number, name) for number, name in said["people"]]
        self.others = tuple(one for one in people if one)
        if not self.others and not said["group"]:
            self.others = self._from_name()
        self.conversation = self._conversation(said["group"], said["title"])

    def account(self, number: str, name: str) -> Account | None:
        """Who a link means. A number shown in place of a name is no name."""
        shown = name if name and number_of(name) != number else None
        if number:
            return Account(SERVICE, "number", number, shown)
        return Account(SERVICE, "name", name, name) if name else None

    def is_me(self, number: str, tag: str, name: str) -> bool:
        """The owner: by the word in this place, or by one of the owner's own numbers."""
        mine = self._scene.numbers | ({self.owner.value} if self.owner else set())
        return number in mine or (tag == "abbr" and name.casefold() in WORDS["me"])

    def _from_name(self) -> tuple[Account, ...]:
        """The other of a page that holds the owner's texts alone: the file's name says who it went to."""
        if not self.stem or self.stem.casefold() in WORDS["group"]:
            return ()
        if _LOOKS_LIKE_NUMBER.fullmatch(self.stem):
            return (Account(SERVICE, "number", self.stem),)
        if number := self._scene.names.get(self.stem):
            self.notes.append("google-voice:number-from-another-page")
            return (Account(SERVICE, "number", number, self.stem),)
        self.notes.append("google-voice:other-by-file-name")
        return (Account(SERVICE, "name", self.stem, self.stem),)

    def _conversation(self, group: bool, title: str) -> Conversation:
        if not self.others:
            return Conversation(f"{SERVICE}:unknown", title or None)
        shown = ", ".join(one.name or one.value for one in self.others[:8])
        values = sorted(one.value for one in self.others)
        many = group and len(values) > 1
        return Conversation(f"{SERVICE}:{'group:' if many else ''}{','.join(values)}", shown, many)


def _text(page: _Page, tree: HtmlElement) -> Message:
    person = first(tree, "sender")
    number, tag, name = _named(person)
    mine = person is not None and page.is_me(number, tag, name)
    sender = (page.owner or Account(SERVICE, "name", name or "Me")) if mine else page.account(number, name)
    stamped = next((one for one in classed(tree, "dt") if one.get("title")), None)
    when = stamp(str(stamped.get("title")), "abbr.dt") if stamped is not None else None
    message = Message(
        "message",
        when or no_time(text_of(first(tree, "dt")) or None, "abbr.dt"),
        sender,
        page.conversation,
        owner=page.owner,
        notes=list(page.notes) if when else [*page.notes, TIME_MISSING],
        files=_files(tree),
    )
    quoted = next(tree.iter("q"), None)
    message.text = text_of(quoted).rstrip("\n") or None
    message.recipients = _recipients(page, sender, mine)
    if sender is None:
        message.notes.append("google-voice:sender-missing")
    return message


def _recipients(page: _Page, sender: Account | None, mine: bool) -> tuple[Account, ...]:
    if mine:
        return without(page.others, sender)
    everybody = [*([page.owner] if page.owner else []), *page.others]
    return without(everybody, sender) if sender else ()


def _call(page: _Page, call: HtmlElement, raw: bytes) -> Message:
    labels = [match[1].decode("ascii") for match in LABEL.finditer(raw)]
    how = next((one for one in labels if one in _CALLS), "") or WORDS["calls"].get(page.kind.casefold(), "")
    number, _, name = _named(first(call, "contributor"))
    other = page.account(number, name)
    stated = first(call, "published")
    when = stamp(str(stated.get("title") or ""), "abbr.published") if stated is not None else None
    message = Message(
        "voicemail" if how == "voicemail" else "call",
        when or _from_file_name(page.when) or no_time(None, "abbr.published"),
        None,
        page.conversation,
        owner=page.owner,
        notes=list(page.notes),
        files=_files(call),
    )
    if message.time.utc_us is None:
        message.notes.append(TIME_MISSING)
    _who_called(message, page, how, other)
    if (length := first(call, "duration")) is not None:
        message.status["duration"] = str(length.get("title") or text_of(length)).strip()
    if words := text_of(first(call, "full-text")).strip():
        message.text = words
        # Trap: nobody typed this, and nobody said exactly this: a machine wrote down what it heard.
        message.marks.append("generated-text")
    if (shown := " ".join(text_of(first(call, "fn")).split())) and how != "voicemail":
        message.facts["shown-as"] = shown
    return message


def _who_called(message: Message, page: _Page, how: str, other: Account | None) -> None:
    message.marks += [how] if how in ("missed", "recorded", "placed", "received") else []
    to_owner = (page.owner,) if page.owner else ()
    if how == "placed":
        message.sender, message.recipients = page.owner, (other,) if other else ()
    elif how in ("missed", "received", "voicemail"):
        message.sender, message.recipients = other, to_owner
        message.notes += [] if other else ["google-voice:caller-not-stated"]
    else:
        message.recipients = (other,) if other else ()
        message.notes.append("google-voice:actor-not-stated")


def _from_file_name(when: str) -> TimeBlock | None:
    """The time in a file's name: UTC, and only used where the page has none."""
    return stamp(when.replace("_", ":"), "file name") if when else None


def _named(person: HtmlElement | None) -> tuple[str, str, str]:
    """Number, the tag that holds the name, and the name of the first link in a place."""
    if person is None:
        return "", "", ""
    link = first(person, "tel")
    name = first(person, "fn")
    number = number_of(str(link.get("href") or "")) if link is not None else ""
    return number, str(name.tag) if name is not None else "", text_of(name).strip()


def _files(tree: HtmlElement) -> list[File]:
    """Pictures, films and sounds, each once; a name without an ending is looked for with those such files have."""
    found: dict[str, File] = {}
    for one in tree.iter("img", "video", "audio", "a", "source"):
        link = str(one.get("src") or one.get("href") or "").strip()
        if not link or ":" in link.partition("/")[0] or link.startswith(("#", "/")) or ".." in link.split("/"):
            continue
        name = url_path(link)[-1].rpartition("/")[2]
        if not name.casefold().endswith(_ENDINGS):
            paths = tuple(path + ending for path in url_path(link) for ending in ("", *_ENDINGS))
            found.setdefault(link, File(name, paths, notes=("google-voice:file-by-stem",)))
        else:
            found.setdefault(link, File(name, url_path(link)))
    return list(found.values())


def _mark(message: Message, page: _Page, member: Member) -> None:
    if page.deleted:
        message.facts["user-deleted"] = page.deleted
        if page.deleted.casefold() in WORDS["true"]:
            message.marks.append("deleted-by-owner")
    if page.labels:
        message.facts["labels"] = ", ".join(page.labels)
    if "spam" in page.labels or "Spam" in member.tree_path.split("/"):
        message.marks.append("spam")
