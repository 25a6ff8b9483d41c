"""money in full: methods, ways back, disputes, what reconciliation finds"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_money_in_full"
down_revision = "20261124_promotions"

# Reports go by the day of the act.
BY_DAY = (
    ("orders", "confirmed_at"),
    ("payments", "succeeded_at"),
    ("refunds", "requested_at"),
    ("order_lines", "ended_at"),
    ("order_changes", "done_at"),
)
PARTS = (("covers_a_part_of_itself", "covers_cents"), ("is_covered_in_part", "covered_cents"))


def upgrade() -> None:
    with op.batch_alter_table("payments") as batch_op:
        batch_op.add_column(sa.Column("method", sa.String(40), nullable=True))
    with op.batch_alter_table("refunds") as batch_op:
        batch_op.add_column(sa.Column("way", sa.String(24), nullable=False, server_default="provider"))
        for name in ("covers", "covered"):
            batch_op.add_column(sa.Column(f"{name}_cents", sa.Integer(), nullable=False, server_default="0"))
        for name, column in PARTS:
            batch_op.create_check_constraint(op.f(f"ck_refunds_{name}"), f"{column} BETWEEN 0 AND amount_cents")
    op.execute("UPDATE refunds SET way = 'cash' WHERE payment_id IN (SELECT id FROM payments WHERE provider = 'cash')")
    with op.batch_alter_table("refunds") as batch_op:
        for name in ("way", "covers_cents", "covered_cents"):
            batch_op.alter_column(name, server_default=None)
    _let_fees_be_negative("kind IN ('refund', 'dispute')")
    for table, column in BY_DAY:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    _lay_disputes()
    _lay_findings()
    _lay_days()


def downgrade() -> None:
    op.drop_table("reconciled_days")
    op.drop_table("reconciliation_findings")
    op.drop_table("disputes")
    for table, column in reversed(BY_DAY):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.execute("UPDATE order_changes SET kind = 'refund' WHERE kind = 'dispute'")
    _let_fees_be_negative("kind = 'refund'")
    with op.batch_alter_table("refunds") as batch_op:
        for name, column in PARTS:
            batch_op.drop_constraint(op.f(f"ck_refunds_{name}"), type_="check")
            batch_op.drop_column(column)
        batch_op.drop_column("way")
    with op.batch_alter_table("payments") as batch_op:
        batch_op.drop_column("method")


def _let_fees_be_negative(when: str) -> None:
    name = op.f("ck_order_changes_fee_is_not_negative")
    with op.batch_alter_table("order_changes") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"fee_cents >= 0 OR {when}")


def _lay_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_ref", sa.String(120), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("is_refundable", sa.Boolean(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("provider_ref", name=op.f("uq_disputes_provider_ref")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"])
    op.create_index(op.f("ix_disputes_state_evidence_due_at"), "disputes", ["state", "evidence_due_at"])


def _lay_findings() -> None:
    op.create_table(
        "reconciliation_findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_ref", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("expected_cents", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(120), nullable=True),
        sa.Column("note", sa.String(300), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reconciliation_findings_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_findings")),
        sa.UniqueConstraint("object_ref", "kind", name=op.f("uq_reconciliation_findings_object_ref_kind")),
    )
    op.create_index(op.f("ix_reconciliation_findings_resolved_at_id"), "reconciliation_findings", ["resolved_at", "id"])


def _lay_days() -> None:
    sums = ("charged", "charged_here", "refunded", "refunded_here", "disputed", "fees")
    op.create_table(
        "reconciled_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        *(sa.Column(f"{name}_cents", sa.Integer(), nullable=False) for name in sums),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciled_days")),
        sa.UniqueConstraint("provider", "local_date", name=op.f("uq_reconciled_days_provider_local_date")),
    )
