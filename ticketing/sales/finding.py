"""Finding a customer's order for them, by its code, a ticket's code, their e-mail address or name. For staff."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from ticketing.foundation.identifiers import is_order_code
from ticketing.sales import name_words
from ticketing.sales.customers import LONGEST_NAME
from ticketing.sales.models import Order
from ticketing.sales.orders import OrderNotFound, whole_order
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket

LONGEST_EMAIL = 254


def order_code_in(text: str) -> str | None:
    """Return the order code somebody typed, in its one form; None when it cannot be one."""
    code = text.strip().upper().replace(" ", "").replace("-", "")
    return code if is_order_code(code) else None


def get_by_code(session: Session, code: str) -> Order:
    """Load an order whole, whoever it belongs to. Raises OrderNotFound."""
    order = None
    if is_order_code(code):
        order = session.scalars(select(Order).where(Order.code == code).options(*whole_order())).one_or_none()
    if order is None:
        raise OrderNotFound("There is no order with this code.")
    return order


def find_by_email(session: Session, email: str, *, before: int | None = None, limit: int) -> list[Order]:
    """Load the orders of an e-mail address, the newest first; those with an id below `before`."""
    email = email.strip()
    if "@" not in email or len(email) > LONGEST_EMAIL or not email.isprintable():
        return []
    mine = select(Order).where(Order.email.in_(spellings(email)), _below(before))
    return list(session.scalars(mine.order_by(Order.id.desc()).limit(limit)))


def find_by_ticket(session: Session, typed: str) -> Order | None:
    """Load the order a ticket's code belongs to, whether it still opens anything or not."""
    code = codes.normalise(typed)
    if code is None:
        return None
    mine = select(Order).join(Ticket, Ticket.order_id == Order.id).where(Ticket.digest == codes.digest(code))
    return session.scalars(mine).one_or_none()


def find_by_name(session: Session, name: str, *, before: int | None = None, limit: int) -> list[Order]:
    """Load the orders whose customer's name has words that begin like these, the newest first.

    Capitals and accents do not matter; of orders whose id is below `before`.
    """
    if len(name) > LONGEST_NAME or not name.isprintable():
        return []
    ids = name_words.find_order_ids(session, name, before=before, limit=limit)
    return list(session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id.desc())))


def find_code(session: Session, typed: str) -> str | None:
    """Return the code of the order somebody means by a code: its own, or that of one of its tickets."""
    code = order_code_in(typed)
    by_ticket = None if code else find_by_ticket(session, typed)
    return by_ticket.code if by_ticket else code


def find_by_words(session: Session, typed: str, *, before: int | None = None, limit: int) -> list[Order]:
    """Load the orders of an e-mail address or a name, the newest first, those with an id below `before`."""
    find = find_by_email if "@" in typed else find_by_name
    return find(session, typed, before=before, limit=limit)


def find_typed(session: Session, typed: str, *, limit: int) -> list[Order]:
    """Load the orders of whatever somebody typed: an order's code, a ticket's, an e-mail address or a name."""
    code = find_code(session, typed)
    if code is not None:
        return list(session.scalars(select(Order).where(Order.code == code)))
    return find_by_words(session, typed, limit=limit)


def latest(session: Session, *, before: int | None = None, limit: int) -> list[Order]:
    """Load the newest orders, those with an id below `before`."""
    return list(session.scalars(select(Order).where(_below(before)).order_by(Order.id.desc()).limit(limit)))


def _below(before: int | None) -> ColumnElement[bool]:
    return Order.id < before if before is not None else true()


def spellings(email: str) -> set[str]:
    """Return how an address may have been written down: somebody who writes capitals today may not have then."""
    return {email, email.lower(), _with_small_domain(email)}


def _with_small_domain(email: str) -> str:
    person, _, domain = email.rpartition("@")
    return f"{person}@{domain.lower()}"
