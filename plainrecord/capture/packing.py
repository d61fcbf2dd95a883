"""The browser extension as a folder or an archive for one browser. The sources are the same for all; only the manifest differs.

`extension/` itself is what Chromium, Chrome and Edge load. Firefox gets a manifest of its own: it has no service workers for
extensions, wants an id, and does not know the permission to archive a page. Nothing else is changed, built or minified.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from plainrecord.errors import UsageError

Browser = Literal["chromium", "firefox"]
SOURCES = Path(__file__).resolve().parent / "extension"
MANIFEST = "manifest.json"
FIREFOX_ID = "page-notes@plainrecord.example"
FIREFOX_OLDEST = "140.0"  # the first long-term release whose built-in cryptography checks the signature of a receipt
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # one date for every file, so that the same sources give the same archive


def write_extension(browser: Browser, out: Path) -> Path:
    """Write the extension for `browser` as a new folder, or as one archive when `out` ends in `.zip` or `.xpi`; returns `out`."""
    if out.exists():
        raise UsageError(f"{out} exists already; name a new folder or file.")
    if out.suffix.lower() in {".zip", ".xpi"}:
        _write_archive(browser, out)
    else:
        _write_folder(browser, out)
    return out


def manifest_for(browser: Browser) -> dict[str, Any]:
    """The manifest that `browser` reads."""
    manifest: dict[str, Any] = json.loads((SOURCES / MANIFEST).read_text(encoding="utf-8"))
    if browser == "chromium":
        return manifest
    worker = manifest["background"].pop("service_worker")
    manifest["background"]["scripts"] = [worker]
    del manifest["minimum_chrome_version"], manifest["optional_permissions"]
    manifest["browser_specific_settings"] = {
        "gecko": {
            "id": FIREFOX_ID,
            "strict_min_version": FIREFOX_OLDEST,
            "data_collection_permissions": {"required": ["none"]},
        }
    }
    return manifest


def _files(browser: Browser) -> Iterator[tuple[str, bytes]]:
    yield MANIFEST, (json.dumps(manifest_for(browser), ensure_ascii=False, indent=2) + "\n").encode()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and path != SOURCES / MANIFEST:
            yield path.relative_to(SOURCES).as_posix(), path.read_bytes()


def _write_folder(browser: Browser, out: Path) -> None:
    for name, data in _files(browser):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _write_archive(browser: Browser, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _files(browser):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data, zipfile.ZIP_DEFLATED)
