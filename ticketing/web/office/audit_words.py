"""What the acts in the audit log are called; a code without words is shown as it is."""

from __future__ import annotations

from ticketing.web.pages import N_

AUDIT_WORDS = {
    "closure.began": N_("Closed"),
    "closure.planned": N_("Closure planned"),
    "closure.lifted": N_("Reopened"),
    "closure.withdrawn": N_("Planned closure withdrawn"),
    "order.placed": N_("Order placed"),
    "order.confirmed": N_("Order confirmed"),
    "order.expired": N_("Order expired"),
    "payment.started": N_("Payment started"),
    "payment.succeeded": N_("Payment received"),
    "payment.processing": N_("Payment on its way"),
    "payment.failed": N_("Payment failed"),
    "payment.mismatched": N_("Payment does not match"),
    "payment.cancelled": N_("Payment ended unpaid"),
    "refund.requested": N_("Refund asked for"),
    "refund.found": N_("Refund found at the provider"),
    "refund.submitted": N_("Refund sent"),
    "refund.succeeded": N_("Refund made"),
    "refund.failed": N_("Refund failed"),
    "staff.added": N_("Account added"),
    "staff.signed_in": N_("Signed in"),
    "staff.signed_out": N_("Signed out"),
    "staff.disabled": N_("Account disabled"),
    "staff.enabled": N_("Account enabled"),
    "staff.password_replaced": N_("Password replaced"),
    "device.enrolled": N_("Device enrolled"),
    "device.revoked": N_("Device revoked"),
    "gate.added": N_("Gate added"),
    "job.revived": N_("Job given another try"),
}
