"""The command that opens the guide, and the one that its work runs in. Holds no logic."""

from __future__ import annotations

import json
import os
import webbrowser
from pathlib import Path

import click

from plainrecord.cli_options import json_option, now

# A name that says nothing about what is inside.
DEFAULT_FOLDER = "Papers"


@click.command(name="guide")
@click.argument("folder", metavar="[FOLDER]", required=False, type=click.Path(path_type=Path))
@click.option("--no-browser", is_flag=True, help="Only print the address; it opens once.")
@click.option(
    "--make-launcher",
    "launcher",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file into DIR that starts the guide with a double click, and end.",
)
@click.option(
    "--system",
    type=click.Choice(["linux", "macos", "windows"]),
    help="The system the launcher is for; without it, this one.",
)
@json_option
def guide(folder: Path | None, no_browser: bool, launcher: Path | None, system: str | None, as_json: bool) -> int:
    """Open local pages that lead from nothing to a sealed bundle, step by step. FOLDER keeps everything (default: ~/Papers).

    The pages are shown on this computer only, and nothing is sent anywhere. Start it again to go on where you stopped.
    """
    folder = (folder or Path.home() / DEFAULT_FOLDER).absolute()
    if launcher is not None:
        from plainrecord.guide.launcher import make_launcher

        path = make_launcher(launcher, folder, system)
        click.echo(json.dumps({"path": str(path)}) if as_json else f"Wrote {path}. Open it with a double click.")
        return 0
    from plainrecord.guide.server import Running, running_address

    address = running_address(folder)
    if address is not None:
        _open(address, no_browser, as_json)
        return 0
    running = Running(folder, now)
    _open(running.address, no_browser, as_json)
    running.serve()
    return 0


def _open(address: str, no_browser: bool, as_json: bool) -> None:
    click.echo(json.dumps({"url": address}) if as_json else f"Open this address in your browser: {address}")
    if not no_browser:
        webbrowser.open(address)


@click.command(name="guide-work", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def guide_work(folder: Path, as_json: bool) -> int:
    """Do the work that the guide began in FOLDER."""
    from plainrecord.guide.worker import run

    run(folder, now, os.getpid())
    if as_json:
        click.echo(json.dumps({"folder": str(folder)}))
    return 0
