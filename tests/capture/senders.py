"""What the extension does, in Python: pair, ask who is there, send in pieces, commit, check the receipt. And invented captures."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from plainrecord.cli import main

ORIGIN = "chrome-extension://" + "abcdefghijklmnop" * 2
PIECE = 8 << 20


def uuid_of(text: str) -> str:
    """An invented id in the form of a UUID."""
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def png(words: str = "") -> bytes:
    """A picture of one black pixel that carries some words, so that no two are alike."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", b"Comment\0" + words.encode())
        + chunk(b"IDAT", zlib.compress(bytes(2)))
        + chunk(b"IEND", b"")
    )


def part(name: str, role: str, media_type: str, data: bytes, **more: Any) -> dict[str, Any]:
    """One entry of a manifest's parts."""
    empty = {"order": None, "x": None, "y": None, "width": None, "height": None}
    stated = {"name": name, "role": role, "type": media_type, "size": len(data)}
    return {**stated, "sha256": hashlib.sha256(data).hexdigest(), **empty, **more}


def manifest_of(capture: str, parts: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A manifest as the extension writes it; `more` replaces whole top-level fields."""
    moment = {"wall_ms": 1733047200000, "mono_ms": 10.5}
    page = {"url": "https://social.example/p/7", "title": "A post", "canonical": None, "referrer": None}
    values = {
        "schema": "plainrecord-capture/1",
        "id": capture,
        "series": None,
        "page": {
            **page,
            "url_after": page["url"],
            "title_after": page["title"],
            "language": "en",
            "charset": "UTF-8",
            "content_type": "text/html",
        },
        "person": dict.fromkeys(("note", "viewing_as", "logged_in", "subject_account", "warned", "authority")),
        "selection": None,
        "view": {
            **dict.fromkeys(("width", "height", "page_width", "page_height"), 800),
            **dict.fromkeys(("scroll_x", "scroll_y"), 0),
            **dict.fromkeys(("pixel_ratio", "zoom"), 1),
        },
        "times": {
            "clicked": moment,
            "finished": {"wall_ms": 1733047203000.25, "mono_ms": 3010.75},
            "zone": "Europe/London",
            "utc_offset_minutes": 0,
            "server": None,
        },
        "browser": {
            "user_agent": "Invented/1.0",
            "brands": [],
            "languages": ["en-GB"],
            "extension_id": "abcdefghijklmnop" * 2,
            "extension_version": "0.1",
        },
        "extent": {"kind": "page", "reached_end": True, "stopped": "end"},
        "steps": [],
        "parts": parts,
    }
    assert set(more) <= set(values)
    return values | more


def capture_of(
    name: str, words: str = "Words of the page.\n", files: dict[str, bytes] | None = None, **more: Any
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A small capture: a picture, the words, and whatever else (`files` by part name, as role other)."""
    blobs = {"viewport.png": png(name), "text.txt": words.encode(), **(files or {})}
    parts = [
        part("viewport.png", "viewport", "image/png", blobs["viewport.png"]),
        part("text.txt", "text", "text/plain", blobs["text.txt"]),
        *(part(file, "other", "application/json", data) for file, data in (files or {}).items()),
    ]
    return manifest_of(uuid_of(name), parts, **more), blobs


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Sender:
    """A browser's extension. Trusts a server only after it has proved that it holds the key kept from pairing."""

    def __init__(self, port: int, origin: str = ORIGIN) -> None:
        self.host, self.origin = f"127.0.0.1:{port}", origin
        self.client = httpx.Client(base_url=f"http://{self.host}", timeout=30)
        self.token = ""
        self.key = b""

    def headers(self, **more: str | None) -> dict[str, str]:
        values: dict[str, str | None] = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "none",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}" if self.token else None,
        }
        values |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in values.items() if value is not None}

    def post(self, path: str, body: Any, **more: str | None) -> httpx.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, content=data, headers=self.headers(**more))

    def put(self, path: str, data: bytes, **more: str | None) -> httpx.Response:
        return self.client.put(
            path, content=data, headers=self.headers(Content_Type="application/octet-stream", **more)
        )

    def signed(self, key: bytes, signature: str, purpose: str, *lines: str) -> None:
        """Raises InvalidSignature."""
        message = "\n".join((f"plainrecord-capture/{purpose}/1", *lines)).encode()
        Ed25519PublicKey.from_public_bytes(key).verify(decoded(signature), message)

    def pair(self, code: str, name: str = "a browser") -> dict[str, Any]:
        nonce = secrets.token_urlsafe(32)
        answered = self.post("/v1/pair", {"code": code, "nonce": nonce, "name": name}, Authorization=None)
        assert answered.status_code == 200, answered.text
        said: dict[str, Any] = answered.json()
        self.key = decoded(said["public_key"])
        digest = hashlib.sha256(said["token"].encode()).hexdigest()
        self.signed(self.key, said["signature"], "pair", self.host, self.origin, nonce, digest)
        self.token = said["token"]
        return said

    def hello(self) -> None:
        """Have the server prove who it is; raises InvalidSignature."""
        nonce = secrets.token_urlsafe(32)
        said = self.post("/v1/hello", {"nonce": nonce}, Authorization=None).json()
        self.signed(self.key, said["signature"], "hello", self.host, self.origin, nonce)

    def send_part(self, capture: str, name: str, data: bytes, piece: int = PIECE) -> None:
        """Send what the server has not got of a part; raises httpx.HTTPError, or Refused."""
        place = f"/v1/captures/{capture}/{name}"
        asked = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        have = told(self.post(f"{place}/have", asked))["have"]
        while have < len(data):
            answered = self.put(f"{place}?off={have}", data[have : have + piece])
            have = answered.json()["have"] if answered.status_code == 409 else told(answered)["have"]

    def commit(self, capture: str, manifest: bytes) -> dict[str, Any]:
        """The receipt, checked as the extension checks it before it deletes anything."""
        said = told(self.post(f"/v1/captures/{capture}/commit", manifest))
        self.signed(self.key, said["signature"], "receipt", said["receipt"])
        receipt: dict[str, Any] = json.loads(said["receipt"])
        assert receipt["id"] == capture
        assert receipt["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
        stated = [(one["name"], one["sha256"], one["size"]) for one in json.loads(manifest)["parts"]]
        assert [(one["name"], one["sha256"], one["size"]) for one in receipt["parts"]] == stated
        return receipt

    def send(self, manifest: dict[str, Any], blobs: dict[str, bytes], piece: int = PIECE) -> dict[str, Any]:
        """A whole capture, from hello to receipt."""
        self.hello()
        for name, data in blobs.items():
            self.send_part(manifest["id"], name, data, piece)
        return self.commit(manifest["id"], json.dumps(manifest).encode())


class RefusedError(Exception):
    """The server said no; `code` and `said` are its words."""

    def __init__(self, answered: httpx.Response) -> None:
        self.said = answered.json()
        self.status, self.code = answered.status_code, self.said["error"]
        super().__init__(f"{self.status} {self.said}")


def told(answered: httpx.Response) -> dict[str, Any]:
    """The answer's JSON; raises RefusedError for any other than 200."""
    if answered.status_code != 200:
        raise RefusedError(answered)
    said: dict[str, Any] = answered.json()
    return said


class Server:
    """`plainrecord capture serve`, as a process of its own."""

    def __init__(self, case: Path, *options: str) -> None:
        command = [sys.executable, "-m", "plainrecord", "capture", "serve", str(case), "--json", *options]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout
        self.port = self._next("listening")["port"]
        self.code = self._next("code")["code"]

    def _next(self, event: str) -> dict[str, Any]:
        assert self.process.stdout
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert said["event"] == event, said
        return said

    def kill(self) -> None:
        """SIGKILL, at once."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def stop(self) -> str:
        """Ctrl-C; what was printed after the code."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout
        said = self.process.stdout.read()
        self.process.stdout.close()
        assert self.process.wait(20) == 0
        return said


def new_case(folder: Path) -> Path:
    """A case that names the story's two people."""
    words = [
        "new",
        str(folder),
        "--sender",
        "alex.penrose@lantern.example",
        "--owner",
        "maren.holloway@postbox.example",
    ]
    assert CliRunner().invoke(main, words).exit_code == 0
    return folder


@contextmanager
def serving(case: Path, *options: str) -> Iterator[Server]:
    """A server on a free port, stopped at the end."""
    server = Server(case, *(options or ("--port", "0")))
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def steady_port() -> int:
    """A free port below those that systems give to outgoing connections: one of these may be taken between two servers, even
    by a client that meets itself while nobody listens."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 200):
        with socket.socket() as trying, suppress(OSError):
            trying.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def numbers_of(case: Path) -> list[str]:
    """The captures for which the case holds a receipt file."""
    found = (case / "captures/vault/receipts").glob("C-*.json")
    return sorted(path.stem for path in found if re.fullmatch(r"C-\d{4}", path.stem))
