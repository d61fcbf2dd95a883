"""The pages for looking through: counts first, texts folded, pictures and sounds never opened; leaving single messages out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from plainrecord.bundle.contents import Contents
from plainrecord.bundle.shown import shown_time
from plainrecord.errors import NothingFoundError, UsageError
from plainrecord.guide.ask import Ask, go
from plainrecord.guide.pages_files import size_text
from plainrecord.records import Record
from plainrecord.selection import LEFT_OUT
from plainrecord.store import Case, contents_of
from plainrecord.store.looking import Shown, conversation_page
from plainrecord.store.selecting import Selected
from plainrecord.store.withholding import leave_out, left_out, maybe_left_out, put_back
from plainrecord.times import to_utc_us

ON_A_PAGE = 25
_MOST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is shown: folded, with what is attached named and not opened."""

    key: str
    number: str
    when: str
    part: str
    kind: str
    text: str
    cut: bool
    media: list[str]


def look(ask: Ask) -> Response:
    """How many messages go in, conversation by conversation; nothing of what they say."""
    if not ask.desk.notes().who_said:
        return ask.page("look_none")
    if ask.form:
        notes = ask.desk.notes()
        notes.looked = True
        ask.desk.keep(notes)
        return go("/make")
    with ask.desk.case() as case:
        try:
            contents, found = _selected(case)
        except NothingFoundError as nothing:
            return ask.page("look_none", nothing=str(nothing))
        return ask.page(
            "look",
            counts=contents.counts,
            talks=list(contents.conversations()),
            near=found.near_misses,
            left=list(left_out(case)),
            again=len(maybe_left_out(case)),
            left_reason=lambda code: ask.words(f"look.reason.{code}"),
            name=_name,
        )


def _selected(case: Case) -> tuple[Contents, Selected]:
    found = case.select()
    return contents_of(case, found, "pr-preview"), found


def _name(talk: object) -> str:
    """A conversation by its title, or by who is in it."""
    title = getattr(talk, "title", None)
    if title:
        return str(title)
    return ", ".join(one.name or one.value for one in getattr(talk, "participants", ())[:4]) or "–"


def talk(ask: Ask) -> Response:
    """One conversation, page by page."""
    number, text = ask.parts["number"], ask.query.get("page", "0")
    at = int(text) if text.isdigit() and len(text) < 7 else 0
    with ask.desk.case() as case:
        contents, found = _selected(case)
        view = next((one for one in contents.conversations() if one.number == number), None)
        if view is None:
            raise UsageError("There is no such conversation any more. Go back and choose again.")
        shown = conversation_page(case, found, number, ON_A_PAGE, at * ON_A_PAGE)
    return ask.page(
        "talk",
        view=view,
        name=_name(view),
        lines=[_line(ask, one) for one in shown],
        at=at,
        last=max(0, (view.included - 1) // ON_A_PAGE),
        reasons=list(LEFT_OUT),
    )


def _line(ask: Ask, shown: Shown) -> Line:
    item = shown.item
    record: Record = item.record
    text = record.text or ""
    return Line(
        f"{shown.row}:{record.id}",
        item.number,
        _when(ask, record),
        item.part,
        record.kind,
        text[:_MOST_TEXT],
        len(text) > _MOST_TEXT,
        [
            f"{one.detected_type or one.claimed_type or one.name or '–'}, {size_text(one.bytes or 0)}"
            for one in record.attachments
        ],
    )


def _when(ask: Ask, record: Record) -> str:
    instant = to_utc_us(datetime.fromisoformat(record.time.ts_utc)) if record.time.ts_utc else None
    return shown_time(record.time.model_dump(), ask.desk.settings().timezone or None, instant)


def change(ask: Ask) -> Response:
    """Leave the ticked messages out, or put them back."""
    back = ask.typed("back_to")
    onward = f"/look/{back}" if back.startswith("V-") and back[2:].isdigit() else "/look"
    chosen = {
        int(row): stable for row, _, stable in (key.partition(":") for key in ask.chosen("message")) if row.isdigit()
    }
    if not chosen:
        return go(onward)
    with ask.desk.case() as case:
        if ask.typed("do") == "back":
            put_back(case, chosen)
        else:
            reason = ask.typed("reason")
            if reason not in LEFT_OUT:
                raise UsageError(ask.words.plain("look.say_why"))
            leave_out(case, chosen, reason)
    return go(onward)
