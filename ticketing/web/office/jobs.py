"""What should have followed a commit and did not: look, mend, try again."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ticketing.foundation import audit, jobs
from ticketing.staff.roles import Permission
from ticketing.web import access, edge


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/jobs", view_func=job_list)
    blueprint.add_url_rule("/jobs/<int:job_id>/attempts", view_func=try_again, methods=["POST"])


@access.requires(Permission.SEE_JOBS)
def job_list() -> str:
    with edge.reading() as reading:
        failed = jobs.list_failed(reading, limit=100)
        oldest = jobs.oldest_waiting(reading, now=edge.now())
        beaten_at = jobs.last_beat(reading)
    return render_template("office/jobs.html", failed=failed, oldest=oldest, beaten_at=beaten_at)


@access.requires(Permission.SEE_JOBS)
def try_again(job_id: int) -> Response:
    """Give a failed job a fresh set of attempts."""
    with edge.transaction() as writing:
        job = jobs.get_job(writing, job_id)
        jobs.revive(writing, job.id, now=edge.now())
        audit.record(writing, "job.revived", job, actor=edge.actor(), now=edge.now(), kind=job.kind)
    return redirect(url_for(".job_list"), 303)
