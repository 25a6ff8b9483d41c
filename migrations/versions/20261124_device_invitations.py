"""device invitations"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_device_invitations"
down_revision = "20261124_catalogue_editing"


def upgrade() -> None:
    with op.batch_alter_table("devices") as batch_op:
        batch_op.add_column(sa.Column("clock_ahead_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unsent_scans", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_devices_unsent_is_not_negative"), "unsent_scans >= 0")
    op.create_table(
        "device_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.String(120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["gate_id"], ["gates.id"], name=op.f("fk_device_invitations_gate_id_gates")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_invitations_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_invitations")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_device_invitations_secret_digest")),
        sa.UniqueConstraint("device_id", name=op.f("uq_device_invitations_device_id")),
    )


def downgrade() -> None:
    op.drop_table("device_invitations")
    with op.batch_alter_table("devices") as batch_op:
        batch_op.drop_constraint(op.f("ck_devices_unsent_is_not_negative"), type_="check")
        batch_op.drop_column("unsent_scans")
        batch_op.drop_column("clock_ahead_seconds")
