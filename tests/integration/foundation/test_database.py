"""What the database's errors say, for they end in logs: never what a visitor typed."""

from __future__ import annotations

import logging
import smtplib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests import make
from ticketing.foundation import jobs
from ticketing.foundation.actors import VISITOR
from ticketing.mail.transport import MailRefused
from ticketing.operations import worker
from ticketing.sales import settlement
from ticketing.sales.models import Order

EMAIL = "private.person@example.org"
BREAKING = {
    "a value that is taken": "INSERT INTO staff_accounts (email, name, role, password_hash, language, created_at) "
    "VALUES (:email, 'x', 'manager', 'x', 'nl', :now), (:email, 'x', 'manager', 'x', 'nl', :now)",
    "a rule of the table": "UPDATE orders SET email = :email, total_cents = -1",
    "a value that is missing": "UPDATE orders SET email = :email, code = NULL",
    "a table that is not there": "INSERT INTO nowhere VALUES (:email)",
}


@pytest.fixture
def order(database, now):
    with database.transaction() as session:
        return make.order(session, make.priced_slot(session), now)


def break_it(database, statement: str, now) -> None:
    values = {"email": EMAIL, "now": now.isoformat()}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with database.transaction() as session:
        session.execute(text(statement), used)


@pytest.mark.parametrize("what", BREAKING)
def test_an_error_of_the_database_names_no_values(database, order, now, what, caplog) -> None:
    with pytest.raises(DBAPIError) as broken:
        break_it(database, BREAKING[what], now)

    logging.getLogger("test").error("it broke", exc_info=broken.value)
    assert EMAIL not in str(broken.value)
    assert "Traceback" in caplog.text
    assert EMAIL not in caplog.text


def test_a_job_that_failed_keeps_no_values_either(services, order, clock, monkeypatch, caplog) -> None:
    def broken(shared, job) -> None:
        break_it(shared.database, BREAKING["a rule of the table"], clock.now())

    monkeypatch.setitem(worker.JOBS, "break", broken)
    with services.database.transaction() as session:
        jobs.enqueue(session, "break", "break:1", now=clock.now())

    worker.run_jobs(services)

    with services.database.reading() as session:
        error = session.query(jobs.Job).filter_by(key="break:1").one().error
        assert session.get_one(Order, order.id).email != EMAIL
    assert "total_is_not_negative" in error
    assert EMAIL not in error + caplog.text


def test_a_mail_server_that_names_the_recipient_is_not_quoted(services, order, clock, mailbox, caplog) -> None:
    def refuse(message) -> None:
        try:
            raise smtplib.SMTPRecipientsRefused({message.to: (550, b"no such person")})
        except smtplib.SMTPException as error:
            raise MailRefused("The mail server refuses this address.") from error

    mailbox.send = refuse
    with services.database.transaction() as session:
        settlement.pay_cash(session, order, actor=VISITOR, now=clock.now())

    worker.run_jobs(services)

    assert "mail_refused" in caplog.text
    assert order.email not in caplog.text
