"""Bodies as damaged or careless programs write them; each shape was met in public collections of mail (trap 13)."""

from __future__ import annotations

import pytest

from reading_mail import load

HEAD = b"From: a@x.example\n"
PAGE = b"--b\nContent-Type: text/html\n\n<p>hello</p>\n"


def _multipart(body: bytes, kind: bytes = b"mixed", stated: bytes = b'boundary="b"') -> bytes:
    return HEAD + b"Content-Type: multipart/" + kind + b"; " + stated + b"\n\n" + body


def _plain(text: bytes) -> bytes:
    return b"--b\nContent-Type: text/plain\n\n" + text + b"\n"


def test_no_words_of_an_alternative_are_dropped() -> None:
    found = load(_multipart(_plain(b"hello") + _plain(b"meet me at nine") + PAGE + b"--b--\n", b"alternative"))
    assert (found.text, found.html) == ("hello\nmeet me at nine", "<p>hello</p>")
    assert "mime:alternatives-differ" in found.notes


def test_no_page_of_an_alternative_is_dropped() -> None:
    other = PAGE.replace(b"hello", b"goodbye")
    found = load(_multipart(PAGE + other + b"--b--\n", b"alternative"))
    assert found.html == "<p>hello</p>\n<p>goodbye</p>"
    assert "mime:alternatives-differ" in found.notes


def test_half_a_word_is_no_repetition() -> None:
    found = load(_multipart(_plain(b"the others") + _plain(b"other") + b"--b--\n", b"alternative"))
    assert found.text == "the others\nother"


def test_an_alternative_that_repeats_another_is_taken_once() -> None:
    found = load(_multipart(_plain(b"hello  there") + _plain(b"there") + PAGE + b"--b--\n", b"alternative"))
    assert found.text == "hello  there"
    assert "mime:alternatives-differ" not in found.notes


def test_a_blank_plain_part_beside_a_page_is_not_where_the_text_is_from() -> None:
    found = load(_multipart(PAGE + _plain(b"") + b"--b--\n"))
    assert (found.text_from, (found.text or "").strip()) == ("html", "hello")


@pytest.mark.parametrize("place", [b"", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"])
def test_text_that_has_a_name_is_the_text_of_a_mail_that_has_no_other(place: bytes) -> None:
    part = b'Content-Type: text/plain\nContent-Disposition: inline; filename="message.txt"\n\nhello'
    found = load(HEAD + place + part)
    assert (found.text, [file.name for file in found.attachments]) == ("hello", ["message.txt"])
    assert "text:from-a-named-part" in found.notes


def test_text_that_has_a_name_stays_a_file_beside_other_text() -> None:
    part = b'--b\nContent-Type: text/plain\nContent-Disposition: inline; filename="notes.txt"\n\nnotes\n--b--\n'
    found = load(_multipart(_plain(b"hello") + part))
    assert found.text == "hello"
    assert "text:from-a-named-part" not in found.notes


def test_a_named_attachment_is_never_the_text() -> None:
    part = b'Content-Type: text/plain\nContent-Disposition: attachment; filename="message.txt"\n\nhello'
    assert load(HEAD + part).text is None


@pytest.mark.parametrize("stated", [b"type=x", b'boundary="other"', b'boundary="=b"'])
def test_the_boundary_that_is_used_is_read_where_another_is_stated(stated: bytes) -> None:
    body = _plain(b"hello") + b"--b\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lG\n--b--\n"
    found = load(_multipart(body, stated=stated))
    assert (found.text, [(file.bytes, file.locator) for file in found.attachments]) == ("hello", [(3, "part:2")])
    assert "trap-13:boundary-inferred" in found.notes


def test_a_boundary_on_a_line_of_its_own_that_is_not_indented_is_found_all_the_same() -> None:
    inner = b'--a\nContent-Type: multipart/alternative;\nboundary="b"\n\n' + _plain(b"hello") + PAGE + b"--b--\n--a--\n"
    found = load(_multipart(inner, stated=b'boundary="a"'))
    assert (found.text, found.html) == ("hello", "<p>hello</p>")


def test_one_line_that_looks_like_a_boundary_is_none() -> None:
    found = load(_multipart(b"He wrote:\n--x\nContent-Type: text/plain\n\nhello\n", stated=b"type=x"))
    assert found.text == "He wrote:\n--x\nContent-Type: text/plain\n\nhello\n"


def test_a_boundary_at_the_very_beginning_needs_no_second_one() -> None:
    assert load(_multipart(b"\n--x\nContent-Type: text/plain\n\nhello\n", stated=b"type=x")).text == "hello\n"


def test_the_closing_line_of_a_multipart_without_parts_is_no_text() -> None:
    inner = b'--a\nContent-Type: multipart/related; boundary="b"\n\n--b--\n'
    found = load(_multipart(inner + b"--a\nContent-Type: text/plain\n\nhello\n--a--\n", stated=b'boundary="a"'))
    assert (found.text or "").strip() == "hello"


def test_words_right_behind_the_fields_of_a_part_are_its_text() -> None:
    found = load(_multipart(b"--b\nContent-Type: text/plain\nmeet me at nine\nor at: ten\n--b--\n"))
    assert found.text == "meet me at nine\nor at: ten"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (HEAD + b"Subject: x\n \nMeet me at nine.\n\nBring: the key\n", "Meet me at nine.\n\nBring: the key\n"),
        (HEAD + b"Subject: x\r\n\t\r\nMeet me at nine.\r\n", "Meet me at nine.\r\n"),
        (HEAD + b"Subject: x\nMeet me at nine.\nBring: the key\n", "Meet me at nine.\nBring: the key\n"),
        (HEAD + b"Subject: x\nContent-Type: multipart/mixed; boundary=b\nSee below.\n--b\n\nhello\n--b--\n", "hello"),
    ],
)
def test_trap_06_text_that_no_empty_line_parts_from_the_header_is_not_lost(raw: bytes, text: str) -> None:
    found = load(raw)
    assert (found.text, found.subject) == (text, "x")
    assert "trap-6:line-without-colon" in found.envelope.notes


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: x\n \nTo: b@x.example\n",
        b"Subject: x\n \n more\n",
        b"Subject: x\nthis line was wrapped\nTo: b@x.example\n",
    ],
)
def test_trap_06_what_belongs_to_the_header_is_no_text(header: bytes) -> None:
    assert load(HEAD + header + b"\nhello\n").text == "hello\n"


def test_trap_06_a_header_that_is_cut_gives_no_text() -> None:
    assert not load(HEAD + b"Subject: x\nMess").text


def test_words_that_are_called_base64_are_left_alone() -> None:
    body = b"Content-Transfer-Encoding: base64\n\nMeet me at nine tomorrow, and bring the key.\n"
    found = load(HEAD + body)
    assert found.text == "Meet me at nine tomorrow, and bring the key.\n"
    assert "trap-13:not-base64" in found.notes


@pytest.mark.parametrize("gap", [b" ", b"\n"])
def test_base64_in_short_lines_is_still_base64(gap: bytes) -> None:
    coded = b"TWVl dCBt ZSBh dCBu aW5l IHRv bW9y cm93".replace(b" ", b"")
    lines = gap.join(coded[at : at + 20] for at in range(0, len(coded), 20))
    assert load(HEAD + b"Content-Transfer-Encoding: base64\n\n" + lines).text == "Meet me at nine tomorrow"


@pytest.mark.parametrize("coded", [b"TWVldA==", b"TWVldCBtZSBhdCBuaW5lIHRvbW9ycm93LCBhbmQgYnJpbmcgdGhlIGtl"])
def test_base64_with_words_behind_it_is_still_base64(coded: bytes) -> None:
    found = load(HEAD + b"Content-Transfer-Encoding: base64\n\n" + coded + b"\nthis is how it was found, alas\n")
    assert (found.text or "").startswith("Meet")


def test_parts_behind_the_end_of_a_multipart_with_the_same_boundary_are_not_lost() -> None:
    inner = b"--b\nContent-Type: multipart/alternative; boundary=b\n\n" + _plain(b"hello") + PAGE + b"--b--\n"
    file = b"--b\nContent-Type: image/gif; name=x.gif\nContent-Transfer-Encoding: base64\n\nR0lG\n--b--\nbye\n"
    found = load(_multipart(inner + file))
    assert [(one.name, one.bytes) for one in found.attachments] == [("x.gif", 3)]
    assert "trap-13:parts-behind-the-closing-boundary" in found.notes
    assert found.facts["epilogue"] == "bye"


def test_a_delimiter_at_the_very_end_opens_no_part() -> None:
    found = load(_multipart(_plain(b"hello") + b"--b--\nbye\n--b\n"))
    assert found.text == "hello"
    assert "trap-13:parts-behind-the-closing-boundary" not in found.notes
