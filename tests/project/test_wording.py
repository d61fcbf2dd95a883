"""The words the product never says, and the calls it never makes, in any file that ships."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(
    path
    for folder in ("plainrecord", "fixtures", "tools", "recipes")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and path.suffix in {".py", ".html", ".css", ".js", ".json", ".toml", ".txt", ".md", ".csv"}
)
# The roles are owner and subject; every other word for them is a verdict.
WORDS = re.compile(r"\b(?:stalk(?:er|ers|ing)|perpetrators?|offenders?|suspects?|victims?)\b", re.IGNORECASE)
# Each reads the machine's clock or zone, or unpacks without asking where to.
CALLS = re.compile(
    r"datetime\.(?:now|utcnow|today)\(\)|date\.today\(\)|\.fromtimestamp\([^,()]*(?:\([^()]*\))?[^,()]*\)|\.astimezone\(\)"
    r"|time\.(?:localtime|ctime|mktime|tzset|timezone)\b|\.extractall\(|\blocale\.setlocale\("
)


def hits(pattern: re.Pattern[str], path: Path) -> list[str]:
    """Where `pattern` stands in the file, as "path:line: text"."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    place = path.relative_to(ROOT)
    return [f"{place}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if pattern.search(line)]


def test_no_shipped_file_uses_a_forbidden_word() -> None:
    assert not [hit for path in SHIPPED for hit in hits(WORDS, path)]


def test_no_source_reads_the_machines_zone_or_unpacks_blindly() -> None:
    package = [path for path in SHIPPED if path.suffix == ".py" and "plainrecord" in path.relative_to(ROOT).parts]
    assert not [hit for path in package for hit in hits(CALLS, path)]


@pytest.mark.parametrize(
    "call",
    ["datetime.now()", "datetime.fromtimestamp(float(x))", "x.astimezone()", "time.localtime()", "z.extractall(p)"],
)
def test_the_forbidden_calls_are_recognised(call: str) -> None:
    assert CALLS.search(call)


@pytest.mark.parametrize("call", ["datetime.now(UTC)", "datetime.fromtimestamp(x, tz=UTC)", "x.astimezone(zone)"])
def test_the_same_calls_with_a_zone_are_allowed(call: str) -> None:
    assert not CALLS.search(call)
