"""Files that arrive from the browser: streamed to disk in the case folder, hashed on the way, never held in memory.

The form's key comes first in the body and is held against ours before a single byte of a file is kept. A name from outside
is only ever the last part of a path that we chose.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.multipart import MultipartParser, parse_options_header

from plainrecord.errors import PlainrecordError
from plainrecord.hashing import DualHash

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

GIVEN = "given"
_PART = ".arriving"
_LONGEST_NAME = 120
_LONGEST_FIELD = 4096
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


class NotOursError(PlainrecordError):
    """The body was not sent by one of our forms; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One file that arrived: where it is, the name it was given, its length and SHA-256; `again` for bytes already there."""

    path: Path
    name: str
    bytes: int
    sha256: str
    again: bool


def safe_name(name: str) -> str:
    """The last part of a name, as a file can be called on every system; readers tell exports by it, so it stays close."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        "_" if char in '<>:"|?*%' or unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in last
    )
    kept = kept.strip(". ") or "file"
    if kept.split(".", 1)[0].casefold() in _DEVICES:
        kept = f"_{kept}"
    stem, dot, ending = kept.rpartition(".")
    if len(kept) <= _LONGEST_NAME:
        return kept
    return f"{stem[: _LONGEST_NAME - 20]}{dot}{ending[-19:]}" if dot else kept[:_LONGEST_NAME]


def sweep(originals: Path) -> None:
    """Remove what is left of files whose arrival was cut off."""
    for left in originals.glob(f"{GIVEN}*/*{_PART}"):
        left.unlink(missing_ok=True)


class Receiver:
    """Takes the bytes of one multipart body as they come. `is_key` judges the form's key."""

    def __init__(self, content_type: str, originals: Path, is_key: Callable[[str], bool]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise NotOursError("This is not one of our forms. Nothing was kept.")
        self._originals, self._is_key, self._ours = originals, is_key, False
        self.arrived: list[Arrived] = []
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._field, self._file_name = "", ""
        self._text = bytearray()
        self._stream: BinaryIO | None = None
        self._digest = DualHash()
        self._part = Path()
        self._parser = MultipartParser(options[b"boundary"], self._callbacks())

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    async def take(self, chunks: AsyncIterator[bytes]) -> list[Arrived]:
        """Everything to the end of the body. Raises NotOursError, or PlainrecordError when the disk gives out."""
        try:
            async for chunk in chunks:
                self._parser.write(chunk)
            self._parser.finalize()
        except OSError as error:
            raise PlainrecordError(
                f"The file could not be saved ({error.strerror or error}). Make room on the disk and add it again."
            ) from None
        finally:
            self._drop()
        if not self._ours:
            raise NotOursError("This is not one of our forms. Nothing was kept.")
        return self.arrived

    def _begin(self) -> None:
        self._field = self._file_name = ""
        self._text.clear()

    def _header_end(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._header = (bytearray(), bytearray())
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            self._file_name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _headers_finished(self) -> None:
        if not self._file_name:
            return
        if not self._ours:
            raise NotOursError("This is not one of our forms. Nothing was kept.")
        folder = self._originals / GIVEN
        folder.mkdir(parents=True, exist_ok=True)
        self._part = folder / f"{secrets.token_hex(8)}{_PART}"
        self._digest = DualHash()
        self._stream = self._part.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._stream:
            block = data[start:end]
            self._digest.update(block)
            self._stream.write(block)
        elif len(self._text) < _LONGEST_FIELD:
            self._text.extend(data[start:end])

    def _end(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None
            self.arrived.append(self._placed())
        elif self._field == "form_key" and self._is_key(self._text.decode("utf-8", "replace")):
            self._ours = True

    def _placed(self) -> Arrived:
        """Give the file its name. Files of one name share no folder; the same bytes under the same name are kept once."""
        name, digests = safe_name(self._file_name), self._digest.digests()
        for number in range(1, 10_000):
            target = self._originals / (GIVEN if number == 1 else f"{GIVEN}-{number}") / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                self._part.replace(target)
                return Arrived(target, self._file_name, digests.size, digests.sha256, again=False)
            if _sha256(target) == digests.sha256:
                self._part.unlink()
                return Arrived(target, self._file_name, digests.size, digests.sha256, again=True)
        raise PlainrecordError(f"There are too many files called {name}. Nothing was kept of this one.")

    def _drop(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None
            self._part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    digest = DualHash()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.digests().sha256
