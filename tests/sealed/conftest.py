"""One small bundle with what stands beside it, made once; each test works on a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.sealed.steps import Act
from sealed_bundles import WHO, Bundle, built_bundles, copied


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Bundle]:
    return built_bundles(tmp_path_factory.mktemp("built"))


@pytest.fixture
def bundle(built: dict[bool, Bundle], tmp_path: Path) -> Bundle:
    """A copy as folder."""
    return copied(built[False], tmp_path / "b")


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def either(request: pytest.FixtureRequest, built: dict[bool, Bundle], tmp_path: Path) -> Bundle:
    """A copy as folder, then as zip."""
    return copied(built[request.param], tmp_path / "b")


@pytest.fixture
def act() -> Act:
    return Act(WHO, "To hold it for court.", place="front office", occurred=None)
