"""Pages of a Meta download made from invented messages, in both generations of class names and without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

ZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class Said:
    """One message: who, when as the page shows it, and what; `more` is markup of its own below the words."""

    sender: str
    date: str
    text: str = ""
    more: str = ""
    reactions: Sequence[str] = ()


def _body(said: Said) -> str:
    words = escape(said.text, quote=True).replace("'", "&#039;").replace("\n", "<br />\n")
    items = "".join(f"<li><span>{escape(one)}</span></li>" for one in said.reactions)
    listed = f'<div><ul class="_a6-q">{items}</ul></div>' if items else ""
    return f"<div><div></div><div>{words}</div><div></div><div>{said.more}</div>{listed}</div>"


def section(said: Said) -> str:
    """A row as Facebook writes it since about 2022."""
    return (
        f'<section class="_a6-g" aria-labelledby="u_0_0_x"><h2 class="_2ph_ _a6-h _a6-i" id="u_0_0_x">{escape(said.sender)}</h2>'
        f'<div class="_2ph_ _a6-p">{_body(said)}</div><footer class="_3-94 _a6-o"><div class="_a72d">{said.date}</div></footer></section>'
    )


def box(said: Said) -> str:
    """A row as Instagram writes it since about 2022."""
    return (
        f'<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><h2 class="_3-95 _2pim _a6-h _a6-i">{escape(said.sender)}</h2>'
        f'<div class="_3-95 _a6-p">{_body(said)}</div><div class="_3-94 _a6-o">{said.date}</div></div>'
    )


def old(said: Said) -> str:
    """A row of 2018 to 2021."""
    return (
        '<div class="pam _3-95 _2pi0 _2lej uiBoxWhite noborder">'
        f'<div class="_3-96 _2pio _2lek _2lel">{escape(said.sender)}</div>'
        f'<div class="_3-96 _2let">{_body(said)}</div><div class="_3-94 _2lem">{said.date}</div></div>'
    )


def bare(said: Said) -> str:
    """A row without any class, as it may look after the next build."""
    return f"<div><div>{escape(said.sender)}</div><div>{_body(said)}</div><div>{said.date}</div></div>"


ROWS = {"section": section, "box": box, "old": old, "bare": bare}


def page(title: str, rows: Sequence[str], *, head: str = "", main: bool = True) -> bytes:
    """A page in one line, as downloads have it."""
    inner = "".join(rows)
    held = f'<main class="_a706" role="main">{inner}</main>' if main else f"<div>{inner}</div>"
    aside = f'<aside role="contentinfo" class="_aoaa">{head}</aside>' if head else ""
    heading = (
        f'<header class="_as-_ _a70a"><div class="_a70d"><h1>{escape(title)}</h1>{aside}</div></header>' if main else ""
    )
    heading = heading or f"<div>{escape(title)}</div>"
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><base href="../../../../" />'
        '<style type="text/css">a{color:#385898}div>p{margin:0}</style></head><body class="_5vb_">'
        f'<div class="_li"><div class="_a705">{heading}{held}</div></div></body></html>'
    ).encode()


def thread(shape: str, title: str, messages: Sequence[Said], people: Sequence[str] = ()) -> bytes:
    """A page of a thread, in the order given; with a line that says who is in it where `people` are given."""
    rows = [ROWS[shape](one) for one in messages]
    if people:
        names = " and ".join((", ".join(people[:-1]), people[-1]))
        rows.insert(0, f'<div class="pam _a6-g"><h2 class="_a6-h">Participants: {escape(names)}</h2></div>')
    return page(title, rows, main=shape != "bare")
