"""Arrows point down only: reads every import in the package and holds it against the order of the rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "plainrecord"

# Lowest first. A room may import rooms on lower lines, and its neighbours on its own line as long as no circle forms.
ORDER: tuple[tuple[str, ...], ...] = (
    ("errors", "values", "times", "records", "hashing", "cluster", "anchors"),
    ("intake",),
    ("parsers",),
    ("people", "conversations", "selection", "facts", "custody", "exhibits"),
    ("bundle", "store"),
    ("paper",),
    (
        "building",
        "inspecting",
        "counting",
        "linking",
        "exporting",
        "editions",
        "sealed",
        "rebuilding",
        "verifypage",
        "reading",
        "exhibiting",
        "papers",
    ),
    ("__init__",),  # `from plainrecord import …`: hands out what the rooms below offer, so none of them may ask it
    ("doctor", "showing", "guide", "capture"),
    (
        "cli",
        "cli_options",
        "cli_export",
        "cli_edition",
        "cli_exhibits",
        "cli_papers",
        "cli_reading",
        "cli_guide",
        "cli_capture",
    ),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
FRONT_DOOR = "__init__"
# What everybody may ask the front door for: constants, which bring no room along.
CONSTANTS = {"__version__"}


def room_of(path: Path) -> str:
    """The room a file of the package belongs to: its folder below `plainrecord/`, or its own name."""
    first = path.relative_to(PACKAGE).parts[0]
    return room_named(first.removesuffix(".py"))


def room_named(name: str) -> str:
    """The room of that name; what stands beside the command line (`cli_options`, `cli_verify`, …) is part of it."""
    return "cli" if name.startswith("cli_") else name


def imported_rooms(source: str) -> Iterator[tuple[int, str]]:
    """Line number and room of every import of our own package in `source`, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are written in full"
            if node.module == "plainrecord":
                names = [alias.name for alias in node.names if alias.name not in CONSTANTS]
                yield from (
                    (node.lineno, room_named(name) if room_named(name) in LEVEL else FRONT_DOOR) for name in names
                )
            elif (node.module or "").startswith("plainrecord."):
                yield node.lineno, room_named((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            for alias in node.names:
                package, _, inside = alias.name.partition(".")
                if package == "plainrecord":
                    yield node.lineno, room_named(inside.partition(".")[0]) or FRONT_DOOR


def sources() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def arrows() -> Iterator[tuple[str, str, str]]:
    """Every import between two rooms: where it stands, the room that imports, the room that is imported."""
    for path in sources():
        room = room_of(path)
        for line, target in imported_rooms(path.read_text(encoding="utf-8")):
            if room != target:
                yield f"{path.relative_to(PACKAGE.parent)}:{line}", room, target


def test_every_room_has_a_place_in_the_order() -> None:
    unplaced = {room_of(path) for path in sources()} - set(LEVEL)
    assert not unplaced, f"give these rooms a line in ORDER, and a box in docs/architecture.md: {unplaced}"


def test_no_room_imports_a_room_above_it() -> None:
    upward = [f"{place}: {room} → {target}" for place, room, target in arrows() if LEVEL[target] > LEVEL[room]]
    assert not upward


def test_no_two_rooms_import_each_other() -> None:
    below: dict[str, set[str]] = {}
    for _, room, target in arrows():
        below.setdefault(room, set()).add(target)
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        pytest.fail(f"these rooms form a circle: {' → '.join(error.args[1])}")


def test_the_front_door_is_above_the_rooms_it_opens_to() -> None:
    assert list(imported_rooms("from plainrecord import build, records\n")) == [(1, "__init__"), (1, "records")]


def test_an_import_inside_a_function_counts_too() -> None:
    source = "def late():\n    from plainrecord.bundle.bag import write\n"
    assert list(imported_rooms(source)) == [(2, "bundle")]
