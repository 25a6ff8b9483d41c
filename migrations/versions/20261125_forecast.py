"""forecast: what managers know of days, what is expected of them, how good that was"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_forecast"
down_revision = "20261125_door_checked"


def upgrade() -> None:
    op.create_table(
        "day_influences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("effect_percent", sa.Integer(), nullable=True),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_day_influences_ends_after_it_begins")),
        sa.CheckConstraint(
            "(kind = 'event') = (effect_percent IS NOT NULL)",
            name=op.f("ck_day_influences_events_alone_have_an_effect"),
        ),
        sa.CheckConstraint(
            "effect_percent BETWEEN -90 AND 400 AND effect_percent <> 0",
            name=op.f("ck_day_influences_effect_is_possible"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_influences")),
        sa.UniqueConstraint("kind", "first_date", "name", name=op.f("uq_day_influences_kind_first_date_name")),
    )
    op.create_index(op.f("ix_day_influences_last_date"), "day_influences", ["last_date"])
    op.create_table(
        "day_weather",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("sky", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_weather")),
        sa.UniqueConstraint("local_date", name=op.f("uq_day_weather_local_date")),
    )
    op.create_table(
        "day_forecasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        *_whole_numbers("places", "booked", "mid", "low", "high"),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.CheckConstraint("0 <= low AND low <= mid AND mid <= high", name=op.f("ck_day_forecasts_lies_in_its_band")),
        sa.CheckConstraint("high <= places", name=op.f("ck_day_forecasts_has_places")),
        sa.CheckConstraint("is_open OR places = 0", name=op.f("ck_day_forecasts_closed_is_nobody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_forecasts")),
        sa.UniqueConstraint("local_date", name=op.f("uq_day_forecasts_local_date")),
    )
    op.create_table(
        "slot_forecasts",
        sa.Column("id", sa.Integer(), nullable=False),
        *_whole_numbers("day_id", "slot_id", "mid", "low", "high"),
        sa.CheckConstraint("0 <= low AND low <= mid AND mid <= high", name=op.f("ck_slot_forecasts_lies_in_its_band")),
        sa.ForeignKeyConstraint(["day_id"], ["day_forecasts.id"], name=op.f("fk_slot_forecasts_day_id_day_forecasts")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_slot_forecasts_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_forecasts")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_slot_forecasts_slot_id")),
    )
    op.create_index(op.f("ix_slot_forecasts_day_id"), "slot_forecasts", ["day_id"])
    op.create_table(
        "forecast_scores",
        sa.Column("id", sa.Integer(), nullable=False),
        *_whole_numbers("lead", "n"),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("wape", "mase", "bias", "pinball", "coverage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_scores")),
        sa.UniqueConstraint("lead", name=op.f("uq_forecast_scores_lead")),
    )


def downgrade() -> None:
    for table in ("forecast_scores", "slot_forecasts", "day_forecasts", "day_weather", "day_influences"):
        op.drop_table(table)


def _whole_numbers(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)
