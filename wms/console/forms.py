"""What forms of the console share, and the sign-in form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from wms.errors import DomainError
from wms.tenancy.throttle import ThrottledSignIn


class SignInForm(ThrottledSignIn, UnfoldAuthenticationForm):
    """Whoever has a password may sign in; what they may open is the seat's matter."""

    error_messages = AuthenticationForm.error_messages

    def confirm_login_allowed(self, user: User) -> None:
        AuthenticationForm.confirm_login_allowed(self, user)


def understood(read: Callable[[str], Any], text: str) -> Any:
    """Return what a reader makes of a text; what it says against it is said by the field."""
    try:
        return read(text)
    except DomainError as fault:
        raise ValidationError(str(fault)) from fault


def free_code(form: ModelForm[Any], rows: QuerySet[Any]) -> str:
    """Return the code that a form gives to its row; refuse one that another row has."""
    code: str = form.cleaned_data["code"]
    if rows.filter(code=code).exclude(pk=form.instance.pk).exists():
        raise ValidationError(_("This code is taken."))
    return code
