"""What is wrong with one field of a form, in a sentence beside it."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.foundation.errors import TicketingError
from ticketing.web.error_words import Words, words_for_code
from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

# What the rooms say under `why`.
WHY = {
    "name": N_("Give it a name of at most 80 characters."),
    "too_many": N_("There are many already. Revoke one first."),
    "missing": N_("This is needed. Fill it in."),
    "too_long": N_("Keep this to at most %(most)s characters."),
    "past": N_("Choose a time that is still to come."),
    "no_moment": N_("Give a date and a time."),
    "gone": N_("This picture is not there any more. Choose another one."),
    "leads_nowhere": N_("Some of this leads nowhere. It is listed above."),
    "shape": N_("Use small letters, figures and hyphens, and begin with a letter."),
    "taken": N_("There is a page at this address, or the house needs it. Choose another one."),
    "links": N_("Give between one and %(most)s links, each once."),
    "no_place": N_("Give each link a whole number, or leave the field empty."),
    "number": N_("Give a whole number from 1 to %(most)s."),
    "amount": N_("Give an amount like 12.50, above nothing and at most 1,000 euros."),
    "no_day": N_("Give a date."),
    "ends_before": N_("Let it end after it begins."),
    "code": N_("Use letters, figures and hyphens, at most 40."),
    "code_taken": N_("This code exists already. Choose another one."),
    "name_taken": N_("This name is taken. Choose another one."),
    "used": N_("It has been used: what it takes off, and on what, stays as it is. End it and make another."),
    "fewer": N_("More uses than that are taken already."),
    "two_tickets": N_("Choose at least two tickets that belong together."),
    "from_to": N_("Give from one to 60 of a ticket, the smaller number first."),
    "one_price": N_("Give either a price or a percentage."),
    "not_sold": N_("One of these tickets is not sold for this experience on that day."),
    "saves_nothing": N_("At this price the tickets together would cost no less."),
    "ends_first": N_("Let it end after it begins, and after now."),
    "no_target": N_("Choose one of the list."),
    "no_file": N_("Choose a file."),
    "unreadable": N_("We cannot read this file. Save it as JPEG, PNG, WebP or AVIF and try again."),
    "too_large": N_("This file is larger than 12 MB. Save it smaller."),
    "too_many_pixels": N_("This picture has more than 50 million pixels. Save it smaller."),
    "too_small": N_("This picture is narrower than 320 pixels. Choose a larger one."),
    "too_stretched": N_("This picture is too long and narrow for a page. Cut it first."),
    "between": N_("Give a whole number from %(least)s to %(most)s."),
    "effect": N_("Give a percentage from −90 to 400, not 0: +25 if a quarter more will come, −20 if a fifth fewer."),
    "price": N_("Give an amount, like 2.50."),
    "percentage": N_("Give a percentage, like 6 or 21."),
    "commission": N_("Give a percentage from 0 to 50, like 12.5."),
    "no_date": N_("Give a date that exists."),
    "no_time": N_("Give a time, like 10:30."),
    "past_day": N_("Choose today or a day to come."),
    "future_day": N_("Choose a day after today."),
    "days": N_("Choose at most %(most)s days."),
    "weekdays": N_("Choose at least one weekday."),
    "times": N_("Give between one and %(most)s times, like 10:00 10:30."),
    "unprintable": N_("There is something in this that cannot be printed. Type it again."),
    "slug_taken": N_("Another one has this name already. Choose another."),
    "sold": N_("This name is on tickets that were sold. It stays as it is."),
    "priced": N_("Tickets have a price under this name. It stays as it is."),
    "words_needed": N_("Visitors of every language see this. Write it in all four, or take it off the list."),
    "hint_everywhere": N_("Give the hint in all four languages, or in none."),
    "bring": N_("Give at most %(lines)s lines of %(most)s characters."),
    "ages": N_("Let the oldest be at least as old as the youngest."),
    "price_taken": N_("Another price begins on this very day. End that one first, or choose another day."),
    "slot_taken": N_("There is a slot at this time already."),
    "door_opens": N_("Let the door open at most twelve hours before the start, and not after it."),
    "door_closes": N_("Let the door close after the start, at most twelve hours after the end."),
    "no_room": N_("This leaves no room for visitors."),
    "out_of_bounds": N_("Give a number within what is possible."),
    "moving": N_("This picture moves. Use a still one: moving pictures keep people from reading."),
}
FAULT_KINDS = {
    "page": N_("no such page in this language"),
    "picture": N_("no such picture"),
    "address": N_("not an address we lead to"),
    "anchor": N_("an anchor that is taken"),
}


@dataclass(frozen=True)
class Mistake:
    """Why a form was refused: in general, in which field and why, and what in a text leads nowhere."""

    words: Words
    field: str
    sentence: str
    faults: list[tuple[str, str]]


def told(error: TicketingError) -> Mistake:
    """Tell an error to who filled in the form."""
    words = words_for_code(error)
    why, field = error.details.get("why", ""), str(error.details.get("field", ""))
    sentence = _(WHY[why], **_named(why, error)) if why in WHY else words.sentence
    faults = [(written, _(FAULT_KINDS[kind])) for kind, written in error.details.get("faults", [])]
    return Mistake(words, field, sentence, faults)


def _named(why: str, error: TicketingError) -> dict[str, object]:
    return {name: value for name, value in error.details.items() if f"%({name})s" in WHY[why]}
