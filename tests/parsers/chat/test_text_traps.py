"""The traps of text logs and small exports, each by its number, on the smallest file that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_readers import FIXTURES, claims, loaded, read
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.records import Loaded, Unread
from text_readers import named

LONDON = ReadOptions(timezone="Europe/London")


def of(reader: str, place: Path, text: str, name: str = "chat.txt", options: ReadOptions = LONDON) -> list[Loaded]:
    """Every record of one small file."""
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8", newline="")
    return read(named(reader), place, options)


def sender(record: Loaded) -> str | None:
    return record.envelope.sender.value if record.envelope.sender else None


def sample(reader: str, folder: str) -> list[Loaded | Unread]:
    return loaded(named(reader), FIXTURES / folder, LONDON)


# Viber


def test_viber_trap_1_commas_in_the_text_stay_in_the_text(tmp_path: Path) -> None:
    [record] = of("viber-history", tmp_path, "17/08/2024,12:52:56,Me,+44,one, two,, three\n")
    assert record.text == "one, two,, three"


def test_viber_trap_2_spreadsheet_wrappers_come_off_and_doubled_quotes_become_single(tmp_path: Path) -> None:
    row = '="17/08/2014"\t12:52:56\t="Me"\t="+194"\t"say ""hi"""\r\n'
    [record] = of("viber-history", tmp_path, row)
    assert (record.text, sender(record), record.facts["number-in-row"]) == ('say "hi"', "Me", "+194")


def test_viber_trap_3_lines_without_a_date_belong_to_the_row_before(tmp_path: Path) -> None:
    records = of(
        "viber-history", tmp_path, "17/08/2024,12:52:56,Rowan,+44,one\ntwo\n17/08/2024,12:52:56,Rowan,+44,three\n"
    )
    assert [record.text for record in records] == ["one\ntwo", "three"]


def test_viber_dates_that_leave_the_order_open_are_asked_for_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("03/04/2024,12:00:00,Rowan,+44,hi\n")
    [claim] = claims(named("viber-history"), tmp_path)
    with pytest.raises(NeedsAnswer) as asked:
        list(named("viber-history").scan(claim))
    assert "--date-order" in str(asked.value)
    said = ReadOptions(date_order="MDY")
    [record] = read(named("viber-history"), tmp_path, said)
    assert record.envelope.time.local == "2024-03-04T12:00:00"


def test_viber_own_lines_name_the_owner_and_others_do_not(tmp_path: Path) -> None:
    mine, theirs = of("viber-history", tmp_path, "17/08/2024,12:52:56,Moi,+44,a\n17/08/2024,12:52:57,Rowan,+44,b\n")
    assert [one.role for one in mine.envelope.also] == ["owner"]
    assert not theirs.envelope.also


def test_viber_in_utf_16_is_read_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("17/08/2024,12:52:56,Rowan,+44,h\u00e9\r\ntwo\r\n".encode("utf-16"))
    [record] = read(named("viber-history"), tmp_path, LONDON)
    assert (record.text, record.envelope.position.locator) == ("h\u00e9\ntwo", "bytes:0-80")


# LINE


LINE = "[LINE] Chat history with Rowan Ash\nSaved on: 2024/01/03 09:00\n\n"


def test_line_quoted_texts_of_several_lines_are_unwrapped_and_one_line_with_a_quote_is_not(tmp_path: Path) -> None:
    text = LINE + '2024.01.02 Tuesday\n10:31\tAna\t"one\n""two"""\n10:32\tAna\t"three" she said\n'
    assert [one.text for one in of("line-text", tmp_path, text)] == ['one\n"two"', '"three" she said']


def test_line_month_first_day_lines_are_settled_by_the_file(tmp_path: Path) -> None:
    [record] = of("line-text", tmp_path, LINE + "Fri, 1/30/2026\n12:01AM\tAna\thi\n")
    assert record.envelope.time.local == "2026-01-30T00:01:00"


def test_line_without_tabs_says_that_the_end_of_the_name_is_not_marked(tmp_path: Path) -> None:
    first, second = of("line-text", tmp_path, LINE + "2024.01.02 Tuesday\n10:30 Rowan Ash hello\n10:31 Ana hello\n")
    assert (sender(first), first.text, first.envelope.notes) == ("Rowan Ash", "hello", ())
    assert "line-trap:end-of-name-not-marked" in second.envelope.notes


def test_line_a_line_that_looks_like_the_other_shape_stays_in_its_message(tmp_path: Path) -> None:
    [record] = of("line-text", tmp_path, LINE + '2024.01.02 Tuesday\n10:31\tAna\t"one\n10:32 Rowan Ash two"\n')
    assert record.text == "one\n10:32 Rowan Ash two"


def test_line_words_of_the_app_for_an_unsent_message_are_no_speech(tmp_path: Path) -> None:
    [record] = of("line-text", tmp_path, LINE + "2024.01.02 Tuesday\n10:43\t\tRowan Ash unsent a message.\n")
    assert record.envelope.kind == "system"
    assert record.envelope.sender is None
    assert "deleted" in record.envelope.marks


# KakaoTalk


WINDOWS = "Rowan 님과 카카오톡 대화\r\n저장한 날짜 : 2021-12-29 20:40:00\r\n\r\n--------------- 2021년 12월 29일 수요일 ---------------\r\n"


def test_kakao_trap_1_a_bare_line_of_the_app_is_marked_as_only_maybe_one(tmp_path: Path) -> None:
    text = WINDOWS + "[Rowan] [오후 8:36] hi\r\nRowan님이 나갔습니다.\r\n"
    said, left = of("kakaotalk-text", tmp_path, text)
    assert said.text == "hi"
    assert (left.envelope.kind, left.envelope.time.precision) == ("system", "day")
    assert "maybe-system" in left.envelope.marks


def test_kakao_trap_2_only_a_spaced_colon_ends_a_name(tmp_path: Path) -> None:
    head = "Rowan 님과 카카오톡 대화\n저장한 날짜 : 2021년 12월 29일 오후 8:40\n\n"
    text = head + "2021년 12월 29일 오전 12:36, Ana: pots : a : b\n2021년 12월 29일 오후 12:38, Rowan님이 나갔습니다.\n"
    said, left = of("kakaotalk-text", tmp_path, text)
    assert (sender(said), said.text) == ("Ana: pots", "a : b")
    assert [one.envelope.time.local for one in (said, left)] == ["2021-12-29T00:36:00", "2021-12-29T12:38:00"]
    assert left.envelope.kind == "system"


def test_kakao_trap_3_rows_of_the_app_in_a_table_are_not_speech(tmp_path: Path) -> None:
    rows = (
        'Date,User,Message\n2021-12-29 20:36:00,"Rowan","Rowan left this chatroom."\n'
        '2021-12-29 20:37:00,"Ana","Rowan left this chatroom."\n'
    )
    left, quoted = of("kakaotalk-csv", tmp_path, rows, "a.csv")
    assert left.envelope.kind == "system"
    assert quoted.envelope.kind == "message"


def test_kakao_a_file_named_by_its_digits_is_linked() -> None:
    files = [one.attachments for one in sample("kakaotalk-text", "chat-kakaotalk") if isinstance(one, Loaded)]
    assert [file.state for one in files for file in one if file.name] == ["present"]


# WeChat, QQ


def test_wechat_trap_1_a_head_without_its_year_has_no_instant(tmp_path: Path) -> None:
    text = "Rowan(wxid_r) 2023-05-01 09:00:00\nhi\n\nRowan(wxid_r) 05-01 09:00:05\nhi\n"
    first, second = of("wechat-text", tmp_path, text)
    assert first.envelope.time.ts_utc == "2023-05-01T08:00:00Z"
    assert (second.envelope.time.utc_us, second.envelope.time.ts_raw) == (None, "05-01 09:00:05")


def test_qq_numbers_and_mail_addresses_are_the_accounts_and_titles_are_not(tmp_path: Path) -> None:
    first = "消息记录\uff08此消息记录为文本格式\uff0c不支持重新导入\uff09\n\n消息对象:Rowan\n\n"
    text = first + "2023-05-01 9:00:00 【管理员】Ines(10005678)\nhi\n\n2023-05-01 09:00:00 Ana<a@mail.example>\nhi\n"
    ines, ana = of("qq-text", tmp_path, text)
    assert ines.envelope.sender and (ines.envelope.sender.kind, ines.envelope.sender.value) == ("id", "10005678")
    assert ana.envelope.sender and (ana.envelope.sender.kind, ana.envelope.sender.value) == (
        "address",
        "a@mail.example",
    )
    assert ines.facts["sender-title"] == "管理员"


# Zoom


def test_zoom_trap_1_past_midnight_the_day_goes_on(tmp_path: Path) -> None:
    name = "2022-03-18 23.50.00 Kiln 1/meeting_saved_chat.txt"
    records = of("zoom-chat", tmp_path, "23:59:30\t From Ana : a\n00:00:10\t From Ana : b\n", name)
    assert [one.envelope.time.local for one in records] == ["2022-03-18T23:59:30", "2022-03-19T00:00:10"]


def test_zoom_without_a_day_no_line_has_an_instant_even_with_a_zone(tmp_path: Path) -> None:
    [record] = of("zoom-chat", tmp_path, "23:59:30\t From Ana to Ben (Privately) : a : b\n")
    assert (record.envelope.time.utc_us, record.envelope.time.ts_raw) == (None, "23:59:30")
    assert record.text == "a : b"
    assert [one.value for one in record.envelope.recipients] == ["Ben"]
    assert "private" in record.envelope.marks


# Threema


def test_threema_the_secret_key_of_a_file_is_shown_nowhere() -> None:
    records = sample("threema-backup", "chat-threema")
    assert "secret-key" not in repr(records)
    assert "photo.jpg" in repr(records)


def test_threema_direction_comes_from_the_column_and_from_nothing_else() -> None:
    records = [one for one in sample("threema-backup", "chat-threema") if isinstance(one, Loaded)]
    assert [sender(one) for one in records if one.facts.get("apiid") == "a2"] == ["isoutbox=1"]


def test_threema_brackets_that_are_no_day_go_on_from_the_message(tmp_path: Path) -> None:
    text = "[18/03/2022, 14:57] Me: one\n[99/99/2022, 14:58] Rowan: two\n"
    [record] = of("threema-chat", tmp_path, text, "messages.txt")
    assert record.text == "one\n[99/99/2022, 14:58] Rowan: two"


def test_threema_an_empty_text_is_a_message(tmp_path: Path) -> None:
    [record] = of("threema-chat", tmp_path, "[18/03/2022, 14:57] Me: \n", "messages.txt")
    assert record.text == ""


def test_threema_is_not_what_whatsapp_wrote_to_a_person_called_ben(tmp_path: Path) -> None:
    (tmp_path / "_chat.txt").write_text("[18/03/2022, 14:57] Ben: hi\n[18/03/2022, 14:58] Rowan: hi\n")
    assert not claims(named("threema-chat"), tmp_path)


# Wire, Element


def test_wire_keys_and_tokens_of_files_are_shown_nowhere() -> None:
    assert "secret-token" not in repr(sample("wire-backup", "chat-wire"))


def test_element_trap_1_an_edit_shows_the_new_words_and_what_it_replaces() -> None:
    [edit] = [
        one for one in sample("element-json", "chat-element") if isinstance(one, Loaded) and one.facts.get("replaces")
    ]
    assert (edit.text, edit.facts["replaces"]) == ("hello there", "$1")


def test_element_trap_2_a_reply_does_not_put_the_quoted_words_into_the_mouth_of_who_answers() -> None:
    [reply] = [
        one for one in sample("element-json", "chat-element") if isinstance(one, Loaded) and "quoted" in one.facts
    ]
    assert (reply.text, reply.facts["replies-to"]) == ("an answer", "$1")


def test_element_trap_3_a_row_without_a_name_says_where_its_name_is_from() -> None:
    rows = [one for one in sample("element-html", "chat-element") if isinstance(one, Loaded)]
    inherited = [one for one in rows if "sender-from-row-above" in one.envelope.notes]
    assert sender(inherited[0]) == "Rowan"
    assert all("element-trap-4:minute-only" in one.envelope.notes for one in rows)


def test_element_trap_5_a_sentence_about_the_room_with_a_colon_is_nobodys_speech(tmp_path: Path) -> None:
    stamp = "Fri, Apr 16, 2021, 17:20:00 - "
    text = f"{stamp}Ana: hi\n{stamp}Ana: again\n{stamp}Rowan changed the topic to pots: a kiln.\n"
    *_, event = of("element-text", tmp_path, text)
    assert (event.envelope.kind, sender(event), event.envelope.marks) == ("system", None, ("maybe-system",))


# Pidgin, Psi, Adium


def test_pidgin_trap_6_a_sentence_of_the_program_with_a_colon_is_marked(tmp_path: Path) -> None:
    head = "Conversation with rowan at Sun 16 Mar 2014 11:55:43 PM EDT on ana (jabber)\n"
    text = (
        head
        + "(11:59:00 PM) Rowan Ash: a\n(11:59:01 PM) Rowan Ash: b\n(11:59:02 PM) Unable to send message: too large\n"
    )
    first, _, last = of("pidgin-log", tmp_path, text, "2014-03-16.235543-0400EDT.txt")
    assert not first.envelope.marks
    assert last.envelope.marks == ("maybe-system",)


def test_pidgin_trap_1_and_3_the_day_and_offset_of_the_name_hold_past_midnight(tmp_path: Path) -> None:
    text = "Conversation with rowan at x on ana (jabber)\n(11:59:00 PM) R: a\n(12:00:01 AM) R: b\n"
    head = text.replace("at x on", "at Sun 16 Mar 2014 11:55:43 PM EDT on")
    records = of("pidgin-log", tmp_path, head, "2014-03-16.235543-0400EDT.txt")
    assert [one.envelope.time.ts_utc for one in records] == ["2014-03-17T03:59:00Z", "2014-03-17T04:00:01Z"]


def test_pidgin_trap_2_a_line_with_its_own_date_keeps_it() -> None:
    late = [
        one
        for one in sample("pidgin-log", "chat-pidgin")
        if isinstance(one, Loaded) and one.text == "this one came late"
    ]
    assert late[0].envelope.time.ts_utc == "2014-03-17T03:40:00Z"


def test_pidgin_trap_4_the_colour_says_whose_line_it_is() -> None:
    own = [one for one in sample("pidgin-log", "chat-pidgin") if isinstance(one, Loaded) and one.envelope.also]
    assert [one.text for one in own] == ["hello <you>"]


def test_pidgin_trap_5_a_name_seen_before_ends_an_action_where_it_ends() -> None:
    acts = [
        one for one in sample("pidgin-log", "chat-pidgin") if isinstance(one, Loaded) and "action" in one.envelope.marks
    ]
    assert {(sender(one), one.text) for one in acts} == {("Rowan Ash", "waves")}


def test_psi_trap_1_escapes_are_undone_once(tmp_path: Path) -> None:
    line = "|2013-05-01T09:00:00|1|from|N---|a\\\\nb\\nc\\pd\n"
    [record] = of("psi-history", tmp_path, line, "rowan_at_chat.example.history")
    assert record.text == "a\\nb\nc|d"


def test_adium_trap_1_a_time_without_offset_is_not_taken_for_utc() -> None:
    record = next(
        one for one in sample("adium-chatlog", "chat-xmpp") if isinstance(one, Loaded) and one.text == "no offset"
    )
    assert record.envelope.time.utc_us is None


# IRC


def test_irc_trap_1_december_turns_into_january_of_the_next_year(tmp_path: Path) -> None:
    text = "**** BEGIN LOGGING AT Sat Dec 31 21:11:55 2011\n\nDec 31 23:59:59 <r> a\nJan 01 00:00:01 <r> b\n"
    records = of("irc-log", tmp_path, text, "a.log")
    assert [one.envelope.time.local for one in records] == ["2011-12-31T23:59:59", "2012-01-01T00:00:01"]


def test_irc_trap_2_a_rank_is_no_part_of_a_nick_and_trap_3_colours_are_no_words(tmp_path: Path) -> None:
    text = "--- Log opened Fri Mar 18 23:58:00 2022\n23:58 <@rowan> \x0304,12red\x03 \x02b\x02\n"
    [record] = of("irc-log", tmp_path, text, "a.log")
    assert (sender(record), record.text) == ("rowan", "red b")
    assert "control-codes-left-out" in record.envelope.notes


def test_irc_a_line_of_no_known_shape_is_listed_as_unread_and_belongs_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        "--- Log opened Fri Mar 18 23:58:00 2022\n23:58 <r> a\nsomething else\n23:59 <r> b\n"
    )
    found = loaded(named("irc-log"), tmp_path, LONDON)
    assert [one.text for one in found if isinstance(one, Loaded)] == ["a", "b"]
    assert [one.kind for one in found if isinstance(one, Unread)] == ["no-record"]


def test_a_table_with_a_time_and_two_more_columns_is_no_irc_log(tmp_path: Path) -> None:
    (tmp_path / "calls.tsv").write_text("2022-03-18 23:58:00\t+447700900461\t12 s\n" * 3)
    assert not claims(named("irc-log"), tmp_path)


# Kik


def test_kik_columns_are_found_by_name_and_counts_are_utc(tmp_path: Path) -> None:
    text = "sent_at_ts,receiver_id,sender_id,content_id,message,sent_at\n1616079360500,b,a,c,hi,\n"
    [record] = of("kik-return", tmp_path, text, "data-text.csv")
    assert (record.envelope.time.ts_utc, record.text, sender(record)) == ("2021-03-18T14:56:00.500Z", "hi", "a")
