"""What the roles are called."""

from __future__ import annotations

from ticketing.staff.models import Role
from ticketing.web.pages import N_

ROLE_WORDS = {
    Role.FRONT_DESK: N_("Front desk"),
    Role.MANAGER: N_("Manager"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
