"""Resellers over OCTO: the walk of the official validator, what it does not test, and closures."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.staff_stage import signed_in
from tests.web.octo_stage import Caller
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Experience
from ticketing.foundation.actors import system
from ticketing.operations import closing as carrying_out
from ticketing.operations import invariants
from ticketing.sales import closing, resellers
from ticketing.sales.models import Order
from ticketing.sales.resellers import Terms

BOSS = system("test")


@pytest.fixture
def stage(services, client):
    """Two slots of a visit and one of a show, and a reseller who keeps a fifth."""
    with services.database.transaction() as session:
        early = make.priced_slot(session, capacity=20)
        late = make.priced_slot(session, capacity=20, starts_at=make.NOON + timedelta(days=3))
        full = make.priced_slot(session, capacity=0, starts_at=make.NOON + timedelta(days=4))
        show = make.priced_slot(session, capacity=20, starts_at=make.NOON + timedelta(days=3), slug="show")
        seller = resellers.make(
            session, Terms("Tours", "An", "an@example.org", 2000), actor=BOSS, now=services.clock.now()
        )
        key = resellers.add_key(session, seller, actor=BOSS, now=services.clock.now())
        slots = {"early": early.uuid, "late": late.uuid, "full": full.uuid, "show": show.uuid}
    return Caller(client, key), slots


def unit_ids(product) -> dict[str, str]:
    return {unit["reference"]: unit["id"] for unit in product["options"][0]["units"]}


def proven(services) -> None:
    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


def basket(caller, slots, slot="late", **more):
    found = {product["reference"]: product for product in caller.good("Product", "/products")}
    product = found["show" if slot == "show" else "visit"]
    units = [{"unitId": unit_ids(product)["adult"]}] * 2
    return {
        "productId": product["id"],
        "optionId": "DEFAULT",
        "availabilityId": slots[slot],
        "unitItems": units,
        **more,
    }


def sold(caller, body, told):
    held = caller.good("Booking", "/bookings", body)
    return caller.good("Booking", f"/bookings/{held['uuid']}/confirm", told)


def test_a_reseller_sells_from_looking_to_the_door(stage, services, mailbox):
    caller, slots = stage
    caller.good("Supplier", "/supplier")
    product = caller.good("Product", "/products")[0]
    assert caller.good("Product", f"/products/{product['id']}/") == product
    asked = {"productId": product["id"], "optionId": "DEFAULT"}
    span = {"localDateStart": "2026-11-24", "localDateEnd": "2026-11-28"}
    days = caller.good("AvailabilityCalendar", "/availability/calendar", {**asked, **span})
    assert [(day["status"], day["vacancies"]) for day in days] == [
        ("AVAILABLE", 20), ("CLOSED", 0), ("CLOSED", 0), ("AVAILABLE", 20), ("SOLD_OUT", 0),
    ]  # fmt: skip
    assert len(caller.good("Availability", "/availability", {**asked, **span})) == 3
    (full,) = caller.good("Availability", "/availability", {**asked, "availabilityIds": [slots["full"]]})
    assert (full["status"], full["available"]) == ("SOLD_OUT", False)

    body = basket(caller, slots)
    held = caller.good("Booking", "/bookings", body)
    assert (held["status"], held["utcConfirmedAt"], held["cancellation"]) == ("ON_HOLD", None, None)
    one = f"/bookings/{held['uuid']}"
    longer = caller.good("Booking", f"{one}/extend", {"expirationMinutes": 31})
    assert longer["utcExpiresAt"] > held["utcExpiresAt"]
    three = [{"unitId": body["unitItems"][0]["unitId"]}] * 3
    assert len(caller.good("Booking", one, {"unitItems": three}, "PATCH")["unitItems"]) == 3
    show = basket(caller, slots, "show")
    assert caller.good("Booking", one, show, "PATCH")["productId"] == show["productId"]
    caller.good("Booking", one, {**body, "unitItems": three}, "PATCH")
    told = {"contact": {"fullName": "Jo Maes", "emailAddress": "jo@example.org"}, "resellerReference": "R-1"}
    sold = caller.good("Booking", f"{one}/confirm", told)
    assert (sold["status"], sold["utcExpiresAt"], sold["contact"]["fullName"]) == ("CONFIRMED", None, "Jo Maes")
    assert caller.good("Booking", f"{one}/confirm", told) == sold  # again is the same
    codes = [item["ticket"]["deliveryOptions"][0]["deliveryValue"] for item in sold["unitItems"]]
    assert len(set(codes)) == 3
    pdf = sold["unitItems"][0]["ticket"]["deliveryOptions"][1]["deliveryValue"]
    order = pdf.removeprefix(services.settings.public_url).removesuffix("tickets.pdf")
    assert caller.client.get(f"{order}tickets.pdf").mimetype == "application/pdf"
    assert (
        caller.client.get(f"{order}cancellation/").status_code == 409
    )  # the visitor's money is the reseller's to give
    assert "cancellation" not in caller.client.get(order).get_data(as_text=True)

    for query in ("resellerReference=R-1", f"supplierReference={sold['supplierReference']}", "localDate=2026-11-27"):
        assert caller.good("Booking", f"/bookings?{query}") == [sold]
    gone = caller.good("Booking", f"{one}/cancel", {"reason": "ill"})
    assert (gone["status"], gone["cancellation"]["refund"], gone["cancellation"]["reason"]) == (
        "CANCELLED",
        "FULL",
        "ill",
    )
    assert caller.good("Booking", f"{one}/cancel", {"reason": "again"}) == gone
    caller.refused("UNPROCESSABLE_ENTITY", f"{one}/confirm", told)
    with services.database.reading() as session:
        assert session.scalars(select(Order)).one().email is None  # no mail was asked for
        owed = resellers.owed_between(session, 1, services.clock.now(), services.clock.now() + timedelta(days=1))
    assert (owed.charged, owed.credited, owed.commission, owed.to_pay) == (3 * 1950, 3 * 1950, 0, 0)
    proven(services)


def test_an_admission_for_the_whole_day_is_sold_by_the_day(stage, services):
    caller, _ = stage
    with services.database.transaction() as session:
        make.priced_slot(session, slug="garden")
        session.scalars(select(Experience).where(Experience.slug == "garden")).one().duration_minutes = 480
    # The document asks for a start time here too, the official validator for none: it is the validator that is run.
    garden = next(each for each in caller.ask("/products").get_json() if each["reference"] == "garden")
    assert (garden["availabilityType"], garden["options"][0]["availabilityLocalStartTimes"]) == ("OPENING_HOURS", [])
    asked = {"productId": garden["id"], "optionId": "DEFAULT", "localDate": "2026-11-24"}
    (row,) = caller.good("Availability", "/availability", asked)
    assert (row["allDay"], row["openingHours"]) == (True, [{"from": "13:00", "to": "14:00"}])


def test_prices_come_with_the_commission_taken_off(stage, services):
    caller, slots = stage
    caller.capabilities = "octo/pricing, octo/content"
    held = caller.good("Booking", "/bookings", basket(caller, slots))
    assert (held["pricing"]["retail"], held["pricing"]["net"]) == (3900, 3120)
    asked = {key: held[key] for key in ("productId", "optionId")}
    (row,) = caller.good("Availability", "/availability", {**asked, "availabilityIds": [slots["late"]]})
    assert {price["retail"] for price in row["unitPricing"]} == {1950, 1450, 0}
    caller.good("AvailabilityCalendar", "/availability/calendar", {
        **asked, "localDateStart": "2026-11-27", "localDateEnd": "2026-11-27",
    })  # fmt: skip
    assert caller.ask("/products").headers["Octo-Capabilities"] == "octo/pricing"
    caller.good("Booking", f"/bookings/{held['uuid']}/confirm", {"contact": {}})
    with services.database.reading() as session:
        owed = resellers.owed_between(session, 1, services.clock.now(), services.clock.now() + timedelta(days=1))
    assert owed.to_pay == 3120


def test_what_is_wrong_is_told_in_the_words_of_octo(stage, services):
    caller, slots = stage
    good = basket(caller, slots)
    for error, wrong in (
        ("INVALID_PRODUCT_ID", {"productId": "no"}), ("INVALID_OPTION_ID", {"optionId": "no"}),
        ("INVALID_AVAILABILITY_ID", {"availabilityId": "no"}), ("INVALID_UNIT_ID", {"unitItems": [{"unitId": "no"}]}),
        ("UNPROCESSABLE_ENTITY", {"unitItems": []}), ("UNPROCESSABLE_ENTITY", {"availabilityId": slots["full"]}),
        ("BAD_REQUEST", {"uuid": "no"}), ("BAD_REQUEST", {"productId": 7}),
        ("INVALID_AVAILABILITY_ID", {"availabilityId": slots["show"]}),
    ):  # fmt: skip
        told = caller.refused(error, "/bookings", {**good, **wrong})
        assert told.get(next(iter(wrong)), "no") == "no" or "availabilityId" in wrong
    dates = {"localDateStart": "2026-11-24", "localDateEnd": "2026-11-28"}
    asked = {"productId": good["productId"], "optionId": "DEFAULT"}
    caller.refused("BAD_REQUEST", "/availability/calendar", {**asked, "localDateEnd": "2026-11-28"})
    caller.refused("BAD_REQUEST", "/availability", {**asked, **dates, "availabilityIds": [slots["late"]]})
    caller.refused("INVALID_PRODUCT_ID", "/products/no")
    for act in ("extend", "confirm", "cancel"):
        assert caller.refused("INVALID_BOOKING_UUID", f"/bookings/no/{act}", {"contact": {}})["uuid"] == "no"
    caller.refused("INVALID_BOOKING_UUID", "/bookings/no")
    caller.refused("BAD_REQUEST", "/bookings?")

    held = caller.good("Booking", "/bookings", {**good, "uuid": "559aed3d-6d5b-4fe0-bfca-99f5e7218a56"})
    assert caller.good("Booking", "/bookings", {**good, "uuid": held["uuid"]}) == held
    other = {**good, "uuid": held["uuid"], "availabilityId": slots["early"]}
    assert caller.refused("INVALID_BOOKING_UUID", "/bookings", other)["uuid"] == held["uuid"]
    services.clock.advance(minutes=16)
    lapsed = caller.good("Booking", f"/bookings/{held['uuid']}")
    assert (lapsed["status"], lapsed["cancellation"]["refund"]) == ("EXPIRED", "NONE")
    caller.refused("UNPROCESSABLE_ENTITY", f"/bookings/{held['uuid']}/confirm", {"contact": {}})

    with services.database.transaction() as session:  # another reseller sees nothing of it; a revoked key opens nothing
        rival = resellers.make(session, Terms("Rival", "Bo", "bo@example.org", 0), actor=BOSS, now=services.clock.now())
        key = resellers.add_key(session, rival, actor=BOSS, now=services.clock.now())
    stranger = Caller(caller.client, key)
    stranger.refused("INVALID_BOOKING_UUID", f"/bookings/{held['uuid']}")
    with services.database.transaction() as session:
        resellers.revoke_key(session, 2, resellers.keys_of(session, 2)[0].id, actor=BOSS, now=services.clock.now())
    assert (stranger.ask("/supplier").status_code, stranger.ask("/supplier").get_json()["error"]) == (
        401,
        "UNAUTHORIZED",
    )


def test_a_closure_is_seen_by_the_reseller_who_moves_or_cancels_without_loss(stage, services, mailbox):
    caller, slots = stage
    now = services.clock.now()
    told = {"contact": {"emailAddress": "jo@example.org"}, "emailReceipt": True}
    moved, ended = (sold(caller, basket(caller, slots, "early"), told) for _ in range(2))
    caller.refused("UNPROCESSABLE_ENTITY", f"/bookings/{ended['uuid']}/cancel", {})  # the day before was the last
    request = ClosureRequest(dict.fromkeys(make.LANGUAGES, "Storm."), now, make.NOON + timedelta(hours=4))
    with services.database.transaction() as session:
        shown = closing.preview(session, request, zone=services.zone, now=now)
        assert (shown.orders, shown.resellers, shown.unreached, shown.mails) == (2, 2, 0, 0)
        closing.close(session, request, actor=BOSS, now=now)
    row = caller.good("Availability", "/availability", {
        "productId": moved["productId"], "optionId": "DEFAULT", "availabilityIds": [slots["early"]],
    })[0]  # fmt: skip
    assert (row["status"], row["vacancies"], row["available"]) == ("CLOSED", 0, False)

    services.clock.advance(minutes=11)
    carrying_out.tend(services)
    seen = caller.good("Booking", f"/bookings/{moved['uuid']}")
    assert (seen["status"], seen["availability"]["status"], seen["cancellable"]) == ("CONFIRMED", "CLOSED", True)
    assert "Storm." in seen["notes"]
    after = caller.good("Booking", f"/bookings/{moved['uuid']}", {"availabilityId": slots["late"]}, "PATCH")
    assert (after["availabilityId"], after["notes"]) == (slots["late"], None)
    gone = caller.good("Booking", f"/bookings/{ended['uuid']}/cancel", {})
    assert gone["cancellation"]["refund"] == "FULL"
    proven(services)


@pytest.mark.one_engine
def test_a_manager_adds_a_reseller_gives_a_key_and_takes_it_back(app, services, client):
    office = signed_in(app, services)
    office.get("/office/resellers")
    typed = {"name": "Tours", "contact_name": "An", "email": "an@example.org", "commission": "12.5"}
    assert office.post("/office/resellers", {**typed, "commission": "60"}).status_code == 422
    one = office.post("/office/resellers", typed).headers["Location"]
    shown = office.post(f"{one}/keys").get_data(as_text=True)
    key = re.search(r"<code>([A-Za-z0-9_-]{43})</code>", shown)[1]
    assert Caller(client, key).ask("/supplier").status_code == 200
    assert "12.5" in office.get(one).get_data(as_text=True)
    assert key not in office.get(one).get_data(as_text=True)
    assert office.post(one, {**typed, "commission": "10"}).status_code == 303
    assert office.post(f"{one}/keys/1/revocation").status_code == 303
    assert Caller(client, key).ask("/supplier").status_code == 401
