"""No input whatever gets a tag or an address through that is not on the list."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.content import markup
from ticketing.content.markup import References, ShownPicture

ALLOWED = {
    "p": set(), "br": set(), "strong": set(), "em": set(), "ul": set(), "ol": {"start"}, "li": set(),
    "blockquote": set(),
    "table": set(), "thead": set(), "tbody": set(), "tr": set(), "th": set(), "td": set(), "a": {"href"},
    "picture": set(), "source": {"type", "srcset", "sizes"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
}  # fmt: skip
SCHEMES = ("https://", "mailto:", "tel:", "#", "/")
PICTURE = ShownPicture((("image/webp", "/images/a 480w"),), "/images/a.jpeg", '"><script>', 480, 320)
WHERE = References(lambda target: f"/nl/{target}/", lambda key: PICTURE)

PIECES = st.sampled_from([
    "[", "]", "(", ")", "!", "<", ">", '"', "'", "&", "#", "*", "_", "|", "-", "\n", "\n\n", " ", "    ", "\\", "`",
    "## ", "{a}", "> ", "1. ", "- ", "|---|\n", "|:-:|\n|x|\n",
    "javascript:", "JAVASCRIPT:", "data:text/html,", "vbscript:", "page:", "x",
    "picture:abcdef0123", "https://", "mailto:", "&#106;", "&colon;", "&Tab;", "<script>", "</p>",
    "<img src=x onerror=y>",
    "onload=", "style=", "\t", "\r", "\x0b", "\u2028", "\u202e", "[a](", "![](", "[a]: javascript:x", "<!--",
    "]]>", "&lt;",
])  # fmt: skip
BODIES = st.one_of(st.text(max_size=200), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join))


class Reader(HTMLParser):
    """Reads what a browser would, and keeps what should not be there."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if tag not in ALLOWED or not set(names) <= ALLOWED[tag] or len(set(names)) < len(names):
            self.wrong.append((tag, attrs))
        for name, value in attrs:
            if name in ("href", "src", "srcset") and not (value or "").strip().lower().startswith(SCHEMES):
                self.wrong.append((tag, name, value))
            if name == "href" and (value or "").startswith("//"):
                self.wrong.append((tag, name, value))

    def handle_comment(self, data):
        self.wrong.append(("comment", data))

    def handle_decl(self, decl):
        self.wrong.append(("declaration", decl))

    def handle_pi(self, data):
        self.wrong.append(("instruction", data))


@settings(max_examples=400, deadline=None)
@given(BODIES)
def test_no_text_gets_more_through_than_the_subset(body):
    reader = Reader()

    for section in markup.sections(body, WHERE):
        reader.feed(str(section.html))
    reader.close()

    assert reader.wrong == []


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_what_is_told_to_lead_nowhere_has_no_address(body):
    nowhere = References(lambda target: None, lambda key: None)

    page = "".join(str(section.html) for section in markup.sections(body, nowhere))

    assert "<img" not in page
    assert 'href="/' not in page
