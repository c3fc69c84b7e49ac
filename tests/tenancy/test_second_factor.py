"""A second factor: proven by a first code, no code taken twice, guessing in vain, secrets sealed."""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import datetime, timedelta
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections

from tests.tenancy.codes import add_second_factor, app_code, key_of
from tests.world import NOON
from wms.sealing import SealBroken
from wms.tenancy.models import RecoveryCode, SecondFactor
from wms.tenancy.second_factor import (
    FREE_TRIES,
    LONGEST_WAIT,
    RECOVERY_CODES,
    CodeWrong,
    SecondFactorMissing,
    SecondFactorThere,
    TooManyWrongCodes,
    begin_set_up,
    check_code,
    confirm_set_up,
    confirmed_factor_id,
    recovery_codes_left,
    renew_recovery_codes,
    seal_factors_again,
    set_up_of,
    switch_off,
    take_away,
)

pytestmark = pytest.mark.django_db

STEP = timedelta(seconds=30)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def ann() -> User:
    return User.objects.create(username="ann")


def rows() -> str:
    """Return all that the database holds of second factors, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT f::text FROM tenancy_secondfactor f UNION ALL SELECT c::text FROM tenancy_recoverycode c")
        return " ".join(row for (row,) in cursor.fetchall())


def wrong_for(key: str, at: datetime) -> str:
    """Return a code that no step near an instant has."""
    near = {app_code(key, at + STEP * steps) for steps in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def test_the_codes_are_those_of_the_standard_that_apps_follow() -> None:
    key = b32encode(b"12345678901234567890").decode()

    shown = {seconds: app_code(key, datetime.fromtimestamp(seconds, tz=NOON.tzinfo)) for seconds in (59, 1111111109, 2000000000)}
    assert shown == {59: "287082", 1111111109: "081804", 2000000000: "279037"}


def test_it_asks_for_nothing_until_a_first_code_has_come(ann: User) -> None:
    begin_set_up(user_id=ann.pk)

    assert confirmed_factor_id(user_id=ann.pk) is None
    with pytest.raises(SecondFactorMissing):
        check_code(user_id=ann.pk, code=app_code(key_of(ann), NOON), at=NOON)
    with pytest.raises(CodeWrong):
        confirm_set_up(user_id=ann.pk, code=wrong_for(key_of(ann), NOON), at=NOON)
    assert confirmed_factor_id(user_id=ann.pk) is None
    confirm_set_up(user_id=ann.pk, code=app_code(key_of(ann), NOON), at=NOON)
    assert confirmed_factor_id(user_id=ann.pk) is not None
    assert set_up_of(person=ann) is None


def test_the_address_in_the_picture_says_what_an_app_has_to_know(ann: User) -> None:
    ann.username = "ann@东湖"
    begin_set_up(user_id=ann.pk)
    waiting = set_up_of(person=ann)

    assert waiting is not None
    said = parse_qs(urlsplit(waiting.uri).query)
    assert said == {"secret": [waiting.key.replace(" ", "")], "issuer": ["Fencang"], "digits": ["6"], "period": ["30"]}
    assert waiting.uri.startswith("otpauth://totp/Fencang%3Aann%40%E4%B8%9C%E6%B9%96?")
    assert len(b32decode(said["secret"][0])) == 20
    assert waiting.key not in repr(waiting)


def test_beginning_again_makes_another_key_as_long_as_none_is_in_force(ann: User) -> None:
    begin_set_up(user_id=ann.pk)
    first = key_of(ann)
    begin_set_up(user_id=ann.pk)
    assert key_of(ann) != first
    confirm_set_up(user_id=ann.pk, code=app_code(key_of(ann), NOON), at=NOON)

    with pytest.raises(SecondFactorThere):
        begin_set_up(user_id=ann.pk)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_half_a_minute_before_and_after_its_own(ann: User, steps: int, taken: bool) -> None:
    key, _recovery = add_second_factor(ann)
    code = app_code(key, LATER + STEP * steps)

    if taken:
        check_code(user_id=ann.pk, code=code, at=LATER)
    else:
        with pytest.raises(CodeWrong):
            check_code(user_id=ann.pk, code=code, at=LATER)


def test_a_code_is_taken_once_and_none_of_before_it(ann: User) -> None:
    key, _recovery = add_second_factor(ann)
    with pytest.raises(CodeWrong):
        check_code(user_id=ann.pk, code=app_code(key, NOON), at=NOON)
    check_code(user_id=ann.pk, code=app_code(key, LATER), at=LATER)

    for used in (app_code(key, LATER), app_code(key, LATER - STEP)):
        with pytest.raises(CodeWrong):
            check_code(user_id=ann.pk, code=used, at=LATER)
    check_code(user_id=ann.pk, code=app_code(key, LATER + STEP), at=LATER)


def test_two_who_send_the_same_code_at_once_do_not_both_come_in(committed_db: None) -> None:
    ann = User.objects.create(username="ann")
    key, _recovery = add_second_factor(ann)
    outcomes: list[bool] = []

    def send() -> None:
        try:
            check_code(user_id=ann.pk, code=app_code(key, LATER), at=LATER)
            outcomes.append(True)
        except CodeWrong:
            outcomes.append(False)
        finally:
            connections.close_all()

    senders = [Thread(target=send) for _number in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(outcomes) == [False, False, False, True]


def test_people_may_type_blanks_hyphens_and_full_width_digits(ann: User) -> None:
    key, recovery = add_second_factor(ann)
    code = app_code(key, LATER)

    check_code(user_id=ann.pk, code=f" {code[:3]} {code[3:].translate(str.maketrans('0123456789', '０１２３４５６７８９'))}", at=LATER)
    check_code(user_id=ann.pk, code=recovery[0].upper().replace("-", " "), at=LATER)


@pytest.mark.parametrize("odd", ["", "-", "12345", "1234567", "ａｂ", "²³¹²³¹", "x" * 400])
def test_what_is_no_code_is_wrong_and_nothing_worse(ann: User, odd: str) -> None:
    add_second_factor(ann)

    with pytest.raises(CodeWrong):
        check_code(user_id=ann.pk, code=odd, at=LATER)


def test_each_recovery_code_stands_in_once(ann: User) -> None:
    _key, recovery = add_second_factor(ann)
    assert len(set(recovery)) == RECOVERY_CODES
    check_code(user_id=ann.pk, code=recovery[3], at=LATER)

    with pytest.raises(CodeWrong):
        check_code(user_id=ann.pk, code=recovery[3], at=LATER)
    assert recovery_codes_left(user_id=ann.pk) == RECOVERY_CODES - 1
    check_code(user_id=ann.pk, code=recovery[4], at=LATER)


def test_another_person_s_codes_open_nothing(ann: User) -> None:
    add_second_factor(ann)
    key, recovery = add_second_factor(User.objects.create(username="bob"))

    for code in (app_code(key, LATER), recovery[0]):
        with pytest.raises(CodeWrong):
            check_code(user_id=ann.pk, code=code, at=LATER)


def test_new_recovery_codes_end_the_old_ones_and_need_a_code(ann: User) -> None:
    key, old = add_second_factor(ann)
    with pytest.raises(CodeWrong):
        renew_recovery_codes(user_id=ann.pk, code=wrong_for(key, LATER), at=LATER)
    assert recovery_codes_left(user_id=ann.pk) == RECOVERY_CODES

    fresh = renew_recovery_codes(user_id=ann.pk, code=app_code(key, LATER), at=LATER)
    assert not set(fresh) & set(old)
    with pytest.raises(CodeWrong):
        check_code(user_id=ann.pk, code=old[0], at=LATER)
    check_code(user_id=ann.pk, code=fresh[0], at=LATER)


def test_after_some_wrong_codes_each_try_waits_twice_as_long_even_with_the_right_one(ann: User) -> None:
    key, _recovery = add_second_factor(ann)
    at, waits = LATER, []
    for _number in range(FREE_TRIES):
        with pytest.raises(CodeWrong):
            check_code(user_id=ann.pk, code=wrong_for(key, at), at=at)
    for minutes in (1, 2, 4):
        with pytest.raises(TooManyWrongCodes, match=f"in {minutes} minutes"):
            check_code(user_id=ann.pk, code=app_code(key, at), at=at)
        at += timedelta(minutes=minutes)
        waits.append(minutes)
        with pytest.raises(CodeWrong):
            check_code(user_id=ann.pk, code=wrong_for(key, at), at=at)

    at += timedelta(minutes=8)
    check_code(user_id=ann.pk, code=app_code(key, at), at=at)
    with pytest.raises(CodeWrong):
        check_code(user_id=ann.pk, code=wrong_for(key, at), at=at)
    check_code(user_id=ann.pk, code=app_code(key, at + STEP), at=at)


def test_no_wait_is_longer_than_a_day(ann: User) -> None:
    key, _recovery = add_second_factor(ann)
    SecondFactor.objects.update(wrong_codes=4_000_000, wrong_at=LATER)

    with pytest.raises(TooManyWrongCodes):
        check_code(user_id=ann.pk, code=app_code(key, LATER), at=LATER + LONGEST_WAIT - timedelta(seconds=1))
    check_code(user_id=ann.pk, code=app_code(key, LATER + LONGEST_WAIT), at=LATER + LONGEST_WAIT)


def test_switching_off_needs_a_code_and_leaves_nothing(ann: User) -> None:
    key, _recovery = add_second_factor(ann)
    with pytest.raises(CodeWrong):
        switch_off(user_id=ann.pk, code=wrong_for(key, LATER), at=LATER)
    assert confirmed_factor_id(user_id=ann.pk) is not None

    switch_off(user_id=ann.pk, code=app_code(key, LATER), at=LATER)
    assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)


def test_what_is_taken_away_is_gone_whether_or_not_it_was_in_force(ann: User) -> None:
    begin_set_up(user_id=ann.pk)
    assert not take_away(user_id=ann.pk)
    add_second_factor(ann)
    assert take_away(user_id=ann.pk)
    assert not SecondFactor.objects.exists()


def test_neither_key_nor_recovery_code_lies_readable_in_the_database(ann: User) -> None:
    key, recovery = add_second_factor(ann)
    plain = key.replace(" ", "")
    stored = rows()

    for secret in (plain, plain.lower(), b32decode(plain).hex(), *recovery, *(code.replace("-", "").upper() for code in recovery)):
        assert secret not in stored


def test_keys_that_seal_are_changed_without_anybody_noticing(ann: User, settings: pytest.FixtureRequest) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [old]  # type: ignore[attr-defined]
    key, _recovery = add_second_factor(ann)
    settings.CREDENTIAL_KEYS = [new, old]  # type: ignore[attr-defined]
    call_command("rotate_credential_keys")
    settings.CREDENTIAL_KEYS = [new]  # type: ignore[attr-defined]

    check_code(user_id=ann.pk, code=app_code(key, LATER), at=LATER)


def test_a_factor_that_no_key_opens_is_named_and_left_alone(ann: User, settings: pytest.FixtureRequest) -> None:
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]  # type: ignore[attr-defined]
    key, recovery = add_second_factor(ann)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]  # type: ignore[attr-defined]
    add_second_factor(User.objects.create(username="bob"))

    with pytest.raises(CommandError, match="ann"):
        call_command("rotate_credential_keys")
    assert seal_factors_again() == (1, ("ann",))
    with pytest.raises(SealBroken):
        check_code(user_id=ann.pk, code=app_code(key, LATER), at=LATER)
    check_code(user_id=ann.pk, code=recovery[0], at=LATER)
