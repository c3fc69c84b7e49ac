"""The second factor at sign-in (两步验证): a code that an authenticator app shows (RFC 6238), or one of ten recovery codes.

It is the person's, who may work for several companies. What app and product share is sealed at rest, of recovery codes only
fingerprints are kept. No code is taken twice, and after some wrong ones each further try waits twice as long.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.oath import TOTP

from wms.errors import DomainError
from wms.sealing import SealBroken, installed_sealer
from wms.tenancy.models import RecoveryCode, SecondFactor

ISSUER: Final = "Fencang"
DIGITS: Final = 6
STEP_SECONDS: Final = 30
TOLERATED_STEPS: Final = 1
"""A code counts in its own half minute and in so many before and after: clocks differ, and typing takes time."""

SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
GROUP: Final = 4

FREE_TRIES: Final = 3
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(days=1)


class CodeWrong(DomainError):
    code = "code_wrong"
    sentence = _("This code is wrong or was used already. Type the one that the app shows next.")


class TooManyWrongCodes(DomainError):
    code = "too_many_wrong_codes"
    sentence = _("Too many wrong codes. Try again in %(minutes)s minutes.")


class SecondFactorMissing(DomainError):
    code = "second_factor_missing"
    sentence = _("There is no second factor to ask for.")


class SecondFactorThere(DomainError):
    code = "second_factor_there"
    sentence = _("A second factor is in use already: switch it off first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What a person puts into the app: by the picture of `uri`, or by typing `key`."""

    key: str = field(repr=False)
    uri: str = field(repr=False)


def begin_set_up(*, user_id: int) -> None:
    """Make a fresh secret for the person's app; it asks for nothing until a code has come. Raises SecondFactorThere."""
    sealed = installed_sealer().seal_text(b32encode(secrets.token_bytes(SECRET_BYTES)).decode()).decode()
    with transaction.atomic():
        _lock_person(user_id)
        if confirmed_factor_id(user_id=user_id) is not None:
            raise SecondFactorThere
        unproven = {"sealed": sealed, "last_step": -1, "wrong_codes": 0, "wrong_at": None}
        SecondFactor.objects.update_or_create(user_id=user_id, defaults=unproven)


def set_up_of(*, person: User) -> SetUp | None:
    """Return what the person has yet to put into the app, or None where nothing waits for a first code."""
    factor = SecondFactor.objects.filter(user=person, confirmed_at=None).first()
    if factor is None:
        return None
    key = _secret(factor)
    asked = urlencode({"secret": key, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}, quote_via=quote)
    return SetUp(key=_grouped(key, " "), uri=f"otpauth://totp/{quote(f'{ISSUER}:{person.username}')}?{asked}")


def confirm_set_up(*, user_id: int, code: str, at: datetime) -> tuple[str, ...]:
    """Put the second factor in force by its first code; return the recovery codes, which are nowhere else.

    Raises SecondFactorMissing, CodeWrong, TooManyWrongCodes.
    """
    with transaction.atomic():
        factor = _locked(user_id, is_confirmed=False)
        codes: tuple[str, ...] = ()
        if _is_right(factor, code, at):
            factor.confirmed_at = at
            factor.save(update_fields=["confirmed_at"])
            codes = _fresh_codes(factor)
    return _or_wrong(codes)


def check_code(*, user_id: int, code: str, at: datetime) -> None:
    """Take a code of the app, or a recovery code, which is used up by it. Raises SecondFactorMissing, CodeWrong, TooManyWrongCodes."""
    with transaction.atomic():
        right = _is_right(_locked(user_id), code, at)
    _or_wrong(right)


def renew_recovery_codes(*, user_id: int, code: str, at: datetime) -> tuple[str, ...]:
    """Return ten new recovery codes in place of the old ones. Raises SecondFactorMissing, CodeWrong, TooManyWrongCodes."""
    with transaction.atomic():
        factor = _locked(user_id)
        codes = _fresh_codes(factor) if _is_right(factor, code, at) else ()
    return _or_wrong(codes)


def switch_off(*, user_id: int, code: str, at: datetime) -> None:
    """End the second factor, by a code. Raises SecondFactorMissing, CodeWrong, TooManyWrongCodes."""
    with transaction.atomic():
        factor = _locked(user_id)
        right = _is_right(factor, code, at)
        if right:
            factor.delete()
    _or_wrong(right)


def take_away(*, user_id: int) -> bool:
    """End a person's second factor without a code, for who lost it; return whether there was one."""
    with transaction.atomic():
        _lock_person(user_id)
        had_one = confirmed_factor_id(user_id=user_id) is not None
        SecondFactor.objects.filter(user_id=user_id).delete()
    return had_one


def confirmed_factor_id(*, user_id: int) -> int | None:
    """Return the number of the second factor that a person signs in with, None where the password is enough."""
    return SecondFactor.objects.filter(user_id=user_id).exclude(confirmed_at=None).values_list("pk", flat=True).first()


def recovery_codes_left(*, user_id: int) -> int:
    """Return how many recovery codes a person has not used yet."""
    return RecoveryCode.objects.filter(factor__user_id=user_id).count()


def seal_factors_again() -> tuple[int, tuple[str, ...]]:
    """Seal all secrets with the newest key; return how many were, and whose no key opens: those are left as they are."""
    sealer, renewed, unopened = installed_sealer(), [], []
    with transaction.atomic():
        for factor in SecondFactor.objects.select_related("user").select_for_update(of=("self",)).order_by("pk"):
            try:
                factor.sealed = sealer.renewed(factor.sealed)
                renewed.append(factor)
            except SealBroken:
                unopened.append(factor.user.username)
        SecondFactor.objects.bulk_update(renewed, ["sealed"])
    return len(renewed), tuple(unopened)


def _lock_person(user_id: int) -> None:
    """Make whatever else is done to a person's second factor wait, whether or not there is one yet."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)


def _locked(user_id: int, *, is_confirmed: bool = True) -> SecondFactor:
    _lock_person(user_id)
    factor = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=not is_confirmed).first()
    if factor is None:
        raise SecondFactorMissing
    return factor


def _is_right(factor: SecondFactor, code: str, at: datetime) -> bool:
    """Return whether a code is right, and write down that it was used, or was wrong. Raises TooManyWrongCodes before it looks."""
    _refuse_hasty(factor, at)
    plain = _plain(code)
    is_app_code = len(plain) == DIGITS and plain.isdecimal()
    right = _takes_app_code(factor, plain, at) if is_app_code else _takes_recovery_code(factor, plain)
    factor.wrong_codes, factor.wrong_at = (0, None) if right else (factor.wrong_codes + 1, at)
    factor.save(update_fields=["last_step", "wrong_codes", "wrong_at"])
    return right


def _refuse_hasty(factor: SecondFactor, at: datetime) -> None:
    if factor.wrong_at is None or factor.wrong_codes < FREE_TRIES:
        return
    doublings = min(factor.wrong_codes - FREE_TRIES, 16)
    until = factor.wrong_at + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    if at < until:
        raise TooManyWrongCodes(minutes=-((at - until) // timedelta(minutes=1)))


def _takes_app_code(factor: SecondFactor, code: str, at: datetime) -> bool:
    clock = TOTP(b32decode(_secret(factor)), step=STEP_SECONDS, digits=DIGITS)
    clock.time = at.timestamp()
    if not clock.verify(int(code), tolerance=TOLERATED_STEPS, min_t=factor.last_step + 1):
        return False
    factor.last_step = clock.t()
    return True


def _takes_recovery_code(factor: SecondFactor, code: str) -> bool:
    used, _by_table = factor.recovery_codes.filter(sha256=_fingerprint(code)).delete()
    return used > 0


def _fresh_codes(factor: SecondFactor) -> tuple[str, ...]:
    codes = tuple(b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _number in range(RECOVERY_CODES))
    factor.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, sha256=_fingerprint(code)) for code in codes)
    return tuple(_grouped(code.lower(), "-") for code in codes)


def _or_wrong[Outcome: (bool, tuple[str, ...])](outcome: Outcome) -> Outcome:
    """Return what came of a code. Outside the transaction, since a wrong one has to stay counted."""
    if not outcome:
        raise CodeWrong
    return outcome


def _secret(factor: SecondFactor) -> str:
    return installed_sealer().unseal_text(factor.sealed.encode())


def _plain(code: str) -> str:
    """Return a code as it is stored: people type blanks, hyphens, small letters and full-width digits."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isascii() and sign.isalnum())


def _grouped(text: str, between: str) -> str:
    groups: Sequence[str] = [text[start : start + GROUP] for start in range(0, len(text), GROUP)]
    return between.join(groups)


def _fingerprint(code: str) -> str:
    """Return what is kept of a recovery code. It has 80 random bits: a slow hash would add nothing to that."""
    return hashlib.sha256(code.encode()).hexdigest()
