"""The commands that tie a seal to something outside: keys and signatures, time stamps, proofs of one message. No logic here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plainrecord.cli_options import json_option, now
from plainrecord.cli_sealed import act_from, act_options, bundle_argument, show_recorded
from plainrecord.errors import UsageError
from plainrecord.showing import grouped, plain

if TYPE_CHECKING:
    from plainrecord.sealed.stamping import Stamped

passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the passphrase of the key on its first line.",
)


def _passphrase(path: Path | None) -> bytes | None:
    if path is None:
        return None
    with path.open("rb") as file:
        first = file.readline(4096).rstrip(b"\r\n")
    if not first:
        raise UsageError(f"{path} has no passphrase on its first line. Nothing was done.")
    return first


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where the new key goes.")
@click.option("--name", required=True, help="Name of the unit, e.g. dfu@force.example; it stands in the public key.")
@passphrase_option
@json_option
def keygen(out: Path, name: str, passphrase_file: Path | None, as_json: bool) -> int:
    """Make a new Ed25519 key for a unit: a private key, and a public one (.pub) as OpenSSH writes it."""
    from plainrecord.anchors.keys import make_key
    from plainrecord.anchors.signers import signer_line
    from plainrecord.bundle.checks_anchors import NAMESPACE

    if not name.isprintable() or not name.isascii() or any(char in ' "#,' for char in name):
        raise UsageError(
            "The name may have no blank, comma, quotation mark or “#”, and only plain letters. No key was made."
        )
    key = make_key(out, name, _passphrase(passphrase_file))
    line = signer_line(name, key, NAMESPACE)
    if as_json:
        said = {"key": str(out), "public_key": f"{out}.pub", "fingerprint": key.fingerprint, "allowed_signers": line}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return 0
    click.echo(f"Made {out} (keep it secret{'' if passphrase_file else '; it has no passphrase'}) and {out}.pub.")
    click.echo(f"Fingerprint, to be published inside the force: {key.fingerprint}")
    click.echo(f"Line for a file of allowed signers:\n{line}")
    return 0


@click.command()
@bundle_argument
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="The private key to sign with.")
@click.option(
    "--attach", type=click.Path(path_type=Path, dir_okay=False), help="A signature made elsewhere, instead of a key."
)
@passphrase_option
@click.option("--published", default="not stated", help="How the fingerprint of the key is made known.")
@act_options
@json_option
def sign(
    bundle_path: Path,
    key: Path | None,
    attach: Path | None,
    passphrase_file: Path | None,
    published: str,
    as_json: bool,
    **said: Any,
) -> int:
    """Sign the seal of a BUNDLE, so that stock “ssh-keygen -Y verify” can check by whom it was signed."""
    from plainrecord.anchors.keys import read_key
    from plainrecord.sealed import signing

    act = act_from(said, "So that it can be checked who vouches for the seal.")
    if (key is None) == (attach is None):
        raise UsageError("Give a key (--key), or a signature made elsewhere (--attach). Nothing was signed.")
    if key is not None:
        signed = signing.sign(bundle_path, read_key(key, _passphrase(passphrase_file)), published, act, now)
    else:
        assert attach is not None
        signed = signing.attach(bundle_path, attach, published, act, now)
    if not as_json:
        click.echo(f"The signature is {plain(signed.path.name)}, by the key {signed.key.fingerprint}.")
    show_recorded(signed.recorded, as_json, {"signature": str(signed.path), "fingerprint": signed.key.fingerprint})
    return 0


@click.command()
@bundle_argument
@click.option(
    "--query",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the query here, for an authority. With --reply: the query that the reply answers.",
)
@click.option(
    "--reply", type=click.Path(path_type=Path, dir_okay=False), help="The authority's reply, to be kept and checked."
)
@click.option(
    "--ca", "ca", type=click.Path(path_type=Path, dir_okay=False), help="Certificates of the authority (PEM)."
)
@click.option("--authority", metavar="URL", help="Ask this authority over the network. Off unless given.")
@act_options
@json_option
def stamp(
    bundle_path: Path,
    query: Path | None,
    reply: Path | None,
    ca: Path | None,
    authority: str | None,
    as_json: bool,
    **said: Any,
) -> int:
    """Have the seal of a BUNDLE stamped by a time-stamp authority (RFC 3161).

    Without a network: --query writes what to send; --reply takes in what came back. With --authority the query, which is a
    hash and a random number, is sent to that address. The reply is kept beside the bundle whatever it is worth.
    """
    from plainrecord.anchors.stamps import read_certificates
    from plainrecord.sealed import stamping

    if (reply is not None and authority is not None) or not (query or reply or authority):
        raise UsageError("Give --query, --reply or --authority (see “plainrecord stamp --help”). Nothing was done.")
    if query and not reply and not authority:
        stamping.write_query(bundle_path, query)
        _say_query(query, as_json)
        return 0
    act, certificates = (
        act_from(said, "So that it can be shown by when the seal existed."),
        read_certificates(ca) if ca else [],
    )
    if authority:
        stamped = stamping.ask(bundle_path, authority, certificates, act, now)
    else:
        assert reply is not None
        stamped = stamping.attach(bundle_path, reply, query, certificates, act, now)
    return _show_stamped(stamped, as_json)


def _say_query(query: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"query": str(query)}))
    else:
        click.echo(f"Wrote {query}. Send it to the authority, and hand the reply in with --reply and --query {query}.")


def _show_stamped(stamped: Stamped, as_json: bool) -> int:
    found, stamp = stamped.checked, stamped.checked.stamp
    said = {
        "reply": str(stamped.path),
        "time": f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}" if stamp else None,
        "authority": stamp.authority if stamp else None,
        "trusted": found.trusted,
        "problem": found.problem,
    }
    if not as_json:
        click.echo(f"The reply was kept as {plain(stamped.path.name)}.")
        if stamp:
            click.echo(f"It says: this seal existed by {said['time']}, signed by {plain(stamp.authority)}.")
        if found.problem:
            click.echo(f"Problem: {plain(found.problem)} “openssl ts -verify” is the second way to check it.")
        elif not found.trusted:
            click.echo("The authority’s certificate was not checked: give its certificates with --ca.")
    show_recorded(stamped.recorded, as_json, said)
    return 4 if found.problem else 0


@click.command()
@bundle_argument
@click.argument("item", metavar="ITEM")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where the proof goes.")
@json_option
def prove(bundle_path: Path, item: str, out: Path, as_json: bool) -> int:
    """Write a proof that ITEM (M-000123) belongs to a sealed BUNDLE, without any other message.

    The proof holds the whole of that item. It is checked with “plainrecord check-proof”.
    """
    from plainrecord.sealed.proving import prove as make

    proof = make(bundle_path, item)
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(proof.model_dump_json(indent=1) + "\n")
    if as_json:
        click.echo(json.dumps({"proof": str(out), "item": item, "root": proof.root}, indent=2))
    else:
        click.echo(f"Wrote {out}. Check it with: plainrecord check-proof {out} --seal SEAL")
        click.echo(f"Root: {grouped(proof.root)}")
    return 0


@click.command(name="check-proof")
@click.argument("proof", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--seal", help="The seal of the bundle, as written down elsewhere; spaces and case do not matter.")
@click.option("--root", help="The Merkle root, as written down elsewhere.")
@json_option
def check_proof(proof: Path, seal: str | None, root: str | None, as_json: bool) -> int:
    """Check a PROOF of one item against the seal or the root that was written down. The bundle is not needed."""
    from plainrecord.sealed.proving import PROOF_LIMIT
    from plainrecord.sealed.proving import check_proof as check

    with proof.open("rb") as file:
        proven = check(file.read(PROOF_LIMIT), root=root, seal=seal)
    if as_json:
        said = {"ok": True, "bundle_id": proven.bundle_id, "item": proven.item, "root": proven.root}
        click.echo(
            json.dumps(
                said | {"against": proven.against, "record": json.loads(proven.line)}, ensure_ascii=False, indent=2
            )
        )
        return 0
    whose = f"the bundle {plain(proven.bundle_id)}" if proven.bundle_id is not None else "the bundle with that root"
    click.echo(f"The proof holds: this is item {proven.item} of {whose}, compared with the {proven.against}.")
    click.echo(plain(proven.line))
    return 0
