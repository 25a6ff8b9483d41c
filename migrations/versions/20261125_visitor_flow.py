"""visitor flow"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261125_visitor_flow"
down_revision = "20261125_closure_cases"


def upgrade() -> None:
    with op.batch_alter_table("slots") as batch_op:
        batch_op.add_column(sa.Column("ceiling", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("busyness", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_slots_ceiling_is_not_negative"), "ceiling >= 0")
        batch_op.create_check_constraint(op.f("ck_slots_busyness_is_not_negative"), "busyness >= 0")
    op.create_table(
        "hand_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(120), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_hand_counts_people_are_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_counts")),
        sa.UniqueConstraint("key", name=op.f("uq_hand_counts_key")),
    )
    op.create_index(op.f("ix_hand_counts_counted_at"), "hand_counts", ["counted_at"])
    op.create_table(
        "house_limits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fire_limit", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.Column("sales_percent", sa.Integer(), nullable=False),
        sa.Column("risk_bp", sa.Integer(), nullable=False),
        sa.Column("promise", sa.String(24), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(120), nullable=False),
        sa.CheckConstraint("fire_limit > staff + reserve", name=op.f("ck_house_limits_leaves_room_for_visitors")),
        sa.CheckConstraint(
            "staff >= 0 AND reserve >= 0", name=op.f("ck_house_limits_staff_and_reserve_are_not_negative")
        ),
        sa.CheckConstraint("sales_percent BETWEEN 1 AND 100", name=op.f("ck_house_limits_sales_percent_is_a_share")),
        sa.CheckConstraint("risk_bp BETWEEN 1 AND 2000", name=op.f("ck_house_limits_risk_is_small")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_limits")),
    )
    op.create_table(
        "learnt_habits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("habits", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnt_habits")),
        sa.UniqueConstraint("local_date", name=op.f("uq_learnt_habits_local_date")),
    )


def downgrade() -> None:
    op.drop_table("learnt_habits")
    op.drop_table("house_limits")
    op.drop_table("hand_counts")
    with op.batch_alter_table("slots") as batch_op:
        batch_op.drop_constraint(op.f("ck_slots_busyness_is_not_negative"), type_="check")
        batch_op.drop_constraint(op.f("ck_slots_ceiling_is_not_negative"), type_="check")
        batch_op.drop_column("busyness")
        batch_op.drop_column("ceiling")
