"""What an order's customer gets on paper and by mail: tickets, calendar entries, messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from ticketing.content import drawings
from ticketing.foundation.calendar_file import CalendarEntry, make_calendar
from ticketing.foundation.failpoints import reach
from ticketing.foundation.languages import Texts, pick, translations
from ticketing.foundation.money import Money, split
from ticketing.foundation.paper import WIDTH_MM
from ticketing.foundation.wording import clock_words, day_and_year_words, money_words, percent_words
from ticketing.mail import rendering
from ticketing.mail.messages import Attachment, Message
from ticketing.sales import late_money
from ticketing.sales.checkouts import order_url
from ticketing.sales.late_money import Reason
from ticketing.sales.models import Order, OrderChange
from ticketing.sales.overview import LineView, OrderView, TicketView
from ticketing.tickets.pdf import BAND_MM, TicketLabels, TicketSheet, make_pdf


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the centre as it appears on tickets and in mails."""

    centre_name: str
    zone: ZoneInfo
    public_url: str
    sender: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class MailJob:
    """The job a mail is written for: its key makes the Message-ID; the mail is dated by when it was asked for."""

    key: str
    written_at: datetime  # an instant


def ticket_sheets(order: Order, view: OrderView, head: Letterhead, language: str) -> list[TicketSheet]:
    """Word every ticket of an order for its page."""
    labels, paid = _labels(language), _paid_for(view.tickets)
    return [
        replace(_sheet(ticket, order, head, labels, language), price_words=_price_words(ticket.line, cents, language))
        for ticket, cents in zip(view.tickets, paid, strict=True)
    ]


def tickets_file(order: Order, view: OrderView, head: Letterhead, language: str) -> bytes:
    """Make the PDF of all tickets of an order. Call it outside any transaction: it takes milliseconds a ticket."""
    reach("C7")
    title = f"{head.centre_name} {order.code}"
    return make_pdf(ticket_sheets(order, view, head, language), title=title, author=head.centre_name)


def confirmation(order: Order, view: OrderView, head: Letterhead, *, key: str) -> Message:
    """Write the mail that confirms an order, with its tickets and its calendar entries, in the order's language."""
    assert order.confirmed_at is not None, "only a confirmed order is confirmed by mail"
    words = rendering.render("order_confirmation", order.language, **_context(order, view, head))
    return _with_tickets(_message(order, words, head, key, order.confirmed_at), order, view, head)


def changed(
    order: Order, view: OrderView, change: OrderChange, head: Letterhead, *, back_cents: int, key: str
) -> Message:
    """Write the mail that says what has changed, what it costs or brings back (cents), and which tickets hold now."""
    assert change.done_at is not None, "only a change that was done is told by mail"
    words = rendering.render(
        "order_change", order.language, **_context(order, view, head), kind=change.kind.value,
        back=Money(back_cents, change.currency),
        paid=Money(max(0, change.difference_cents), change.currency),
        fee=Money(max(0, change.fee_cents - change.given_before_cents), change.currency),
    )  # fmt: skip
    message = _message(order, words, head, key, change.done_at)
    return _with_tickets(message, order, view, head) if view.tickets else message


def tickets_once_more(order: Order, view: OrderView, head: Letterhead, *, why: str, job: MailJob) -> Message:
    """Write the mail that brings an order's tickets again ("again"), or to another address than before ("address")."""
    words = rendering.render("order_tickets", order.language, **_context(order, view, head), why=why)
    return _with_tickets(_message(order, words, head, job.key, job.written_at), order, view, head)


def address_changed(order: Order, to: str, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that tells an address that an order's mails go to another one; it leads to nobody's tickets."""
    words = rendering.render(
        "address_changed", order.language, order_code=order.code, name=order.name, centre_name=head.centre_name,
        contact_url=f"{head.public_url}/{order.language}/contact/", is_test=head.is_test,
    )  # fmt: skip
    return replace(_message(order, words, head, job.key, job.written_at), to=to)


def lost_links(found: Sequence[Order], to: str, language: str, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that leads to the orders of an address, each loaded whole."""
    listed = [(order, order_url(order, head.public_url), _visits(order, head)) for order in found]
    words = rendering.render(
        "lost_links", language, orders=listed, centre_name=head.centre_name, is_test=head.is_test,
        site_url=f"{head.public_url}/{language}/",
    )  # fmt: skip
    return letter(to, words, language, head, job)


def late_payment(order: Order, amount: Money, head: Letterhead, *, key: str) -> Message:
    """Write the mail that explains why money came too late, and that it goes back whole."""
    payment = late_money.payment_of_mail(order, key)
    assert payment.succeeded_at is not None, "money that came in came in some time"
    words = rendering.render(
        "late_payment", order.language, centre_name=head.centre_name, order_code=order.code, amount=amount,
        reason=(late_money.reason_for(payment) or Reason.GONE).name,
        shop_url=f"{head.public_url}/{order.language}/tickets/", name=order.name, is_test=head.is_test,
    )  # fmt: skip
    return _message(order, words, head, key, payment.succeeded_at)


def _message(order: Order, words: rendering.Rendered, head: Letterhead, key: str, written_at: datetime) -> Message:
    assert order.email is not None, "an anonymised order gets no mail"
    return letter(order.email, words, order.language, head, MailJob(key, written_at))


def letter(to: str, words: rendering.Rendered, language: str, head: Letterhead, job: MailJob) -> Message:
    """Put words into an envelope: from the centre, with the job's key as its Message-ID."""
    return Message(
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=language,
        message_id=message_id(job.key, head.sender),
        sender=head.sender,
        sender_name=head.centre_name,
        written_at=job.written_at,
    )


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of the mail that a job's key stands for."""
    return f"{key.replace(':', '.')}@{sender.rpartition('@')[2]}"


def _with_tickets(message: Message, order: Order, view: OrderView, head: Letterhead) -> Message:
    """Put an order's tickets and its calendar entries with a mail."""
    attachments = (
        Attachment(f"{order.code}.pdf", "application/pdf", tickets_file(order, view, head, order.language)),
        Attachment(f"{order.code}.ics", "text/calendar", _calendar(order, view, head, message.written_at)),
    )
    return replace(message, attachments=attachments)


def _visits(order: Order, head: Letterhead) -> list[tuple[Texts, datetime]]:
    """List what an order is for and when (wall clock), each time once."""
    starts = {(line.slot.experience.id, line.slot.starts_at): line for line in order.lines}
    return [(line.slot.experience.names, line.slot.starts_at.astimezone(head.zone)) for line in starts.values()]


def _context(order: Order, view: OrderView, head: Letterhead) -> dict[str, object]:
    return {
        "order_code": order.code,
        "name": order.name,
        "view": view,
        "bring": _bring(view.lines, order.language),
        "order_url": order_url(order, head.public_url),
        "site_url": f"{head.public_url}/{order.language}/",
        "centre_name": head.centre_name,
        "is_test": head.is_test,
    }


def _bring(lines: tuple[LineView, ...], language: str) -> list[str]:
    """List what to bring for all experiences of an order, each thing once."""
    things: dict[str, None] = {}
    for line in lines:
        things.update(dict.fromkeys(_things_to_bring(line, language)))
    return list(things)


def _things_to_bring(line: LineView, language: str) -> list[str]:
    bring = line.experience.bring
    return bring.get(language) or bring.get("nl") or []


def _sheet(ticket: TicketView, order: Order, head: Letterhead, labels: TicketLabels, language: str) -> TicketSheet:
    say, line, experience = translations(language).ugettext, ticket.line, ticket.line.experience
    day_words = day_and_year_words(line.starts_at_local.date(), language)
    return TicketSheet(
        centre_name=head.centre_name,
        experience=pick(experience.names, language),
        day_words=day_words[0].upper() + day_words[1:],
        time_words=_time_words(line.starts_at_local, language),
        be_there_words=_be_there_words(line, language),
        ticket_type=pick(line.ticket_type_names, language),
        price_words="",
        admissions=ticket.ticket.admissions,
        order_code=order.code,
        code=ticket.ticket.code,
        holder_name=ticket.ticket.holder_name or order.name,
        bring=tuple(_things_to_bring(line, language)),
        change_sentence=say("On this page you move, cancel or add tickets yourself:"),
        change_url=order_url(order, head.public_url),
        drawing=drawings.shapes(experience.drawing, crc32(experience.slug.encode()), WIDTH_MM, BAND_MM),
        labels=labels,
        language=language,
        is_test=head.is_test,
    )  # fmt: skip


def _be_there_words(line: LineView, language: str) -> str:
    """Say when to come in, or why nobody can: a file that is fetched again does not send anybody to a closed door."""
    say = translations(language).ugettext
    if line.closed_reasons:
        return say("We are closed then: %(reason)s") % {"reason": pick(line.closed_reasons, language)}
    return say("Come in between %(opens)s and %(closes)s") % {
        "opens": clock_words(line.admits_from_local, language),
        "closes": clock_words(line.admits_until_local, language),
    }


def _paid_for(tickets: Sequence[TicketView]) -> list[int]:
    """Share what was paid for each line over its tickets, to the cent; discounts are in it already."""
    by_line: dict[int, list[int]] = {}
    for place, ticket in enumerate(tickets):
        by_line.setdefault(ticket.ticket.order_line_id, []).append(place)
    paid = [0] * len(tickets)
    for places in by_line.values():
        shares = split(tickets[places[0]].line.total.cents, [1] * len(places))
        for place, share in zip(places, shares, strict=True):
            paid[place] = share
    return paid


def _price_words(line: LineView, cents: int, language: str) -> str:
    """Say what a ticket cost and the VAT in it; "Free" when it cost nothing."""
    say = translations(language).ugettext
    if not cents:
        return say("Free")
    price, exempt = money_words(Money(cents, line.total.currency), language), say("exempt from VAT")
    if line.vat_bp is None:
        return f"{price}, {exempt}"
    return say("%(price)s, VAT %(rate)s included") % {"price": price, "rate": percent_words(line.vat_bp, language)}


def _time_words(local: datetime, language: str) -> str:
    """Write the time as it is said: "10.30 uur", "10 h 30", "10:30", "10.30 Uhr"."""
    return clock_words(local, language) + {"nl": " uur", "de": " Uhr"}.get(language, "")


def _labels(language: str) -> TicketLabels:
    say = translations(language).ugettext
    return TicketLabels(
        order=say("Order"),
        ticket_type=say("Ticket for"),
        holder=say("Name"),
        admits=say("Admits"),
        bring=say("Bring along"),
        change=say("Plans changed?"),
        page=say("Ticket %(number)s of %(total)s"),
        test=say("TEST: not a real ticket"),
    )


def _calendar(order: Order, view: OrderView, head: Letterhead, made_at: datetime) -> bytes:
    entries = [
        CalendarEntry(
            uid=f"{order.uuid}-{number}@{head.sender.rpartition('@')[2]}",
            starts_at=line.starts_at_local,
            ends_at=line.ends_at_local,
            summary=f"{pick(line.experience.names, order.language)}, {head.centre_name}",
            description=f"{order.code}\n{order_url(order, head.public_url)}",
            location=head.centre_name,
            url=order_url(order, head.public_url),
            is_cancelled=bool(line.closed_reasons),
        )
        for number, line in enumerate(_one_per_slot(view.lines), 1)
    ]
    return make_calendar(entries, made_at=made_at, product=head.centre_name)


def _one_per_slot(lines: tuple[LineView, ...]) -> list[LineView]:
    return list({(line.experience.id, line.starts_at_local): line for line in lines}.values())
