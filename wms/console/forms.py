"""The sign-in form: whoever has a password may sign in; what they may open is the seat's matter."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from wms.tenancy.throttle import ThrottledSignIn


class SignInForm(ThrottledSignIn, UnfoldAuthenticationForm):
    error_messages = AuthenticationForm.error_messages

    def confirm_login_allowed(self, user: User) -> None:
        AuthenticationForm.confirm_login_allowed(self, user)
