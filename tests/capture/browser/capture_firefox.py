"""Drives the system's Firefox with the extension in it, by the browser's own WebDriver BiDi: there is no geckodriver to be had everywhere.

Pages are looked at by evaluating in them; the toolbar button is pressed where the browser itself presses it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

from capture_chromium import until
from plainrecord.capture.packing import FIREFOX_ID, write_extension

# Set where the tests marked `browser` must run.
MUST_BE_THERE = bool(os.environ.get("PLAINRECORD_REQUIRE_BROWSER"))
UUID = "6a1c1e9e-51f5-4a39-9d0f-0c7f6f0f4c11"
PREFERENCES = {
    "extensions.webextensions.uuids": json.dumps({FIREFOX_ID: UUID}),
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "browser.startup.homepage_override.mstone": "ignore",
}
PRESS = """(() => { const {ExtensionParent} = ChromeUtils.importESModule('resource://gre/modules/ExtensionParent.sys.mjs');
const policy = WebExtensionPolicy.getByID(%r);
ExtensionParent.apiManager.global.browserActionFor(policy.extension).triggerAction(window); return true })()"""


def find_firefox() -> str | None:
    """Firefox's path, if this machine has it."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A running Firefox, spoken to over its own socket."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(f"{address}/session", timeout=60, suppress_origin=True)
        self._last = 0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer; events in between are let go by."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv())
            if said.get("id") == self._last:
                assert said["type"] == "success", said
                return dict(said["result"])

    def close(self) -> None:
        """Let the browser end in order."""
        with contextlib.suppress(websocket.WebSocketException, OSError, AssertionError):
            self.send("browser.close")
        self._socket.close()

    def contexts(self, **scope: str) -> list[dict[str, Any]]:
        """The open pages."""
        return list(self.send("browsingContext.getTree", **scope)["contexts"])

    def evaluate(self, context: str, expression: str) -> Any:
        """The value of an expression in a page, as JSON carries it."""
        wrapped = f"(async () => JSON.stringify(await (async () => ({expression}))() ?? null))()"
        answer = self.send("script.evaluate", expression=wrapped, target={"context": context}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def open(self, url: str) -> str:
        """A page in a new tab, loaded; its context."""
        context = str(self.send("browsingContext.create", type="tab")["context"])
        self.send("browsingContext.navigate", context=context, url=url, wait="complete")
        return context

    def own(self, name: str) -> str:
        """One of the extension's own pages in a new tab."""
        return self.open(f"moz-extension://{UUID}/{name}")

    def end(self, context: str) -> None:
        """Close a page."""
        self.send("browsingContext.close", context=context)

    def press(self, context: str) -> str:
        """Press the extension's button while `context` is in front; the context of the window that opens."""
        self.send("browsingContext.activate", context=context)
        before = {one["context"] for one in self.contexts()}
        chrome = next(one for one in self.contexts(**{"moz:scope": "chrome"}) if one["url"].endswith("browser.xhtml"))
        self.evaluate(chrome["context"], PRESS % FIREFOX_ID)
        new = until(
            lambda: [one for one in self.contexts() if one["context"] not in before and "capture.html" in one["url"]],
            "the window that keeps a page",
        )
        return str(new[0]["context"])

    def wait_for(self, window: str, *states: str) -> str:
        """Wait until a capture window is in one of `states`."""
        seen: str = until(
            lambda: (now := self.evaluate(window, "document.body?.dataset.state")) in states and now, str(states)
        )
        return seen

    def text(self, context: str, selector: str) -> str:
        """The text of an element."""
        return str(self.evaluate(context, f"document.querySelector({json.dumps(selector)}).textContent"))

    def click(self, context: str, selector: str) -> None:
        """Click an element as a script may: enough for our own pages."""
        self.evaluate(context, f"(document.querySelector({json.dumps(selector)}).click(), true)")

    def shelf(self, window: str) -> list[dict[str, Any]]:
        """Every capture on the shelf, asked from one of the extension's pages."""
        return list(self.evaluate(window, "(await import('/lib/shelf.js')).allCaptures()"))


@contextmanager
def firefox_with(folder: Path) -> Iterator[Firefox]:
    """Firefox with the extension, headless, in a home of its own."""
    profile, home = folder / "profile", folder / "home"
    profile.mkdir(parents=True)
    home.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    extension = write_extension("firefox", folder / "unpacked")
    program = find_firefox()
    assert program, "there is no Firefox"
    command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    surroundings = {**os.environ, "HOME": str(home), "MOZ_HEADLESS_WIDTH": "1280", "MOZ_HEADLESS_HEIGHT": "900"}
    process = subprocess.Popen(
        [*command, "--remote-allow-system-access", "about:blank"],
        env=surroundings,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        firefox = Firefox(_address(process))
        firefox.send("session.new", capabilities={})
        firefox.send("webExtension.install", extensionData={"type": "path", "path": str(extension)})
        yield firefox
        firefox.close()
    finally:
        process.terminate()
        process.wait(20)
        assert process.stderr
        process.stderr.close()


def _address(process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens, as it says itself once it does."""
    assert process.stderr
    heard = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([process.stderr], [], [], 1)[0]:
            heard += os.read(process.stderr.fileno(), 65536)
        found = re.search(rb"WebDriver BiDi listening on (ws://\S+)", heard)
        if found:
            return found[1].decode()
    raise AssertionError(f"Firefox did not say where it listens: {heard!r}")
