"""For machines that look after us: is the process alive, is it ready, what does it count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ticketing.foundation import jobs
from ticketing.operations import gauges, table_state
from ticketing.web import edge

blueprint = Blueprint("health", __name__)

WORKER_SILENCE = timedelta(seconds=60)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Ready when the database answers, its tables are ours, and a worker was seen within a minute."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        with edge.reading() as session:
            checks["database"] = session.scalar(text("SELECT 1")) == 1
            checks["migrations"] = table_state.is_migrated(session)
            beaten_at = jobs.last_beat(session)
            checks["worker"] = beaten_at is not None and edge.now() - beaten_at < WORKER_SILENCE
    except SQLAlchemyError:
        pass
    is_ready = all(checks.values())
    return {"status": "ready" if is_ready else "not ready", "checks": checks}, 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format; for the machine itself only (a proxy must not pass it on)."""
    if request.remote_addr not in ("127.0.0.1", "::1"):
        return Response(status=404)
    registry = CollectorRegistry()
    with edge.reading() as session:
        for name, (meaning, value) in gauges.read(session, now=edge.now()).items():
            Gauge(name, meaning, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
