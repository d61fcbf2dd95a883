"""A big bundle is built in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys; sys.path.insert(0, {here!r})
import pathlib, re
from synthetic import contents
from plainrecord.bundle import build_bundle
made = contents(items=12000, conversations=600, length=6000)
items = made.items
def without_native():
    for item in items():
        item.loaded.raw = None
        yield item
made.items = without_native
build_bundle(made, pathlib.Path({out!r}))
# Not ru_maxrss: that keeps the size of the process that started this one.
print(re.search(r"VmHWM:\\s+([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_seventy_megabytes_of_text_are_built_in_less_than_that(tmp_path: Path) -> None:
    code = RUN.format(here=str(Path(__file__).parent), out=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    written = (tmp_path / "pr-test234567/data/items/messages.jsonl").stat().st_size
    assert written > 80_000_000
    assert int(done.stdout) * 1024 < 120_000_000
    assert max(path.stat().st_size for path in (tmp_path / "pr-test234567").rglob("*.html")) < 2_000_000
