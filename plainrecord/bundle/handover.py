"""The texts that go with a bundle: `VERIFY.txt` inside it, and the hand-over sheet beside it. Never a word of content."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

from plainrecord import __version__
from plainrecord.bundle.contents import Counts
from plainrecord.bundle.page_frame import data_text
from plainrecord.bundle.shown import seal_groups


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the hand-over sheet says. `name` is the folder or zip; `zip_sha256` None for a folder."""

    bundle_id: str
    name: str
    built_utc: str
    seal: str
    zip_sha256: str | None
    counts: Counts
    octets: int
    files: int


def verify_text(bundle_id: str) -> bytes:
    """`VERIFY.txt`; CRLF line ends, so that every Windows editor shows it right."""
    return _filled("verify.txt", bundle_id=bundle_id)


def handover_text(sheet: Sheet) -> bytes:
    """The hand-over sheet, one page of 80 columns."""
    zip_first, zip_second = _two_lines(sheet.zip_sha256) if sheet.zip_sha256 else ("", "")
    seal_first, seal_second = _two_lines(sheet.seal)
    return _filled(
        "handover.txt",
        bundle_id=sheet.bundle_id,
        name=sheet.name,
        built=sheet.built_utc,
        version=__version__,
        seal_first=seal_first,
        seal_second=seal_second,
        zip_first=zip_first,
        zip_second=zip_second,
        counts=sheet.counts,
        files=sheet.files,
        octets=sheet.octets,
    )


def _two_lines(digest: str) -> tuple[str, str]:
    groups = seal_groups(digest)
    return " ".join(groups[:4]), " ".join(groups[4:])


def _filled(template: str, /, **values: object) -> bytes:
    # Plain text, not HTML: nothing to escape, and every value is a figure, a digest or a checked name.
    plain = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701
    return plain.from_string(data_text(template)).render(values).replace("\n", "\r\n").encode("utf-8")
