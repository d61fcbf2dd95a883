"""The commands for a sealed bundle that changes hands: words in, entries of the log kept after sealing out. No logic here."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from plainrecord.cli_options import F, json_option, now
from plainrecord.custody.events import ROLES, Basis
from plainrecord.errors import UsageError
from plainrecord.showing import grouped, plain

if TYPE_CHECKING:
    from plainrecord.sealed.steps import Act, Recorded

bundle_argument = click.argument("bundle_path", metavar="BUNDLE", type=click.Path(path_type=Path))
findings_option = click.option(
    "--note-findings", is_flag=True, help="When the bundle does not verify, record what was found (and nothing else)."
)
method_option = click.option("--method", required=True, help="How: by hand, by post, by a named system.")


def act_options(function: F) -> F:
    """By whom, where, why and when: what every entry says."""
    options = [
        click.option("--operator", help="Your name; every entry needs it."),
        click.option(
            "--role",
            type=click.Choice([role for role in ROLES if role != "system"]),
            help="Your role; every entry needs it.",
        ),
        click.option("--org", default="", help="Your organisation."),
        click.option("--id-no", default="", help="Your collar or warrant number."),
        click.option("--contact", help="How to reach you; left out of anything that is served."),
        click.option("--place", default="not stated", help="Where, in words; never somebody's home address."),
        click.option("--system", help="Asset tag of the computer; left out of anything that is served."),
        click.option("--why", help="For what purpose."),
        click.option("--when", help="When it happened, if it is only written down now: 2024-12-01T09:30+00:00."),
        click.option("--timezone", default="", help="Zone to show times in. Default: the bundle's."),
        click.option("--basis", type=click.Choice(get_args(Basis)), help="Legal basis."),
        click.option("--form-ref", help="Reference of the form or order."),
        click.option("--note", help="Anything else, as a fact."),
        click.option("--new-log", is_flag=True, help="Begin a log where none lies beside the bundle any more."),
    ]
    return functools.reduce(lambda inner, option: option(inner), reversed(options), function)


def act_from(said: dict[str, Any], why: str = "", **more: Any) -> Act:
    """The act that the options describe; `why` is what is said where nobody said it, "" where somebody must."""
    from plainrecord.custody import Who
    from plainrecord.sealed.steps import Act

    if not said["operator"] or not said["role"]:
        raise UsageError("Say who you are, with --operator and --role. Nothing was recorded.")
    purpose = said["why"] or why
    if not purpose:
        raise UsageError("Say why, with --why. Nothing was recorded.")
    authority = {"basis": said["basis"] or "not_stated"} | ({"form_ref": said["form_ref"]} if said["form_ref"] else {})
    return Act(
        who=Who(said["operator"], said["role"], said["org"], said["id_no"], said["contact"]),
        why=purpose,
        place=said["place"],
        system=said["system"],
        zone=said["timezone"],
        occurred=_moment(said["when"]),
        authority=authority if said["basis"] or said["form_ref"] else None,
        note=said["note"],
        new_log=said["new_log"],
        **more,
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            f"“{text}” is not a time with its offset from UTC, like 2024-12-01T09:30+00:00. Nothing was recorded."
        )
    return moment


def show_recorded(done: Recorded, as_json: bool, more: dict[str, Any] | None = None) -> None:
    """Print what was recorded, and the hash to write down."""
    if as_json:
        click.echo(json.dumps(done.as_json() | (more or {}), ensure_ascii=False, indent=2))
        return
    click.echo(f"Recorded as entry {done.event.seq} ({done.event.type}) in {plain(done.sealed.after_log.name)}.")
    if done.torn:
        click.echo(
            f"A last line that was never finished was kept in {plain(done.torn.name)}, and that was recorded too."
        )
    click.echo(f"Its hash, to be written down: {grouped(done.head)}")


@click.command()
@bundle_argument
@click.option(
    "--seal", required=True, help="The seal on the giver's sheet, typed off paper; spaces and case do not matter."
)
@click.option("--from", "giver", required=True, help="Who gave it.")
@click.option("--to", "taker", help="Who took it. Default: the operator.")
@method_option
@click.option("--condition", help="State on arrival: complete, outer seal broken, damaged.")
@click.option("--store", help="Where it is kept now: sealed bag, evidence system.")
@click.option("--slot", help="Its place or number there.")
@click.option("--receipt-signed-by", "signed_by", default="", help="Whose names stand on the signed receipt.")
@findings_option
@act_options
@json_option
def receive(
    bundle_path: Path,
    *,
    seal: str,
    giver: str,
    taker: str | None,
    method: str,
    condition: str | None,
    store: str | None,
    slot: str | None,
    signed_by: str,
    note_findings: bool,
    as_json: bool,
    **said: Any,
) -> int:
    """Record that a BUNDLE was received, after checking it against the seal on the giver's sheet."""
    from plainrecord.sealed.steps import HandOver
    from plainrecord.sealed.steps import receive as record

    storage = {"kind": store, "location": slot or "not stated"} if store else None
    act = act_from(said, "To take charge of the bundle.", condition=condition, storage=storage)
    hand = HandOver(giver, taker or said["operator"], method, signed_by)
    show_recorded(record(bundle_path, seal, hand, act, now, note_findings=note_findings), as_json)
    return 0


@click.command()
@bundle_argument
@click.option("--from", "giver", required=True, help="Who gives it.")
@click.option("--to", "taker", required=True, help="Who takes it.")
@method_option
@click.option("--seal", help="The seal on the sheet, to be compared too.")
@click.option("--condition", help="State: complete, in a sealed bag, damaged.")
@findings_option
@act_options
@json_option
def transfer(
    bundle_path: Path,
    giver: str,
    taker: str,
    method: str,
    seal: str | None,
    condition: str | None,
    note_findings: bool,
    as_json: bool,
    **said: Any,
) -> int:
    """Record that a BUNDLE is handed over, and write the receipt that both people sign (text, and HTML to print)."""
    from plainrecord.sealed.receipts import write_receipt
    from plainrecord.sealed.steps import HandOver
    from plainrecord.sealed.steps import transfer as record

    act = act_from(said, "To hand the bundle over.", condition=condition)
    done = record(bundle_path, HandOver(giver, taker, method), act, now, seal=seal, note_findings=note_findings)
    receipt = write_receipt(done)
    show_recorded(done, as_json, {"receipt": str(receipt.text_path), "receipt_to_print": str(receipt.html_path)})
    if not as_json:
        click.echo(
            f"The receipt is {plain(receipt.text_path.name)}; to print it, open {plain(receipt.html_path.name)}.\n"
        )
        click.echo(receipt.text, nl=False)
    return 0


@click.command()
@bundle_argument
@click.option(
    "--entry", required=True, help="Number of the wrong entry; inside:3 for one in the bundle's own log; or its id."
)
@click.option("--wrong", required=True, help="What is wrong in it.")
@click.option("--right", required=True, help="What is right.")
@act_options
@json_option
def correct(bundle_path: Path, entry: str, wrong: str, right: str, as_json: bool, **said: Any) -> int:
    """Record that an earlier entry of a custody log was wrong. The entry itself stays as it is."""
    from plainrecord.sealed.steps import correct as record

    show_recorded(record(bundle_path, entry, wrong, right, act_from(said), now), as_json)
    return 0


@click.command()
@bundle_argument
@click.option(
    "--how", "ending", type=click.Choice(["disposed", "returned", "retained"]), default="disposed", show_default=True,
    help="What becomes of it.",
)  # fmt: skip
@click.option("--to", required=True, help="To whom, or by whom it is destroyed or kept.")
@click.option("--under", "under", required=True, help="On whose authority.")
@method_option
@click.option("--review", default="", help="When it is looked at again (YYYY-MM-DD), if it is kept.")
@act_options
@json_option
def dispose(
    bundle_path: Path, ending: str, to: str, under: str, method: str, review: str, as_json: bool, **said: Any
) -> int:
    """Record that a BUNDLE is disposed of, returned or retained. Deletes nothing: record first, then act."""
    from plainrecord.sealed.steps import dispose as record

    done = record(bundle_path, ending, to, under, method, act_from(said), now, review=review)  # type: ignore[arg-type]
    show_recorded(done, as_json)
    return 0
