"""Web pages into the guide: the add-on written into the folder, a code that pairs one browser, and what was kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from conftest_guide import Running, begin, post
from plainrecord.capture.pairing import Pairings, Refused
from plainrecord.capture.vault import Vault


def test_the_code_on_the_page_pairs_one_browser_once(guide: Running) -> None:
    client = guide.client()
    begin(client)
    assert "No page was kept yet" in client.get("/capture").text
    page = post(client, "/capture", "/capture").text
    found = re.search(r">(\d{4}) (\d{4})<", page)
    assert found, page
    assert "Get a new code" in page
    pairings, now = Pairings(Vault(guide.folder.resolve())), datetime.now(UTC)
    browser, token = pairings.redeem(found[1] + found[2], "moz-extension://1", "Firefox", now)  # type: ignore[misc]
    assert browser.origin == "moz-extension://1"
    assert token
    assert isinstance(pairings.redeem(found[1] + found[2], "moz-extension://2", "Firefox", now), Refused)
    newer = re.search(r">(\d{4}) (\d{4})<", post(client, "/capture", "/capture").text)
    assert newer
    assert isinstance(
        pairings.redeem(newer[1] + newer[2], "moz-extension://3", "Firefox", now + timedelta(minutes=10)), Refused
    )


def test_the_add_on_is_written_into_the_folder_with_what_to_press(guide: Running) -> None:
    client = guide.client()
    begin(client)
    for browser, words in (("chromium", "Load unpacked"), ("firefox", "Load Temporary Add-on")):
        page = post(client, "/capture", "/capture", browser=browser).text
        assert words in page
        assert (guide.folder / f"add-on-{browser}" / "manifest.json").is_file()
    assert post(client, "/capture", "/capture", browser="firefox").status_code == 200
