"""The command that makes a bundle again from its originals and compares. No logic here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from plainrecord.cli_options import jobs_option, json_option, now
from plainrecord.cli_sealed import bundle_argument
from plainrecord.showing import Progress, plain

_SHOWN = 200


@click.command()
@bundle_argument
@click.argument("originals", metavar="ORIGINAL...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder the new bundle goes into."
)
@jobs_option
@json_option
def rebuild(bundle_path: Path, originals: Sequence[Path], out: Path, jobs: int, as_json: bool) -> int:
    """Make a BUNDLE again from its ORIGINALs and its manifest.json alone, and compare byte for byte.

    Exit code 0: the same records, files and counts came out. 4: something differs, and is listed.
    """
    from plainrecord.rebuilding import rebuild as make

    progress = Progress()
    done = make(bundle_path, originals, out, now, workers=jobs, progress=progress)
    progress.clear()
    if as_json:
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
        return 0 if done.same else 4
    for note in done.notes:
        click.echo(f"Note: {plain(note)}")
    for one in done.differences[:_SHOWN]:
        click.echo(f"{plain(one.what)}: {plain(one.says)}")
    if len(done.differences) > _SHOWN:
        click.echo(f"And {len(done.differences) - _SHOWN:,} more; --json lists all.")
    if done.path is not None:
        click.echo(f"The new bundle is {plain(str(done.path))}.")
    if done.same:
        click.echo(f"The same came out: {done.compared:,} files and every count, byte for byte.")
    else:
        click.echo(
            "It did not come out the same." if done.path else "Nothing was built: the originals are not all there."
        )
    return 0 if done.same else 4
