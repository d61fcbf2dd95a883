"""The lock files: they belong to pyproject.toml, pin everything by hash, and hold no address."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-judges.lock")
GROUPS = PROJECT["dependency-groups"]
WANTED = {
    "requirements.lock": PROJECT["project"]["dependencies"] + GROUPS["build"],
    "requirements-dev.lock": PROJECT["project"]["dependencies"] + GROUPS["build"] + GROUPS["dev"],
    "requirements-judges.lock": GROUPS["judges"],
}


def entries(name: str) -> list[tuple[Requirement, list[str]]]:
    """Each pinned requirement of a lock, with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [
        (Requirement(line.partition("--hash")[0]), re.findall(r"--hash=sha256:[0-9a-f]{64}", line)) for line in lines
    ]


def test_the_locks_were_made_from_the_dependencies_of_today() -> None:
    done = subprocess.run(
        [sys.executable, "tools/lock.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name: str) -> None:
    assert not re.search(r"https?:|file:|index-url|find-links|@ ", (ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_one_exact_version_with_hashes(name: str) -> None:
    for requirement, hashes in entries(name):
        assert [clause.operator for clause in requirement.specifier] == ["=="], requirement
        assert hashes, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_at_a_version_it_allows(name: str) -> None:
    pinned = [(canonicalize_name(entry.name), next(iter(entry.specifier)).version) for entry, _ in entries(name)]
    for line in WANTED[name]:
        wanted = Requirement(line)
        versions = [version for other, version in pinned if other == canonicalize_name(wanted.name)]
        assert any(wanted.specifier.contains(version) for version in versions), line


SYSTEMS = (
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("darwin", "x86_64"),
    ("win32", "AMD64"),
    ("win32", "ARM64"),
)


@pytest.mark.parametrize(("platform", "machine"), SYSTEMS)
@pytest.mark.parametrize("python", ["3.11.7", "3.14.0"])
def test_the_developers_lock_installs_the_same_versions_as_the_one_for_running(
    platform: str, machine: str, python: str
) -> None:
    system = {"sys_platform": platform, "platform_machine": machine, "python_full_version": python}

    def installed(name: str) -> set[str]:
        return {
            f"{entry.name}{entry.specifier}"
            for entry, _ in entries(name)
            if entry.marker is None or entry.marker.evaluate(system)
        }

    assert installed("requirements.lock") <= installed("requirements-dev.lock")


@pytest.mark.parametrize(
    ("platform", "machine", "module"),
    [
        ("linux", "x86_64", "python-magic"),
        ("darwin", "arm64", "python-magic"),
        ("darwin", "x86_64", "python-magic"),
        ("win32", "AMD64", "python-magic-standalone"),
        ("win32", "ARM64", None),
    ],
)
def test_trap_09_only_one_package_that_owns_the_module_magic_is_installed(
    platform: str, machine: str, module: str | None
) -> None:
    system = {"sys_platform": platform, "platform_machine": machine}
    owners = [
        entry.name
        for entry, _ in entries("requirements.lock")
        if entry.name in {"python-magic", "python-magic-standalone"} and entry.marker and entry.marker.evaluate(system)
    ]
    assert owners == ([module] if module else [])


@pytest.mark.parametrize(
    ("platform", "machine", "newest"),
    [
        ("linux", "x86_64", 99),
        ("linux", "aarch64", 99),
        ("darwin", "arm64", 99),
        ("darwin", "x86_64", 48),
        ("win32", "AMD64", 99),
        ("win32", "ARM64", 46),
    ],
)
def test_trap_11_exactly_one_cryptography_fits_each_system(platform: str, machine: str, newest: int) -> None:
    system = {"sys_platform": platform, "platform_machine": machine}
    fitting = [
        int(next(iter(entry.specifier)).version.split(".")[0])
        for entry, _ in entries("requirements.lock")
        if entry.name == "cryptography" and entry.marker and entry.marker.evaluate(system)
    ]
    assert len(fitting) == 1
    assert fitting[0] <= newest
