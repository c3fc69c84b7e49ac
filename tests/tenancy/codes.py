"""Codes as a person's authenticator app shows them, and a person who has one."""

from __future__ import annotations

from base64 import b32decode
from datetime import datetime

from django.contrib.auth.models import User
from django_otp.oath import TOTP

from tests.world import NOON
from wms.tenancy.second_factor import DIGITS, STEP_SECONDS, begin_set_up, confirm_set_up, set_up_of


def key_of(person: User) -> str:
    """Return the key that the person is shown and types into the app."""
    waiting = set_up_of(person=person)
    assert waiting is not None
    return waiting.key


def app_code(key: str, at: datetime) -> str:
    """Return what an app shows at an instant that was given a key."""
    clock = TOTP(b32decode(key.replace(" ", "")), step=STEP_SECONDS, digits=DIGITS)
    clock.time = at.timestamp()
    return f"{clock.token():0{DIGITS}}"


def add_second_factor(person: User, *, at: datetime = NOON) -> tuple[str, tuple[str, ...]]:
    """Let a person have a second factor in force since an instant; return the app's key and the recovery codes."""
    begin_set_up(user_id=person.pk)
    key = key_of(person)
    return key, confirm_set_up(user_id=person.pk, code=app_code(key, at), at=at)
