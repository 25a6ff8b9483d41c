"""promotions"""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261124_promotions"
down_revision = "20261124_waiting_list"

TEXTS = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _make_promotions()
    _make_redemptions()
    _make_bundles()
    op.create_table(
        "companionships",
        sa.Column("companion_id", sa.Integer(), nullable=False),
        sa.Column("accompanied_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "companion_id <> accompanied_id", name=op.f("ck_companionships_nobody_accompanies_themselves")
        ),
        sa.ForeignKeyConstraint(
            ["companion_id"], ["ticket_types.id"], name=op.f("fk_companionships_companion_id_ticket_types")
        ),
        sa.ForeignKeyConstraint(
            ["accompanied_id"], ["ticket_types.id"], name=op.f("fk_companionships_accompanied_id_ticket_types")
        ),
        sa.PrimaryKeyConstraint("companion_id", "accompanied_id", name=op.f("pk_companionships")),
    )


def _make_promotions() -> None:
    """Give every code there is a promotion of its own, with the same id and the same terms."""
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sold_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_uses_per_customer", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'percent') = (percent IS NOT NULL)", name=op.f("ck_promotions_percent_is_of_its_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'amount') = (amount_cents IS NOT NULL)", name=op.f("ck_promotions_amount_is_of_its_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'places') = (places IS NOT NULL)", name=op.f("ck_promotions_places_are_of_their_kind")
        ),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_promotions_percent_is_sane")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_promotions_amount_is_positive")),
        sa.CheckConstraint("places > 0", name=op.f("ck_promotions_places_are_positive")),
        sa.CheckConstraint(
            "max_uses > 0 AND max_uses_per_customer > 0", name=op.f("ck_promotions_limits_are_positive")
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_promotions_visits_end_after_they_begin")),
        sa.CheckConstraint("sold_until > sold_from", name=op.f("ck_promotions_sale_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
        sa.UniqueConstraint("name", name=op.f("uq_promotions_name")),
        sa.UniqueConstraint("request_key", name=op.f("uq_promotions_request_key")),
    )
    op.execute(
        """INSERT INTO promotions (id, request_key, name, kind, percent, currency, valid_from, valid_until, max_uses,
                                   created_at, created_by)
           SELECT id, 'code:' || id, code, 'percent', percent, 'EUR', valid_from, valid_until,
                  CASE WHEN max_orders > 0 THEN max_orders END, CURRENT_TIMESTAMP, '' FROM promotion_codes"""
    )
    _count_on()
    for name, other, table in (
        ("promotion_experiences", "experience_id", "experiences"),
        ("promotion_ticket_types", "ticket_type_id", "ticket_types"),
    ):
        op.create_table(
            name,
            sa.Column("promotion_id", sa.Integer(), nullable=False),
            sa.Column(other, sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["promotion_id"], ["promotions.id"], name=op.f(f"fk_{name}_promotion_id_promotions")
            ),
            sa.ForeignKeyConstraint([other], [f"{table}.id"], name=op.f(f"fk_{name}_{other}_{table}")),
            sa.PrimaryKeyConstraint("promotion_id", other, name=op.f(f"pk_{name}")),
        )
    with op.batch_alter_table("promotion_codes") as batch_op:
        batch_op.add_column(sa.Column("promotion_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    # A code that might never be used has ended: a limit of nothing is none any more.
    op.execute(
        "UPDATE promotion_codes SET promotion_id = id, ended_at = CASE WHEN max_orders < 1 THEN CURRENT_TIMESTAMP END"
    )
    with op.batch_alter_table("promotion_codes") as batch_op:
        batch_op.drop_constraint(op.f("ck_promotion_codes_percent_is_sane"), type_="check")
        for column in ("percent", "valid_from", "valid_until", "max_orders"):
            batch_op.drop_column(column)
        batch_op.alter_column("promotion_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            op.f("fk_promotion_codes_promotion_id_promotions"), "promotions", ["promotion_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_promotion_codes_promotion_id"), ["promotion_id"])


def _make_redemptions() -> None:
    """Write down the uses that orders have told of so far; those of expired and cancelled ones have gone back."""
    op.create_table(
        "promotion_redemptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("promotion_code_id", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("customer_digest", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_beyond_limit", sa.Boolean(), nullable=False),
        sa.CheckConstraint("uses > 0", name=op.f("ck_promotion_redemptions_uses_are_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promotion_redemptions_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["promotion_code_id"],
            ["promotion_codes.id"],
            name=op.f("fk_promotion_redemptions_promotion_code_id_promotion_codes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_redemptions")),
        sa.UniqueConstraint("order_id", name=op.f("uq_promotion_redemptions_order_id")),
    )
    op.create_index(op.f("ix_promotion_redemptions_customer_digest"), "promotion_redemptions", ["customer_digest"])
    op.create_index(
        op.f("ix_promotion_redemptions_promotion_code_id_returned_at"),
        "promotion_redemptions",
        ["promotion_code_id", "returned_at"],
    )
    connection = op.get_bind()
    connection.execute(
        sa.text(
            """INSERT INTO promotion_redemptions (order_id, promotion_code_id, uses, customer_digest, taken_at,
                                                  returned_at, is_beyond_limit)
               SELECT id, promotion_code_id, 1, '', placed_at,
                      CASE WHEN state IN ('expired', 'cancelled') THEN placed_at END, :beyond
               FROM orders WHERE promotion_code_id IS NOT NULL ORDER BY id"""
        ).bindparams(beyond=False)
    )
    used = connection.execute(
        sa.text("""SELECT r.id, o.email FROM promotion_redemptions r JOIN orders o ON o.id = r.order_id""")
    ).all()
    digest = sa.text("UPDATE promotion_redemptions SET customer_digest = :digest WHERE id = :id")
    for row_id, email in used:
        told = hashlib.sha256((email or "").strip().lower().encode()).hexdigest()
        connection.execute(digest.bindparams(digest=told, id=row_id))
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_constraint(op.f("fk_orders_promotion_code_id_promotion_codes"), type_="foreignkey")
        batch_op.drop_column("promotion_code_id")


def _make_bundles() -> None:
    op.create_table(
        "bundles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("names", TEXTS, nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(price_cents IS NULL) <> (percent IS NULL)", name=op.f("ck_bundles_price_or_percent")),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_bundles_price_is_not_negative")),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_bundles_percent_is_sane")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_bundles_visits_end_after_they_begin")),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_bundles_experience_id_experiences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundles")),
        sa.UniqueConstraint("request_key", name=op.f("uq_bundles_request_key")),
    )
    op.create_index(op.f("ix_bundles_experience_id"), "bundles", ["experience_id"])
    op.create_table(
        "bundle_parts",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("ticket_type_id", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint("least > 0 AND most >= least", name=op.f("ck_bundle_parts_numbers_are_sane")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_bundle_parts_bundle_id_bundles")),
        sa.ForeignKeyConstraint(
            ["ticket_type_id"], ["ticket_types.id"], name=op.f("fk_bundle_parts_ticket_type_id_ticket_types")
        ),
        sa.PrimaryKeyConstraint("bundle_id", "ticket_type_id", name=op.f("pk_bundle_parts")),
    )
    with op.batch_alter_table("order_lines") as batch_op:
        batch_op.add_column(sa.Column("bundle_cents", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("bundle_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_order_lines_bundle_id_bundles"), "bundles", ["bundle_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_order_lines_bundle_is_part_of_the_discount"), "bundle_cents BETWEEN 0 AND discount_cents"
        )
        batch_op.create_check_constraint(
            op.f("ck_order_lines_a_bundle_has_its_name"), "bundle_cents = 0 OR bundle_id IS NOT NULL"
        )
    with op.batch_alter_table("order_lines") as batch_op:
        batch_op.alter_column("bundle_cents", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    op.drop_table("companionships")
    with op.batch_alter_table("order_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_order_lines_a_bundle_has_its_name"), type_="check")
        batch_op.drop_constraint(op.f("ck_order_lines_bundle_is_part_of_the_discount"), type_="check")
        batch_op.drop_constraint(op.f("fk_order_lines_bundle_id_bundles"), type_="foreignkey")
        batch_op.drop_column("bundle_id")
        batch_op.drop_column("bundle_cents")
    op.drop_table("bundle_parts")
    op.drop_table("bundles")
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("promotion_code_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_orders_promotion_code_id_promotion_codes"), "promotion_codes", ["promotion_code_id"], ["id"]
        )
    op.execute(
        """UPDATE orders SET promotion_code_id =
             (SELECT r.promotion_code_id FROM promotion_redemptions r WHERE r.order_id = orders.id)"""
    )
    op.drop_table("promotion_redemptions")
    _take_promotions_back()


def _take_promotions_back() -> None:
    """Give the codes their percentage again; codes of other kinds were not known then, and are valid no more."""
    with op.batch_alter_table("promotion_codes") as batch_op:
        batch_op.add_column(sa.Column("percent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("max_orders", sa.Integer(), nullable=True))
    op.execute(
        """UPDATE promotion_codes SET
             percent = (SELECT p.percent FROM promotions p WHERE p.id = promotion_codes.promotion_id),
             valid_from = (SELECT p.valid_from FROM promotions p WHERE p.id = promotion_codes.promotion_id),
             valid_until = (SELECT p.valid_until FROM promotions p WHERE p.id = promotion_codes.promotion_id),
             max_orders = (SELECT p.max_uses FROM promotions p WHERE p.id = promotion_codes.promotion_id)"""
    )
    op.execute("UPDATE promotion_codes SET valid_until = '2000-01-01' WHERE percent IS NULL OR ended_at IS NOT NULL")
    op.execute(
        "UPDATE promotion_codes SET percent = COALESCE(percent, 1), valid_from = COALESCE(valid_from, '2000-01-01')"
    )
    with op.batch_alter_table("promotion_codes") as batch_op:
        batch_op.drop_index(op.f("ix_promotion_codes_promotion_id"))
        batch_op.drop_constraint(op.f("fk_promotion_codes_promotion_id_promotions"), type_="foreignkey")
        batch_op.drop_column("promotion_id")
        batch_op.drop_column("ended_at")
        batch_op.alter_column("percent", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("valid_from", existing_type=sa.Date(), nullable=False)
        batch_op.create_check_constraint(op.f("ck_promotion_codes_percent_is_sane"), "percent BETWEEN 1 AND 100")
    op.drop_table("promotion_ticket_types")
    op.drop_table("promotion_experiences")
    op.drop_table("promotions")


def _count_on() -> None:
    """Let PostgreSQL count on after ids that were written by hand."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('promotions', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) "
            "FROM promotions"
        )
