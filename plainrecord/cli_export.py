"""`plainrecord export`: a bundle in a form that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

import click

from plainrecord.cli_options import json_option

# The names of `exporting.FORMS`, written here so that nothing is loaded before it is needed; a test holds them equal.
FORMS = ("case", "timesketch-csv", "timesketch-jsonl", "csv")


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="Which form to write.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder the file goes into; not the bundle.",
)
@click.option("--no-content", is_flag=True, help="Leave out the words of messages and the names of their files.")
@json_option
def export(bundle_path: Path, form: str, out: Path, no_content: bool, as_json: bool) -> int:
    """Write a BUNDLE (folder or zip) for other programs: CASE/UCO, Timesketch, or one table.

    Example: plainrecord export pr-7k2m9qx4tb --as timesketch-jsonl --out exports
    """
    from plainrecord.exporting import export_bundle

    done = export_bundle(bundle_path, form, out, content=not no_content)
    if as_json:
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
        return 0
    click.echo(f"Wrote {done.path}: {done.written:,} entries of {done.items:,} items.")
    for reason, count in done.left_out.items():
        click.echo(f"Not in it, because {reason}: {count:,} items. They are in the bundle’s timeline.csv.")
    click.echo(
        "It is derived from the bundle and not part of it; it was not checked. To check the bundle: plainrecord verify"
    )
    return 0
