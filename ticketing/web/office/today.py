"""The day at a glance: open or closed, sold, let in, slot by slot."""

from __future__ import annotations

from flask import Blueprint, render_template

from ticketing.catalogue import closures
from ticketing.door import queries
from ticketing.foundation import jobs
from ticketing.sales import open_matters, undelivered
from ticketing.staff.roles import Permission
from ticketing.web import access, edge


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/", view_func=today)


@access.requires(Permission.SEE_TODAY)
def today() -> str:
    with edge.reading() as reading:
        slots = queries.slots_on(reading, edge.today(), now=edge.now())
        counts = queries.count_scans(reading, zone=edge.services().zone, now=edge.now())
        in_force = closures.find_in_force(reading, now=edge.now())
        planned = closures.find_planned(reading, now=edge.now())
        failed = jobs.count_failed(reading)
        money = open_matters.count(reading)
        not_reached = undelivered.count_orders(reading)
    return render_template(
        "office/today.html", slots=slots, counts=counts, in_force=in_force, planned=planned, failed_jobs=failed,
        money=money, not_reached=not_reached, sold=sum(slot.sold for slot in slots),
        capacity=sum(slot.capacity for slot in slots),
    )  # fmt: skip
