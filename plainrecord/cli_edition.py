"""`plainrecord edition`: the edition of a bundle that is served."""

from __future__ import annotations

import getpass
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import click

from plainrecord.cli_options import json_option, now
from plainrecord.errors import UsageError
from plainrecord.showing import grouped, plain

# Names that computers and users have everywhere tell nothing, and stand in words of every kind.
_COMMON = frozenset("root user admin administrator owner guest localhost pc laptop desktop home".split())


def _device() -> Iterator[str]:
    """What this computer and its user are called, as far as that is a name of their own."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    for name in (socket.gethostname(), socket.gethostname().partition(".")[0], user):
        if len(name) > 2 and name.casefold() not in _COMMON:
            yield name


@click.command()
@click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--instructions",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What a named person decided: what is withheld, blacked out or may stay (docs/editions.md).",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder the edition goes into.")
@click.option("--preview", is_flag=True, help="Only say what would be done and what the scan finds. Writes nothing.")
@json_option
def edition(bundle_path: Path, file: Path, out: Path | None, preview: bool, as_json: bool) -> int:
    """Build the edition of a sealed BUNDLE (folder or zip) that can be served, with a seal of its own.

    The bundle itself is only read. Nothing is sealed while the scan finds something that may not be served.
    """
    from plainrecord.building import new_bundle_id
    from plainrecord.editions import LeakError, make_service, read_instructions
    from plainrecord.editions import preview as look

    said, device = read_instructions(file), tuple(_device())
    if preview:
        found = look(bundle_path, said, device)
        leaks = [leak.says() for leak in found.leaks]
        if as_json:
            changes = [[one.item, one.what, one.how, one.reason] for one in found.changes]
            click.echo(
                json.dumps({"items": found.items, "changes": changes, "leaks": leaks}, ensure_ascii=False, indent=2)
            )
        else:
            for one in found.changes:
                click.echo(plain(f"{one.item}: {one.what} {one.how} ({one.reason})"))
            for line in leaks:
                click.echo(f"Found: {plain(line)}")
            click.echo(
                f"{found.items:,} items, {len(found.changes):,} changes, {len(leaks):,} things found. Nothing was written."
            )
        return 4 if leaks else 0
    if out is None:
        raise UsageError("Name the folder the edition goes into with --out, or ask for --preview.")
    try:
        built = make_service(bundle_path, said, out, new_bundle_id(), now, device=device)
    except LeakError as error:
        if as_json:
            leaks = [leak.says() for leak in error.leaks]
            click.echo(json.dumps({"leaks": leaks, "exit_code": error.exit_code}, ensure_ascii=False, indent=2))
        else:
            click.echo("\n".join(plain(line) for line in str(error).splitlines()), err=True)
        return error.exit_code
    if as_json:
        said_of = {"bundle_id": built.bundle_id, "path": str(built.path), "seal": built.seal, "edition": "service"}
        click.echo(json.dumps(said_of, ensure_ascii=False, indent=2))
        return 0
    click.echo(f"Service edition {built.bundle_id}: {built.path}")
    click.echo(f"Seal: {grouped(built.seal)}")
    click.echo("The scan found nothing it has a shape for. Read what will be served before it is served.")
    return 0
