"""The bare limit: the least a Flask view on this server can do that has the shape of ours."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from flask import Flask
from sqlalchemy import String, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config import read_settings
from ticketing.foundation.database import Database, make_engine

ROWS = 1000


class Bare(DeclarativeBase):
    """A root of its own, so that nothing of ours is laid."""


class Thing(Bare):
    """Something that is looked up and changed, as a ticket is."""

    __tablename__ = "bare_things"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    count: Mapped[int] = mapped_column(default=0)


class Entry(Bare):
    """Something that is written down, as a scan is."""

    __tablename__ = "bare_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    thing_id: Mapped[int]
    token: Mapped[str] = mapped_column(String(40), unique=True)


settings = read_settings(os.environ)
database = Database(make_engine(settings.database_url))
Bare.metadata.create_all(database.engine)
with database.transaction() as filling:
    if filling.scalar(select(Thing.id).limit(1)) is None:
        filling.execute(insert(Thing), [{"key": f"thing-{number}", "count": 0} for number in range(ROWS)])
database.engine.dispose()
PAGE = (Path(__file__).resolve().parents[1] / "docs" / "architecture.md").read_text()[:4000]

app = Flask(__name__)


@app.post("/write")
def write() -> tuple[str, int]:
    """Look one row up, change it, write another down, commit."""
    with database.transaction() as session:
        thing = session.scalars(select(Thing).where(Thing.key == f"thing-{secrets.randbelow(ROWS)}")).one()
        session.execute(update(Thing).where(Thing.id == thing.id).values(count=Thing.count + 1))
        session.add(Entry(thing_id=thing.id, token=secrets.token_hex(16)))
    return "{}", 201


# What one order writes, counted from its tables: hold and lines, allocation, order and lines, payment, the provider's
# session, tickets, jobs, audit entries. And what is asked on the way: slot, prices, places, hold, order, payment.
ORDER_ROWS, ORDER_CHANGES, ORDER_QUESTIONS = 22, 8, 12


@app.post("/order")
def order() -> tuple[str, int]:
    """Do the reading and writing of a whole order, in one transaction of one request."""
    with database.transaction() as session:
        for _ in range(ORDER_QUESTIONS):
            thing = session.scalars(select(Thing).where(Thing.key == f"thing-{secrets.randbelow(ROWS)}")).one()
        for _ in range(ORDER_CHANGES):
            session.execute(update(Thing).where(Thing.id == thing.id).values(count=Thing.count + 1))
        for _ in range(ORDER_ROWS):
            session.add(Entry(thing_id=thing.id, token=secrets.token_hex(16)))
            session.flush()
    return "{}", 201


@app.get("/page")
def page() -> str:
    """Answer a page that nobody has to make."""
    return PAGE
