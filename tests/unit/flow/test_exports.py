"""Files of reports: read back by another reader, nothing in them is a formula, and no row waits for the next."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.make import ZONE
from ticketing.flow import exports, spreadsheet
from ticketing.flow.exports import Ending, Table
from ticketing.flow.report_shapes import Kind, columns, share
from ticketing.flow.report_visits import wilson
from ticketing.flow.spreadsheet import Sheet, Value
from ticketing.sales.models import Channel

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = columns(
    name=Kind.NAME, channel=Kind.WORD, reason=Kind.WRITTEN, stretch=Kind.STRETCH, day=Kind.DAY, month=Kind.MONTH,
    moment=Kind.MOMENT, rate=Kind.RATE, count=Kind.COUNT, amount=Kind.CENTS, part=Kind.SHARE,
)  # fmt: skip
DAY = date(2026, 11, 24)
ROW = (
    {"nl": "Volwassene", "en": "Adult"}, Channel.DESK, "=cmd|' /C calc'!A1", 2, DAY, DAY,
    datetime(2026, 11, 24, 9, 30, tzinfo=UTC), None, -3, -123456, 3333,
)  # fmt: skip
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x", "-2+3+cmd|' /C calc'!A0")


def read_sheet(file: io.BytesIO, number: int = 1) -> list[list[tuple[str, str]]]:
    """Return type and text of every cell."""
    with zipfile.ZipFile(file) as parts:
        root = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(root.iter(f"{MAIN}f"))
    rows = root.iter(f"{MAIN}row")
    return [[(cell.get("t", "n"), "".join(cell.itertext())) for cell in row] for row in rows]


def written(ending: Ending, rows) -> io.BytesIO:
    file = io.BytesIO()
    exports.write(ending, Table(COLUMNS, rows, "nl", ZONE), file)
    file.seek(0)
    return file


def test_each_kind_of_cell_in_both_files():
    text = written(Ending.CSV, [ROW]).read().decode("utf-8-sig")
    heads, row = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert heads == [column.key for column in COLUMNS]
    assert row == [
        "Volwassene", "desk", "'=cmd|' /C calc'!A1", "2 to 3", "2026-11-24", "2026-11", "2026-11-24 10:30", "exempt",
        "-3", "-1234,56", "33,33",
    ]  # fmt: skip

    _, cells = read_sheet(written(Ending.XLSX, [ROW]))
    assert cells == [
        ("inlineStr", "Volwassene"), ("inlineStr", "desk"), ("inlineStr", "=cmd|' /C calc'!A1"),
        ("inlineStr", "2 to 3"), ("n", "46350"), ("n", "46350"), ("n", "46350.4375000000"), ("inlineStr", "exempt"),
        ("n", "-3"), ("n", "-1234.56"), ("n", "0.3333"),
    ]  # fmt: skip


def test_nothing_anybody_wrote_is_a_formula():
    rows = [(None, None, text, *[None] * 8) for text in FORMULAS]

    text = written(Ending.CSV, rows).read().decode("utf-8-sig")
    cells = [row[2] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")][1:]
    assert cells == [f"'{each}" for each in FORMULAS]
    assert [row[2][0] for row in read_sheet(written(Ending.XLSX, rows))[1:]] == ["inlineStr"] * len(FORMULAS)


@settings(max_examples=10, deadline=None)
@given(some.text())
def test_any_text_makes_a_workbook_that_can_be_read(text):
    file = io.BytesIO()
    spreadsheet.write([Sheet("rows", ["written"], [[Value(text)]])], file)

    (_, kind), *_ = [(None, cell[0][0]) for cell in read_sheet(file)]
    assert kind == "inlineStr"


def test_rows_leave_as_they_come_and_go_on_in_a_further_sheet():
    file, sizes = io.BytesIO(), []

    def rows():
        for number in range(4_000):
            if number % 500 == 499:
                sizes.append(file.tell())
            yield [Value(number), Value(f"{number * 7919 % 104_729}")]

    spreadsheet.write([Sheet("rows", ["number", "text"], rows())], file, most_rows=1_501)

    assert sizes == sorted(sizes)
    assert sizes[2] < sizes[4] < sizes[7], "rows are kept until the last has come"
    sheets = [read_sheet(file, number) for number in (1, 2, 3)]
    assert [len(sheet) for sheet in sheets] == [1_501, 1_501, 1_001]
    assert [int(row[0][1]) for sheet in sheets for row in sheet[1:]] == list(range(4_000))


def test_shares_and_how_sure_they_are():
    assert [share(1, 3), share(2, 3), share(1, 2), share(0, 5), share(1, 0)] == [3333, 6667, 5000, 0, None]
    assert wilson(0, 10) == (0, 2775)  # 0 of 10: up to 27.75 %
    assert wilson(10, 100) == (552, 1744)
    assert wilson(0, 0) == (None, None)
