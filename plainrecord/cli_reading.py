"""`plainrecord read-list`: write the messages that a person has to read before anything is counted from them. Holds no logic."""

from __future__ import annotations

import json
from pathlib import Path

import click

from plainrecord.cli_options import jobs_option, json_option, now
from plainrecord.errors import UsageError
from plainrecord.showing import plain


@click.command(name="read-list")
@click.argument("path", metavar="BUNDLE|CASE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write.")
@jobs_option
@json_option
def read_list_command(path: Path, out: Path, jobs: int, as_json: bool) -> int:
    """List the messages of a BUNDLE or CASE that have certain words, for a person to read and answer (CSV).

    Filled in, give it to “facts” and “build” with --confirmed: only what is answered yes is counted.
    """
    from plainrecord.reading import read_list, written

    listed = read_list(path, now, workers=jobs)
    try:
        said = list(written(listed, out))
    except FileExistsError:
        raise UsageError(
            f"{out} is there already, and may hold somebody\u2019s answers. It was left as it is; choose another name."
        ) from None
    if as_json:
        click.echo(
            json.dumps(
                {"path": str(out), "candidates": len(listed.rows), "records": listed.records}, ensure_ascii=False
            )
        )
    else:
        click.echo("\n".join(plain(one) for one in said))
    return 0
