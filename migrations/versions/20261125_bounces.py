"""mails that did not arrive"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_bounces"
down_revision = "20261125_wall"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "undelivered_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(24), nullable=False),
        sa.Column("status", sa.String(11), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.CheckConstraint("status LIKE '5.%.%'", name=op.f("ck_undelivered_mails_failed_for_good")),
        sa.CheckConstraint("how IN ('refused', 'returned')", name=op.f("ck_undelivered_mails_how_is_known")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_undelivered_mails_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_undelivered_mails_job_id_jobs")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_undelivered_mails_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undelivered_mails")),
        sa.UniqueConstraint("job_id", name=op.f("uq_undelivered_mails_job_id")),
    )
    with op.batch_alter_table("undelivered_mails") as batch_op:
        batch_op.create_index(op.f("ix_undelivered_mails_order_id"), ["order_id"])
        batch_op.create_index(op.f("ix_undelivered_mails_answered_at_order_id"), ["answered_at", "order_id"])
    op.create_table(
        "notice_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.CheckConstraint("notices > 0", name=op.f("ck_notice_counts_counts_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_counts")),
        sa.UniqueConstraint("local_date", "outcome", name=op.f("uq_notice_counts_local_date_outcome")),
    )


def downgrade() -> None:
    op.drop_table("notice_counts")
    op.drop_table("undelivered_mails")
