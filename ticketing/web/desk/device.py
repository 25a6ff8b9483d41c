"""The page a phone opens by an invitation: it becomes a scanner, and goes on to scan.

A shell without anything personal in it: what the phone is stands in the phone (js/scanner/enrol.js).
"""

from __future__ import annotations

from flask import Blueprint, render_template

from ticketing.door.devices import LONGEST_NAME
from ticketing.web import access
from ticketing.web.desk.scanner import app_file


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/device", view_func=device_page)


@access.open_to_all("the invitation in the link is the key, and only the phone's script reads it")
def device_page() -> str:
    return render_template("desk/device.html", longest_name=LONGEST_NAME, app_file=app_file)
