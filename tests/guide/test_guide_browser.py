"""What only a browser shows: leaving by key and by button, also when the program is gone; keyboard alone; a smoke test in Firefox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest_guide import Running, begin, opening_address, start, stop

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = start(tmp_path_factory.mktemp("browser") / "papers")
    begin(found.client())
    yield found
    stop(found)


@pytest.fixture
def page(browser: Any, running: Running) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    enter(shown, running)
    yield shown
    context.close()


def enter(page: Any, running: Running) -> None:
    """Come in by a new opening address, and open what an earlier test has locked."""
    page.goto(opening_address(running))
    if page.url.endswith("/blank"):
        page.get_by_role("link", name="Menu").click()
        page.get_by_role("button", name="Open").click()
    page.get_by_role("heading", name="Your steps").wait_for()


def test_three_times_shift_leaves_and_going_back_shows_nothing(page: Any, running: Running) -> None:
    page.goto(running.base + "/next")
    page.keyboard.press("Shift")
    assert page.locator("#leave-count").text_content() == "Press Shift 2 more times to leave."
    page.keyboard.press("Shift+A")  # with another key it is typing, not leaving
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.url.endswith("/next")
    page.keyboard.press("Shift")
    page.wait_for_url("**/blank")
    assert page.title() == "Notes"
    page.go_back()
    page.wait_for_load_state()
    assert "phone" not in page.content().lower()
    page.goto(running.base + "/files")
    assert page.url.endswith("/blank")
    assert (running.folder / "case.sqlite").exists()


def test_the_button_blanks_the_page_also_when_the_program_is_gone(browser: Any, tmp_path: Path) -> None:
    running = start(tmp_path / "papers")
    begin(running.client())
    page = browser.new_page()
    enter(page, running)
    page.goto(running.base + "/next")
    running.kill()
    page.get_by_role("button", name="Leave quickly").click()
    page.wait_for_function("document.body.innerText.trim() === 'This page is empty.'")
    assert page.title() == "Notes"
    assert "999" not in page.content()
    page.close()
    stop(running)


def test_the_button_is_a_plain_form_where_scripts_are_off(browser: Any, running: Running) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, running)
    page.get_by_role("button", name="Leave quickly").click()
    page.wait_for_url("**/blank")
    page.goto(running.base + "/diary")
    assert page.url.endswith("/blank")
    context.close()


def test_with_the_keyboard_alone_a_question_is_answered_and_the_focus_is_seen(page: Any, running: Running) -> None:
    page.goto(running.base + "/files/young")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if page.evaluate("document.activeElement.name") == "young":
            break
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.value") == "unsure"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/files/young/advice")


SMALL = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(one => one.offsetParent && !one.closest('.skip'))
  .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.width < 24 || box.height < 24) })
  .map(one => one.outerHTML)"""


def test_targets_are_large_enough_and_focus_is_not_hidden_behind_the_bar(page: Any, running: Running) -> None:
    for path in ("/", "/diary/new", "/next"):
        page.goto(running.base + path)
        assert page.evaluate(SMALL) == []
    page.goto(running.base + "/diary/new")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    field = page.get_by_label("At what time did it start?")
    field.focus()
    bar = page.locator(".leave-bar").bounding_box()
    assert field.bounding_box()["y"] >= bar["y"] + bar["height"]


DROP = """() => { const data = new DataTransfer(); data.items.add(new File(['hello'], 'note.txt'));
  document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) }"""


def test_a_dropped_file_is_chosen_and_sent(page: Any, running: Running) -> None:
    post_young(page, running)
    page.goto(running.base + "/files")
    page.evaluate(DROP)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("heading", name="note.txt").wait_for()
    assert (running.folder / "originals" / "given" / "note.txt").read_text() == "hello"


def post_young(page: Any, running: Running) -> None:
    page.goto(running.base + "/files/young")
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Continue").click()


def test_pages_print_without_buttons(page: Any, running: Running) -> None:
    page.goto(running.base + "/next")
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Leave quickly").is_visible()
    assert page.get_by_text("0808 2000 247").is_visible()


def test_firefox_opens_answers_adds_a_file_and_leaves(tmp_path: Path) -> None:
    from guide_firefox import Firefox

    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "there is no Firefox on this machine"
    running = start(tmp_path / "papers")
    begin(running.client())
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with Firefox(program, tmp_path / "profile") as firefox:
        firefox.goto(opening_address(running))
        assert firefox.run("document.title") == "All steps – Notes"
        firefox.goto(running.base + "/services")
        firefox.run("document.querySelector('input[value=whatsapp]').click()")
        firefox.run("document.querySelector('main form').requestSubmit()")
        firefox.until("location.pathname === '/get'")
        firefox.goto(running.base + "/files")
        firefox.choose_files("#files", [path])
        firefox.run("document.querySelector('form[action=\"/files/upload\"]').requestSubmit()")
        firefox.until("document.body.innerText.includes('IMG_1.jpg')")
        assert firefox.run("document.documentElement.scrollWidth <= innerWidth")
        firefox.run("document.getElementById('leave').click()")
        firefox.until("location.pathname === '/blank'")
        firefox.goto(running.base + "/files")
        assert firefox.run("location.pathname") == "/blank"
    stop(running)
