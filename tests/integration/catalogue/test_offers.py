"""What is on offer, and what it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import offers
from ticketing.catalogue.capacity import SlotNotFound
from ticketing.catalogue.models import Audience, Experience, Price, TicketType, VATClass, VATRate
from ticketing.catalogue.offers import VAT, ExperienceNotFound, VATRateMissing
from ticketing.foundation.identifiers import new_uuid
from ticketing.foundation.money import Money

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def ticket_type(session: Session, slug: str, position: int) -> TicketType:
    row = TicketType(uuid=new_uuid(), slug=slug, names={"nl": slug}, hints={}, position=position)
    session.add(row)
    session.flush()
    return row


def price(
    session: Session,
    experience: Experience,
    kind: TicketType,
    cents: int,
    span: tuple[date, date | None] = (date(2026, 1, 1), None),
) -> None:
    session.add(
        Price(
            experience_id=experience.id,
            ticket_type_id=kind.id,
            price_cents=cents,
            valid_from=span[0],
            valid_until=span[1],
        )
    )
    session.flush()


def prices(session: Session, experience: Experience, day: date = DAY) -> list[tuple[str, Money]]:
    return [(priced.ticket_type.slug, priced.price) for priced in offers.prices_on(session, experience.id, day)]


def test_listed_experiences_come_in_their_order_for_one_audience_or_all(session: Session) -> None:
    school = make.experience(session, slug="school")
    school.audience = Audience.TEACHER
    hidden = make.experience(session, slug="hidden")
    hidden.is_listed = False
    visit = make.experience(session, slug="visit")
    visit.position, school.position = 1, 2
    session.flush()

    assert offers.list_experiences(session) == [visit, school]
    assert offers.list_experiences(session, Audience.TEACHER) == [school]


def test_an_experience_is_found_by_its_slug_or_said_to_be_missing(session: Session) -> None:
    visit = make.experience(session, slug="visit")

    assert offers.get_experience(session, "visit") == visit
    with pytest.raises(ExperienceNotFound):
        offers.get_experience(session, "time-travel")


def test_a_slot_is_found_by_its_uuid_with_its_experience(session: Session) -> None:
    slot = make.slot(session)
    session.expunge_all()

    assert offers.get_slot(session, slot.uuid).experience.id == slot.experience_id
    with pytest.raises(SlotNotFound):
        offers.get_slot(session, new_uuid())


def test_a_slot_is_found_by_when_it_starts(session: Session) -> None:
    slot = make.slot(session, starts_at=NOW + timedelta(hours=1))

    assert offers.find_slot_at(session, slot.experience_id, NOW + timedelta(hours=1)) == slot
    assert offers.find_slot_at(session, slot.experience_id, NOW) is None


def test_prices_come_in_the_order_of_the_ticket_types(session: Session) -> None:
    visit = make.experience(session)
    child, adult = ticket_type(session, "child", 2), ticket_type(session, "adult", 1)
    ticket_type(session, "guest", 3)
    price(session, visit, child, 1450)
    price(session, visit, adult, 1950)

    assert prices(session, visit) == [("adult", Money(1950)), ("child", Money(1450))]


def test_of_the_prices_valid_on_a_date_the_one_that_began_last_counts(session: Session) -> None:
    visit, adult = make.experience(session), ticket_type(session, "adult", 1)
    price(session, visit, adult, 1800)
    price(session, visit, adult, 2000, (DAY, None))
    price(session, visit, adult, 1500, (DAY + timedelta(days=10), DAY + timedelta(days=12)))

    days = [DAY + timedelta(days=offset) for offset in (-1, 0, 10, 12, 13)]

    assert [prices(session, visit, day)[0][1].cents for day in days] == [1800, 2000, 1500, 1500, 2000]


def test_before_its_first_price_a_ticket_type_is_not_sold(session: Session) -> None:
    visit = make.experience(session)
    price(session, visit, ticket_type(session, "adult", 1), 1800)

    assert prices(session, visit, date(2025, 12, 31)) == []


def test_the_lowest_price_is_of_what_has_to_be_paid(session: Session) -> None:
    visit = make.experience(session)
    for position, cents in enumerate((1950, 0, 1450)):
        price(session, visit, ticket_type(session, f"type-{position}", position), cents)

    assert offers.lowest_price(offers.prices_on(session, visit.id, DAY)) == Money(1450)
    assert offers.lowest_price([]) is None


def test_vat_is_the_rate_of_the_date_and_exempt_is_none_not_zero(session: Session) -> None:
    culture = VATClass(slug="test-culture", names={})
    exempt = VATClass(slug="test-exempt", names={}, is_exempt=True)
    session.add_all([culture, exempt])
    session.flush()
    session.add_all(
        VATRate(vat_class_id=culture.id, valid_from=valid_from, rate_bp=rate_bp)
        for valid_from, rate_bp in ((date(2000, 1, 1), 600), (date(2027, 1, 1), 1200))
    )
    session.flush()

    assert offers.vat_on(session, culture.id, DAY) == VAT("test-culture", 600)
    assert offers.vat_on(session, culture.id, date(2027, 1, 1)) == VAT("test-culture", 1200)
    assert offers.vat_on(session, exempt.id, DAY) == VAT("test-exempt", None)
    with pytest.raises(VATRateMissing):
        offers.vat_on(session, culture.id, date(1999, 12, 31))


def test_prices_of_many_visits_are_those_of_each_alone(session: Session) -> None:
    visit, show = make.experience(session), make.experience(session, slug="show")
    adult, child = ticket_type(session, "adult", 1), ticket_type(session, "child", 2)
    price(session, visit, child, 1450)
    price(session, visit, adult, 1950)
    price(session, visit, adult, 1500, (DAY, DAY))
    price(session, show, adult, 400, (DAY + timedelta(days=1), None))
    visits = [(each.id, DAY + timedelta(days=ahead)) for each in (visit, show) for ahead in (-1, 0, 1, 2)]

    together = offers.prices_of_visits(session, visits)

    assert together == {asked: offers.prices_on(session, *asked) for asked in visits}
    assert [priced.price.cents for priced in together[visit.id, DAY]] == [1500, 1450]
    assert together[show.id, DAY] == []
    assert offers.prices_of_visits(session, []) == {}
