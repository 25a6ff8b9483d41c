"""A manager makes promotions and bundles, sees first what they do, and takes the codes to a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from tests import make
from tests.staff_stage import signed_in
from tests.visitor import Visitor
from ticketing.catalogue.models import Companionship, TicketType
from ticketing.sales import promotions
from ticketing.sales.discount_models import Bundle, Promotion, PromotionCode
from ticketing.sales.models import Hold, Order
from ticketing.staff.models import Role

BATCH = {
    "name": "=cmd|' /C calc'!A0", "kind": "amount", "amount": "5,00", "codes": "batch", "prefix": "zomer",
    "count": "30", "max_uses": "1",
}  # fmt: skip


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        return make.priced_slot(session, 10)


@pytest.fixture
def manager(app, services, slot):
    return signed_in(app, services, Role.MANAGER)


@pytest.fixture
def visitor(client):
    return Visitor(client)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def form_of(page) -> dict[str, str]:
    return {"request_key": re.search(r'name="request_key" value="([^"]+)"', page.get_data(as_text=True))[1]}


def test_a_batch_is_looked_at_then_made_once_and_taken_to_a_spreadsheet(manager, database):
    form = BATCH | form_of(manager.get("/office/promotions/new"))

    looked = manager.post("/office/promotions", form | {"look": "1"})
    assert "30 codes can be used at once. It can be used 30 times at most in all." in text_of(looked)
    assert "−€5.00" in text_of(looked)
    with database.reading() as session:
        assert session.scalars(select(Promotion)).all() == []

    made = [manager.post("/office/promotions", form).location for _ in range(2)]
    assert made[0] == made[1]
    lines = list(csv.reader(io.StringIO(manager.get(f"{made[0]}/codes.csv").get_data(as_text=True))))
    assert len(lines) == 31
    assert lines[1][0].startswith("ZOMER-")
    assert lines[1][1].startswith("'=cmd")
    assert lines[1][0] in text_of(manager.get(made[0]))
    manager.post(f"{made[0]}/codes/end", {"code": lines[1][0]})
    manager.post(f"{made[0]}/end")
    assert "ended" in text_of(manager.get("/office/promotions"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This is needed. Fill it in."),
        ({"amount": "0"}, "Give an amount like 12.50"),
        ({"kind": "percent", "percent": "101"}, "Give a whole number from 1 to 100."),
        ({"count": "10001"}, "Give a whole number from 1 to 10000."),
        ({"prefix": "ä"}, "Use letters, figures and hyphens, at most 40."),
        ({"valid_until": "2026-02-30"}, "Give a date."),
    ],
)
def test_a_field_says_what_is_wrong_with_it_and_keeps_the_others(manager, wrong, sentence):
    answer = manager.post("/office/promotions", BATCH | wrong)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'value="30"' in answer.get_data(as_text=True) or "count" in wrong


def test_a_bundle_is_made_shown_in_the_shop_and_ended(manager, visitor, slot, database):
    form = {f"name_{language}": "Family" for language in make.LANGUAGES} | {
        "experience": "visit", "price": "62", "least-adult": "2", "least-child": "2", "most-child": "3",
    }  # fmt: skip

    refused = manager.post("/office/bundles", form | {"price": "99"})
    assert "At this price the tickets together would cost no less." in text_of(refused)
    assert manager.post("/office/bundles", form | form_of(refused)).status_code == 303

    tickets = text_of(visitor.get(f"/en/tickets/slots/{slot.uuid}/"))
    assert "Family 2 × adult + 2–3 × child: together €62.00. It is taken off automatically." in tickets
    with database.reading() as session:
        bundle_id = session.scalars(select(Bundle.id)).one()
    manager.post(f"/office/bundles/{bundle_id}/end")
    assert "together" not in text_of(visitor.get(f"/en/tickets/slots/{slot.uuid}/"))


def test_the_front_desk_makes_no_promotions(app, services):
    desk = signed_in(app, services, Role.FRONT_DESK)

    assert {desk.get(f"/office/{page}").status_code for page in ("promotions", "promotions/new", "bundles")} == {403}


def test_a_companion_alone_is_told_with_the_numbers_kept(visitor, slot, database):
    with database.transaction() as session:
        types = {kind.slug: kind.id for kind in session.scalars(select(TicketType))}
        session.add(Companionship(companion_id=types["companion"], accompanied_id=types["adult"]))
    address = f"/en/tickets/slots/{slot.uuid}/"
    visitor.get(address)

    refused = visitor.post(address, **{"quantity-adult": "1", "quantity-companion": "2"})

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "A companion comes along with somebody" in text_of(refused)
    assert re.search(r'id="quantity-companion"[^>]* value="2"[^>]*aria-invalid="true"', page)
    assert re.search(r'id="quantity-adult"[^>]* value="1"', page)


def test_a_code_that_others_used_up_and_a_price_that_changed_are_told_on_the_review(visitor, slot, database, now):
    with database.transaction() as session:
        make.promotion(session, "ONE", now, max_uses=1)
        secret, other = (make.hold(session, slot, now, adult=1).secret for _ in range(2))
    for basket in (secret, other):
        base = f"/en/tickets/holds/{basket}/"
        visitor.get(f"{base}details/")
        visitor.post(f"{base}details/", email="an.peeters@example.org")
        visitor.get(f"{base}review/")
        assert visitor.post(f"{base}promotion/", promotion_code="one").status_code == 303
    assert visitor.post(f"/en/tickets/holds/{other}/order/", shown_cents="1462").status_code == 303

    base = f"/en/tickets/holds/{secret}/"
    refused = visitor.post(f"{base}order/", shown_cents="1462")
    assert refused.status_code == 409
    assert "This code has been used up" in text_of(refused)
    assert "€19.50" in text_of(refused)
    visitor.post(f"{base}promotion/", promotion_code="")
    changed = visitor.post(f"{base}order/", shown_cents="1462")
    assert changed.status_code == 409
    assert "The price has changed meanwhile" in text_of(changed)
    with database.reading() as session:
        held = session.scalars(select(Order).join(Hold).where(Hold.secret == secret)).all()
    assert held == []


def test_a_code_that_does_not_count_is_told_at_its_field_on_the_tickets_page_with_the_numbers_kept(
    visitor, slot, database, now
):
    with database.transaction() as session:
        make.promotion(session, "ONCE", now, max_uses=1)
        first = make.order(session, slot, now, adult=1)
        code = session.scalars(select(PromotionCode)).one()
        promotions.redeem(session, code.id, first, 1, now=now)

    for typed, title in (("nope", "We do not know this code"), ("once", "This code has been used up")):
        address = f"/en/tickets/slots/{slot.uuid}/"
        visitor.get(address)
        page = visitor.post(address, **{"quantity-adult": "2"}, promotion_code=typed)

        assert page.status_code in (409, 422)
        assert title in page.text
        assert re.search(rf'id="promotion_code"[^>]* value="{typed}" aria-invalid="true"', page.text)
        assert re.search(r'id="quantity-adult"[^>]* value="2"', page.text)
