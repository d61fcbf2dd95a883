"""What the whole suite shares: hypothesis without a stopwatch, expected files, and the browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Timing a single example says nothing on a busy machine; how long the suite may take is watched as a whole.
settings.register_profile("suite", deadline=None, max_examples=60)
settings.load_profile("suite")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Set where the tests marked `browser` must run, so that a missing browser fails them instead of leaving them out.
REQUIRED = "PLAINRECORD_REQUIRE_BROWSER"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes expected files anew instead of comparing with them."""
    parser.addoption("--update-golden", action="store_true", help="write expected files anew; read the diff afterwards")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests marked `browser` where there is none, unless this is a place that must have one."""
    if find_chromium() or os.environ.get(REQUIRED):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def find_chromium() -> Path | None:
    """The Chromium of this machine, if it has one."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((Path(path) for path in found if path), None)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Chromium's path, for `playwright.chromium.launch(executable_path=…)`; tests that ask are marked `browser`."""
    path = find_chromium()
    assert path, f"there is no Chromium, and {REQUIRED} says there must be"
    return path


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written anew."""
    return bool(request.config.getoption("--update-golden"))
