"""The sandbox provider's own pay page: stands where Stripe's would be when no keys are set. Takes no money."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from ticketing.foundation.errors import NotFound
from ticketing.payments.sandbox import Sandbox
from ticketing.web import access, edge

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")

SLOW_BANK_SECONDS = 20


def _sandbox() -> Sandbox:
    sandbox = edge.services().sandbox
    if sandbox is None:
        raise NotFound("There is no sandbox here.")
    return sandbox


@blueprint.get("/pay/<ref>")
def pay_page(ref: str) -> str:
    page = _sandbox().get_session(ref)
    edge.speak(page.language)
    return render_template("site/sandbox_pay.html", page=page, was_declined="declined" in request.args)


@blueprint.post("/pay/<ref>")
@access.open_to_all("stands in for the provider's page, which anyone with its address may use")
def press_button(ref: str) -> Response:
    """Do what the pressed button says and go where the provider would send the customer."""
    sandbox, button = _sandbox(), request.form.get("outcome", "")
    settles_at = edge.now() + timedelta(seconds=SLOW_BANK_SECONDS)
    if button == "pay":
        sandbox.pay(ref)
    elif button in ("slow_success", "slow_failure"):
        sandbox.pay_slowly(ref, succeeds=button == "slow_success", settles_at=settles_at)
    elif button == "expire":
        sandbox.let_expire(ref)
        return redirect(sandbox.get_session(ref).cancel_url, 303)
    else:
        sandbox.decline(ref)
        return redirect(f"/sandbox/pay/{ref}?declined=1", 303)
    return redirect(sandbox.get_session(ref).return_url, 303)
