"""The golden day, figure by figure; closures; what was added up and what has changed since; who is sent what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from tests.agreeing import column, total
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.door import admission, gates
from ticketing.door.admission import ScanRequest
from ticketing.door.models import Device
from ticketing.door.verdict import Direction, Verdict
from ticketing.flow import facts, reports, subscriptions, tallying
from ticketing.flow.report_models import Basis, ReportName, Rhythm, TalliedDay
from ticketing.foundation.actors import VISITOR, device, system
from ticketing.foundation.jobs import Job
from ticketing.operations import invariants, reporting, worker
from ticketing.sales import change_rules, changes
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind
from ticketing.staff import accounts
from ticketing.staff.models import Role
from ticketing.tickets.models import Ticket

DAY = date(2026, 11, 24)
AFTER = datetime(2026, 11, 25, 9, tzinfo=UTC)  # the next morning
DESK = system("test")


def report(session, name, now=AFTER, first=DAY, last=DAY):
    return reports.make(session, name, reports.span_of(first, last, zone=make.ZONE, now=now))


def tickets_of(session, order):
    return list(session.scalars(select(Ticket).where(Ticket.order_id == order.id).order_by(Ticket.id)))


def cancel(session, order, ticket, key, now):
    wish = Wish(ChangeKind.CANCEL, (ticket.id,))
    changes.carry_out(session, order.id, wish, change_rules.StaffRules(), key, actor=DESK, now=now)


def scan(session, ticket, at, scan_id, *, received=None, direction=Direction.IN):
    gate = gates.list_gates(session)[-1]
    request = ScanRequest(scan_id, ticket.code, gate, direction, at, 1)
    scanner = device(session.scalars(select(Device.id)).one(), "scanner")
    return admission.scan(session, request, scanner, zone=make.ZONE, now=received or at).verdict


@pytest.fixture
def golden(session, now):
    """Two slots of three tickets each: one void, one late, one no-show, one re-entry, one offline duplicate."""
    gates.add_gate(session, "Front", actor=DESK, now=now)
    session.add(Device(name="scanner", token_digest="0" * 64, enrolled_at=now))
    first = make.priced_slot(session, 10)
    second = make.priced_slot(session, 10, make.NOON + timedelta(minutes=30))
    orders = [make.confirmed_order(session, slot, now, adult=2, child=1) for slot in (first, second)]
    one, two = (tickets_of(session, order) for order in orders)
    cancel(session, orders[0], one[0], "void", now)
    late = make.NOON + timedelta(minutes=20)
    assert scan(session, one[1], late, "late") is Verdict.ADMIT
    assert scan(session, two[0], make.NOON + timedelta(minutes=30), "in") is Verdict.ADMIT
    scan(session, two[0], make.NOON + timedelta(minutes=50), "out", direction=Direction.OUT)
    scan(session, two[0], make.NOON + timedelta(minutes=55), "again")
    assert scan(session, two[1], make.NOON + timedelta(minutes=31), "gate") is Verdict.ADMIT
    offline = make.NOON + timedelta(minutes=31)
    assert scan(session, two[1], offline, "offline", received=offline + timedelta(hours=3)) is Verdict.REFUSE
    return one, two


def test_the_golden_day(session, golden, now):
    """Written by hand: 6 tickets, 1 void, so 5 booked; 3 came, 2 stayed away, and had paid two times for a child."""
    before = report(session, ReportName.ATTENDANCE, now)
    assert [total(before, key) for key in ("booked", "pending", "no_shows")] == [5, 2, 0]  # their doors are open still

    day = report(session, ReportName.ATTENDANCE)
    figures = ("slots", "capacity", "booked", "admitted", "pending", "no_shows", "void", "show_rate", "fill")
    assert [column(day, key) for key in figures] == [[2], [20], [5], [3], [0], [2], [1], [6000], [2500]]
    away = report(session, ReportName.NO_SHOWS)
    assert [total(away, key) for key in ("booked", "admitted", "no_shows", "no_show_rate")] == [5, 3, 2, 4000]
    assert total(away, "kept") == 2 * make.CHILD_CENTS == sum(column(away, "kept"))
    assert (total(away, "rate_from"), total(away, "rate_to")) == (1176, 7693)  # Wilson for 2 of 5
    sales = report(session, ReportName.SALES)
    assert [total(sales, key) for key in ("bought", "ended", "revenue")] == [6, 1, 2 * 5350 - make.ADULT_CENTS]
    lead = report(session, ReportName.LEAD_TIME)
    assert column(lead, "tickets") == [6, 0, 0, 0, 0, 0, 0]
    channels = report(session, ReportName.CHANNELS)
    assert [column(channels, key) for key in ("orders", "tickets", "average_order")] == [[2], [6], [5350]]


def test_a_day_that_was_added_up_tells_the_same_and_learns_of_late_scans(session, golden, now):
    as_it_is = [report(session, name).rows for name in ReportName]
    due = tallying.days_to_tally(session, zone=make.ZONE, now=AFTER, limit=10)
    assert due == [(Basis.SALE, DAY), (Basis.VISIT, DAY)]
    assert [tallying.tally(session, basis, day, zone=make.ZONE, began_at=AFTER) for basis, day in due] == [True, True]
    assert not tallying.tally(session, Basis.VISIT, DAY, zone=make.ZONE, began_at=AFTER)

    assert [report(session, name).rows for name in ReportName] == as_it_is
    assert invariants.violations(session, now=AFTER) == []
    later = AFTER + timedelta(hours=1)
    assert scan(session, golden[1][2], make.NOON + timedelta(minutes=40), "found", received=later) is Verdict.ADMIT
    assert total(report(session, ReportName.ATTENDANCE, later), "admitted") == 4
    tallying.drop_doubtful(session)
    assert session.scalar(select(func.count()).select_from(TalliedDay).where(TalliedDay.basis == Basis.VISIT)) == 0


def test_the_acts_behind_a_visit_add_up_to_it(session, golden):
    span = reports.span_of(DAY, DAY, zone=make.ZONE, now=AFTER)
    rows = list(facts.facts_of(session, ReportName.ATTENDANCE, span).rows)

    day = report(session, ReportName.ATTENDANCE)
    assert len(rows) == 6
    assert sum(row[7] for row in rows) == total(day, "admitted")
    assert sum(row[6] for row in rows if row[5] == "valid") == total(day, "booked")


def test_a_day_without_slots_is_empty_and_not_zero(session, golden):
    days = report(session, ReportName.ATTENDANCE, first=DAY - timedelta(days=1))

    assert days.rows[0][1:] == (None,) * 9
    assert days.rows[1][3] == 5


def test_what_a_closure_cost(session, now):
    first = make.priced_slot(session, 10)
    make.priced_slot(session, 7, make.NOON + timedelta(hours=3))  # open again
    order = make.confirmed_order(session, first, now, adult=2, child=1)
    tickets = tickets_of(session, order)
    cancel(session, order, tickets[0], "before", now)
    decided = now + timedelta(minutes=5)
    reasons = dict.fromkeys(make.LANGUAGES, "storm")
    for ends_at in (make.NOON + timedelta(hours=2), make.NOON + timedelta(hours=1)):  # the second adds nothing
        closures.close(session, ClosureRequest(reasons, make.NOON, ends_at), actor=DESK, now=decided)
    cancel(session, order, tickets[1], "after", decided + timedelta(minutes=1))

    told = report(session, ReportName.CLOSURES)

    figures = ("slots", "capacity", "cancelled", "cancelled_value", "moved", "still_valid")
    assert [column(told, key) for key in figures] == [[1, 0], [10, 0], [1, 0], [make.ADULT_CENTS, 0], [0, 0], [1, 0]]


def test_a_report_is_sent_once_for_each_period_to_those_who_may_see_it(services, mailbox, clock):
    now = clock.now()  # a Tuesday
    with services.database.transaction() as session:
        make.confirmed_order(session, make.priced_slot(session), now)
        ids = [
            accounts.add_account(session, f"{who}@example.org", who, role, "paper kettle orbit",
                                 actor=system("test"), now=now, language="fr").id
            for who, role in (("mo", Role.MANAGER), ("dana", Role.FRONT_DESK), ("jo", Role.MANAGER))
        ]  # fmt: skip
        made = [subscriptions.subscribe(session, each, "sales", "weekly", actor=VISITOR, now=now) for each in ids]
        again = subscriptions.subscribe(session, ids[0], "sales", "weekly", actor=VISITOR, now=now)
        subscriptions.end(session, ids[2], made[2].id, actor=VISITOR, now=now)
        assert again.id == made[0].id
        with pytest.raises(subscriptions.SubscriptionNotFound):
            subscriptions.end(session, ids[1], made[0].id, actor=VISITOR, now=now)
    worker.run_jobs(services)  # the order's own mail
    mailbox.messages.clear()
    send(services)
    assert mailbox.messages == []  # the week that is over was before they asked
    clock.instant = datetime(2026, 11, 30, 4, 59, tzinfo=UTC)  # Monday, 5:59
    send(services)
    assert mailbox.messages == []

    clock.advance(minutes=1)
    send(services)
    send(services)

    (mail,) = mailbox.messages
    assert (mail.to, mail.language) == ("mo@example.org", "fr")
    assert "39,00" in mail.text
    assert mail.attachments[0].filename == "sales-2026-11-23-2026-11-29.xlsx"
    with services.database.reading() as session:
        jobs = list(session.scalars(select(Job.key).where(Job.kind == "send_report")))
    assert jobs == [f"report:{made[0].id}:2026-11-23", f"report:{made[1].id}:2026-11-23"]


def send(services):
    reporting.enqueue_reports(services)
    worker.run_jobs(services)


@pytest.mark.one_engine
def test_the_period_before(session):
    for today, weekly, monthly in (
        (date(2026, 3, 1), (date(2026, 2, 16), date(2026, 2, 22)), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 3, 2), (date(2026, 2, 23), date(2026, 3, 1)), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2027, 1, 1), (date(2026, 12, 21), date(2026, 12, 27)), (date(2026, 12, 1), date(2026, 12, 31))),
    ):
        assert subscriptions.period_before(Rhythm.WEEKLY, today) == weekly
        assert subscriptions.period_before(Rhythm.MONTHLY, today) == monthly
