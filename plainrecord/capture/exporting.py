"""A capture as a folder of files with names, for a person to look through; and as a web archive, made from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plainrecord.capture.ledger import Kept, Ledger, receipt_path
from plainrecord.capture.mhtml import Resource, resources
from plainrecord.capture.vault import Vault
from plainrecord.capture.wacz import Origin, write_wacz
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.hashing import hash_file
from plainrecord.parsers.capturemanifest import Manifest, Part, Receipt, read_manifest
from plainrecord.store import Case


@dataclass(frozen=True, slots=True)
class Stored:
    """A capture as it lies in the vault."""

    kept: Kept
    manifest: Manifest
    data: bytes


def stored(case: Case, name: str) -> Stored:
    """The capture called `name` ("C-0001"). Raises UsageError when there is none, IntegrityError when it is damaged."""
    kept = next((one for one in Ledger(case.db).all() if one.name == name), None)
    if kept is None:
        raise UsageError(
            f"There is no capture {name} in {case.folder}. “plainrecord capture list” shows those there are."
        )
    data = sound_bytes(Vault(case.folder), kept.manifest_sha256)
    return Stored(kept, read_manifest(data), data)


def sound_bytes(vault: Vault, sha256: str) -> bytes:
    """The bytes of an object, checked. Raises IntegrityError."""
    path = vault.object(sha256)
    try:
        if hash_file(path).sha256 == sha256:
            return path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read ({error.strerror}). Nothing was written.") from None
    raise IntegrityError(f"{path} is not what was kept under this name. Nothing was written.")


def export_folder(case: Case, name: str, out: Path) -> Path:
    """Write a capture's parts under their names, with manifest and receipt, into the new folder `out`/`name`."""
    vault, one = Vault(case.folder), stored(case, name)
    parts = {part.name: sound_bytes(vault, part.sha256) for part in one.manifest.parts}
    target = out / name
    if target.exists():
        raise UsageError(f"{target} is there already. Choose another folder.")
    (target / "parts").mkdir(parents=True)
    for part_name, data in parts.items():
        # Part names are of a closed form (no separator, no leading dot), held when the manifest was read.
        (target / "parts" / part_name).write_bytes(data)
    (target / "manifest.json").write_bytes(one.data)
    (target / "receipt.json").write_bytes(receipt_path(vault, one.kept).read_bytes())
    return target


def export_wacz(case: Case, name: str, out: Path) -> Path:
    """Write a capture as the web archive `out`/`name`.wacz, made from its page archive (see `wacz.py`)."""
    one = stored(case, name)
    part = _page_archive(one)
    data = sound_bytes(Vault(case.folder), part.sha256)
    received = Receipt.model_validate_json(one.kept.receipt).received_utc
    origin = Origin(name, one.manifest, part, received)
    found = (
        resources(data, origin.url)
        if part.role == "mhtml"
        else [Resource(origin.url, "text/html; charset=utf-8", data)]
    )
    target = out / f"{name}.wacz"
    if target.exists():
        raise UsageError(f"{target} is there already. Choose another folder.")
    out.mkdir(parents=True, exist_ok=True)
    write_wacz(target, origin, found)
    return target


def _page_archive(one: Stored) -> Part:
    """The part to make it from: the last archive of the page, which holds what came in while it was looked through."""
    for role in ("mhtml", "html"):
        parts = [part for part in one.manifest.parts if part.role == role]
        if parts:
            return parts[-1]
    raise UsageError(
        f"{one.kept.name} holds no archive of the page, only pictures and words. No web archive can be made."
    )
