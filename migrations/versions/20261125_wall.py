"""links that open the display on a wall"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_wall"
down_revision = "20261125_case_credit"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "display_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_links")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_display_links_secret_digest")),
    )


def downgrade() -> None:
    op.drop_table("display_links")
