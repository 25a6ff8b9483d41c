"""Pictures for pages: uploads become modern formats in three widths, with words for those who cannot see them.

Making the renditions is slow and knows no database; do it outside any transaction.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload, undefer

from ticketing.content.models import Picture, PictureRendition
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import LANGUAGES

LARGEST_FILE = 12 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000  # a small file can claim to be a picture that fills the memory
WIDTHS = (480, 960, 1600)
MOST_STRETCHED = 5  # times longer than it is narrow
SMALLEST_WIDTH = 320
READ = ("JPEG", "PNG", "WEBP", "AVIF")
# How each format is written; "jpeg" is the one that every browser and mail reader knows.
WRITTEN: dict[str, dict[str, Any]] = {
    "avif": {"quality": 58, "speed": 7},
    "webp": {"quality": 78, "method": 4},
    "jpeg": {"quality": 80, "progressive": True, "optimize": True},
}
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}
LONGEST_ALT = 240
# What Pillow's decoders raise over files that are broken, cut off, or made to hurt.
UNREADABLE = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, TypeError, LookupError,
    EOFError, OverflowError, MemoryError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


class PictureInvalid(InvalidInput):
    """This file or its words cannot be used; `details["field"]` names which."""

    code = "picture_invalid"


class PictureNotFound(NotFound):
    """There is no such picture."""

    code = "picture_not_found"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture made ready: the digest of the upload, its size in pixels, and (width, format, bytes) for each file."""

    key: str
    width: int
    height: int
    files: tuple[tuple[int, str, bytes], ...]


def render(content: bytes) -> Rendered:
    """Turn an upload upright, without what the camera noted, into every format and width. Raises PictureInvalid."""
    if not content:
        raise PictureInvalid("Choose a file.", field="file", why="no_file")
    if len(content) > LARGEST_FILE:
        raise PictureInvalid("This file is larger than 12 MB.", field="file", why="too_large")
    original = _opened(content)
    if original.width < SMALLEST_WIDTH:
        raise PictureInvalid("This picture is narrower than 320 pixels.", field="file", why="too_small")
    widths = sorted({min(width, original.width) for width in WIDTHS})
    files = tuple((width, kind, _written(_scaled(original, width), kind)) for width in widths for kind in WRITTEN)
    largest = _scaled(original, widths[-1])
    return Rendered(hashlib.sha256(content).hexdigest()[:24], largest.width, largest.height, files)


def add(
    session: Session, rendered: Rendered, name: str, alts: Mapping[str, str], *, actor: Actor, now: datetime
) -> Picture:
    """Keep a picture; the same file again gives the same picture with the new words. Raises PictureInvalid."""
    words = _checked_alts(alts)
    picture = Picture(
        key=rendered.key,
        name=_checked_name(name),
        alts=words,
        width=rendered.width,
        height=rendered.height,
        uploaded_at=now,
        author=actor.name,
        renditions=[
            PictureRendition(width=width, format=kind, content=content) for width, kind, content in rendered.files
        ],
    )
    try:
        with session.begin_nested():
            session.add(picture)
    except IntegrityError:
        known = get_picture(session, rendered.key)
        known.removed_at = None
        describe(session, known, name, words, actor=actor, now=now)
        return known
    audit.record(session, "picture.added", picture, actor=actor, now=now, key=picture.key)
    return picture


def describe(
    session: Session, picture: Picture, name: str, alts: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """Say in other words what a picture shows. Raises PictureInvalid."""
    picture.name, picture.alts = _checked_name(name), _checked_alts(alts)
    audit.record(session, "picture.described", picture, actor=actor, now=now, key=picture.key)


def remove(session: Session, picture: Picture, *, actor: Actor, now: datetime) -> None:
    """Offer a picture no longer; pages that show it, and their history, keep it."""
    moved = session.execute(
        update(Picture).where(Picture.id == picture.id, Picture.removed_at.is_(None)).values(removed_at=now)
    )
    if moved.rowcount:  # type: ignore[attr-defined]
        audit.record(session, "picture.removed", picture, actor=actor, now=now, key=picture.key)


def get_picture(session: Session, key: str) -> Picture:
    """Load a picture with its renditions, without their bytes. Raises PictureNotFound."""
    wanted = select(Picture).where(Picture.key == key).options(selectinload(Picture.renditions))
    picture = session.scalars(wanted).one_or_none()
    if picture is None:
        raise PictureNotFound("This picture does not exist.")
    return picture


def list_pictures(session: Session) -> list[Picture]:
    """Load the pictures that are offered, the newest first, without their bytes."""
    offered = select(Picture).where(Picture.removed_at.is_(None)).options(selectinload(Picture.renditions))
    return list(session.scalars(offered.order_by(Picture.id.desc())))


def all_pictures(session: Session) -> dict[str, Picture]:
    """Load every picture by its key, those no longer offered too, without their bytes."""
    every = session.scalars(select(Picture).options(selectinload(Picture.renditions)))
    return {picture.key: picture for picture in every}


def get_file(session: Session, key: str, width: int, kind: str) -> bytes:
    """Return one file of a picture. Raises PictureNotFound."""
    wanted = (
        select(PictureRendition)
        .join(PictureRendition.picture)
        .where(Picture.key == key, PictureRendition.width == width, PictureRendition.format == kind)
        .options(undefer(PictureRendition.content))
    )
    rendition = session.scalars(wanted).one_or_none()
    if rendition is None:
        raise PictureNotFound("This picture does not exist.")
    return rendition.content


def _opened(content: bytes) -> Image.Image:
    """Decode a file as a still picture, upright, in sRGB, with nothing in it but its pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata: it is dropped anyway
            opened = Image.open(io.BytesIO(content), formats=READ)
            _require_reasonable(opened)
            return _pixels_of(opened)
    except UNREADABLE as error:
        raise PictureInvalid(
            "This is no picture we can read. Use JPEG, PNG, WebP or AVIF.", field="file", why="unreadable"
        ) from error


def _require_reasonable(opened: Image.Image) -> None:
    """Judge a picture by its head, before anything is unpacked."""
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise PictureInvalid("This picture has more than 50 million pixels.", field="file", why="too_many_pixels")
    if max(width, height) > MOST_STRETCHED * min(width, height):
        raise PictureInvalid("This picture is too long and narrow for a page.", field="file", why="too_stretched")
    # Phones keep a second picture inside a photograph (MPO): that one does not move.
    if getattr(opened, "is_animated", False) and opened.format != "MPO":
        raise PictureInvalid("This picture moves. Use a still one.", field="file", why="moving")


def _pixels_of(opened: Image.Image) -> Image.Image:
    opened.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))  # a JPEG of many megapixels is unpacked smaller
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    has_alpha = upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info
    plain = upright.convert("RGBA" if has_alpha else "RGB") if upright.mode != "CMYK" else upright
    plain = _in_srgb(plain, profile)
    plain.info.clear()  # where, when and with what it was taken is nobody's business
    return plain


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Bring colours into the space that browsers expect; a profile that cannot be used is left out."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if converted := ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode=wanted):
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert(wanted)


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _written(picture: Image.Image, kind: str) -> bytes:
    if kind == "jpeg" and picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    target = io.BytesIO()
    picture.save(target, kind.upper(), **WRITTEN[kind])
    return target.getvalue()


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())[:120]
    if not cleaned:
        raise PictureInvalid("Give the picture a name to find it by.", field="name", why="missing")
    return cleaned


def _checked_alts(alts: Mapping[str, str]) -> dict[str, str]:
    words = {language: " ".join(alts.get(language, "").split()) for language in LANGUAGES}
    for language, text in words.items():
        if not text:
            raise PictureInvalid("Say what it shows, in every language.", field=f"alt_{language}", why="missing")
        if len(text) > LONGEST_ALT:
            raise PictureInvalid(
                "Keep it under 240 characters.", field=f"alt_{language}", why="too_long", most=LONGEST_ALT
            )
    return words
