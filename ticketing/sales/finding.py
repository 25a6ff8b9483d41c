"""Finding a customer's order for them, by its code or their e-mail address. For staff; customers have a secret."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.foundation.identifiers import is_order_code
from ticketing.sales.models import Order
from ticketing.sales.orders import OrderNotFound, whole_order

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


def find_by_email(session: Session, email: str, *, limit: int) -> list[Order]:
    """Load the orders of an e-mail address, the newest first."""
    email = email.strip()
    if "@" not in email or len(email) > LONGEST_EMAIL or not email.isprintable():
        return []
    mine = select(Order).where(Order.email.in_(spellings(email)))
    return list(session.scalars(mine.order_by(Order.id.desc()).limit(limit)))


def spellings(email: str) -> set[str]:
    """Return how an address may have been written down: somebody who writes capitals today may not have then."""
    return {email, email.lower(), _with_small_domain(email)}


def _with_small_domain(email: str) -> str:
    person, _, domain = email.rpartition("@")
    return f"{person}@{domain.lower()}"
