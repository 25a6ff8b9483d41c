"""reports: days added up, subscriptions, and indexes for a year of the books"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_reports"
down_revision = "20261125_house_limit"


def upgrade() -> None:
    op.create_table(
        "tallied_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(24), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallied_days")),
        sa.UniqueConstraint("basis", "local_date", name=op.f("uq_tallied_days_basis_local_date")),
    )
    op.create_table(
        "sale_tallies",
        *_dimensions("sale_tallies"),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("vat_class", sa.String(40), nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("lead", sa.Integer(), nullable=True),
        *_sums("orders", "tickets", "list_cents", "discount_cents", "vat_cents"),
    )
    op.create_index(op.f("ix_sale_tallies_day_id"), "sale_tallies", ["day_id"])
    op.create_table(
        "visit_tallies", *_dimensions("visit_tallies"), *_sums("booked", "void", "admitted", "missed_cents")
    )
    op.create_index(op.f("ix_visit_tallies_day_id"), "visit_tallies", ["day_id"])
    op.create_table(
        "report_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(24), nullable=False),
        sa.Column("rhythm", sa.String(24), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= began_at", name=op.f("ck_report_subscriptions_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["staff_accounts.id"], name=op.f("fk_report_subscriptions_account_id_staff_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_subscriptions")),
        sa.UniqueConstraint(
            "account_id", "report", "rhythm", name=op.f("uq_report_subscriptions_account_id_report_rhythm")
        ),
    )
    # Without statistics SQLite took all payments that succeeded, whenever that was.
    op.drop_index(op.f("ix_payments_succeeded_at"), "payments")
    op.create_index(op.f("ix_payments_state_succeeded_at"), "payments", ["state", "succeeded_at"])
    op.create_index(
        "ix_order_lines_change_id", "order_lines", ["change_id"],
        sqlite_where=sa.text("change_id IS NOT NULL"), postgresql_where=sa.text("change_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(op.f("ix_refunds_settled_at"), "refunds", ["settled_at"])
    op.create_index(op.f("ix_scans_received_at"), "scans", ["received_at"])
    op.create_index(op.f("ix_tickets_voided_at"), "tickets", ["voided_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_tickets_voided_at"), "tickets")
    op.drop_index(op.f("ix_scans_received_at"), "scans")
    op.drop_index(op.f("ix_refunds_settled_at"), "refunds")
    op.drop_index("ix_order_lines_change_id", "order_lines")
    op.drop_index(op.f("ix_payments_state_succeeded_at"), "payments")
    op.create_index(op.f("ix_payments_succeeded_at"), "payments", ["succeeded_at"])
    for table in ("report_subscriptions", "visit_tallies", "sale_tallies", "tallied_days"):
        op.drop_table(table)


def _dimensions(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Return what tallies are told apart by: fresh columns for each table."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("ticket_type_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.ForeignKeyConstraint(["day_id"], ["tallied_days.id"], name=op.f(f"fk_{table}_day_id_tallied_days")),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f(f"fk_{table}_experience_id_experiences")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_type_id"], ["ticket_types.id"], name=op.f(f"fk_{table}_ticket_type_id_ticket_types")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _sums(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)
