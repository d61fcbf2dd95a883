"""Rows of Messenger threads: what was typed and what the app wrote, calls, files and the rule each was found by, odd values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facebook_files import (
    ALEX,
    AT,
    INBOX,
    JO,
    NEWEST,
    ROBIN,
    SAM,
    by_text,
    download,
    items,
    of,
    one,
    put,
    row,
    thread,
    unread,
)
from plainrecord.intake.listing import Member, Original
from plainrecord.parsers.social.metamedia import MetaMedia
from plainrecord.parsers.social.metascene import MetaScene, Thread
from plainrecord.parsers.social.metathreads import read_thread
from plainrecord.parsers.social.metawords import generated
from plainrecord.parsers.social.sheets import Where
from plainrecord.records import Conversation

PAGE = f"{INBOX}/alexmere_1000000000001/message_1.json"
SAMPLE = of(items(NEWEST), "message_1.json")


def page(*rows: Any, **more: Any) -> dict[str, Any]:
    return {PAGE: thread(*rows, **more)}


RULES = {
    f"{INBOX}/alexmere_1000000000001/photos/7.png": None,
    "messages/inbox/alexmere_1000000000001/photos/7.png": "prefix",
    "your_activity_across_facebook/messages/inbox/alexmere_1000000000001/photos/7.png": "prefix",
    "./your_facebook_activity/messages/inbox/alexmere_1000000000001/photos/7.png": None,
    "7.png": "same-folder",
    "elsewhere/8.png": "only-one-of-that-name",
}


@pytest.mark.parametrize("uri", RULES)
def test_case_8_a_file_is_found_by_the_first_rule_that_holds_and_the_rule_is_said(tmp_path: Path, uri: str) -> None:
    files = {
        PAGE: thread(row(None, photos=[{"uri": uri, "creation_timestamp": AT}])),
        f"{INBOX}/alexmere_1000000000001/photos/7.png": b"seven",
        f"{INBOX}/robinvale_1000000000003/photos/7.png": b"another",
        "your_facebook_activity/posts/media/8.png": b"eight",
    }
    item = one(download(tmp_path, files))
    [file] = item.attachments
    assert item.blobs == [b"eight" if "8" in uri else b"seven"]
    assert (file.facts["uri"], file.facts.get("found-by")) == (uri, RULES[uri])
    assert [note for note in file.notes if note.startswith("meta:")] == (
        [f"meta:file-found-by-{RULES[uri]}"] if RULES[uri] else []
    )


@pytest.mark.parametrize(
    ("uri", "state", "note"),
    [
        ("https://scontent.example/v/a.mp4?sig=1", "not-exported", None),
        (f"{INBOX}/alexmere_1000000000001/photos/none.png", "missing", None),
        ("../../../profile_information/profile_information.json", "missing", "meta:path-outside-download"),
        ("posts/same.png", "missing", "meta:several-files-of-that-name"),
    ],
)
def test_case_8_what_is_not_there_or_could_be_two_is_not_guessed(
    tmp_path: Path, uri: str, state: str, note: str | None
) -> None:
    files = {PAGE: thread(row(None, videos=[{"uri": uri}]))}
    item = one(download(tmp_path, files | {f"posts/media/{n}/same.png": b"x" for n in "12"}))
    [file] = item.attachments
    assert (file.state, item.blobs) == (state, [None])
    assert [said for said in file.notes if said.startswith("meta:")] == ([note] if note else [])
    assert file.facts["uri"] == uri


def test_case_8_a_file_in_another_part_is_found(tmp_path: Path) -> None:
    first = download(
        tmp_path / "1", {PAGE: thread(row(None, photos=[{"uri": f"{INBOX}/alexmere_1000000000001/photos/7.png"}]))}
    )
    put(tmp_path / "2", {f"{INBOX}/alexmere_1000000000001/photos/7.png": b"seven"})
    (tmp_path / "2" / INBOX / "alexmere_1000000000001/photos").rename(first / INBOX / "alexmere_1000000000001/photos")
    assert one(first).blobs == [b"seven"]


GENERATED = [
    ("Alex called you.", "call", ()),
    ("You missed a call from Alex.", "call", ("missed",)),
    ("Alex missed your call.", "call", ("missed",)),
    ("The video chat ended.", "call", ("video", "ended")),
    ("Reacted 😡 to your message ", "reaction", ("repeats-reaction",)),
    ("Liked a message", "reaction", ("repeats-reaction",)),
    ("Alex sent an attachment.", "message", ()),
    ("Alex sent a location.", "message", ("location",)),
    ("Alex named the group We know.", "system", ("group-change",)),
    ("Alex Mere set your nickname to Liar.", "system", ("nickname",)),
    ("Alex set the nickname for Sam Field to Liar.", "system", ("nickname",)),
    ("Alex changed the theme to Love.", "system", ("theme",)),
    ("Alex pinned a message.", "system", ("pinned",)),
    ("Alex turned on disappearing messages.", "system", ("disappearing",)),
    ("Replied to your story", "story_reply", ()),
    ("Mentioned you in their story", "mention", ()),
]


@pytest.mark.parametrize(("text", "kind", "marks"), GENERATED)
def test_text_that_the_app_wrote_is_kept_and_never_said_to_be_typed(
    tmp_path: Path, text: str, kind: str, marks: tuple[str, ...]
) -> None:
    item = one(download(tmp_path, page(row(text))))
    assert (item.text, item.envelope.kind) == (text, kind)
    assert item.envelope.marks == ("generated-text", *marks)


@pytest.mark.parametrize(
    "typed",
    [
        "Robin called me.",
        "You called the police.",
        "Alex called round earlier. Why?",
        "He missed your call.",
        "Reacted badly, sorry",
        "Reacted badly to your message",
        "Reacted by coming round to your story",
        "",
    ],
)
def test_what_only_looks_generated_stays_a_message(typed: str) -> None:
    assert generated(typed, ALEX, SAM, (ALEX, SAM)) is None


@pytest.mark.parametrize("emoji", ["😡", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "❤️", "1️⃣", "👍🏽"])
def test_any_sign_can_be_a_reaction_told_in_words(emoji: str) -> None:
    told = generated(f"Reacted {emoji} to your message ", ALEX, SAM, (ALEX, SAM))
    assert told and told.kind == "reaction"


def test_only_the_owner_is_you() -> None:
    assert generated("You called Sam.", ALEX, SAM, (ALEX, SAM)) is None
    assert generated("You called Alex.", SAM, SAM, (ALEX, SAM)) is not None


def test_a_call_is_one_by_what_it_states_and_of_no_length_it_was_missed(tmp_path: Path) -> None:
    rows = [row(None, call_duration=0), row(None, call_duration=9), row("x", type="Call"), row(None, missed=True)]
    found = items(download(tmp_path, page(*rows)))
    assert [(item.envelope.kind, "missed" in item.envelope.marks) for item in found] == [
        ("call", True),
        ("call", False),
        ("call", False),
        ("call", True),
    ]
    assert [item.status.get("duration-seconds") for item in found] == ["0", "9", None, None]


def test_who_joined_and_left_is_no_message_and_is_named(tmp_path: Path) -> None:
    rows = [
        row("x", type="Subscribe", users=[{"name": ROBIN}]),
        row("y", type="Unsubscribe"),
        row("z", users=[{"name": JO}]),
    ]
    found = items(download(tmp_path, page(*rows)))
    assert [(item.envelope.kind, item.envelope.marks, item.facts.get("users")) for item in found] == [
        ("system", ("generated-text", "joined"), ROBIN),
        ("system", ("generated-text", "left"), None),
        ("system", ("generated-text",), JO),
    ]


def test_a_shared_place_keeps_its_coordinates_as_they_stand() -> None:
    [place] = [
        item for item in items(NEWEST) if "latitude" in item.facts and "message_2" in item.envelope.position.member
    ]
    assert (place.facts["latitude"], place.facts["longitude"], place.envelope.marks) == (
        "51.5007",
        "-0.1246",
        ("location",),
    )


def test_a_reply_to_a_story_is_known_by_its_link_and_says_so(tmp_path: Path) -> None:
    link = {"link": "https://www.facebook.com/stories/1/2/"}
    typed, bare = items(download(tmp_path, page(row("nice hair", share=link), row(None, share=link))))
    assert (typed.envelope.kind, typed.envelope.notes) == ("story_reply", ("meta:story-reply-by-link",))
    assert (bare.envelope.kind, bare.facts["share.link"]) == ("message", link["link"])


def test_an_address_beside_a_message_is_kept_and_attributed_to_nobody() -> None:
    item = by_text([*items(NEWEST)], "Alex sent an attachment.")
    assert item.facts["ip"] == "198.51.100.7"


def test_the_picture_and_the_link_of_a_thread_are_records_once() -> None:
    marks = [mark for item in items(NEWEST) for mark in item.envelope.marks if mark in ("thread-picture", "join-link")]
    assert marks == ["join-link", "thread-picture"]


@pytest.mark.parametrize("element", [7, "x", [], {}, {"x": 1}, None])
def test_an_element_that_is_no_message_is_unread_and_counted(tmp_path: Path, element: Any) -> None:
    download(tmp_path, page(row("before"), element, row("after")))
    assert [item.text for item in items(tmp_path)] == ["before", "after"]
    assert [item.kind for item in unread(tmp_path)] == ["not-a-message"]


ODD: list[dict[str, Any]] = [
    {"sender_name": {"a": 1}, "timestamp_ms": AT * 1000},
    {"sender_name": ALEX, "timestamp_ms": "soon", "content": ["x"]},
    {"sender_name": ALEX, "timestamp_ms": True, "content": 5, "type": []},
    {
        "sender_name": ALEX,
        "timestamp_ms": 10**30,
        "photos": "x",
        "videos": [1, {"uri": 5}],
        "users": {},
        "reactions": 3,
    },
    {
        "sender_name": ALEX,
        "timestamp_ms": -1,
        "share": [],
        "sticker": "s",
        "bumped_message_metadata": 1,
        "call_duration": {},
    },
    {
        "sender_name": ALEX,
        "timestamp_ms": 1,
        "is_unsent": "yes",
        "missed": 3,
        "reactions": [1, {"actor": [], "timestamp": {}}],
    },
    {"sender_name": ALEX, "timestamp_ms": 1, "share": {"link": "http://[maps?where1=x"}, "photos": [{"uri": "\0"}, {}]},
]


@pytest.mark.parametrize("element", ODD)
def test_values_of_a_wrong_kind_never_raise_and_are_kept(tmp_path: Path, element: dict[str, Any]) -> None:
    found = items(download(tmp_path, page(element)))
    assert found[0].envelope.kind in ("message", "call")
    told = json.dumps([found[0].facts, found[0].text, [file.facts for file in found[0].attachments]])
    for key, value in element.items():
        if isinstance(value, str) and key not in ("sender_name", "timestamp_ms"):
            assert value in told


def test_no_time_is_no_time_and_never_1970(tmp_path: Path) -> None:
    found = items(download(tmp_path, page(row("a", at=0), {"sender_name": ALEX, "content": "b"})))
    assert [(item.envelope.time.ts_utc, item.envelope.notes) for item in found] == [(None, ("time-missing",))] * 2


def test_vector_milliseconds_are_read_exactly(tmp_path: Path) -> None:
    assert one(download(tmp_path, page(row(at=1719837296123)))).envelope.time.ts_utc == "2024-07-01T12:34:56.123Z"


TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace").decode("latin-1")),
    st.sampled_from(
        ["", "itâ€™s", "Alex called you.", "You called Alex.", "Liked a message", "café", "\u00f0\u009f\u0098"]
    ),
)
PLAIN = st.fixed_dictionaries(
    {"timestamp_ms": st.one_of(st.integers(), st.integers(1, 10**15), st.just("5"), st.booleans())},
    optional={
        "sender_name": st.one_of(st.sampled_from([ALEX, SAM, JO, "", "Facebook User", "ZoÃ«"]), st.none()),
        "content": TEXTS,
        "type": st.sampled_from(["Generic", "Share", "Call", ""]),
        "is_unsent": st.booleans(),
        "is_geoblocked_for_viewer": st.booleans(),
    },
)


@given(PLAIN, st.booleans(), st.sampled_from([(ALEX, SAM), (ALEX, ALEX, SAM), (SAM, SAM)]), st.sampled_from([SAM, ""]))
def test_the_short_way_for_plain_texts_says_what_the_long_one_says(
    element: dict[str, Any], is_damaged: bool, people: tuple[str, ...], owner: str
) -> None:
    member = Member(Original(Path("x"), "x", 0, 0), "", "t/message_1.json", 0, "")
    told = Thread(Conversation("messenger:1"), people, "inbox", "t/message_1.json", {}, people.count(owner) > 1)
    marked = frozenset([member.tree_path] if is_damaged else [])
    scene = MetaScene("messenger", owner, marked, frozenset(), {"t": told}, MetaMedia("", ()))
    # An empty object says nothing, but an element with one is read the long way.
    short = read_thread(Where(scene, member), "/messages/0", element)
    long = read_thread(Where(scene, member), "/messages/0", element | {"bumped_message_metadata": {}})
    assert short == long
