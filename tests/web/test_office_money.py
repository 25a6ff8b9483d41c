"""The office's pages of money: the books, disputes, and what waits to be settled."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from tests.staff_stage import Browser, signed_in
from tests.till import Till
from ticketing.operations import reconciling
from ticketing.payments import sandbox_money
from ticketing.sales import accounts_file
from ticketing.staff.models import Role

SPAN = "from=2026-11-24&until=2026-11-24"


@pytest.fixture
def till(services) -> Till:
    """Three orders: one whose refund a bank sent back, one disputed, one plain; and money nobody ordered."""
    till = Till(services, capacity=20)
    for method in ("bancontact", "card", "card"):
        services.sandbox.pay(till.start(till.place(adult=2)), method)
    till.deliver()
    refunded, disputed = (till.payments_of(order_id)[0].intent_ref for order_id in (1, 2))
    back = services.sandbox.in_dashboard(sandbox_money.refund_by_hand(refunded, 900))
    services.sandbox.in_dashboard(sandbox_money.dispute(disputed))
    services.sandbox.in_dashboard(sandbox_money.charge_by_hand(1234))
    till.deliver()
    services.sandbox.in_dashboard(sandbox_money.send_back_refund(back["id"]))
    reconciling.reconcile_day(services, services.clock.now().date())
    return till


@pytest.fixture
def manager(app, services) -> Browser:
    return signed_in(app, services)


def text_of(response) -> str:
    return response.get_data(as_text=True)


def test_the_front_desk_sees_no_books(app, services):
    desk = signed_in(app, services, Role.FRONT_DESK)

    for path in ("accounts", "accounts.csv", "disputes", "findings"):
        assert desk.get(f"/office/{path}").status_code == 403
    assert "/office/accounts" not in text_of(desk.get("/office/"))


def test_the_books_add_up_on_the_page_and_in_the_file(manager, till):
    page = text_of(manager.get(f"/office/accounts?{SPAN}"))
    rows = list(csv.reader(io.StringIO(text_of(manager.get(f"/office/accounts.csv?{SPAN}")).removeprefix("\ufeff")),
                           delimiter=";"))  # fmt: skip

    for words in ("Every day adds up to the cent.", "€117.00", "€108.00", "€9.00", "Bancontact", "€12.34"):
        assert words in page, words
    cents = {kind: sum(int(row[7].replace(",", "")) for row in rows if row[1] == kind) for kind in ("revenue", "money")}
    owed = sum(int(row[7].replace(",", "")) for row in rows if row[1] == "owed")
    assert cents == {"revenue": 10800, "money": 11700}
    assert owed == cents["money"] - cents["revenue"]
    assert manager.get("/office/accounts?from=2026-11-24&until=2026-11-01").status_code == 422
    assert manager.get("/office/accounts.csv?from=donut").status_code == 422


def test_a_past_that_is_written_under_a_running_house_is_seen_within_the_hour(app, till, services):
    then = services.clock.now()
    later = then.replace(minute=55) + timedelta(days=4)
    services.clock.instant = later
    manager = signed_in(app, services)
    came_in = []
    for minutes in (0, 1, 6):
        services.clock.instant = later + timedelta(minutes=minutes)
        came_in.append(re.search(r"€[\d.]+", text_of(manager.get(f"/office/accounts?{SPAN}")))[0])
        services.clock.instant = then
        services.sandbox.pay(till.start(till.place(adult=2)), "card")
        till.deliver()

    assert came_in == ["€117.00", "€117.00", "€195.00"]


def test_no_cell_begins_like_a_formula():
    assert [accounts_file.safe_text(each) for each in ("=1+1", "+1", "@x", "-x", "card")] == [
        "'=1+1", "'+1", "'@x", "'-x", "card"
    ]  # fmt: skip
    assert [accounts_file.amount_text(each) for each in (0, 5, -5, -123456)] == ["0,00", "0,05", "-0,05", "-1234,56"]


def test_today_leads_to_what_waits_and_a_finding_is_settled_with_a_note(manager, till):
    today = text_of(manager.get("/office/"))
    assert "1 disputed payment needs an answer." in today
    assert "1 refund has failed. 2 things do not match with the payment provider." in today
    assert "the customer says it was not them" in text_of(manager.get("/office/disputes"))
    page = text_of(manager.get("/office/findings"))
    assert "Money nobody ordered" in page

    assert manager.post("/office/findings/2/resolution", {"note": " "}).status_code == 422
    assert manager.post("/office/findings/2/resolution", {"note": "the car park’s"}).status_code == 303
    assert manager.post("/office/findings/99/resolution", {"note": "x"}).status_code == 404

    page = text_of(manager.get("/office/findings"))
    assert "the car park’s" in page
    assert "Test manager" in page


def test_an_order_tells_of_its_dispute_and_leads_to_a_refund_that_failed(manager, till):
    disputed, refunded = till.order(2).code, till.order(1).code
    assert "Until it has decided, nothing of this payment can go back." in text_of(
        manager.get(f"/office/orders/{disputed}")
    )
    assert "the card was lost or stolen" in text_of(manager.get(f"/office/orders/{refunded}"))
    failed = f"/office/orders/{refunded}/refunds/1"
    assert "Send €9.00 once more" in text_of(manager.get(failed))

    assert manager.post(f"{failed}/transfer", {"note": ""}).status_code == 422
    assert manager.post(f"{failed}/attempts").status_code == 303
    assert manager.post(f"{failed}/attempts").status_code == 303  # pressed twice
    assert manager.get(f"/office/orders/{disputed}/refunds/1").status_code == 404
    till.work()

    assert [(each.state.value, each.amount_cents) for each in till.refunds()] == [("failed", 900), ("succeeded", 900)]
    assert "Nothing is owed of it any more" in text_of(manager.get(failed))
    till.assert_sound()


def test_the_commands_compare_and_add_up(app, till):
    run = app.test_cli_runner().invoke

    compared = run(args=["reconcile", "2026-11-24"])
    added = run(args=["accounts", "2026-11-24", "2026-11-24"])

    assert compared.exit_code == 1
    assert "money_nobody_ordered ch_" in compared.output
    assert "2 to be looked at" in compared.output
    assert added.exit_code == 1
    assert "difference 0,00" in added.output
    assert "difference 12,34" in added.output
    assert run(args=["accounts", "2026-11-24", "2026-11-24", "--csv"]).output.startswith("\ufeffday;kind;")
    assert run(args=["reconcile", "tomorrow"]).exit_code == 1
