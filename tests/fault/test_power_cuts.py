"""kill -9 at every named failpoint; then the house is started again and has to put itself in order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from config import Settings, read_settings
from tests import emptying, make
from tests.conftest import NOW
from tests.fault import closing_cuts
from tests.fault.closing_cuts import CutHouse
from tests.fault.victim import DEVICE_TOKEN, SCAN_ID
from tests.till import Till
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.catalogue import capacity
from ticketing.door.models import Device, Gate
from ticketing.foundation import failpoints
from ticketing.foundation.clock import Clock, FixedClock
from ticketing.foundation.identifiers import digest_of
from ticketing.operations import payments, worker
from ticketing.sales.models import Order, OrderState, RefundState
from ticketing.tables import metadata
from ticketing.tickets.models import Ticket

# C4 lies between two writes of one transaction: dying there must leave neither.
ORDERS_CLOSED = 8
BUYING = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C9")


@pytest.fixture
def environment(engine, tmp_path) -> dict[str, str]:
    return {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "SECRET_KEY": "k" * 32,
    }


@pytest.fixture
def house(environment) -> Iterator[Services]:
    """Our own start of the house, before and after the power cut; its clock can be moved on."""
    settings: Settings = read_settings(environment)
    services = build(settings, FixedClock(Clock().now()))
    with services.database.transaction() as session:
        session.add(Gate(id=1, slug="main", name="Main entrance"))
        session.flush()
        session.add(
            Device(
                id=1, name="victim", token_digest=digest_of(DEVICE_TOKEN), gate_id=1, enrolled_at=services.clock.now()
            )
        )
    yield services
    services.database.close()


@pytest.fixture(scope="session")
def ask() -> Iterator[closing_cuts.Ask]:
    """A process that forks a victim whenever it is asked to."""
    with closing_cuts.victims() as ask:
        yield ask


@pytest.fixture
def run_victim(ask, environment, tmp_path) -> Callable[[str, int, str], list[str]]:
    """Let a process do an act until the power fails; return what it said before."""

    def run(act: str, slot_id: int, fault: str) -> list[str]:
        said = tmp_path / "said"
        said.touch()
        ended = ask(act, slot_id, {**environment, "FAULT_AT": fault, "SAID": str(said)})
        assert ended == -signal.SIGKILL, f"{fault} was never reached"
        return said.read_text().split()

    return run


def put_in_order(house: Services) -> None:
    """What a restarted house does by itself in the next two hours."""
    house.clock.instant = max(house.clock.now(), Clock().now())  # the victim lived by the machine's clock
    till = Till.__new__(Till)
    till.services, till.reports = house, []
    for step in (timedelta(minutes=3), timedelta(minutes=3), timedelta(hours=2)):
        till.deliver()
        payments.reconcile(house)
        house.clock.instant += step
        payments.sweep(house)
        worker.run_jobs(house)
    till.deliver()


def picture(house: Services) -> dict[str, list[tuple]]:
    """Every row of every table that matters, to see whether anything still moves."""
    with house.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in ("worker_beats", "audit_entries")
        }


@pytest.mark.parametrize("fault", BUYING)
def test_nobody_has_paid_without_a_ticket_or_their_money_back(house, run_victim, fault):
    slot_id = new_slot(house)

    said = run_victim("buy", slot_id, fault)
    put_in_order(house)

    order = only_order(house)
    has_paid = "paid" in said
    assert order.state is (OrderState.CONFIRMED if has_paid else OrderState.EXPIRED)
    mails = list((house.settings.instance_path / "mail").glob("*.eml"))
    assert len(mails) == (1 if has_paid else 0)
    assert_in_order(house)


def test_whoever_pays_on_a_page_we_lost_sight_of_is_served(house, run_victim):
    slot_id = new_slot(house)

    run_victim("buy", slot_id, "C2")
    with house.sandbox._store.transaction() as documents:
        (page,) = documents.list_of("checkout.session", status="open")
    house.sandbox.pay(page["id"])
    put_in_order(house)

    assert only_order(house).state is OrderState.CONFIRMED
    assert_in_order(house)


@pytest.mark.one_engine  # what dies is ours; `python -m bench closing` kills on both
def test_closing_killed_at_every_step_comes_to_the_same_as_closing_undisturbed(engine, environment, ask):
    pictures = []
    for folder in ("undisturbed", "cut"):
        above = {**environment, "INSTANCE_PATH": f"{environment['INSTANCE_PATH']}/{folder}"}
        house = CutHouse(build(read_settings(above), FixedClock(NOW)), above, ask, batch=3)
        house.sell(ORDERS_CLOSED)
        if folder == "cut":
            house.carry_out_cut(more=6)
            assert house.cuts >= ORDERS_CLOSED
        else:
            house.carry_out_uncut()
        house.assert_sound()
        pictures.append(house.picture())
        emptying.empty(house.services.database.engine)
        house.services.database.close()

    assert pictures[0] == pictures[1]
    assert pictures[0]["mails"] == ORDERS_CLOSED * 2 * 3 // 4  # resellers tell their customers themselves


def test_a_refund_whose_answer_was_lost_goes_out_once(house, run_victim):
    slot_id = new_slot(house)

    run_victim("refund", slot_id, "C8")
    put_in_order(house)

    till = Till.__new__(Till)
    till.services = house
    (refund,) = till.refunds()
    assert (refund.state, refund.amount_cents) == (RefundState.SUCCEEDED, 500)
    (payment,) = till.payments_of(only_order(house).id)
    assert len(house.payments.find_refunds(payment.intent_ref)) == 1
    with house.database.reading() as session:  # half a refund on a confirmed order is what I06 watches for
        assert session.scalar(text("SELECT COUNT(*) FROM refunds")) == 1


def test_a_scan_whose_answer_was_lost_is_answered_the_same_when_it_is_sent_again(house, run_victim):
    slot_id = new_slot(house)

    said = run_victim("buy", slot_id, "C9")
    assert "admit" not in said
    with house.database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    scan = {"code": ticket.code, "gate": "main", "direction": "in", "scan_id": SCAN_ID, "admissions": 1}
    headers = {"Authorization": f"Bearer {DEVICE_TOKEN}"}
    client = create_app(house.settings, house).test_client()

    assert client.post("/api/v1/scans", json=scan, headers=headers).json["verdict"] == "admit"
    other = client.post("/api/v1/scans", json={**scan, "scan_id": "another"}, headers=headers).json
    assert (other["verdict"], other["reason"]) == ("refuse", "already_used")


def test_a_sweeper_that_dies_with_the_page_closed_leaves_the_places_to_the_next_one(house, run_victim):
    slot_id = new_slot(house)

    said = run_victim("leave", slot_id, "C14")
    assert said[0] == "left"
    assert only_order(house).state is OrderState.PENDING
    put_in_order(house)

    assert only_order(house).state is OrderState.EXPIRED
    with house.database.reading() as session:
        assert capacity.free_places(session, [slot_id], now=house.clock.now()) == {slot_id: 5}
    assert_in_order(house)


def test_every_failpoint_is_cut_somewhere_here():
    assert set(failpoints.FAILPOINTS) == {*BUYING, "C8", "C10", "C14", "C16"}, (
        "Cut the new failpoint too (reliability, 2.2)."
    )


def assert_in_order(house: Services) -> None:
    """The ledger is sound, and doing everything once more changes nothing."""
    till = Till.__new__(Till)
    till.services = house
    till.assert_sound()
    before = picture(house)
    put_in_order(house)
    assert picture(house) == before


def new_slot(house: Services) -> int:
    """A slot that starts soon enough for the door to be open, and stays for sale meanwhile."""
    with house.database.transaction() as session:
        slot = make.priced_slot(session, 5, starts_at=house.clock.now())
        slot.admits_until = slot.ends_at = house.clock.now() + timedelta(hours=9)
        return slot.id


def only_order(house: Services) -> Order:
    with house.database.reading() as session:
        return session.scalars(select(Order)).one()
