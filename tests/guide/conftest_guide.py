"""What the tests of the guide share: a running server, files as a person has them, and browsers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from plainrecord.guide.keys import Keys

STORY = Path(__file__).resolve().parents[2] / "fixtures" / "story" / "exports"


@dataclass
class Running:
    """The guide as a process of its own on one folder."""

    folder: Path
    process: subprocess.Popen[str]
    url: str
    base: str = field(init=False)
    clients: list[httpx.Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = self.url.partition("/start")[0]

    def kill(self) -> None:
        """As a power cut would: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def client(self) -> httpx.Client:
        """A program that came in by the opening address, as a browser would."""
        client = httpx.Client(base_url=self.base, follow_redirects=False, timeout=30)
        self.clients.append(client)
        assert client.get(opening_address(self)).status_code == 303
        return client


def start(folder: Path, **environment: str) -> Running:
    """Start the guide and wait until it has said its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plainrecord", "guide", str(folder), "--no-browser", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    return Running(folder, process, said["url"])


def opening_address(running: Running) -> str:
    """An opening address that was not used yet, as a second start of the program makes it."""
    keys = Keys.read(running.folder)
    assert keys is not None
    return keys.opening_address()


def stop(running: Running) -> None:
    """End the server, and any work it left."""
    for client in running.clients:
        client.close()
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(10)
    if running.process.stdout:
        running.process.stdout.close()
    wait_idle(running.folder)


def wait_idle(folder: Path, seconds: float = 60) -> dict[str, Any]:
    """Wait until the work of a folder has ended; its last state."""
    path = folder / "work.json"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = json.loads(path.read_text("utf-8")) if path.exists() else {"state": "none"}
        if state["state"] != "running":
            return state
        time.sleep(0.05)
    raise AssertionError(f"still working after {seconds} s: {state}")


@pytest.fixture
def guide(tmp_path: Path) -> Iterator[Running]:
    running = start(tmp_path / "papers")
    yield running
    stop(running)


@pytest.fixture(scope="session")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A mailbox, a chat and a download of Instagram, as a person has them."""
    folder = tmp_path_factory.mktemp("downloads")
    with zipfile.ZipFile(STORY / "takeout-20241201T101500Z-001.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith(".mbox"))
        (folder / "inbox.mbox").write_bytes(archive.read(name))
    for source, target in (
        ("whatsapp-chats", "whatsapp.zip"),
        ("instagram-maren.holloway-2024-12-01", "instagram.zip"),
    ):
        with zipfile.ZipFile(folder / target, "w") as archive:
            for path in sorted((STORY / source).rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(STORY / source).as_posix())
    return {"mail": folder / "inbox.mbox", "chat": folder / "whatsapp.zip", "instagram": folder / "instagram.zip"}


def form_key(client: httpx.Client, page: str, action: str) -> str:
    """The key of the form on `page` that posts to `action`."""
    import re

    html = client.get(page).text
    found = re.search(rf'action="{re.escape(action)}"[^>]*>.*?name="form_key" value="([0-9a-f]+)"', html, re.DOTALL)
    assert found, f"no form to {action} on {page}"
    return found[1]


def post(client: httpx.Client, page: str, action: str, **fields: Any) -> httpx.Response:
    """Fill in a form of a page as a browser would."""
    data = {"form_key": form_key(client, page, action), **fields}
    return client.post(action, data=data, headers={"origin": str(client.base_url).rstrip("/")})


def upload(client: httpx.Client, *files: Path) -> httpx.Response:
    """Add files by the button."""
    sent = [("files", (path.name, path.read_bytes())) for path in files]
    key = form_key(client, "/files", "/files/upload")
    return client.post(
        "/files/upload",
        data={"form_key": key},
        files=sent,
        headers={"origin": str(client.base_url).rstrip("/")},
    )


def begin(client: httpx.Client) -> None:
    """Answer the first questions, so that files can be added."""
    post(client, "/before", "/before")
    post(client, "/place", "/place", zone="uk", filling_in="me", nation="england", name="")
    post(client, "/files/young", "/files/young", young="no")
