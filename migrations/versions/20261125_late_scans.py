"""late scans and what is to look into"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_late_scans"
down_revision = "20261124_device_invitations"


def upgrade() -> None:
    with op.batch_alter_table("scans") as batch_op:
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_scans_told_by_a_device"), "told_at IS NULL OR device_id IS NOT NULL")
    op.create_table(
        "door_findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(120), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_door_findings_people_are_not_negative")),
        sa.CheckConstraint(
            "(kind = 'unknown') = (ticket_id IS NULL)", name=op.f("ck_door_findings_only_the_unknown_has_no_ticket")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_door_findings_scan_id_scans")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_door_findings_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_findings")),
        sa.UniqueConstraint("scan_id", "kind", name=op.f("uq_door_findings_scan_id_kind")),
    )
    op.create_index(op.f("ix_door_findings_ticket_id"), "door_findings", ["ticket_id"])
    op.create_index(op.f("ix_door_findings_resolved_at"), "door_findings", ["resolved_at"])


def downgrade() -> None:
    op.drop_table("door_findings")
    with op.batch_alter_table("scans") as batch_op:
        batch_op.drop_constraint(op.f("ck_scans_told_by_a_device"), type_="check")
        batch_op.drop_column("told_at")
