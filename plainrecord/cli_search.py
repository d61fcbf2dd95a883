"""`plainrecord search`: find words in a case and name the records to cite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from plainrecord.cli_options import case_argument, json_option, now
from plainrecord.showing import Progress, plain


@click.command()
@case_argument
@click.argument("words", metavar="WORDS", nargs=-1)
@click.option("--part", "parts", is_flag=True, help="Find WORDS inside longer words too. Looks through every record.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many records to list.")
@click.option("--rebuild", is_flag=True, help="Make the index anew first.")
@json_option
def search(case: Path, words: Sequence[str], parts: bool, limit: int, rebuild: bool, as_json: bool) -> int:
    """Find records of a CASE that hold all WORDS, selected or not, in order of time, with the ids to cite.

    Looked at are subject, text, names and names of files; case and accents do not matter. Words in quotation marks stand
    together. The index (search.sqlite in the case folder) is made when it is first needed and follows what is added;
    interrupted, it goes on. Words of scripts without blanks, such as Chinese, are found by looking through every record.
    """
    from plainrecord.store import Case
    from plainrecord.store.searching import search as find
    from plainrecord.times import show_local

    progress = Progress()
    with Case.open(case, now) as opened:
        found = find(opened, words, parts=parts, limit=limit, rebuild=rebuild, progress=progress)
        zone = opened.settings.timezone or None
    progress.clear()
    if as_json:
        said = {
            "found": found.total,
            "looked_through": found.looked_through,
            "bundle": found.bundle,
            "hits": [one.as_json() for one in found.hits],
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return 0
    for one in found.hits:
        when = "Undated" if one.utc_us is None else show_local(one.utc_us, zone)
        who = f"{one.name} <{one.account}>" if one.name else one.account or "no author stated"
        click.echo(plain(f"{one.item or '–':<9} {one.record}  {when}, written “{one.time_as_stated}”"))
        click.echo(plain(f"          {one.source} {one.service}: {who}: {one.snippet}"))
    shown = f"; the first {len(found.hits):,} are shown" if found.total > len(found.hits) else ""
    count = "1 record" if found.total == 1 else f"{found.total:,} records"
    numbers = f" Item numbers are those of bundle {found.bundle}." if any(one.item for one in found.hits) else ""
    click.echo(f"{count} found{shown}.{numbers}" if words else "The index is made.")
    return 0
