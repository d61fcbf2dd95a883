"""Prove that one message belongs to a sealed bundle, and check such a proof with nothing but the seal or the root.

A proof holds one line of `messages.jsonl`, its salt, the halves of the tree beside it, and what leads from the root to the
seal: `meta/merkle.json` and the list of hashes that the seal is of. It holds no other message and no other salt; the names
and hashes of the files outside `data/` are in that list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_lines, read_whole
from plainrecord.bundle.checks_items import LONGEST_LINE
from plainrecord.bundle.items import MESSAGES
from plainrecord.bundle.salting import MERKLE, SALTS, MerkleFile, SaltsFile, leaf_of, salt_of
from plainrecord.custody.events import describe
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.hashing.manifest import ManifestLine, read_manifest
from plainrecord.hashing.merkle import MOST_LEVELS, audit_path, root_of_path
from plainrecord.sealed.place import find_sealed, open_bag

PROOF_LIMIT = 512 << 20
_META_LIMIT = 1 << 20
_HEX = "^[0-9a-f]{64}$"


class Proof(BaseModel):
    """The file: everything that is needed, and nothing that is not."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    kind: Literal["plainrecord proof of one item"] = "plainrecord proof of one item"
    version: Literal["1.0"] = "1.0"
    bundle_id: str
    item: str
    line: str
    salt: str = Field(pattern="^[0-9a-f]{32}$")
    index: int = Field(ge=0)
    leaves: int = Field(ge=1)
    path: list[Annotated[str, Field(pattern=_HEX)]] = Field(max_length=MOST_LEVELS)
    root: str = Field(pattern=_HEX)
    merkle_json: str
    tagmanifest: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof that holds says: this line is item `item` of the sealed bundle. `bundle_id` is None when it was held
    against the root alone, which says nothing of the bundle's name."""

    bundle_id: str | None
    item: str
    line: str
    root: str
    against: Literal["root", "seal", "root and seal"]


def prove(path: Path, item: str) -> Proof:
    """The proof of one item ("M-000123"). Raises UsageError when there is no such item, IntegrityError when the bundle's
    items do not make the root that it states."""
    sealed = find_sealed(path)
    with open_bag(path) as bag:
        try:
            merkle_json = read_whole(bag, MERKLE, _META_LIMIT)
            merkle = MerkleFile.model_validate_json(merkle_json)
            secret = bytes.fromhex(SaltsFile.model_validate_json(read_whole(bag, SALTS, _META_LIMIT)).secret)
            index, line = _find(bag, item)
            halves, root = audit_path(_leaves(bag, secret), index, merkle.leaves)
        except (UnreadableError, ValidationError) as error:
            why = str(error) if isinstance(error, UnreadableError) else "its Merkle tree is not stated as it should be"
            raise UsageError(f"{path} has nothing to prove with ({why}). Nothing was written.") from None
        except (ValueError, IndexError) as error:
            raise IntegrityError(
                f"The items are not those the tree was made of ({error}). Nothing was written."
            ) from None
    if root.hex() != merkle.root:
        raise IntegrityError(
            f"The items do not make the root that {MERKLE} states. Verify the bundle. Nothing was written."
        )
    return Proof(
        bundle_id=sealed.bundle_id,
        item=item,
        line=line.decode("utf-8"),
        salt=salt_of(secret, item).hex(),
        index=index,
        leaves=merkle.leaves,
        path=[half.hex() for half in halves],
        root=merkle.root,
        merkle_json=merkle_json.decode("utf-8"),
        tagmanifest=sealed.tag_manifest.decode("utf-8"),
    )


def check_proof(data: bytes, *, root: str | None = None, seal: str | None = None) -> Proven:
    """Check a proof against the root, the seal, or both, as they were written down elsewhere.

    Raises UsageError when `data` is no proof or neither is given, IntegrityError when it does not hold.
    """
    if root is None and seal is None:
        raise UsageError(
            "Give the seal (--seal) or the root (--root) that was written down elsewhere. Nothing was checked."
        )
    try:
        proof = Proof.model_validate_json(data)
    except ValidationError as error:
        raise UsageError(f"This is no proof of an item: {describe(error)[:300]}.") from None
    found = _root_found(proof)
    if root is not None and found != _plain(root):
        raise IntegrityError(f"The proof does not hold: it leads to the root {found}, not to the one written down.")
    if seal is not None:
        _lead_to_seal(proof, found, _plain(seal))
    against: Literal["root", "seal", "root and seal"] = (
        "root" if seal is None else "seal" if root is None else "root and seal"
    )
    return Proven(None if seal is None else proof.bundle_id, proof.item, proof.line, found, against)


def _root_found(proof: Proof) -> str:
    """The root that the line leads to; everything else the proof says must agree with it."""
    try:
        halves = [bytes.fromhex(half) for half in proof.path]
        named = json.loads(proof.line)["item"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise IntegrityError("The proof does not hold: its line or its path is not what it should be.") from None
    leaf = leaf_of(bytes.fromhex(proof.salt), proof.line.encode("utf-8", "surrogatepass"))
    found = root_of_path(leaf, proof.index, proof.leaves, halves)
    # Hex can be written in several ways; a proof is in one, so that no two of them are the same proof.
    written = all(len(half) == 32 and half.hex() == said for half, said in zip(halves, proof.path, strict=True))
    if found is None or not written or found.hex() != proof.root:
        raise IntegrityError("The proof does not hold: its line, salt and path do not make its root.")
    if named != proof.item:
        raise IntegrityError(f"The proof does not hold: its line is not item {proof.item}.")
    return found.hex()


def _lead_to_seal(proof: Proof, root: str, seal: str) -> None:
    """From the root to the seal: `meta/merkle.json` states it, the tag manifest lists that file, the seal is its hash."""
    listing = proof.tagmanifest.encode("utf-8", "surrogatepass")
    if hashlib.sha256(listing).hexdigest() != seal:
        raise IntegrityError("The proof does not hold: its list of files is not the one that was sealed.")
    stated = proof.merkle_json.encode("utf-8", "surrogatepass")
    listed = [
        one.digest
        for one in read_manifest(listing, "sha256", "bagit")
        if isinstance(one, ManifestLine) and one.path == MERKLE
    ]
    if listed != [hashlib.sha256(stated).hexdigest()]:
        raise IntegrityError(f"The proof does not hold: its {MERKLE} is not the one that was sealed.")
    try:
        merkle = MerkleFile.model_validate_json(stated)
    except ValidationError:
        raise IntegrityError(f"The proof does not hold: its {MERKLE} is not what it should be.") from None
    if (merkle.root, merkle.leaves, merkle.bundle_id) != (root, proof.leaves, proof.bundle_id):
        raise IntegrityError(f"The proof does not hold: {MERKLE} states another root, number of items or bundle.")


def _plain(written: str) -> str:
    return "".join(written.split()).replace("-", "").lower().removeprefix("sha256:")


def _find(bag: Bag, item: str) -> tuple[int, bytes]:
    wanted = b'"item":' + json.dumps(item).encode()
    for index, line in enumerate(read_lines(bag, MESSAGES, LONGEST_LINE)):
        if line.startswith(b"{" + wanted):
            return index, line.removesuffix(b"\n")
    raise UsageError(f"There is no item “{item[:40]}” in this bundle. Nothing was written.")


def _leaves(bag: Bag, secret: bytes) -> Iterator[bytes]:
    for line in read_lines(bag, MESSAGES, LONGEST_LINE):
        number = json.loads(line)["item"]
        yield leaf_of(salt_of(secret, str(number)), line.removesuffix(b"\n"))
