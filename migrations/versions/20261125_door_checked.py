"""let in after checking"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_door_checked"
down_revision = "20261125_gift_cards"


def upgrade() -> None:
    with op.batch_alter_table("scans") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(24), nullable=False, server_default="scan"))
        batch_op.add_column(sa.Column("checked_by", sa.String(24), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_scans_checked_is_let_in_without_us"),
            "kind = 'scan' OR (verdict = 'admit' AND direction = 'in' AND told_at IS NOT NULL)",
        )
        batch_op.create_check_constraint(
            op.f("ck_scans_checked_by_is_of_its_kind"), "checked_by IS NULL OR kind = 'checked'"
        )
    with op.batch_alter_table("scans") as batch_op:
        batch_op.alter_column("kind", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("scans") as batch_op:
        batch_op.drop_constraint(op.f("ck_scans_checked_by_is_of_its_kind"), type_="check")
        batch_op.drop_constraint(op.f("ck_scans_checked_is_let_in_without_us"), type_="check")
        batch_op.drop_column("checked_by")
        batch_op.drop_column("kind")
