"""Mails that do not arrive: refused at once or returned later, noted once, forged by nobody, sent again."""

from __future__ import annotations

import io
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import select

from tests import make
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.door import order_life
from ticketing.foundation.actors import staff, system
from ticketing.foundation.jobs import Job, JobState
from ticketing.mail import notices, return_path
from ticketing.mail.transport import SMTPTransport
from ticketing.operations import bounces, closing, gauges, invariants, worker
from ticketing.sales import closure_board, closure_file, corrections, documents, finding, undelivered
from ticketing.sales.models import Order
from ticketing.sales.undelivered_models import LostHow, NoticeOutcome, UndeliveredMail

NOTICES = Path(__file__).parents[2] / "fixtures" / "notices"
SHAPES = {"postfix": "5.1.1", "outlook": "5.2.2", "gmail": "5.1.2"}
BOUNCES_TO, OFFICE = "bounces@foyer.example", staff(1, "Alice")
NOTED, KNOWN, UNKNOWN, NO_BOUNCE = NoticeOutcome


@pytest.fixture
def services(services):
    return replace(services, settings=replace(services.settings, mail_bounces_to=BOUNCES_TO))


@pytest.fixture
def order(services, now) -> Order:
    """An order whose confirmation was sent."""
    with services.database.transaction() as session:
        made = make.confirmed_order(session, make.priced_slot(session), now, adult=2)
    worker.run_jobs(services)
    return made


def job_of(services, kind: str = "send_confirmation") -> Job:
    with services.database.reading() as session:
        return session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc())).first()


def notice(services, job: Job, shape: str = "postfix", **changes: str) -> bytes:
    """Write what a mail server of some make sends back for a job's mail."""
    secret_key = services.settings.secret_key
    there = {
        "RETURN_PATH": return_path.address_for(BOUNCES_TO, secret_key, job_id=job.id, job_key=job.key),
        "MESSAGE_ID": documents.message_id(job.key, services.settings.mail_sender),
    }
    text = (NOTICES / f"{shape}.eml").read_text()
    for old, new in (*changes.items(), *there.items()):
        text = text.replace(old, new)
    return text.encode()


def lost(services) -> list[UndeliveredMail]:
    with services.database.reading() as session:
        return list(session.scalars(select(UndeliveredMail).order_by(UndeliveredMail.id)))


def assert_sound(services) -> None:
    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.one_engine
def test_what_big_servers_send_back_is_read_alike_and_noted_once(services, order, mailbox, shape):
    job = job_of(services)
    raw = notice(services, job, shape)

    assert mailbox.messages[0].return_path in raw.decode()
    assert [bounces.take(services, raw) for _ in range(2)] == [NOTED, KNOWN]

    (mail,) = lost(services)
    assert (mail.job_id, mail.order_id, mail.how, mail.status) == (job.id, order.id, LostHow.RETURNED, SHAPES[shape])
    assert_sound(services)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"Action: failed": "Action: delayed", "Status: 5.1.1": "Status: 4.4.1"}, NO_BOUNCE),
        ({"Status: 5.1.1": "Status: 4.2.2"}, NO_BOUNCE),
        ({"Action: failed": "Action: relayed"}, NO_BOUNCE),
        ({"multipart/report; report-type=delivery-status;": "multipart/mixed;"}, NO_BOUNCE),
        ({"<MESSAGE_ID>": "<somebody-elses@foyer.example>"}, UNKNOWN),
        ({"RETURN_PATH": BOUNCES_TO}, UNKNOWN),
        ({"RETURN_PATH": f"bounces+{'a' * 39}@foyer.example"}, UNKNOWN),
    ],
)
@pytest.mark.one_engine
def test_delays_answers_and_forgeries_change_nothing_and_are_counted(services, order, changes, outcome):
    assert bounces.take(services, notice(services, job_of(services), **changes)) is outcome

    assert lost(services) == []
    with services.database.reading() as session:
        counted = gauges.read(session, now=services.clock.now())["foyer_notices_unknown"][1]
    assert counted == (outcome is UNKNOWN)


def test_a_token_of_one_mail_proves_nothing_of_another_and_survives_capitals():
    address = return_path.address_for(BOUNCES_TO, "k" * 32, job_id=7, job_key="confirmation:a")

    token = return_path.read_token(f"<{address.upper()}>", BOUNCES_TO, "k" * 32)

    assert len(address.partition("@")[0]) <= 64
    assert token.job_id == 7
    assert return_path.is_proved(token, "k" * 32, "confirmation:a")
    assert not return_path.is_proved(token, "k" * 32, "confirmation:b")
    assert not return_path.is_proved(token, "x" * 32, "confirmation:a")


@pytest.mark.parametrize("raw", [b"", b"\xff\0\n\n", b"Content-Type: multipart/report; boundary=b\n\n--b\n" * 2000])
def test_whatever_comes_in_is_read(raw):
    assert notices.read(raw).status is None


class Refusing(Sink):
    """Knows nobody of that name, and says so as told."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words, self.senders = words, []

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options) -> str:  # noqa: N802
        self.senders.append(envelope.mail_from)
        return self.words


@pytest.mark.parametrize(
    ("words", "state", "statuses"),
    [("550 5.1.1 nobody", JobState.DONE, ["5.1.1"]), ("552 full", JobState.DONE, ["5.2.2"]),
     ("450 later", JobState.WAITING, []), ("554 5.7.1 relay access denied", JobState.WAITING, [])],
)  # fmt: skip
@pytest.mark.one_engine
def test_an_address_that_is_refused_for_good_is_not_tried_again(services, caplog, now, words, state, statuses):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller = Controller(Refusing(words), hostname="127.0.0.1", port=probe.getsockname()[1])
    controller.start()
    try:
        with services.database.transaction() as session:
            make.confirmed_order(session, make.priced_slot(session), now, adult=1)
        worker.run_jobs(replace(services, mail=SMTPTransport("127.0.0.1", controller.port)))
    finally:
        controller.stop()

    job = job_of(services)
    assert job.state is state
    assert [(mail.status, mail.how) for mail in lost(services)] == [(each, LostHow.REFUSED) for each in statuses]
    assert controller.handler.senders[0].startswith("bounces+")
    assert "@example.org" not in caplog.text
    assert_sound(services)


def test_a_closed_visit_whose_mail_is_lost_stands_on_the_board_until_the_right_address_has_it(
    services, order, now, mailbox
):
    with services.database.transaction() as session:
        wanted = ClosureRequest(dict.fromkeys(make.LANGUAGES, "Storm."), now, terms=Terms(undo_minutes=0))
        closure_id = closures.close(session, wanted, actor=system("test"), now=now).id
    closing.tend(services)
    worker.run_jobs(services)
    bounces.take(services, notice(services, job_of(services, "send_closure_case")))

    with services.database.reading() as session:
        (line,) = closure_board.cases_not_reached(session, closure_id, limit=9)
        assert (line.order.code, line.lost_status) == (order.code, "5.1.1")
        assert closure_board.board_of(session, closure_id).unreached == undelivered.count_orders(session) == 1
        assert ";yes;5.1.1;" in closure_file.write([line], services.zone)
    before = len(mailbox.messages)
    with services.database.transaction() as session:
        corrections.reach_again(session, order.id, "right@example.org", actor=OFFICE, now=now)
    worker.run_jobs(services)

    sent = sorted((mail.to, mail.message_id.partition(".")[0]) for mail in mailbox.messages[before:])
    assert sent == [
        (order.email, "address"),
        ("right@example.org", "address"),
        ("right@example.org", "closure-case"),
    ]
    with services.database.reading() as session:
        assert closure_board.board_of(session, closure_id).unreached == 0
        told = [(e.code, e.state) for e in order_life.life_of(session, finding.get_by_code(session, order.code))]
    assert {("order.mail_not_delivered", ""), ("send_closure_case", "lost"), ("send_closure_case", "done")} <= set(told)
    # That the old address takes no mail is why it was put right: nobody has to see to it.
    bounces.take(services, notice(services, job_of(services, "send_address_mail")))
    bounces.take(services, notice(services, job_of(services, "send_confirmation")))
    with services.database.reading() as session:
        assert undelivered.count_orders(session) == 0
    assert_sound(services)


@pytest.mark.one_engine
def test_the_same_address_gets_once_more_what_was_lost_or_nothing_when_they_know_already(services, order, now, mailbox):
    bounces.take(services, notice(services, job_of(services)))
    with services.database.transaction() as session:
        corrections.reach_again(session, order.id, order.email, actor=OFFICE, now=now)
        corrections.reach_again(session, order.id, order.email, actor=OFFICE, now=now)
    worker.run_jobs(services)
    assert len({mail.message_id for mail in mailbox.messages}) == len(mailbox.messages) == 2

    bounces.take(services, notice(services, job_of(services)))
    with services.database.transaction() as session:
        corrections.reached_otherwise(session, order.id, actor=OFFICE, now=now)
    worker.run_jobs(services)

    assert [mail.answered_by for mail in lost(services)] == ["Alice", "Alice"]
    assert len(mailbox.messages) == 2


@pytest.mark.one_engine
def test_a_mail_server_pipes_notices_in_or_leaves_them_in_a_maildir(services, app, order, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "foyer", services)
    raw = notice(services, job_of(services), **{"Delivered-To: RETURN_PATH": "X: y", "To: RETURN_PATH": "To: x@y.be"})
    address = return_path.address_for(
        BOUNCES_TO, services.settings.secret_key, job_id=job_of(services).id, job_key=job_of(services).key
    )
    run = app.test_cli_runner().invoke

    assert "unknown: 1" in run(args=["bounces"], input=io.BytesIO(raw)).output
    assert "noted: 1" in run(args=["bounces", "--recipient", address], input=io.BytesIO(raw)).output
    for name in ("new", "cur"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.a").write_bytes(notice(services, job_of(services)))
    assert "known: 1," in run(args=["bounces", "--folder", str(tmp_path / "box")]).output
    assert [file.name for file in (tmp_path / "box" / "cur").iterdir()] == ["1.a:2,S"]
    assert "known: 0," in run(args=["bounces", "--folder", str(tmp_path / "box")]).output
    assert run(args=["bounces", "--folder", str(tmp_path)]).exit_code == 1
