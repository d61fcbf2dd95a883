"""What the commands share: the group with our exit codes, the options, and settings made from them."""

from __future__ import annotations

import functools
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from plainrecord.custody.events import ROLES
from plainrecord.errors import PlainrecordError, UsageError
from plainrecord.records import valid_text
from plainrecord.showing import plain
from plainrecord.store.settings import CaseSettings
from plainrecord.times import load_zone

F = TypeVar("F", bound=Callable[..., Any])


_STOPPED = (
    "Stopped before the end. No original was changed, and nothing half-made is left. Run the same again to go on."
)
_CASE_KEPT = "Nothing was sealed and no original was changed. Make room on the disk and run the same again."
_KEPT = "Nothing was sealed and no original was changed. Run the same with --debug first to see where, and report it."


def now() -> datetime:
    """The only clock there is: this computer's, in UTC."""
    return datetime.now(UTC)


class Front(click.Group):
    """A click group whose exit codes are ours, and whose errors are one sentence each."""

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; with `standalone_mode` (the default) end the process with the documented exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, standalone_mode=False, **extra)
        except click.exceptions.Exit as exit_:
            sys.exit(exit_.exit_code)
        except click.Abort:
            _fail(_STOPPED, 130, words)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(1)
        except click.ClickException as error:
            _fail(error.format_message(), 1, words)
        except PlainrecordError as error:
            _fail(str(error), error.exit_code, words)
        except BrokenPipeError:
            sys.exit(0)
        except OSError as error:
            _fail(
                f"{error.filename or 'A file'} could not be used ({error.strerror or error}). Nothing was sealed.",
                1,
                words,
            )
        except sqlite3.OperationalError as error:
            _fail(f"The case could not be written ({error}). {_CASE_KEPT}", 1, words)
        except Exception as error:
            if "--debug" in words:
                raise
            said = f"{type(error).__name__}: {error}".strip(": ")
            _fail(f"Something went wrong inside Plainrecord ({said}). {_KEPT}", 1, words)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(says: str, code: int, words: Sequence[str]) -> NoReturn:
    if "--json" in words:
        click.echo(json.dumps({"error": says, "exit_code": code}, ensure_ascii=False))
    click.echo(plain(says), err=True)
    sys.exit(code)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
jobs_option = click.option(
    "-j", "--jobs", "jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes to use."
)
out_option = click.option(
    "--out", "out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder the bundle goes into."
)
zip_option = click.option("--zip", "zipped", is_flag=True, help="Write one .zip instead of a folder.")
pdf_option = click.option(
    "--pdf/--no-pdf",
    "pdf",
    default=None,
    help="Put the report on paper (report.pdf) into the bundle: with every item, or none. Without either, the items are"
    " in it where they fill no more than about 500 pages.",
)
confirmed_option = click.option(
    "--confirmed",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="What a named person confirmed: a filled-in reading list (CSV), or a file of blocks, orders and the like (TOML)."
    " Repeat as needed.",
)
exports_argument = click.argument(
    "exports", metavar="EXPORT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
case_argument = click.argument("case", metavar="CASE", type=click.Path(path_type=Path))


def person_options(function: F) -> F:
    """Who is who, and which records are asked for."""
    options = [
        click.option(
            "--sender",
            help="The named sender: an address, number, @handle or id, exactly, or the name a chat export gives them;"
            " id:… and handle:… say what a shape cannot.",
        ),
        click.option(
            "--alias",
            "aliases",
            multiple=True,
            help="Another account of the same sender. Repeat as needed. Without --sender, added to those already named.",
        ),
        click.option(
            "--owner", "owners", multiple=True, help="An account of the person whose export it is. Repeat as needed."
        ),
        click.option(
            "--match-names", is_flag=True, default=None, help="Also take records where only the display name matches."
        ),
        click.option(
            "--scope",
            type=click.Choice(["conversation", "subject"]),
            help="Whole conversations (the default), or only the sender's own records with gaps marked.",
        ),
        click.option("--whole-groups", is_flag=True, default=None, help="Take group conversations whole."),
        click.option(
            "--account-events",
            is_flag=True,
            default=None,
            help="Also take log-ins and changes of the owner's own accounts, which name nobody.",
        ),
        click.option("--from", "after", metavar="DAY", help="First day to take (YYYY-MM-DD)."),
        click.option("--to", "before", metavar="DAY", help="Day to stop before (YYYY-MM-DD)."),
    ]
    return functools.reduce(lambda inner, option: option(inner), reversed(options), function)


date_order_option = click.option(
    "--date-order",
    type=click.Choice(["DMY", "MDY", "YMD"], case_sensitive=False),
    help="How an export writes its dates, where the export itself does not show it: 3/4/2024 is 3 April (DMY) or 4 March (MDY).",
)


def _mapping_text(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> str:
    """The text of a mapping file, checked; raises UsageError with one sentence."""
    if path is None:
        return ""
    from plainrecord.parsers.mapping import read_mapping

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = "it is no UTF-8 text" if isinstance(error, ValueError) else error.strerror
        raise UsageError(f"The mapping file {path} cannot be read ({said}). Nothing was read.") from None
    read_mapping(text)
    return text


mapping_option = click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    callback=_mapping_text,
    help="A column mapping for tables (CSV, .xlsx). “plainrecord mapping EXPORT” proposes one.",
)


def case_options(function: F) -> F:
    """What is said about the case as a whole."""
    options = [
        click.option(
            "--timezone", help="The owner's time zone, e.g. Europe/London. Without it, times are shown in UTC."
        ),
        date_order_option,
        click.option(
            "--region",
            metavar="CC",
            help="Country of numbers written without “+”; GB when nothing is said, so that 07700 900123 is +44 7700 900123.",
        ),
        click.option("--case-ref", help="Case or crime number."),
        click.option("--marking", help="A handling marking for every page of paper, e.g. OFFICIAL-SENSITIVE."),
        click.option("--operator", help="Your name, for the custody log."),
        click.option(
            "--role",
            type=click.Choice([role for role in ROLES if role != "system"]),
            help="Your role, for the custody log.",
        ),
        click.option("--org", help="Your organisation."),
        click.option("--id-no", help="Your collar or warrant number."),
        click.option("--mode", type=click.Choice(["owner", "officer", "lab"]), help="Who is making the bundle."),
    ]
    return functools.reduce(lambda inner, option: option(inner), reversed(options), function)


def settings_from(said: dict[str, Any], base: CaseSettings | None = None) -> CaseSettings:
    """`CaseSettings` with what was said on the command line over `base` (unsaid options leave it as it is)."""
    settings = base or CaseSettings()
    for text in _texts(said.values()):
        if text != valid_text(text):
            raise UsageError(f"“{valid_text(text)}” holds bytes that are no text. Type it again, as UTF-8.")
    for key in ("timezone", "date_order", "mapping", "region", "case_ref", "marking", "mode"):
        if said.get(key):
            setattr(settings, key, said[key])
    for key, option in (("name", "operator"), ("role", "role"), ("org", "org"), ("id_no", "id_no")):
        if said.get(option):
            setattr(settings.who, key, said[option])
    if said.get("sender"):
        settings.subject.accounts = [said["sender"], *said.get("aliases", ())]
    elif said.get("aliases"):
        settings.subject.accounts = [*settings.subject.accounts, *said["aliases"]]
    if said.get("owners"):
        settings.owner.accounts = list(said["owners"])
    for key in ("match_names", "scope", "whole_groups", "account_events", "after", "before"):
        if said.get(key) is not None:
            setattr(settings.select, key, said[key])
    if settings.timezone:
        load_zone(settings.timezone)
    return settings


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _texts(value)
