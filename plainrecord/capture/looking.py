"""What a case holds of captures, checked: every receipt's signature, manifest and parts against what is on the disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from plainrecord.capture.incoming import Incoming
from plainrecord.capture.keys import verified
from plainrecord.capture.ledger import Kept, Ledger
from plainrecord.capture.limits import Limits
from plainrecord.capture.pairing import Browser, Pairings
from plainrecord.capture.vault import Vault
from plainrecord.errors import UsageError
from plainrecord.parsers.capturemanifest import Receipt, read_manifest
from plainrecord.parsers.capturerecord import host_of
from plainrecord.store import Case


@dataclass(frozen=True, slots=True)
class Seen:
    """One capture; `state` is "sound", or says what is wrong."""

    name: str
    id: str
    received_utc: str
    title: str
    url: str
    site: str
    parts: int
    state: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Captures, browsers, and the bytes of what has not arrived wholly."""

    captures: list[Seen]
    browsers: list[Browser]
    waiting_bytes: int

    def as_json(self) -> dict[str, object]:
        """The object `capture list --json` prints; no token digests."""
        browsers = [
            {key: value for key, value in asdict(one).items() if key != "token_sha256"} for one in self.browsers
        ]
        captures = [asdict(one) for one in self.captures]
        return {
            "captures": captures,
            "visits": self.visits,
            "browsers": browsers,
            "waiting_bytes": self.waiting_bytes,
        }

    @property
    def visits(self) -> dict[str, int]:
        """How often a page of each site was kept: who looks at somebody's pages for an authority has to account for it."""
        return dict(sorted(Counter(one.site for one in self.captures).items()))


def overview(case: Case) -> Overview:
    """Look at everything, hashing every part again."""
    vault = Vault(case.folder)
    captures = [_seen(vault, kept) for kept in Ledger(case.db).all()]
    return Overview(captures, Pairings(vault).browsers(), Incoming(vault, Limits()).waiting_bytes())


def _seen(vault: Vault, kept: Kept) -> Seen:
    receipt = Receipt.model_validate_json(kept.receipt)
    title = url = ""
    try:
        manifest = read_manifest(vault.object(kept.manifest_sha256).read_bytes())
        title, url = manifest.page.title, manifest.page.url
    except (OSError, UsageError):
        pass
    state = _state(vault, kept, receipt)
    return Seen(kept.name, kept.capture_id, receipt.received_utc, title, url, host_of(url), receipt.count, state)


def _state(vault: Vault, kept: Kept, receipt: Receipt) -> str:
    if not verified(kept.public_key, kept.signature, "receipt", kept.receipt):
        return "signature-wrong"
    manifest = vault.object(kept.manifest_sha256)
    if not manifest.exists() or not vault.sound(kept.manifest_sha256, manifest.stat().st_size):
        return "manifest-damaged"
    wrong = [part.name for part in receipt.parts if not vault.sound(part.sha256, part.size)]
    return f"parts-damaged: {', '.join(wrong)}" if wrong else "sound"
