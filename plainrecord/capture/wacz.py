"""A capture as a web archive (WACZ 1.1.1) that public replay programs open. Derived: the page archive stays the original.

The same capture gives the same bytes on every machine: dates are those of the capture, ids are made from its own, and the
WARC's members are gzip in which nothing is compressed, because compressors differ. It holds no response headers and no
status, since an archive made by a browser says neither: each file is a `resource` record.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from warcio.warcwriter import WARCWriter

from plainrecord import __version__
from plainrecord.capture.mhtml import Resource, web_address
from plainrecord.errors import UsageError
from plainrecord.parsers.capturemanifest import Manifest, Part
from plainrecord.times import format_utc

WACZ_VERSION = "1.1.1"
_WARC = "archive/data.warc.gz"
_STORED_BLOCK = 0xFFFF
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a web archive is made from: the capture's name, its manifest, the part used, and when it was received."""

    name: str
    manifest: Manifest
    part: Part
    received_utc: str

    @property
    def url(self) -> str:
        """The page's address. Raises UsageError for a page that is not on the web."""
        found = web_address(self.manifest.page.url)
        if found is None:
            raise UsageError(f"{self.name} is not a page on the web, so no web archive can be made of it.")
        return found

    @property
    def instant(self) -> str:
        """When it was captured, by the device's clock."""
        return format_utc(int(self.manifest.times.clicked.wall_ms) * 1000)

    @property
    def says(self) -> str:
        """What this is, for whoever opens it."""
        return (
            f"Derived by Plainrecord from {self.part.name} (SHA-256 {self.part.sha256}) of capture {self.name}"
            f" ({self.manifest.id}). The page archive itself is the original. No HTTP headers or status were recorded."
        )


def write_wacz(path: Path, origin: Origin, resources: Iterable[Resource]) -> None:
    """Write the web archive of a capture to `path`."""
    warc, lines = io.BytesIO(), []
    _write_record(warc, origin, 0, Resource("", "application/warc-fields", _warcinfo(origin)))
    for number, resource in enumerate(resources, start=1):
        at = warc.tell()
        _write_record(warc, origin, number, resource)
        lines.append(_index_line(origin, resource, at, warc.tell() - at))
    files: dict[str, bytes | memoryview] = {
        _WARC: warc.getbuffer(),
        "indexes/index.cdx": "".join(sorted(lines)).encode(),
        "pages/pages.jsonl": "".join(_pages(origin)).encode(),
    }
    package = _json(_datapackage(origin, files))
    digest = _json({"path": "datapackage.json", "hash": _sha256(package)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {**files, "datapackage.json": package, "datapackage-digest.json": digest}.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)


def _warcinfo(origin: Origin) -> bytes:
    lines = {"software": f"plainrecord {__version__}", "format": "WARC File Format 1.1", "description": origin.says}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()


def _write_record(out: io.BytesIO, origin: Origin, number: int, resource: Resource) -> None:
    """One record as one gzip member; number 0 is the one that says what the file is."""
    plain = io.BytesIO()
    writer = WARCWriter(plain, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        resource.url,
        "resource" if number else "warcinfo",
        payload=io.BytesIO(resource.data),
        length=len(resource.data),
        warc_content_type=resource.media_type,
        warc_headers_dict={
            "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.UUID(origin.manifest.id), str(number))}>",
            "WARC-Date": origin.instant,
            "WARC-Payload-Digest": _sha256(resource.data),
            "WARC-Block-Digest": _sha256(resource.data),
        },
    )
    writer.write_record(record)
    out.writelines(_gzip_stored(plain.getbuffer()))


def _gzip_stored(data: memoryview) -> Iterator[bytes | memoryview]:
    """A gzip member of stored blocks (RFC 1951, 3.2.4; RFC 1952): the bytes as they are, whatever library is at hand."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    last = max(0, (len(data) - 1) // _STORED_BLOCK)
    for number in range(last + 1):
        block = data[number * _STORED_BLOCK : (number + 1) * _STORED_BLOCK]
        yield struct.pack("<BHH", number == last, len(block), len(block) ^ 0xFFFF)
        yield block
    yield struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _index_line(origin: Origin, resource: Resource, offset: int, length: int) -> str:
    """A line of the CDXJ index: sort key of the address, time, and where the record stands."""
    values = {
        "url": resource.url,
        "mime": resource.media_type.partition(";")[0],
        "digest": _sha256(resource.data),
        "length": str(length),
        "offset": str(offset),
        "filename": _WARC.rpartition("/")[2],
    }
    stamp = "".join(char for char in origin.instant if char.isdigit())
    return f"{sort_key(resource.url)} {stamp} {json.dumps(values)}\n"


def sort_key(url: str) -> str:
    """The address with its host turned round (“example,www)/path”), as indexes of web archives are sorted."""
    parts = urlsplit(url)
    host = ",".join(reversed((parts.hostname or "").removeprefix("www.").split(".")))
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    query = "?" + "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{host}{port}){parts.path.lower() or '/'}{query}"


def _pages(origin: Origin) -> Iterator[str]:
    yield json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}) + "\n"
    page = {"id": origin.manifest.id, "url": origin.url, "ts": origin.instant, "title": origin.manifest.page.title}
    yield json.dumps(page) + "\n"


def _datapackage(origin: Origin, files: dict[str, bytes | memoryview]) -> dict[str, object]:
    return {
        "profile": "data-package",
        "wacz_version": WACZ_VERSION,
        "title": origin.manifest.page.title or origin.url,
        "description": origin.says,
        "created": origin.received_utc,
        "software": f"plainrecord {__version__}",
        "mainPageUrl": origin.url,
        "mainPageDate": origin.instant,
        "resources": [
            {"name": name.rpartition("/")[2], "path": name, "hash": _sha256(data), "bytes": len(data)}
            for name, data in files.items()
        ],
    }


def _sha256(data: bytes | memoryview) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(values: dict[str, object]) -> bytes:
    return json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n"
