"""Signing in at either door: the password first, then, from who has a second factor, a code.

Between the two nobody is signed in: the session only remembers, for some minutes, who gave the password, so that no page can
forget to ask for more. A session stands on the very second factor by which it was opened: when that is switched on, off or
taken away, the person's other sessions end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth import login, logout
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from wms.errors import DomainError
from wms.tenancy.audit import SESSION, note_everywhere
from wms.tenancy.models import AuditVerb, SecondFactor
from wms.tenancy.second_factor import CodeWrong, check_code, confirmed_factor_id

STANDS_ON: Final = "second_factor_id"
"""The session's key of the second factor by which it was opened; missing where the password was enough."""

PASSWORD_GIVEN: Final = "password_given"  # noqa: S105 - a key's name
PATIENCE: Final = timedelta(minutes=10)
"""So long after the password a code is taken."""


class PeopleBackend(ModelBackend):
    """Django's, which tells in the same query which second factor a person has."""

    def get_user(self, user_id: Any) -> User | None:
        factors = SecondFactor.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False).values("pk")
        user = User.objects.annotate(second_factor_id=Subquery(factors)).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class SecondFactorMiddleware:
    """Ends a session that does not stand on the second factor that its person has. Stands behind the authentication middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.session.get(STANDS_ON) != factor_of(request):
            logout(request)
        return self.get_response(request)


def factor_of(request: HttpRequest) -> int | None:
    """Return the number of the second factor that the person who asks has, as it was when the request came in."""
    factor: int | None = getattr(request.user, "second_factor_id", None)
    return factor


def stand_on(request: HttpRequest, factor_id: int | None) -> None:
    """Let the session go on when its person's second factor was changed in it."""
    request.session.cycle_key()
    if factor_id is None:
        request.session.pop(STANDS_ON, None)
    else:
        request.session[STANDS_ON] = factor_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordGiven:
    """Who gave the right password and still owes a code. `proof` changes with the password."""

    user_id: int
    proof: str
    until: float
    leads_to: str


class PasswordFirst(LoginView):
    """Takes the password. Who has a second factor is led on to `code_page`, and signed in only there."""

    code_page: str

    def form_valid(self, form: Any) -> HttpResponse:
        person: User = form.get_user()
        if confirmed_factor_id(user_id=person.pk) is None:
            _sign_in(self.request, person, None)
            return HttpResponseRedirect(self.get_success_url())
        until = timezone.now() + PATIENCE
        given = PasswordGiven(
            user_id=person.pk, proof=person.get_session_auth_hash(), until=until.timestamp(), leads_to=self.get_success_url()
        )
        self.request.session[PASSWORD_GIVEN] = asdict(given)
        return redirect(self.code_page)


class CodeForm(forms.Form):
    """Asks for a code of the app, or for a recovery code."""

    code = forms.CharField(
        label=_("one-time code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"}),
    )


@method_decorator((sensitive_post_parameters("code"), csrf_protect, never_cache), name="dispatch")
class CodeSecond(FormView):  # type: ignore[type-arg]
    """Takes the code of who gave the password. `sign_in_page` is where everybody else is led."""

    form_class = CodeForm
    sign_in_page: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        given = _password_given(request, at=timezone.now())
        if given is None:
            return redirect(self.sign_in_page)
        self.person, self.leads_to = given
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            check_code(user_id=self.person.pk, code=form.cleaned_data["code"], at=timezone.now())
        except DomainError as refused:
            if isinstance(refused, CodeWrong):
                note_everywhere(person=self.person, verb=AuditVerb.CODE_REFUSED, subject=SESSION, actor=self.person.username)
            form.add_error("code", str(refused))
            return self.form_invalid(form)
        del self.request.session[PASSWORD_GIVEN]
        _sign_in(self.request, self.person, confirmed_factor_id(user_id=self.person.pk))
        return HttpResponseRedirect(self.leads_to)


def _password_given(request: HttpRequest, *, at: datetime) -> tuple[User, str] | None:
    """Return who gave the password in this session and where that leads, None where it was nobody, too long ago, or is void."""
    if PASSWORD_GIVEN not in request.session:
        return None
    given = PasswordGiven(**request.session[PASSWORD_GIVEN])
    person = User.objects.filter(pk=given.user_id, is_active=True).first()
    if person is None or at.timestamp() > given.until or not constant_time_compare(given.proof, person.get_session_auth_hash()):
        del request.session[PASSWORD_GIVEN]
        return None
    return person, given.leads_to


def _sign_in(request: HttpRequest, person: User, factor_id: int | None) -> None:
    login(request, person)
    stand_on(request, factor_id)
    note_everywhere(person=person, verb=AuditVerb.SIGNED_IN, subject=SESSION, actor=person.username)
