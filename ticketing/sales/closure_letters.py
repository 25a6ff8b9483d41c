"""The mails of a closure: we are closed and you choose; it takes place after all."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.foundation.money import Money
from ticketing.mail import rendering
from ticketing.mail.messages import Message
from ticketing.sales.checkouts import order_url
from ticketing.sales.closure_answers import Visit
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.documents import Letterhead, MailJob, letter


def closed(case: ClosureCase, visits: Sequence[Visit], head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that says why we are closed, what it takes of the order, and leads to the choice."""
    return _mail(
        "closure_case", case, head, job, visits=visits, amount=Money(case.open_cents, case.currency),
        reason=case.closure.reasons, advice=case.closure.advice, case_url=case_url(case, head),
        decide_by=case.decide_by.astimezone(head.zone), outcome=case.closure.default_outcome.value,
    )  # fmt: skip


def over(case: ClosureCase, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that says that the visit takes place after all, with the tickets as they are."""
    return _mail("closure_over", case, head, job, order_url=order_url(case.order, head.public_url))


def case_url(case: ClosureCase, head: Letterhead) -> str:
    """Return where the customer chooses."""
    return f"{head.public_url}/{case.order.language}/closed/{case.secret}/"


def _mail(name: str, case: ClosureCase, head: Letterhead, job: MailJob, **more: object) -> Message:
    order = case.order
    assert order.email is not None, "an anonymised order gets no mail"
    words = rendering.render(
        name, order.language, order_code=order.code, name=order.name, centre_name=head.centre_name,
        is_test=head.is_test, site_url=f"{head.public_url}/{order.language}/", **more,
    )  # fmt: skip
    return letter(order.email, words, order.language, head, job)
