"""The tables of content: page texts version by version, menus, announcements, pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.foundation.database import Base, JSONDocument, UTCDateTime
from ticketing.foundation.house_revision import SetByManagers


class PageVersion(SetByManagers, Base):
    """One text of one page in one language. Versions are added, never changed; which one is shown follows from `now`.

    `shows_from` empty is a draft, in the future is scheduled, in the past was or is shown. `meaning` counts the changes
    of substance of the original: a translation with a lower one than its original is outdated.
    """

    __tablename__ = "page_versions"
    __table_args__ = (
        UniqueConstraint("slug", "language", "number"),
        CheckConstraint("number > 0", name="number_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2))
    number: Mapped[int]
    meaning: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    menu_label: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)  # Markdown, as content/markup.py reads it
    picture_key: Mapped[str | None] = mapped_column(ForeignKey("pictures.key"))  # None: the page's own drawing
    shows_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # taken back before it was shown
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    author: Mapped[str] = mapped_column(String(120))


class MenuVersion(SetByManagers, Base):
    """The links of one menu, in order; the same rule of which one is shown as for pages."""

    __tablename__ = "menu_versions"
    __table_args__ = (UniqueConstraint("menu", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    menu: Mapped[str] = mapped_column(String(20))  # an audience, or "foot"
    number: Mapped[int]
    targets: Mapped[list[str]] = mapped_column(JSONDocument)  # slugs of pages, "tickets", "experience:<slug>"
    shows_from: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    author: Mapped[str] = mapped_column(String(120))


class Announcement(SetByManagers, Base):
    """A few words above every page of the site, for a time."""

    __tablename__ = "announcements"
    __table_args__ = (
        Index(None, "shows_from"),
        CheckConstraint("shows_until IS NULL OR shows_until > shows_from", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    target: Mapped[str | None] = mapped_column(String(80))  # where "Read more" leads: as in a menu
    shows_from: Mapped[datetime] = mapped_column(UTCDateTime)
    shows_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    author: Mapped[str] = mapped_column(String(120))


class Picture(SetByManagers, Base):
    """A picture that managers put on pages, under the digest of what was uploaded: the same file is there once."""

    __tablename__ = "pictures"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="size_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    alts: Mapped[dict[str, str]] = mapped_column(JSONDocument)  # what it shows, in every language
    width: Mapped[int]
    height: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    author: Mapped[str] = mapped_column(String(120))
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # no longer offered; old versions keep it

    renditions: Mapped[list[PictureRendition]] = relationship(
        back_populates="picture", lazy="raise", order_by="PictureRendition.width", cascade="all, delete-orphan"
    )


class PictureRendition(SetByManagers, Base):
    """A picture in one width and one format, as browsers fetch it."""

    __tablename__ = "picture_renditions"
    __table_args__ = (UniqueConstraint("picture_id", "width", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    picture_id: Mapped[int] = mapped_column(ForeignKey("pictures.id"))
    width: Mapped[int]
    format: Mapped[str] = mapped_column(String(8))  # avif, webp, jpeg
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    picture: Mapped[Picture] = relationship(back_populates="renditions", lazy="raise")
