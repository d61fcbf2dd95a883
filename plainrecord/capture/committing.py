"""From parts that arrived to a capture of the case: hash everything again, keep it by content, write the custody line, sign.

In this order, each on the disk before the next: parts, manifest, then custody line and receipt in one transaction. What is
stopped in between leaves content that no receipt names, and the same commit can be sent again. The caller sees to it that
one commit runs at a time.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass

from plainrecord import __version__
from plainrecord.capture.incoming import Incoming
from plainrecord.capture.keys import SigningKey
from plainrecord.capture.ledger import Kept, Ledger, capture_name
from plainrecord.capture.pairing import Browser
from plainrecord.custody import CustodyLog, Event, Who
from plainrecord.errors import PlainrecordError
from plainrecord.parsers.capturemanifest import RECEIPT_SCHEMA, Manifest, Part
from plainrecord.store import Case

_KINDS = {
    "viewport": "screenshot",
    "tile": "screenshot",
    "picture": "screenshot",
    "text": "text",
    "selection": "text",
    "snapshot": "text",
    "mhtml": "archive",
    "html": "dom",
}
_NOT_STATED = "not stated"


class OtherContentError(PlainrecordError):
    """The id was committed before, with other bytes."""

    def __init__(self, manifest_sha256: str) -> None:
        super().__init__("A capture with this id and other content is in the case already. It was left as it is.")
        self.manifest_sha256 = manifest_sha256


class IncompleteError(PlainrecordError):
    """Not every part is here wholly."""

    def __init__(self, missing: list[dict[str, object]]) -> None:
        super().__init__("Not every part has arrived yet.")
        self.missing = missing


class MismatchError(PlainrecordError):
    """Parts that arrived are not what was hashed in the browser."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("What arrived is not what was hashed in the browser. It was thrown away; send it again.")
        self.names = names


@dataclass(frozen=True, slots=True)
class Committing:
    """Makes captures of one case, for one browser at a time."""

    incoming: Incoming
    key: SigningKey

    def commit(self, case: Case, browser: Browser, manifest: Manifest, data: bytes) -> Kept:
        """The capture of this manifest (`data` are its exact bytes), new or as it was kept before.

        Raises OtherContentError, IncompleteError, MismatchError, OSError and sqlite3.Error; then nothing counts as stored.
        """
        ledger = Ledger(case.db)
        digest = hashlib.sha256(data).hexdigest()
        known = ledger.find(manifest.id)
        if known is None:
            self._keep_parts(manifest)
            self.incoming.vault.put(digest, data)
            known = self._enter(case, ledger, browser, manifest, digest)
        elif known.manifest_sha256 != digest:
            raise OtherContentError(known.manifest_sha256)
        # It is kept from here on, whatever happens: a file that cannot be written now is written when there is room.
        with suppress(OSError):
            ledger.write_receipts(self.incoming.vault)
        return known

    def _keep_parts(self, manifest: Manifest) -> None:
        missing = [gap for part in manifest.parts if (gap := self._gap(manifest.id, part))]
        if missing:
            raise IncompleteError(missing)
        wrong = [part.name for part in manifest.parts if not self._keep(manifest.id, part)]
        if wrong:
            raise MismatchError(wrong)

    def _gap(self, capture: str, part: Part) -> dict[str, object] | None:
        have = self.incoming.have(capture, part.name)
        # More bytes than stated are not missing any: they are found wrong when they are hashed.
        if have >= part.size or self.incoming.vault.holds(part.sha256, part.size):
            return None
        return {"name": part.name, "have": have, "size": part.size}

    def _keep(self, capture: str, part: Part) -> bool:
        """Make an object of one part, or find that it is there; False when the bytes are not those of the manifest."""
        vault = self.incoming.vault
        if vault.sound(part.sha256, part.size):
            self.incoming.drop(capture, part.name)
            return True
        have = self.incoming.have(capture, part.name)
        if have == part.size and self.incoming.digest(capture, part.name) == part.sha256:
            vault.take(self.incoming.path(capture, part.name), part.sha256)
            return True
        self.incoming.drop(capture, part.name)
        return False

    def _enter(self, case: Case, ledger: Ledger, browser: Browser, manifest: Manifest, digest: str) -> Kept:
        """Custody line and row in one transaction; given back only once that is on the disk."""
        case.db.execute("BEGIN IMMEDIATE")
        try:
            number = ledger.next_number()
            log = case.custody()
            event = _record(log, case.who, capture_name(number), browser, manifest, digest)
            receipt = _receipt_text(capture_name(number), event, browser, manifest, digest, self.key.key_id)
            signature = self.key.sign("receipt", receipt)
            kept = Kept(number, manifest.id, digest, receipt, signature, self.key.public)
            case.keep_custody(log.new_lines)
            ledger.insert(kept)
            case.db.execute("COMMIT")
        except BaseException:
            if case.db.in_transaction:
                case.db.execute("ROLLBACK")
            raise
        return kept


def _record(log: CustodyLog, who: Who, name: str, browser: Browser, manifest: Manifest, digest: str) -> Event:
    """The custody line of a capture; what nobody said is called not stated."""
    page, person, view = manifest.page, manifest.person, manifest.view
    details: dict[str, object] = {
        "url_shown": page.url,
        "url_final": page.url_after,
        "title": page.title,
        "viewing_as": person.viewing_as or _NOT_STATED,
        "logged_in": person.logged_in,
        "browser": manifest.browser.user_agent or _NOT_STATED,
        "extension_version": manifest.browser.extension_version or _NOT_STATED,
        "viewport": f"{view.width:g} x {view.height:g} CSS pixels, {view.pixel_ratio:g} device pixels each",
        "parts": [_part(part) for part in manifest.parts],
        "notification_risk_shown": person.warned,
    }
    if manifest.times.zone:
        details["page_timezone"] = manifest.times.zone
    if person.authority:
        details["officer_authority"] = person.authority
    return log.append(
        "capture.web",
        who=who,
        what=(
            f"Kept a web page as {name}: {len(manifest.parts)} parts from browser {browser.number}. Their digests were taken in"
            f" the browser, and again from the disk here; they are equal. SHA-256 of the manifest: {digest}."
        ),
        why="A page can change or vanish; it was kept as the browser showed it.",
        item_refs=[name],
        details=details,
        tool={"name": "plainrecord", "version": __version__},
    )


def _part(part: Part) -> dict[str, object]:
    file = {"ref": part.name, "sha256": part.sha256, "bytes": part.size}
    return {"kind": _KINDS.get(part.role, "other"), "file": file}


def _receipt_text(name: str, event: Event, browser: Browser, manifest: Manifest, digest: str, key_id: str) -> str:
    values = {
        "schema": RECEIPT_SCHEMA,
        "capture": name,
        "id": manifest.id,
        "browser": browser.number,
        "origin": browser.origin,
        "manifest_sha256": digest,
        "parts": [{"name": part.name, "sha256": part.sha256, "size": part.size} for part in manifest.parts],
        "count": len(manifest.parts),
        "received_utc": event.when.recorded_utc,
        "chain_seq": event.seq,
        "chain_head": event.this_hash,
        "key_id": key_id,
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
