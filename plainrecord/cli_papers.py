"""`plainrecord papers`: labels, exhibit list and drafts to sign, beside a sealed bundle."""

from __future__ import annotations

import json
from pathlib import Path

import click

from plainrecord.cli_options import json_option, now


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder the papers go into; not the bundle.",
)
@click.option("--marking", default="", help="A handling marking for every page, e.g. OFFICIAL-SENSITIVE.")
@json_option
def papers(bundle_path: Path, out: Path, marking: str, as_json: bool) -> int:
    """Write papers for a BUNDLE (folder or zip): exhibit labels, exhibit list, paragraphs for a statement, a 902(14) certificate.

    They are drafts: facts are filled in, the rest is left blank, and the wording has to be checked by the force.
    """
    from plainrecord.papers import write_papers

    made = write_papers(bundle_path, out, now(), marking)
    if as_json:
        click.echo(json.dumps({"papers": [str(path) for path in made]}, ensure_ascii=False, indent=2))
    else:
        for path in made:
            click.echo(f"Wrote {path}")
    return 0
