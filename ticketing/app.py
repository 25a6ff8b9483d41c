"""Puts the faces together. The only place that knows them all."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from config import Settings
from ticketing import cli
from ticketing.bootstrap import Services, build
from ticketing.web import (
    access,
    api,
    compression,
    converters,
    desk,
    errors,
    health,
    hooks,
    limits,
    octo,
    office,
    pages,
    sandbox,
    security,
    site,
)

HOME = Path(__file__).resolve().parents[1]
YEAR_SECONDS = 31_536_000


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Build the web application; tests bring their own services."""
    services = services or build(settings)
    app = Flask("ticketing", template_folder=str(HOME / "templates"), static_folder=str(HOME / "static"))
    app.extensions["foyer"] = services
    app.url_map.strict_slashes = False
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS  # addresses carry the content's digest
    converters.set_up(app)
    access.set_up(app)  # first, so that even a refused form is answered in the language of who sent it
    security.set_up(app, settings)
    limits.set_up(app, is_on=settings.has_rate_limits)
    compression.set_up(app)
    pages.set_up(app)
    errors.set_up(app)
    for face in (site, desk, office, api, octo, hooks, health):
        app.register_blueprint(face.blueprint)
    if services.sandbox is not None:
        app.register_blueprint(sandbox.blueprint)
    cli.set_up(app)
    return app
