"""Every mail we write, with facts made up for looking at: nothing is sent, no order is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from ticketing.catalogue.models import Closure, ClosureDefault, Experience, Slot, TicketType
from ticketing.flow import report_letters, report_sales
from ticketing.flow.report_models import ReportName, Rhythm
from ticketing.flow.report_shapes import Counted, Report, Span
from ticketing.flow.subscriptions import Recipient, period_before
from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money, vat_within
from ticketing.mail.messages import Message
from ticketing.sales import closure_letters, documents, late_money, waiting_letters
from ticketing.sales.closure_answers import Visit
from ticketing.sales.closure_credits import CreditedCard
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.documents import Letterhead, MailJob
from ticketing.sales.late_money import Reason
from ticketing.sales.models import (
    ChangeKind,
    ChangeState,
    Channel,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
    Payment,
    Refund,
)
from ticketing.sales.overview import LineView, OrderView, TicketView, VATView
from ticketing.sales.shown_discounts import DiscountView
from ticketing.sales.waiting_letters import Wait
from ticketing.sales.waiting_models import WaitingOffer
from ticketing.tickets.models import Ticket, TicketState

EXPERIENCE: Texts = {
    "nl": "Een dag vol ontdekkingen", "fr": "Une journée de découvertes", "en": "A day of discovery",
    "de": "Ein Tag voller Entdeckungen",
}  # fmt: skip
BRING = {
    "nl": ["een jas voor buiten"], "fr": ["une veste pour dehors"], "en": ["a coat for outside"],
    "de": ["eine Jacke für draußen"],
}  # fmt: skip
ADULT: Texts = {"nl": "Volwassene", "fr": "Adulte", "en": "Adult", "de": "Erwachsener"}
VAT_NAME: Texts = {"nl": "Cultuur", "fr": "Culture", "en": "Culture", "de": "Kultur"}
CLOSED: Texts = {
    "nl": "We sluiten wegens storm.", "fr": "Nous fermons en raison d’une tempête.",
    "en": "We close because of a storm.", "de": "Wir schließen wegen eines Sturms.",
}  # fmt: skip
FAMILY: Texts = {"nl": "Gezin", "fr": "Famille", "en": "Family", "de": "Familie"}
FAMILY_OFF_CENTS, CODE_OFF_CENTS = 600, 825
UNIT_CENTS, TICKETS, VAT_BP, VAT_CENTS = 1950, 2, 600, 221
CODE, SECRET, NAME = "VRBEELDU", "voorbeeld", "An Peeters"
TICKET_CODE = "VRBEELDTICKETAAAAAAAAAAAAA"
EMAIL, OLD_EMAIL = "an.peeters@example.org", "an.oud@example.org"
DAYS_AHEAD = timedelta(days=9)


@dataclass(frozen=True)
class Sample:
    """The facts a mail is written with: who writes, in which language, at which instant."""

    head: Letterhead
    language: str
    now: datetime

    @property
    def job(self) -> MailJob:
        """A job that never was."""
        return MailJob("sample", self.now)

    def order(self, **facts: object) -> Order:
        """Make an order up, in no database."""
        line = OrderLine(
            slot=self.slot(), ticket_type=TicketType(names=ADULT), quantity=TICKETS, unit_cents=UNIT_CENTS,
            currency="EUR",
        )  # fmt: skip
        return Order(**{
            "uuid": "sample", "code": CODE, "secret": SECRET, "language": self.language, "email": EMAIL, "name": NAME,
            "state": OrderState.CONFIRMED, "total_cents": TICKETS * UNIT_CENTS, "currency": "EUR",
            "placed_at": self.now, "confirmed_at": self.now, "lines": [line], "payments": [], **facts,
        })  # fmt: skip

    def view(self, *, tickets: int = TICKETS) -> OrderView:
        """Look at the order as its mails do."""
        total = Money(tickets * UNIT_CENTS)
        line = self._line(tickets)
        numbered = tuple(TicketView(self._ticket(number), line, number) for number in range(1, tickets + 1))
        return OrderView(
            lines=(line,) if tickets else (), tickets=numbered, ended=(), fees=Money(0),
            vat=(VATView(VAT_NAME, VAT_BP, total, Money(VAT_CENTS * tickets // TICKETS)),), total=total,
            discounts=(), is_waiting_for_bank=False, refunded=Money(0), late_reason=None,
        )  # fmt: skip

    def change(self, kind: ChangeKind, difference_cents: int, fee_cents: int = 0) -> OrderChange:
        """Make a change up that was done just now."""
        return OrderChange(
            kind=kind, state=ChangeState.DONE, difference_cents=difference_cents, fee_cents=fee_cents,
            given_before_cents=0, currency="EUR", done_at=self.now,
        )  # fmt: skip

    def slot(self) -> Slot:
        """Make a slot up, some days ahead."""
        starts_at = self.now + DAYS_AHEAD
        return Slot(experience=self._experience(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))

    def wait(self) -> Wait:
        """Make somebody up who waits for it."""
        local = self._local()
        return Wait(
            to=EMAIL, language=self.language, secret=SECRET, experience_slug="visit", experience=EXPERIENCE,
            tickets=((TICKETS, ADULT),), people=TICKETS, slot_starts_at_local=local, first=local.date(),
            last=local.date(), from_local=None, to_local=None,
        )  # fmt: skip

    def _local(self) -> datetime:
        return (self.now + DAYS_AHEAD).astimezone(self.head.zone).replace(minute=0, second=0, microsecond=0)

    def _experience(self) -> Experience:
        return Experience(id=1, slug="visit", names=EXPERIENCE, bring=BRING, drawing="orbits")

    def _line(self, tickets: int) -> LineView:
        local = self._local()
        return LineView(
            self._experience(), ADULT, local, local + timedelta(hours=1), local - timedelta(minutes=15),
            local + timedelta(minutes=30), tickets, Money(UNIT_CENTS), Money(0), Money(tickets * UNIT_CENTS),
        )  # fmt: skip

    def _ticket(self, number: int) -> Ticket:
        return Ticket(code=TICKET_CODE[:-1] + "ABCDEFG"[number % 7], state=TicketState.VALID, admissions=1, admitted=0)


def _changed(kind: ChangeKind, cents: int, fee_cents: int = 0, tickets: int = TICKETS) -> Callable[[Sample], Message]:
    def write(sample: Sample) -> Message:
        change = sample.change(kind, cents, fee_cents)
        return documents.changed(
            sample.order(), sample.view(tickets=tickets), change, sample.head, back_cents=max(0, -cents), key="sample"
        )

    return write


def _late(reason: Reason) -> Callable[[Sample], Message]:
    def write(sample: Sample) -> Message:
        payment = Payment(key="sample", succeeded_at=sample.now, refunds=[Refund(reason=reason.value)])
        order = sample.order(payments=[payment])
        amount = Money(TICKETS * UNIT_CENTS)
        return documents.late_payment(order, amount, sample.head, key=late_money.mail_key(payment))

    return write


def _tickets(why: str) -> Callable[[Sample], Message]:
    def write(sample: Sample) -> Message:
        return documents.tickets_once_more(sample.order(), sample.view(), sample.head, why=why, job=sample.job)

    return write


def _confirmation(sample: Sample) -> Message:
    return documents.confirmation(sample.order(), sample.view(), sample.head, key="sample")


def _confirmation_with_discounts(sample: Sample) -> Message:
    family, code = Money(FAMILY_OFF_CENTS), Money(CODE_OFF_CENTS)
    view = sample.view()
    line = replace(view.lines[0], discount=family + code, total=view.total - family - code)
    vat = VATView(VAT_NAME, VAT_BP, line.total, Money(vat_within(line.total.cents, VAT_BP)))
    taken_off = (DiscountView(FAMILY, None, family), DiscountView(None, "VRBEELD25", code))
    seen = replace(view, lines=(line,), vat=(vat,), total=line.total, discounts=taken_off)
    return documents.confirmation(sample.order(total_cents=line.total.cents), seen, sample.head, key="sample")


def _address_changed(sample: Sample) -> Message:
    return documents.address_changed(sample.order(), OLD_EMAIL, sample.head, job=sample.job)


def _lost_links(sample: Sample) -> Message:
    return documents.lost_links([sample.order()], EMAIL, sample.language, sample.head, job=sample.job)


def _waiting_asked(sample: Sample) -> Message:
    return waiting_letters.asked(sample.wait(), sample.head, job=sample.job)


def _waiting_full(sample: Sample) -> Message:
    first, last = (sample.now + DAYS_AHEAD).date(), (sample.now + 2 * DAYS_AHEAD).date()
    span = replace(sample.wait(), slot_starts_at_local=None, first=first, last=last, from_local=time(13))
    return waiting_letters.full(sample.wait(), [sample.wait(), span], sample.head, job=sample.job)


def _waiting_offer(sample: Sample) -> Message:
    offer = WaitingOffer(
        secret=SECRET, slot=sample.slot(), offered_at=sample.now, expires_at=sample.now + timedelta(hours=2)
    )
    return waiting_letters.offered(sample.wait(), offer, sample.head, key="sample")


def _waiting_news(why: str) -> Callable[[Sample], Message]:
    def write(sample: Sample) -> Message:
        reasons = CLOSED if why == "closed" else {}
        return waiting_letters.news(sample.wait(), why, reasons, sample.head, job=sample.job)

    return write


def _report(sample: Sample) -> Message:
    first, last = period_before(Rhythm.WEEKLY, sample.now.astimezone(sample.head.zone).date())
    row = (41, 123, 10_000, TICKETS * UNIT_CENTS, 41 * TICKETS * UNIT_CENTS)
    report = Report(
        ReportName.CHANNELS, Span(first, last, sample.head.zone, sample.now), report_sales.CHANNELS,
        ((Channel.ONLINE, *row),), (None, *row), 41, Counted.ORDERS,
    )  # fmt: skip
    to = Recipient(EMAIL, sample.language)
    return report_letters.report_mail(report, Rhythm.WEEKLY, to, sample.head, job=sample.job)


def _case(sample: Sample, bonus_percent: int | None = None) -> ClosureCase:
    closure = Closure(reasons=CLOSED, advice={}, default_outcome=ClosureDefault.REFUND, bonus_percent=bonus_percent)
    return ClosureCase(
        secret=SECRET, order=sample.order(), closure=closure, open_cents=TICKETS * UNIT_CENTS, currency="EUR",
        decide_by=sample.now + timedelta(days=14),
    )  # fmt: skip


def _closure_case(bonus_percent: int | None) -> Callable[[Sample], Message]:
    def write(sample: Sample) -> Message:
        view = sample.view()
        visit = Visit(view.lines[0].experience, (view.lines[0].starts_at_local,), ((TICKETS, ADULT),), (), ())
        return closure_letters.closed(_case(sample, bonus_percent), [visit], sample.head, job=sample.job)

    return write


def _closure_credit(sample: Sample) -> Message:
    last_day = sample.now.date().replace(month=12, day=31) + timedelta(days=730)
    new = CreditedCard("VRBE-ELDC-ADEA-UBAN", "UBAN", Money(3289), Money(299), last_day)
    old = CreditedCard(None, "QRST", Money(1001), Money(91), last_day)
    return closure_letters.credited(sample.order(), [new, old], sample.head, has_tickets=False, job=sample.job)


def _closure_over(sample: Sample) -> Message:
    return closure_letters.over(_case(sample), sample.head, job=sample.job)


# By name; the part before the dot is the template's. The office says what each is for.
SAMPLES: Mapping[str, Callable[[Sample], Message]] = {
    "order_confirmation": _confirmation,
    "order_confirmation.discounts": _confirmation_with_discounts,
    "order_tickets.again": _tickets("again"),
    "order_tickets.address": _tickets("address"),
    "address_changed": _address_changed,
    "order_change.move": _changed(ChangeKind.MOVE, 1100),
    "order_change.cheaper": _changed(ChangeKind.MOVE, -400, 200),
    "order_change.add": _changed(ChangeKind.ADD, UNIT_CENTS),
    "order_change.part": _changed(ChangeKind.CANCEL, -1755, 195, tickets=1),
    "order_change.whole": _changed(ChangeKind.CANCEL, -3510, 390, tickets=0),
    "order_change.refund": _changed(ChangeKind.REFUND, -500, -500),
    "late_payment.gone": _late(Reason.GONE),
    "late_payment.over": _late(Reason.OVER),
    "lost_links": _lost_links,
    "closure_case": _closure_case(None),
    "closure_case.card": _closure_case(10),
    "closure_credit": _closure_credit,
    "closure_over": _closure_over,
    "waiting_asked": _waiting_asked,
    "waiting_full": _waiting_full,
    "waiting_offer": _waiting_offer,
    "waiting_news.lapsed": _waiting_news("lapsed"),
    "waiting_news.dropped": _waiting_news("dropped"),
    "waiting_news.closed": _waiting_news("closed"),
    "waiting_news.nothing": _waiting_news("nothing"),
    "waiting_news.removed": _waiting_news("removed"),
    "report": _report,
}
