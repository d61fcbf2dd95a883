"""What was reported as stored is never missing, whoever is killed in the middle of sending: the program, the browser, its worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from capture_chromium import Browser, chromium_with, kill_chromium, until, wait_for
from capture_program import Program
from capture_site import Site

pytestmark = pytest.mark.browser
# A picture of this size goes in several pieces, so that there is a middle to kill in.
MEGABYTES = 15
ROUNDS = int(os.environ.get("CAPTURE_KILL_ROUNDS", "1"))


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Program]:
    """A program of this test's own."""
    program = Program(tmp_path / "program").start()
    yield program
    program.end(signal.SIGKILL)


def keep_big_page(browser: Browser, site: Site, number: int, *, through: str) -> None:
    """Keep a page of several pieces and begin to send it: from its own window, or from the worker after the window was closed."""
    page = browser.open(site.url(f"/big?mb={MEGABYTES}&round={number}"))
    window = browser.press(page)
    wait_for(window, "ready")
    if through == "window":
        window.click("#finish")
    else:
        window.close()
    page.close()


def arriving(program: Program) -> int:
    """How many bytes of captures lie on the program's disk by now."""
    return sum(path.stat().st_size for path in (program.case).rglob("*") if path.is_file() and path.suffix != ".sqlite")


def stop_in_the_middle(program: Program, before: int) -> None:
    """Halt the program once more than one piece has arrived, so that what happens next happens in mid-upload."""
    until(lambda: arriving(program) - before > 9_000_000, "the middle of sending")
    assert program.process
    os.kill(program.process.pid, signal.SIGSTOP)


def drain(browser: Browser) -> list[dict[str, Any]]:
    """Have the worker send until nothing waits, as its alarm would; returns the shelf."""

    def empty() -> list[dict[str, Any]] | None:
        page = browser.own()
        page.evaluate("(globalThis.browser ?? chrome).runtime.sendMessage('send-now')")
        page.wait_for_timeout(400)
        page.close()
        shelf = browser.shelf()
        return shelf if all(one["state"] == "stored" for one in shelf) else None

    return list(until(empty, "everything to be sent"))


def nothing_is_missing(program: Program, shelf: list[dict[str, Any]]) -> None:
    """Whatever has a receipt is in the case, sound and whole; `kept` hashes every part again."""
    kept = {one["id"]: one for one in program.kept()}
    for one in shelf:
        assert one["state"] == "stored"
        assert kept[one["id"]]["state"] == "sound"
        assert kept[one["id"]]["parts"] == one["receipt"]["count"]


@pytest.mark.parametrize("who", ["program", "worker", "browser", "browser and program"])
def test_killed_in_the_middle_of_sending_nothing_stored_is_missing(
    who: str, chromium: Path, shipped: Path, started: Program, site: Site, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    with sync_playwright() as playwright:
        for number in range(ROUNDS):
            with chromium_with(playwright, chromium, shipped, profile) as browser:
                if number == 0:
                    assert browser.pair(started.port, started.code).startswith("Joined")
                before = arriving(started)
                keep_big_page(browser, site, number, through="window" if who in {"program", "browser"} else "worker")
                stop_in_the_middle(started, before)
                kill(who, browser, profile, started)
                if "browser" not in who:
                    goes_on(browser, started)
            if "browser" in who:
                with chromium_with(playwright, chromium, shipped, profile) as again:
                    goes_on(again, started)
        assert len(started.kept()) == ROUNDS


def kill(who: str, browser: Browser, profile: Path, program: Program) -> None:
    """Kill one or both; the program, where it is not killed, stands still."""
    if "program" in who:
        program.end(signal.SIGKILL)
    if "browser" in who:
        kill_chromium(profile)
    if who == "worker":
        browser.kill_worker()


def goes_on(browser: Browser, program: Program) -> None:
    """The capture still waits, whole; then the program runs again, it is sent, and it is in the case once."""
    shelf = browser.shelf()
    assert [one["state"] for one in shelf].count("waiting") == 1
    assert all(one["held"] for one in shelf if one["state"] == "waiting")
    if program.process:
        os.kill(program.process.pid, signal.SIGCONT)
    else:
        program.start()
    nothing_is_missing(program, drain(browser))
