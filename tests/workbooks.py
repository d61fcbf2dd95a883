"""Small Excel workbooks made by hand, with fixed times, so that the same rows give the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Cell styles: 0 plain, 1 a date format written out, 2 one of the numbered date formats.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


def text(reference: str, words: str) -> str:
    """A cell with its text in it."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(words)}</t></is></c>'


def number(reference: str, digits: str, style: int = 0) -> str:
    """A cell with a stored number; styles 1 and 2 show it as a date."""
    return f'<c r="{reference}" s="{style}"><v>{digits}</v></c>'


def row(place: int, *cells: str, hidden: bool = False) -> str:
    """One row."""
    marked = ' hidden="1"' if hidden else ""
    return f'<row r="{place}"{marked}>{"".join(cells)}</row>'


def workbook(
    rows: str,
    *,
    since_1904: bool = False,
    sheets: Sequence[tuple[str, str]] = (("Messages", "visible"),),
    shared: Sequence[str] = (),
    behind: str = "",
    before: str = "",
    more: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """A workbook whose first sheet has `rows`; `sheets` are (name, state)."""
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" state="{state}" r:id="rId{at}"/>'
        for at, (name, state) in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        + ('<workbookPr date1904="1"/>' if since_1904 else "")
        + f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{links}</Relationships>',
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{"".join(f"<si><t>{escape(one)}</t></si>" for one in shared)}</sst>',
    }
    for at in range(1, len(sheets) + 1):
        body = rows if at == 1 else ""
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{body}</sheetData>{behind}</worksheet>'
        )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in [*((name, part.encode()) for name, part in parts.items()), *more]:
            info = zipfile.ZipInfo(name, (2024, 12, 1, 10, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part)
    return made.getvalue()
