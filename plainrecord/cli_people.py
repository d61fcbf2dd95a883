"""`plainrecord people`: list the accounts of a case, attribute them to people, take that back, and see what may belong together.

`plainrecord people CASE` lists, as `plainrecord people list CASE` does: a first word that is no command is the case. A case folder
that is called like a command is written `./assert`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plainrecord.cli_options import case_argument, json_option, now
from plainrecord.showing import Progress, plain

if TYPE_CHECKING:
    from plainrecord.people.suggestions import Suggested


class _Listing(click.Group):
    """A group whose first command is meant when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front of what begins with no command."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Listing)
def people() -> None:
    """List the accounts in a CASE, and say whose they are.

    “plainrecord people CASE” lists them, those that wrote most first. Accounts are joined only when a named person says so.
    """


def _texts(function: click.decorators.FC) -> click.decorators.FC:
    """Who says it and why; both are asked for."""
    because = click.option("--because", required=True, metavar="TEXT", help="On what ground, in words.")
    by = click.option("--by", required=True, metavar="NAME", help="Who says so.")
    return by(because(function))


accounts_option = click.option(
    "--account",
    "accounts",
    multiple=True,
    required=True,
    metavar="SERVICE:VALUE",
    help="An account as “people CASE” lists it, e.g. whatsapp:+447700900123. Repeat as needed.",
)
sheet_out = click.option(
    "--out", "out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A new file: .csv or .yaml."
)


@people.command(name="list")
@case_argument
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many accounts to list.")
@json_option
def list_(case: Path, limit: int, as_json: bool) -> int:
    """List the accounts in a CASE, those that wrote most first, with whose they are where somebody said so."""
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        rows = list(islice(opened.accounts(), limit))
        said = {one.key: one for one in opened.attributions()}
    held = [said.get(row.key) for row in rows]
    if as_json:
        listed = [
            row.as_json() | ({"person": one.person, "asserted_by": one.asserted_by, "because": one.why} if one else {})
            for row, one in zip(rows, held, strict=True)
        ]
        click.echo(json.dumps({"accounts": listed}, ensure_ascii=False, indent=2))
        return 0
    click.echo("wrote   named in  first seen  last seen   account")
    for row, one in zip(rows, held, strict=True):
        names = f"  ({plain('; '.join(row.names[:3]))})" if row.names else ""
        whose = f"  = {plain(one.person)}, says {plain(one.asserted_by)}" if one else ""
        first, last = (f"{(utc or '—')[:10]}" for utc in (row.first_utc, row.last_utc))
        click.echo(
            f"{row.written:>6,}  {row.named:>8,}  {first:<10}  {last:<10}  {row.service}: {plain(row.value)}{names}{whose}"
        )
    return 0


@people.command(name="assert")
@case_argument
@click.option(
    "--person", required=True, metavar="LABEL", help="Whose it is: “subject”, “owner”, or a label of your own."
)
@accounts_option
@_texts
@json_option
def assert_(case: Path, person: str, accounts: Sequence[str], by: str, because: str, as_json: bool) -> int:
    """Attribute accounts of a CASE to a person. It goes into the custody log; accounts of the subject count as theirs.

    Example: plainrecord people assert case --person subject --account email:sam.r@mail.example --by "DC Dee"
    --because "Named in the statement of 25 April"
    """
    from plainrecord.store import Case
    from plainrecord.store.attributing import Said, assert_accounts, find_account

    with Case.open(case, now) as opened:
        region = opened.settings.region.upper() or None
        found = tuple(find_account(opened.db, text, region) for text in accounts)
        new = assert_accounts(opened, Said(person, found, by, because))
    return _tell([asdict(one) for one in new], "asserted", len(found) - len(new), as_json)


@people.command()
@case_argument
@click.option(
    "--person", default="", metavar="LABEL", help="Whose it was said to be; refused when it was somebody else’s."
)
@accounts_option
@_texts
@json_option
def withdraw(case: Path, person: str, accounts: Sequence[str], by: str, because: str, as_json: bool) -> int:
    """Take an attribution back. The entry that made it stays in the custody log, and this is one more."""
    from plainrecord.store import Case
    from plainrecord.store.attributing import Said, find_account, withdraw_accounts

    with Case.open(case, now) as opened:
        region = opened.settings.region.upper() or None
        found = tuple(find_account(opened.db, text, region) for text in accounts)
        gone = withdraw_accounts(opened, Said(person, found, by, because))
    return _tell([asdict(one) for one in gone], "withdrawn", 0, as_json)


@people.command()
@case_argument
@sheet_out
@json_option
def export(case: Path, out: Path, as_json: bool) -> int:
    """Write the accounts of a CASE to a sheet (CSV or YAML): fill in column “person”, then import it."""
    from plainrecord.store import Case
    from plainrecord.store.sheets import export_sheet

    with Case.open(case, now) as opened:
        count = export_sheet(opened, out)
    said = {"path": str(out), "accounts": count}
    click.echo(
        json.dumps(said, ensure_ascii=False, indent=2) if as_json else f"Wrote {count:,} accounts to {plain(str(out))}."
    )
    return 0


@people.command(name="import")
@case_argument
@click.argument("sheet", metavar="SHEET", type=click.Path(path_type=Path))
@_texts
@json_option
def import_(case: Path, sheet: Path, by: str, because: str, as_json: bool) -> int:
    """Attribute accounts as a SHEET (CSV or YAML) says, all of it or nothing. An empty “person” withdraws nothing.

    A row may give a reason of its own in column “because”.
    """
    from plainrecord.store import Case
    from plainrecord.store.sheets import import_sheet

    with Case.open(case, now) as opened:
        new = import_sheet(opened, sheet, by, because)
    return _tell([asdict(one) for one in new], "asserted", 0, as_json)


@people.command()
@case_argument
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="How many suggestions to list.")
@click.option("--accounts-only", is_flag=True, help="Compare the accounts alone, and read no text.")
@json_option
def suggest(case: Path, limit: int, accounts_only: bool, as_json: bool) -> int:
    """List accounts of a CASE that may belong together, each with a reason and with records on both sides.

    Nothing is joined: what holds is for a person to say, with “people assert”. Look-alike names are only a warning.
    """
    from plainrecord.store import Case
    from plainrecord.store.suggesting import suggest as find

    progress = Progress()
    with Case.open(case, now) as opened:
        found = find(opened, limit=limit, texts=not accounts_only, progress=progress)
    progress.clear()
    if as_json:
        said = {
            "total": found.total,
            "suggestions": [one.as_json() for one in found.listed],
            "texts_read": found.texts_read,
        }
        said |= {"statements": found.statements, "left_out": found.left_out}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return 0
    for line in _suggested(found):
        click.echo(plain(line))
    return 0


def _suggested(found: Suggested) -> Iterator[str]:
    for one in found.listed:
        yield f"{one.strength}{' (look at)' if one.warns else ''}: {one.reason}"
        for side in (one.one, one.other):
            seen = f"{(side.first_utc or '—')[:10]} to {(side.last_utc or '—')[:10]}"
            yield f"    {side.words()}; {seen}; {', '.join(side.records)}"
        if one.conflict:
            yield f"    {one.conflict}"
    for said in found.statements:
        yield f"A new number is spoken of: {said['record']} {said['account']}: {said['text']}"
    yield from (f"Left out: {says}" for says in found.left_out)
    listed = f"; the first {len(found.listed):,} are listed" if found.total > len(found.listed) else ""
    yield f"{found.total:,} suggestions{listed}. Nothing is joined: equal things do not show who used them."


def _tell(rows: Sequence[dict[str, object]], what: str, passed: int, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({what: rows}, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        click.echo(
            plain(
                f"{what}: {row['service']}: {row['value']} → {row['person']}, says {row['asserted_by']}: {row['why']}"
            )
        )
    if passed:
        click.echo(f"{passed:,} stood already and were not written again.")
    if not rows and not passed:
        click.echo("Nothing new.")
    return 0
