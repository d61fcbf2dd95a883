"""The hand-over sheet on one page of paper: the very text of the sheet, in letters of one width."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from plainrecord.paper.printable import printable
from plainrecord.paper.typesetting import Typeset, typeset, unavailable


def write_sheet(text: str, bundle_id: str, marking: str, out: Path, work: Path, moment: datetime) -> Typeset:
    """Write the sheet's text as a PDF to `out`; `work` is a new folder, which the caller removes. No file without an engine."""
    missing = unavailable()
    if missing:
        return Typeset(problem=missing)
    work.mkdir()
    title, _, rest = text.replace("\r\n", "\n").partition("\n")
    data = {
        "title": f"Hand-over sheet, {bundle_id}",
        "heading": printable(title),
        "text": rest.strip("\n"),
        "left": f"Bundle {bundle_id}",
        "marking": printable(marking),
    }
    return typeset("sheet.typ", data, out, work, moment)
