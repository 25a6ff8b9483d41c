from __future__ import annotations

import pytest
from argon2 import extract_parameters

from ticketing.staff import passwords
from ticketing.staff.passwords import HASHER, NOBODY, PasswordTooWeak, require_strong


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 201, "long"),
        ("Password1234", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("Wachtwoord123", "common"),
        ("ada@example.org", "own_name"),
    ],
)
def test_a_password_somebody_would_guess_is_refused_with_its_reason(password, why):
    with pytest.raises(PasswordTooWeak) as caught:
        require_strong(password, "ada@example.org")

    assert caught.value.details["why"] == why


@pytest.mark.parametrize("password", ["three unrelated words", "correct horse battery", "ééééßßßßçççç", "x y" * 60])
def test_length_is_enough(password):
    require_strong(password, "ada@example.org")


def test_an_unknown_address_costs_the_same_work_as_a_known_one():
    assert extract_parameters(NOBODY) == extract_parameters(HASHER.hash("anything"))
    assert not passwords.is_right(NOBODY, "anything")


def test_megabytes_are_not_hashed_and_match_nothing():
    assert not passwords.is_right(HASHER.hash("x" * 201), "x" * 201)
