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


def small() -> dict[str, tuple[str, bytes]]:
    """One small file for each sheet, in the order of the table of sheets: its path in a download, and its bytes."""
    attached = {"embed_item": {"type": ["PLUS_PHOTO"], "plus_photo": {"url": "https://p.example/a.jpg"}}}
    call_event = event(event_type="HANGOUT_EVENT", hangout_event={"event_type": "END_HANGOUT", "participant_id": [{}]})
    picture = event(chat_message={"message_content": {"attachment": [attached], "segment": [{"type": "LINE_BREAK"}]}})
    change = {"type": "JOIN", "participant_id": [{"gaia_id": SAM}]}
    joined = event(
        event_type="ADD_USER", membership_change=change, conversation_rename={"new_name": "n", "old_name": ""}
    )
    image = '<div><img src="a - Text - 2024-07-01T12_34_56Z-1-1" /></div>'
    group = f'<div class="participants">With: {THEY}, {person("+447700900404", "Robin Vale")}</div>'
    comments = (
        "Comment ID,Channel ID,Comment Create Timestamp,Parent Comment ID,Video ID,Comment Text\n"
        'U1,UCs,2024-01-02 03:04:05 UTC,,v,"{""text"":""a""},{""text"":""b""}"\n'
        'U2,UCs,2024-01-02 03:04:06 UTC,U1,v,"{""takeoutSegments"":[{""text"":""é""}]}"\n'
    )
    access = "Gaia ID,Activity Timestamp,IP Address,Activity Type\n1,2024-07-03 02:49:39 UTC,203.0.113.7,Login\n"
    devices = 'Gaia ID,Device Type,Last Activity Time,Location\n1,PHONE,2024-07-03 02:50:00 UTC,"Country\nISO: GB"\n'
    account = (
        "<html><body><ul><li>e-Mail: sam@mail.example</li></ul><table><tr><th>Time</th><th>IP</th></tr>"
        "<tr><td>2024-07-03 02:49:39 Z</td><td>203.0.113.7</td></tr></table></body></html>"
    )
    items = (
        "<html><body><ul><li>Sent at 2023-04-27 23:18:23 UTC.<br/>a &amp; b</li><li>On.<br/>c</li></ul></body></html>"
    )
    own = [{"header": "Search", "title": "Searched for x", "time": "2021-01-15T17:54:12.345Z", "audioFiles": ["a.mp3"]}]
    visit = {
        "location": {"latitudeE7": 1, "longitudeE7": -1, "name": "n"},
        "duration": {"startTimestampMs": "1719837296123"},
    }
    places = {"timelineObjects": [{"placeVisit": visit}, {"activitySegment": {"duration": {"startTimestamp": "x"}}}]}
    segment = {"startTime": "2024-07-02T12:00:00.000+01:00", "endTime": "2024-07-02T13:00:00.000+01:00", "visit": {}}
    pages = (
        card('Searched for <a href="x">x</a><br>Jan 15, 2021, 6:54:12 PM BST'),
        card("Visited<br>15 Jul 2021, 1:02:03 BST"),
    )
    made = {
        "hangouts": ("Hangouts/Hangouts.json", hangouts(event(), picture, call_event, joined)),
        "voice": (
            "Voice/Calls/Alex Mere - Text - 2024-07-01T12_34_56Z.html",
            voice(text_row(THEY, "a<br>b", more=image), text_row(ME, "c"), people=group),
        ),
        "call": (
            "Voice/Calls/Alex Mere - Missed - 2024-07-01T12_34_56Z.html",
            call("missed", "2024-07-02T23:15:00.000+01:00", more='<audio src="a.mp3"></audio>'),
        ),
        "comments": ("YouTube/comments/comments.csv", comments),
        "subscriptions": ("YouTube/subscriptions/subscriptions.csv", "Channel Id,Channel Url,Channel Title\nUCx,u,T\n"),
        "items": ("YouTube/my-comments/my-comments.html", items),
        "access": ("Access Log Activity/Activities.csv", access),
        "devices": ("Access Log Activity/Devices.csv", devices),
        "account": ("Google Account/sam.SubscriberInfo.html", account),
        "activity": ("My Activity/Search/MyActivity.json", json.dumps(own)),
        "cards": ("My Activity/Search/MyActivity.html", activity(*pages)),
        "places": ("Location History/Semantic.json", json.dumps(places)),
        "places-listed": ("location-history.json", json.dumps([segment])),
    }
    return {name: (f"Takeout/{path}", text.encode()) for name, (path, text) in made.items()}
