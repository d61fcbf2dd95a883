"""Bags made by hand after RFC 8493, for the tests of verification: nothing of the project's own writer is used here."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PAYLOAD = {"hello.txt": b"hello\n", "deep/er/word.txt": b"word", "empty": b""}


@dataclass
class HandMadeBag:
    """A bag folder whose parts can be broken one by one; `close` writes the tag manifest over whatever is there."""

    path: Path
    algorithms: tuple[str, ...] = ("sha256",)
    version: str = "1.0"
    encoding: str = "UTF-8"
    payload: dict[str, bytes] = field(default_factory=lambda: dict(PAYLOAD))

    def open(self) -> HandMadeBag:
        for name, data in self.payload.items():
            self.write(f"data/{name}", data)
        self.write(
            "bagit.txt", f"BagIt-Version: {self.version}\nTag-File-Character-Encoding: {self.encoding}\n".encode()
        )
        octets = sum(map(len, self.payload.values()))
        info = f"Contact-Name: A Person\nPayload-Oxum: {octets}.{len(self.payload)}\n"
        self.write("bag-info.txt", info.encode(self.encoding))
        for algorithm in self.algorithms:
            lines = [self.line(f"data/{name}", algorithm) for name in sorted(self.payload)]
            self.write(f"manifest-{algorithm}.txt", "".join(lines).encode(self.encoding))
        return self

    def line(self, path: str, algorithm: str = "sha256", written: str | None = None) -> str:
        digest = hashlib.new(algorithm, (self.path / path).read_bytes()).hexdigest()
        return f"{digest}  {written or path}\n"

    def write(self, path: str, data: bytes) -> None:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def append(self, path: str, data: bytes) -> None:
        with (self.path / path).open("ab") as file:
            file.write(data)

    def close(self) -> Path:
        names = sorted(path.name for path in self.path.iterdir() if path.is_file() and "tagmanifest" not in path.name)
        for algorithm in self.algorithms:
            text = "".join(self.line(name, algorithm) for name in names)
            self.write(f"tagmanifest-{algorithm}.txt", text.encode(self.encoding))
        return self.path


@pytest.fixture
def hand_made(tmp_path: Path) -> Callable[..., HandMadeBag]:
    """A new bag folder, open for breaking: `hand_made(algorithms=…, version=…, payload=…)`."""

    def make(name: str = "bag", **options: object) -> HandMadeBag:
        return HandMadeBag(tmp_path / name, **options).open()

    return make


@pytest.fixture
def zipped() -> Callable[[Path], Path]:
    """Pack a bag folder into a zip beside it, in one top folder as RFC 8493 asks."""

    def pack(folder: Path, top: str | None = None) -> Path:
        target = folder.with_name(folder.name + ".zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    inside = path.relative_to(folder).as_posix()
                    archive.write(path, f"{top if top is not None else folder.name + '/'}{inside}")
        return target

    return pack
