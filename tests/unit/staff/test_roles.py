from __future__ import annotations

from ticketing.staff.models import Role
from ticketing.staff.roles import ROLE_PERMISSIONS, Permission, allows, least_role


def test_every_role_may_do_what_the_one_below_it_may():
    assert ROLE_PERMISSIONS[Role.FRONT_DESK] < ROLE_PERMISSIONS[Role.MANAGER] < ROLE_PERMISSIONS[Role.ADMINISTRATOR]


def test_somebody_may_do_each_thing():
    assert ROLE_PERMISSIONS[Role.ADMINISTRATOR] == set(Permission)


def test_the_front_desk_scans_but_does_not_close_the_centre():
    assert allows(Role.FRONT_DESK, Permission.SCAN)
    assert not allows(Role.FRONT_DESK, Permission.CLOSE_CENTRE)


def test_the_least_role_for_a_permission_is_named():
    assert least_role(Permission.SCAN) is Role.FRONT_DESK
    assert least_role(Permission.CLOSE_CENTRE) is Role.MANAGER
    assert least_role(Permission.MANAGE_STAFF) is Role.ADMINISTRATOR
