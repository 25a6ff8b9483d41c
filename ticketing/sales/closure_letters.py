"""The mails of a closure: we are closed and you choose; it takes place after all; here is your gift card."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.foundation.money import Money, total_of
from ticketing.mail import rendering
from ticketing.mail.messages import Message
from ticketing.sales import closure_credits
from ticketing.sales.checkouts import order_url
from ticketing.sales.closure_answers import Visit
from ticketing.sales.closure_credits import CreditedCard
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.documents import Letterhead, MailJob, letter
from ticketing.sales.models import Order


def closed(case: ClosureCase, visits: Sequence[Visit], head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that says why we are closed, what it takes of the order, and leads to the choice."""
    return _mail(
        "closure_case", case, head, job, visits=visits, amount=Money(case.open_cents, case.currency),
        reason=case.closure.reasons, advice=case.closure.advice, case_url=case_url(case, head),
        decide_by=case.decide_by.astimezone(head.zone), outcome=case.closure.default_outcome.value,
        card=closure_credits.offer(case, Money(case.open_cents, case.currency)),
    )  # fmt: skip


def over(case: ClosureCase, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that says that the visit takes place after all, with the tickets as they are."""
    return _mail("closure_over", case, head, job, order_url=order_url(case.order, head.public_url))


def credited(
    order: Order, cards: Sequence[CreditedCard], head: Letterhead, *, has_tickets: bool, job: MailJob
) -> Message:
    """Write the mail with the gift card somebody took; `has_tickets` when others of the order still hold."""
    return _letter(
        "closure_credit", order, head, job, cards=cards, total=total_of(card.amount for card in cards),
        has_tickets=has_tickets, tickets_url=f"{head.public_url}/{order.language}/tickets/",
        balance_url=f"{head.public_url}/{order.language}/gift-card/", order_url=order_url(order, head.public_url),
    )  # fmt: skip


def case_url(case: ClosureCase, head: Letterhead) -> str:
    """Return where the customer chooses."""
    return f"{head.public_url}/{case.order.language}/closed/{case.secret}/"


def _mail(name: str, case: ClosureCase, head: Letterhead, job: MailJob, **more: object) -> Message:
    return _letter(name, case.order, head, job, **more)


def _letter(name: str, order: Order, head: Letterhead, job: MailJob, **more: object) -> Message:
    assert order.email is not None, "an anonymised order gets no mail"
    words = rendering.render(
        name, order.language, order_code=order.code, name=order.name, centre_name=head.centre_name,
        is_test=head.is_test, site_url=f"{head.public_url}/{order.language}/", **more,
    )  # fmt: skip
    return letter(order.email, words, order.language, head, job)
