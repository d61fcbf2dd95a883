"""From the press of the button to the receipt and the case, in the system's own Chromium: what was on the page is in the parts."""

from __future__ import annotations

import hashlib
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from capture_chromium import Browser, state_of, until, wait_for
from capture_program import Program, plainrecord
from capture_site import BAND, RIGHT_TO_LEFT, SENTENCE, Site, band_colour

pytestmark = pytest.mark.browser


def finish(window: Any, note: str = "") -> None:
    """Type a note, finish, and wait for the receipt."""
    if note:
        window.fill("#note", note)
    window.click("#finish")
    wait_for(window, "stored")


def parts_of(browser: Browser, program: Program, url: str, out: Path) -> tuple[dict[str, Any], Path]:
    """The newest stored capture of `url` as the extension remembers it, and the folder of its parts, every hash compared."""
    stored = [one for one in browser.shelf() if one["url"] == url and one["state"] == "stored"][-1]
    assert stored["held"] == []
    folder = program.export(stored["receipt"]["capture"], out) / stored["receipt"]["capture"]
    for part in stored["receipt"]["parts"]:
        data = (folder / "parts" / part["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (part["size"], part["sha256"])
    manifest = (folder / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == stored["receipt"]["manifest_sha256"]
    return json.loads(manifest), folder / "parts"


def test_one_press_keeps_a_hard_page_without_moving_it(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(site.url("/post/17"))
    page.evaluate("getSelection().selectAllChildren(document.getElementById('first'))")
    window = browser.press(page)
    wait_for(window, "ready")
    finish(window, "Shown to me by a friend. “Quoted” & <b>bold</b>")
    assert page.evaluate("[window.scrolled, scrollY, document.title]") == [None, 0, "Post 17"]
    manifest, parts = parts_of(browser, program, page.url, tmp_path)

    text = (parts / "text.txt").read_text(encoding="utf-8")
    inside = ("an open component.", "a closed component.", "a frame of its own.", "a frame from the same site.")
    assert all(words in text for words in (SENTENCE, RIGHT_TO_LEFT, "The last words of the page.", *inside))
    assert "color" not in text and "Folded" not in text
    assert (parts / "selection.txt").read_text(encoding="utf-8").strip() == manifest["selection"].strip() == SENTENCE

    archive = (parts / "page.mhtml").read_text(encoding="utf-8").replace("=\r\n", "")
    assert "a closed component." in archive and "a frame from the other site." in archive
    assert manifest["person"]["note"] == "Shown to me by a friend. “Quoted” & <b>bold</b>"
    assert manifest["page"] | {"url_after": page.url, "title": "Post 17", "language": "en-GB"} == manifest["page"]
    assert manifest["extent"] == {"kind": "view", "reached_end": None, "stopped": "end"}
    # The page had put its own functions in the place of the clock and the hash; ours saw nothing of them.
    assert manifest["times"]["clicked"]["wall_ms"] > 1e12
    assert abs(manifest["times"]["server"]["offset_ms"]) <= manifest["times"]["server"]["uncertainty_ms"] + 1000
    page.close()


def test_our_own_file_of_a_page_runs_nothing_fetches_nothing_and_lists_what_it_lacks(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    post = browser.open(site.url("/post/17?own=1"))
    window = browser.press(post)
    wait_for(window, "ready")
    finish(window)
    post.close()
    _, parts = parts_of(browser, program, site.url("/post/17?own=1"), tmp_path)
    html = (parts / "page.html").read_text(encoding="utf-8")
    assert "<script" not in html and "onclick" not in html and "javascript:" not in html
    assert "open-sesame" not in html and "search words" in html and "Folded text stays folded." in html
    facts = json.loads((parts / "facts.json").read_text(encoding="utf-8"))
    lacking = {(one["url"].partition(str(site.other))[2], one["reason"].split(":")[0]) for one in facts["missing"]}
    assert ("/inner?from=other", "frame-of-another-site") in lacking
    assert ("/pic.png?c=2", "not-readable") in lacking
    assert any(one["reason"] == "picture-not-loaded" and "c=3" in one["url"] for one in facts["missing"])

    asked: list[str] = []
    page = browser.context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto((parts / "page.html").as_uri())
    assert not [address for address in asked if not address.startswith(("file:", "data:", "about:"))]
    assert page.locator("#closed i").inner_text() == "Words in a closed component."
    assert page.frame_locator("iframe").nth(2).locator("p").inner_text() == "Words in a frame of its own."
    drawn = page.evaluate(
        "(() => {const c=document.createElement('canvas').getContext('2d');"
        "c.drawImage(document.querySelector('[alt=canvas]'),0,0);return [...c.getImageData(5,5,1,1).data]})()"
    )
    assert drawn == [0, 128, 255, 255]
    page.close()


@pytest.mark.parametrize("header", [False, True], ids=["plain", "header that stays"])
def test_pictures_of_a_whole_page_show_every_band_in_its_place(
    browser: Browser, program: Program, site: Site, tmp_path: Path, header: bool
) -> None:
    tall = 5500
    page = browser.open(site.url(f"/bands?px={tall}" + ("&header=1" if header else "")))
    page.evaluate("scrollTo(0, 333)")
    window = browser.press(page)
    wait_for(window, "ready")
    window.click("#whole")
    until(lambda: state_of(window) == "ready" and window.is_disabled("#whole"), "the whole page")
    finish(window)
    assert page.evaluate("scrollY") == 333
    manifest, parts = parts_of(browser, program, page.url, tmp_path)
    assert manifest["extent"] == {"kind": "page", "reached_end": True, "stopped": "end"}

    covered = 40 if header else 0
    tiles = [part for part in manifest["parts"] if part["role"] == "tile"]
    assert [tile["order"] for tile in tiles] == list(range(1, len(tiles) + 1)) and tiles[0]["y"] == 0
    for before, tile in pairwise(tiles):
        assert before["y"] < tile["y"] <= before["y"] + before["height"] - covered
    for tile in tiles:
        picture = Image.open(io.BytesIO((parts / tile["name"]).read_bytes())).convert("RGB")
        for row in range(covered, picture.height, 50):
            assert picture.getpixel((700, row)) == band_colour(int(tile["y"] + row) // BAND)
    joined = Image.open(io.BytesIO((parts / "joined.png").read_bytes())).convert("RGB")
    assert joined.height == tall
    assert all(joined.getpixel((700, y)) == band_colour(y // BAND) for y in range(covered, tall, 25))
    page.close()


@pytest.mark.parametrize(
    ("path", "button", "word", "count"),
    [
        ("/feed?rows=60", "#series-down", "row", 60),
        ("/chat?messages=60", "#series-up", "message", 60),
        ("/chat?messages=60&jump=1", "#series-up", "message", 60),
    ],
    ids=["feed that grows", "chat upwards", "chat that jumps"],
)
def test_a_long_thread_is_kept_to_its_end_with_no_row_left_out(
    browser: Browser, program: Program, site: Site, tmp_path: Path, path: str, button: str, word: str, count: int
) -> None:
    page = browser.open(site.url(path))
    window = browser.press(page)
    wait_for(window, "ready")
    window.click(button)
    until(lambda: state_of(window) == "ready" and window.is_hidden("#scrolling"), "the end of the thread")
    finish(window)
    manifest, parts = parts_of(browser, program, page.url, tmp_path)
    assert manifest["extent"] == {"kind": "thread", "reached_end": True, "stopped": "end"}
    assert json.loads((parts / "facts.json").read_text(encoding="utf-8"))["gaps"] == []
    seen: set[int] = set()
    for part in manifest["parts"]:
        if part["role"] == "snapshot":
            seen |= {
                int(number)
                for number in re.findall(rf"{word} (\d+)", (parts / part["name"]).read_text(encoding="utf-8"))
            }
    assert seen == set(range(1, count + 1))
    pictures = [part for part in manifest["parts"] if part["role"] == "tile"]
    assert len(pictures) >= 4 and len({part["sha256"] for part in pictures}) == len(pictures)
    page.close()


def test_a_long_thread_ends_when_another_tab_comes_to_the_front(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(site.url("/feed?rows=4000"))
    window = browser.press(page)
    wait_for(window, "ready")
    window.click("#series-down")
    until(lambda: "step 3" in window.text_content("#now"), "the third step")
    other = browser.open(site.url("/"))
    wait_for(window, "ready")
    assert "another page came to the front" in window.text_content("#now")
    finish(window)
    manifest, _ = parts_of(browser, program, page.url, tmp_path)
    assert manifest["extent"] == {"kind": "thread", "reached_end": False, "stopped": "tab-changed"}
    other.close()
    page.close()


def test_whole_page_and_long_thread_can_both_be_kept_of_one_page(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(site.url("/post/17?both=1"))
    window = browser.press(page)
    wait_for(window, "ready")
    window.click("#whole")
    until(lambda: state_of(window) == "ready" and window.is_disabled("#whole"), "the whole page")
    window.click("#series-down")
    until(lambda: state_of(window) == "ready" and window.is_hidden("#scrolling"), "the end of the thread")
    finish(window)
    manifest, _ = parts_of(browser, program, page.url, tmp_path)
    orders = [part["order"] for part in manifest["parts"] if part["role"] == "tile"]
    assert orders == list(range(1, len(orders) + 1))
    names = {part["name"] for part in manifest["parts"]}
    assert {"page.html", "page-after.html", "page-thread.html", "tile-0001.png", "step-0001.png"} <= names
    page.close()


def test_a_long_thread_stops_when_the_person_says_so(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(site.url("/feed?rows=4001"))
    window = browser.press(page)
    wait_for(window, "ready")
    window.click("#series-down")
    until(lambda: "step 2" in window.text_content("#now"), "the second step")
    window.click("#stop")
    wait_for(window, "ready")
    finish(window)
    manifest, _ = parts_of(browser, program, page.url, tmp_path)
    assert manifest["extent"]["stopped"] == "person"
    page.close()


def test_a_window_that_is_closed_loses_nothing(browser: Browser, program: Program, site: Site, tmp_path: Path) -> None:
    page = browser.open(site.url("/post/17?closed=1"))
    window = browser.press(page)
    wait_for(window, "ready")
    window.fill("#note", "half a thou")
    window.wait_for_timeout(500)
    for _ in range(3):
        window.keyboard.press("Shift")
    browser.wait_closed(window)
    until(
        lambda: [one for one in browser.shelf() if one["url"] == page.url and one["state"] == "stored"], "the receipt"
    )
    manifest, _ = parts_of(browser, program, page.url, tmp_path)
    assert manifest["person"]["note"] == "half a thou"
    assert manifest["extent"] == {"kind": "view", "reached_end": None, "stopped": "end"}
    page.close()


def test_a_second_press_brings_the_same_window_back(browser: Browser, site: Site) -> None:
    page = browser.open(site.url("/post/17?twice=1"))
    window = browser.press(page)
    wait_for(window, "ready")
    with pytest.raises(Exception, match="Timeout"):
        browser.press(page, patience=1500)
    finish(window)
    assert len([one for one in browser.shelf() if one["url"] == page.url]) == 1
    again = browser.press(page)  # the first window only shows its receipt by now
    wait_for(again, "ready")
    assert "its text is the same" in again.text_content("#notice")
    finish(again)
    page.close()


def choose(browser: Browser, **settings: object) -> None:
    """Set what a person can set in the settings."""
    page = browser.own()
    page.evaluate("async one => (await import('/lib/settings.js')).choose(one)", settings)
    page.close()


def test_one_press_does_it_all_where_the_person_chose_so(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    choose(browser, whole_page="always", finish_at_once=True, ask_site_clock=False)
    try:
        page = browser.open(site.url("/bands?px=2000"))
        wait_for(browser.press(page), "stored")
        manifest, _ = parts_of(browser, program, page.url, tmp_path)
        assert manifest["extent"] == {"kind": "page", "reached_end": True, "stopped": "end"}
        assert manifest["times"]["server"] is None and manifest["person"]["note"] is None
        page.close()
    finally:
        choose(browser, whole_page="ask", finish_at_once=False, ask_site_clock=True)


def test_an_officer_states_a_reference_before_anything_is_finished(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    choose(browser, officer=True, finish_at_once=True)
    try:
        page = browser.open(site.url("/post/17?officer=1"))
        window = browser.press(page)
        wait_for(window, "ready")
        window.click("#finish")
        window.wait_for_timeout(300)
        assert state_of(window) == "ready"
        window.fill("#authority", "42/XY/1234/26, single overt visit")
        window.click("summary")
        window.select_option("#logged-in", "no")
        window.fill("#subject-account", "@someone")
        finish(window)
        manifest, _ = parts_of(browser, program, page.url, tmp_path)
        said = {"authority": "42/XY/1234/26, single overt visit", "logged_in": False, "subject_account": "@someone"}
        assert manifest["person"] | said == manifest["person"]
        page.close()
    finally:
        choose(browser, officer=False, finish_at_once=False)


def test_where_looking_may_be_told_the_person_is_asked_first(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(f"http://localhost:{site.other}/stories/someone/1")
    window = browser.press(page)
    wait_for(window, "gate")
    assert "This looks like a story." in window.text_content("#gate-says")
    assert [one for one in browser.shelf() if one["url"] == page.url] == []
    window.click("#go-on")
    wait_for(window, "ready")
    finish(window)
    manifest, _ = parts_of(browser, program, page.url, tmp_path)
    assert manifest["person"]["warned"] is True
    assert manifest["times"]["server"] is None
    declined = browser.press(page)
    wait_for(declined, "gate")
    declined.click("#rather-not")
    browser.wait_closed(declined)
    page.close()


@pytest.mark.parametrize("address", ["chrome://version/", "about:blank", "view-source:about:blank"])
def test_a_page_nobody_may_keep_is_refused_with_a_sentence(browser: Browser, address: str) -> None:
    before = len(browser.shelf())
    page = browser.open(address)
    window = browser.press(page)
    wait_for(window, "blocked")
    assert "belongs to the browser itself" in window.text_content("#trouble")
    assert len(browser.shelf()) == before
    window.close()
    page.close()


def test_a_window_opened_without_a_press_keeps_nothing(browser: Browser, site: Site) -> None:
    page = browser.open(site.url("/post/17?unpressed=1"))
    window = browser.own("capture.html?tab=1&window=1")
    wait_for(window, "blocked")
    assert "press the button" in window.text_content("#trouble")
    window.close()
    page.close()


def test_a_clock_that_the_site_claims_is_kept_as_a_claim(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(f"http://localhost:{site.other}/post/17?csp=1")
    window = browser.press(page)
    wait_for(window, "ready")
    finish(window)
    manifest, parts = parts_of(browser, program, page.url, tmp_path)
    assert SENTENCE in (parts / "text.txt").read_text(encoding="utf-8")
    assert "picture/" not in (parts / "page.html").read_text(encoding="utf-8")
    assert {part["role"] for part in manifest["parts"]} >= {"viewport", "text", "mhtml", "html"}
    assert manifest["times"]["server"]["date"].endswith(" GMT")
    page.close()


def test_the_real_names_of_services_are_told_from_their_like(browser: Browser) -> None:
    addresses = {
        "https://www.instagram.com/stories/someone/31/": "warn_story",
        "https://instagram.com/direct/t/17/": "warn_chat",
        "https://web.whatsapp.com/": "warn_chat",
        "https://x.com/messages/1-2": "warn_chat",
        "https://www.tiktok.com/@someone": "warn_visit",
        "https://www.instagram.com/p/31/": None,
        "https://instagram.com.example/stories/someone/": None,
        "https://notinstagram.com/stories/someone/": None,
        "https://example.example/?next=instagram.com/stories/": None,
    }
    page = browser.own()
    ask = "async one => (await import('/lib/careful.js')).warningFor(one)"
    assert {address: page.evaluate(ask, address) for address in addresses} == addresses
    page.close()


def test_what_was_kept_is_in_the_case_and_in_a_bundle_that_verifies(
    browser: Browser, program: Program, site: Site, tmp_path: Path
) -> None:
    page = browser.open(site.url("/post/17?bundle=1"))
    window = browser.press(page)
    wait_for(window, "ready")
    finish(window, "For the bundle.")
    page.close()
    listed = program.kept()
    assert {one["state"] for one in listed} == {"sound"}
    assert {one["id"] for one in listed} == {one["id"] for one in browser.shelf()}
    built = json.loads(plainrecord("build", program.case, "--out", tmp_path, "--json"))
    assert built["counts"]["included"] == len(listed)
    plainrecord("verify", built["path"], "--seal", built["seal"])
    items = b"".join(path.read_bytes() for path in Path(built["path"]).rglob("*.json*"))
    assert b"For the bundle." in items
