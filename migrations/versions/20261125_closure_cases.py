"""closure cases"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261125_closure_cases"
down_revision = "20261125_reports"

TEXTS = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
CHECKS = {
    "undone_after_made": "undo_until >= created_at",
    "answer_days_are_sane": "answer_days BETWEEN 1 AND 90",
    "confirmed_by_somebody": "(confirmed_at IS NULL) = (confirmed_by IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "closure_experiences",
        sa.Column("closure_id", sa.Integer(), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closures.id"], name=op.f("fk_closure_experiences_closure_id_closures")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_closure_experiences_experience_id_experiences")
        ),
        sa.PrimaryKeyConstraint("closure_id", "experience_id", name=op.f("pk_closure_experiences")),
    )
    op.execute(
        "INSERT INTO closure_experiences (closure_id, experience_id) "
        "SELECT id, experience_id FROM closures WHERE experience_id IS NOT NULL"
    )
    _widen_closures()
    _make_cases()
    op.create_table(
        "closure_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("undo_minutes", sa.Integer(), nullable=False),
        sa.Column("second_from_orders", sa.Integer(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("default_outcome", sa.String(24), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("answer_days BETWEEN 1 AND 90", name=op.f("ck_closure_rules_answer_days_are_sane")),
        sa.CheckConstraint("id = 1", name=op.f("ck_closure_rules_there_is_one")),
        sa.CheckConstraint("second_from_orders >= 1", name=op.f("ck_closure_rules_second_from_orders_is_positive")),
        sa.CheckConstraint("undo_minutes BETWEEN 0 AND 120", name=op.f("ck_closure_rules_undo_minutes_are_sane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_rules")),
    )


def _widen_closures() -> None:
    """Give closures their terms. Those that are over have had their say: nobody is written to about them now."""
    with op.batch_alter_table("closures") as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(24), nullable=False, server_default="other"))
        batch_op.add_column(sa.Column("advice", TEXTS, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("closed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("amended_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("default_outcome", sa.String(24), nullable=False, server_default="refund"))
        batch_op.add_column(sa.Column("answer_days", sa.Integer(), nullable=False, server_default="14"))
        batch_op.add_column(sa.Column("undo_until", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("is_large", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(120), nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("late_orders", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("carried_out_at", INSTANT, nullable=True))
    op.execute("UPDATE closures SET undo_until = created_at")
    op.execute(
        "UPDATE closures SET carried_out_at = created_at "
        "WHERE state IN ('lifted', 'withdrawn') OR (ends_at IS NOT NULL AND ends_at <= CURRENT_TIMESTAMP)"
    )
    with op.batch_alter_table("closures") as batch_op:
        for name in ("cause", "advice", "default_outcome", "answer_days", "is_large", "late_orders"):
            batch_op.alter_column(name, server_default=None)
        batch_op.alter_column("undo_until", existing_type=INSTANT, nullable=False)
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_closures_{name}"), condition)
        batch_op.drop_constraint(op.f("fk_closures_experience_id_experiences"), type_="foreignkey")
        batch_op.drop_column("experience_id")


def _make_cases() -> None:
    op.create_table(
        "closure_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("secret", sa.String(length=40), nullable=False),
        sa.Column("closure_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("decide_by", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by", sa.String(length=120), nullable=True),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("open_cents", sa.Integer(), nullable=False),
        sa.Column("rebooked_cents", sa.Integer(), nullable=False),
        sa.Column("refunded_cents", sa.Integer(), nullable=False),
        sa.Column("kept_cents", sa.Integer(), nullable=False),
        sa.Column("withdrawn_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f("ck_closure_cases_settled_when_not_open")
        ),
        sa.CheckConstraint(
            "open_cents >= 0 AND rebooked_cents >= 0 AND refunded_cents >= 0 AND kept_cents >= 0"
            " AND withdrawn_cents >= 0",
            name=op.f("ck_closure_cases_amounts_are_not_negative"),
        ),
        sa.CheckConstraint(
            "state = 'open' OR open_cents = 0", name=op.f("ck_closure_cases_nothing_is_open_when_settled")
        ),
        sa.CheckConstraint(
            "value_cents = open_cents + rebooked_cents + refunded_cents + kept_cents + withdrawn_cents",
            name=op.f("ck_closure_cases_every_cent_is_somewhere"),
        ),
        sa.ForeignKeyConstraint(["closure_id"], ["closures.id"], name=op.f("fk_closure_cases_closure_id_closures")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_closure_cases_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_cases")),
        sa.UniqueConstraint("closure_id", "order_id", name=op.f("uq_closure_cases_closure_id_order_id")),
        sa.UniqueConstraint("secret", name=op.f("uq_closure_cases_secret")),
        sa.UniqueConstraint("uuid", name=op.f("uq_closure_cases_uuid")),
    )
    op.create_index(op.f("ix_closure_cases_order_id"), "closure_cases", ["order_id"])
    op.create_index(op.f("ix_closure_cases_state_decide_by"), "closure_cases", ["state", "decide_by"])
    op.create_table(
        "closure_case_tickets",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["closure_cases.id"], name=op.f("fk_closure_case_tickets_case_id_closure_cases")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_closure_case_tickets_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("case_id", "ticket_id", name=op.f("pk_closure_case_tickets")),
    )
    op.create_index(op.f("ix_closure_case_tickets_ticket_id"), "closure_case_tickets", ["ticket_id"])


def downgrade() -> None:
    for table in ("closure_rules", "closure_case_tickets", "closure_cases"):
        op.drop_table(table)
    with op.batch_alter_table("closures") as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(f"ck_closures_{name}"), type_="check")
        for name in (
            "cause", "advice", "closed_by_id", "amended_at", "default_outcome", "answer_days", "undo_until",
            "is_large", "confirmed_by", "confirmed_at", "late_orders", "carried_out_at",
        ):  # fmt: skip
            batch_op.drop_column(name)
        batch_op.add_column(sa.Column("experience_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_closures_experience_id_experiences"), "experiences", ["experience_id"], ["id"]
        )
    op.execute(
        "UPDATE closures SET experience_id = (SELECT MIN(experience_id) FROM closure_experiences x "
        "WHERE x.closure_id = closures.id)"
    )
    op.drop_table("closure_experiences")
