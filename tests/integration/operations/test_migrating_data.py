"""Migrations keep what stands in the tables: on SQLite a table that others name is made anew under them."""

import pytest
from sqlalchemy import text

from ticketing.foundation.database import make_engine
from ticketing.operations import migrating

BEFORE = [
    "INSERT INTO promotion_codes (id, code, percent, valid_from, max_orders) VALUES (7, 'OLD', 25, '2026-01-01', 3)",
    "INSERT INTO holds (id, key, secret, request_key, state, channel, expires_at, created_at, extensions, "
    "promotion_code_id) VALUES (1, 'k', 's', 'r', 'kept', 'online', '2026-01-01', '2026-01-01', 0, 7)",
    "INSERT INTO orders (id, uuid, code, secret, hold_id, state, channel, language, email, total_cents, currency, "
    "promotion_code_id, placed_at) VALUES (1, 'u', 'c', 's', 1, 'confirmed', 'online', 'nl', 'An@Example.org', 75, "
    "'EUR', 7, '2026-01-01')",
    "INSERT INTO payments (order_id, attempt, key, provider, state, amount_cents, currency, created_at) "
    "VALUES (1, 1, 'p', 'cash', 'succeeded', 75, 'EUR', '2026-01-01')",
]

GIVEN_FREELY = (
    "INSERT INTO order_changes (uuid, request_key, order_id, kind, state, ticket_ids, additions, fee_cents, "
    "given_before_cents, fee_vat_bp, fee_vat_cents, difference_cents, currency, reason, created_at) "
    "VALUES ('c', 'c', 1, 'refund', 'done', '[]', '[]', -75, 0, 600, -4, -75, 'EUR', 'sorry', '2026-01-01')"
)


def test_orders_keep_the_code_they_were_placed_with_up_and_down(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    engine = make_engine(url)
    migrating.upgrade(engine, "20261124_house_revision")
    with engine.begin() as connection:
        for statement in BEFORE:
            connection.execute(text(statement))

    migrating.upgrade(engine)
    with engine.connect() as connection:
        kept = connection.execute(
            text(
                "SELECT r.order_id, r.uses, c.code, p.percent, p.max_uses FROM promotion_redemptions r "
                "JOIN promotion_codes c ON c.id = r.promotion_code_id JOIN promotions p ON p.id = c.promotion_id"
            )
        ).all()
    migrating.downgrade(engine, "20261124_house_revision")
    with engine.connect() as connection:
        back = connection.execute(text("SELECT promotion_code_id FROM orders")).scalar_one()
        paid = connection.execute(text("SELECT COUNT(*) FROM payments")).scalar_one()
        watched = connection.execute(text("PRAGMA foreign_keys")).scalar_one()

    assert kept == [(1, 1, "OLD", 25, 3)]
    assert (back, paid, watched) == (7, 1, 1)

    with engine.begin() as connection:
        connection.execute(text(GIVEN_FREELY))
    with pytest.raises(RuntimeError, match="1 refunds were given freely"):
        migrating.downgrade(engine, "20261124_order_changes")
