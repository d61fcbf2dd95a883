"""The whole journey in a real Chromium, from the first page to a bundle that verifies: with scripts, and without."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conftest_guide import Running, start, stop, wait_idle
from plainrecord.bundle.verify import verify

sync_api = pytest.importorskip("playwright.sync_api")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser

# How the files name people, and the service whose account is meant: a name alone can stand beside several.
THEM = (("alex.penrose@lantern.example", "email"), ("Alex Penrose", "whatsapp"), ("Alex P. ✉", "instagram"))
ME = (("maren.holloway@postbox.example", "email"), ("Maren Holloway", "whatsapp"))


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield launched
        launched.close()


class Person:
    """A person at the pages: presses what they read, and is heard."""

    def __init__(self, page: Any, base: str, *, looks: bool) -> None:
        self.page, self.base, self.looks = page, base, looks
        self.asked: list[str] = []
        self.heard: list[str] = []
        self.titles: list[str] = []
        self.judged: set[str] = set()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.heard.append(message.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def go(self, path: str) -> None:
        try:
            self.page.goto(self.base + path)
        except sync_api.Error as stopped:
            # The page that was open may just then have asked for itself anew, which ends our asking.
            if "ERR_ABORTED" not in str(stopped):
                raise
            self.page.goto(self.base + path)
        self.judge()

    def press(self, name: str, kind: str = "button") -> None:
        self.page.get_by_role(kind, name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.judge()

    def choose(self, name: str, legend: str | None = None) -> None:
        place = self.page.get_by_role("group", name=legend, exact=False) if legend else self.page
        place.get_by_label(name, exact=True).first.check()

    def judge(self) -> None:
        """Each page once: nothing for axe to find, nothing beside the page at 320 pixels."""
        self.titles.append(self.page.title())
        path = urlsplit(self.page.url).path
        if not self.looks or path in self.judged or path == "/progress":
            return
        self.judged.add(path)
        found = axe_api.Axe().run(self.page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        self.page.set_viewport_size({"width": 320, "height": 256})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} is wider than the screen"
        self.page.set_viewport_size({"width": 1280, "height": 900})


def journey(person: Person, running: Running, files: dict[str, Path]) -> None:
    """Every step, by the words on the screen."""
    page = person.page
    page.goto(running.url)
    person.judge()
    person.press("Continue")
    for question in (
        "Could anyone else use",
        "Does anyone else know",
        "Could a shared account",
        "Would someone notice",
    ):
        person.choose("No", question)
    person.press("Continue")
    assert "seems fine to use" in page.content()
    person.press("Continue", "link")
    person.choose("UK time")
    person.choose("England")
    person.choose("Me. The messages are mine")
    person.press("Save and continue")
    add_files(person, running, files)
    name_people(person)
    assert person.page.url.endswith("/diary")
    person.press("Add an entry", "link")
    person.press("Save and continue")
    assert page.title().startswith("Error: ")
    write_down(person)
    person.press("Correct entry 1", "link")
    write_down(person, text="It was left at the back door.")
    person.press("I am done with this for now")
    look_through(person)
    make_and_hand_over(person, running)


def add_files(person: Person, running: Running, files: dict[str, Path]) -> None:
    page = person.page
    for service in ("WhatsApp", "Instagram", "Gmail (Google Takeout)"):
        person.choose(service)
    person.press("Save and continue")
    person.press("Instagram", "link")
    person.choose("I asked for it today")
    person.press("Save and continue")
    assert "Asked for on" in page.content()
    person.press("I have a file to add", "link")
    person.choose("No")
    person.press("Continue")
    page.get_by_label("Choose one or more files").set_input_files([str(path) for path in files.values()])
    person.press("Add")
    page.get_by_role("button", name="Read these files").wait_for()
    person.judge()
    person.press("Read these files")
    wait_idle(running.folder)
    person.go("/progress")
    person.press("Go on: who is it?", "link")


def make_and_hand_over(person: Person, running: Running) -> None:
    page = person.page
    person.press("Make it now")
    wait_idle(running.folder)
    person.go("/progress")
    assert "It was checked" in page.content()
    person.press("Hand it over", "link")
    page.get_by_label("Given to").fill("Officer 4417")
    page.get_by_label("How?").fill("On a USB stick")
    for part, value in (("Day", "1"), ("Month", "12"), ("Year", "2024")):
        page.get_by_label(part, exact=True).fill(value)
    person.press("Save and continue")
    assert "given to Officer 4417" in page.content()
    (paper,) = (running.folder / "ready").glob("*.receipt-*.html")
    assert paper.name in page.content()
    for sheet in (running.folder / "ready").glob("*.handover.*"):
        assert sheet.name in page.content()
    assert "Officer 4417" in paper.read_text("utf-8")
    person.press("What next, and who can help", "link")
    assert "National Domestic Abuse Helpline" in page.content()


def name_people(person: Person) -> None:
    page = person.page
    said = [*((*one, "This is the person") for one in THEM), *((*one, "This is me") for one in ME)]
    for name, service, answer in said:
        page.get_by_label("Look for a name, number or address").fill(name)
        person.press("Search")
        named = page.get_by_role("group", name=re.compile(rf"^{re.escape(name)}( \(|$)"))
        group = named.filter(has_text=f"{service}.").first
        group.get_by_label(answer, exact=True).check()
        person.press("Save and stay here")
    person.press("Save and continue")


def write_down(person: Person, text: str = "A parcel lay at the door.") -> None:
    page = person.page
    for part, value in (("Day", "22"), ("Month", "10"), ("Year", "2024")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_label("At what time did it start?").fill("11:05")
    person.choose("About")
    page.get_by_label("What kind of thing was it?").select_option(label="A gift or a delivery")
    page.get_by_label("What happened?").fill(text)
    person.press("Save and continue")
    assert "Entry" in page.content()


def look_through(person: Person) -> None:
    """Leave one message out, with a reason; words are folded until somebody opens them."""
    page = person.page
    page.locator("main h3 a").first.click()
    person.judge()
    assert page.locator("main details[open]").count() == 0
    assert page.locator("main img, main video, main audio").count() == 0
    page.locator("input[name=message]").first.check()
    person.press("Leave out what is ticked")
    assert "Choose a reason" in page.content()
    page.go_back()
    page.locator("input[name=message]").first.check()
    person.choose("It is the private matter of someone else")
    person.press("Leave out what is ticked")
    person.go("/look")
    assert "Left out by you" in page.content()
    person.press("I have looked enough")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_the_first_page_to_a_verified_bundle(
    scripts: bool, browser: Any, handed_in: dict[str, Path], tmp_path: Path
) -> None:
    running = start(tmp_path / "papers")
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    try:
        person = Person(context.new_page(), running.base, looks=scripts)
        journey(person, running, handed_in)
        if scripts:
            for path in (
                "/safe/result",
                "/get/whatsapp",
                "/files/young/advice",
                "/files/path",
                "/files/watch",
                "/made",
            ):
                person.go(path)
            for path in ("/lock", "/capture", "/remove", "/language", "/blank", "/open", "/diary/new", "/diary", "/"):
                person.go(path)
        assert_bundle(running.folder)
        assert_private(person, running)
    finally:
        context.close()
        stop(running)


def assert_bundle(folder: Path) -> None:
    """What the person made is whole, holds all three services and the log, and says what was left out by hand."""
    (bundle,) = (folder / "ready").glob("*.zip")
    assert verify(bundle).ok
    with zipfile.ZipFile(bundle) as archive:
        root = archive.namelist()[0].split("/")[0]
        items = [json.loads(line) for line in archive.read(f"{root}/data/items/messages.jsonl").splitlines()]
        rows = list(csv.DictReader(io.StringIO(archive.read(f"{root}/schedules/not_included.csv").decode("utf-8-sig"))))
        custody = archive.read(f"{root}/custody/custody.jsonl").decode()
    assert {item["service"] for item in items} == {"email", "whatsapp", "instagram", "diary"}
    assert [row["records"] for row in rows if row["reason"].startswith("left-out-by-hand")] == ["1"]
    kinds = [json.loads(line)["type"] for line in custody.splitlines()]
    assert kinds.count("withheld") == 1
    assert kinds.count("log.entry_made") == 2


def assert_private(person: Person, running: Running) -> None:
    """Nothing was asked of any other address, nothing complained, and no title tells what this is about."""
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in person.asked} == {running.base}
    assert [line for line in person.heard if not line.startswith("Failed to load resource: the server responded")] == []
    shown = " ".join([*person.titles, *person.asked, str(running.folder.name)]).casefold()
    for word in ("stalk", "evidence", "police", "abuse", "victim"):
        assert word not in shown
