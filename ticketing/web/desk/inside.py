"""Who is inside: live for the desk, and on one sheet for an evacuation, which works without the database too."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from ticketing.door import presence, snapshot
from ticketing.door.inside import Inside
from ticketing.foundation.database import DatabaseAway
from ticketing.foundation.errors import Unavailable
from ticketing.staff.roles import Permission
from ticketing.web import access, edge


class NothingCounted(Unavailable):
    """The database is away, and no count was kept beside it."""

    code = "nothing_counted"


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/inside", view_func=inside_page)
    blueprint.add_url_rule("/evacuation", view_func=evacuation_page)


@access.requires(Permission.SEE_TODAY)
def inside_page() -> str:
    return render_template("desk/inside.html", inside=_count())


@access.works_alone
@access.requires(Permission.SEE_TODAY)
def evacuation_page() -> str:
    """Show who has to come out; without the database who was inside when it was last counted."""
    try:
        return render_template("desk/evacuation.html", frame="desk/layout.html", inside=_count(), is_kept=False)
    except DatabaseAway as away:
        kept = snapshot.find(edge.services().settings.instance_path)
        if kept is None:
            raise NothingCounted("Nothing was counted before our records went out of reach.") from away
        return _without_database(kept)


def _count() -> Inside:
    """Count, and keep the count for when the database cannot be asked."""
    with edge.reading() as reading:
        counted = presence.count(reading, zone=edge.services().zone, now=edge.now())
    snapshot.write(edge.services().settings.instance_path, counted)
    return counted


def _without_database(kept: Inside) -> str:
    """Render it past Flask's context processors, which ask the database."""
    return current_app.jinja_env.get_template("desk/evacuation.html").render(
        frame="shared/layout.html", inside=kept, is_kept=True, language=edge.language(), now=edge.now(),
        centre_name=edge.services().settings.centre_name,
    )  # fmt: skip
