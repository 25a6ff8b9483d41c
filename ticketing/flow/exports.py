"""Reports as files: CSV as Belgian spreadsheets read it by a double click, and XLSX. Row by row, in little memory.

The heads are the same in every language, so that a recipe for reading a file does not depend on who saved it. No cell
is ever a formula: in CSV none begins like one (sales/accounts_file.py), in XLSX a text is a text by its type.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO
from zoneinfo import ZoneInfo

from ticketing.flow import spreadsheet
from ticketing.flow.report_shapes import Cell, Column, Kind, Report, columns
from ticketing.flow.sold import LEADS
from ticketing.flow.spreadsheet import Sheet, Style, Value
from ticketing.foundation.languages import Texts, pick
from ticketing.sales.accounts_file import BYTE_ORDER_MARK, amount_text, safe_text

EXEMPT = "exempt"
ABOUT = columns(what=Kind.WRITTEN, value=Kind.WRITTEN)


class Ending(StrEnum):
    """The kinds of files."""

    CSV = "csv"
    XLSX = "xlsx"


MIME_TYPES = {
    Ending.CSV: "text/csv",
    Ending.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Table:
    """What a file holds: columns, rows that may be read once, and for whom."""

    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]
    language: str
    zone: ZoneInfo


def table_of(report: Report, language: str) -> Table:
    """Return the rows of a report. Its totals are no row: who adds a column up finds them."""
    return Table(report.columns, report.rows, language, report.span.zone)


def write(ending: Ending, table: Table, file: IO[bytes], report: Report | None = None) -> None:
    """Write a table as a file of this kind; a workbook also says what a report is about."""
    if ending is Ending.CSV:
        write_csv(table, file)
    else:
        write_xlsx(table, file, report)


def write_csv(table: Table, file: IO[bytes]) -> None:
    """Write a table as CSV: semicolons, a decimal comma, UTF-8 with its mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    text.write(BYTE_ORDER_MARK)
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow([column.key for column in table.columns])
    for row in table.rows:
        lines.writerow([_written(column, cell, table) for column, cell in zip(table.columns, row, strict=True)])
    text.detach()


def write_xlsx(table: Table, file: IO[bytes], report: Report | None = None) -> None:
    """Write a table as a workbook; for a report, a second sheet says what it is about and its totals."""
    sheets = [Sheet("rows", [column.key for column in table.columns], _values(table))]
    if report is not None:
        sheets.append(Sheet("about", [column.key for column in ABOUT], _about(report, table.language)))
    spreadsheet.write(sheets, file)


def _about(report: Report, language: str) -> Iterator[list[Value]]:
    span = report.span
    made_at = span.now.astimezone(span.zone).replace(tzinfo=None)
    facts: list[tuple[str, Value]] = [
        ("report", Value(report.name.value)), ("from", Value(span.first, Style.DAY)),
        ("until", Value(span.last, Style.DAY)), ("made_at", Value(made_at, Style.MOMENT)),
        (f"n ({report.counted_what.value})", Value(report.counted, Style.COUNT)),
    ]  # fmt: skip
    table = table_of(report, language)
    facts += [
        (f"total {column.key}", _value(column, cell, table))
        for column, cell in zip(report.columns, report.totals, strict=True) if cell is not None
    ]  # fmt: skip
    yield from ([Value(what), value] for what, value in facts)


def _values(table: Table) -> Iterator[list[Value]]:
    for row in table.rows:
        yield [_value(column, cell, table) for column, cell in zip(table.columns, row, strict=True)]


def _written(column: Column, cell: Cell, table: Table) -> str:
    """Write a cell for CSV."""
    kind = column.kind
    if kind is Kind.RATE:
        return EXEMPT if cell is None else amount_text(int(str(cell)))
    if cell is None:
        return ""
    if isinstance(cell, int):
        in_hundredths = kind in (Kind.CENTS, Kind.SHARE)
        return amount_text(cell) if in_hundredths else _stretch(cell) if kind is Kind.STRETCH else str(cell)
    if isinstance(cell, datetime):
        return f"{cell.astimezone(table.zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m}" if kind is Kind.MONTH else cell.isoformat()
    return safe_text(_text(cell, table.language))


def _value(column: Column, cell: Cell, table: Table) -> Value:
    """Write a cell for a workbook, as what it is: text, number, day."""
    kind = column.kind
    if kind is Kind.RATE:
        return Value(EXEMPT) if cell is None else Value(int(str(cell)), Style.SHARE)
    if cell is None:
        return Value(None)
    if isinstance(cell, int):
        return Value(_stretch(cell)) if kind is Kind.STRETCH else Value(cell, _STYLES[kind])
    if isinstance(cell, datetime):
        return Value(cell.astimezone(table.zone).replace(tzinfo=None), Style.MOMENT)
    if isinstance(cell, date):
        return Value(cell, _STYLES[kind])
    return Value(_text(cell, table.language))


_STYLES = {
    Kind.COUNT: Style.COUNT, Kind.CENTS: Style.HUNDREDTHS, Kind.SHARE: Style.SHARE, Kind.DAY: Style.DAY,
    Kind.MONTH: Style.MONTH,
}  # fmt: skip


def _text(cell: Texts | StrEnum | str, language: str) -> str:
    if isinstance(cell, StrEnum):
        return cell.value
    return cell if isinstance(cell, str) else pick(cell, language)


def _stretch(first: int) -> str:
    """Write a stretch of days so that no spreadsheet takes it for a date."""
    later = [lead for lead in LEADS if lead > first]
    if not later:
        return f"{first} or more"
    return str(first) if later[0] == first + 1 else f"{first} to {later[0] - 1}"
