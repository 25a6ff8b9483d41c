"""Experiences: the list, and one sheet each with its words in four languages side by side."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import experience_editing, marks, offers, price_editing
from ticketing.catalogue.checking import LONGEST_NAME, LONGEST_SUMMARY, invalid
from ticketing.catalogue.experience_editing import LAST_POSITION, LONGEST_DAY_MINUTES, ExperienceSheet
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import Audience, Experience, ExperienceKind
from ticketing.catalogue.reentry import Reentry
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES, pick
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import meanwhile, reading
from ticketing.web.office.catalogue.words import AUDIENCE_WORDS, DRAWING_WORDS, KIND_WORDS, REENTRY_WORDS

Answer = str | Response | tuple[str, int]

NEW = {
    "kind": "show", "audience": "visitor", "drawing": "interference", "duration_minutes": "30",
    "admits_before_minutes": "15", "admits_after_minutes": "5", "position": "50",
    "reentry": "none", "reentry_minutes": "0",
}  # fmt: skip


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule, base = blueprint.add_url_rule, "/catalogue/experiences"
    rule(base, view_func=catalogue_experiences)
    rule(base, view_func=catalogue_add_experience, methods=["POST"])
    rule(f"{base}/new", view_func=catalogue_new_experience)
    rule(f"{base}/<slug>", view_func=catalogue_experience)
    rule(f"{base}/<slug>", view_func=catalogue_save_experience, methods=["POST"])


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_experiences() -> Answer:
    with edge.reading() as session:
        experiences = experience_editing.all_experiences(session)
    missing = {each.id: experience_editing.missing_words(each) for each in experiences}
    return render_template(
        "office/catalogue/experiences.html", experiences=experiences, missing=missing, kinds=KIND_WORDS,
        audiences=AUDIENCE_WORDS, languages=OWN_NAMES,
    )  # fmt: skip


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_new_experience() -> Answer:
    return _page(None, NEW, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_add_experience() -> Answer:
    """Add an experience; it gets prices and a timetable next."""
    try:
        sheet = _read(request.form)
        with edge.transaction() as session:
            experience = experience_editing.create(session, sheet, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(None, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_experience", slug=experience.slug, done="1"), 303)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_experience(slug: str) -> Answer:
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
    return _page(experience, written(experience), None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_save_experience(slug: str) -> Answer:
    """Change an experience; refused, all that was typed stays in the form."""
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
    try:
        sheet, mark = _read(request.form), request.form.get("mark", "")
        with edge.transaction() as session:
            saved = experience_editing.change(session, slug, sheet, mark, actor=edge.actor(), now=edge.now())
    except (InvalidInput, CatalogueMovedOn) as mistake:
        return _page(experience, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_experience", slug=saved.slug, done="1"), 303)


def written(experience: Experience) -> dict[str, str]:
    """Write an experience as the form has it."""
    values = {
        "slug": experience.slug,
        "kind": experience.kind.value,
        "audience": experience.audience.value,
        "drawing": experience.drawing,
        "reentry": experience.reentry.value,
        "reentry_minutes": str(experience.reentry_minutes),
        "vat_class": str(experience.vat_class_id),
        **{name: str(getattr(experience, name)) for name in ("duration_minutes", "admits_before_minutes")},
        **{name: str(getattr(experience, name)) for name in ("admits_after_minutes", "position")},
        **({"is_listed": "1"} if experience.is_listed else {}),
    }
    for language in LANGUAGES:
        values[f"names_{language}"] = experience.names.get(language, "")
        values[f"summaries_{language}"] = experience.summaries.get(language, "")
        values[f"bring_{language}"] = "\n".join(experience.bring.get(language, []))
    return values


def _read(form: Mapping[str, str]) -> ExperienceSheet:
    """Read the form. Raises CatalogueInvalid."""
    if form.get("drawing", "") not in DRAWING_WORDS:
        raise invalid("drawing", "no_target")
    minutes = {
        name: reading.whole(form, name, least, LONGEST_DAY_MINUTES)
        for name, least in (
            ("duration_minutes", 5),
            ("admits_before_minutes", 0),
            ("admits_after_minutes", 1),
            ("reentry_minutes", 0),
        )
    }
    return ExperienceSheet(
        slug=form.get("slug", ""),
        kind=reading.choice(form, "kind", ExperienceKind),
        audience=reading.choice(form, "audience", Audience),
        names=reading.texts(form, "names"),
        summaries=reading.texts(form, "summaries"),
        bring=reading.lines(form, "bring"),
        drawing=form["drawing"],
        reentry=reading.choice(form, "reentry", Reentry),
        vat_class_id=reading.whole(form, "vat_class", 1, 999_999),
        position=reading.whole(form, "position", 0, LAST_POSITION),
        is_listed="is_listed" in form,
        **minutes,
    )


def _page(experience: Experience | None, values: Mapping[str, str], mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        vat = {str(each.vat_class.id): each.vat_class.names for each in price_editing.vat_histories(session)}
        saved = offers.get_experience(session, experience.slug) if experience else None
        coming = experience_editing.count_coming(session, saved.id, now=edge.now()) if saved else None
        is_taken = saved is not None and experience_editing.has_been_taken(session, saved.id)
    return render_template(
        "office/catalogue/experience.html", experience=saved,
        vat={key: pick(names, edge.language()) for key, names in vat.items()}, values=values, coming=coming,
        is_taken=is_taken,
        kinds=KIND_WORDS, audiences=AUDIENCE_WORDS, drawings=DRAWING_WORDS, reentries=REENTRY_WORDS,
        languages=OWN_NAMES,
        most={"names": LONGEST_NAME, "summaries": LONGEST_SUMMARY}, mark=marks.mark_of(saved) if saved else "",
        mistake=mistakes.told(mistake) if mistake else None, is_done="done" in request.args,
        meanwhile=meanwhile.told(mistake, written(saved) if saved else {}, values),
    )  # fmt: skip
