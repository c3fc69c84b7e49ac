"""Whoever guesses passwords waits; whoever only mistyped does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.markup import markup_of
from tests.world import NOON
from wms.tenancy.models import FailedSignIn
from wms.tenancy.services import create_user
from wms.tenancy.throttle import MOST_FOR_ONE_NAME, MOST_FROM_ONE_ADDRESS, WINDOW, TooManySignIns, check_sign_in, note_failed_sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "nine-quiet-cranes"
both_doors = pytest.mark.parametrize("door", ["/console/login/", "/portal/sign-in/"])


def attempt(client: Client, door: str, password: str, *, address: str = "10.0.0.1", username: str = "ann") -> tuple[bool, str]:
    page = client.post(door, {"username": username, "password": password}, REMOTE_ADDR=address, headers={"Accept-Language": "en"})
    return "_auth_user_id" in client.session, markup_of(page)


@both_doors
def test_after_some_wrong_passwords_the_right_one_waits_too(client: Client, door: str) -> None:
    create_user(username="ann", password=PASSWORD)
    for _ in range(MOST_FROM_ONE_ADDRESS):
        attempt(client, door, "wrong")

    signed_in, page = attempt(client, door, PASSWORD)
    assert not signed_in
    assert "Too many wrong passwords. Try again in 15 minutes." in page


@both_doors
def test_a_guesser_elsewhere_does_not_lock_a_person_out(client: Client, door: str) -> None:
    create_user(username="ann", password=PASSWORD)
    for _ in range(MOST_FROM_ONE_ADDRESS):
        attempt(client, door, "wrong", address="10.9.9.9")

    assert attempt(client, door, PASSWORD)[0]


@both_doors
def test_the_right_password_forgives_the_wrong_ones_before_it(client: Client, door: str) -> None:
    create_user(username="ann", password=PASSWORD)
    for _ in range(MOST_FROM_ONE_ADDRESS - 1):
        attempt(client, door, "wrong")
    assert attempt(client, door, PASSWORD)[0]
    client.post("/portal/sign-out/")

    attempt(client, door, "wrong")
    assert attempt(client, door, PASSWORD)[0]


def test_other_ways_to_write_a_name_count_as_the_same(client: Client) -> None:
    for name in ("ann", "Ann", "ANN", "aNN", "anN"):
        attempt(client, "/portal/sign-in/", "wrong", username=name)

    assert "Too many wrong passwords" in attempt(client, "/portal/sign-in/", "wrong")[1]


def test_many_addresses_do_not_help_against_one_name() -> None:
    for number in range(MOST_FOR_ONE_NAME):
        note_failed_sign_in(username="ann", address=f"10.0.0.{number}", at=NOON)

    with pytest.raises(TooManySignIns):
        check_sign_in(username="ann", address="10.9.9.9", at=NOON)
    check_sign_in(username="bob", address="10.9.9.9", at=NOON)


def test_the_wait_ends_and_nothing_is_kept_that_names_anybody() -> None:
    for _ in range(MOST_FROM_ONE_ADDRESS):
        note_failed_sign_in(username="ann", address="10.0.0.1", at=NOON)
    check_sign_in(username="ann", address="10.0.0.1", at=NOON + WINDOW)

    note_failed_sign_in(username="ann", address="10.0.0.1", at=NOON + WINDOW + timedelta(seconds=1))
    assert FailedSignIn.objects.count() == 2
    assert not any("ann" in failed.fingerprint or "10.0" in failed.fingerprint for failed in FailedSignIn.objects.all())
