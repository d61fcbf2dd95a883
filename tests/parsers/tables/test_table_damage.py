from __future__ import annotations

from pathlib import Path

from table_damage import read_damaged


def test_three_hundred_damaged_tables_and_logs_never_raise(tmp_path: Path) -> None:
    assert read_damaged(tmp_path, 300, "suite") > 100
