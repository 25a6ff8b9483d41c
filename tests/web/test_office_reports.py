"""Reports in the office: page, CSV, XLSX and SQL tell the same; who may see them; who is sent them."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from sqlalchemy import text

from tests import make
from tests.staff_stage import signed_in
from ticketing.flow.report_models import ReportName
from ticketing.staff.models import Role

pytestmark = pytest.mark.one_engine
SPAN = "from=2026-11-01&until=2026-11-30"


@pytest.fixture
def manager(app, services):
    with services.database.transaction() as session:
        make.confirmed_order(session, make.priced_slot(session), services.clock.now(), adult=2, child=1)
    return signed_in(app, services)


def fetch(browser, path):
    """Download a file, and let go of it as a server does."""
    with browser.client.get(f"/office/reports/{path}?{SPAN}") as answer:
        assert answer.status_code == 200
        return answer.get_data(), answer.headers["Content-Disposition"]


def test_page_files_and_sql_tell_the_same(manager, services):
    page = manager.get(f"/office/reports/sales?{SPAN}").get_data(as_text=True)
    content, name = fetch(manager, "sales/rows.csv")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    acts = fetch(manager, "sales/acts.csv")[0].decode("utf-8-sig")
    book = zipfile.ZipFile(io.BytesIO(fetch(manager, "sales/rows.xlsx")[0]))
    with services.database.reading() as session:
        cents = session.scalar(text("SELECT SUM(total_cents) FROM order_lines WHERE ended_at IS NULL"))

    assert cents == 2 * make.ADULT_CENTS + make.CHILD_CENTS == 5350
    assert "€53.50" in page
    assert "Counted: 3 tickets." in page
    assert name == "attachment; filename=sales-2026-11-01-2026-11-30.csv"
    assert sorted(row["revenue"] for row in rows) == ["14,50", "39,00"]
    acted = csv.DictReader(io.StringIO(acts), delimiter=";")
    assert sum(int(row["revenue"].replace(",", "")) for row in acted) == cents
    assert "<v>53.50</v>" in book.read("xl/worksheets/sheet2.xml").decode()


def test_every_report_has_its_page_and_its_files(manager):
    for name in ReportName:
        page = manager.get(f"/office/reports/{name}?{SPAN}")
        assert page.status_code == 200
        assert "What each figure means" in page.get_data(as_text=True)
        assert not re.search(r'<th scope="col"[^>]*></th>', page.get_data(as_text=True))
        assert fetch(manager, f"{name}/acts.csv")[0]


def test_spans_and_reports_that_do_not_exist_are_answered_with_words(manager):
    assert manager.get("/office/reports/sales?from=2026-11-24&until=2026-11-01").status_code == 422
    assert manager.get("/office/reports/sales?from=donut").status_code == 422
    assert manager.get("/office/reports/sales/rows.csv?from=2020-01-01&until=2026-01-01").status_code == 422
    assert manager.get("/office/reports/weather").status_code == 404
    assert manager.get("/office/reports/sales/rows.pdf").status_code == 404


def test_somebody_is_sent_a_report_until_they_stop_it(manager):
    manager.get("/office/reports")
    manager.post("/office/reports/subscriptions", {"report": "vat", "rhythm": "monthly"})
    manager.post("/office/reports/subscriptions", {"report": "vat", "rhythm": "monthly"})
    page = manager.get("/office/reports").get_data(as_text=True)
    assert page.count("/ending") == 1
    assert "You are sent this report every month" in manager.get("/office/reports/vat").get_data(as_text=True)

    manager.post(re.search(r'action="(/office/reports/subscriptions/\d+/ending)"', page)[1])
    assert "Nothing yet." in manager.get("/office/reports").get_data(as_text=True)
    assert manager.post("/office/reports/subscriptions", {"report": "x", "rhythm": "daily"}).status_code == 422
    assert manager.post("/office/reports/subscriptions/99/ending").status_code == 404


def test_the_front_desk_sees_no_reports(app, services):
    desk = signed_in(app, services, Role.FRONT_DESK)

    for path in ("reports", "reports/sales", "reports/sales/rows.csv", "reports/sales/acts.xlsx"):
        assert desk.get(f"/office/{path}").status_code == 403
    assert "/office/reports" not in desk.get("/office/").get_data(as_text=True)
