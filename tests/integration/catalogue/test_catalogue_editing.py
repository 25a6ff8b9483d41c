"""Managers edit experiences, ticket types, prices: what is refused, who is told, what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import experience_editing, marks, offers, price_editing, ticket_type_editing
from ticketing.catalogue.checking import CatalogueInvalid
from ticketing.catalogue.experience_editing import ExperienceSheet
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import Audience, Experience, Price
from ticketing.catalogue.price_editing import PriceSheet
from ticketing.catalogue.ticket_type_editing import TicketTypeSheet
from ticketing.foundation.actors import staff
from ticketing.foundation.languages import LANGUAGES

ANNA, BO = staff(1, "Anna"), staff(2, "Bo")
TODAY = date(2026, 11, 24)


def sheet_of(experience: Experience, **changes: object) -> ExperienceSheet:
    said = {name: getattr(experience, name) for name in ExperienceSheet.__slots__}
    return ExperienceSheet(**(said | {"summaries": dict.fromkeys(LANGUAGES, "words")} | changes))


def why(refusal: pytest.ExceptionInfo[CatalogueInvalid]) -> tuple[str, str]:
    return refusal.value.details["field"], refusal.value.details["why"]


def test_the_second_of_two_managers_hears_who_was_first_and_saves_on_top(session: Session, now: datetime) -> None:
    experience = make.experience(session)
    opened = marks.mark_of(experience)
    sheet = sheet_of(experience, position=3)
    experience_editing.change(session, "visit", sheet, opened, actor=ANNA, now=now)

    with pytest.raises(CatalogueMovedOn) as refusal:
        experience_editing.change(session, "visit", replace(sheet, position=4), opened, actor=BO, now=now)
    experience_editing.change(session, "visit", sheet, opened, actor=BO, now=now)  # what is so already is no conflict
    experience_editing.change(
        session, "visit", replace(sheet, position=4), marks.mark_of(experience), actor=BO, now=now
    )

    assert (refusal.value.details["by"], experience.position) == ("Anna", 4)


def test_a_name_in_addresses_is_unique_and_stays_once_places_were_taken(session: Session, now: datetime) -> None:
    slot = make.priced_slot(session)
    other = make.experience(session, "lightning")
    visit = session.get_one(Experience, slot.experience_id)
    with pytest.raises(CatalogueInvalid) as taken:
        experience_editing.change(
            session, "lightning", sheet_of(other, slug="visit"), marks.mark_of(other), actor=ANNA, now=now
        )
    make.confirmed_order(session, slot, now)

    with pytest.raises(CatalogueInvalid) as sold:
        experience_editing.change(
            session, "visit", sheet_of(visit, slug="day"), marks.mark_of(visit), actor=ANNA, now=now
        )

    assert (why(taken), why(sold)) == (("slug", "slug_taken"), ("slug", "sold"))


def test_what_is_listed_has_words_in_every_language(session: Session, now: datetime) -> None:
    experience = make.experience(session)
    words = dict.fromkeys(LANGUAGES, "x") | {"fr": "  "}
    half = sheet_of(experience, names=words)
    with pytest.raises(CatalogueInvalid) as refusal:
        experience_editing.create(session, replace(half, slug="show"), actor=ANNA, now=now)

    unlisted = experience_editing.create(session, replace(half, slug="show", is_listed=False), actor=ANNA, now=now)

    assert why(refusal) == ("names_fr", "words_needed")
    assert experience_editing.missing_words(unlisted) == ["fr"]


def test_ages_and_numbers_of_a_ticket_type_make_sense(session: Session, now: datetime) -> None:
    words = dict.fromkeys(LANGUAGES, "x")
    sheet = TicketTypeSheet("young", words, {}, Audience.VISITOR, 18, 12, 20, 1)
    with pytest.raises(CatalogueInvalid) as ages:
        ticket_type_editing.create(session, sheet, actor=ANNA, now=now)
    with pytest.raises(CatalogueInvalid) as number:
        ticket_type_editing.create(session, replace(sheet, max_age=25, max_per_order=0), actor=ANNA, now=now)

    made = ticket_type_editing.create(session, replace(sheet, max_age=25), actor=ANNA, now=now)

    assert (why(ages)[1], why(number)[0], made.max_age) == ("ages", "max_per_order", 25)


def test_a_price_lies_over_the_usual_one_and_what_is_sold_keeps_its_own(session: Session, now: datetime) -> None:
    slot = make.priced_slot(session)
    order = make.confirmed_order(session, slot, now, adult=1)
    adult = ticket_type_editing.get_ticket_type(session, "adult")
    week = PriceSheet(slot.experience_id, adult.id, TODAY, TODAY + timedelta(days=7), 1500)
    price = price_editing.add_price(session, week, today=TODAY, actor=ANNA, now=now)
    again = price_editing.add_price(session, week, today=TODAY, actor=ANNA, now=now)
    with pytest.raises(CatalogueInvalid) as refusal:
        price_editing.add_price(session, replace(week, price_cents=1), today=TODAY, actor=ANNA, now=now)

    def adults_pay(day: date) -> int:
        prices = offers.prices_on(session, slot.experience_id, day)
        return next(each.price.cents for each in prices if each.ticket_type.id == adult.id)

    assert (again is price, why(refusal)) == (True, ("valid_from", "price_taken"))
    assert [adults_pay(TODAY), adults_pay(TODAY + timedelta(days=8))] == [1500, make.ADULT_CENTS]
    assert order.total_cents == make.ADULT_CENTS
    shown = next(row for row in price_editing.prices_of(session, slot.experience_id, today=TODAY)
                 if row.ticket_type.id == adult.id)  # fmt: skip
    assert [dated.counts_now for dated in shown.prices] == [True, False]


def test_a_price_ends_on_a_day_and_one_that_has_not_begun_goes(session: Session, now: datetime) -> None:
    slot = make.priced_slot(session)
    adult = ticket_type_editing.get_ticket_type(session, "adult")
    coming = PriceSheet(slot.experience_id, adult.id, TODAY + timedelta(days=9), None, 1500)
    price_id = price_editing.add_price(session, coming, today=TODAY, actor=ANNA, now=now).id
    usual = price_editing.prices_of(session, slot.experience_id, today=TODAY)[0].prices[-1].price

    price_editing.end_price(session, price_id, TODAY, today=TODAY, actor=ANNA, now=now)
    price_editing.end_price(session, usual.id, TODAY, today=TODAY, actor=ANNA, now=now)
    session.flush()

    assert session.get(Price, price_id) is None
    assert usual.valid_until == TODAY


def test_a_vat_rate_holds_from_a_day_to_come(session: Session, now: datetime) -> None:
    visit = make.experience(session)
    with pytest.raises(CatalogueInvalid) as refusal:
        price_editing.add_vat_rate(session, "culture", TODAY, 1200, today=TODAY, actor=ANNA, now=now)

    price_editing.add_vat_rate(session, "culture", TODAY + timedelta(1), 1200, today=TODAY, actor=ANNA, now=now)
    session.flush()

    assert why(refusal) == ("vat_from", "future_day")
    rates = [offers.vat_on(session, visit.vat_class_id, day).rate_bp for day in (TODAY, TODAY + timedelta(1))]
    assert rates == [600, 1200]
