"""Ten thousand vaults of captured pages with one file damaged: nothing raises, and what was read loads again."""

from __future__ import annotations

from pathlib import Path

import pytest

from vault_damage import read_damaged

pytestmark = pytest.mark.fuzz


def test_damaged_vaults_never_raise(tmp_path: Path) -> None:
    assert read_damaged(tmp_path, 10_000, "fuzz") > 20_000
