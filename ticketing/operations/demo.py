"""The demonstration centre, for an empty database: catalogue, past, a sold-out slot, a reseller, who can sign in."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.catalogue import crowding, house_limits
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.models import Experience
from ticketing.flow import forecasting, house_watch, influences, learning
from ticketing.flow.forecast_models import InfluenceKind
from ticketing.flow.influences import InfluenceWish
from ticketing.foundation.actors import system
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.identifiers import new_token
from ticketing.operations import demo_calendar, demo_catalogue, demo_reseller, simulator
from ticketing.sales import holds, orders, settlement, waiting_list
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Channel
from ticketing.sales.orders import Customer
from ticketing.sales.waiting_list import WaitingRequest
from ticketing.staff import accounts
from ticketing.staff.models import Role

DAYS_OF_PAST, DAYS_BOOKED_AHEAD = 30, 28  # so that forecasts can be made, and judged
DEMO = system("demo")
# For trying out on one's own machine; production refuses to load the demonstration.
SIGN_INS = (
    ("desk@foyer.example", "Dana Deur", Role.FRONT_DESK, "kom-maar-binnen"),
    ("manager@foyer.example", "Mo Manager", Role.MANAGER, "vandaag-open-huis"),
    ("admin@foyer.example", "Ada Beheer", Role.ADMINISTRATOR, "sleutels-van-het-huis"),
)

HOUSE = Limits(fire_limit=750, staff=30, reserve=20, sales_percent=90)  # made up, like the prices
WAITING = (("an.peeters@example.org", 4), ("bo.claes@example.org", 2))


def load(services: Services) -> bool:
    """Fill an empty database around today; False, and nothing done, when there is a catalogue already."""
    with services.database.transaction() as session:
        if session.scalar(select(exists().select_from(Experience))):
            return False
        now = services.clock.now()
        demo_catalogue.load(session, zone=services.zone, now=now)
        _sell_out(session, services)
        simulator.simulate_past(
            session, days=DAYS_OF_PAST, zone=services.zone, now=now, days_ahead=DAYS_BOOKED_AHEAD
        )  # fmt: skip
        demo_reseller.load(session, zone=services.zone, actor=DEMO, now=now)
        house_limits.set_limits(session, HOUSE, actor=DEMO, now=now)
        learning.learn(session, zone=services.zone, now=now)
        _fill_calendar(session, services)
        today = local_date_of(now, services.zone)
        last = today + timedelta(days=demo_catalogue.DAYS_AHEAD)
        crowding.set_crowding(session, house_watch.watch(session, today, last, zone=services.zone, now=now))
        for email, name, role, password in SIGN_INS:
            accounts.add_account(session, email, name, role, password, actor=DEMO, now=now)
    return True


def _fill_calendar(session: Session, services: Services) -> None:
    """Write down the holidays of the school year and an event, and forecast with them."""
    now, zone = services.clock.now(), services.zone
    today = local_date_of(now, zone)
    span = (today - timedelta(days=DAYS_OF_PAST), today + timedelta(days=demo_catalogue.DAYS_OF_CALENDAR))
    wishes = [
        InfluenceWish(InfluenceKind.SCHOOL_HOLIDAY, each.name, each.first, each.last)
        for each in demo_calendar.holidays_between(*span)
    ]
    wishes += [
        InfluenceWish(InfluenceKind.PUBLIC_HOLIDAY, name, day, day)
        for day, name in demo_calendar.public_holidays_between(*span)
    ]
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 14)
    wishes.append(InfluenceWish(InfluenceKind.EVENT, "Nacht van de Sterren", saturday, saturday, effect_percent=40))
    for wish in wishes:
        influences.write_down(session, wish, actor=DEMO, now=now)
    forecasting.keep(session, forecasting.work_out(forecasting.load(session, zone=zone, now=now)), now=now)


def sign_in_lines() -> list[str]:
    """Return a line for each demonstration sign-in."""
    return [f"{role.value:<14} {email:<24} {password}" for email, _, role, password in SIGN_INS]


def _sell_out(session: Session, services: Services) -> None:
    """Sell every place of one slot, by orders as anyone would place them, and let two parties wait for it."""
    now = services.clock.now()
    slot = demo_catalogue.sold_out_slot(session, zone=services.zone, now=now)
    if slot is None:
        return
    left = slot.capacity
    while left > 0:
        number = min(left, 20)
        request = HoldRequest(new_token(), slot.uuid, {"adult": number}, Channel.DESK)
        hold = holds.open_hold(session, request, now=now)
        customer = Customer("club@example.org", "De Nieuwsgierigen", "nl")
        order = orders.place(session, hold, customer, actor=DEMO, now=now)
        settlement.pay_cash(session, order, actor=DEMO, now=now)
        left -= number
    for email, people in WAITING:
        wish = WaitingRequest(slot.experience.slug, slot.uuid, {"adult": people}, email, "nl")
        waiting_list.ask(session, wish, zone=services.zone, actor=DEMO, now=now)
