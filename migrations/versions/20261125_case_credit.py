"""case credit"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_case_credit"
down_revision = "20261125_resellers"

AMOUNTS = {
    "every_cent_is_somewhere": (
        "value_cents = open_cents + rebooked_cents + refunded_cents + kept_cents + withdrawn_cents",
        "value_cents = open_cents + rebooked_cents + refunded_cents + credited_cents + kept_cents + withdrawn_cents",
    ),
    "amounts_are_not_negative": (
        "open_cents >= 0 AND rebooked_cents >= 0 AND refunded_cents >= 0 AND kept_cents >= 0 AND withdrawn_cents >= 0",
        "open_cents >= 0 AND rebooked_cents >= 0 AND refunded_cents >= 0 AND credited_cents >= 0"
        " AND kept_cents >= 0 AND withdrawn_cents >= 0 AND bonus_cents >= 0",
    ),
}
STATES = {
    "state_is_known": "state IN ('open', 'rebooked', 'refunded', 'credited', 'kept', 'withdrawn')",
    "something_was_credited": "state <> 'credited' OR credited_cents > 0",
}


def upgrade() -> None:
    with op.batch_alter_table("closures") as batch_op:
        batch_op.add_column(sa.Column("bonus_percent", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_closures_bonus_is_a_share"), "bonus_percent BETWEEN 0 AND 100")
    with op.batch_alter_table("closure_cases") as batch_op:
        for name in ("credited_cents", "bonus_cents"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("closure_cases") as batch_op:
        for name in ("credited_cents", "bonus_cents"):
            batch_op.alter_column(name, existing_type=sa.Integer(), server_default=None)
        for name, (_, with_cards) in AMOUNTS.items():
            batch_op.drop_constraint(op.f(f"ck_closure_cases_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_closure_cases_{name}"), with_cards)
        for name, condition in STATES.items():
            batch_op.create_check_constraint(op.f(f"ck_closure_cases_{name}"), condition)
    _make_credits()
    with op.batch_alter_table("gift_card_movements") as batch_op:
        batch_op.add_column(sa.Column("credit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_gift_card_movements_credit_id_closure_credits"), "closure_credits", ["credit_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_gift_card_movements_credit_id"), ["credit_id"])


def downgrade() -> None:
    """Take the tables back. What was credited stays told as refunded: the money did leave those orders."""
    with op.batch_alter_table("gift_card_movements") as batch_op:
        batch_op.drop_index(op.f("ix_gift_card_movements_credit_id"))
        batch_op.drop_constraint(op.f("fk_gift_card_movements_credit_id_closure_credits"), type_="foreignkey")
        batch_op.drop_column("credit_id")
    op.drop_table("closure_credits")
    with op.batch_alter_table("closure_cases") as batch_op:
        for name in (*STATES, *AMOUNTS):
            batch_op.drop_constraint(op.f(f"ck_closure_cases_{name}"), type_="check")
    op.execute("UPDATE closure_cases SET refunded_cents = refunded_cents + credited_cents")
    op.execute("UPDATE closure_cases SET state = 'refunded' WHERE state = 'credited'")
    with op.batch_alter_table("closure_cases") as batch_op:
        for name in ("credited_cents", "bonus_cents"):
            batch_op.drop_column(name)
        for name, (before, _) in AMOUNTS.items():
            batch_op.create_check_constraint(op.f(f"ck_closure_cases_{name}"), before)
    with op.batch_alter_table("closures") as batch_op:
        batch_op.drop_constraint(op.f("ck_closures_bonus_is_a_share"), type_="check")
        batch_op.drop_column("bonus_percent")


def _make_credits() -> None:
    op.create_table(
        "closure_credits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("bonus_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.CheckConstraint("value_cents > 0 AND bonus_cents >= 0", name=op.f("ck_closure_credits_puts_something_on")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["order_changes.id"], name=op.f("fk_closure_credits_change_id_order_changes")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["closure_cases.id"], name=op.f("fk_closure_credits_case_id_closure_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_credits")),
        sa.UniqueConstraint("change_id", name=op.f("uq_closure_credits_change_id")),
        sa.UniqueConstraint("case_id", "opening", name=op.f("uq_closure_credits_case_id_opening")),
    )
