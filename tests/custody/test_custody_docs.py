"""docs/custody.md: its example, its program and its table are true."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plainrecord.custody import CustodyLog, Who
from plainrecord.custody.canonical import canonical
from plainrecord.custody.details import EVENT_TYPES
from plainrecord.custody.events import Event
from plainrecord.times import to_local

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "custody.md").read_text(encoding="utf-8")


def table_row(name: str) -> str:
    kind = EVENT_TYPES[name]
    fields = kind.details.model_fields
    named = [f"`{field}`" if info.is_required() else f"[`{field}`]" for field, info in fields.items()]
    return f"| `{name}` | {', '.join(named)} | {', '.join(f'`{block}`' for block in kind.needs)} |"


def test_the_table_of_types_is_the_one_in_the_code() -> None:
    rows = [line for line in PAGE.partition("## Types of events")[2].splitlines() if line.startswith("| `")]
    assert rows == [table_row(name) for name in EVENT_TYPES]


def test_every_field_of_the_envelope_is_described() -> None:
    described = PAGE.partition("## An event")[2].partition("## Types")[0]
    assert [field for field in Event.model_fields if f"`{field}`" not in described] == []


def test_the_example_has_the_bytes_and_the_hash_it_states() -> None:
    written = canonical({"b": [1, -2, True, None], "a": 'A"\u0001\né', "": {}})
    assert f"\n    {written.decode()}\n" in PAGE
    assert hashlib.sha256(written).hexdigest() in PAGE


@pytest.fixture(name="program")
def _program(tmp_path: Path) -> Path:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(source.splitlines()) <= 20
    program = tmp_path / "check.py"
    program.write_text(source, encoding="utf-8")
    return program


def run(program: Path, lines: list[str], *arguments: str) -> str:
    log = program.with_name("custody.jsonl")
    log.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")
    done = subprocess.run(
        [sys.executable, str(program), str(log), *arguments], capture_output=True, text=True, check=False
    )
    return (done.stdout + done.stderr).strip()


def test_the_program_on_the_page_agrees_with_ours(program: Path) -> None:
    log = CustodyLog([], lambda: to_local(0, "Europe/London"))
    log.begin(Who("Zoë “Z” 😀", "witness"))
    reading = {"reason": 'It says "this_hash":"x".', "view_mode": "text"}
    for number in range(3):
        log.append("access.read", what=f"Looked {number}.", why="To see.", who=Who(), details=reading)
    lines = log.new_lines
    assert run(program, lines) == f"4 lines, head {log.head}"
    assert run(program, [lines[0], lines[1].replace("Looked", "Peeked"), *lines[2:]]) == "line 2 was changed"
    assert run(program, [lines[0], *lines[2:]]) == "line 2 does not follow the line before"
    assert run(program, lines, "ab" * 32) == "line 1 does not follow the line before"
