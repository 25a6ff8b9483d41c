"""catalogue editing"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261124_catalogue_editing"
down_revision = "20261124_money_in_full"

BATCH = 2000


def upgrade() -> None:
    op.create_table(
        "closing_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name=op.f("ck_closing_days_day_exists")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_days")),
        sa.UniqueConstraint("month", "day", name=op.f("uq_closing_days_month_day")),
    )
    op.add_column("slots", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("audit_entries") as batch_op:
        batch_op.create_index(op.f("ix_audit_entries_code_id"), ["code", "id"], unique=False)
    op.create_table(
        "order_name_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_name_words_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_name_words")),
        sa.UniqueConstraint("order_id", "word", name=op.f("uq_order_name_words_order_id_word")),
    )
    _fill_name_words()
    with op.batch_alter_table("order_name_words") as batch_op:
        batch_op.create_index(op.f("ix_order_name_words_word_order_id"), ["word", "order_id"], unique=False)


def downgrade() -> None:
    op.drop_table("order_name_words")
    with op.batch_alter_table("audit_entries") as batch_op:
        batch_op.drop_index(op.f("ix_audit_entries_code_id"))
    op.drop_column("slots", "withdrawn_at")
    op.drop_table("closing_days")


def _fill_name_words() -> None:
    """Write down the words of the names that orders have already, a handful at a time."""
    connection, last = op.get_bind(), 0
    orders = sa.table("orders", sa.column("id", sa.Integer), sa.column("name", sa.String))
    words = sa.table("order_name_words", sa.column("order_id", sa.Integer), sa.column("word", sa.String))
    while True:
        page = sa.select(orders.c.id, orders.c.name).where(orders.c.id > last).order_by(orders.c.id).limit(BATCH)
        rows = connection.execute(page).all()
        if not rows:
            return
        last = rows[-1].id
        found = [{"order_id": row.id, "word": word} for row in rows for word in _words_of(row.name)]
        if found:
            connection.execute(sa.insert(words), found)


def _words_of(name: str | None) -> list[str]:
    apart = unicodedata.normalize("NFKD", (name or "").casefold())
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return list(dict.fromkeys(word[:40] for word in re.split(r"[\W_]+", plain) if word))[:12]
