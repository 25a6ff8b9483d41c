"""how many the house may hold"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_house_limit"
down_revision = "20261125_reentry_and_tallies"


def upgrade() -> None:
    op.create_table(
        "house_limits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(120), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_house_limits_people_are_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_limits")),
    )


def downgrade() -> None:
    op.drop_table("house_limits")
