"""What the page 安全 of either door does: a person's own second factor is set up, its recovery codes renewed, switched off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import segno
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from wms.errors import DomainError
from wms.tenancy.audit import SECOND_FACTOR, SESSION, Changes, note_everywhere
from wms.tenancy.middleware import is_held_back
from wms.tenancy.models import AuditVerb
from wms.tenancy.second_factor import (
    CodeWrong,
    begin_set_up,
    confirm_set_up,
    confirmed_factor_id,
    recovery_codes_left,
    renew_recovery_codes,
    set_up_of,
    switch_off,
)
from wms.tenancy.signing_in import CodeForm, stand_on

type Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPage:
    """What is shown: `codes` are fresh recovery codes, this once; `key` and `picture` wait for a first code; a company may need one."""

    form: CodeForm
    is_on: bool
    is_needed: bool
    codes: Codes = field(default=(), repr=False)
    codes_left: int = 0
    key: str = field(default="", repr=False)
    picture: SafeString = field(default=SafeString(), repr=False)


def visit_security(request: HttpRequest) -> SecurityPage | None:
    """Do what the button says that was pressed; return what is to be shown, None where the page is to be asked for anew."""
    form, person = CodeForm(), _person(request)
    codes: Codes = ()
    act = ACTS.get(request.POST.get("act", ""))
    if act is not None:
        form = CodeForm(request.POST)
        try:
            codes = act(request, person, request.POST.get("code", ""))
        except DomainError as refused:
            form.add_error("code", str(refused))
            if isinstance(refused, CodeWrong):
                note_everywhere(person=person, verb=AuditVerb.CODE_REFUSED, subject=SESSION, actor=person.username)
        else:
            if not codes:
                return None
            form = CodeForm()
    return _shown(request, person, form, codes)


def _shown(request: HttpRequest, person: User, form: CodeForm, codes: Codes) -> SecurityPage:
    if confirmed_factor_id(user_id=person.pk) is not None:
        return SecurityPage(form=form, is_on=True, is_needed=False, codes=codes, codes_left=recovery_codes_left(user_id=person.pk))
    needed, waiting = is_held_back(request), set_up_of(person=person)
    if waiting is None:
        return SecurityPage(form=form, is_on=False, is_needed=needed)
    return SecurityPage(form=form, is_on=False, is_needed=needed, key=waiting.key, picture=_picture(waiting.uri))


def _begin(request: HttpRequest, person: User, code: str) -> Codes:
    begin_set_up(user_id=person.pk)
    return ()


def _confirm(request: HttpRequest, person: User, code: str) -> Codes:
    codes = confirm_set_up(user_id=person.pk, code=code, at=timezone.now())
    stand_on(request, confirmed_factor_id(user_id=person.pk))
    _note(person, AuditVerb.ADDED)
    return codes


def _renew(request: HttpRequest, person: User, code: str) -> Codes:
    codes = renew_recovery_codes(user_id=person.pk, code=code, at=timezone.now())
    _note(person, AuditVerb.CHANGED, {"recovery_codes": ("…", "…")})
    return codes


def _switch_off(request: HttpRequest, person: User, code: str) -> Codes:
    switch_off(user_id=person.pk, code=code, at=timezone.now())
    stand_on(request, None)
    _note(person, AuditVerb.REMOVED)
    return ()


ACTS: Final[dict[str, Callable[[HttpRequest, User, str], Codes]]] = {
    "begin": _begin,
    "confirm": _confirm,
    "renew": _renew,
    "off": _switch_off,
}


def _note(person: User, verb: AuditVerb, changes: Changes | None = None) -> None:
    note_everywhere(person=person, verb=verb, subject=SECOND_FACTOR, actor=person.username, changes=changes)


def _person(request: HttpRequest) -> User:
    person = request.user
    assert isinstance(person, User)
    return person


def _picture(uri: str) -> SafeString:
    """Return the QR code as SVG for a page. Dark on light in every colour scheme: apps read no other."""
    code = segno.make(uri, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, dark="#000", light="#fff", lineclass=None))  # noqa: S308 - segno's own markup
