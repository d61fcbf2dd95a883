"""The numbered traps of WhatsApp texts (fixtures/chat-whatsapp/README.md), one test or more each."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.chat.whatsapp import WhatsApp
from plainrecord.parsers.chat.whatsapp_words import title_in
from plainrecord.records import Envelope, Unread
from whatsapp_chats import LRM, claim_of, claims_of, read, scanned, senders, write_text, write_zip

A = "25/10/2024, {}:00 - "


def android(*lines: str) -> str:
    return "".join(f"25/10/2024, {9 + n:02d}:00 - {line}\n" for n, line in enumerate(lines))


def iphone(*lines: str) -> str:
    return "".join(f"[25/10/2024, {9 + n:02d}:00:00] {line}\r\n" for n, line in enumerate(lines))


def test_trap_2_marks_and_byte_order_marks_stand_anywhere_before_the_digits(tmp_path: Path) -> None:
    text = (
        "\ufeff[25/10/2024, 09:00:00] Maren: one\r\n"
        "\ufeff[25/10/2024, 09:01:00] Alex: two\n"
        "[\ufeff25/10/2024, 09:02:00] Maren: three\r\n"
        f"{LRM}[25/10/2024, 09:03:00] Alex: {LRM}image omitted\r\n"
    )
    found = read(write_text(tmp_path / "_chat.txt", text))
    assert senders(found) == ["Maren", "Alex", "Maren", "Alex"]
    assert [one.text for one in found] == ["one", "two", "three", f"{LRM}image omitted"]


def test_trap_2_separators_of_other_systems_stay_inside_a_message(tmp_path: Path) -> None:
    odd = "a\u2028b\u0085c\x0bd\x0ce"
    found = read(write_text(tmp_path / "c.txt", android(f"Maren: {odd}", "Alex: ok")))
    assert [one.text for one in found] == [odd, "ok"]


def test_trap_5_nothing_is_guessed_when_both_orders_fit(tmp_path: Path) -> None:
    text = "03/04/2024, 10:00 - Maren: one\n04/04/2024, 10:00 - Alex: two\n"
    path = write_text(tmp_path / "c.txt", text)
    with pytest.raises(NeedsAnswer) as asked:
        scanned(claim_of(path))
    assert asked.value.question == "date_order"
    assert "3 April 2024 read as DMY or 4 March 2024 read as MDY" in str(asked.value)
    assert "one" not in str(asked.value)  # the question shows a date, not what somebody wrote
    assert read(path, date_order="DMY")[0].envelope.time.local == "2024-04-03T10:00:00"
    assert read(path, date_order="MDY")[0].envelope.time.local == "2024-03-04T10:00:00"


def test_trap_5_an_american_file_with_low_days_is_decided_by_its_course_or_asked(tmp_path: Path) -> None:
    days = ["1/5/24", "1/8/24", "2/3/24", "2/9/24", "3/4/24", "3/11/24", "4/2/24", "4/7/24", "5/1/24"]
    text = "".join(f"{day}, 2:56 PM - Maren: x\n{day}, 2:57 PM - Alex: y\n" for day in days)
    claim = claim_of(write_text(tmp_path / "c.txt", text))
    first = scanned(claim)[0]
    assert isinstance(first, Envelope) and first.time.local == "2024-01-05T14:56:00"
    [order] = [one for one in claim.decisions if one.subject == "date_order"]
    assert order.chosen == "MDY" and not order.certain and "step back" in order.basis


def test_trap_5_names_of_media_settle_the_order(tmp_path: Path) -> None:
    text = (
        f"[03/04/2024, 10:00:00] Maren: {LRM}<attached: 00000002-PHOTO-2024-03-04-10-00-00.jpg>\r\n"
        "[04/04/2024, 10:00:00] Alex: two\r\n"
    )
    claim = claim_of(write_text(tmp_path / "_chat.txt", text))
    first = scanned(claim)[0]
    assert isinstance(first, Envelope) and first.time.local == "2024-03-04T10:00:00"
    assert "media" in claim.decisions[0].basis


def test_trap_5_a_pasted_web_copy_does_not_change_the_order(tmp_path: Path) -> None:
    text = android(
        "Maren: one", "Alex: look:\n[7:35 PM, 11/25/2021] Sam: pasted\n[7:36 PM, 11/25/2021] Sam: more", "Maren: x"
    )
    found = read(write_text(tmp_path / "c.txt", text))
    assert senders(found) == ["Maren", "Alex", "Maren"]
    assert found[1].text == "look:\n[7:35 PM, 11/25/2021] Sam: pasted\n[7:36 PM, 11/25/2021] Sam: more"


def test_trap_5_what_was_said_does_not_overrule_what_the_file_shows(tmp_path: Path) -> None:
    claim = claim_of(write_text(tmp_path / "c.txt", android("Maren: one", "Alex: two")), date_order="MDY")
    assert len(scanned(claim)) == 2
    assert claim.decisions[0].chosen == "DMY" and not claim.decisions[0].certain
    assert "MDY was said" in claim.decisions[0].basis


def test_trap_5_the_korean_year_stands_first_with_two_digits(tmp_path: Path) -> None:
    text = "".join(f"22. 3. {day}. 오후 9:05 - Maren: x\n22. 3. {day}. 오후 9:06 - Alex: y\n" for day in (2, 9, 11, 27))
    found = read(write_text(tmp_path / "c.txt", text))
    assert found[0].envelope.time.local == "2022-03-02T21:05:00"


def test_trap_6_file_order_is_kept_when_times_run_backwards(tmp_path: Path) -> None:
    text = "25/10/2024, 10:00 - Maren: one\n23/10/2024, 09:00 - Alex: two\n25/10/2024, 10:00 - Maren: three\n"
    claim = claim_of(write_text(tmp_path / "c.txt", text))
    found = [one for one in scanned(claim) if isinstance(one, Envelope)]
    assert [one.time.local for one in found] == [f"2024-10-{day}:00:00" for day in ("25T10", "23T09", "25T10")]
    assert [one.chosen for one in claim.decisions if one.subject == "order-in-file"] == ["1 steps back"]


def test_trap_6_the_hour_that_happens_twice_is_flagged(tmp_path: Path) -> None:
    text = "27/10/2024, 01:30 - Maren: one\n27/10/2024, 12:00 - Alex: two\n"
    found = read(write_text(tmp_path / "c.txt", text), timezone="Europe/London")
    assert [one.envelope.time.dst_flag for one in found] == ["ambiguous", "none"]
    assert found[0].envelope.time.ts_utc == "2024-10-27T00:30:00Z"


def test_trap_6_a_file_that_starts_in_mid_message_keeps_its_orphan(tmp_path: Path) -> None:
    path = write_text(tmp_path / "c.txt", "end of something\nmore of it\n" + android("Maren: one", "Alex: two"))
    first, *rest = scanned(claim_of(path))
    assert isinstance(first, Unread) and first.kind == "orphan-text"
    assert first.position.locator == "bytes:0-28" and len(rest) == 2


def test_trap_7_on_iphone_the_group_says_what_the_app_says(tmp_path: Path) -> None:
    text = iphone(
        f"Book Club: {LRM}Ana created this group",
        f"Book Club: {LRM}Ana added Ben",
        "Ana: hello",
        "Ben: hi",
    )
    found = read(write_zip(tmp_path / "WhatsApp Chat - Book Club.zip", text, {}))
    assert senders(found) == [None, None, "Ana", "Ben"]
    assert [one.envelope.marks for one in found][:2] == [("group-created",), ("group-added",)]
    assert found[0].facts == {"about": "Ana", "printed_label": "Book Club"}
    assert found[2].envelope.conversation.is_group and found[2].envelope.conversation.title == "Book Club"
    assert [one.value for one in found[2].envelope.recipients] == ["Ben"]


def test_trap_7_words_that_the_app_writes_too_are_the_persons_behind_a_name(tmp_path: Path) -> None:
    said = ["I just left", "Sam added you", "no", "she is a contact", "the bus has left"]
    found = read(write_text(tmp_path / "c.txt", android(*(f"Alex: {text}" for text in said), "Maren: and you?")))
    assert [(one.envelope.kind, one.text) for one in found[:-1]] == [("message", text) for text in said]
    assert senders(found) == [*["Alex"] * 5, "Maren"]
    assert [one.value for one in found[-1].envelope.recipients] == ["Alex"]


@pytest.mark.parametrize("back", [False, True])
def test_trap_7_a_label_that_is_no_persons_reads_the_same_in_any_order(back: bool, tmp_path: Path) -> None:
    lines = ["Sam added “a: b", "Sam added “a: " + "b" * 400, "Sam added “a: b"]
    claim = claim_of(write_text(tmp_path / "c.txt", android(*lines, "Alex: one", "Maren: two")))
    found = [one for one in scanned(claim) if isinstance(one, Envelope)]
    asked = [found[1], found[2]] if back else [found[2]]
    assert [one.envelope for one in WhatsApp().load(claim, [one.position for one in asked])] == asked
    assert found[0].sender is None and found[2].sender is None


def test_trap_7_a_colon_inside_a_line_of_the_app_makes_no_sender(tmp_path: Path) -> None:
    text = android("Ana changed the group name from “Club: A” to “Club: B”", "Ana: hello", "Ben: hi", "Ana: x")
    found = read(write_text(tmp_path / "c.txt", text))
    assert senders(found) == [None, "Ana", "Ben", "Ana"]
    assert found[0].envelope.marks == ("group-renamed",)
    assert [one.value for one in found[1].envelope.recipients] == ["Ben"]


@pytest.mark.parametrize(
    "label", ["\u202a+44\u00a07700\u00a0900123\u202c", "+44 7700 900123", "\u202a+44 7700\u2011900\u2011123\u202c"]
)
def test_trap_7_a_number_is_a_number_however_it_is_wrapped(label: str, tmp_path: Path) -> None:
    from plainrecord.people.normal import read_selector
    from plainrecord.selection import account_matches

    found = read(write_text(tmp_path / "c.txt", android(f"{label}: one", "Maren: two", f"{label}: three")))
    sender = found[0].envelope.sender
    assert sender is not None and sender.kind == "number"
    assert account_matches(sender, [read_selector("+44 7700 900123"), read_selector("07700900123", "GB")][:1])
    assert account_matches(sender, [read_selector("07700 900123", "GB")])


def test_trap_7_the_name_of_a_stranger_in_a_group_keeps_its_tilde(tmp_path: Path) -> None:
    found = read(
        write_text(
            tmp_path / "c.txt", android("~\u202fRowan \U0001f338: one", "Maren: two", "~\u202fRowan \U0001f338: x")
        )
    )
    assert found[0].envelope.sender and found[0].envelope.sender.value == "~\u202fRowan \U0001f338"


def test_trap_8_what_was_typed_is_typed_where_the_app_marks_its_own(tmp_path: Path) -> None:
    text = iphone(
        "Maren: image omitted", f"Maren: {LRM}image omitted", "Alex: Missed voice call", f"Alex: {LRM}Missed voice call"
    )
    found = read(write_text(tmp_path / "_chat.txt", text))
    assert [one.envelope.kind for one in found] == ["message", "message", "message", "call"]
    assert [len(one.attachments) for one in found] == [0, 1, 0, 0]
    assert found[1].attachments[0].state == "not-exported" and found[1].attachments[0].facts == {"kind": "image"}
    assert found[0].envelope.marks == ()


def test_trap_8_on_android_a_placeholder_may_have_been_typed(tmp_path: Path) -> None:
    found = read(write_text(tmp_path / "c.txt", android("Maren: <Media omitted>", "Alex: ok")))
    assert found[0].envelope.marks == ("maybe-system",)
    assert found[0].attachments[0].state == "not-exported"


def test_trap_8_an_iphone_file_without_any_mark_is_not_certain(tmp_path: Path) -> None:
    found = read(write_text(tmp_path / "_chat.txt", iphone("Maren: image omitted", "Alex: ok")))
    assert "maybe-system" in found[0].envelope.marks and "app-mark-unavailable" in found[0].envelope.notes


def test_trap_9_a_line_that_starts_with_an_impossible_date_is_text(tmp_path: Path) -> None:
    text = android("Maren: the plan\n10/25/2024, 10:00 - Sam: lunch\n31/02/2024, 11:00 - no such day", "Alex: ok")
    found = read(write_text(tmp_path / "c.txt", text))
    assert senders(found) == ["Maren", "Alex"]
    assert (found[0].text or "").endswith("no such day")


def test_trap_9_a_bogus_year_in_one_line_does_not_move_the_year(tmp_path: Path) -> None:
    text = (
        "".join(f"3/{day}/24, 9:4{day % 10}\u202fAM - Maren: x\n" for day in (5, 6, 13))
        + "3/32/24, 1:00\u202fPM - Kim: no day\n"
    )
    found = read(write_text(tmp_path / "c.txt", text))
    assert [one.envelope.time.local for one in found] == [
        f"2024-03-{day}T09:4{day[1]}:00" for day in ("05", "06", "13")
    ]


def test_trap_9_a_sender_seen_once_in_a_long_chat_is_noted(tmp_path: Path) -> None:
    text = android("Maren: one", "Alex: look\n24/10/2024, 09:59 - Sam: pasted in", *["Maren: x", "Alex: y"] * 6) * 2
    found = read(write_text(tmp_path / "c.txt", text.replace("Sam: pasted in", "Kim: pasted in", 1)))
    rare = [one for one in found if "trap-9:sender-occurs-once" in one.envelope.notes]
    assert set(senders(rare)) == {"Kim", "Sam"}


@pytest.mark.parametrize("body", ["", " ", "null"])
def test_trap_10_an_empty_body_is_not_nothing(body: str, tmp_path: Path) -> None:
    found = read(
        write_text(tmp_path / "c.txt", android(f"Maren:{body}" if not body.strip() else f"Maren: {body}", "Alex: ok"))
    )
    assert "empty-body" in found[0].envelope.marks
    assert senders(found) == ["Maren", "Alex"]


def test_trap_10_edited_and_deleted_messages_are_marked(tmp_path: Path) -> None:
    text = iphone(
        f"Maren: see you {LRM}<This message was edited>",
        f"Alex: {LRM}This message was deleted.",
        f"Maren: {LRM}You deleted this message.",
        f"Alex: {LRM}This message was deleted by admin Ana.",
    )
    found = read(write_text(tmp_path / "_chat.txt", text))
    assert [one.envelope.marks for one in found] == [
        ("edited",),
        ("deleted",),
        ("deleted",),
        ("deleted", "deleted-by-admin"),
    ]
    assert found[0].text == f"see you {LRM}<This message was edited>"  # the text is evidence and stays whole
    android_text = android("Maren: see you <This message was edited>", "Alex: This message was deleted", "Maren: ok")
    found = read(write_text(tmp_path / "c.txt", android_text))
    assert found[0].envelope.marks == ("edited",)
    assert found[1].envelope.marks == ("deleted", "maybe-system")


def test_trap_10_a_poll_keeps_its_question_options_and_votes(tmp_path: Path) -> None:
    poll = f"Maren: {LRM}POLL:\r\nWhen?\r\n{LRM}OPTION: Friday: late (1 vote)\r\n{LRM}OPTION: Saturday (2 votes)"
    found = read(write_text(tmp_path / "_chat.txt", iphone(poll, "Alex: ok")))
    assert found[0].envelope.marks == ("poll",)
    assert found[0].facts == {"question": "When?", "option-1": "Friday: late | 1", "option-2": "Saturday | 2"}


def test_trap_10_attached_words_of_every_form(tmp_path: Path) -> None:
    text = iphone(
        f"Maren: {LRM}<attached: 00000001-PHOTO-2024-10-25-09-00-00.jpg>",
        f"Maren: plan.pdf • {LRM}2 pages {LRM}<attached: 00000047-plan.pdf>",
        f"Alex: {LRM}<00000003-PHOTO-2024-10-25-09-00-00.jpg eklendi>",
        f"Alex: 00000004-VIDEO.mp4 <{LRM}attached>",
        f"Alex: plan.pdf • {LRM}document omitted",
        f"Alex: {LRM}<image omitted>",
        f"Maren: {LRM}sticker omitted",
    )
    found = read(write_text(tmp_path / "_chat.txt", text))
    assert [[one.name or one.facts["kind"] for one in record.attachments] for record in found] == [
        ["00000001-PHOTO-2024-10-25-09-00-00.jpg"],
        ["00000047-plan.pdf"],
        ["00000003-PHOTO-2024-10-25-09-00-00.jpg"],
        ["00000004-VIDEO.mp4"],
        ["document"],
        ["image"],
        ["sticker"],
    ]
    assert {one.attachments[0].state for one in found[:4]} == {"missing"}
    assert found[4].facts == {"stated_name": "plan.pdf"}


def test_trap_10_places_contacts_and_view_once(tmp_path: Path) -> None:
    text = android(
        "Maren: location: https://maps.google.com/?q=51.5074,-0.1278",
        "Alex: live location shared",
        "Alex: Sam.vcf (file attached)",
        "Alex: <View once voice message omitted>",
        "Alex: Waiting for this message. This may take a while.",
    )
    found = read(write_text(tmp_path / "c.txt", text))
    assert found[0].facts == {"latitude": "51.5074", "longitude": "-0.1278"}
    assert [one.envelope.marks for one in found] == [
        ("location",), ("location", "live-location", "maybe-system"), ("contact", "maybe-system"),
        ("view-once", "maybe-system"), ("undecrypted", "maybe-system"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "marks"),
    [
        ("Voice call, \u200e5 min", {"outcome": "answered", "medium": "voice", "duration": "5 min"}, ()),
        ("Video call. 1 hr 2 min", {"outcome": "answered", "medium": "video", "duration": "1 hr 2 min"}, ()),
        ("Voice call. No answer", {"outcome": "missed", "medium": "voice"}, ("missed",)),
        ("Silenced voice call", {"outcome": "missed", "medium": "voice"}, ("missed",)),
        ("Missed video call. Tap to call back", {"outcome": "missed", "medium": "video"}, ("missed",)),
        ("Answered on other device", {"outcome": "answered-elsewhere"}, ()),
        ("Group call, 3 invited", {"outcome": "group", "duration": "3 invited"}, ()),
    ],
)
def test_calls_of_an_iphone_say_how_they_ended(
    body: str, status: dict[str, str], marks: tuple[str, ...], tmp_path: Path
) -> None:
    found = read(write_text(tmp_path / "_chat.txt", iphone(f"Alex: {LRM}{body}", "Maren: hello", "Alex: hi")))
    assert (found[0].envelope.kind, found[0].status, found[0].envelope.marks) == ("call", status, marks)
    assert senders(found)[0] == "Alex"


@pytest.mark.parametrize(
    ("line", "kind", "mark"),
    [
        ("Messages and calls are end-to-end encrypted. Tap to learn more.", "system", "encryption"),
        ("Your security code with Alex changed. Tap to learn more.", "system", "security-code"),
        ("You blocked this contact. Tap to unblock.", "block", "blocked"),
        ("You unblocked this contact.", "block", "unblocked"),
        ("Alex turned on disappearing messages. New messages will disappear.", "system", "disappearing"),
        ("Alex updated the message timer. New messages will disappear after 7 days.", "system", "disappearing"),
        ("+44 7700 900123 changed to +44 7700 900456", "profile_change", "number-changed"),
        ("Alex left", "system", "group-left"),
        ("Alex removed Sam", "system", "group-removed"),
        ("You're now an admin", "system", "group-admin"),
        ("Alex changed this group's icon", "system", "group-icon"),
        ("Alex is a contact", "system", "contact-saved"),
        ("Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.", "system", "encryption"),
        ("Verpasster Sprachanruf", "call", "missed"),
        ("something the tables do not know", "system", "unrecognised-system"),
    ],
)  # fmt: skip
def test_lines_of_the_app_are_typed_records_that_nobody_said(line: str, kind: str, mark: str, tmp_path: Path) -> None:
    found = read(write_text(tmp_path / "c.txt", android(line, "Maren: hello", "Alex: hi")))
    assert (found[0].envelope.kind, found[0].envelope.marks, found[0].envelope.sender) == (kind, (mark,), None)


def test_trap_11_media_in_the_archive_are_linked_by_name_and_hashed(tmp_path: Path) -> None:
    import hashlib

    name = unicodedata.normalize("NFD", "00000002-Café.pdf")
    text = iphone(
        f"Maren: {LRM}<attached: 00000001-PHOTO-2024-10-25-09-00-00.jpg>",
        f"Alex: {LRM}<attached: 00000002-Café.pdf>",
        f"Alex: {LRM}<attached: 00000003-PHOTO-2024-10-25-09-00-00.jpg>",
        f"Alex: {LRM}<attached: ../../etc/passwd>",
    )
    media = {
        "00000001-PHOTO-2024-10-25-09-00-00.jpg": b"\xff\xd8\xff picture",
        name: b"%PDF-1.4",
        "00000009-AUDIO.opus": b"OggS",
    }
    found = read(write_zip(tmp_path / "WhatsApp Chat - Alex.zip", text, media))
    photo = found[0].attachments[0]
    assert (photo.state, photo.detected_type, photo.bytes) == ("present", "image/jpeg", 11)
    assert photo.sha256 == hashlib.sha256(b"\xff\xd8\xff picture").hexdigest() and found[0].blobs == [
        b"\xff\xd8\xff picture"
    ]
    assert found[1].attachments[0].state == "present" and found[1].attachments[0].also_named == [name]
    assert [found[n].attachments[0].state for n in (2, 3)] == ["missing", "missing"]
    # A file no message names is a record of its own: nothing in the archive is without a fate.
    assert (found[4].envelope.kind, found[4].envelope.marks) == ("file", ("named-in-no-message",))
    assert found[4].attachments[0].name == "00000009-AUDIO.opus"


def test_trap_11_a_turkish_archive_with_an_android_text_is_read(tmp_path: Path) -> None:
    text = android("Maren: IMG-20241025-WA0001.jpg (dosya ekli)", "Alex: <Medya atlanmış>", "Alex: Bu mesaj silindi")
    claim = claim_of(
        write_zip(
            tmp_path / "x.zip", text, {"IMG-20241025-WA0001.jpg": b"\xff\xd8\xff"}, "Alex ile WhatsApp Sohbeti.txt"
        )
    )
    found = [one for one in scanned(claim) if isinstance(one, Envelope)]
    assert len(found) == 3
    [locale] = [one for one in claim.decisions if one.subject == "locale"]
    assert locale.chosen == "tr"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with Alex Penrose.txt", "Alex Penrose"),
        ("WhatsApp_Chat_mit_Alex.txt", "Alex"),
        ("WhatsApp Chat - Book Club (1).zip", "Book Club"),
        ("与Alex的 WhatsApp 聊天.txt", "Alex"),
        ("_chat.txt", None),
    ],
)
def test_trap_11_the_name_of_an_export_names_the_other_side(name: str, title: str | None) -> None:
    assert title_in(name) == title


def test_trap_12_a_count_at_the_apps_limit_is_said(tmp_path: Path) -> None:
    text = "".join(f"25/10/2024, 10:00 - {'Maren' if n % 2 else 'Alex'}: {n}\n" for n in range(10_000))
    claim = claim_of(write_text(tmp_path / "c.txt", text))
    assert len(scanned(claim)) == 10_000
    assert [one.chosen for one in claim.decisions if one.subject == "completeness"] == ["probably cut off"]


@pytest.mark.parametrize(
    "foreign",
    [
        b"From alex@mail.example Fri Oct 25 09:00:00 2024\nFrom: alex@mail.example\n\nhello\n",
        b"Date,User,Message\n2024-10-25 10:00:00,Alex,hi\n",
        b'{"messages": [{"date": "25/10/2024, 10:00 - Alex: hi"}]}',
        b"[10:00:01] <alex> hi\n[10:00:05] <maren> hello\n",
        b"10:00:01\t From Alex : hi\n",
        b"Conversation: Alex\n\nFrom: Alex\nType: incoming\nSent: 2024-10-25\n\nhi\n",
        b"[25/10/2024 10:00] Alex#1234\nhello\n\n[25/10/2024 10:01] Maren#1\nhi\n",
        b"2024-10-25 10:00:00 INFO started\n2024-10-25 10:00:01 INFO done\n",
        b"a diary\n25/10/2024 something happened\n",
    ],
)
def test_other_formats_are_not_claimed(foreign: bytes, tmp_path: Path) -> None:
    assert claims_of(write_text(tmp_path / "c.txt", foreign)) == []


def test_the_parser_names_itself_and_its_fixture() -> None:
    assert WhatsApp().card.fixture == "chat-whatsapp" and WhatsApp().service == "whatsapp"
