"""The system's Firefox, driven by the WebDriver BiDi it speaks itself: there is no driver program to be had for it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from selenium.common import WebDriverException
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

_PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "browser.startup.homepage_override.mstone": "ignore",
}


class Firefox:
    """One headless Firefox with one page. Use as a context manager."""

    def __init__(self, program: str, profile: Path) -> None:
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines))
        words = [
            program,
            "--headless",
            "--no-remote",
            "--profile",
            str(profile),
            "--remote-debugging-port",
            "0",
            "about:blank",
        ]
        self._process = subprocess.Popen(
            words,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HOME": str(profile)},
        )
        assert self._process.stderr is not None
        found = next(match for line in self._process.stderr if (match := re.search(r"listening on (ws://\S+)", line)))
        self._socket = WebSocketConnection(f"{found[1]}/session", 60, 0.02)
        self._ask("session.new", {"capabilities": {}})
        self._page = self._ask("browsingContext.getTree", {})["contexts"][0]["context"]

    def __enter__(self) -> Firefox:
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(WebDriverException, OSError, AssertionError):
            self._ask("browser.close", {})
        self._socket.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(15)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = self._socket.send_cmd(method, params)
        assert "result" in answer, answer
        return dict(answer["result"])

    def goto(self, url: str) -> None:
        """Open an address and wait until it is there."""
        self._ask("browsingContext.navigate", {"context": self._page, "url": url, "wait": "complete"})

    def run(self, expression: str) -> Any:
        """The value of an expression in the page."""
        wrapped = {"expression": f"JSON.stringify((() => {{ return eval({json.dumps(expression)}) ?? null }})())"}
        return self._evaluate(wrapped)

    def _evaluate(self, said: dict[str, Any]) -> Any:
        target = {"target": {"context": self._page, "sandbox": "test"}, "awaitPromise": True}
        answer = self._ask("script.evaluate", {**said, **target})
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def until(self, expression: str, seconds: float = 20) -> None:
        """Wait until an expression is true, over any pages that load in between."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(AssertionError, WebDriverException):
                if self.run(expression):
                    return
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}")

    def choose_files(self, selector: str, paths: list[Path]) -> None:
        """Choose files in a file field, as its window would."""
        found = self._ask(
            "browsingContext.locateNodes", {"context": self._page, "locator": {"type": "css", "value": selector}}
        )
        element = {"sharedId": found["nodes"][0]["sharedId"]}
        self._ask("input.setFiles", {"context": self._page, "element": element, "files": [str(path) for path in paths]})
