"""The whole site walked link by link: everything answers, and every page has its frame."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from xml.etree import ElementTree

import pytest

from tests.conftest import NOW
from tests.web.reading import read
from tests.web.site_stage import Site
from ticketing.content.page_list import PLANNED
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants

pytestmark = pytest.mark.xdist_group("site")

SHORTEST, LONGEST = 50, 160  # characters of a description that a search engine shows whole


def findable(site: Site) -> dict[str, object]:
    """Pages that a search engine may list: got by a link, by everybody."""
    return {
        address: page
        for address, page in site.pages.items()
        if address in site.answers and not page.is_hidden_from_search and "mishaps" not in address
    }


def test_every_link_answers(site):
    wrong = [
        f"{address} answers {answer.status}, found on {answer.found_on}"
        for address, answer in site.answers.items()
        if answer.status not in (200, 301, 302, 303)
    ]

    assert wrong == []


def test_the_demonstration_is_sound_and_so_is_what_was_bought_in_it(site):
    with site.services.database.reading() as session:
        assert invariants.violations(session, now=NOW) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_walk_has_come_by_every_page_of_words(site, language):
    homes = {"home", "home-teacher", "home-host"}
    walked = {address.split("?")[0] for address in site.answers}

    assert {slug for slug in PLANNED if f"/{language}/{slug}/" not in walked} - homes == set()


def test_no_link_names_a_place_that_its_page_does_not_have(site):
    missing = []
    for found_on, address, fragment in set(site.fragments):
        page = site.pages.get(address) or read(site.client.get(address).text)
        if fragment not in page.ids:
            missing.append(f"{found_on}: {address}#{fragment}")

    assert sorted(missing) == []


def test_links_out_of_the_house_are_few_and_say_how(site):
    assert {link.split(":")[0] for link in site.outside} <= {"mailto", "tel", "https", "data", "webcal"}


def test_a_page_says_in_which_language_it_is(site):
    wrong = [
        (address, page.language)
        for address, page in site.pages.items()
        if (named := re.match(r"/(nl|fr|en|de)/", address)) and page.language != named[1]
    ]

    assert wrong == []


def test_every_page_has_one_headline_and_headings_in_order(site):
    wrong = []
    for address, page in site.pages.items():
        levels = [level for level, _ in page.headings]
        in_order = all(after <= before + 1 for before, after in itertools.pairwise(levels))
        if levels[:1] != [1] or levels.count(1) != 1 or not in_order or not all(text for _, text in page.headings):
            wrong.append((address, page.headings))

    assert wrong == []


def test_no_id_is_given_twice_on_a_page(site):
    wrong = [
        (address, sorted({each for each in page.ids if page.ids.count(each) > 1}))
        for address, page in site.pages.items()
        if len(page.ids) != len(set(page.ids))
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_tell_the_pages_of_a_language_apart(site, language):
    titled = defaultdict(set)
    for address, page in findable(site).items():
        if page.language == language:
            titled[page.title].add((page.canonical or address).split("?")[0])

    assert {title: sorted(where) for title, where in titled.items() if len(where) > 1 or not title} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_that_can_be_found_describes_itself(site, language):
    wrong = [
        (address, len(page.description or ""), page.description)
        for address, page in findable(site).items()
        if page.language == language and not SHORTEST <= len(page.description or "") <= LONGEST
    ]

    assert wrong == []


def test_what_machines_read_is_well_formed(site):
    for answer in site.answers.values():
        if answer.content_type.endswith("xml") and answer.text:
            ElementTree.fromstring(answer.text)
        if answer.content_type.endswith("json"):
            json.loads(answer.text)
