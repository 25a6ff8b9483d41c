"""coming in again, and counting by hand"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_reentry_and_tallies"
down_revision = "20261125_late_scans"


def upgrade() -> None:
    with op.batch_alter_table("experiences") as batch_op:
        batch_op.add_column(sa.Column("reentry", sa.String(24), nullable=False, server_default="none"))
        batch_op.add_column(sa.Column("reentry_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(
            op.f("ck_experiences_only_a_window_has_minutes"), "(reentry = 'window') = (reentry_minutes > 0)"
        )
    with op.batch_alter_table("experiences") as batch_op:
        batch_op.alter_column("reentry", server_default=None)
        batch_op.alter_column("reentry_minutes", server_default=None)
    with op.batch_alter_table("scans") as batch_op:
        batch_op.add_column(sa.Column("came_back", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("has_stamp", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(
            op.f("ck_scans_came_back_is_of_it"), "came_back >= 0 AND came_back <= admissions"
        )
    with op.batch_alter_table("scans") as batch_op:
        batch_op.alter_column("came_back", server_default=None)
        batch_op.alter_column("has_stamp", server_default=None)
    op.create_table(
        "tallies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tally_id", sa.String(80), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("delta IN (-1, 1)", name=op.f("ck_tallies_one_person_at_a_time")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_tallies_device_id_devices")),
        sa.ForeignKeyConstraint(["gate_id"], ["gates.id"], name=op.f("fk_tallies_gate_id_gates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
        sa.UniqueConstraint("tally_id", name=op.f("uq_tallies_tally_id")),
    )
    op.create_index(op.f("ix_tallies_counted_at"), "tallies", ["counted_at"])


def downgrade() -> None:
    op.drop_table("tallies")
    with op.batch_alter_table("scans") as batch_op:
        batch_op.drop_constraint(op.f("ck_scans_came_back_is_of_it"), type_="check")
        batch_op.drop_column("has_stamp")
        batch_op.drop_column("came_back")
    with op.batch_alter_table("experiences") as batch_op:
        batch_op.drop_constraint(op.f("ck_experiences_only_a_window_has_minutes"), type_="check")
        batch_op.drop_column("reentry_minutes")
        batch_op.drop_column("reentry")
