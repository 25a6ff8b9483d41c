"""The library of pictures: upload with words for those who cannot see, and where each one is used."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.content import picture_uses, pictures
from ticketing.content.models import Picture
from ticketing.content.pictures import LONGEST_ALT, PictureInvalid
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.pages import N_
from ticketing.web.security import LARGEST_BODY

LABELS = {
    "file": N_("File"),
    "name": N_("Name, to find it by"),
    **{f"alt_{language}": name for language, name in OWN_NAMES.items()},
}

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Kept:
    """A picture of the library with a small file of it, and where it is used."""

    picture: Picture
    thumbnail: str
    places: list[tuple[str, str]]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/pictures", view_func=picture_list)
    blueprint.add_url_rule("/pictures", view_func=add_picture, methods=["POST"])
    blueprint.add_url_rule("/pictures/<key>", view_func=picture_page)
    blueprint.add_url_rule("/pictures/<key>", view_func=describe_picture, methods=["POST"])
    blueprint.add_url_rule("/pictures/<key>/removal", view_func=remove_picture, methods=["POST"])


@access.requires(Permission.EDIT_PAGES)
def picture_list() -> Answer:
    return _list_page(None)


@access.takes_upload(pictures.LARGEST_FILE + LARGEST_BODY)
@access.requires(Permission.EDIT_PAGES)
def add_picture() -> Answer:
    """Turn a file into pictures for the site, outside any transaction, and keep them with their words."""
    file = request.files.get("file")
    try:
        rendered = pictures.render(file.read() if file else b"")
        with edge.transaction() as writing:
            pictures.add(writing, rendered, _name(), _alts(), actor=edge.actor(), now=edge.now())
    except PictureInvalid as mistake:
        return _list_page(mistake), mistake.status
    return redirect(url_for(".picture_page", key=rendered.key), 303)


@access.requires(Permission.EDIT_PAGES)
def picture_page(key: str) -> Answer:
    return _picture_page(key, None)


@access.requires(Permission.EDIT_PAGES)
def describe_picture(key: str) -> Answer:
    """Say in other words what a picture shows."""
    try:
        with edge.transaction() as writing:
            picture = pictures.get_picture(writing, key)
            pictures.describe(writing, picture, _name(), _alts(), actor=edge.actor(), now=edge.now())
    except PictureInvalid as mistake:
        return _picture_page(key, mistake), mistake.status
    return redirect(url_for(".picture_page", key=key), 303)


@access.requires(Permission.EDIT_PAGES)
def remove_picture(key: str) -> Answer:
    """Offer a picture no longer."""
    with edge.transaction() as writing:
        pictures.remove(writing, pictures.get_picture(writing, key), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".picture_list"), 303)


def _name() -> str:
    return request.form.get("name", "")


def _alts() -> dict[str, str]:
    return {language: request.form.get(f"alt_{language}", "") for language in LANGUAGES}


def _list_page(mistake: PictureInvalid | None) -> str:
    with edge.reading() as reading:
        offered = pictures.list_pictures(reading)
        places = picture_uses.uses(reading, now=edge.now())
    return render_template(
        "office/pictures.html", kept=[Kept(each, _thumbnail(each), places.get(each.key, [])) for each in offered],
        languages=OWN_NAMES, most=LONGEST_ALT, labels=LABELS, values=request.form if mistake else {},
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _picture_page(key: str, mistake: PictureInvalid | None) -> str:
    with edge.reading() as reading:
        picture = pictures.get_picture(reading, key)
        places = picture_uses.uses(reading, now=edge.now()).get(key, [])
    values = {"name": picture.name, **{f"alt_{language}": text for language, text in picture.alts.items()}}
    return render_template(
        "office/picture.html", kept=Kept(picture, _thumbnail(picture), places), languages=OWN_NAMES,
        most=LONGEST_ALT, labels=LABELS, values=request.form if mistake else values,
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _thumbnail(picture: Picture) -> str:
    width = min(rendition.width for rendition in picture.renditions)
    return url_for("site.picture_file", key=picture.key, width=width, kind="webp")
