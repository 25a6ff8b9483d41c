"""gift cards"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_gift_cards"
down_revision = "20261125_visitor_flow"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_cards()
    _make_movements()
    _make_uses()
    op.create_table(
        "gift_card_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("valid_years", sa.Integer(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_gift_card_rules_there_is_one")),
        sa.CheckConstraint("valid_years BETWEEN 1 AND 10", name=op.f("ck_gift_card_rules_valid_years_are_sane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_rules")),
    )
    with op.batch_alter_table("holds") as batch_op:
        batch_op.add_column(sa.Column("gift_card_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_holds_gift_card_id_gift_cards"), "gift_cards", ["gift_card_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("holds") as batch_op:
        batch_op.drop_constraint(op.f("fk_holds_gift_card_id_gift_cards"), type_="foreignkey")
        batch_op.drop_column("gift_card_id")
    for table in ("gift_card_rules", "gift_card_uses", "gift_card_movements", "gift_cards"):
        op.drop_table(table)


def _make_cards() -> None:
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("paid_cents", sa.Integer(), nullable=False),
        sa.Column("bonus_cents", sa.Integer(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("blocked_at", INSTANT, nullable=True),
        sa.CheckConstraint("paid_cents >= 0 AND bonus_cents >= 0", name=op.f("ck_gift_cards_never_below_nothing")),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_gift_cards_expires_after_it_is_issued")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("uuid", name=op.f("uq_gift_cards_uuid")),
        sa.UniqueConstraint("code", name=op.f("uq_gift_cards_code")),
    )
    op.create_index(op.f("ix_gift_cards_expires_at"), "gift_cards", ["expires_at"])


def _make_movements() -> None:
    op.create_table(
        "gift_card_movements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("paid_cents", sa.Integer(), nullable=False),
        sa.Column("bonus_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("moved_by", sa.String(120), nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('issued', 'given_back') THEN paid_cents >= 0 AND bonus_cents >= 0"
            " AND paid_cents + bonus_cents > 0"
            " WHEN kind IN ('spent', 'expired') THEN paid_cents <= 0 AND bonus_cents <= 0"
            " AND paid_cents + bonus_cents < 0"
            " ELSE paid_cents = 0 AND bonus_cents = 0 END",
            name=op.f("ck_gift_card_movements_moves_the_way_of_its_kind"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["gift_cards.id"], name=op.f("fk_gift_card_movements_card_id_gift_cards")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_gift_card_movements_order_id_orders")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_gift_card_movements_refund_id_refunds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_movements")),
        sa.UniqueConstraint("key", name=op.f("uq_gift_card_movements_key")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_gift_card_movements_refund_id")),
    )
    for column in ("card_id", "order_id", "moved_at"):
        op.create_index(op.f(f"ix_gift_card_movements_{column}"), "gift_card_movements", [column])


def _make_uses() -> None:
    op.create_table(
        "gift_card_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("paid_cents", sa.Integer(), nullable=False),
        sa.Column("bonus_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("takings", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "paid_cents >= 0 AND bonus_cents >= 0 AND paid_cents + bonus_cents > 0",
            name=op.f("ck_gift_card_uses_takes_something"),
        ),
        sa.CheckConstraint(
            "(state = 'spent') = (payment_id IS NOT NULL)", name=op.f("ck_gift_card_uses_spent_is_a_payment")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_gift_card_uses_order_id_orders")),
        sa.ForeignKeyConstraint(["card_id"], ["gift_cards.id"], name=op.f("fk_gift_card_uses_card_id_gift_cards")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_gift_card_uses_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_uses")),
        sa.UniqueConstraint("order_id", name=op.f("uq_gift_card_uses_order_id")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_gift_card_uses_payment_id")),
    )
    op.create_index(op.f("ix_gift_card_uses_card_id"), "gift_card_uses", ["card_id"])
