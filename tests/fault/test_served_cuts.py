"""kill -9 of a real web process and a real worker, again and again during one visit, which goes on all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select, update

from config import read_settings
from tests import make
from tests.fault.served import ServedHouse, free_port, served_house, wait_until
from ticketing.bootstrap import Services, build
from ticketing.door import devices, gates
from ticketing.foundation import jobs
from ticketing.foundation.actors import system
from ticketing.foundation.jobs import JobState
from ticketing.operations import invariants
from ticketing.sales.models import Order, OrderState
from ticketing.tickets.models import Ticket

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Customer:
    """Somebody with a browser without JavaScript, who tries again when the house does not answer."""

    url: str
    browser: requests.Session = field(default_factory=requests.Session)

    def send(self, page: str, to: str = "", **fields: str) -> str:
        """Fill in the form of a page and send it; return where that leads."""
        shown = self.browser.get(self.url + page, timeout=20)
        assert shown.status_code == 200, shown.text[-500:]
        filled = {**dict(HIDDEN.findall(shown.text)), **fields}
        answer = self.browser.post(self.url + (to or page), data=filled, allow_redirects=False, timeout=20)
        assert answer.status_code == 303, answer.text[-500:]
        return answer.headers["Location"].removeprefix(self.url)

    def is_cut_off(self, page: str, to: str = "", **fields: str) -> bool:
        """Tell whether the house died on this form."""
        try:
            self.send(page, to, **fields)
        except requests.ConnectionError:
            return True
        return False


@dataclass
class Scene:
    """A database and a folder that outlive every power cut, and the environment of the house above them."""

    environment: dict[str, str]
    folder: Path
    services: Services

    @contextmanager
    def powered(self, *, fault: str = "") -> Iterator[ServedHouse]:
        """Run the house until the power fails at the end of the block; with a `fault` also there, each time."""
        with served_house({**self.environment, "FAULT_AT": fault}, self.folder) as house:
            yield house
        self.assert_sound()

    def assert_sound(self) -> None:
        with self.services.database.reading() as session:
            assert invariants.violations(session, now=self.services.clock.now()) == []

    def order(self) -> Order:
        with self.services.database.reading() as session:
            return session.scalars(select(Order)).one()

    def mails(self) -> list[Path]:
        return list((self.services.settings.instance_path / "mail").glob("*.eml"))

    def let_leases_run_out(self) -> None:
        """What a minute does to a job in the hands of a worker that died."""
        with self.services.database.transaction() as session:
            session.execute(update(jobs.Job).values(lease_until=self.services.clock.now()))

    def is_mail_done(self) -> bool:
        with self.services.database.reading() as session:
            mails = select(jobs.Job.state).where(jobs.Job.kind == "send_confirmation")
            return session.scalars(mails).all() == [JobState.DONE]


@pytest.fixture
def scene(engine, tmp_path) -> Iterator[Scene]:
    environment = {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False), "INSTANCE_PATH": str(tmp_path / "instance"),
        "SECRET_KEY": "k" * 32, "PORT": str(free_port()),
    }  # fmt: skip
    services = build(read_settings(environment))
    yield Scene(environment, tmp_path, services)
    services.database.close()


def furnish(scene: Scene) -> tuple[str, str]:
    """Open a slot whose door is open already, and enrol a scanner; return the slot's address and the token."""
    now, actor = scene.services.clock.now(), system("test")
    with scene.services.database.transaction() as session:
        slot = make.priced_slot(session, 5, starts_at=now)
        slot.admits_until = slot.ends_at = now + timedelta(hours=9)
        gate = gates.add_gate(session, "Main entrance", actor=actor, now=now)
        _, token = devices.enrol(session, "Scanner", gate.slug, actor=actor, now=now)
        return f"/nl/tickets/slots/{slot.uuid}/", token


@pytest.mark.one_engine
def test_one_visit_goes_on_through_a_power_cut_at_every_step(scene: Scene) -> None:
    slot, token = furnish(scene)

    with scene.powered(fault="C1") as house:  # the web process dies before the provider is asked
        customer = Customer(house.url)
        details = customer.send(slot, **{"quantity-adult": "1"})
        review = customer.send(details, email="an@example.org")
        order = review.replace("/review/", "/order/")
        assert customer.is_cut_off(review, order)
        wait_until(house.is_there, "another web process in its place")
    with scene.powered(fault="C5"):  # it dies again when the money has been booked, before it can say so
        pay = customer.send(review, order)
        assert pay.startswith("/sandbox/pay/")
        back = customer.send(pay, outcome="pay")
        with pytest.raises(requests.ConnectionError):
            customer.browser.get(customer.url + back, timeout=20)
        assert scene.order().state is OrderState.CONFIRMED
    with scene.powered(fault="C6") as house:  # the worker dies before the mail, and the house with it
        wait_until(lambda: house.process.poll() is not None, "the house to end with its worker")
        assert scene.mails() == []
    scene.let_leases_run_out()
    with scene.powered(fault="C9") as house:  # the web process dies with the scan's answer in its hand
        with pytest.raises(requests.ConnectionError):
            scan(scene, house, token, "first")
        wait_until(scene.is_mail_done, "the mail")
    with scene.powered() as house:
        again, other = scan(scene, house, token, "first"), scan(scene, house, token, "other")

    assert len(scene.mails()) == 1
    assert (again["verdict"], other["reason"]) == ("admit", "already_used")


def scan(scene: Scene, house: ServedHouse, token: str, scan_id: str) -> dict[str, str]:
    with scene.services.database.reading() as session:
        code = session.scalars(select(Ticket.code)).one()
    headers = {"Authorization": f"Bearer {token}"}
    body = {"code": code, "scan_id": scan_id}
    return requests.post(f"{house.url}/api/v1/scans", json=body, headers=headers, timeout=20).json()
