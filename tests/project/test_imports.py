"""Every package that is imported is one that pyproject.toml names."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOR_RUNNING = PROJECT["project"]["dependencies"]
FOR_ALL_ELSE = FOR_RUNNING + [line for group in PROJECT["dependency-groups"].values() for line in group]
# Modules of this clone: the package, what tests share, and what stands beside a script.
BESIDE = [
    path for folder in ("tests", "fixtures", "benchmarks", "tools", "recipes") for path in (ROOT / folder).rglob("*.py")
]
OURS = {"plainrecord"} | {path.stem for path in BESIDE} | {path.parent.name for path in BESIDE}


def imported(folder: str) -> Iterator[tuple[str, Path]]:
    """Every top-level module imported below `folder`, in functions too, with the file that does it."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            yield from ((name.partition(".")[0], path) for name in names)


@pytest.mark.parametrize(
    ("folder", "lines"),
    [
        ("plainrecord", FOR_RUNNING),
        ("tests", FOR_ALL_ELSE),
        ("tools", FOR_ALL_ELSE),
        ("recipes", FOR_ALL_ELSE),
        ("benchmarks", FOR_ALL_ELSE),
        ("fixtures", FOR_ALL_ELSE),
    ],
)
def test_every_imported_package_is_declared(folder: str, lines: list[str]) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    owners = packages_distributions()
    for module, path in imported(folder):
        if module not in sys.stdlib_module_names and module not in OURS:
            found = {canonicalize_name(owner) for owner in owners.get(module, ())}
            assert found & declared, f"{path.relative_to(ROOT)} imports {module}, which pyproject.toml does not name"
