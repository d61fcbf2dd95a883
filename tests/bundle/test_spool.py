"""Sorting in bounded memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.bundle.spool import Spool


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")), max_size=60), st.integers(1, 80))
def test_any_lines_come_back_sorted_whatever_the_size_of_the_runs(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], run_bytes: int
) -> None:
    spool = Spool(tmp_path_factory.mktemp("runs"), "x", run_bytes)
    for line in lines:
        spool.add(line)
    assert list(spool.lines()) == sorted(line + b"\n" for line in lines)
    assert list(spool.lines()) == sorted(line + b"\n" for line in lines)
    assert spool.count == len(lines)


def test_what_is_in_memory_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "x", run_bytes=1000)
    for number in range(5000):
        spool.add(f"{number % 77:05d} {number}".encode())
    assert sum(map(len, spool._lines)) <= 1000 + 20
    assert len(list(tmp_path.iterdir())) > 10
