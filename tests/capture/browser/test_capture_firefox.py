"""The same extension in the system's own Firefox: press, receipt, case; the whole page without scrolling it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from capture_chromium import until
from capture_firefox import MUST_BE_THERE, Firefox, find_firefox, firefox_with
from capture_program import Program
from capture_site import BAND, RIGHT_TO_LEFT, SENTENCE, Site, band_colour

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_firefox() is None and not MUST_BE_THERE, reason="no Firefox on this machine"),
]


@pytest.fixture(scope="module")
def firefox(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Firefox with the extension, joined to the program."""
    with firefox_with(tmp_path_factory.mktemp("firefox")) as running:
        page = running.own("options.html")
        until(lambda: running.text(page, "#paired") == "Not joined yet.", "the settings")
        fill = f"(port.value = {program.port}, code.value = '{program.code}', pair.requestSubmit(), true)"
        running.evaluate(
            page,
            f"(({{port, code, pair}}) => {fill})(Object.fromEntries(['port','code','pair'].map(n => [n, document.getElementById(n)])))",
        )
        until(lambda: running.text(page, "#paired").startswith("Joined as B-01."), "the answer to the code")
        running.end(page)
        yield running


def keep(firefox: Firefox, program: Program, url: str, out: Path) -> tuple[dict[str, Any], Path]:
    """Keep a page, wait for its receipt, compare every hash; its manifest and the folder of its parts."""
    page = firefox.open(url)
    window = firefox.press(page)
    firefox.wait_for(window, "ready")
    firefox.click(window, "#finish")
    firefox.wait_for(window, "stored")
    assert firefox.evaluate(page, "[scrollY, document.title]")[0] == 0
    stored = next(one for one in firefox.shelf(window) if one["url"] == url)
    firefox.end(window)
    firefox.end(page)
    assert {one["id"]: one["state"] for one in program.kept()}[stored["id"]] == "sound"
    folder = program.export(stored["receipt"]["capture"], out) / stored["receipt"]["capture"]
    for part in stored["receipt"]["parts"]:
        data = (folder / "parts" / part["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (part["size"], part["sha256"])
    return json.loads((folder / "manifest.json").read_bytes()), folder / "parts"


@pytest.mark.parametrize("policy", ["", "?csp=1"], ids=["plain", "strict policy"])
def test_one_press_keeps_a_hard_page(
    firefox: Firefox, program: Program, site: Site, tmp_path: Path, policy: str
) -> None:
    manifest, parts = keep(firefox, program, site.url(f"/post/17{policy}"), tmp_path)
    text = (parts / "text.txt").read_text(encoding="utf-8")
    inside = ("an open component.", "a closed component.", "a frame of its own.", "a frame from the same site.")
    assert all(words in text for words in (SENTENCE, RIGHT_TO_LEFT, "The last words of the page.", *inside))
    html = (parts / "page.html").read_text(encoding="utf-8")
    assert "<script" not in html and "open-sesame" not in html and "a closed component." in html
    assert [step["result"] for step in manifest["steps"] if step["step"] == "mhtml"] == ["skipped"]
    # A page that lets nothing connect lets our own look at the site's clock not through either: said, with the reason.
    server = manifest["times"]["server"]
    assert (server["reason"] is not None) if policy else (abs(server["offset_ms"]) < 2500)


def test_pictures_of_a_whole_page_are_taken_without_scrolling(
    firefox: Firefox, program: Program, site: Site, tmp_path: Path
) -> None:
    tall = 9500
    manifest, parts = keep(firefox, program, site.url(f"/bands?px={tall}"), tmp_path)
    assert manifest["extent"] == {"kind": "page", "reached_end": True, "stopped": "end"}
    assert json.loads((parts / "facts.json").read_bytes())["scrolled"] is False
    tiles = [part for part in manifest["parts"] if part["role"] == "tile"]
    assert [(tile["y"], tile["height"]) for tile in tiles] == [(0, 4000), (4000, 4000), (8000, 1500)]
    for tile in tiles:
        picture = Image.open(io.BytesIO((parts / tile["name"]).read_bytes())).convert("RGB")
        assert picture.height == tile["height"]
        assert all(
            picture.getpixel((700, row)) == band_colour((tile["y"] + row) // BAND)
            for row in range(25, picture.height, 50)
        )
    assert Image.open(io.BytesIO((parts / "joined.png").read_bytes())).height == tall


def test_a_pdf_is_kept_as_a_picture_and_the_person_is_told_what_else_to_do(
    firefox: Firefox, program: Program, site: Site
) -> None:
    page = firefox.open(site.url("/file.pdf"))
    window = firefox.press(page)
    firefox.wait_for(window, "ready")
    assert "This is a PDF." in firefox.text(window, "#notice")
    firefox.click(window, "#finish")
    firefox.wait_for(window, "stored")
    firefox.end(window)
    firefox.end(page)


def test_a_page_of_the_browser_itself_is_refused_with_a_sentence(firefox: Firefox) -> None:
    page = firefox.open("about:about")
    window = firefox.press(page)
    firefox.wait_for(window, "blocked")
    assert "belongs to the browser itself" in firefox.text(window, "#trouble")
    firefox.end(window)
    firefox.end(page)
