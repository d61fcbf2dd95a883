"""Excel workbooks (.xlsx, .xlsm): the stored cells of their sheets, row by row. Nothing is calculated and no macro is run.

Source: ECMA-376 part 1, §18 (SpreadsheetML). Own reading over lxml, because what counts as evidence is the stored text of
a cell, whether a formula made it, and whether a row was hidden; see docs/decisions/0006. Cannot read: .xls and .xlsb,
workbooks with a password. Bounds: `LARGEST_BOOK` packed, the archive limits of intake, a million rows, and
`MOST_SHARED_TEXT` of shared texts; memory is the packed book, its shared texts and one row.
"""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from lxml import etree

from plainrecord.errors import PlainrecordError
from plainrecord.intake.extents import Reader
from plainrecord.intake.limits import ArchiveError, Limits
from plainrecord.intake.zipped import ZipArchive
from plainrecord.parsers.tabularrows import EMPTY, LONGEST_CELL, MOST_COLUMNS, Cell, CellKind, Row, RowFault, canonical
from plainrecord.records import valid_text

LARGEST_BOOK = 128 << 20
MOST_SHARED_TEXT = 256 << 20
MOST_ROWS = 1_048_576
# ECMA-376 part 1, §18.8.30: number formats that show a date or a time without being written out in the file.
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]hms]*\]')


class BookError(PlainrecordError):
    """A workbook cannot be read; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name as shown, the part that holds it, and whether it is hidden in the program."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Book:
    """An opened workbook. `since_1904`: its serial dates count from 1904 and not from 1900."""

    sheets: list[Sheet]
    since_1904: bool
    date_styles: frozenset[int]
    shared: list[str]
    _archive: ZipArchive = field(repr=False)

    def sheet(self, name: str | None) -> Sheet | None:
        """The sheet of that name, or the first that is not hidden."""
        if name is not None:
            return next((sheet for sheet in self.sheets if sheet.name == name), None)
        return next((sheet for sheet in self.sheets if not sheet.hidden), None)

    def rows(self, sheet: Sheet) -> Iterator[Row | RowFault]:
        """The rows that are stored, in order. Damage ends them with one `RowFault`."""
        number = 0
        try:
            for number, row in _rows(self, sheet):
                yield row
                if number >= MOST_ROWS:
                    raise ArchiveError(f"it has more than {MOST_ROWS} rows")
        except (etree.XMLSyntaxError, ArchiveError, OSError) as error:
            detail = (
                f"The sheet “{sheet.name}” could not be read beyond row {number} ({error}). Rows before it were kept."
            )
            yield RowFault(number + 1, locator(sheet, number + 1), "sheet-damaged", detail)

    def peculiarities(self, sheet: Sheet) -> list[str]:
        """Sentences on what a person looking at the sheet would not see, or would see differently."""
        said = []
        hidden = [other.name for other in self.sheets if other.hidden]
        if hidden:
            said.append("hidden sheets: " + ", ".join(hidden))
        others = [other.name for other in self.sheets if other.name != sheet.name and not other.hidden]
        if others:
            said.append("sheets not read: " + ", ".join(others))
        if self._archive.entry("xl/vbaProject.bin"):
            said.append("it carries macros, which were not run")
        said += _sheet_peculiarities(self._archive, sheet)
        return said


class _Held:
    """Bytes in memory as intake's archive reader wants them."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    def readinto_at(self, offset: int, view: memoryview) -> int:
        """Fill `view` from `offset`."""
        piece = self._data[offset : offset + len(view)]
        view[: len(piece)] = piece
        return len(piece)


class _Part(io.RawIOBase):
    """A part of the workbook as a file object, which is what lxml reads from."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._reader.readinto(memoryview(buffer).cast("B"))


def locator(sheet: Sheet, number: int) -> str:
    """`row:SHEET/NUMBER`."""
    return f"row:{sheet.name}/{number}"


def open_book(data: bytes) -> Book:
    """Open a workbook from its bytes. Raises BookError with one sentence."""
    try:
        archive = ZipArchive(_Held(data), Limits())
        date_styles = _date_styles(archive)
        sheets, since_1904 = _workbook(archive)
        return Book(sheets, since_1904, date_styles, _shared_texts(archive), archive)
    except (ArchiveError, etree.XMLSyntaxError, OSError) as error:
        raise BookError(f"The workbook could not be opened ({error}).") from error


def _part(archive: ZipArchive, name: str) -> IO[bytes] | None:
    entry = archive.entry(name)
    return io.BufferedReader(_Part(archive.reader(entry)), 1 << 16) if entry else None


def _elements(part: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """The elements of those local names as they end; each is emptied behind the caller's back when the next one comes."""
    wanted = tuple(f"{{*}}{tag}" for tag in tags)
    reading = etree.iterparse(
        part, events=("end",), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in reading:
        yield element
        element.clear()
        while element.getprevious() is not None:
            parent = element.getparent()
            if parent is None:
                break
            del parent[0]


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _workbook(archive: ZipArchive) -> tuple[list[Sheet], bool]:
    part = _part(archive, "xl/workbook.xml")
    if part is None:
        raise ArchiveError("it has no xl/workbook.xml")
    targets = _targets(archive)
    sheets, since_1904 = [], False
    for element in _elements(part, "sheet", "workbookPr"):
        if _local(element) == "workbookPr":
            since_1904 = element.get("date1904") in ("1", "true")
            continue
        identity = next((value for key, value in element.items() if key.endswith("}id")), "")
        target = targets.get(identity)
        if target:
            sheets.append(Sheet(element.get("name") or "", target, element.get("state", "visible") != "visible"))
    return sheets, since_1904


def _targets(archive: ZipArchive) -> dict[str, str]:
    part = _part(archive, "xl/_rels/workbook.xml.rels")
    if part is None:
        return {}
    found = {}
    for element in _elements(part, "Relationship"):
        if (element.get("Type") or "").endswith("/worksheet"):
            target = element.get("Target") or ""
            found[element.get("Id") or ""] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return found


def _date_styles(archive: ZipArchive) -> frozenset[int]:
    """The numbers of cell styles (§18.8.10 cellXfs) whose number format shows a date or a time."""
    part = _part(archive, "xl/styles.xml")
    if part is None:
        return frozenset()
    tree = etree.parse(part, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    written = {
        _number(one.get("numFmtId")): _shows_date(one.get("formatCode") or "")
        for one in tree.iterfind(".//{*}numFmts/{*}numFmt")
    }
    formats = [_number(one.get("numFmtId")) for one in tree.iterfind(".//{*}cellXfs/{*}xf")]
    return frozenset(style for style, kind in enumerate(formats) if written.get(kind, kind in _DATE_FORMATS))


def _shows_date(code: str) -> bool:
    return any(letter in "ymdhs" for letter in _LITERALS.sub("", code).split(";")[0].lower())


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def _shared_texts(archive: ZipArchive) -> list[str]:
    part = _part(archive, "xl/sharedStrings.xml")
    if part is None:
        return []
    texts, size = [], 0
    for element in _elements(part, "si"):
        texts.append(_text(element))
        size += len(texts[-1])
        if size > MOST_SHARED_TEXT:
            raise ArchiveError("its shared texts are larger than any table of messages")
    return texts


def _text(element: etree._Element) -> str:
    """The text of a string item without its phonetic guide (§18.4.6 rPh); `_x000D_` stands for a control character."""
    pieces = [
        piece.text or ""
        for piece in element.iter("{*}t")
        if not any(_local(above) == "rPh" for above in piece.iterancestors() if above is not element)
    ]
    return valid_text(re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), "".join(pieces)))


def _rows(book: Book, sheet: Sheet) -> Iterator[tuple[int, Row | RowFault]]:
    part = _part(book._archive, sheet.part)  # noqa: SLF001 - the rows are the book's own, in a function of their own
    if part is None:
        raise ArchiveError("the part that holds it is missing")
    number = 0
    for element in _elements(part, "row"):
        stated = _number(element.get("r"))
        number = stated if stated > number else number + 1
        yield number, _row(book, sheet, element, number)


def _row(book: Book, sheet: Sheet, element: etree._Element, number: int) -> Row | RowFault:
    cells: dict[int, Cell] = {}
    raw: list[tuple[str, CellKind, str]] = []
    for child in element.iterchildren("{*}c"):
        column = _column(child.get("r"), len(cells))
        cell = _cell(book, child)
        if column >= MOST_COLUMNS or len(cell.text) > LONGEST_CELL:
            says = f"Row {number} of “{sheet.name}” has a cell beyond what a table of messages holds; it was not read."
            return RowFault(number, locator(sheet, number), "row-too-large", says)
        cells[column] = cell
        raw.append((child.get("r") or "", cell.kind, cell.text))
    notes = ["hidden-row"] if element.get("hidden") in ("1", "true") else []
    if any(cell.formula for cell in cells.values()):
        notes.append("formula-not-evaluated:stored-result-shown")
    width = max(cells, default=-1) + 1
    ordered = tuple(cells.get(column, EMPTY) for column in range(width))
    return Row(number, locator(sheet, number), ordered, canonical(raw), tuple(notes))


def _column(reference: str | None, following: int) -> int:
    """0 for "A1"; a cell that does not say where it stands comes next."""
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        return following
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(book: Book, element: etree._Element) -> Cell:
    kind, formula, value = element.get("t", "n"), False, ""
    for child in element.iterchildren("{*}v", "{*}f", "{*}is"):
        name = _local(child)
        if name == "v":
            value = child.text or ""
        elif name == "f":
            formula = True
        elif name == "is":
            return Cell(_text(child), "text", formula)
    if kind == "s":
        at = _number(value)
        return Cell(book.shared[at], "text") if 0 <= at < len(book.shared) else Cell("", "error")
    if kind in ("str", "inlineStr"):
        return Cell(value, "text", formula)
    if kind in ("b", "e"):
        return Cell(value, "boolean" if kind == "b" else "error", formula)
    if kind == "d":  # §18.18.11: an ISO 8601 date, written out
        return Cell(value, "text", formula)
    dated = _number(element.get("s", "0")) in book.date_styles
    return Cell(value, ("date" if dated else "number") if value else "text", formula)


def _sheet_peculiarities(archive: ZipArchive, sheet: Sheet) -> list[str]:
    said: list[str] = []
    rows = columns = 0
    try:
        part = _part(archive, sheet.part)
        if part is None:
            return []
        for element in _elements(part, "row", "col", "mergeCell"):
            name, hidden = _local(element), element.get("hidden") in ("1", "true")
            rows += hidden and name == "row"
            columns += hidden and name == "col"
            if name == "mergeCell" and len(said) < 20:
                said.append(f"merged cells {element.get('ref')}: only the first holds the text")
    except (etree.XMLSyntaxError, ArchiveError, OSError):
        pass  # `rows` says so, with the place
    if rows:
        said.insert(0, f"{rows} hidden rows, which were read and are marked")
    if columns:
        said.insert(0, f"{columns} entries of hidden columns, which were read")
    if any(entry.raw.startswith("xl/comments") for entry in archive.entries):
        said.append("comments on cells, which were not read")
    return said
