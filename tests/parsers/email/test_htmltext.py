"""HTML bodies as readable text."""

from __future__ import annotations

import pytest

from plainrecord.parsers.email.htmltext import MAX_HTML, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("a<br>b", "a\nb"),
        ("<pre>a  b\n c</pre>", "a  b\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="https://evil.example/">https://bank.example/</a>', "https://bank.example/ <https://evil.example/>"),
        ("<script>x</script><style>y</style>z<!-- w -->", "z"),
        ("&lt;b&gt; &amp; &nbsp;x", "<b> & \xa0x"),
        ("plain text only", "plain text only"),
        ("", ""),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_pages_read_as_a_person_would_see_them(html: str, text: str) -> None:
    assert html_to_text(html).text == text


@pytest.mark.parametrize("depth", [10, 250, 400, 499, 3_000, 50_000])
def test_text_at_any_depth_is_kept(depth: int) -> None:
    assert "deep down" in html_to_text("<div>" * depth + "deep down").text
    assert "deep down" in html_to_text("<p><b>" * (depth // 2) + "deep down").text


def test_a_huge_page_is_cut_and_says_so() -> None:
    found = html_to_text("<p>" + "x" * (MAX_HTML + 10))
    assert found.notes == ("html:cut",)
    assert len(found.text) > MAX_HTML - 10


def test_a_page_of_endless_tags_keeps_its_text_without_its_layout() -> None:
    found = html_to_text("<b>x</b>" * 60_000)
    assert found.notes == ("html:too-many-tags",)
    assert found.text.count("x") == 60_000
