"""The words of customers' names, kept so that staff find an order by the beginning of any of them.

A search for letters anywhere in a name would read every order; words that begin alike stand together in an index.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from ticketing.sales.models import Order, OrderNameWord

LONGEST_WORD = 40
MOST_WORDS = 12
LEAST_OF_A_NAME = 2  # letters
LAST_CHARACTER = "\U0010ffff"
BETWEEN_WORDS = re.compile(r"[\W_]+")


def words_of(name: str | None) -> list[str]:
    """Return the words of a name, each once, without capitals and accents: "Zoë D’Hondt" has zoe, d, hondt."""
    apart = unicodedata.normalize("NFKD", (name or "").casefold())
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    words = [word[:LONGEST_WORD] for word in BETWEEN_WORDS.split(plain) if word]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def write_down(session: Session, order: Order) -> None:
    """Keep the words of an order's name as it is now; of an order without a name none are kept."""
    session.execute(delete(OrderNameWord).where(OrderNameWord.order_id == order.id))
    if words := words_of(order.name):
        session.execute(insert(OrderNameWord), [{"order_id": order.id, "word": word} for word in words])


def find_order_ids(session: Session, typed: str, *, before: int | None, limit: int) -> list[int]:
    """Return the ids of orders whose name has a word beginning with each of those typed, the newest first."""
    words = words_of(typed)
    if sum(len(word) for word in words) < LEAST_OF_A_NAME:
        return []
    first, *others = sorted(words, key=len, reverse=True)  # the longest is the rarest
    found = select(OrderNameWord.order_id).where(*_begins(first))
    for word in others:
        found = found.where(OrderNameWord.order_id.in_(select(OrderNameWord.order_id).where(*_begins(word))))
    if before is not None:
        found = found.where(OrderNameWord.order_id < before)
    return list(session.scalars(found.distinct().order_by(OrderNameWord.order_id.desc()).limit(limit)))


def _begins(word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OrderNameWord.word >= word, OrderNameWord.word < word + LAST_CHARACTER
