"""The page, read back by programs that are not ours."""

import io

import pypdfium2
import pytest
import zxingcpp

from ticketing.content import drawings
from ticketing.foundation.paper import WIDTH_MM
from ticketing.tickets import codes, pdf
from ticketing.tickets.pdf import TicketLabels, TicketSheet

LABELS = TicketLabels(
    order="Bestelling", ticket_type="Ticket voor", holder="Naam", admits="Toegang voor", bring="Breng mee",
    change="Plannen gewijzigd?", page="Ticket %(number)s van %(total)s", test="TEST: geen echt ticket",
)  # fmt: skip


def sheet(
    holder_name: str | None = "An Peeters", drawing: str = "interference", code: str | None = None
) -> TicketSheet:
    return TicketSheet(
        centre_name="Technopolis",
        experience="Een dag vol ontdekkingen",
        day_words="dinsdag 24 november 2026",
        time_words="10.30 uur",
        be_there_words="Kom binnen tussen 10.15 en 11.00 uur",
        ticket_type="Volwassene",
        price_words="€\u00a019,50",
        admissions=1,
        order_code="K7QX2MPA",
        code=code or codes.new_code(),
        holder_name=holder_name,
        bring=("je ticket", "een lunch", "nieuwsgierige handen"),
        change_sentence="Bekijk je bestelling op deze pagina:",
        change_url="https://tickets.example.be/nl/orders/K7QX2MPA/" + "a" * 32 + "/",
        drawing=drawings.shapes(drawing, 7, WIDTH_MM, pdf.BAND_MM),
        labels=LABELS,
        language="nl",
        is_test=True,
    )


def made(*sheets: TicketSheet) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf.make_pdf(sheets, title="Technopolis K7QX2MPA", author="Technopolis"))


@pytest.fixture(scope="module")
def ticket() -> TicketSheet:
    return sheet()


@pytest.fixture(scope="module")
def page(ticket):
    return made(ticket)[0]


@pytest.mark.parametrize("dpi", [72, 150, 300])
@pytest.mark.parametrize("mode", ["RGB", "L"], ids=["colour", "grey"])
def test_the_symbol_is_read_back_at_every_resolution(page, ticket, dpi, mode):
    picture = page.render(scale=dpi / 72).to_pil().convert(mode)

    (symbol,) = zxingcpp.read_barcodes(picture)

    assert symbol.text == ticket.code
    assert symbol.format is zxingcpp.BarcodeFormat.QRCode


def test_the_symbol_is_forty_millimetres_wide(page):
    dpi = 300
    (symbol,) = zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil())

    width = symbol.position.top_right.x - symbol.position.top_left.x
    assert width / dpi * 25.4 == pytest.approx(40, abs=0.6)


def test_the_page_says_everything_somebody_at_the_door_may_ask(page, ticket):
    text = page.get_textpage().get_text_range()

    for words in (
        "Technopolis", "Een dag vol ontdekkingen", "dinsdag 24 november 2026", "10.30 uur", "Volwassene", "K7QX2MPA",
        "An Peeters", "nieuwsgierige handen", "Plannen gewijzigd?", "Ticket 1 van 1", "TEST",
    ):  # fmt: skip
        assert words in text
    assert codes.grouped(ticket.code).replace(" ", "") in "".join(text.split())


def test_a_group_is_one_file_with_a_page_and_a_code_each():
    sheets = [sheet() for _ in range(12)]

    document = made(*sheets)

    read = [zxingcpp.read_barcodes(page.render(scale=2).to_pil())[0].text for page in document]
    assert read == [each.code for each in sheets]


def test_the_page_is_a4_in_the_readers_language_and_named():
    content = pdf.make_pdf([sheet()], title="Technopolis K7QX2MPA", author="Technopolis")

    document = pypdfium2.PdfDocument(content)
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [210, 297]
    assert document.get_metadata_value("Title") == "Technopolis K7QX2MPA"
    assert b"/Lang (nl)" in content
    assert b"/DisplayDocTitle true" in content


@pytest.mark.parametrize("kind", sorted(drawings.DRAWERS))
def test_a_ticket_of_every_drawing_stays_under_25_kilobytes(kind):
    assert len(pdf.make_pdf([sheet(drawing=kind)], title="T", author="T")) <= 25_000


@pytest.mark.parametrize(
    "name",
    [
        '"><svg onload=alert(1)>',
        "<b>An</b> & Co",
        "\u202eretsiM",
        "a\x00b\x07c",
        "x" * 500,
        "مرحبا 😀",
        "Łukasz Dvořák",
        "",
    ],
    ids=["markup", "entities", "turned around", "control characters", "endless", "other scripts", "accents", "nothing"],
)
def test_no_name_breaks_the_page_or_hides_its_symbol(name):
    ticket = sheet(holder_name=name)

    page = made(ticket)[0]

    assert zxingcpp.read_barcodes(page.render(scale=2).to_pil())[0].text == ticket.code
    assert "\u202e" not in page.get_textpage().get_text_range()


def test_the_same_ticket_is_the_same_file():
    ticket = sheet()

    first, second = (pdf.make_pdf([ticket], title="T", author="T") for _ in range(2))

    assert first == second
    assert io.BytesIO(first).read(5) == b"%PDF-"
