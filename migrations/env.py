"""Runs migrations on the engine that operations/migrating.py brings; each whole or not at all, on SQLite too."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from ticketing.foundation import house_revision
from ticketing.foundation.database import State, UTCDateTime
from ticketing.tables import metadata


def plain_type(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types as the database's: a migration must not change when the code does."""
    if kind != "type":
        return False
    if isinstance(item, State):
        return f"sa.String({item.impl.length})"
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.JSON):
        autogen_context.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=plain_type,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sa.inspect(connection).has_table(house_revision.HouseRevision.__tablename__):
            house_revision.lay_triggers(connection)
    connection.commit()
