"""Drives the system's Chromium with the extension in it: starts and kills it, presses its button, and looks into its shelf."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from plainrecord.capture.packing import write_extension

PATIENCE = 90.0  # seconds; a busy machine is slow, and a test that waits in vain is rare
# What the extension's own shelf holds, as plain values.
SHELF = """async () => { const shelf = await import('/lib/shelf.js'); const all = await shelf.allCaptures();
return Promise.all(all.map(async one => ({...one, held: await shelf.heldParts(one.id)}))) }"""


def until(ask: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true answer of `ask`; fails with `what` after a while."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def extension_with_archive(folder: Path) -> Path:
    """The extension, but for two things: the optional permission, which no test can grant, is required; the test site has stories."""
    write_extension("chromium", folder)
    warn_of_test_site(folder)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["permissions"] += manifest.pop("optional_permissions")
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def warn_of_test_site(folder: Path) -> None:
    """Count the stories of the test site among the pages to warn of."""
    path = folder / "data/warnings.json"
    warnings = json.loads(path.read_text(encoding="utf-8"))
    warnings["pages"][0]["match"].append("localhost/stories/*")
    path.write_text(json.dumps(warnings), encoding="utf-8")


@dataclass
class Browser:
    """A running Chromium with the extension in it."""

    context: Any
    id: str

    def address(self, name: str) -> str:
        """The address of one of the extension's pages."""
        return f"chrome-extension://{self.id}/{name}"

    def open(self, address: str) -> Any:
        """A page in a new tab, loaded."""
        page = self.context.new_page()
        page.goto(address)
        return page

    def own(self, name: str = "kept.html") -> Any:
        """One of the extension's own pages, to look at or to ask with."""
        return self.open(self.address(name))

    def press(self, page: Any, patience: float = 30_000) -> Any:
        """Press the extension's button on `page`; returns the window that opens."""
        page.bring_to_front()
        session = self.context.browser.new_browser_cdp_session()
        targets = session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        tab = next(one["targetId"] for one in targets if one["type"] == "tab" and one["url"] == page.url)
        with self.context.expect_page(timeout=patience) as opened:
            session.send("Extensions.triggerAction", {"id": self.id, "targetId": tab})
        return opened.value

    def kill_worker(self) -> None:
        """End the extension's service worker, as the browser itself does at any time."""
        session = self.context.browser.new_browser_cdp_session()
        for target in session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]:
            if target["type"] == "service_worker" and self.id in target["url"]:
                session.send("Target.closeTarget", {"targetId": target["targetId"]})

    def wait_closed(self, window: Any) -> None:
        """Wait until a window is gone; asking the browser anything lets the news of it arrive."""
        until(
            lambda: self.context.cookies("http://127.0.0.1/") is not None and window.is_closed(),
            "the window to be gone",
        )

    def shelf(self) -> list[dict[str, Any]]:
        """Every capture on the shelf, with the names of the parts whose bytes are held."""
        page = self.own()
        found: list[dict[str, Any]] = page.evaluate(SHELF)
        page.close()
        return found

    def pair(self, port: int, code: str) -> str:
        """Join the extension to the program, as a person would; returns what the page says then."""
        page = self.own("options.html")
        page.fill("#port", str(port))
        page.fill("#code", code)
        said = self._joined(page)
        if said.startswith("Plainrecord does not answer"):
            # Met once in hundreds of runs: the first call of a browser that is still starting goes nowhere.
            said = self._joined(page)
        page.close()
        return said

    def _joined(self, page: Any) -> str:
        page.click("#pair button")
        waiting = {"Joining…", "Not joined yet.", ""}
        said: str = until(lambda: (now := page.text_content("#paired")) not in waiting and now, "an answer to the code")
        return said


def state_of(window: Any) -> str:
    """How far a capture window is."""
    return str(window.evaluate("document.body.dataset.state"))


def wait_for(window: Any, *states: str, patience: float = PATIENCE) -> str:
    """Wait until a capture window is in one of `states`."""
    seen: str = until(lambda: (now := state_of(window)) in states and now, f"one of {states}", patience)
    return seen


@contextmanager
def chromium_with(playwright: Any, chromium: Path, extension: Path, profile: Path, *more: str) -> Iterator[Browser]:
    """Chromium with the extension, headless; closed at the end unless it was killed."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium,
        headless=True,
        no_viewport=True,
        args=[
            f"--disable-extensions-except={extension}",
            f"--load-extension={extension}",
            "--window-size=1280,900",
            *more,
        ],
    )
    worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    try:
        yield Browser(context, worker.url.split("/")[2])
    finally:
        with contextlib.suppress(Error):  # it may have been killed
            context.close()


def kill_chromium(profile: Path) -> None:
    """SIGKILL the browser that uses `profile`, as a crash or a power cut would; only that one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and f"--user-data-dir={profile}" in _command(entry):
            os.kill(int(entry.name), signal.SIGKILL)
    (profile / "SingletonLock").unlink(missing_ok=True)


def _command(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace") + " "
    except OSError:
        return ""


def fresh(folder: Path) -> Path:
    """An empty folder in the place of an earlier one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
