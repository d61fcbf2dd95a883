"""The command line: arguments in, exit codes out. It holds no logic; every command calls a function anyone can import.

Exit codes: 0 done and everything accounted for · 1 usage · 2 nothing found for that sender · 3 accounting does not
balance · 4 verification failed · 5 done, but some originals could not be read (listed) · 130 stopped by the person (Ctrl-C).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from plainrecord import __version__
from plainrecord.cli_anchors import check_proof, keygen, prove, sign, stamp
from plainrecord.cli_capture import capture
from plainrecord.cli_edition import edition
from plainrecord.cli_exhibits import exhibits
from plainrecord.cli_export import export
from plainrecord.cli_guide import guide, guide_work
from plainrecord.cli_options import (
    Front,
    case_argument,
    case_options,
    confirmed_option,
    date_order_option,
    exports_argument,
    jobs_option,
    json_option,
    mapping_option,
    now,
    out_option,
    pdf_option,
    person_options,
    settings_from,
    zip_option,
)
from plainrecord.cli_papers import papers
from plainrecord.cli_people import people
from plainrecord.cli_reading import read_list_command
from plainrecord.cli_rebuild import rebuild
from plainrecord.cli_sealed import correct, dispose, receive, transfer
from plainrecord.cli_search import search
from plainrecord.cli_verify import verify, verify_page
from plainrecord.errors import UsageError
from plainrecord.showing import UNREADABLE_EXIT, Progress, plain, show_added, show_made, show_manifest


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="plainrecord")
@click.option("--debug", is_flag=True, help="Show where an unexpected error happened.")
def main(debug: bool) -> None:
    """Make a chronological evidence bundle from message exports and one named sender.

    Originals are only ever read. Nothing is sent anywhere, but for “stamp --authority” to the address given there.
    """


@main.command()
@exports_argument
@person_options
@case_options
@mapping_option
@out_option
@zip_option
@pdf_option
@jobs_option
@json_option
def bundle(
    exports: Sequence[Path], out: Path, zipped: bool, pdf: bool | None, jobs: int, as_json: bool, **said: Any
) -> int:
    """Make a sealed bundle from EXPORT files or folders in one go.

    Example: plainrecord bundle inbox.mbox --sender sam@mail.example --owner me@mail.example
    --timezone Europe/London --out bundles
    """
    from plainrecord.building import make_bundle

    if not said["sender"]:
        raise UsageError(
            "Name the sender with --sender. To see which accounts there are, use “plainrecord new”, “add” and “people”."
        )
    progress = Progress()
    made = make_bundle(exports, settings_from(said), out, now, zipped=zipped, pdf=pdf, workers=jobs, progress=progress)
    progress.clear()
    return show_made(made, as_json)


@main.command()
@case_argument
@person_options
@case_options
@json_option
def new(case: Path, as_json: bool, **said: Any) -> int:
    """Make a new, empty CASE folder."""
    from plainrecord.store import Case

    with Case.create(case, settings_from(said), now):
        pass
    _say({"case": str(case)}, f"Made the case {case}. Add exports with: plainrecord add {case} EXPORT...", as_json)
    return 0


@main.command()
@case_argument
@exports_argument
@click.option("--copy", is_flag=True, help="Copy the originals into the case, checked by hash.")
@date_order_option
@mapping_option
@jobs_option
@json_option
def add(
    case: Path, exports: Sequence[Path], copy: bool, date_order: str | None, mapping: str, jobs: int, as_json: bool
) -> int:
    """Add EXPORT files or folders to a CASE.

    Interrupted, run it again: it ends with the same case. The same export twice adds nothing.
    """
    from plainrecord.intake.downloads import downloads_of
    from plainrecord.store import Case

    progress = Progress()
    with Case.open(case, now) as opened:
        opened.settings.date_order = date_order or opened.settings.date_order
        opened.settings.mapping = mapping or opened.settings.mapping
        results = [opened.add(one.parts, copy=copy, workers=jobs, progress=progress) for one in downloads_of(exports)]
    progress.clear()
    return show_added(results, as_json)


@main.command(name="select")
@case_argument
@person_options
@case_options
@json_option
def select_(case: Path, as_json: bool, **said: Any) -> int:
    """Say who is the sender and which records of a CASE go in; kept in case.toml."""
    from plainrecord.store import Case
    from plainrecord.store.settings import write_settings

    with Case.open(case, now) as opened:
        opened.settings = settings_from(said, opened.settings)
        found = opened.select()
        write_settings(case, opened.settings)
    lines = [f"{found.included:,} records go in."]
    lines += [f"Not included, display name only: {plain(name)}: {count:,}" for name, count in found.near_misses]
    _say({"included": found.included, "near_misses": dict(found.near_misses)}, "\n".join(lines), as_json)
    return 0


@main.command()
@case_argument
@out_option
@zip_option
@pdf_option
@confirmed_option
@jobs_option
@json_option
def build(
    case: Path, out: Path, zipped: bool, pdf: bool | None, confirmed: Sequence[Path], jobs: int, as_json: bool
) -> int:
    """Seal a bundle of what is selected in a CASE, with the pages that were captured into it."""
    from plainrecord.building import build as build_case
    from plainrecord.capture.pickup import pick_up
    from plainrecord.store import Case

    progress = Progress()
    with Case.open(case, now) as opened:
        pick_up(opened, workers=jobs, progress=progress)
        made = build_case(opened, out, zipped=zipped, pdf=pdf, workers=jobs, progress=progress, confirmed=confirmed)
    progress.clear()
    return show_made(made, as_json)


@main.command()
@exports_argument
@click.option("--timezone", default="", help="Zone for times that carry none, e.g. Europe/London.")
@date_order_option
@mapping_option
@click.option("--jsonl", is_flag=True, help="JSON lines (the only form there is; accepted so that scripts can say it).")
@jobs_option
@json_option
def records(
    exports: Sequence[Path],
    timezone: str,
    date_order: str | None,
    mapping: str,
    jsonl: bool,
    jobs: int,
    as_json: bool,
) -> int:
    """Print every record of EXPORT files or folders as JSON lines, unselected.

    One record a line, in the order of the original. A summary goes to stderr.
    """
    from plainrecord.building import stream_records
    from plainrecord.store import CaseSettings

    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        summary = stream_records(
            exports,
            CaseSettings(timezone=timezone, date_order=date_order or "", mapping=mapping),
            Path(folder),
            now,
            sys.stdout.buffer.write,
            workers=jobs,
        )
    sys.stdout.flush()
    click.echo(f"{summary.seen:,} records seen, {summary.read:,} printed, {summary.unread:,} not readable.", err=True)
    if summary.aside:
        click.echo(f"Nothing was read from other files: {summary.aside:,}. “plainrecord inspect” says why.", err=True)
    for text in summary.notes:
        click.echo(f"Note: {plain(text)}", err=True)
    return UNREADABLE_EXIT if summary.notes else 0


@main.command()
@json_option
def formats(as_json: bool) -> int:
    """List every kind of export that can be read, what it holds, and what it cannot hold."""
    from plainrecord.parsers import all_parsers

    rows = [
        {"parser": p.name, "version": p.version, "service": p.card.service, "export": p.card.export}
        | {"tier": p.card.tier, "holds": p.card.holds, "cannot_hold": p.card.cannot_hold}
        for p in all_parsers()
    ]
    if as_json:
        click.echo(json.dumps({"formats": rows}, ensure_ascii=False, indent=2))
        return 0
    from plainrecord.parsers.formatstable import format_lines

    click.echo("\n".join(format_lines([parser.card for parser in all_parsers()], shutil.get_terminal_size().columns)))
    return 0


@main.command()
@exports_argument
@mapping_option
@json_option
def inspect(exports: Sequence[Path], mapping: str, as_json: bool) -> int:
    """Say what EXPORT files or folders are, and what would be read from them. Reads only their beginnings."""
    from plainrecord.inspecting import inspect_paths
    from plainrecord.intake.listing import ReadOptions

    found = inspect_paths(exports, ReadOptions(mapping=mapping or None))
    if as_json:
        click.echo(json.dumps({"files": [line.as_json() for line in found]}, ensure_ascii=False, indent=2))
    else:
        for line in found:
            click.echo(plain(line.says))
    return UNREADABLE_EXIT if any(line.troubled for line in found) else 0


@main.command()
@click.argument("export", metavar="EXPORT", type=click.Path(path_type=Path))
@json_option
def mapping(export: Path, as_json: bool) -> int:
    """Propose a column mapping for the tables of EXPORT: check it, correct it, save it, give it with --mapping.

    Example: plainrecord mapping calls.csv > calls.toml
    """
    from plainrecord.inspecting import propose_mappings

    found = propose_mappings(export)
    if as_json:
        click.echo(json.dumps({"mappings": [asdict(one) for one in found]}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(one.toml for one in found), nl=False)
    return 0


@main.command(name="diary-template")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; without it, the text is printed."
)
@json_option
def diary_template(out: Path | None, as_json: bool) -> int:
    """Write an empty log of incidents (CSV): what happened, when, when it was written down. Add it like any export."""
    from plainrecord.parsers.diarywords import template

    if out is None:
        _say({"template": template()}, template().removesuffix("\n"), as_json)
        return 0
    with out.open("x", encoding="utf-8-sig", newline="") as stream:
        stream.write(template())
    _say(
        {"path": str(out)},
        f"Wrote {out}. Fill in one row for each thing that happened; never change a row afterwards.",
        as_json,
    )
    return 0


@main.command()
@click.argument("path", metavar="BUNDLE|CASE", type=click.Path(path_type=Path))
@confirmed_option
@jobs_option
@json_option
def facts(path: Path, confirmed: Sequence[Path], jobs: int, as_json: bool) -> int:
    """Count over a BUNDLE (folder or zip) or a CASE: how many, when, by which channel, each figure with its rule and its items."""
    from plainrecord.counting import count_path

    counted = count_path(path, confirmed, now, workers=jobs)
    if as_json:
        click.echo(json.dumps(counted.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(plain(line) for line in counted.lines()))
    return 0


@main.command()
@click.argument("bundles", metavar="BUNDLE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--index",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that keeps what bundles name, for the next time.",
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A secret both sides hold: compare without showing numbers or addresses.",
)
@json_option
def link(bundles: Sequence[Path], index: Path | None, key_file: Path | None, as_json: bool) -> int:
    """Say which BUNDLEs (folders or zips) name the same account or file of the subject, with the items on both sides."""
    from plainrecord.linking import link as compare
    from plainrecord.linking import link_lines, read_key

    matches, candidates = compare(bundles, index, read_key(key_file) if key_file else None)
    if as_json:
        found = {"equal": [one.as_json() for one in matches], "to_look_at": [one.as_json() for one in candidates]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(plain(line) for line in link_lines(matches, candidates)))
    return 0


@main.command(name="hash")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--algorithm", type=click.Choice(["sha256", "blake3"]), default="sha256", show_default=True, help="Which digest."
)
@json_option
def hash_(paths: Sequence[Path], algorithm: str, as_json: bool) -> int:
    """Print a manifest of PATH files and folders: one digest and name a line, as `sha256sum -c` reads it."""
    from plainrecord.hashing import manifest_of

    progress = Progress()
    return show_manifest(manifest_of(paths, progress), algorithm, as_json)


@main.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check that everything Plainrecord needs is here, and say in plain words what is not."""
    from plainrecord.doctor import examine

    checks = examine()
    if as_json:
        rows = [{"name": c.name, "state": c.state, "says": c.says} for c in checks]
        click.echo(json.dumps({"checks": rows}, ensure_ascii=False, indent=2))
    else:
        for check in checks:
            click.echo(f"{check.state:<5} {check.name}: {check.says}")
    return 1 if any(check.state == "fail" for check in checks) else 0


main.add_command(capture)
main.add_command(edition)
main.add_command(export)
main.add_command(read_list_command)


def _say(values: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps(values, ensure_ascii=False, indent=2) if as_json else text)


main.add_command(exhibits)
main.add_command(papers)
main.add_command(people)
main.add_command(search)
for _command in (
    verify,
    verify_page,
    rebuild,
    receive,
    transfer,
    correct,
    dispose,
    keygen,
    sign,
    stamp,
    prove,
    check_proof,
):
    main.add_command(_command)

main.add_command(guide)
main.add_command(guide_work)

if __name__ == "__main__":
    main()
