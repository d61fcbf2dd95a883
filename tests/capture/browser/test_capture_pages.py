"""The extension's own pages: for everyone to use, and proof against a page, a program or a receipt that is not what it seems."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from capture_chromium import Browser, until, wait_for
from capture_program import Program
from capture_site import Site

pytestmark = pytest.mark.browser


def judge(page: Any, where: str) -> None:
    """Nothing for axe to find, light or dark, and nothing that has to be scrolled sideways."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert not found, (
            f"{where}, {scheme}: {[(one['id'], [node['html'] for node in one['nodes']]) for one in found]}"
        )
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, where


def test_axe_finds_nothing_on_any_page_in_any_state(browser: Browser, site: Site) -> None:
    page = browser.open(f"http://localhost:{site.other}/stories/1")
    window = browser.press(page)
    wait_for(window, "gate")
    judge(window, "the question before a story")
    window.click("#go-on")
    wait_for(window, "ready")
    window.click("summary")
    judge(window, "ready to finish")
    window.click("#finish")
    wait_for(window, "stored")
    judge(window, "the receipt")
    for name in ("options.html", "kept.html"):
        own = browser.own(name)
        own.wait_for_timeout(300)
        for summary in own.locator("summary").all():
            summary.click()
        judge(own, name)
        own.close()
    page.close()


def test_everything_can_be_done_with_the_keyboard(browser: Browser, site: Site) -> None:
    page = browser.open(site.url("/post/17?keys=1"))
    window = browser.press(page)
    wait_for(window, "ready")
    window.keyboard.type("typed at once")  # the note has the focus
    reached = []
    while "finish" not in reached:
        window.keyboard.press("Tab")
        reached.append(window.evaluate("document.activeElement.id || document.activeElement.localName"))
        assert len(reached) < 20
    window.keyboard.press("Enter")
    wait_for(window, "stored")
    assert window.evaluate("document.activeElement.id") == "result-title"
    page.close()


def test_a_hostile_page_reaches_neither_the_program_nor_the_extension(
    browser: Browser, program: Program, site: Site
) -> None:
    before = program.kept()
    page = browser.open(site.url(f"/hostile?port={program.port}"))
    page.evaluate(f"window.EXTENSION = 'chrome-extension://{browser.id}'; void attack()")
    until(lambda: page.evaluate("window.over"), "the end of the attack")
    assert page.evaluate("[answered, tried >= 13]") == [[], True]
    assert program.kept() == before

    window = browser.press(page)
    wait_for(window, "ready")
    title = page.title()
    assert title.startswith("</textarea><img") and window.text_content("#page-title") == title
    window.evaluate("document.getElementById('note').value = 'half a character \\ud83d'")
    window.click("#finish")
    wait_for(window, "stored")
    kept = browser.own()
    until(lambda: title in kept.text_content("#list"), "the list")
    assert kept.evaluate("[document.images.length, window.broken ?? null]") == [0, None]
    assert program.kept()[-1]["title"] == title
    kept.close()
    page.close()


@contextmanager
def in_the_place_of(program: Program) -> Iterator[list[str]]:
    """Another program on the same port, which answers everything as if it were ours; gives what it was sent."""
    heard: list[str] = []

    class Squatter(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace")
            heard.append(f"{self.path} {self.headers.get('Authorization')} {body}")
            answer = json.dumps(
                {"signature": base64.urlsafe_b64encode(bytes(64)).decode().rstrip("="), "have": 0, "token": "t"}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, *args: object) -> None:
            """What came stands in `heard`."""

    program.end()
    server = ThreadingHTTPServer(("127.0.0.1", program.port), Squatter)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        program.start()


def test_another_program_on_the_same_port_is_told_nothing(browser: Browser, program: Program, site: Site) -> None:
    page = browser.open(site.url("/post/17?squatter=1"))
    with in_the_place_of(program) as heard:
        window = browser.press(page)
        wait_for(window, "ready")
        window.click("#finish")
        wait_for(window, "waiting")
        until(lambda: "Another program answered" in window.text_content("#result-says"), "the warning")
        assert heard and all(line.startswith('/v1/hello None {"nonce":') for line in heard)
    window.click("#again")
    wait_for(window, "stored")
    page.close()


def test_a_receipt_that_is_not_wholly_true_is_not_believed(browser: Browser, site: Site) -> None:
    post = browser.open(site.url("/post/17?receipt=1"))
    window = browser.press(post)
    wait_for(window, "ready")
    window.click("#finish")
    wait_for(window, "stored")
    post.close()
    page = browser.own()
    said = page.evaluate(
        """async () => {
        const { checkedReceipt } = await import('/lib/receipts.js');
        const stored = (await (await import('/lib/shelf.js')).allCaptures()).find(({ state }) => state === 'stored');
        const { receipt, public_key } = stored;
        const capture = { id: receipt.id, manifest_sha256: receipt.manifest_sha256, manifest: JSON.stringify({ parts: receipt.parts }) };
        const answer = { receipt: stored.receipt_text, signature: stored.signature };
        const tell = (a, c, k = public_key) => checkedReceipt(a, c, k).then(() => 'believed', (error) => error.code);
        const [first, ...rest] = receipt.parts;
        const parts = (...list) => JSON.stringify({ parts: list });
        return {
          true: await tell(answer, capture),
          text: await tell({ ...answer, receipt: answer.receipt.replace('"count":', '"count": ') }, capture),
          signature: await tell({ ...answer, signature: 'A'.repeat(86) }, capture),
          nothing: await tell({}, capture),
          key: await tell(answer, capture, 'A'.repeat(43)),
          id: await tell(answer, { ...capture, id: crypto.randomUUID() }),
          manifest: await tell(answer, { ...capture, manifest_sha256: '0'.repeat(64) }),
          fewer: await tell(answer, { ...capture, manifest: parts(...rest) }),
          more: await tell(answer, { ...capture, manifest: parts(...receipt.parts, { ...first, name: 'more.png' }) }),
          other: await tell(answer, { ...capture, manifest: parts({ ...first, sha256: '0'.repeat(64) }, ...rest) }),
        } }"""
    )
    assert said.pop("true") == "believed"
    assert said == {
        "text": "receipt-signature",
        "signature": "receipt-signature",
        "nothing": "receipt-signature",
        "key": "receipt-signature",
        "id": "receipt-capture",
        "manifest": "receipt-manifest",
        "fewer": "receipt-parts",
        "more": "receipt-parts",
        "other": "receipt-parts",
    }
    page.close()


def test_a_device_with_no_room_left_is_told_of_before_anything_is_taken(browser: Browser, site: Site) -> None:
    page = browser.open(site.url("/post/17?full=1"))
    own = browser.own()
    session = browser.context.new_cdp_session(own)
    origin = f"chrome-extension://{browser.id}"
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    try:
        window = browser.press(page)
        wait_for(window, "gate")
        assert "almost no room left" in window.text_content("#gate-says")
        window.click("#rather-not")
        browser.wait_closed(window)
    finally:
        session.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    assert not [one for one in browser.shelf() if one["url"] == page.url]
    own.close()
    page.close()


def test_while_something_waits_an_alarm_is_set_and_the_button_says_how_much(
    browser: Browser, program: Program, site: Site
) -> None:
    page = browser.open(site.url("/post/17?alarm=1"))
    own = browser.own()
    ask = """async () => [(await chrome.alarms.getAll()).map(({ name, periodInMinutes }) => [name, periodInMinutes]),
        await chrome.action.getBadgeText({})]"""
    program.end()
    window = browser.press(page)
    wait_for(window, "ready")
    window.click("#finish")
    until(lambda: "does not answer" in window.text_content("#result-says"), "the reason")
    until(lambda: own.evaluate(ask) == [[["send", 0.5]], "1"], "the alarm")
    program.start()
    own.evaluate(
        "chrome.alarms.create('send', {when: Date.now()})"
    )  # the alarm goes off now; it may not send before its time
    window.click("#again")
    wait_for(window, "stored")
    until(lambda: own.evaluate(ask) == [[], ""], "the alarm to be off")
    own.close()
    page.close()
