"""What the tests of the Takeout reader share: small files of each kind, and a folder of them written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAM, ALEX = "100000000000000000001", "100000000000000000002"


def put(folder: Path, files: dict[str, bytes | str]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def event(text: str = "hi", sender: str = ALEX, at: Any = "1719837296123000", **more: Any) -> dict[str, Any]:
    """One event of Hangouts.json."""
    said = {"message_content": {"segment": [{"type": "TEXT", "text": text}]}}
    return {
        "conversation_id": {"id": "Ug1"},
        "sender_id": {"gaia_id": sender, "chat_id": sender},
        "timestamp": at,
        "event_type": "REGULAR_CHAT_MESSAGE",
        "chat_message": said,
    } | more


def hangouts(*events: Any) -> str:
    """A Hangouts.json of one conversation of Sam Field (the owner) and Alex Mere."""
    people = [
        {"id": {"gaia_id": identity, "chat_id": identity}, "fallback_name": name}
        for identity, name in ((SAM, "Sam Field"), (ALEX, "Alex Mere"))
    ]
    own = {"self_read_state": {"participant_id": {"gaia_id": SAM, "chat_id": SAM}}}
    inner = {"type": "STICKY_ONE_TO_ONE", "participant_data": people, "self_conversation_state": own}
    outer = {"conversation_id": {"id": "Ug1"}, "conversation": inner}
    return json.dumps({"conversations": [{"conversation": outer, "events": list(events)}]})


def person(number: str, name: str, tag: str = "span") -> str:
    """A sender in a Google Voice page."""
    return f'<cite class="sender vcard"><a class="tel" href="tel:{number}"><{tag} class="fn">{name}</{tag}></a></cite>'


ME = person("+447700900001", "Me", "abbr")
THEY = person("+447700900202", "Alex Mere")


def text_row(who: str, text: str, at: str = "2024-07-01T13:34:56.123+01:00", more: str = "") -> str:
    """One text in a Google Voice page."""
    return f'<div class="message"><abbr class="dt" title="{at}">x</abbr>:\n{who}:\n<q>{text}</q>\n{more}</div> '


def voice(*rows: str, deleted: str = "False", people: str = "", labels: str = "sms") -> str:
    """A Google Voice page of texts."""
    tags = f'<div class="tags"><a rel="tag" href="http://www.google.com/voice#{labels}">x</a></div>'
    gone = f'<div class="deletedStatusContainer">User Deleted:\n{deleted}</div>'
    body = f'<div class="hChatLog hfeed">{people}{"".join(rows)}</div>{tags}{gone}'
    return f"<html><head><title>x</title></head><body>{body}</body></html>"


def call(label: str, at: str, number: str = "+447700900202", name: str = "Alex Mere", more: str = "") -> str:
    """A Google Voice page of one call."""
    stamped = f'<abbr class="published" title="{at}">x</abbr>' if at else ""
    who = f'<div class="contributor vcard"><a class="tel" href="tel:{number}"><span class="fn">{name}</span></a></div>'
    tags = f'<div class="tags"><a rel="tag" href="http://www.google.com/voice#{label}">x</a></div>' if label else ""
    return f'<html><body><div class="haudio"><span class="fn">x</span>{who}{stamped}{more}{tags}</div></body></html>'


def card(body: str, product: str = "Search") -> str:
    """One card of a “My Activity” page."""
    cell = "content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1"
    head = f'<div class="header-cell"><p class="mdl-typography--title">{product}<br></p></div>'
    return f'<div class="outer-cell mdl-cell">{head}<div class="{cell}">{body}</div></div>'


def activity(*cards: str) -> str:
    """A “My Activity” page."""
    return f"<html><head><title>My Activity</title></head><body>{''.join(cards)}</body></html>"
