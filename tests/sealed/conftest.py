"""One small bundle with what stands beside it, made once; each test works on a copy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from plainrecord.building import make_bundle
from plainrecord.sealed.steps import Act
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings
from sealed_bundles import WHO, Bundle, copied, mail


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Bundle]:
    place = tmp_path_factory.mktemp("built")
    box, made = place / "box.mbox", {}
    subject, owner = "sam@mail.example", "me@mail.example"
    box.write_text(
        "".join(mail(n, *((subject, owner) if n % 2 else (owner, subject))) for n in range(1, 8)), newline="\n"
    )
    for zipped in (False, True):
        case = CaseSettings(
            timezone="Europe/London",
            subject=PersonSettings(label="Subject", accounts=[subject]),
            owner=PersonSettings(label="Owner", accounts=[owner]),
        )
        case.case_ref = "CR/1"
        one = make_bundle(
            [box], case, place / str(zipped), lambda: datetime(2024, 12, 1, tzinfo=UTC), zipped=zipped
        ).built
        made[zipped] = Bundle(one.path, one.seal)
    return made


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
