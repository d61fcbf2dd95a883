"""`plainrecord exhibits`: an officer gives references to what a case holds, before its bundle is built."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plainrecord.cli_options import case_argument, json_option, now
from plainrecord.errors import UsageError
from plainrecord.showing import plain

if TYPE_CHECKING:
    from plainrecord.exhibiting import Said
    from plainrecord.exhibits import Exhibit

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def exhibits() -> None:
    """Give exhibit references to what a CASE holds, change one, list them. Each step is an entry in the custody log."""


def _options(function: F) -> F:
    """What is said of an exhibit."""
    options = [
        click.option("--initials", required=True, help="Initials of the person who produces it: ABC of ABC/1."),
        click.option("--number", type=click.IntRange(1, 99_999), required=True, help="Number: 1 of ABC/1."),
        click.option("--sub", default="", help="A letter or number behind it, for a part: a of ABC/1a."),
        click.option(
            "--separator", type=click.Choice(["/", "-", ""]), default="/", show_default=True, help="Between them."
        ),
        click.option("--description", required=True, help="What it is, well enough to tell it from others."),
        click.option("--producer", required=True, help="Name of the person who produces it."),
        click.option("--whole-bundle", is_flag=True, help="It is the whole bundle."),
        click.option(
            "--source", "sources", multiple=True, metavar="S01", help="It is this original. Repeat as needed."
        ),
        click.option(
            "--item", "items", multiple=True, metavar="M-000001", help="It is this item of the bundle given with --of."
        ),
        click.option("--of", "bundle", type=click.Path(path_type=Path), help="A bundle of this case, for --item."),
        click.option("--media", multiple=True, metavar="SHA256", help="It is the attachment with this SHA-256."),
        click.option("--statement-date", default="", metavar="DAY", help="Date of the statement that produces it."),
        click.option("--location", default="", help="Where it is kept."),
        click.option("--derived-from", default="", metavar="REF", help="Reference of the exhibit it was made from."),
    ]
    return functools.reduce(lambda inner, option: option(inner), reversed(options), function)


@exhibits.command()
@case_argument
@_options
@json_option
def assign(case: Path, as_json: bool, **said: Any) -> int:
    """Give a new reference.

    Example: plainrecord exhibits assign CASE --initials ABC --number 1 --producer "A. B. Cole" --whole-bundle
    --description "Extract of messages, 1 October to 24 November 2024"
    """
    from plainrecord.exhibiting import assign as give
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        made = give(opened, _said(**said))
    _show([made], as_json)
    return 0


@exhibits.command()
@case_argument
@click.argument("old", metavar="REF")
@_options
@json_option
def change(case: Path, old: str, as_json: bool, **said: Any) -> int:
    """Say the exhibit REF anew, with the same reference or another; the old one stays in the custody log."""
    from plainrecord.exhibiting import change as say_anew
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        made = say_anew(opened, old, _said(**said))
    _show([made], as_json)
    return 0


@exhibits.command(name="list")
@case_argument
@json_option
def list_(case: Path, as_json: bool) -> int:
    """List the exhibits of a CASE."""
    from plainrecord.exhibiting import exhibits_in
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        _show(exhibits_in(opened), as_json)
    return 0


def _said(*, items: Sequence[str], bundle: Path | None, **said: Any) -> Said:
    from plainrecord.exhibiting import Said, record_ids

    if items and bundle is None:
        raise UsageError("Item numbers belong to one bundle: name it with --of. Nothing was assigned.")
    records = record_ids(bundle, items) if bundle is not None else []
    return Said(records=records, **said)


def _show(found: Sequence[Exhibit], as_json: bool) -> None:
    if as_json:
        rows = [
            {"reference": one.reference, "producer": one.producer, "former": list(one.former), **one.parts.model_dump()}
            for one in found
        ]
        click.echo(json.dumps({"exhibits": rows}, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(plain(f"{one.reference}  {one.parts.description}  ({', '.join(one.parts.covers)}; {one.producer})"))
    if not found:
        click.echo("No exhibit has been assigned in this case.")
