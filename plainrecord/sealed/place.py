"""A sealed bundle where it lies: its name, its seal as found, and the names of what stands beside it. Reads, never writes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_manifests import TAG_MANIFEST
from plainrecord.bundle.checks_stated import BUNDLE
from plainrecord.bundle.workshop import AFTER_LOG, place_of
from plainrecord.errors import UsageError

TAG_MANIFEST_LIMIT = 256 << 20
_ABOUT_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed bundle. `stem` is the name that what stands beside it begins with; `tag_manifest` is what the seal is of."""

    path: Path
    stem: str
    bundle_id: str
    case_ref: str
    timezone: str
    tag_manifest: bytes

    @property
    def seal(self) -> str:
        """The seal as found: SHA-256 of the tag manifest, lower-case hex."""
        return hashlib.sha256(self.tag_manifest).hexdigest()

    @property
    def after_log(self) -> Path:
        """The log kept after sealing."""
        return self.beside(AFTER_LOG)

    def beside(self, suffix: str) -> Path:
        """A file beside the bundle."""
        return place_of(self.path).with_name(self.stem + suffix)


def open_bag(path: Path) -> Bag:
    """The bag of a bundle, folder or zip, not verified. Raises UsageError in one sentence."""
    try:
        return FolderBag(path, Findings()) if path.is_dir() else ZipBag(path, Findings())
    except BadArchiveError as error:
        raise UsageError(f"{path.name} {error}. Nothing was written.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be opened ({error.strerror or error}). Nothing was written.") from None


def find_sealed(path: Path) -> Sealed:
    """The bundle at `path`, not verified. Raises UsageError when it is none of ours, by itself and by what lies beside it."""
    with open_bag(path) as bag:
        stem = place_of(path).name.removesuffix(".zip")
        try:
            tag_manifest = read_whole(bag, TAG_MANIFEST, TAG_MANIFEST_LIMIT)
            about = json.loads(read_whole(bag, BUNDLE, _ABOUT_LIMIT))
            bundle_id, case_ref, zone = (str(about[name] or "") for name in ("bundle_id", "case_ref", "timezone"))
        except (UnreadableError, ValueError, KeyError, TypeError, RecursionError) as error:
            if place_of(path).with_name(stem + AFTER_LOG).is_file():
                # So damaged that it cannot be known from inside; its log is there to record that.
                return Sealed(path, stem, stem, "", "", b"")
            why = str(error) if isinstance(error, UnreadableError) else "meta/bundle.json is not what it should be"
            raise UsageError(
                f"{path} cannot be taken for a sealed bundle ({why}). Nothing was written. “plainrecord verify” says more."
            ) from None
    return Sealed(path, stem, bundle_id, case_ref, zone, tag_manifest)
