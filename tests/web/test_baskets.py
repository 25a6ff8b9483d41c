"""A basket over several slots through the pages: put in, changed, clashing, lapsed, ordered, moved in part."""

from __future__ import annotations

import re
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import func, select

from tests import make
from tests.visitor import HERE, Visitor
from ticketing.catalogue.models import ExperienceKind, Slot
from ticketing.operations import invariants
from ticketing.sales.models import Hold, HoldLine, HoldState, OrderLine


@pytest.fixture
def day(database) -> dict[str, Slot]:
    """A visit at one, a show at two and at four, a workshop in between that clashes with the first."""
    kinds = {"lightning": ExperienceKind.SHOW, "beetle": ExperienceKind.WORKSHOP}
    hours = {"visit": 0, "later visit": 1.5, "lightning": 1, "lightning again": 3, "beetle": 1.5}
    with database.transaction() as session:
        make.opening_hours(session)
        return {
            name: make.priced_slot(
                session, 5, make.NOON + timedelta(hours=hour), slug := name.split()[-1 if "visit" in name else 0],
                kinds.get(slug, ExperienceKind.ADMISSION),
            )
            for name, hour in hours.items()
        }  # fmt: skip


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client)


def put_in(visitor: Visitor, slot, **fields: str):
    """Choose in the form of a slot's page, wherever that form leads."""
    page = visitor.get(f"/nl/tickets/slots/{slot.uuid}/").text
    action = re.search(r'<form method="post" action="([^"]+)" data-total', page)
    return visitor.post(action[1] if action else f"/nl/tickets/slots/{slot.uuid}/", **fields)


def basket_of(visitor: Visitor, day) -> str:
    """A visit, a show and a workshop for two; return the basket's address."""
    details = visitor.choose(day["visit"], adult="2").location
    base = details.removesuffix("details/")
    for name in ("lightning", "beetle"):
        assert put_in(visitor, day[name], **{"quantity-adult": "2"}).location == base
    return base


def counts(database) -> dict[str, int]:
    """Return how many tickets the last basket has of each slot."""
    with database.reading() as session:
        last = select(func.max(Hold.id)).scalar_subquery()
        lines = select(Slot.uuid, func.sum(HoldLine.quantity)).join(HoldLine.slot).where(HoldLine.hold_id == last)
        return dict(session.execute(lines.group_by(Slot.uuid)).all())


def test_one_visit_leads_straight_to_the_details_and_more_joins_it_with_the_same_party(visitor, day, database):
    details = visitor.choose(day["visit"], adult="2", child="1").location
    assert details.endswith("/details/")

    page = visitor.get(f"/nl/tickets/slots/{day['lightning'].uuid}/").text
    assert re.search(r'name="quantity-adult"[^>]* value="2"', page)
    put_in(visitor, day["lightning"], **{"quantity-adult": "2", "quantity-child": "1"})

    assert counts(database) == {day["visit"].uuid: 3, day["lightning"].uuid: 3}


def test_the_basket_groups_by_time_points_out_the_clash_and_offers_the_way_out(visitor, day, database):
    base = basket_of(visitor, day)

    page = visitor.get(base).text

    assert [page.index(f'class="time">{time}<') for time in ("13.00", "14.00", "14.30")] == sorted(
        page.index(f'class="time">{time}<') for time in ("13.00", "14.00", "14.30")
    )
    assert "“lightning” (14.00 tot 15.00) en “beetle” (14.30 tot 15.30) overlappen." in page
    assert "Neem “lightning” om 16.00\u00a0uur" in page
    way_out = {"step": "basket", "instead_of": day["lightning"].uuid, "quantity-adult": "2"}
    assert visitor.post(f"{base}slots/{day['lightning again'].uuid}/", **way_out).location == base
    assert "overlappen" not in visitor.get(base).text
    assert counts(database) == {day[name].uuid: 2 for name in ("visit", "lightning again", "beetle")}


def test_the_clash_is_told_before_paying_and_does_not_forbid_it(visitor, day):
    base = basket_of(visitor, day)
    visitor.get(f"{base}details/")

    review = visitor.post(f"{base}details/", email="an.peeters@example.org")

    assert "overlappen" in visitor.get(review.location).text
    assert visitor.post(f"{base}order/").status_code == 303


def test_another_time_of_the_same_goes_instead_unless_both_are_asked_for(visitor, day, database):
    visitor.choose(day["visit"], adult="2")
    page = visitor.get(f"/nl/tickets/slots/{day['later visit'].uuid}/").text
    assert f'name="instead_of" value="{day["visit"].uuid}" checked' in page

    put_in(visitor, day["later visit"], instead_of=day["visit"].uuid, **{"quantity-adult": "2"})
    assert counts(database) == {day["later visit"].uuid: 2}
    put_in(visitor, day["visit"], instead_of="", **{"quantity-adult": "1"})
    assert counts(database) == {day["later visit"].uuid: 2, day["visit"].uuid: 1}


def test_when_there_is_no_room_for_more_what_was_held_stays_and_what_was_typed_too(visitor, day, database, app):
    base = visitor.choose(day["visit"], adult="2").location.removesuffix("details/")
    Visitor(app.test_client()).choose(day["lightning"], adult="4")

    answer = put_in(visitor, day["lightning"], **{"quantity-adult": "3"})

    assert answer.status_code == 409
    assert "Net uitverkocht" in answer.text
    assert re.search(r'name="quantity-adult"[^>]* value="3"', answer.text)
    assert visitor.get(base).status_code == 200


def test_more_than_one_order_may_have_leads_to_us(visitor, day, database):
    with database.transaction() as session:
        for slot in day.values():
            session.get_one(Slot, slot.id).capacity = 50
    visitor.choose(day["visit"], adult="15")

    answer = put_in(visitor, day["lightning"], **{"quantity-adult": "6"})

    assert answer.status_code == 422
    assert 'href="/nl/contact/"' in answer.text.partition('id="mistake"')[2][:400]


def test_two_tabs_and_the_back_button_lead_into_one_basket(visitor, day, database):
    """Both tabs showed the slot before there was a basket; the second has the show in its own form by then."""
    path = f"/nl/tickets/slots/{day['visit'].uuid}/"
    visitor.get(path)
    first = visitor.post(path, request_key="tab one", **{"quantity-adult": "2"}).location
    put_in(visitor, day["lightning"], **{"quantity-adult": "2"})

    second = visitor.post(path, request_key="tab two", **{"quantity-adult": "3"}).location

    assert second == first.removesuffix("details/")
    assert counts(database) == {day["visit"].uuid: 3, day["lightning"].uuid: 2}


def test_taking_out_the_last_thing_gives_the_basket_back(visitor, day, database):
    base = visitor.choose(day["visit"], adult="2").location.removesuffix("details/")
    visitor.get(base)

    answer = visitor.post(f"{base}slots/{day['visit'].uuid}/", step="basket")

    assert answer.location == "/nl/tickets/"
    with database.reading() as session:
        assert session.scalars(select(Hold.state)).all() == [HoldState.RELEASED]


def test_a_lapsed_basket_can_be_asked_for_again_whole_while_there_is_room(visitor, day, clock, database, app):
    base = basket_of(visitor, day)
    stale = visitor.get(base)
    clock.advance(minutes=16)

    answer = visitor.post(f"{base}slots/{day['lightning'].uuid}/", **{"quantity-adult": "1"})
    assert answer.status_code == 410
    assert [name in answer.text for name in ("visit", "lightning", "beetle")] == [True] * 3

    again = visitor.post(f"{base}again/", request_key="again").location
    assert again not in (None, base)
    assert counts(database) == {day[name].uuid: 2 for name in ("visit", "lightning", "beetle")}

    clock.advance(minutes=16)
    Visitor(app.test_client()).choose(day["beetle"], adult="4")
    visitor.page = stale
    refused = visitor.post(f"{base}again/", request_key="once more")
    assert (refused.status_code, "Net uitverkocht" in refused.text) == (409, True)

    with database.transaction() as session:  # a manager takes what nobody has places in out of the offer
        session.get_one(Slot, day["lightning"].id).withdrawn_at = clock.now()
    visitor.page = stale
    gone = visitor.post(f"{base}again/", request_key="a third time")
    assert (gone.status_code, all(name in gone.text for name in ("visit", "lightning", "beetle"))) == (404, True)


def test_a_basket_that_became_an_order_leads_to_it_from_everywhere(visitor, day):
    base = basket_of(visitor, day)
    visitor.get(f"{base}details/")
    visitor.post(f"{base}details/", email="an.peeters@example.org")
    visitor.post(f"{base}order/")

    asked = [visitor.get(base), visitor.get(f"{base}slots/{day['visit'].uuid}/"), visitor.post(f"{base}again/")]
    asked.append(visitor.post(f"{base}slots/{day['visit'].uuid}/", **{"quantity-adult": "5"}))

    assert {(answer.status_code, "/nl/orders/" in answer.location) for answer in asked} == {(303, True)}


def test_a_planned_day_is_taken_in_one_press_ordered_printed_and_moved_in_part(
    visitor, day, database, client, services
):
    asked = "asked=1&day=2026-11-24&experience=visit&experience=lightning&experience=beetle&quantity-adult=2"
    page = visitor.get(f"/nl/tickets/day-plan/?{asked}").text
    form = re.search(r"<form method=\"post\" action=\"(/nl/tickets/day-plan/)\">(.*?)</form>", page, re.DOTALL)
    slots = re.findall(r'name="slot" value="([^"]+)"', form[2])
    assert slots == [day[name].uuid for name in ("visit", "beetle", "lightning again")]

    base = visitor.post(form[1], slot=slots, request_key="key", **{"quantity-adult": "2"}).location
    visitor.get(f"{base}details/")
    visitor.get(visitor.post(f"{base}details/", email="an.peeters@example.org").location)
    pay = visitor.post(f"{base}order/").location.removeprefix(HERE)
    visitor.get(pay)
    order = client.get(visitor.post(pay, outcome="pay").location.removeprefix(HERE)).location
    shown = visitor.get(order).text
    assert shown.index("13.00") < shown.index("14.30") < shown.index("16.00")
    pdf = pypdfium2.PdfDocument(client.get(f"{order}tickets.pdf").data)
    pages = [page.get_textpage().get_text_range() for page in pdf]
    assert [next(time for time in ("13.00", "14.30", "16.00") if time in text) for text in pages] == [
        "13.00", "13.00", "14.30", "14.30", "16.00", "16.00",
    ]  # fmt: skip

    move = f"{order}rebooking/slots/{day['lightning'].uuid}/"
    numbers = re.findall(r'name="t" value="(\d+)"', visitor.get(f"{order}rebooking/").text)
    assert len(numbers) == 6
    key = re.search(r'name="request_key" value="([^"]+)"', visitor.get(f"{move}?t=5&t=6").text)[1]
    assert visitor.post(move, t=["5", "6"], request_key=key).location == order

    with database.reading() as session:
        standing = select(OrderLine.slot_id).where(OrderLine.ended_at.is_(None))
        assert set(session.scalars(standing)) == {day[name].id for name in ("visit", "beetle", "lightning")}
        assert invariants.violations(session, now=services.clock.now()) == []


def test_when_somebody_was_faster_the_day_is_proposed_anew_and_nothing_taken(visitor, day, database, app):
    asked = {"asked": "1", "day": "2026-11-24", "experience": ["visit", "lightning"], "quantity-adult": "2"}
    visitor.get("/nl/tickets/day-plan/")
    visitor.get(f"/nl/tickets/slots/{day['visit'].uuid}/")
    Visitor(app.test_client()).choose(day["visit"], adult="4")

    slots = [day["visit"].uuid, day["lightning"].uuid]
    answer = visitor.post("/nl/tickets/day-plan/", slot=slots, request_key="key", **asked)

    assert answer.status_code == 409
    assert "Iemand was je voor." in answer.text
    proposal = re.search(r'class="day-steps">(.*?)</ol>', answer.text, re.DOTALL)[1]
    assert re.findall(r'class="time">([^<]+)<', proposal) == ["14.30", "16.00"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "", "day=2026-11-24", "day=x&experience=visit", "day=9999-99-99", "day=2026-11-24&experience=nope",
        "day=2026-11-24&experience=visit&quantity-adult=-1", "day=2026-11-24&experience=visit&quantity-adult=99",
        "day=2026-11-24&experience=visit&quantity-adult=0", "day=0001-01-01&experience=visit&quantity-adult=1",
    ],
)  # fmt: skip
def test_a_plan_that_is_asked_wrongly_is_told_on_the_form(visitor, day, asked):
    answer = visitor.get(f"/nl/tickets/day-plan/?asked=1&{asked}")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
