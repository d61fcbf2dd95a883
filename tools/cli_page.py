"""Write docs/cli.md from the help texts of the commands themselves, or (`--check`) say whether it is still true."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
WIDTH = 100
OPENING = """# Commands

Made by `make docs` from what `plainrecord --help` and `plainrecord COMMAND --help` print; change it there.
"""


def main() -> int:
    """Write the page, or check it with `--check`; exit code 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is what would be written now")
    text = page(command_tree())
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/cli.md is not what the commands say about themselves now. Run: make docs", file=sys.stderr)
    return 1


def command_tree() -> click.Command:
    """The command that `plainrecord` runs, with everything below it."""
    from plainrecord.cli import main as command  # noqa: PLC0415 - so that `--help` works while cli.py does not load

    return command


def page(command: click.Command, name: str = "plainrecord") -> str:
    """The whole page, ending in one newline."""
    return "\n".join([OPENING, *sections(command, name, None)])


def sections(command: click.Command, name: str, above: click.Context | None) -> Iterator[str]:
    """One section for a command and for each below it, in the order its own help lists them."""
    said = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=above, **said)
    yield f"## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found and not found.hidden:
                yield from sections(found, below, context)


if __name__ == "__main__":
    sys.exit(main())
