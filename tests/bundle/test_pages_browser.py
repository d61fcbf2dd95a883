"""The pages of a bundle in a real browser: nothing is fetched, nothing runs, everybody can read them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import build_bundle, page_parts
from plainrecord.facts.confirmed import TAGS, Block, Confirmed, InForce, Stop, Tag
from synthetic import HOSTILE, Make, contents

sync_api = pytest.importorskip("playwright.sync_api")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = os.environ.get("PLAINRECORD_REQUIRE_BROWSER") == "1"
pytestmark = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on this machine")

MARKUP = (
    HOSTILE,
    "<img src=https://track.example/a.gif onerror=alert(1)><iframe src=https://track.example></iframe>",
    "</div></details><style>@import 'https://track.example/x.css'</style><meta http-equiv=refresh content='0;url=https://track.example'>",
    "\"><svg onload=alert(1)> ' onmouseover=alert(1) x='",
    "x" * 3000 + " " + "\u0645\u0631\u062d\u0628\u0627 \u202eabc",
)
FULL = Make(items=14, undated=2, texts=MARKUP, blobs=(b"\xff\xd8\xffpicture",), gap_at=7, attached_to=2)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    small = build_bundle(contents(FULL), tmp_path_factory.mktemp("small")).path
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_parts, "MOST_ITEMS_ON_ONE_PAGE", 10)
        patch.setattr(page_parts, "ROWS_PER_PAGE", 8)
        patch.setattr(page_parts, "PAGE_BYTES", 20_000)
        paged = build_bundle(contents(replace(FULL, items=30)), tmp_path_factory.mktemp("paged")).path
    return {
        "start": (small / "START_HERE.html").as_uri(),
        "facts": (small / "facts/facts.html").as_uri(),
        "panel": (small / "panel.html").as_uri(),
        "paged start": (paged / "START_HERE.html").as_uri(),
        "timeline": (paged / "pages/timeline-0002.html").as_uri(),
        "conversations": (paged / "pages/conversations-0001.html").as_uri(),
        "find": (paged / "pages/find.html").as_uri(),
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=["start", "paged start", "timeline", "conversations", "find", "facts", "panel"])
def page(request: pytest.FixtureRequest, browser, addresses) -> Iterator[object]:  # type: ignore[no-untyped-def]
    shown = browser.new_page(viewport={"width": 1280, "height": 900})
    shown.heard = []
    shown.asked = []
    shown.on("console", lambda message: shown.heard.append(message.text))
    shown.on("pageerror", lambda error: shown.heard.append(str(error)))
    shown.on("dialog", lambda dialog: (shown.heard.append(dialog.message), dialog.dismiss()))
    shown.on("request", lambda asked: shown.asked.append(asked.url))
    shown.goto(addresses[request.param])
    yield shown
    shown.close()


def open_all(page) -> None:  # type: ignore[no-untyped-def]
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def test_nothing_is_fetched_and_nothing_complains_even_with_every_message_open(page) -> None:  # type: ignore[no-untyped-def]
    open_all(page)
    page.wait_for_timeout(150)
    assert page.heard == []
    # Pictures that somebody opened come from the bundle itself.
    assert page.asked[0] == page.url
    beside = page.url.rpartition("/pages/")[0] or page.url.rpartition("/")[0]
    assert all(one.startswith(f"{beside}/data/media/") for one in page.asked[1:])


def test_axe_finds_nothing_closed_open_light_or_dark(page) -> None:  # type: ignore[no-untyped-def]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        results = axe_api.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        open_all(page)


def test_there_is_one_main_part_one_first_heading_and_no_level_is_skipped(page) -> None:  # type: ignore[no-untyped-def]
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("main").count() == 1


def test_at_four_hundred_per_cent_nothing_runs_off_the_side(page) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": 320, "height": 256})
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_first_tab_offers_to_skip_to_the_content(page) -> None:  # type: ignore[no-untyped-def]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("page", ["start", "conversations"], indirect=True)
def test_a_message_opens_with_the_keyboard_and_is_closed_before(page) -> None:  # type: ignore[no-untyped-def]
    assert page.locator("details[open]").count() == 0
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1


def test_everything_that_can_be_pressed_is_at_least_24_pixels_high(page) -> None:  # type: ignore[no-untyped-def]
    heights = page.evaluate(
        "[...document.querySelectorAll('summary, nav a')].map(one => one.getBoundingClientRect().height)"
    )
    assert all(height >= 24 for height in heights)


def test_closed_pages_load_no_picture(page) -> None:  # type: ignore[no-untyped-def]
    page.evaluate("document.querySelectorAll('details.m').forEach(one => one.open = true)")
    page.wait_for_timeout(100)
    assert page.asked == [page.url]


def shown_rows(page) -> list[str]:  # type: ignore[no-untyped-def]
    return page.evaluate(  # type: ignore[no-any-return]
        "[...document.querySelectorAll('tr[id^=t-]')].filter(one => one.offsetParent).map(one => one.className)"
    )


@pytest.mark.parametrize("page", ["start"], indirect=True)
def test_the_timeline_can_be_narrowed_and_widened_again(page) -> None:  # type: ignore[no-untyped-def]
    everything = shown_rows(page)
    page.get_by_label("written by").select_option("Owner")
    assert set(shown_rows(page)) == {"o"}
    assert page.get_by_role("status").text_content().startswith(f"{everything.count('o')} of {len(everything)} items")
    page.get_by_label("from day").fill("2030-01-01")
    assert shown_rows(page) == []
    page.get_by_text("Show all again").click()
    assert shown_rows(page) == everything


@pytest.mark.parametrize("page", ["find"], indirect=True)
def test_items_of_a_paged_bundle_are_found_and_lead_to_their_row(page) -> None:  # type: ignore[no-untyped-def]
    assert page.locator("#f-none").is_hidden()
    links = page.locator("#f-list a")
    whole = links.count()
    assert page.get_by_role("status").text_content().startswith(f"{whole} of {whole} items")
    page.get_by_label("written by").select_option("Owner")
    assert 0 < links.count() < whole
    name = links.last.text_content()
    links.last.click()
    assert page.url.endswith(f"#t-{name}")
    assert page.locator(f"#t-{name}").get_attribute("class") == "o"


@pytest.mark.parametrize("page", ["start", "conversations", "timeline"], indirect=True)
def test_words_can_be_hidden_and_stay_hidden_in_this_tab(page) -> None:  # type: ignore[no-untyped-def]
    open_all(page)
    assert page.locator(".w >> visible=true").count() > 0
    page.get_by_label("Dates and counts only").check()
    assert page.locator(".w >> visible=true").count() == 0
    page.reload()
    open_all(page)
    assert page.locator(".w >> visible=true").count() == 0
    # As a browser itself does now and then with what is stored for a file.
    page.evaluate("sessionStorage.clear()")
    page.reload()
    open_all(page)
    assert page.locator(".w >> visible=true").count() == 0
    page.get_by_label("Dates and counts only").uncheck()
    page.reload()
    open_all(page)
    assert page.locator(".w >> visible=true").count() > 0


@pytest.mark.parametrize("page", ["start"], indirect=True)
def test_a_picture_is_blurred_first_and_clear_only_when_asked_for(page) -> None:  # type: ignore[no-untyped-def]
    open_all(page)
    picture = page.locator(".pic img").first
    assert picture.evaluate("one => getComputedStyle(one).filter") == "blur(28px)"
    page.locator(".pic input").first.check()
    assert picture.evaluate("one => getComputedStyle(one).filter") == "none"


@pytest.fixture
def without_script(browser) -> Iterator[object]:  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_script_everything_is_there_and_nothing_is_offered_that_would_not_work(
    without_script, addresses
) -> None:  # type: ignore[no-untyped-def]
    page = without_script
    page.goto(addresses["start"])
    assert page.locator("#find").is_hidden()
    assert page.locator("tr[id^=t-] >> visible=true").count() == page.locator("tr[id^=t-]").count() > 0
    page.get_by_label("Dates and counts only").check()
    assert page.locator(".w >> visible=true").count() == 0
    page.goto(addresses["find"])
    assert page.locator("#find").is_hidden()
    assert "every item is in the timeline" in page.locator("#f-none").inner_text()


LONG = "a long name " * 12


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A panel page with as much as there can be on it: long names, many of everything that is listed."""
    made = contents(Make(items=60, undated=3, texts=("Hello",), conversations=9))
    people = tuple(
        replace(one, account=replace(one.account, value=LONG), basis=LONG) for one in made.subject.accounts * 9
    )
    made.subject = replace(made.subject, label=LONG, accounts=people)
    made.owner = replace(made.owner, accounts=tuple(replace(one, basis=f"{LONG}{n}") for n, one in enumerate(people)))
    claims = tuple(replace(claim, title=LONG, cannot_hold=LONG) for one in made.sources for claim in one.claims) * 12
    made.sources = (replace(made.sources[0], claims=claims), *made.sources[1:])
    made.confirmed = Confirmed(
        LONG,
        tuple(Stop(f"M-{n:06d}", n * 10**15, LONG) for n in range(1, 30)),
        tuple(Block(LONG, n * 10**14) for n in range(30)),
        tuple(InForce(LONG, LONG, n * 10**14, n * 10**15) for n in range(1, 30)),
        tuple(Tag(f"M-{n:06d}", tag) for n in range(1, 9) for tag in sorted(TAGS - {"stop_request"})),
    )
    return (build_bundle(made, tmp_path_factory.mktemp("crowded")).path / "panel.html").as_uri()


@pytest.mark.parametrize("which", ["small", "crowded"])
def test_the_panel_page_is_one_sheet_of_a4_when_printed(which, browser, addresses, crowded) -> None:  # type: ignore[no-untyped-def]
    pdfium = pytest.importorskip("pypdfium2")
    page = browser.new_page()
    page.goto(addresses["panel"] if which == "small" else crowded)
    printed = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True))
    page.close()
    assert len(printed) == 1
    assert [round(side) for side in printed[0].get_size()] == [595, 842]
    text = printed[0].get_textpage().get_text_range()
    assert "1 Case" in text and "10 For people to fill in" in text and "made by software." in " ".join(text.split())
    printed.close()
