"""The pages of a bundle, as text: what they say, and what they can never do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import Built, build_bundle, page_parts
from synthetic import HOSTILE, Make, contents

SMALL = Make(items=12, undated=2, texts=(HOSTILE,), blobs=(b"\xff\xd8\xffpicture",), gap_at=5, attached_to=2)
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "div", "nav", "ul", "ol",
    "li", "main", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "b",
    "bdi", "span", "br", "code", "pre", "strong", "footer", "h4", "section",
    # What hides and finds, and a picture that somebody opens.
    "script", "input", "label", "select", "option", "button", "img",
    # The pictures of the facts are drawn in the page, of nothing but shapes and words.
    "svg", "desc", "defs", "pattern", "rect", "path", "line", "text",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes, ids, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.pictures: list[tuple[dict[str, str | None], list[str]]] = []
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "img":
            self.pictures.append((dict(attrs), list(self.open)))
        if tag == "script":
            self.scripts.append(dict(attrs))
        if tag not in ("meta", "br", "input", "img"):
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_bundle(contents(SMALL), tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Built:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_parts, "MOST_ITEMS_ON_ONE_PAGE", 10)
        patch.setattr(page_parts, "ROWS_PER_PAGE", 7)
        patch.setattr(page_parts, "PAGE_BYTES", 9_000)
        made = contents(replace(SMALL, items=40, conversations=5, undated=3, gap_at=1))
        return build_bundle(made, tmp_path_factory.mktemp("paged"))


@pytest.fixture(params=["small", "paged"])
def bundle(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


def pages(bundle: Built) -> list[Path]:
    return sorted(bundle.path.rglob("*.html"))


def test_pages_hold_only_plain_elements_no_handler_and_one_script_of_ours(bundle: Built) -> None:
    ours = (Path(page_parts.__file__).parent / "data/page.js").read_text("utf-8").strip()
    for path in pages(bundle):
        reader = read(path)
        assert reader.tags <= ALLOWED
        assert not [name for name in reader.attributes if name.startswith("on") or name in ("style", "srcset")]
        runs = [one for one in reader.scripts if one.get("type") != "application/json"]
        assert runs == [{}]
        assert f"<script>{ours}</script>" in path.read_text("utf-8")
        assert len(reader.scripts) <= 2


def test_a_picture_is_an_attachment_of_the_bundle_inside_two_doors(bundle: Built) -> None:
    """Closed twice: in a message and in its own details; no browser loads it before both are open."""
    found = 0
    for path in pages(bundle):
        for attributes, around in read(path).pictures:
            found += 1
            assert attributes["loading"] == "lazy"
            assert around.count("details") == 2
            address = (attributes["src"] or "").strip(" ")
            assert (path.parent / address).resolve().is_relative_to(bundle.path / "data/media")
            assert (path.parent / address).is_file()
    assert found


def test_every_link_leads_to_something_in_the_bundle_and_nowhere_else(bundle: Built) -> None:
    ids = {path: set(read(path).ids) for path in pages(bundle)}
    for path in pages(bundle):
        for link in read(path).links:
            parts = urlsplit(link)
            assert not parts.scheme
            assert not parts.netloc
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), link
            if parts.fragment:
                assert parts.fragment in ids[target], link


def test_ids_are_unique(bundle: Built) -> None:
    for path in pages(bundle):
        ids = read(path).ids
        assert len(ids) == len(set(ids))


def test_the_policy_allows_the_one_style_sheet_the_one_script_and_pictures_beside_it(bundle: Built) -> None:
    for path in pages(bundle):
        text = path.read_text("utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
        assert policy
        assert style
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert len(script) == 1
        allowed = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
        assert policy[1] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; script-src 'sha256-{allowed}'; img-src 'self';"
            " base-uri 'none'; form-action 'none'"
        )
        assert "url(" not in style[1]
        assert "@import" not in style[1]


def test_hostile_text_is_shown_and_does_nothing(bundle: Built) -> None:
    everything = "".join(path.read_text("utf-8") for path in pages(bundle))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+0000][U+001B]" in everything
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", everything)


def test_titles_and_headings_are_neutral(bundle: Built) -> None:
    for path in pages(bundle):
        text = path.read_text("utf-8").lower()
        title = re.search("<title>(.*?)</title>", text)
        assert title
        assert bundle.bundle_id in title[1]
        assert not re.search(r"\b(stalk|victim|suspect|offender|perpetrator|harass|threat)\w*", text)


def test_the_first_words_say_what_is_not_proven_and_that_nothing_was_assessed(small: Built) -> None:
    text = " ".join(" ".join(read(small.path / "START_HERE.html").words).split())
    heading = text.index("What this bundle does not prove")
    assert heading < text.index("An account is not a person", heading) < text.index("1 Summary of facts", heading)
    assert "Counts only. No assessment of risk or offence has been made by software." in text


def test_coverage_stands_above_every_figure(small: Built) -> None:
    text = (small.path / "START_HERE.html").read_text("utf-8")
    assert text.index("Coverage of each export") < text.index("Records and where they are listed")


def test_each_message_shows_where_it_is_from_and_how_its_time_was_understood(small: Built) -> None:
    text = (small.path / "START_HERE.html").read_text("utf-8")
    start = text.index('id="M-000003"')
    message = text[start : text.index("</details>", start)]
    for words in (
        "Fri 29 Sep 2023 19:06:40 BST (18:06:40 UTC)",
        "Owner to subject",
        "Sam Hale &lt;sam.hale@post.example&gt;",
        "1696010800",
        "stored as a count of seconds in UTC",
        "S01: <bdi>mail.mbox bytes:3000-",
        "derived: read from the original by this program",
        "data/items/native/M-000003.eml",
    ):
        assert words in message


def test_what_was_left_out_of_a_conversation_is_said_where_it_is_missing(small: Built) -> None:
    text = (small.path / "START_HERE.html").read_text("utf-8")
    assert '<p class="gap">[3 messages not included]</p>\n<details class="m s" id="M-000005">' in text


def test_records_left_out_after_the_last_item_are_said_too(tmp_path: Path) -> None:
    made = contents(SMALL)
    views = list(made.conversations())
    views[1] = replace(views[1], left_out=7)
    made.conversations = lambda: iter(views)
    text = (build_bundle(made, tmp_path).path / "START_HERE.html").read_text("utf-8")
    after_last = text.index("[7 messages not included]")
    assert text.rindex('id="M-000012"', 0, after_last) < after_last < text.index('id="left-out"')
    assert text.count("[7 messages not included]") == 1


def test_attachments_are_named_and_closed(small: Built) -> None:
    text = (small.path / "START_HERE.html").read_text("utf-8")
    assert "1 attachment, closed." in text
    assert "../../evil&quot;.exe" in text
    assert not re.search(r'href="data/', text)


def test_undated_items_stand_in_a_table_of_their_own(bundle: Built) -> None:
    everything = "".join(path.read_text("utf-8") for path in pages(bundle))
    at = everything.index("<caption>Undated items, in no order of time</caption>")
    assert at < everything.index("Undated, written “12/03/2023, 14:05”", at)


def test_big_cases_go_on_numbered_pages_of_bounded_size_that_lead_to_each_other(paged: Built) -> None:
    timeline = sorted((paged.path / "pages").glob("timeline-*.html"))
    assert len(timeline) == 6
    assert len(list((paged.path / "pages").glob("conversations-*.html"))) > 3
    assert "Previous page" not in timeline[0].read_text("utf-8")
    assert "Next page" not in timeline[-1].read_text("utf-8")
    rows = sum(path.read_text("utf-8").count('<tr class="') for path in timeline)
    assert rows == 41
    assert 'id="M-000001"' not in (paged.path / "START_HERE.html").read_text("utf-8")


def test_a_conversation_that_runs_over_a_page_says_so(paged: Built) -> None:
    texts = [path.read_text("utf-8") for path in (paged.path / "pages").glob("conversations-*.html")]
    assert any(", continued</h2>" in text for text in texts)


def test_very_long_messages_are_cut_on_the_page_and_say_where_the_rest_is(tmp_path: Path) -> None:
    built = build_bundle(contents(texts=("long " * 30_000,)), tmp_path)
    text = (built.path / "START_HERE.html").read_text("utf-8")
    assert "[The other 50,000 characters are in data/items/messages.jsonl.]" in text


def index_of(path: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="index">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["START_HERE.html", "pages/find.html"])
def test_the_index_has_every_item_with_its_day_author_account_kind_and_service(
    small: Built, paged: Built, name: str
) -> None:
    bundle = small if name == "START_HERE.html" else paged
    index = index_of(bundle.path / name)
    lines = (bundle.path / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    zone = ZoneInfo("Europe/London")
    expected = []
    for line in map(json.loads, lines):
        utc = line["time"]["ts_utc"]
        day = datetime.fromisoformat(utc).astimezone(zone).date() if utc else None
        who = {"subject": "Subject", "owner": "Owner", "context": "Other person"}[line["part"]]
        kind = line["kind"] if line["kind"] == line["service"] else f"{line['kind']}, {line['service']}"
        expected.append((line["item"].count("-") > 1, day, who, line["sender"]["value"], kind))
    found = []
    for sort, days, count in index["items"]:
        day = None if days is None else date(1970, 1, 1) + timedelta(days=days)
        found += [(bool(sort & 1), day, *index["sorts"][sort >> 1])] * count
    assert found == expected
