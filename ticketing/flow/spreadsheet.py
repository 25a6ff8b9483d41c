"""A workbook (ISO/IEC 29500, XLSX) written row by row into a zip file: no row is kept, so none costs memory.

What is needed of the format is one part per sheet and five small ones around it. The libraries for it take eight to
eleven megabytes of every process that imports them (docs/decisions/0029).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from itertools import chain, islice
from typing import IO
from xml.sax.saxutils import escape

MOST_ROWS = 1_048_576  # that a sheet can have
LONGEST_TEXT = 32_767  # characters in a cell
DAY_ZERO = date(1899, 12, 30)  # what these dates are counted from
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SOME_ROWS = 500  # handed to the zip file at a time


class Style(IntEnum):
    """How a cell looks: the place of its format in the styles below."""

    PLAIN = 0
    HEAD = 1
    COUNT = 2
    HUNDREDTHS = 3  # cents as amounts
    SHARE = 4  # basis points as per cent
    DAY = 5
    MONTH = 6
    MOMENT = 7


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a cell. Local times come without a zone: a sheet knows none."""

    content: str | int | date | datetime | None
    style: Style = Style.PLAIN


@dataclass(frozen=True)
class Sheet:
    """One sheet: its heads, and rows that are read once."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]


def write(sheets: Sequence[Sheet], file: IO[bytes], *, most_rows: int = MOST_ROWS) -> None:
    """Write a workbook; rows beyond what a sheet can have go on in a further one."""
    titles = list[str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for sheet in sheets:
            for title, rows in _in_sheets(sheet, most_rows):
                titles.append(title)
                with parts.open(f"xl/worksheets/sheet{len(titles)}.xml", "w", force_zip64=True) as part:
                    _write_sheet(part, sheet.heads, rows)
        for name, content in _around(titles):
            parts.writestr(name, content)


def _in_sheets(sheet: Sheet, most_rows: int) -> Iterator[tuple[str, Iterator[Sequence[Value]]]]:
    rows = iter(sheet.rows)
    yield sheet.title, islice(rows, most_rows - 1)
    for number, further in enumerate(rows, 2):
        yield f"{sheet.title} {number}", chain([further], islice(rows, most_rows - 2))


def _write_sheet(part: IO[bytes], heads: Sequence[str], rows: Iterator[Sequence[Value]]) -> None:
    width = "".join(f'<col min="{n}" max="{n}" width="{max(12, len(head) + 3)}"/>' for n, head in enumerate(heads, 1))
    part.write(
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{width}</cols><sheetData>'.encode()
    )
    part.write(_row([Value(head, Style.HEAD) for head in heads]).encode())
    while some := "".join(_row(row) for row in islice(rows, SOME_ROWS)):
        part.write(some.encode())
    part.write(b"</sheetData></worksheet>")


def _row(values: Sequence[Value]) -> str:
    return f"<row>{''.join(_cell(value) for value in values)}</row>"


def _cell(value: Value) -> str:
    content, style = value.content, f' s="{value.style:d}"' if value.style else ""
    if content is None:
        return f"<c{style}/>"
    if isinstance(content, str):
        text = escape(NOT_IN_XML.sub("", content)[:LONGEST_TEXT])
        return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'
    return f"<c{style}><v>{_number(content, value.style)}</v></c>"


def _number(content: int | date | datetime, style: Style) -> str:
    """Write a number exactly: no amount goes through a binary fraction."""
    if isinstance(content, datetime):
        seconds = content.hour * 3600 + content.minute * 60 + content.second
        return f"{(content.date() - DAY_ZERO).days + seconds / 86_400:.10f}"
    if isinstance(content, date):
        return str((content - DAY_ZERO).days)
    digits = {Style.HUNDREDTHS: 2, Style.SHARE: 4}.get(style, 0)
    whole, rest = divmod(abs(content), 10**digits)
    return f"{'-' if content < 0 else ''}{whole}{f'.{rest:0{digits}d}' if digits else ''}"


def _around(titles: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return the small parts: what there is, how it hangs together, how it looks."""
    numbers = range(1, len(titles) + 1)
    sheets = "".join(
        f'<sheet name="{escape(title)}" sheetId="{n}" r:id="rId{n}"/>' for n, title in zip(numbers, titles, strict=True)
    )
    yield "xl/workbook.xml", f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    styles = f'<Relationship Id="rIdStyles" Type="{_REL}/styles" Target="styles.xml"/>'
    yield "xl/_rels/workbook.xml.rels", f'{_XML}<Relationships xmlns="{_RELS}">{relations}{styles}</Relationships>'
    yield "xl/styles.xml", _STYLES
    book = f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", f'{_XML}<Relationships xmlns="{_RELS}">{book}</Relationships>'
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>' for n in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{kinds}</Types>'
        ),
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Formats 1, 4 and 10 come with every spreadsheet: 0, #,##0.00, 0.00 %. In the order of Style.
_FORMATS = (0, 0, 1, 4, 10, 164, 165, 166)
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm"/>'
    '<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    f'<cellXfs count="{len(_FORMATS)}">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{int(style == Style.HEAD)}" fillId="0" borderId="0" xfId="0" '
        'applyNumberFormat="1" applyFont="1"/>'
        for style, number in zip(Style, _FORMATS, strict=True)
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
