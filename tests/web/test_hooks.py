"""What the provider hears when something breaks here: not that all is well."""

from __future__ import annotations

from sqlalchemy import text

from tests.till import Till
from ticketing.sales.models import OrderState


def test_ps_checkout_1546_a_report_that_breaks_is_answered_as_broken_and_taken_when_it_comes_again(
    services, client
) -> None:
    """A handler that fails leaves nothing behind, so that the next delivery of the same report settles."""
    till = Till(services)
    order_id = till.place(adult=1)
    services.sandbox.pay(till.start(order_id))
    ((body, signature),) = till.collect()
    with services.database.transaction() as session:
        session.execute(text("ALTER TABLE jobs RENAME TO jobs_away"))  # what settling has to write is not there

    broken = client.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})
    with services.database.transaction() as session:
        session.execute(text("ALTER TABLE jobs_away RENAME TO jobs"))
    mended = client.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})

    assert broken.status_code >= 500
    assert mended.status_code == 204
    assert till.order(order_id).state is OrderState.CONFIRMED
    till.assert_sound()
