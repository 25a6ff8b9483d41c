"""One day with everything in it: chart, table, CSV, XLSX and SQL tell the same numbers."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests import make
from tests.staff_stage import signed_in
from tests.unit.flow.test_exports import read_sheet
from ticketing.catalogue.models import TicketType
from ticketing.door import admission, gates
from ticketing.door.admission import ScanRequest
from ticketing.door.models import Device
from ticketing.door.verdict import Direction
from ticketing.foundation.actors import VISITOR, device, system
from ticketing.foundation.identifiers import new_token, new_uuid
from ticketing.sales import change_rules, changes, gift_cards, holds, orders, resales, resellers, settlement
from ticketing.sales.changes import Wish
from ticketing.sales.gift_card_models import MovementKind
from ticketing.sales.gift_cards import Act, Parts
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import ChangeKind, Channel, Order
from ticketing.sales.orders import Customer
from ticketing.sales.resales import ResaleRequest, Update, WantedUnit
from ticketing.sales.resellers import Terms
from ticketing.tickets.models import Ticket

BOSS, AN = system("test"), Customer("an.peeters@example.org", "An Peeters", "nl")
EVENING = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
SPAN = "from=2026-11-24&until=2026-11-24"
# What a report says, and the same asked of the tables. The reseller pays later, and still it is a sale.
SAME = {
    ("sales", "bought"): "SELECT COUNT(*) FROM tickets",
    ("sales", "revenue"): "SELECT SUM(total_cents) FROM order_lines WHERE ended_at IS NULL",
    ("channels", "revenue"): "SELECT SUM(total_cents) FROM order_lines WHERE ended_at IS NULL",
    ("channels", "orders"): "SELECT COUNT(*) FROM orders",
    ("lead-time", "tickets"): "SELECT COUNT(*) FROM tickets",
    ("vat", "revenue"): "SELECT SUM(total_cents) FROM order_lines WHERE ended_at IS NULL",
    ("refunds", "amount"): "SELECT SUM(amount_cents) FROM refunds",
    ("attendance", "booked"): "SELECT COUNT(*) FROM tickets WHERE state = 'valid'",
    ("attendance", "void"): "SELECT COUNT(*) FROM tickets WHERE state = 'void'",
    ("attendance", "admitted"): "SELECT SUM(admitted) FROM tickets",
    ("attendance", "no_shows"): "SELECT COUNT(*) FROM tickets WHERE state = 'valid' AND admitted = 0",
    ("no-shows", "no_shows"): "SELECT COUNT(*) FROM tickets WHERE state = 'valid' AND admitted = 0",
}  # fmt: skip


@pytest.fixture
def day(app, services, clock):
    """Ten tickets: online, at the desk, by a reseller, with a gift card; one given back, six came, three did not."""
    now = clock.now()
    with services.database.transaction() as session:
        make.opening_hours(session)
        slot = make.priced_slot(session, 40)
        online = make.confirmed_order(session, slot, now, adult=2, child=1)
        for wanted in (Channel.DESK, Channel.ONLINE):
            hold = holds.open_hold(session, HoldRequest(new_token(), slot.uuid, {"adult": 2}, wanted), now=now)
            if wanted is Channel.ONLINE:
                act = Act("test", MovementKind.ISSUED, Parts(1000, 0))
                card = gift_cards.issue(session, act, "EUR", now + timedelta(days=400), actor=BOSS, now=now)
                holds.apply_gift_card(session, hold, card.code, now=now)
            placed = orders.place(session, hold, AN, actor=VISITOR, now=now)
            settlement.pay_cash(session, placed, actor=VISITOR, now=now)
        seller = resellers.make(session, Terms("Tours", "An", "an@example.org", 2000), actor=BOSS, now=now)
        child = session.scalars(select(TicketType).where(TicketType.slug == "child")).one()
        resale = ResaleRequest(new_uuid(), slot.uuid, (WantedUnit(child),) * 3)
        resales.start(session, seller, resale, actor=BOSS, now=now)
        resales.confirm(session, seller.id, resale.uuid, Update(), actor=BOSS, now=now)
        first, *others = session.scalars(select(Ticket).order_by(Ticket.id)).all()
        wish = Wish(ChangeKind.CANCEL, (first.id,))
        changes.carry_out(session, online.id, wish, change_rules.StaffRules(), "void", actor=BOSS, now=now)
        gate = gates.add_gate(session, "Front", actor=BOSS, now=now)
        session.add(Device(name="scanner", token_digest="0" * 64, enrolled_at=now))
        session.flush()
        scanner = device(session.scalars(select(Device.id)).one(), "scanner")
        for number, ticket in enumerate(others[:6]):
            at = make.NOON + timedelta(minutes=5 * number)
            request = ScanRequest(f"scan-{number}", ticket.code, gate, Direction.IN, at, 1)
            admission.scan(session, request, scanner, zone=make.ZONE, now=at)
    clock.instant = EVENING
    return signed_in(app, services)


def numbers(cells) -> list[int]:
    """Read what a page shows: whole numbers, and money as cents."""
    return [int(re.sub(r"<[^>]+>|[^\d-]", "", cell) or 0) for cell in cells]


@pytest.mark.one_engine
def test_chart_table_files_and_sql_tell_one_day_alike(day, services):
    with services.database.reading() as session:
        truth = {key: int(session.scalar(text(question))) for key, question in SAME.items()}
        assert {order.channel for order in session.scalars(select(Order))} == {
            Channel.ONLINE, Channel.DESK, Channel.RESELLER,
        }  # fmt: skip
    assert (truth["sales", "bought"], truth["attendance", "admitted"], truth["attendance", "no_shows"]) == (10, 6, 3)
    assert truth["refunds", "amount"] == make.ADULT_CENTS
    told = {key: said(day, *key) for key in truth}

    assert told == {key: (number,) * 3 for key, number in truth.items()}
    page = day.get("/office/flow").get_data(as_text=True)
    arrivals = page[page.index('id="arrivals-title"') : page.index("</section>", page.index('id="arrivals-title"'))]
    cells = re.findall(r'</th><td class="number">(\d+|–)</td>', arrivals)
    assert drawn(arrivals) == [number for number in map(int, cells) if number] == [3, 3]
    by_type, sold = (tables(page, title) for title in ("types-title", "sold-title"))
    assert [sum(each) for each in zip(*by_type, strict=True)] == [
        truth["attendance", "booked"],
        truth["attendance", "admitted"],
    ]
    assert [sum(each) for each in zip(*sold, strict=True)] == [truth["sales", "bought"], truth["sales", "revenue"]]
    assert f"<b>{truth['attendance', 'admitted']}</b> let in today" in page


def said(browser, name: str, key: str) -> tuple[int, int, int]:
    """Return a total as the page's foot, the rows of the CSV and the cells of the workbook have it."""
    page = browser.get(f"/office/reports/{name}?{SPAN}").get_data(as_text=True)
    foot = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", re.search(r"<tfoot>(.*?)</tfoot>", page, re.DOTALL)[1])
    files = []
    for ending in ("csv", "xlsx"):
        with browser.client.get(f"/office/reports/{name}/rows.{ending}?{SPAN}") as answer:
            files.append(answer.get_data())
    heads, *rows = csv.reader(io.StringIO(files[0].decode("utf-8-sig")), delimiter=";")
    place = heads.index(key)
    is_money = "€" in foot[place]
    (heads_again, *cells), places = read_sheet(io.BytesIO(files[1])), 100 if is_money else 1
    assert [text for _, text in heads_again] == heads
    book = sum(round(float(row[place][1]) * places) for row in cells)
    return numbers([foot[place]])[0], sum(numbers(row[place] for row in rows)), book


def tables(page: str, title: str) -> list[list[int]]:
    """Return the numbers of the table under a heading, row by row."""
    begin = page.index(f'<h2 id="{title}"')
    body = re.search(r"<tbody>(.*?)</tbody>", page[begin:], re.DOTALL)[1]
    return [numbers(re.findall(r"<td[^>]*>(.*?)</td>", row)) for row in body.split("</tr>") if "<td" in row]


def drawn(chart: str) -> list[int]:
    """Return what the bars of a chart say, by its scale."""
    marks = re.findall(r'M40 ([\d.]+)H450"/><text class="up"[^>]*>(\d+)', chart)
    (foot, none), (higher, many) = ((float(at), int(number)) for at, number in (marks[0], marks[-1]))
    unit = (foot - higher) / (many - none)
    return [round(float(height) / unit) for height in re.findall(r'class="bar"[^>]*height="([\d.]+)"', chart)]
