"""resellers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261125_resellers"
down_revision = "20261125_forecast"

INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _make_resellers()
    _make_resales()
    op.create_table(
        "resale_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resale_id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("ticket_type_id", sa.Integer(), nullable=False),
        sa.Column("reseller_reference", sa.String(120), nullable=True),
        sa.Column("contact", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["resale_id"], ["resales.id"], name=op.f("fk_resale_units_resale_id_resales")),
        sa.ForeignKeyConstraint(
            ["ticket_type_id"], ["ticket_types.id"], name=op.f("fk_resale_units_ticket_type_id_ticket_types")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resale_units")),
        sa.UniqueConstraint("resale_id", "uuid", name=op.f("uq_resale_units_resale_id_uuid")),
    )


def downgrade() -> None:
    for table in ("resale_units", "resales", "reseller_keys", "resellers"):
        op.drop_table(table)


def _make_resellers() -> None:
    op.create_table(
        "resellers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("contact_name", sa.String(120), nullable=False),
        sa.Column("contact_email", sa.String(254), nullable=False),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("commission_bp BETWEEN 0 AND 5000", name=op.f("ck_resellers_commission_is_sane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resellers")),
        sa.UniqueConstraint("uuid", name=op.f("uq_resellers_uuid")),
        sa.UniqueConstraint("name", name=op.f("uq_resellers_name")),
    )
    op.create_table(
        "reseller_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reseller_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ending", sa.String(4), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["reseller_id"], ["resellers.id"], name=op.f("fk_reseller_keys_reseller_id_resellers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reseller_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_reseller_keys_digest")),
    )
    op.create_index(op.f("ix_reseller_keys_reseller_id"), "reseller_keys", ["reseller_id"])


def _make_resales() -> None:
    op.create_table(
        "resales",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reseller_id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(8), nullable=False),
        sa.Column("reseller_reference", sa.String(120), nullable=True),
        sa.Column("contact", DOCUMENT, nullable=False),
        sa.Column("notes", sa.String(1000), nullable=True),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.Column("cancel_reason", sa.String(200), nullable=True),
        sa.CheckConstraint("commission_bp BETWEEN 0 AND 5000", name=op.f("ck_resales_commission_is_sane")),
        sa.ForeignKeyConstraint(["reseller_id"], ["resellers.id"], name=op.f("fk_resales_reseller_id_resellers")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_resales_hold_id_holds")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_resales_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resales")),
        sa.UniqueConstraint("reseller_id", "uuid", name=op.f("uq_resales_reseller_id_uuid")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_resales_hold_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_resales_order_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_resales_reference")),
    )
    op.create_index(
        op.f("ix_resales_reseller_id_reseller_reference"),
        "resales", ["reseller_id", "reseller_reference"],
    )  # fmt: skip
