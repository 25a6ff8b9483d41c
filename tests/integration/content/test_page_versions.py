"""Page texts over time: which version visitors see, what is outdated, what two people at once come to."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import writing
from tests.writing import EVA, TOM, WHERE
from ticketing.content import editing, pages, schedule
from ticketing.content.editing import PageInvalid, PageMovedOn, Writing
from ticketing.content.models import PageVersion
from ticketing.content.pages import LanguageState, PageNotFound, VersionState
from ticketing.foundation.audit import AuditEntry

HOUR = timedelta(hours=1)


def shown(session, now, language="nl", slug="mission"):
    return pages.shown_texts(session, language, now=now)[slug]


def states(session, now, language="nl"):
    return {each.number: each.state for each in pages.history(session, "mission", language, now=now)}


def standing(session, now, language="fr", slug="mission"):
    found = next(page for page in pages.overview(session, now=now) if page.slug == slug)
    return found.standings[language]


def test_a_page_shows_the_text_it_came_with_until_somebody_shows_another(session, now):
    assert shown(session, now).title == "Missie en visie"

    writing.show(session, now, title="Waarom wij er zijn")

    assert shown(session, now).title == "Waarom wij er zijn"
    assert pages.shown_texts(session, "nl", now=now)["mission"].title == "Waarom wij er zijn"
    assert states(session, now) == {1: VersionState.SHOWN, 0: VersionState.PAST}


def test_a_draft_is_seen_by_nobody(session, now):
    writing.draft(session, now, title="Ontwerp")

    assert shown(session, now).title == "Missie en visie"
    assert states(session, now)[1] is VersionState.DRAFT
    assert standing(session, now, "nl").has_draft


def test_a_draft_may_be_half_written_but_not_without_a_title_or_with_a_picture_that_is_not_there(session, now):
    half = replace(writing.text(), lead="", description="", body="[x](page:nowhere)")

    saved = editing.save_draft(session, Writing("mission", "nl", half, 0, None), actor=EVA, now=now)

    assert saved.number == 1
    for wrong, field in ((replace(half, title=" "), "title"), (replace(half, picture_key="0" * 24), "picture_key")):
        with pytest.raises(PageInvalid) as refused:
            editing.save_draft(session, Writing("mission", "nl", wrong, 1, None), actor=EVA, now=now)
        assert refused.value.details["field"] == field


@pytest.mark.parametrize("field", ["title", "menu_label", "description", "lead"])
def test_what_is_shown_is_whole(session, now, field):
    wanted = replace(writing.text(), **{field: "  "})

    with pytest.raises(PageInvalid) as refused:
        editing.show(session, Writing("mission", "nl", wanted, 0, None), WHERE, actor=EVA, now=now)

    assert (refused.value.details["field"], refused.value.details["why"]) == (field, "missing")


@pytest.mark.parametrize("field", ["title", "menu_label", "description", "lead", "body"])
def test_texts_have_a_largest_size(session, now, field):
    fits, exceeds = ("x" * (editing.MOST[field] + more) for more in (0, 1))

    editing.save_draft(session, Writing("mission", "nl", replace(writing.text(), **{field: fits}), 0, None),
                       actor=EVA, now=now)  # fmt: skip
    with pytest.raises(PageInvalid) as refused:
        editing.save_draft(session, Writing("mission", "nl", replace(writing.text(), **{field: exceeds}), 1, None),
                           actor=EVA, now=now)  # fmt: skip

    assert (refused.value.details["field"], refused.value.details["most"]) == (field, editing.MOST[field])


def test_what_leads_nowhere_is_told_and_not_shown(session, now):
    body = "## A {a}\n[x](page:nowhere), [y](javascript:alert(1)), [z](page:prices)\n## B {a}\n![](picture:0000000000)"

    with pytest.raises(PageInvalid) as refused:
        writing.show(session, now, body=body)

    assert refused.value.details["faults"] == [
        ("page", "page:nowhere"), ("address", "javascript:alert(1)"), ("anchor", "a"),
        ("picture", "picture:0000000000"),
    ]  # fmt: skip
    assert states(session, now) == {0: VersionState.SHOWN}


def test_a_scheduled_text_is_shown_exactly_from_its_instant(session, now):
    due = now + HOUR
    writing.schedule(session, now, due, title="Straks")

    assert shown(session, due - timedelta(microseconds=1)).title == "Missie en visie"
    assert shown(session, due).title == "Straks"
    assert states(session, now)[1] is VersionState.SCHEDULED
    assert states(session, due)[1] is VersionState.SHOWN
    assert standing(session, now, "nl").scheduled_for == due
    assert schedule.next_change(session, now=now) == due
    assert schedule.next_change(session, now=due) is None


def test_nothing_is_scheduled_for_the_past(session, now):
    for moment in (now, now - HOUR):
        with pytest.raises(PageInvalid) as refused:
            writing.schedule(session, now, moment)
        assert refused.value.details["field"] == "shows_from"


def test_what_was_scheduled_earlier_takes_over_from_what_was_shown_meanwhile(session, now):
    writing.schedule(session, now, now + 2 * HOUR, title="Gepland")
    writing.show(session, now + HOUR, title="Tussendoor")

    assert shown(session, now + HOUR).title == "Tussendoor"
    assert shown(session, now + 2 * HOUR).title == "Gepland"


def test_of_two_texts_due_at_once_the_one_written_last_is_shown(session, now):
    writing.schedule(session, now, now + HOUR, title="Eerst")
    writing.schedule(session, now, now + HOUR, title="Laatst")

    assert shown(session, now + HOUR).title == "Laatst"


def test_what_waits_can_be_taken_back_and_what_is_shown_cannot(session, now):
    writing.schedule(session, now, now + HOUR, title="Straks")
    writing.show(session, now, title="Nu")

    editing.withdraw(session, "mission", "nl", 1, actor=EVA, now=now)
    editing.withdraw(session, "mission", "nl", 1, actor=TOM, now=now)

    assert shown(session, now + HOUR).title == "Nu"
    assert states(session, now)[1] is VersionState.WITHDRAWN
    withdrawals = select(AuditEntry).where(AuditEntry.code == "page.withdrawn")
    assert [entry.actor_name for entry in session.scalars(withdrawals)] == ["Eva"]
    with pytest.raises(PageMovedOn):
        editing.withdraw(session, "mission", "nl", 2, actor=EVA, now=now)
    with pytest.raises(PageNotFound):
        editing.withdraw(session, "mission", "nl", 9, actor=EVA, now=now)


def test_a_scheduled_text_can_be_taken_back_until_its_instant_and_not_at_it(session, now):
    writing.schedule(session, now, now + HOUR)

    with pytest.raises(PageMovedOn):
        editing.withdraw(session, "mission", "nl", 1, actor=EVA, now=now + HOUR)
    editing.withdraw(session, "mission", "nl", 1, actor=EVA, now=now + HOUR - timedelta(seconds=1))

    assert shown(session, now + HOUR).title == "Missie en visie"


def test_a_draft_that_lies_under_one_taken_back_is_the_one_to_go_on_with(session, now):
    writing.draft(session, now, title="Eerste ontwerp")
    writing.draft(session, now, title="Tweede ontwerp")
    editing.withdraw(session, "mission", "nl", 2, actor=EVA, now=now)

    waiting = pages.waiting_version(pages.history(session, "mission", "nl", now=now))

    assert waiting.text.title == "Eerste ontwerp"
    assert standing(session, now, "nl").has_draft


def test_a_draft_that_was_overtaken_waits_no_longer(session, now):
    writing.draft(session, now)
    writing.show(session, now)

    assert not standing(session, now, "nl").has_draft


def test_restoring_shows_an_older_text_again_as_a_new_version_with_its_meaning(session, now):
    writing.show(session, now, title="Anders")
    old = pages.get_version(pages.history(session, "mission", "nl", now=now), 0)

    again = editing.writing_of("mission", "nl", old, 1)
    editing.restore(session, old, again, WHERE_ALL, actor=TOM, now=now + HOUR)

    assert shown(session, now + HOUR).title == "Missie en visie"
    assert states(session, now + HOUR) == {2: VersionState.SHOWN, 1: VersionState.PAST, 0: VersionState.PAST}
    assert standing(session, now + HOUR).state is LanguageState.UP_TO_DATE


WHERE_ALL = replace(WHERE, page=lambda target: f"/x/{target}/")


def test_an_older_text_that_leads_nowhere_by_now_is_not_restored(session, now):
    writing.show(session, now)
    old = pages.get_version(pages.history(session, "mission", "nl", now=now), 0)
    nowhere = replace(WHERE, page=lambda target: None)

    with pytest.raises(PageInvalid):
        editing.restore(session, old, editing.writing_of("mission", "nl", old, 1), nowhere, actor=EVA, now=now)


def test_a_change_of_substance_outdates_translations_until_they_are_saved_again(session, now):
    version = writing.show(session, now, body="Iets heel anders.")

    outdated = standing(session, now).state
    writing.show(session, now, "fr", meaning=version.meaning)

    assert outdated is LanguageState.OUTDATED
    assert standing(session, now).state is LanguageState.UP_TO_DATE
    assert standing(session, now, "de").state is LanguageState.OUTDATED


def test_a_correction_leaves_translations_as_they_are(session, now):
    writing.show(session, now, meaning=0, body="Zelfde, beter gespeld.")

    assert standing(session, now).state is LanguageState.UP_TO_DATE


def test_a_scheduled_change_of_substance_outdates_translations_only_when_it_is_shown(session, now):
    writing.schedule(session, now, now + HOUR)

    assert standing(session, now).state is LanguageState.UP_TO_DATE
    assert standing(session, now + HOUR).state is LanguageState.OUTDATED


def test_a_translation_can_be_made_ready_for_a_text_that_is_still_to_come(session, now):
    coming = writing.schedule(session, now, now + HOUR)
    writing.schedule(session, now, now + HOUR, "fr", meaning=coming.meaning)

    assert [standing(session, at).state for at in (now, now + HOUR)] == [LanguageState.UP_TO_DATE] * 2


def test_every_change_of_substance_has_a_meaning_of_its_own(session, now):
    numbers = [
        writing.draft(session, now).meaning,
        writing.show(session, now).meaning,
        writing.show(session, now).meaning,
    ]

    assert numbers == [1, 2, 3]


def test_a_text_that_was_not_touched_keeps_its_meaning_and_a_correction_too(session, now):
    writing.draft(session, now, body="Een.\r\nTwee.")
    draft = pages.history(session, "mission", "nl", now=now)[0]

    untouched = editing.meaning_after(draft, replace(draft.text, body=" Een.\nTwee.\n"), is_correction=False)
    corrected = editing.meaning_after(draft, writing.text(), is_correction=True)
    changed = editing.meaning_after(draft, writing.text(), is_correction=False)

    assert (untouched, corrected, changed) == (1, 1, None)
    assert editing.meaning_after(None, writing.text(), is_correction=True) is None


def test_what_a_translation_was_made_from_is_the_last_text_of_that_meaning_that_was_seen(session, now):
    writing.show(session, now, meaning=0, title="Verbeterd")
    writing.draft(session, now, meaning=0, title="Nooit getoond")
    writing.show(session, now, title="Anders")
    originals = pages.history(session, "mission", "nl", now=now)

    assert pages.made_from(originals, 0).text.title == "Verbeterd"
    assert pages.made_from(originals, 7) is None


def test_a_page_that_is_added_is_missing_everywhere_until_it_is_shown(session, now):
    slug = editing.add_page(session, " Nacht-2026 ", "Nacht van de wetenschap, op een zaterdag", actor=EVA, now=now)

    begun = standing(session, now, "nl", slug)
    assert (slug, begun.state, begun.has_draft) == ("nacht-2026", LanguageState.MISSING, True)
    assert "nacht-2026" not in pages.shown_texts(session, "nl", now=now)
    assert pages.is_known(session, slug)

    writing.show(session, now, slug=slug)

    assert standing(session, now, "nl", slug).state is LanguageState.UP_TO_DATE
    assert standing(session, now, "fr", slug).state is LanguageState.MISSING


@pytest.mark.parametrize("slug", ["", "Ä", "a b", "1a", "a-", "../x", "tickets", "mission", "for", "x" * 61, "begun"])
def test_an_address_that_is_taken_or_has_the_wrong_shape_is_refused(session, now, slug):
    editing.add_page(session, "begun", "Begonnen", actor=EVA, now=now)

    with pytest.raises(PageInvalid) as refused:
        editing.add_page(session, slug, "Titel", actor=EVA, now=now)

    assert refused.value.details["field"] == "slug"


def test_the_address_of_a_page_that_was_given_up_can_be_used_again(session, now):
    editing.add_page(session, "begun", "Begonnen", actor=EVA, now=now)
    editing.withdraw(session, "begun", "nl", 1, actor=EVA, now=now)

    editing.add_page(session, "begun", "Opnieuw", actor=EVA, now=now)

    assert standing(session, now, "nl", "begun").has_draft


def test_writing_on_top_of_an_older_version_is_refused(session, now):
    writing.draft(session, now)

    with pytest.raises(PageMovedOn):
        editing.save_draft(session, Writing("mission", "nl", writing.text(), 0, None), actor=TOM, now=now)


def test_a_button_pressed_twice_saves_once(session, now):
    wanted = Writing("mission", "nl", writing.text(), 0, None)

    for moment in (now, now + timedelta(seconds=1)):
        version = editing.show(session, wanted, WHERE, actor=EVA, now=moment)

    assert (version.number, version.shows_from) == (1, now)
    assert len(session.scalars(select(AuditEntry)).all()) == 1
    for again in (
        lambda: editing.save_draft(session, wanted, actor=EVA, now=now),
        lambda: editing.show(session, wanted, WHERE, actor=TOM, now=now),
        lambda: editing.schedule(session, wanted, WHERE, shows_from=now + HOUR, actor=EVA, now=now),
        lambda: editing.show(session, replace(wanted, text=writing.text("Anders")), WHERE, actor=EVA, now=now),
    ):
        with pytest.raises(PageMovedOn):
            again()


def test_a_text_that_was_taken_back_is_not_saved_by_pressing_again(session, now):
    wanted = Writing("mission", "nl", writing.text(), 0, None)
    editing.save_draft(session, wanted, actor=EVA, now=now)
    editing.withdraw(session, "mission", "nl", 1, actor=EVA, now=now)

    with pytest.raises(PageMovedOn):
        editing.save_draft(session, wanted, actor=EVA, now=now)


def test_of_two_managers_who_save_at_once_one_is_told(own_database, now):
    outcomes, gate = [], threading.Barrier(2)

    def save(actor):
        gate.wait()
        try:
            with own_database.transaction() as session:
                wanted = Writing("mission", "nl", writing.text(title=actor.name), 0, None)
                editing.show(session, wanted, WHERE, actor=actor, now=now)
            outcomes.append("saved")
        except PageMovedOn:
            outcomes.append("moved on")

    threads = [threading.Thread(target=save, args=(actor,)) for actor in (EVA, TOM)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["moved on", "saved"]
    with own_database.reading() as session:
        assert [row.number for row in session.scalars(select(PageVersion))] == [1]


def test_every_act_is_on_record(session, now):
    writing.draft(session, now)
    writing.show(session, now)
    writing.schedule(session, now, now + HOUR)
    old = pages.history(session, "mission", "nl", now=now)[-1]
    editing.restore(session, old, editing.writing_of("mission", "nl", old, 3), WHERE_ALL, actor=TOM, now=now)
    editing.withdraw(session, "mission", "nl", 3, actor=TOM, now=now)

    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [(entry.code, entry.details["number"], entry.actor_name) for entry in entries] == [
        ("page.drafted", 1, "Eva"), ("page.published", 2, "Eva"), ("page.scheduled", 3, "Eva"),
        ("page.restored", 4, "Tom"), ("page.withdrawn", 3, "Tom"),
    ]  # fmt: skip
