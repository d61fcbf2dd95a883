"""The commands that check: a bundle as a whole, and the page that does so in a browser. No logic here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plainrecord.cli_options import json_option, now
from plainrecord.cli_sealed import act_from, act_options, bundle_argument, show_recorded
from plainrecord.errors import PlainrecordError
from plainrecord.showing import Progress, grouped, plain, verdict

if TYPE_CHECKING:
    from plainrecord.bundle.checks import VerifyReport
    from plainrecord.bundle.checks_anchors import Trust


@click.command()
@bundle_argument
@click.option("--seal", help="The seal from the hand-over sheet; spaces and case do not matter.")
@click.option(
    "--originals",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An original to hold records against. Repeat as needed.",
)
@click.option(
    "--allowed-signers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Whose keys are whose (OpenSSH's form): a signature of one of them must lie beside the bundle.",
)
@click.option(
    "--tsa-ca",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificates of a time-stamp authority (PEM): a stamp of it must lie beside the bundle.",
)
@click.option(
    "--log", "logged", is_flag=True, help="Record this check in the log beside the bundle (with --operator, --role)."
)
@click.option("-j", "--jobs", "jobs", type=click.IntRange(1, 256), default=None, help="Threads to use.")
@act_options
@json_option
def verify(
    bundle_path: Path,
    seal: str | None,
    originals: Sequence[Path],
    allowed_signers: Path | None,
    tsa_ca: Path | None,
    logged: bool,
    jobs: int | None,
    as_json: bool,
    **said: Any,
) -> int:
    """Check a BUNDLE (folder or zip): nothing changed, missing or added, and every count equal to its list."""
    from plainrecord.bundle.verify import verify as check

    act = act_from(said, "To see whether the bundle is as it was sealed.") if logged else None
    trust, progress = _trust(allowed_signers, tsa_ca), Progress()
    report = check(bundle_path, seal=seal, originals=originals, trust=trust, workers=jobs, progress=_bytes(progress))
    progress.clear()
    if not as_json:
        _show(report, seal_compared=seal is not None)
    more: dict[str, Any] = {}
    if act is not None:
        from plainrecord.sealed.steps import record_check

        try:
            entry = record_check(bundle_path, report, _checks(seal, originals, allowed_signers, tsa_ca), act, now)
        except PlainrecordError as error:
            # What was found is said all the same: the log may be part of what is wrong.
            more = {"not_recorded": str(error)}
            click.echo(f"Not recorded: {plain(str(error))}", err=True)
        else:
            more = {"recorded": entry.as_json()}
            if not as_json:
                show_recorded(entry, as_json)
    if as_json:
        click.echo(json.dumps(report.as_json() | more, ensure_ascii=False, indent=2))
    return 0 if report.ok and "not_recorded" not in more else 4


def _show(report: VerifyReport, *, seal_compared: bool) -> None:
    for problem in report.problems:
        click.echo(f"{problem.kind}: {plain(problem.path)}: {plain(problem.says)}")
    for note in report.notes:
        click.echo(f"Note: {plain(note)}")
    if report.seal:
        click.echo(f"Seal: {grouped(report.seal)}")
    click.echo(verdict(ok=report.ok, problems=len(report.problems), seal_compared=seal_compared))


def _trust(allowed_signers: Path | None, tsa_ca: Path | None) -> Trust:
    from plainrecord.anchors.signers import read_signers
    from plainrecord.anchors.stamps import read_certificates
    from plainrecord.bundle.checks_anchors import Trust

    signers = read_signers(allowed_signers) if allowed_signers else None
    for number in signers.passed_over if signers else ():
        click.echo(f"Note: line {number} of {allowed_signers} was not understood and names nobody here.", err=True)
    return Trust(signers, now(), tuple(read_certificates(tsa_ca)) if tsa_ca else ())


def _checks(seal: str | None, originals: Sequence[Path], signers: Path | None, tsa_ca: Path | None) -> list[str]:
    """What the check covered, for its entry in the log."""
    done = ["every file against both lists", "custody chains, counts, records and the Merkle root"]
    if seal is not None:
        done.append("the seal against the one written down")
    if originals:
        done.append(f"records against {len(originals)} originals given")
    if signers is not None:
        done.append(f"signatures against {signers.name}")
    if tsa_ca is not None:
        done.append(f"time stamps against {tsa_ca.name}")
    return done


def _bytes(progress: Progress) -> Callable[[int, int | None], None]:
    return lambda done, total: progress("Checking", done, total)


@click.command(name="verify-page")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where the page goes.")
@json_option
def verify_page(out: Path, as_json: bool) -> int:
    """Write verify.html: one page that checks a bundle in a browser, offline, with nothing installed.

    Keep it apart from bundles: whoever can change a bundle could change a page that lies in it.
    """
    from hashlib import sha256

    from plainrecord.verifypage import verify_page as whole_page

    page = whole_page()
    with out.open("xb") as file:
        file.write(page)
    digest = sha256(page).hexdigest()
    if as_json:
        click.echo(json.dumps({"path": str(out), "sha256": digest}))
    else:
        click.echo(f"Wrote {out}. Open it in a browser. SHA-256 of the page: {grouped(digest)}")
    return 0
