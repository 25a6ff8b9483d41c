"""Buying through the pages, as a browser without JavaScript would; and everything hostile that can be sent to them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from tests.visitor import Visitor
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.foundation.actors import system
from ticketing.operations import invariants, worker
from ticketing.sales.models import Hold, Order, OrderState

LEGAL_BUTTONS = {
    "nl": "Bestelling met betalingsverplichting",
    "fr": "Commande avec obligation de paiement",
    "en": "Order with obligation to pay",
    "de": "Zahlungspflichtig bestellen",
}


@pytest.fixture
def slot(database, now):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, capacity=5)


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client)


@pytest.mark.parametrize("language", LEGAL_BUTTONS)
def test_from_the_first_page_to_the_tickets_without_javascript(client, services, slot, mailbox, language):
    visitor = Visitor(client, language)
    days = visitor.get(f"/{language}/tickets/").text
    assert f"/{language}/tickets/visit/2026-11-24/" in days
    slots = visitor.get(f"/{language}/tickets/visit/2026-11-24/").text
    assert f"/{language}/tickets/slots/{slot.uuid}/" in slots

    order = visitor.buy(slot, adult="2", child="1")

    assert visitor.page.text.count('class="qr"') == 3
    pdf = client.get(f"{order}tickets.pdf")
    assert (pdf.status_code, pdf.content_type) == (200, "application/pdf")
    worker.run_jobs(services)
    assert len(mailbox.messages) == 1
    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


@pytest.mark.parametrize(("language", "words"), LEGAL_BUTTONS.items())
def test_the_button_that_orders_says_so_as_the_law_asks(client, slot, language, words):
    visitor = Visitor(client, language)
    visitor.fill_in(slot, adult="1")

    button = re.search(r'<button class="button wide" type="submit">([^<]+)</button>', visitor.page.text)

    assert button[1] == words
    total_at = visitor.page.text.index('class="total"')
    assert total_at < visitor.page.text.index(button[0])


def test_the_first_price_shown_is_the_price_charged(visitor, slot, database):
    assert "€\u00a019,50" in visitor.get(f"/nl/tickets/visit/{slot.local_date}/").text

    visitor.buy(slot, adult="1")

    with database.reading() as session:
        assert session.scalars(select(Order.total_cents)).all() == [1950]


def test_pressing_every_button_twice_is_one_order(visitor, slot, database):
    base = visitor.fill_in(slot, adult="1")

    first, second = visitor.post(f"{base}order/"), visitor.post(f"{base}order/")

    assert first.location == second.location
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_the_same_form_sent_twice_is_one_hold(visitor, slot, database):
    path = f"/nl/tickets/slots/{slot.uuid}/"
    key = re.search(r'name="request_key" value="([^"]+)"', visitor.get(path).text)[1]
    fields = {"request_key": key, "quantity-adult": "2"}

    first, second = visitor.post(path, **fields), visitor.post(path, **fields)

    assert first.location == second.location
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 1


@pytest.mark.parametrize("typed", ["-1", "1.5", "٣", "1e9", "1000000000", "two", "1; DROP", "9" * 5000, "½"])
def test_a_quantity_that_is_none_is_refused_on_the_same_page_with_what_was_typed(visitor, slot, typed, database):
    answer = visitor.choose(slot, adult=typed)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


@pytest.mark.parametrize("quantities", [{}, {"adult": "0"}, {"pirate": "1"}, {"adult": "21"}])
def test_a_choice_that_cannot_be_is_refused_with_a_sentence(visitor, slot, quantities):
    answer = visitor.choose(slot, **quantities)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_more_than_is_left_is_told_on_the_fresh_page(visitor, app, slot):
    Visitor(app.test_client()).fill_in(slot, adult="4")

    answer = visitor.choose(slot, adult="2")

    assert answer.status_code == 409
    assert "Net uitverkocht" in answer.text
    assert "Nog 1 plaats op dit tijdstip." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/nl/tickets/slots/00000000-0000-0000-0000-000000000000/",
        "/nl/tickets/slots/1/",
        "/nl/tickets/holds/nosuchsecret/details/",
        "/nl/tickets/holds/nosuchsecret/review/",
        "/nl/orders/AAAAAAAA/nosuchsecret/",
        "/nl/orders/AAAAAAAA/nosuchsecret/tickets.pdf",
        "/nl/orders/%00/%00/",
        "/nl/tickets/nothing/",
        "/nl/tickets/visit/2026-13-45/",
        "/nl/tickets/visit/0000-00-00/",
        "/nl/tickets/..%2f..%2fetc%2fpasswd/",
        "/xx/",
        "/nl/%F0%9F%98%80/",
        "/sandbox/pay/cs_test_none",
        "/nl/" + "a" * 5000,
    ],
)
def test_an_address_that_leads_nowhere_is_a_clear_page(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31", "٢٠٢٦-11-24"])
def test_a_day_out_of_this_century_has_no_page(client, slot, day):
    assert client.get(f"/nl/tickets/visit/{day}/").status_code == 404


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_have_a_page(client, slot, day):
    assert client.get(f"/nl/tickets/visit/{day}/").status_code == 200


def test_the_month_page_bears_any_month(client, slot):
    for month in ("2026-12", "1999-01", "2026-13", "", "x", "2026-12-01", "9999-99", "'"):
        assert client.get("/nl/tickets/", query_string={"month": month}).status_code == 200


def test_a_slot_that_has_passed_can_be_seen_and_not_bought(visitor, slot, clock, database):
    clock.advance(hours=6)

    answer = visitor.choose(slot, adult="1")

    assert answer.status_code in (400, 409)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


def test_a_lapsed_hold_says_what_was_chosen_and_where_to_choose_again(visitor, slot, clock):
    base = visitor.fill_in(slot, adult="2")
    clock.advance(minutes=16)

    for step in ("details/", "review/"):
        answer = visitor.client.get(f"{base}{step}")
        assert answer.status_code == 410
        assert f"/nl/tickets/visit/{slot.local_date}/" in answer.text
    assert visitor.post(f"{base}order/").status_code == 410


def test_more_time_keeps_the_places(visitor, slot, clock):
    base = visitor.fill_in(slot, adult="1")
    clock.advance(minutes=14)

    assert visitor.post(f"{base}extension/", step="review").status_code == 303

    clock.advance(minutes=10)
    assert visitor.client.get(f"{base}review/").status_code == 200


def test_an_address_that_is_no_address_stays_on_the_form(visitor, slot):
    details = visitor.choose(slot, adult="1").location
    visitor.get(details)

    for typed in (
        "",
        "an",
        "an@",
        "an@example",
        "an@exa mple.org",
        "a" * 300 + "@example.org",
        "an\r\nBcc: b@example.org",
    ):
        answer = visitor.post(details, email=typed, name="An")
        assert answer.status_code == 422, typed
        assert 'id="email-error"' in answer.text


def test_a_promotion_code_shows_in_the_total_and_a_wrong_one_costs_nothing(visitor, slot, database, now):
    with database.transaction() as session:
        make.promotion(session, "SCIENCE25", now)
    base = visitor.fill_in(slot, adult="2")

    assert visitor.post(f"{base}promotion/", promotion_code="nope").status_code == 422
    assert visitor.post(f"{base}promotion/", promotion_code="science25").status_code == 303

    assert "€\u00a029,25" in visitor.get(f"{base}review/").text


def test_a_form_without_its_token_does_nothing(client, slot, database):
    answer = client.post(f"/nl/tickets/slots/{slot.uuid}/", data={"quantity-adult": "1"})

    assert answer.status_code == 400
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


def test_reading_changes_nothing(visitor, slot, database):
    order = visitor.buy(slot, adult="1")
    before = database.revision()

    for path in (
        "/nl/",
        "/nl/tickets/",
        f"/nl/tickets/visit/{slot.local_date}/",
        "/nl/mission/",
        order,
        "/api/v1/status",
    ):
        assert visitor.client.get(path).status_code == 200

    assert database.revision() == before


def test_a_declined_card_can_be_tried_again_on_the_same_page(visitor, slot, database):
    base = visitor.fill_in(slot, adult="1")
    pay = visitor.post(f"{base}order/").location.removeprefix("http://127.0.0.1:8000")
    visitor.get(pay)

    declined = visitor.post(pay, outcome="decline")
    assert "geweigerd" in visitor.get(declined.location).text
    visitor.post(pay, outcome="pay")

    with database.reading() as session:
        assert session.scalars(select(Order.state)).all() == [OrderState.PENDING]  # until the provider reports


@pytest.mark.parametrize(
    ("language", "words"), {"nl": "Testbetaling", "fr": "Paiement de test", "de": "Testzahlung"}.items()
)
def test_the_sandboxs_page_speaks_the_orders_language_not_the_browsers(client, slot, language, words):
    visitor = Visitor(client, language)
    base = visitor.fill_in(slot, adult="1")
    pay = visitor.post(f"{base}order/").location.removeprefix("http://127.0.0.1:8000")

    page = client.get(pay, headers={"Accept-Language": "en"}).text

    assert f'<html lang="{language}"' in page
    assert words in page


def test_an_unpaid_order_waits_on_its_page_and_never_says_failed(visitor, slot):
    base = visitor.fill_in(slot, adult="1")
    visitor.post(f"{base}order/")

    order = visitor.client.get(f"{base}review/").location
    page = visitor.get(order).text

    assert "Nog niet betaald" in page
    assert visitor.client.get(f"{order}tickets.pdf").status_code == 409


def close(database, now, **reasons: str) -> None:
    with database.transaction() as session:
        words = {language: reasons.get(language, "storm") for language in make.LANGUAGES}
        closures.close(session, ClosureRequest(words, now), actor=system("test"), now=now)


def test_a_closure_is_everywhere_in_the_same_second_and_gone_with_it(visitor, slot, database, now, services):
    base = visitor.fill_in(slot, adult="1")
    assert "Nu open" in visitor.get("/nl/").text

    close(database, now, nl="Gesloten wegens storm")

    assert "Technopolis is gesloten" in visitor.get("/nl/").text
    assert "Gesloten wegens storm" in visitor.get(f"/nl/tickets/visit/{slot.local_date}/").text
    assert visitor.choose(slot, adult="1").status_code in (400, 409)
    visitor.get("/nl/tickets/holds/x/")
    assert visitor.client.get("/api/v1/status").json["open"] is False
    visitor.page = visitor.client.get(f"{base}review/")
    assert visitor.post(f"{base}order/").status_code == 409

    with database.transaction() as session:
        (closure,) = closures.find_in_force(session, now=now)
        closures.lift(session, closure, actor=system("test"), now=now + timedelta(seconds=1))
    assert "Nu open" in visitor.get("/nl/").text
    assert visitor.client.get("/api/v1/status").json["open"] is True


def test_every_answer_carries_the_policy_and_personal_pages_are_not_kept(visitor, slot):
    order = visitor.buy(slot, adult="1")

    for path in ("/nl/", order, "/desk/sign-in", "/api/v1/status", "/nl/nope"):
        headers = visitor.client.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.client.get(order).headers["Cache-Control"] == "no-store"


def test_logs_hold_no_address_and_no_name(visitor, slot, caplog, services):
    with caplog.at_level("DEBUG"):
        visitor.buy(slot, adult="1")
        worker.run_jobs(services)

    assert "an.peeters" not in caplog.text
    assert "Peeters" not in caplog.text
