"""One site for all, and for each module one program and one Chromium with the extension, joined to each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from capture_chromium import Browser, chromium_with, extension_with_archive
from capture_program import Program
from capture_site import Site, running_site
from plainrecord.capture.packing import write_extension


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The test site."""
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A running program with a new case."""
    running = Program(tmp_path_factory.mktemp("program")).start()
    yield running
    running.end()


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension with the browser's archive allowed."""
    return extension_with_archive(tmp_path_factory.mktemp("extension") / "unpacked")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as it ships."""
    return write_extension("chromium", tmp_path_factory.mktemp("shipped") / "unpacked")


@pytest.fixture(scope="module")
def browser(
    chromium: Path, extension: Path, program: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Chromium with the extension, joined to the program."""
    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright, chromium_with(playwright, chromium, extension, profile) as running:
        assert running.pair(program.port, program.code).startswith("Joined as B-01.")
        yield running
