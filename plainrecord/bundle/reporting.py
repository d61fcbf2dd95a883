"""What the report on paper is to the bundle: somebody makes it while the bundle is built, and says what became of it.

The bundle room knows no engine; who calls `build_bundle` hands in what makes the report and the
hand-over sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from plainrecord.bundle.bag import Bag
    from plainrecord.bundle.page_start import Start


@dataclass(frozen=True, slots=True)
class Report:
    """The PDF files that were put into the bag, and a sentence on them; `troubled` when they should have been and are not.
    `without` says what is on paper nowhere, where something is not."""

    files: tuple[str, ...]
    says: str
    troubled: bool = False
    without: str = ""


NO_REPORT = Report((), "No report.pdf was asked for.")

# From everything the start page is made from (without the report), the bag, a folder to work in, and who hears of progress.
MakeReport: TypeAlias = "Callable[[Start, Bag, Path, Callable[[str, int, int | None], None]], Report]"
# The text of the hand-over sheet as a PDF: text, bundle id, marking, target, a folder to work in, the moment it is made.
MakeSheet: TypeAlias = "Callable[[str, str, str, Path, Path, datetime], object]"


@dataclass(frozen=True, slots=True)
class PaperMaker:
    """Who puts things on paper. `sheet` writes nothing where it cannot; the text of the sheet is there all the same."""

    report: MakeReport
    sheet: MakeSheet
