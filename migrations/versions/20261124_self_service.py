"""self service"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_self_service"
down_revision = "20261124_order_changes"


def upgrade() -> None:
    with op.batch_alter_table("tickets") as batch_op:
        batch_op.add_column(sa.Column("holder_name", sa.String(120), nullable=True))
    with op.batch_alter_table("order_changes") as batch_op:
        batch_op.add_column(sa.Column("given_before_cents", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f("ck_order_changes_fee_is_not_negative"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_order_changes_fee_is_not_negative"), "fee_cents >= 0 OR kind = 'refund'"
        )
        batch_op.create_check_constraint(
            op.f("ck_order_changes_given_before_is_part_of_the_fee"),
            "given_before_cents BETWEEN 0 AND ABS(fee_cents)",
        )
    with op.batch_alter_table("order_changes") as batch_op:
        batch_op.alter_column("given_before_cents", server_default=None)


def downgrade() -> None:
    given = op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM order_changes WHERE fee_cents < 0"))
    if given:  # the tables before knew no money given back freely; without these rows the books would not add up
        raise RuntimeError(f"{given} refunds were given freely since. Restore the backup from before instead.")
    with op.batch_alter_table("order_changes") as batch_op:
        batch_op.drop_constraint(op.f("ck_order_changes_given_before_is_part_of_the_fee"), type_="check")
        batch_op.drop_constraint(op.f("ck_order_changes_fee_is_not_negative"), type_="check")
        batch_op.create_check_constraint(op.f("ck_order_changes_fee_is_not_negative"), "fee_cents >= 0")
        batch_op.drop_column("given_before_cents")
    with op.batch_alter_table("tickets") as batch_op:
        batch_op.drop_column("holder_name")
