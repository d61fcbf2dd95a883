"""docs/cli.md is generated, and is what the commands say about themselves today."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cli_page() -> ModuleType:
    """The generator as a module."""
    spec = importlib.util.spec_from_file_location("cli_page", ROOT / "tools" / "cli_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@click.group()
def tree() -> None:
    """A tree of commands."""


@tree.group()
def branch() -> None:
    """A branch."""


@branch.command()
@click.option("--ripe", help="How ripe.")
def leaf(ripe: str) -> None:
    """A leaf."""


@tree.command(hidden=True)
def root() -> None:
    """Not shown."""


def test_every_command_of_a_tree_has_a_section_with_its_own_help(cli_page: ModuleType) -> None:
    text = cli_page.page(tree, "tree")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## `tree`", "## `tree branch`", "## `tree branch leaf`"]
    assert "--ripe TEXT  How ripe." in text
    assert text.endswith("```\n")


def test_the_page_is_what_the_commands_say_today(cli_page: ModuleType) -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == cli_page.page(cli_page.command_tree()), "run: make docs"


def test_every_command_and_option_has_a_help_text() -> None:
    from plainrecord.cli import main

    assert not list(without_help(main, "plainrecord"))


def without_help(command: click.Command, path: str) -> list[str]:
    """Commands and options below `command` that do not say what they are for."""
    silent = [] if command.help else [path]
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    silent += [f"{path} {option.opts[0]}" for option in options if not option.help]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            silent += without_help(below, f"{path} {name}")
    return silent
