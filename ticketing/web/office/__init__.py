"""The back office: what managers and administrators see and do."""

from __future__ import annotations

from flask import Blueprint

from ticketing.web.office import audit, closures, devices, jobs, orders, staff, today

blueprint = Blueprint("office", __name__, url_prefix="/office")

for part in (today, closures, orders, audit, jobs, devices, staff):
    part.add_to(blueprint)
