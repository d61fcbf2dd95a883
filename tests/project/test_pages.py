"""The pages a stranger reads: links lead somewhere, and every command line in them exists."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
VERBS = set(runpy.run_path(str(ROOT / "bootstrap.py"))["VERBS"])


def command_lines(page: Path) -> list[str]:
    """Every line of the shell blocks of a page, and every `…` in its text that starts with one of our commands."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|bat)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`((?:make|py|python3|plainrecord) [^`\n]+)`", text)
    return [line for block in blocks for line in block.splitlines() if line] + inline


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith(("https://", "http://", "mailto:"))]
    assert not [link for link in inside if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_make_target_and_script_verb_exists(page: Path) -> None:
    named = [re.match(r"(?:make|(?:py|python\S*) bootstrap\.py) (\w+)", line) for line in command_lines(page)]
    assert {match[1] for match in named if match} <= VERBS


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_plainrecord_command_and_option_exists(page: Path) -> None:
    for line in command_lines(page):
        if line.startswith("plainrecord "):
            assert_exists(line.split()[1:])


def assert_exists(words: list[str]) -> None:
    """Fail unless the first words are a command and each `--option` is one of its options."""
    from plainrecord.cli import main

    if words[0].startswith("-") or words[0].isupper():
        return
    assert isinstance(main, click.Group)
    command = main.commands.get(words[0])
    assert command, f"there is no command {words[0]}"
    if isinstance(command, click.Group) and words[1:] and words[1] in command.commands:
        command = command.commands[words[1]]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_readme_opens_with_the_two_commands_for_each_system() -> None:
    lines = command_lines(ROOT / "README.md")
    assert lines[:2] == ["make demo", "make test"]
    assert lines[2:4] == ["py bootstrap.py demo", "py bootstrap.py test"]
