"""What we say when something cannot be done: for every code a title and a sentence that tells what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ticketing.foundation.errors import TicketingError
from ticketing.web.pages import N_, gettext


@dataclass(frozen=True)
class Words:
    """A title and what to do next, in the reader's language."""

    title: str
    sentence: str


BY_CODE: dict[str, tuple[str, str]] = {
    "invalid_input": (N_("Something is not right yet"), N_("Look at the marked fields and try again.")),
    "not_found": (
        N_("There is nothing here"),
        N_("The link is incomplete or out of date. Check it, or start from the home page."),
    ),
    "not_allowed": (N_("This is not yours to do"), N_("Ask a manager for help.")),
    "conflict": (N_("Something has changed meanwhile"), N_("Go back, look at it again and choose anew.")),
    "expired": (N_("This has expired"), N_("Start again; it only takes a minute.")),
    "slow_down": (N_("A little slower, please"), N_("Too many tries in a short time. Wait a minute and try again.")),
    "unavailable": (N_("Not available just now"), N_("Nothing is lost. Try again in a moment.")),
    "database_away": (N_("Out of our reach just now"), N_("Nothing is lost. Try again in a moment.")),
    "reseller_invalid": (N_("This cannot be saved like this"), N_("Look at the marked field and try again.")),
    "reseller_exists": (N_("A reseller of this name is there already"), N_("Give this one another name.")),
    "reseller_not_found": (N_("There is no such reseller"), N_("Choose from the list.")),
    "order_resold": (
        N_("Bought from somebody who sells for us"),
        N_("Ask where you bought these tickets: they change them, or give your money back."),
    ),
    "resale_not_found": (N_("There is no such booking"), N_("Check its uuid.")),
    "resale_differs": (N_("This uuid belongs to another booking"), N_("Make a new uuid and try again.")),
    "resale_over": (N_("This booking cannot be changed like this any more"), N_("Look at it again.")),
    "no_place_now": (
        N_("There is no place now"),
        N_("No time that admits now has a place left for them, or the house is full. Offer a later time."),
    ),
    "admit_now_costs": (
        N_("That time has another price"),
        N_("Move the tickets in the office, where the difference is settled; then let them in."),
    ),
    "not_let_in": (N_("The door does not let them in"), N_("Nothing was changed. Look at the order again.")),
    "override_reason_missing": (N_("Say why"), N_("An override needs a reason that a colleague understands.")),
    "nothing_counted": (
        N_("Nothing to show"),
        N_("Our records cannot be reached, and nothing was counted before. Count the people at the assembly point."),
    ),
    "busy": (N_("Very busy just now"), N_("Nothing is lost. Try again in a moment.")),
    "move_not_allowed": (N_("Something has changed meanwhile"), N_("Go back, look at it again and choose anew.")),
    "no_such_local_time": (
        N_("That time does not exist"),
        N_("The clock skips it when summer time begins. Choose a time before or after it."),
    ),
    "slot_full": (N_("Just sold out"), N_("There are not enough places left at this time. Choose another time.")),
    "slot_over": (N_("That time has passed"), N_("Choose a later time.")),
    "slot_withdrawn": (N_("That time is not offered any more"), N_("Choose another time.")),
    "slot_has_sales": (
        N_("People have places in this slot"),
        N_("It stays. Close it instead: a closure tells everybody who has a ticket."),
    ),
    "catalogue_invalid": (N_("This cannot be saved like this"), N_("Look at the marked field and try again.")),
    "catalogue_moved_on": (
        N_("Somebody else changed this meanwhile"),
        N_("What you typed is still below. Compare it with what is saved now, then save again."),
    ),
    "preview_outdated": (
        N_("Something has changed since this was shown"),
        N_("Nothing was done. This is what would happen now: look at it again, then decide."),
    ),
    "report_not_found": (N_("There is no such report"), N_("Choose one of the list of reports.")),
    "subscription_invalid": (
        N_("This cannot be sent like this"),
        N_("Choose a report, and every week or every month."),
    ),
    "subscription_not_found": (
        N_("You are not sent this report"),
        N_("Nothing was changed. Look at the list of reports."),
    ),
    "ticket_type_not_found": (N_("There is no such ticket type"), N_("Go back to the list and choose again.")),
    "price_not_found": (N_("There is no such price"), N_("Go back to the list and choose again.")),
    "pattern_not_found": (N_("There is no such pattern"), N_("Go back to the list and choose again.")),
    "closure_in_force": (N_("We are closed then"), N_("Choose another day. The reason is on the opening hours page.")),
    "hold_expired": (
        N_("Your places were given back"),
        N_("You took longer than the time we could keep them. Choose your tickets again; nothing has been charged."),
    ),
    "hold_extended_too_often": (
        N_("No more extra time"),
        N_("We cannot keep these places any longer. Order now, or choose again."),
    ),
    "quantity_too_high": (
        N_("That is too many"),
        N_("In one order there can be at most %(most)s. Lower the number, or write to us for a group."),
    ),
    "quantity_invalid": (N_("That is not a number of tickets"), N_("Fill in a whole number, or leave it at 0.")),
    "nothing_chosen": (N_("Nothing chosen yet"), N_("Choose at least one ticket.")),
    "nothing_to_do": (N_("Nothing chosen yet"), N_("Choose at least one thing to do.")),
    "day_invalid": (N_("That is no day"), N_("Choose a day, as in 2026-11-24.")),
    "unknown_ticket_type": (N_("This ticket is not sold here"), N_("Choose from the list.")),
    "email_invalid": (N_("This is not an e-mail address"), N_("Write it like name@example.be.")),
    "gift_card_unknown": (N_("We cannot use this gift card"), N_("Check the code, or ask us.")),
    "gift_card_expired": (N_("This gift card has expired"), N_("Go on without it, or ask us.")),
    "gift_card_empty": (N_("Nothing is left on this gift card"), N_("Go on without it.")),
    "gift_card_short": (N_("There is less on this gift card"), N_("Look at it again.")),
    "gift_card_changed": (N_("The gift card pays another amount than you saw"), N_("Look at it again, then order.")),
    "gift_card_not_found": (N_("There is no such gift card"), N_("Go back to the list and choose again.")),
    "gift_card_invalid": (N_("This cannot be done with the gift card"), N_("Look at the marked field and try again.")),
    "promotion_unknown": (N_("We do not know this code"), N_("Check it, or go on without.")),
    "promotion_over": (N_("This code cannot be used now"), N_("It has ended, or its time is still to come.")),
    "promotion_elsewhere": (
        N_("This code is for something else"),
        N_("It is for other days, experiences or tickets than these."),
    ),
    "promotion_used_up": (N_("This code has been used up"), N_("Take it off and order without it.")),
    "promotion_used_by_you": (N_("You have used this already"), N_("Take the code off and order without it.")),
    "promotion_invalid": (N_("This promotion cannot be like this"), N_("Look at the marked field and try again.")),
    "promotion_not_found": (N_("There is no such promotion"), N_("Go back to the list and choose again.")),
    "limits_invalid": (N_("These limits cannot be"), N_("Look at the marked field and try again.")),
    "influence_invalid": (N_("This cannot stand in the calendar"), N_("Look at the marked field and try again.")),
    "staffing_invalid": (N_("Nothing can be staffed like this"), N_("Look at the marked field and try again.")),
    "plan_invalid": (N_("This plan cannot be"), N_("Look at the marked field and try again.")),
    "hand_count_invalid": (N_("This count cannot be"), N_("Give a number of people, and a time of today until now.")),
    "number_invalid": (N_("This is no number we can read"), N_("Look at the marked field and try again.")),
    "date_invalid": (N_("This is no date"), N_("Look at the marked field and try again.")),
    "bundle_invalid": (N_("This bundle cannot be like this"), N_("Look at the marked field and try again.")),
    "bundle_not_found": (N_("There is no such bundle"), N_("Go back to the list and choose again.")),
    "companion_alone": (
        N_("A companion comes along with somebody"),
        N_("At most one for each visitor at the same time. Change the numbers."),
    ),
    "companion_left_alone": (
        N_("A companion would be left alone"),
        N_("A companion’s ticket goes with a visitor’s. Choose the companion’s ticket as well."),
    ),
    "price_changed": (
        N_("The price has changed meanwhile"),
        N_("Look at the new total below, and order if you still want to."),
    ),
    "order_expired": (
        N_("This order has expired"),
        N_("Your places were given back before payment. Choose again; nothing was charged."),
    ),
    "waiting_span_invalid": (
        N_("There is nothing to wait for then"),
        N_("Choose days within a month on which something still begins, and times in their order."),
    ),
    "waiting_not_found": (N_("Nobody waits under this link"), N_("The link is incomplete. Use the link in our mail.")),
    "waiting_offer_not_found": (N_("We have no such offer"), N_("The link is incomplete. Use the link in our mail.")),
    "waiting_offer_not_sold": (
        N_("These tickets are not sold on this day any more"),
        N_("Nothing has been charged. Choose other tickets for that day, or let the next have your places."),
    ),
    "waiting_offer_over": (
        N_("This offer is over"),
        N_("Its places have gone on, or were bought already. Look at your place on the list."),
    ),
    "waiting_not_offerable": (N_("This cannot be offered now"), N_("Look at the entry again.")),
    "not_payable": (N_("This order cannot be paid"), N_("Look at your order again; perhaps it is paid already.")),
    "tried_too_often": (
        N_("This order can no longer be paid"),
        N_("It was tried too often, and others wait for these places. Choose again; nothing was charged."),
    ),
    "no_tickets_yet": (
        N_("There are no tickets yet"),
        N_("They are made as soon as the order is paid. Look at your order again."),
    ),
    "slot_not_found": (N_("This time does not exist"), N_("Choose another one.")),
    "experience_not_found": (N_("We have nothing under this name"), N_("Look at what is on.")),
    "hold_not_found": (N_("This basket does not exist"), N_("Choose your tickets again.")),
    "page_not_found": (
        N_("There is nothing here"),
        N_("The address may be mistyped or out of date. Start from the home page."),
    ),
    "order_not_changeable": (
        N_("This order cannot be changed"),
        N_("Only an order with tickets can be changed. Look at your order again."),
    ),
    "tickets_not_changeable": (
        N_("These tickets cannot be changed"),
        N_("Some of them are used or have changed meanwhile. Look at your order again."),
    ),
    "change_too_late": (
        N_("It is too late to change this here"),
        N_("Write to us or ask at the desk; perhaps it can still be done."),
    ),
    "change_waits": (
        N_("A change already waits to be paid"),
        N_("Pay it or give it up on your order’s page, then go on."),
    ),
    "change_not_found": (N_("This change is over"), N_("Look at your order and choose again; nothing was charged.")),
    "change_costs_other": (
        N_("The amount has changed meanwhile"),
        N_("Nothing was changed. Start again from the order to see what it costs now."),
    ),
    "change_invalid": (N_("This cannot be changed like this"), N_("Look at the marked field and try again.")),
    "refund_invalid": (N_("This cannot be refunded like this"), N_("Look at the marked field and try again.")),
    "change_rules_invalid": (N_("These rules cannot be set like this"), N_("Look at the marked field and try again.")),
    "page_invalid": (N_("This text cannot be shown like this"), N_("Look at the marked field and try again.")),
    "page_moved_on": (
        N_("Somebody else saved this page meanwhile"),
        N_("Your text is still below. Compare it with theirs in the history, then save again."),
    ),
    "menu_invalid": (N_("This menu cannot be shown like this"), N_("Look at the marked field and try again.")),
    "menu_moved_on": (
        N_("Somebody else changed this menu meanwhile"),
        N_("Look at it as it is now, and change it again if you still want to."),
    ),
    "menu_not_found": (N_("There is no such menu"), N_("Choose one of the menus of the list.")),
    "target_invalid": (N_("This leads nowhere"), N_("Choose one of the list.")),
    "announcement_invalid": (
        N_("This cannot be announced like this"),
        N_("Say it shortly in all four languages, and let it end after it begins."),
    ),
    "announcement_not_found": (N_("This announcement does not exist"), N_("Look at the list again.")),
    "picture_invalid": (
        N_("This picture cannot be used like this"),
        N_("Choose a JPEG, PNG, WebP or AVIF file of at most 12 MB, and say in every language what it shows."),
    ),
    "picture_not_found": (N_("This picture does not exist"), N_("Look at the list again.")),
    "provider_unreachable": (
        N_("The payment provider does not answer"),
        N_("Nothing was charged. Try again in a moment; your places are kept."),
    ),
    "provider_refused": (N_("The payment could not be started"), N_("Nothing was charged. Try again, or choose anew.")),
    "needs_front_desk": (
        N_("This is for the front desk"),
        N_("Sign in with an account of the front desk, or go back."),
    ),
    "needs_manager": (N_("This is for managers"), N_("Ask a manager to do it, or to give you their role.")),
    "needs_administrator": (N_("This is for administrators"), N_("Ask an administrator to do it.")),
    "bad_credentials": (
        N_("That did not match"),
        N_("The e-mail address and the password do not belong together. Try again."),
    ),
    "account_invalid": (N_("Something is not right yet"), N_("Look at the marked field and try again.")),
    "account_exists": (N_("This address is taken"), N_("Somebody already signs in with this e-mail address.")),
    "account_not_found": (N_("There is no such account"), N_("Go back to the list and choose again.")),
    "own_account": (N_("That is your own account"), N_("Nobody locks themselves out. Ask another administrator.")),
    "password_too_weak": (
        N_("This password is easy to guess"),
        N_("Use at least 10 characters; three unrelated words do well."),
    ),
    "unknown_gate": (N_("There is no such gate"), N_("Choose one of the gates of the list.")),
    "gate_invalid": (N_("The gate needs a name"), N_("Give it a short name that can be read out.")),
    "gate_exists": (N_("There is a gate of this name"), N_("Choose another name.")),
    "device_invalid": (N_("The device needs a name"), N_("Give it a short name by which people know it.")),
    "device_exists": (
        N_("There is a device of this name"),
        N_("Choose another name, so that people can tell them apart."),
    ),
    "invitation_over": (
        N_("This link is used up"),
        N_("It enrols one phone within ten minutes. Ask the manager to show another one."),
    ),
    "display_link_invalid": (N_("No link was made"), N_("Look at the marked field and try again.")),
    "display_link_not_found": (
        N_("This link opens nothing"),
        N_("It was revoked, or it is incomplete. Ask a manager for another one."),
    ),
    "device_not_found": (N_("There is no such device"), N_("Go back to the list and choose again.")),
    "job_not_found": (N_("There is no such job"), N_("Go back to the list; it may be done.")),
    "scan_invalid": (N_("This scan cannot be read"), N_("Look at the marked field and send it again.")),
    "scan_id_reused": (N_("This scan id is taken"), N_("Give every attempt an id of its own.")),
    "body_invalid": (N_("This is not what we expect"), N_("Look at the fields named in errors and send it again.")),
    "moment_invalid": (N_("This is no date and time"), N_("Choose a day and a time that the clock shows.")),
    "closing_invalid": (N_("Something is not right yet"), N_("Look at the marked field and try again.")),
    "reason_missing": (N_("A reason is missing"), N_("Say why in every language: visitors read it.")),
    "reason_too_long": (N_("That reason is too long"), N_("Say why in at most %(most)s characters.")),
    "closure_too_short": (N_("That end has passed"), N_("Choose an end that lies after now.")),
    "closure_not_found": (N_("There is no such closure"), N_("Go back to the list and choose again.")),
    "undo_too_late": (
        N_("Too late to undo"),
        N_("Visitors are being told already. Open again instead; those who have not chosen yet get a mail."),
    ),
    "second_person_needed": (N_("Somebody else has to confirm this"), N_("You closed; ask another manager to look.")),
    "closure_over": (N_("This closure is over"), N_("Close again if you have to.")),
    "closure_rules_invalid": (N_("These rules cannot be like this"), N_("Look at the marked field and try again.")),
    "closure_case_not_found": (N_("There is nothing here"), N_("Use the link in your mail.")),
    "closure_case_settled": (
        N_("There is nothing left to choose"),
        N_("This has been settled. Look at your order again."),
    ),
    "closure_bonus_invalid": (
        N_("The bonus cannot be like this"),
        N_("Give a percentage from 0 to 100, or leave it empty: then no gift card is offered."),
    ),
    "credit_not_offered": (N_("No gift card is offered here"), N_("Choose something else.")),
    "nothing_to_refund": (N_("There is nothing to give back"), N_("All that was paid has gone back already.")),
    "payment_disputed": (
        N_("The customer’s bank disputes this payment"),
        N_("Nothing of it can go back until the bank has decided. Answer the dispute in the provider’s dashboard."),
    ),
    "refund_too_large": (
        N_("The provider has less left than that"),
        N_("Look at the order: a part was refunded elsewhere. Send again what is still owed."),
    ),
    "already_refunded": (N_("Everything has gone back already"), N_("Look at the order: it was refunded elsewhere.")),
    "refund_not_found": (N_("There is no such refund"), N_("Look at the order again; perhaps it went through.")),
    "note_missing": (N_("Say how it was settled"), N_("A few words that a colleague will understand next year.")),
    "finding_not_found": (N_("There is no such finding"), N_("Look at the list again.")),
    "door_note_missing": (N_("Say what came of it"), N_("A few words that a colleague will understand next year.")),
    "door_finding_not_found": (N_("There is no such finding"), N_("Look at the list again.")),
    "span_invalid": (
        N_("These days cannot be reported on"),
        N_("Choose a first and a last day, at most a year apart."),
    ),
    "vat_rate_missing": (
        N_("Not for sale just now"),
        N_("A price setting is missing. Please tell us, we will mend it."),
    ),
    "order_not_found": (
        N_("We cannot find this order"),
        N_("The link is incomplete. Use the link in your confirmation mail."),
    ),
}
BY_STATUS: dict[str, tuple[str, str]] = {
    "401": (N_("Who are you?"), N_("Send the token of an enrolled device.")),
    "400": (N_("We did not understand that"), N_("Go back and try again.")),
    "403": (N_("This is not yours to see"), N_("Sign in with an account that may, or go back.")),
    "404": (N_("There is nothing here"), N_("The address may be mistyped or out of date. Start from the home page.")),
    "405": (N_("That is not possible here"), N_("Go back and use the button on the page.")),
    "409": (N_("Something has changed meanwhile"), N_("Go back, look at it again and choose anew.")),
    "410": (N_("This has expired"), N_("Start again; it only takes a minute.")),
    "413": (N_("That is too much at once"), N_("Send less and try again.")),
    "415": (N_("We cannot read that"), N_("Send it as the page asks.")),
    "429": (N_("A little slower, please"), N_("Too many tries in a short time. Wait a minute and try again.")),
    "500": (
        N_("Something broke on our side"),
        N_("It is not your fault, and nothing was charged twice. Try again; if it stays, tell us the code below."),
    ),
    "503": (N_("Not available just now"), N_("Nothing is lost. Try again in a moment.")),
    "stale_form": (N_("This page was open for too long"), N_("Go back, reload the page and send it again.")),
}


def words_for_code(error: TicketingError) -> Words:
    """Say what this error means; a code without words of its own says what its kind does."""
    codes = [error.code, *(kind.code for kind in type(error).__mro__ if issubclass(kind, TicketingError))]
    title, sentence = next(BY_CODE[code] for code in [*codes, "conflict"] if code in BY_CODE)
    return Words(gettext(title), gettext(sentence, **_named_in(sentence, error.details)))


def _named_in(sentence: str, details: dict[str, Any]) -> dict[str, Any]:
    """Return the details a sentence names."""
    return {name: value for name, value in details.items() if f"%({name})s" in sentence}


def words_for_status(status: str) -> Words:
    """Say what an HTTP status means here."""
    title, sentence = BY_STATUS.get(status) or BY_STATUS["400"]
    return Words(gettext(title), gettext(sentence))
