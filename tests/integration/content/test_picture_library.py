"""Pictures: what becomes of an upload, read back by a decoder; and what is refused."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from datetime import timedelta

import pytest
from PIL import Image, ImageCms
from sqlalchemy import func, select

from tests import writing
from tests.writing import ALTS, EVA, TOM
from ticketing.content import picture_uses, pictures
from ticketing.content.models import Picture, PictureRendition
from ticketing.content.pictures import PictureInvalid, PictureNotFound
from ticketing.foundation.audit import AuditEntry

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
TEAL, ORANGE = (0, 128, 128), (255, 165, 0)


def opened(content):
    return Image.open(io.BytesIO(content))


def files(rendered):
    return {(width, kind): opened(content) for width, kind, content in rendered.files}


def is_near(found, wanted):
    return all(abs(one - other) < 24 for one, other in zip(found[:3], wanted, strict=True))


def corner(picture, x, y):
    return picture.convert("RGB").getpixel((int(picture.width * x), int(picture.height * y)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_upload_becomes_three_formats_in_up_to_three_widths(kind):
    rendered = pictures.render(writing.file(kind, size=(2000, 1500)))

    sizes = {key: picture.size for key, picture in files(rendered).items()}
    formats = {key[1]: picture.format for key, picture in files(rendered).items()}

    assert sizes == {
        (width, form): (width, round(width * 0.75)) for width in (480, 960, 1600) for form in ("avif", "webp", "jpeg")
    }
    assert formats == {"avif": "AVIF", "webp": "WEBP", "jpeg": "JPEG"}
    assert (rendered.width, rendered.height) == (1600, 1200)
    for picture in files(rendered).values():
        assert is_near(corner(picture, 0.2, 0.2), ORANGE)
        assert is_near(corner(picture, 0.8, 0.8), TEAL)


def test_a_small_picture_is_not_blown_up():
    rendered = pictures.render(writing.file(size=(500, 400)))

    assert sorted({width for width, _, _ in rendered.files}) == [480, 500]


def test_a_photograph_taken_sideways_stands_upright_and_forgets_where_it_was_taken():
    noted = Image.Exif()
    noted[ORIENTATION], noted[MAKER] = 6, "Camera 3000"  # 6: turn a quarter to the right
    noted.get_ifd(GPS)[1] = "N"

    rendered = pictures.render(writing.file(size=(1200, 800), exif=noted, comment=b"at home"))

    assert (rendered.width, rendered.height) == (800, 1200)
    for width, kind, content in rendered.files:
        picture = opened(content)
        assert dict(picture.getexif()) == {}, (width, kind)
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(picture.info)
        assert b"Camera" not in content
        assert b"at home" not in content
        assert is_near(corner(picture, 0.8, 0.2), ORANGE)


def test_printers_colours_become_those_of_screens():
    rendered = pictures.render(writing.file("JPEG", "CMYK"))

    for picture in files(rendered).values():
        assert picture.mode == "RGB"
        assert is_near(corner(picture, 0.8, 0.8), TEAL)


def test_a_colour_profile_is_applied_and_a_broken_one_left_out():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for profile in (srgb, b"no profile at all"):
        rendered = pictures.render(writing.file("PNG", icc_profile=profile))
        assert is_near(corner(files(rendered)[960, "webp"], 0.8, 0.8), TEAL)


def test_transparency_stays_where_the_format_has_it_and_lies_on_white_where_not():
    made = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    made.paste((*TEAL, 255), (320, 240, 640, 480))
    palette = made.convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    for picture, options in ((made, {}), (palette, {"transparency": palette.getpixel((0, 0))})):
        content = io.BytesIO()
        picture.save(content, "PNG", **options)

        found = files(pictures.render(content.getvalue()))

        assert found[640, "webp"].convert("RGBA").getpixel((10, 10))[3] == 0
        assert found[640, "avif"].convert("RGBA").getpixel((10, 10))[3] == 0
        assert is_near(corner(found[640, "jpeg"], 0.05, 0.05), (255, 255, 255))
        assert is_near(corner(found[640, "jpeg"], 0.8, 0.8), TEAL)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_pictures_of_every_kind_of_pixel_can_be_used(mode):
    assert pictures.render(writing.file("PNG", mode, size=(400, 300))).width == 400


def test_a_phones_photograph_with_a_second_picture_in_it_does_not_move():
    first, second = (opened(writing.file(size=(640, 480), colour=colour)) for colour in ("teal", "navy"))
    content = io.BytesIO()
    first.save(content, "MPO", save_all=True, append_images=[second])

    rendered = pictures.render(content.getvalue())

    assert is_near(corner(files(rendered)[640, "webp"], 0.8, 0.8), TEAL)


def moving(kind):
    frames = [opened(writing.file("PNG", size=(400, 300), colour=colour)) for colour in ("teal", "navy")]
    content = io.BytesIO()
    frames[0].save(content, kind, save_all=True, append_images=frames[1:], duration=100)
    return content.getvalue()


def png_of(width, height):
    """A PNG whose head claims a size that its body does not have: a few bytes that would fill the memory."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


HOSTILE = {
    "nothing": (lambda: b"", "no_file"),
    "text": (lambda: b"hello", "unreadable"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "unreadable"),
    "gif": (lambda: writing.file("GIF"), "unreadable"),
    "bmp": (lambda: writing.file("BMP"), "unreadable"),
    "html that calls itself a picture": (lambda: b"\xff\xd8\xff<html>", "unreadable"),
    "cut off": (lambda: writing.file(size=(800, 600))[:3000], "unreadable"),
    "cut off png": (lambda: writing.file("PNG")[:900], "unreadable"),
    "bomb": (lambda: png_of(60_000, 60_000), "unreadable"),
    "many pixels": (lambda: png_of(9_000, 9_000), "too_many_pixels"),
    "empty body": (lambda: png_of(900, 900), "unreadable"),
    "no width": (lambda: png_of(0, 900), "unreadable"),
    "tall": (lambda: writing.file("PNG", size=(400, 2100)), "too_stretched"),
    "wide": (lambda: writing.file("PNG", size=(2100, 400)), "too_stretched"),
    "narrow": (lambda: writing.file(size=(319, 319)), "too_small"),
    "moving webp": (lambda: moving("WEBP"), "moving"),
    "moving png": (lambda: moving("PNG"), "moving"),
    "moving avif": (lambda: moving("AVIF"), "moving"),
    "large": (lambda: b"x" * (pictures.LARGEST_FILE + 1), "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_no_use_or_mean_harm_are_refused(name):
    made, why = HOSTILE[name]

    with pytest.raises(PictureInvalid) as refused:
        pictures.render(made())

    assert (refused.value.details["field"], refused.value.details["why"]) == ("file", why)


@pytest.mark.parametrize("seed", range(8))
def test_a_file_with_bytes_that_were_hit_is_used_or_refused_and_never_breaks_us(seed):
    kinds = ("JPEG", "PNG", "WEBP", "AVIF")
    content = bytearray(writing.file(kinds[seed % 4], size=(330, 330)))
    step = max(1, len(content) // 40)
    for begin in range(step):
        hit = bytearray(content)
        for place in range(begin % step, len(hit), step * 7):
            hit[place] ^= 1 << ((seed + place) % 8)
        try:
            pictures.render(bytes(hit))
        except PictureInvalid:
            continue
        if begin > 12:
            break


@pytest.fixture(scope="module")
def robot():
    return pictures.render(writing.file(size=(400, 300)))


def test_a_picture_is_kept_with_its_words_and_its_files_come_back(session, now, robot):
    pictures.add(session, robot, "  Robot \n op tafel ", ALTS, actor=EVA, now=now)

    (kept,) = pictures.list_pictures(session)
    content = pictures.get_file(session, robot.key, 400, "webp")

    assert (kept.name, kept.alts, kept.author) == ("Robot op tafel", ALTS, "Eva")
    assert opened(content).size == (400, 300)
    for key, width, kind in (("0" * 24, 400, "webp"), (robot.key, 401, "webp"), (robot.key, 400, "gif")):
        with pytest.raises(PictureNotFound):
            pictures.get_file(session, key, width, kind)


@pytest.mark.parametrize(
    ("name", "alts", "field"),
    [
        ("Robot", {**ALTS, "fr": " "}, "alt_fr"), ("Robot", {}, "alt_nl"), (" ", ALTS, "name"),
        ("Robot", {**ALTS, "de": "x" * 241}, "alt_de"),
    ],
)  # fmt: skip
def test_no_picture_without_a_name_and_what_it_shows_in_every_language(session, now, robot, name, alts, field):
    with pytest.raises(PictureInvalid) as refused:
        pictures.add(session, robot, name, alts, actor=EVA, now=now)

    assert refused.value.details["field"] == field
    assert pictures.list_pictures(session) == []


def test_the_same_file_twice_is_one_picture_with_the_latest_words(session, now, robot):
    first = pictures.add(session, robot, "Robot", ALTS, actor=EVA, now=now)
    pictures.remove(session, first, actor=EVA, now=now)
    session.expire_all()

    again = pictures.add(session, robot, "Kever", {**ALTS, "nl": "Een kever"}, actor=TOM, now=now)
    session.flush()

    assert again.id == first.id
    assert [(each.name, each.alts["nl"]) for each in pictures.list_pictures(session)] == [("Kever", "Een kever")]
    assert session.scalar(select(func.count()).select_from(PictureRendition)) == len(robot.files)


def test_two_who_upload_the_same_file_at_once_get_one_picture(own_database, now, robot):
    gate, failures = threading.Barrier(2), []

    def upload(actor):
        gate.wait()
        try:
            with own_database.transaction() as session:
                pictures.add(session, robot, actor.name, ALTS, actor=actor, now=now)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upload, args=(actor,)) for actor in (EVA, TOM)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with own_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Picture)) == 1


def test_a_picture_no_longer_offered_stays_with_the_texts_that_show_it(session, now, robot):
    picture = pictures.add(session, robot, "Robot", ALTS, actor=EVA, now=now)
    writing.show(session, now, picture_key=robot.key)

    pictures.remove(session, picture, actor=EVA, now=now)
    pictures.remove(session, picture, actor=TOM, now=now)

    assert pictures.list_pictures(session) == []
    assert robot.key in pictures.all_pictures(session)
    assert pictures.get_file(session, robot.key, 400, "jpeg")
    entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "picture.removed")).all()
    assert [entry.actor_name for entry in entries] == ["Eva"]


def test_where_a_picture_is_used_counts_what_is_shown_and_what_waits(session, now, robot):
    pictures.add(session, robot, "Robot", ALTS, actor=EVA, now=now)
    writing.show(session, now, "de", meaning=0, picture_key=robot.key)
    writing.show(session, now, "de", meaning=0)  # used before
    writing.show(session, now, "nl", picture_key=robot.key)
    writing.draft(session, now, "fr", meaning=0, body=f"![](picture:{robot.key}) ![](picture:{robot.key})")
    writing.schedule(session, now, now + timedelta(hours=1), "nl", picture_key=robot.key)

    assert picture_uses.uses(session, now=now) == {robot.key: [("mission", "nl"), ("mission", "fr")]}
