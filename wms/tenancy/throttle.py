"""Wrong passwords slow down whoever guesses them: some tries a quarter of an hour, then a wait.

Counted by the name and the address together, so that a guesser elsewhere does not lock a person out, and by the name alone,
more generously, so that many addresses do not help. What is stored is a fingerprint: neither who tried nor from where.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.audit import note_sign_in
from wms.tenancy.models import AuditVerb, FailedSignIn

WINDOW: Final = timedelta(minutes=15)
MOST_FROM_ONE_ADDRESS: Final = 5
MOST_FOR_ONE_NAME: Final = 30


class TooManySignIns(DomainError):
    code = "too_many_sign_ins"
    sentence = _("Too many wrong passwords. Try again in %(minutes)s minutes.")


def check_sign_in(*, username: str, address: str, at: datetime) -> None:
    """Raise TooManySignIns if this name was tried too often of late, whether or not the password is right."""
    limits = ((_fingerprint(username, address), MOST_FROM_ONE_ADDRESS), (_fingerprint(username), MOST_FOR_ONE_NAME))
    for fingerprint, most in limits:
        if FailedSignIn.objects.filter(fingerprint=fingerprint, failed_at__gt=at - WINDOW).count() >= most:
            raise TooManySignIns(minutes=int(WINDOW.total_seconds() // 60))


def note_failed_sign_in(*, username: str, address: str, at: datetime) -> None:
    """Remember a wrong password, and forget those of before the window."""
    FailedSignIn.objects.filter(failed_at__lte=at - WINDOW).delete()
    prints = (_fingerprint(username, address), _fingerprint(username))
    FailedSignIn.objects.bulk_create(FailedSignIn(fingerprint=fingerprint, failed_at=at) for fingerprint in prints)


def forget_failed_sign_ins(*, username: str, address: str) -> None:
    """Forget the wrong passwords that came from where the right one came from."""
    FailedSignIn.objects.filter(fingerprint=_fingerprint(username, address)).delete()


class ThrottledSignIn:
    """Mixed into a sign-in form in front of Django's: asks before the password is looked at, and counts the wrong ones."""

    request: HttpRequest | None
    cleaned_data: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        """Return what the form says, once the name may be tried and the password is right."""
        tried = {"username": str(self.cleaned_data.get("username", "")), "address": _address_of(self.request)}
        try:
            check_sign_in(**tried, at=timezone.now())
        except TooManySignIns as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        try:
            cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]
        except ValidationError:
            note_failed_sign_in(**tried, at=timezone.now())
            note_sign_in(username=tried["username"], verb=AuditVerb.SIGN_IN_REFUSED)
            raise
        forget_failed_sign_ins(**tried)
        return cleaned


def _address_of(request: HttpRequest | None) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


def _fingerprint(username: str, address: str = "") -> str:
    return hashlib.sha256(f"{username.casefold()}\n{address}".encode()).hexdigest()
