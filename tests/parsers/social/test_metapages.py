"""Pages of a Meta download: the same message whatever the classes, exact bytes, order, and what stands around messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_readers import loaded, read
from json_samples import put
from page_reader import Pages
from page_samples import ROWS, ZONE, Said, page, section, thread
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.pagerows import rows
from plainrecord.parsers.social.sheets import Piece
from plainrecord.records import Loaded, Unread

OPTIONS = ReadOptions(timezone=ZONE)
FOLDER = "your_facebook_activity/messages/inbox/alexmere_1234567"
NEWEST_FIRST = [
    Said("Alex Mere", "Nov 14, 2023 10:15:20 pm", "I’m outside"),
    Said("Sam Field", "Nov 14, 2023 10:14:20 pm", 'No.\n\nPlease <stop> & "go"', reactions=("😡Alex Mere",)),
    Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", "first"),
]


def records(tmp_path: Path, files: dict[str, bytes], options: ReadOptions = OPTIONS) -> list[Loaded]:
    return read(Pages(), put(tmp_path, files), options)


def texts(found: list[Loaded]) -> list[tuple[str | None, str | None]]:
    return [(one.envelope.sender.value if one.envelope.sender else None, one.text) for one in found]


@pytest.mark.parametrize("shape", sorted(ROWS))
def test_both_generations_of_classes_and_none_say_the_same(tmp_path: Path, shape: str) -> None:
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread(shape, "Alex Mere", NEWEST_FIRST)})
    assert texts(found) == [
        ("Alex Mere", "I’m outside"),
        ("Sam Field", 'No.\n\nPlease <stop> & "go"'),
        ("Alex Mere", "😡"),
        ("Alex Mere", "first"),
    ]
    assert [one.envelope.kind for one in found] == ["message", "message", "reaction", "message"]
    assert [one.envelope.time.ts_utc for one in found][:2] == ["2023-11-14T22:15:20Z", "2023-11-14T22:14:20Z"]
    assert {one.envelope.time.tz_basis for one in found if one.envelope.kind == "message"} == {"export_locale_assumed"}
    assert all(one.envelope.backwards for one in found)
    assert {one.envelope.conversation.key for one in found} == {"messenger:1234567"}
    assert {one.text_from for one in found} == {"html"}


def test_a_record_stands_at_its_exact_bytes(tmp_path: Path) -> None:
    data = thread("section", "Alex Mere", NEWEST_FIRST)
    found = records(tmp_path, {f"{FOLDER}/message_1.html": data})
    for one in found:
        first, last = map(int, one.envelope.position.locator.removeprefix("bytes:").partition("#")[0].split("-"))
        row = data[first:last]
        assert row.startswith(b"<section") and row.endswith(b"</section>")
        assert row.count(b"<section") == 1
    assert found[2].envelope.position.locator.endswith("#reaction:0")


def test_several_messages_of_one_minute_keep_the_order_of_the_page(tmp_path: Path) -> None:
    same = [Said("Alex Mere", "Nov 14, 2023 10:13 pm", text) for text in ("third", "second", "second", "first")]
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread("box", "Alex Mere", same)})
    assert [one.text for one in found] == ["third", "second", "second", "first"]
    assert all(one.envelope.backwards and one.envelope.time.precision == "min" for one in found)


def test_a_page_that_runs_forwards_is_not_turned(tmp_path: Path) -> None:
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread("old", "Alex Mere", NEWEST_FIRST[::-1])})
    assert [one.envelope.backwards for one in found] == [False] * 4


def test_case_1_pages_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    files = {
        f"{FOLDER}/message_{number}.html": thread(
            "section", "Alex Mere", [Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", str(number))]
        )
        for number in (1, 2, 10)
    }
    assert [one.text for one in records(tmp_path, files)] == ["1", "2", "10"]


@pytest.mark.parametrize("shape", sorted(ROWS))
def test_a_line_that_is_a_name_or_a_date_stays_what_somebody_wrote(tmp_path: Path, shape: str) -> None:
    written = [
        Said("Alex Mere", "Nov 14, 2023 10:15:20 pm", "Sam Field"),
        Said("Alex Mere", "Nov 14, 2023 10:14:20 pm", "Nov 1, 2023 9:00 pm"),
        Said("Sam Field", "Nov 14, 2023 10:13:20 pm", "Alex Mere\nNov 1, 2023 9:00 pm"),
    ]
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread(shape, "Alex Mere", written)})
    assert texts(found) == [
        ("Alex Mere", "Sam Field"),
        ("Alex Mere", "Nov 1, 2023 9:00 pm"),
        ("Sam Field", "Alex Mere\nNov 1, 2023 9:00 pm"),
    ]


def test_participants_are_who_is_written_above_and_a_group_is_more_than_two(tmp_path: Path) -> None:
    people = ("Alex Mere", "Robin Vale", "Sam Field")
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread("box", "The flat", NEWEST_FIRST, people)})
    assert found[0].envelope.conversation.is_group
    assert found[0].envelope.conversation.title == "The flat"
    assert {one.value for one in found[0].envelope.recipients} == {"Robin Vale", "Sam Field"}


def test_without_such_a_line_people_are_who_wrote_and_whom_the_title_names(tmp_path: Path) -> None:
    only = [Said("Sam Field", "Nov 14, 2023 10:13:20 pm", "hello")]
    (found,) = records(tmp_path, {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", only)})
    assert [one.value for one in found.envelope.recipients] == ["Alex Mere"]
    assert not found.envelope.conversation.is_group


def test_files_are_found_from_the_top_of_the_download(tmp_path: Path) -> None:
    media = (
        f'<div><a href="{FOLDER}/photos/1.jpg"><img src="{FOLDER}/photos/1.jpg" class="_a6_o" /></a></div>'
        f'<div>Click for video:<a href="{FOLDER}/videos/2.mp4"><div><video src="{FOLDER}/videos/2.mp4"></video></div></a></div>'
        f'<div>Click for audio:<audio src="{FOLDER}/audio/3.aac"></audio></div>'
        f'<div><a href="{FOLDER}/files/notes.txt">notes.txt</a></div><div><img src="messages/stickers_used/7.png" /></div>'
        '<div><img src="https://media.example/gone.gif" /></div>'
    )
    files = {
        f"{FOLDER}/message_1.html": thread(
            "section", "Alex Mere", [Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", "", media)]
        )
    }
    files |= {f"{FOLDER}/photos/1.jpg": b"\xff\xd8\xff\xe0", "messages/stickers_used/7.png": b"\x89PNG\r\n\x1a\n"}
    (found,) = records(tmp_path, files)
    states = {one.name: (one.state, one.facts["kind"]) for one in found.attachments}
    assert states == {
        "1.jpg": ("present", "photos"),
        "2.mp4": ("missing", "videos"),
        "3.aac": ("missing", "audio_files"),
        "notes.txt": ("missing", "files"),
        "7.png": ("present", "sticker"),
        "gone.gif": ("not-exported", "photos"),
    }
    assert found.text in (None, "notes.txt")


def test_a_shared_link_is_kept_beside_the_words(tmp_path: Path) -> None:
    link = (
        '<div><a target="_blank" href="https://maps.example/?q=1">https://maps.example/?q=1</a></div><div>A place</div>'
    )
    (found,) = records(
        tmp_path,
        {
            f"{FOLDER}/message_1.html": thread(
                "section", "Alex Mere", [Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", "see", link)]
            )
        },
    )
    assert (found.text, found.facts["share.link"]) == ("see", "https://maps.example/?q=1")
    assert "A place" in found.facts["shown-below"]


def test_calls_and_missed_calls_are_calls_and_nobody_typed_their_words(tmp_path: Path) -> None:
    written = [
        Said("Alex Mere", "Nov 14, 2023 10:15:20 pm", "You missed a call from Alex."),
        Said(
            "Alex Mere",
            "Nov 14, 2023 10:14:20 pm",
            "Alex called you.",
            '<span class="_idm">Duration: 65 seconds</span>',
        ),
    ]
    missed, taken = records(
        tmp_path, {f"{FOLDER}/message_1.html": thread("old", "Alex Mere", written, ("Alex Mere", "Sam Field"))}
    )
    assert (missed.envelope.kind, taken.envelope.kind) == ("call", "call")
    assert "missed" in missed.envelope.marks
    assert "generated-text" in taken.envelope.marks
    assert taken.status == {"duration-seconds": "65"}


@pytest.mark.parametrize(
    ("item", "emoji", "name", "when"),
    [
        ("😡Alex Mere", "😡", "Alex Mere", None),
        ("❤️ Alex Mere", "❤️", "Alex Mere", None),
        ("👩‍👧Zed", "👩‍👧", "Zed", None),
        ("1️⃣Zed", "1️⃣", "Zed", None),
        ("❤😊 Robin", "❤", "😊 Robin", None),
        ("❤️alex_mere (Apr 23, 2024 5:32 pm)", "❤️", "alex_mere", "2024-04-23T16:32:00Z"),
    ],
)
def test_reactions_say_emoji_name_and_date(tmp_path: Path, item: str, emoji: str, name: str, when: str | None) -> None:
    written = [Said("Sam Field", "Nov 14, 2023 10:13:20 pm", "hi", reactions=(item,))]
    people = ("😊 Robin", "Alex Mere", "Sam Field")
    _, reaction = records(tmp_path, {f"{FOLDER}/message_1.html": thread("box", "T", written, people)})
    assert (reaction.text, reaction.envelope.sender and reaction.envelope.sender.value) == (emoji, name)
    assert reaction.envelope.time.ts_utc == when
    assert reaction.facts["reaction-to-sent"] == "2023-11-14T22:13:20Z"


def test_case_4_and_5_empty_rows_and_rows_without_a_sender_are_kept(tmp_path: Path) -> None:
    written = [Said("Alex Mere", "Nov 14, 2023 10:15:20 pm"), Said("", "Nov 14, 2023 10:14:20 pm", "who?")]
    empty, nobody = records(tmp_path, {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", written)})
    assert "no-content" in empty.envelope.marks
    assert (nobody.envelope.sender, nobody.text) == (None, "who?")
    assert "meta:sender-missing" in nobody.envelope.notes


def test_rows_above_the_messages_are_no_messages(tmp_path: Path) -> None:
    above = [
        '<div class="pam _a6-g"><h2 class="_a6-h">Participants: Alex Mere and Sam Field</h2></div>',
        '<div class="pam _a6-g"><h2 class="_a6-h">Group photo</h2><div class="_a6-p"><img src="messages/photos/g.jpg" /></div></div>',
        '<div class="pam _a6-g"><h2 class="_a6-h">Group Invite Link: https://m.example/j/1</h2></div>',
        '<div class="pam _a6-g"><h2 class="_a6-h">This account is waiting for an answer.</h2></div>',
    ]
    data = page("The flat", [*above, section(NEWEST_FIRST[0])])
    found = records(tmp_path, {f"{FOLDER}/message_1.html": data})
    assert [one.envelope.kind for one in found] == ["system", "system", "system", "message"]
    assert [one.envelope.marks for one in found[:3]] == [("thread-picture",), ("join-link",), ("page-heading",)]
    assert found[1].facts["link"] == "https://m.example/j/1"
    assert found[2].envelope.sender is None


def test_ambiguous_and_nonexistent_hours_are_flagged(tmp_path: Path) -> None:
    written = [Said("Alex Mere", "31 Mar 2024, 01:30", "never"), Said("Alex Mere", "29 Oct 2023, 01:30", "twice")]
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread("old", "Alex Mere", written)})
    assert [one.envelope.time.dst_flag for one in found] == ["nonexistent", "ambiguous"]


def test_without_a_zone_times_float(tmp_path: Path) -> None:
    found = records(tmp_path, {f"{FOLDER}/message_1.html": thread("box", "Alex Mere", NEWEST_FIRST)}, ReadOptions())
    assert found[0].envelope.time.utc_us is None
    assert found[0].envelope.time.local == "2023-11-14T22:15:20"
    # Where no instant is known, what the page shows stands in its place.
    assert found[2].facts["reaction-to-sent"] == "2023-11-14T22:14:20"


def test_a_zone_that_the_download_states_is_taken(tmp_path: Path) -> None:
    files = {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", NEWEST_FIRST)}
    files["location/zone.html"] = page(
        "Time zone", ['<section class="_a6-g"><div class="_a6-p"><div>America/New_York</div></div></section>']
    )
    found = records(tmp_path, files)
    assert found[-1].envelope.time.tz_name == "America/New_York" or found[0].envelope.time.tz_name == "America/New_York"


def test_the_start_page_tells_the_clock_of_the_others(tmp_path: Path) -> None:
    files = {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", NEWEST_FIRST)}
    head = 'Generated by Sam Field on <time datetime="2024-08-19T14:33Z">Monday, August 19, 2024 at 3:33 PM UTC+01:00</time>'
    files["start_here.html"] = page("Start", [], head=head)
    (claim,) = Pages().claim(list_source([put(tmp_path, files)], "S1", ReadOptions(timezone="America/New_York")))
    found = list(Pages().scan(claim))
    assert not any(isinstance(one, Unread) for one in found)
    assert {one.time.utc_us for one in found} == {None}
    assert "start_here.html" in claim.aside
    assert "not known" in [one.chosen for one in claim.decisions if one.subject == "pages:timezone"]


def test_the_owner_is_whom_the_profile_page_or_the_head_of_a_page_names(tmp_path: Path) -> None:
    table = "<table><tr><td>Full name</td><td>Sam Field</td></tr></table>"
    files = {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", NEWEST_FIRST)}
    files["personal_information/profile.html"] = page(
        "Profile", [f'<section class="_a6-g"><div class="_a6-p">{table}</div></section>']
    )
    found = records(tmp_path / "a", files)
    assert {one.value for one in found[-1].envelope.also if one.role == "owner"} == {"Sam Field"}
    head = 'Generated by Sam Field on <time datetime="2024-08-19T14:33Z">Monday, August 19, 2024 at 3:33 PM</time>'
    only = {f"{FOLDER}/message_1.html": page("Alex Mere", [section(one) for one in NEWEST_FIRST], head=head)}
    found = records(tmp_path / "b", only)
    assert {one.value for one in found[0].envelope.also if one.role == "owner"} == {"Sam Field"}


def test_a_page_whose_json_twin_is_there_is_aside(tmp_path: Path) -> None:
    files = {"a/friends.html": page("Friends", []), "a/friends_1.json": b"[{}]", "b/friends.html": page("Friends", [])}
    (claim,) = Pages().claim(list_source([put(tmp_path, files)], "S1", OPTIONS))
    assert list(claim.aside) == ["a/friends.html"]
    assert "JSON, which is read instead" in claim.aside["a/friends.html"]
    assert [one.tree_path for one in claim.members] == ["a/friends_1.json", "b/friends.html"]


def test_numbers_for_dates_are_read_by_what_the_whole_download_shows(tmp_path: Path) -> None:
    files = {
        f"{FOLDER}/message_1.html": thread("box", "Alex Mere", [Said("Alex Mere", "03/04/2024, 10:13", "when?")]),
        f"{FOLDER}2/message_1.html": thread("box", "Robin Vale", [Said("Robin Vale", "25/04/2024, 10:13", "then")]),
    }
    found = records(tmp_path, files)
    assert found[0].envelope.time.local == "2024-04-03T10:13:00"


def pieces_of(tmp_path: Path, data: bytes) -> list[Piece]:
    from plainrecord.parsers.base import Claim

    (tmp_path / "page.html").write_bytes(data)
    (member,) = list_source([tmp_path], "S1").members
    with Claim("pages", "pages", (member,)).open(member) as stream:
        return list(rows(stream))


def test_every_byte_of_a_page_is_in_one_piece_wherever_it_breaks_off(tmp_path: Path) -> None:
    data = thread("section", "Alex Mere", NEWEST_FIRST, ("Alex Mere", "Sam Field"))
    for end in range(len(data) + 1):
        pieces = pieces_of(tmp_path, data[:end])
        assert b"".join(piece.raw for piece in pieces) == data[:end]
        assert [piece.start for piece in pieces] == [
            sum(len(one.raw) for one in pieces[:at]) for at in range(len(pieces))
        ]


def test_a_row_that_breaks_off_is_unread_and_the_rows_before_it_are_kept(tmp_path: Path) -> None:
    data = thread("section", "Alex Mere", NEWEST_FIRST)
    cut = data.rindex(b"<footer")
    found = loaded(Pages(), put(tmp_path, {f"{FOLDER}/message_1.html": data[:cut]}), OPTIONS)
    assert [one.text for one in found if isinstance(one, Loaded)][:2] == ["I’m outside", NEWEST_FIRST[1].text]
    (unread,) = [one for one in found if isinstance(one, Unread)]
    assert unread.kind == "truncated"
    assert unread.position.locator.endswith(f"-{cut}")


def test_rows_with_rows_inside_and_text_between_rows_are_told_apart(tmp_path: Path) -> None:
    nested = (
        '<section class="_a6-g"><h2>Outer</h2><div><section class="_a6-g"><div>inner</div></section></div></section>'
    )
    pieces = pieces_of(tmp_path, page("T", [nested, "stray words", nested, " \n "]))
    assert [piece.what for piece in pieces if piece.what != "frame"] == ["record", "unknown", "record"]
    assert pieces[1].raw == nested.encode()


def test_a_row_of_many_blocks_is_one_piece_and_memory_stays_bounded(tmp_path: Path) -> None:
    long = Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", "x" * (3 << 20))
    pieces = pieces_of(tmp_path, thread("bare", "Alex Mere", [long, *NEWEST_FIRST]))
    assert [len(piece.raw) > 3 << 20 for piece in pieces if piece.what == "record"] == [True, False, False, False]


def test_markup_in_scripts_and_comments_is_no_row(tmp_path: Path) -> None:
    hidden = "<!-- <section><div> --><script>var a = '<div><section>';</script>"
    pieces = pieces_of(tmp_path, page("T", [hidden + section(NEWEST_FIRST[0]), section(NEWEST_FIRST[1])]))
    assert [piece.what for piece in pieces if piece.what == "record"] == ["record", "record"]


def test_several_rows_in_one_are_told_apart_each_with_its_own_words(tmp_path: Path) -> None:
    inner = "".join(
        f'<div><div><a href="https://www.facebook.com/{at}">Name {at}</a></div><div>Feb 0{at}, 2024 8:00:00 pm</div></div>'
        for at in (1, 2, 3)
    )
    row = f'<section class="_a6-g"><h2 class="_a6-h">Profile visits</h2><div class="_a6-p">{inner}</div></section>'
    (visits,) = records(tmp_path / "a", {"visits.html": page("Visits", [row])})
    assert [f"'Name {at}'" in visits.facts["entries"] for at in (1, 2, 3)] == [True, True, True]
    friends = records(tmp_path / "b", {"friends.html": page("Friends", [row])})
    assert [one.envelope.sender and one.envelope.sender.value for one in friends] == ["Name 1", "Name 2", "Name 3"]
    assert [one.envelope.position.locator.partition("#")[2] for one in friends] == ["", "row:1", "row:2"]


def test_the_owner_is_in_a_thread_whose_page_does_not_say_who_is(tmp_path: Path) -> None:
    only = [Said("Alex Mere", "Nov 14, 2023 10:13:20 pm", "hello")]
    head = 'Generated by Sam Field on <time datetime="2024-08-19T14:33Z">Monday, August 19, 2024 at 3:33 PM</time>'
    (found,) = records(
        tmp_path, {f"{FOLDER}/message_1.html": page("Alex Mere", [section(one) for one in only], head=head)}
    )
    assert [one.value for one in found.envelope.recipients] == ["Sam Field"]


def test_dates_of_a_language_nobody_reads_are_kept_as_they_stand(tmp_path: Path) -> None:
    written = [
        Said("Alex Mere", "พ.ย. 14, 2023 10:13:20 pm", "hello"),
        Said("Alex Mere", "พ.ย. 14, 2023 10:12:20 pm", "hi"),
    ]
    files = {f"{FOLDER}/message_1.html": thread("section", "Alex Mere", written)}
    found = records(tmp_path, files)
    assert [one.text for one in found] == ["hello", "hi"]
    assert found[0].envelope.time.ts_raw == "พ.ย. 14, 2023 10:13:20 pm"
    assert found[0].envelope.time.utc_us is None
    assert "pagedates:date-not-read" in found[0].envelope.notes
    (claim,) = Pages().claim(list_source([tmp_path], "S1", OPTIONS))
    list(Pages().scan(claim))
    assert "not read" in [one.chosen for one in claim.decisions if one.subject == "pages:dates"]


@pytest.mark.parametrize("shape", ["section", "bare"])
def test_a_page_cut_at_any_byte_never_raises_and_balances(tmp_path: Path, shape: str) -> None:
    data = thread(shape, "Alex Mere", NEWEST_FIRST, ("Alex Mere", "Sam Field"))
    place = tmp_path / FOLDER / "message_1.html"
    place.parent.mkdir(parents=True)
    most = 0
    for end in range(1, len(data), 3):
        place.write_bytes(data[:end])
        found = loaded(Pages(), tmp_path, OPTIONS)
        read_ones = [one for one in found if isinstance(one, Loaded) and one.envelope.kind == "message"]
        # What was whole stays read, and at most the row that breaks off is not.
        assert len(read_ones) >= most or shape == "bare"
        assert sum(isinstance(one, Unread) for one in found) <= 1
        most = max(most, len(read_ones))
    assert most == len(NEWEST_FIRST)
