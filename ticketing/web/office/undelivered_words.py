"""Why a mail did not arrive, in plain words, from the code its server gave (RFC 3463)."""

from __future__ import annotations

from ticketing.web.pages import N_, gettext

REASONS = {
    "5.1.2": N_("nobody takes mail for what stands after the @"),
    "5.1.3": N_("this is no address"),
    "5.2.1": N_("the mailbox takes no mail any more"),
    "5.2.2": N_("the mailbox is full"),
    "5.2.3": N_("the mail was too large for the mailbox"),
    "5.3.4": N_("the mail was too large for the mailbox"),
    "5.4.4": N_("nobody takes mail for what stands after the @"),
}
# For codes that stand not above, by what they begin with.
KINDS = {
    "5.1.": N_("there is no such mailbox"),
    "5.2.": N_("the mailbox takes no mail"),
    "5.7.": N_("their mail server did not want it"),
}


def reason(status: str) -> str:
    """Say in a few words why a mail did not arrive."""
    return gettext(REASONS.get(status) or KINDS.get(status[:4]) or N_("their mail server could not deliver it"))
