"""What each role may do: one table, asked by every staff page, button and route."""

from __future__ import annotations

from enum import StrEnum

from ticketing.staff.models import Role


class Permission(StrEnum):
    """One thing that not everybody may do."""

    SCAN = "scan"  # judge tickets at the door
    SELL_AT_DESK = "sell_at_desk"
    FIND_ORDERS = "find_orders"  # look up a customer's order; personal data
    SEE_TODAY = "see_today"  # how many are expected, how many came
    CLOSE_CENTRE = "close_centre"  # close and reopen
    EDIT_CATALOGUE = "edit_catalogue"  # experiences, prices, opening hours, timetable, slots
    EDIT_PAGES = "edit_pages"  # texts, pictures, menus and announcements of the site
    CHANGE_ORDERS = "change_orders"  # move tickets, put a customer right, mail tickets again
    REFUND = "refund"  # cancel, and give money back
    SEE_ACCOUNTS = "see_accounts"  # the books, disputes, what does not match; and settle that
    SEE_REPORTS = "see_reports"  # sales, visits, refunds; as files and by mail
    SET_CHANGE_RULES = "set_change_rules"  # what customers may do by themselves
    TEND_WAITING_LIST = "tend_waiting_list"  # see who waits, offer out of turn, take off
    SET_PROMOTIONS = "set_promotions"  # promotion codes and bundles
    MANAGE_GIFT_CARDS = "manage_gift_cards"  # issue, block, extend
    MANAGE_RESELLERS = "manage_resellers"  # who sells for us, their terms and keys
    PLAN_FLOW = "plan_flow"  # limits of the house, capacities by what they make of the number inside
    SEE_MAILS = "see_mails"  # what we write to customers
    SEE_AUDIT = "see_audit"
    SEE_JOBS = "see_jobs"  # and give failed ones another try
    OVERRIDE_DOOR = "override_door"  # let somebody in against the verdict, with a reason
    WATCH_DOOR = "watch_door"  # how it goes at the door; what went wrong at it, and settle that
    MANAGE_DEVICES = "manage_devices"  # scanners and gates
    MANAGE_STAFF = "manage_staff"
    SEE_DESIGN = "see_design"  # what our pages are made of


_FRONT_DESK = frozenset(
    {
        Permission.SCAN,
        Permission.SELL_AT_DESK,
        Permission.FIND_ORDERS,
        Permission.CHANGE_ORDERS,
        Permission.SEE_TODAY,
    }
)
_MANAGER = _FRONT_DESK | {
    Permission.CLOSE_CENTRE,
    Permission.EDIT_CATALOGUE,
    Permission.EDIT_PAGES,
    Permission.REFUND,
    Permission.SEE_ACCOUNTS,
    Permission.SEE_REPORTS,
    Permission.SET_CHANGE_RULES,
    Permission.TEND_WAITING_LIST,
    Permission.SET_PROMOTIONS,
    Permission.MANAGE_GIFT_CARDS,
    Permission.MANAGE_RESELLERS,
    Permission.PLAN_FLOW,
    Permission.SEE_MAILS,
    Permission.SEE_AUDIT,
    Permission.SEE_JOBS,
    Permission.OVERRIDE_DOOR,
    Permission.WATCH_DOOR,
    Permission.MANAGE_DEVICES,
    Permission.SEE_DESIGN,
}
ROLE_PERMISSIONS = {
    Role.FRONT_DESK: _FRONT_DESK,
    Role.MANAGER: _MANAGER,
    Role.ADMINISTRATOR: _MANAGER | {Permission.MANAGE_STAFF},
}


def allows(role: Role, permission: Permission) -> bool:
    """Tell whether somebody with this role may do this."""
    return permission in ROLE_PERMISSIONS[role]


def least_role(permission: Permission) -> Role:
    """Return the role with the fewest permissions that covers this one, to say whom to ask."""
    return min((role for role in Role if allows(role, permission)), key=lambda role: len(ROLE_PERMISSIONS[role]))
