"""Menus and announcements over time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.writing import EVA, TOM
from ticketing.content import announcements, menus, schedule
from ticketing.content.announcements import AnnouncementInvalid, AnnouncementNotFound, Wording
from ticketing.content.menus import SHIPPED_MENUS, MenuInvalid, MenuMovedOn, MenuNotFound
from ticketing.content.pages import VersionState
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.languages import LANGUAGES

HOUR = timedelta(hours=1)
WORDS = {language: f"Closed at four ({language})" for language in LANGUAGES}


def save(session, now, targets, based_on, shows_from=None, menu="host"):
    return menus.save(session, menu, targets, based_on=based_on, shows_from=shows_from, actor=EVA, now=now)


def shown_menu(session, now, menu="host"):
    return menus.shown_menus(session, now=now)[menu]


def states(session, now):
    return {each.number: each.state for each in menus.history(session, "host", now=now)}


def test_a_menu_is_as_it_came_until_somebody_changes_it(session, now):
    save(session, now, ["contact", "mission"], 0)

    assert shown_menu(session, now) == ("contact", "mission")
    assert shown_menu(session, now, "visitor") == SHIPPED_MENUS["visitor"]
    assert states(session, now) == {1: VersionState.SHOWN, 0: VersionState.PAST}


def test_a_menu_can_be_scheduled_taken_back_and_restored(session, now):
    save(session, now, ["contact"], 0, now + HOUR)
    save(session, now, ["mission"], 1)

    assert [shown_menu(session, at) for at in (now, now + HOUR)] == [("mission",), ("contact",)]
    assert schedule.next_change(session, now=now) == now + HOUR
    assert states(session, now) == {2: VersionState.SHOWN, 1: VersionState.SCHEDULED, 0: VersionState.PAST}

    menus.withdraw(session, "host", 1, actor=TOM, now=now)
    menus.withdraw(session, "host", 1, actor=EVA, now=now)

    assert shown_menu(session, now + HOUR) == ("mission",)
    assert schedule.next_change(session, now=now) is None
    entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "menu.withdrawn")).all()
    assert [entry.actor_name for entry in entries] == ["Tom"]

    old = menus.get_version(menus.history(session, "host", now=now), 0)
    save(session, now, list(old.targets), 2)

    assert shown_menu(session, now) == SHIPPED_MENUS["host"]


def test_what_visitors_see_is_not_taken_back(session, now):
    save(session, now, ["contact"], 0)

    with pytest.raises(MenuMovedOn):
        menus.withdraw(session, "host", 1, actor=EVA, now=now)
    with pytest.raises(MenuNotFound):
        menus.withdraw(session, "host", 5, actor=EVA, now=now)


def test_two_who_change_a_menu_at_once_do_not_overwrite_each_other(session, now):
    save(session, now, ["contact"], 0)

    with pytest.raises(MenuMovedOn):
        save(session, now, ["mission"], 0)


@pytest.mark.parametrize("targets", [[], ["a", "a"], [f"page-{n}" for n in range(25)]])
def test_a_menu_has_between_one_and_24_links_each_once(session, now, targets):
    with pytest.raises(MenuInvalid):
        save(session, now, targets, 0)


def test_menus_that_are_not_there_and_times_that_have_passed_are_refused(session, now):
    with pytest.raises(MenuNotFound):
        save(session, now, ["contact"], 0, menu="kitchen")
    with pytest.raises(MenuNotFound):
        menus.history(session, "kitchen", now=now)
    with pytest.raises(MenuInvalid):
        save(session, now, ["contact"], 0, now)


def announce(session, now, begin=None, end=None, texts=None, target=None):
    wording = Wording(WORDS if texts is None else texts, target, begin or now, end)
    return announcements.announce(session, wording, actor=EVA, now=now)


def heard(session, now):
    return [each.texts["nl"] for each in announcements.shown(session, now=now)]


def test_an_announcement_is_shown_from_its_first_instant_until_its_last(session, now):
    announce(session, now, now + HOUR, now + 2 * HOUR)

    moments = [now, now + HOUR, now + 2 * HOUR - timedelta(seconds=1), now + 2 * HOUR]

    assert [bool(heard(session, at)) for at in moments] == [False, True, True, False]
    assert schedule.next_change(session, now=now) == now + HOUR
    assert schedule.next_change(session, now=now + HOUR) == now + 2 * HOUR
    assert schedule.next_change(session, now=now + 2 * HOUR) is None


def test_announcements_are_listed_as_running_coming_and_past(session, now):
    running = announce(session, now)
    later, soon = announce(session, now, now + 2 * HOUR), announce(session, now, now + HOUR)
    over = announce(session, now, None, now + timedelta(minutes=1))
    taken = announce(session, now)
    announcements.withdraw(session, taken.id, actor=TOM, now=now)

    listed = announcements.listed(session, now=now + timedelta(minutes=1))

    assert [each.id for each in listed.running] == [running.id]
    assert [each.id for each in listed.coming] == [soon.id, later.id]
    assert {each.id for each in listed.past} == {over.id, taken.id}


def test_an_announcement_taken_down_is_gone_and_a_second_time_changes_nothing(session, now):
    made = announce(session, now)

    announcements.withdraw(session, made.id, actor=TOM, now=now)
    announcements.withdraw(session, made.id, actor=EVA, now=now + HOUR)

    assert heard(session, now) == []
    assert session.get(type(made), made.id, populate_existing=True).withdrawn_at == now
    entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "announcement.withdrawn")).all()
    assert [entry.actor_name for entry in entries] == ["Tom"]
    with pytest.raises(AnnouncementNotFound):
        announcements.withdraw(session, 99, actor=TOM, now=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"texts": {**WORDS, "de": "  "}}, "text_de"), ({"texts": {}}, "text_nl"),
        ({"texts": {**WORDS, "fr": "x" * 221}}, "text_fr"),
    ],
)  # fmt: skip
def test_an_announcement_is_made_in_all_languages_and_short(session, now, changes, field):
    with pytest.raises(AnnouncementInvalid) as refused:
        announce(session, now, **changes)

    assert refused.value.details["field"] == field


def test_an_announcement_ends_after_it_begins_and_never_begins_in_the_past(session, now):
    for begin, end in ((now + HOUR, now + HOUR), (now - 2 * HOUR, now - HOUR), (now, now)):
        with pytest.raises(AnnouncementInvalid) as refused:
            announce(session, now, begin, end)
        assert refused.value.details["field"] == "shows_until"

    assert announce(session, now, now - HOUR).shows_from == now
