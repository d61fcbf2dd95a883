"""Write one form of a bundle to a file beside it: whole or not at all, never over another file, never into the bundle."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from plainrecord.errors import UsageError
from plainrecord.exporting.case_uco import CASE_UCO
from plainrecord.exporting.forms import Form, Tally
from plainrecord.exporting.reading import open_bundle
from plainrecord.exporting.table import TABLE
from plainrecord.exporting.timesketch import TIMESKETCH_CSV, TIMESKETCH_JSONL

FORMS: Mapping[str, Form] = {form.name: form for form in (CASE_UCO, TIMESKETCH_CSV, TIMESKETCH_JSONL, TABLE)}


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export. `items` is how many the bundle has; `left_out` says what the form could not hold, by reason."""

    path: Path
    form: str
    bundle_id: str
    seal: str
    items: int
    written: int
    left_out: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """The object `plainrecord export --json` prints."""
        return {
            "path": str(self.path),
            "form": self.form,
            "bundle_id": self.bundle_id,
            "seal": self.seal,
            "items": self.items,
            "written": self.written,
            "left_out": self.left_out,
        }


def export_bundle(path: Path, form: str, out: Path, *, content: bool = True) -> Exported:
    """Write the bundle at `path` (folder or zip) in one of FORMS to a new file in the folder `out`, named after the bundle.

    Without `content` no words of a message and no names of its files are written. Raises UsageError when the bundle cannot
    be read, the file is there already or `out` lies inside the bundle; then nothing is left behind.
    """
    chosen = FORMS[form]
    inside = out.resolve()
    if path.is_dir() and (inside == path.resolve() or path.resolve() in inside.parents):
        raise UsageError(
            f"{out} lies inside the bundle, and nothing is ever added to one. Name another folder with --out."
        )
    tally = Tally()
    with open_bundle(path) as bundle:
        target = out / f"{bundle.bundle_id}{chosen.ending}"
        _write(target, chosen.write(bundle, tally, content))
        return Exported(
            target,
            form,
            bundle.bundle_id,
            bundle.seal,
            tally.items,
            tally.written,
            dict(sorted(tally.left_out.items())),
        )


def _write(target: Path, pieces: Iterable[bytes]) -> None:
    """Write the file under a name of its own first, and let it appear whole."""
    if target.exists():
        raise UsageError(
            f"{target} is there already. Nothing was written. Move it away, or name another folder with --out."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
