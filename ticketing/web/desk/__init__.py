"""The front-desk screens, and the door every member of staff comes in by."""

from __future__ import annotations

from flask import Blueprint

from ticketing.web.desk import device, helping, inside, scanner, scanning, signing_in, start

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

for part in (signing_in, start, scanning, device, scanner, inside, helping):
    part.add_to(blueprint)
