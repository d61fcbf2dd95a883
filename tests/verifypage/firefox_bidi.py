"""Firefox driven over its own WebDriver BiDi port with selenium’s connection: no driver program has to be there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.websocket_connection import WebSocketConnection

_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Firefox:
    """One tab of a headless Firefox."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection
        self._send("session.new", capabilities={})
        self._tab: str = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def choose(self, css: str, path: Path) -> None:
        """Choose a file in a file input."""
        found = self._send("browsingContext.locateNodes", context=self._tab, locator={"type": "css", "value": css})
        element = {"sharedId": found["nodes"][0]["sharedId"]}
        self._send("input.setFiles", context=self._tab, element=element, files=[str(path)])

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page, waited for if it is a promise."""
        target = {"context": self._tab}
        found = self._send("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert found["type"] == "success", found
        return found["result"].get("value")

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        said = self._connection.send_cmd(method, params)
        assert "error" not in said, said
        return said["result"]


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Firefox]:
    """A Firefox with an empty profile, ended with the block."""
    command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(found[1] for line in process.stderr if (found := _LISTENING.search(line)))
            connection = WebSocketConnection(f"{address}/session", timeout=120, interval=0.01)
            yield Firefox(connection)
            connection.close()
        finally:
            process.terminate()
