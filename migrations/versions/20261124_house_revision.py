"""house revision"""

import sqlalchemy as sa
from alembic import op

from ticketing.foundation.house_revision import drop_triggers

revision = "20261124_house_revision"
down_revision = "20261124_self_service"


def upgrade() -> None:
    # The triggers on the tables it counts are laid at the end of every upgrade (migrations/env.py).
    op.create_table(
        "house_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_house_revisions_there_is_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_revisions")),
    )


def downgrade() -> None:
    drop_triggers(op.get_bind())
    op.drop_table("house_revisions")
