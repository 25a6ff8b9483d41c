"""Gathers, for the page being answered, what search engines read beside it (web/site/linked_facts.py)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from ticketing.catalogue import offers
from ticketing.catalogue.availability import SlotMark, SlotView
from ticketing.catalogue.models import Experience
from ticketing.content.page_list import HOME
from ticketing.foundation.languages import pick
from ticketing.web import edge
from ticketing.web.site import header, linked_facts, pictured, words
from ticketing.web.site.linked_facts import Facts, MuseumFacts, OfferFacts, StartFacts

DAYS_AHEAD = 120

Start = tuple[Experience, SlotView]


def museum() -> Facts:
    """Describe the centre as it is today."""
    return linked_facts.museum(_museum(), header.calendar(), edge.today(), DAYS_AHEAD)


def starts(session: Session, shown: Sequence[Start]) -> Facts | None:
    """Describe starts that are not past as events, with what they cost; None when there are none."""
    coming = [(experience, slot) for experience, slot in shown if slot.mark is not SlotMark.PAST]
    visits = {(experience.id, slot.starts_at_local.date()) for experience, slot in coming}
    prices = offers.prices_of_visits(session, visits)
    described = [
        _start(experience, slot, prices[experience.id, slot.starts_at_local.date()]) for experience, slot in coming
    ]
    return linked_facts.starts(_museum(), described) if described else None


def _museum() -> MuseumFacts:
    settings = edge.services().settings
    text = words.get_text(HOME, edge.language())
    return MuseumFacts(
        identity=f"{settings.public_url}/#museum",
        name=settings.centre_name,
        url=settings.public_url + url_for("site.localised.home"),
        picture_url=pictured.of_page(HOME).url,
        description=text.description,
    )


def _start(experience: Experience, slot: SlotView, prices: Sequence[offers.PricedType]) -> StartFacts:
    language = edge.language()
    path = url_for("site.localised.shop_slots", experience_slug=experience.slug, day=slot.starts_at_local.date())
    return StartFacts(
        name=pick(experience.names, language),
        description=pick(experience.summaries, language),
        url=edge.services().settings.public_url + path,
        picture_url=pictured.of_experience(experience).url,
        starts_at_local=slot.starts_at_local,
        ends_at_local=slot.ends_at_local,
        mark=slot.mark,
        offers=tuple(OfferFacts(pick(each.ticket_type.names, language), each.price) for each in prices),
    )
