"""What ships, read as text: the permissions, both manifests, and the rules that every file of the extension keeps."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from plainrecord.capture.packing import SOURCES, manifest_for, write_extension
from plainrecord.errors import UsageError

SCRIPTS = sorted(SOURCES.rglob("*.js"))
PAGES = sorted(SOURCES.glob("*.html"))
WORDS = json.loads((SOURCES / "_locales/en/messages.json").read_text(encoding="utf-8"))
# Each would let a page's words become markup or code, or a page reach the extension.
NEVER = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|importScripts"
    r"|world:|userScripts|chrome\.debugger|externally_connectable|web_accessible|postMessage"
)
# Chosen by a value at run time, so they stand nowhere as a whole.
BUILT = re.compile(r"^(now|have|stopped|state|problem|room|warn|whole|receipt|series|notice|blocked|failed)_")


def texts() -> str:
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*SCRIPTS, *PAGES, SOURCES / "manifest.json", SOURCES / "data/warnings.json"]
    )


def test_the_permissions_are_these_and_no_more() -> None:
    manifest = manifest_for("chromium")
    assert manifest["permissions"] == ["activeTab", "alarms", "scripting", "storage", "unlimitedStorage"]
    assert manifest["optional_permissions"] == ["pageCapture"]
    assert manifest["host_permissions"] == ["http://127.0.0.1/*"]
    assert not {
        "content_scripts",
        "externally_connectable",
        "web_accessible_resources",
        "optional_host_permissions",
    } & set(manifest)


def test_firefox_gets_the_same_without_what_it_does_not_know() -> None:
    chromium, firefox = manifest_for("chromium"), manifest_for("firefox")
    assert firefox["background"] == {"scripts": ["background.js"], "type": "module"}
    assert firefox["permissions"] == chromium["permissions"] and "optional_permissions" not in firefox
    own = {"background", "optional_permissions", "minimum_chrome_version", "browser_specific_settings"}
    assert {name: value for name, value in firefox.items() if name not in own} == {
        name: value for name, value in chromium.items() if name not in own
    }


def test_pages_of_the_extension_load_and_reach_nothing_but_the_loopback_address() -> None:
    policy = manifest_for("chromium")["content_security_policy"]["extension_pages"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == "'none'" and rules.pop("connect-src") == "http://127.0.0.1:*"
    assert rules == {
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", [*SCRIPTS, *PAGES], ids=lambda path: path.name)
def test_no_words_of_a_page_can_become_markup_or_code(path: Path) -> None:
    assert not NEVER.findall(path.read_text(encoding="utf-8"))


def test_every_sentence_that_is_asked_for_exists_and_every_sentence_is_asked_for() -> None:
    text = texts()
    asked = (
        set(re.findall(r'word\("(\w+)"', text))
        | set(re.findall(r'data-word="(\w+)"', text))
        | set(re.findall(r"__MSG_(\w+)__", text))
    )
    assert asked <= set(WORDS)
    unused = {name for name in WORDS if not re.search(rf"\b{name}\b", text) and not BUILT.match(name)}
    assert not unused


def test_every_reason_a_long_capture_may_end_with_has_a_sentence() -> None:
    ends = {"end", "person", "limit-tiles", "limit-time", "limit-bytes", "tab-changed", "page-changed", "fault"}
    assert {f"stopped_{end.replace('-', '_')}" for end in ends} <= set(WORDS)


def test_an_archive_is_the_same_each_time_and_holds_the_folder(tmp_path: Path) -> None:
    first = write_extension("firefox", tmp_path / "a.xpi")
    second = write_extension("firefox", tmp_path / "b.xpi")
    assert first.read_bytes() == second.read_bytes()
    folder = write_extension("firefox", tmp_path / "folder")
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


def test_nothing_that_exists_is_written_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        write_extension("chromium", tmp_path)
