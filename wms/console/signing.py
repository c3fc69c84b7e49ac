"""Signing in at the console, and the page of one's own second factor."""

from __future__ import annotations

from wms.console.forms import SignInForm
from wms.tenancy.signing_in import CodeSecond, PasswordFirst


class SignIn(PasswordFirst):
    form_class = SignInForm
    template_name = "console/login.html"
    next_page = "console:index"
    code_page = "console:code"


class Code(CodeSecond):
    template_name = "console/code.html"
    sign_in_page = "console:login"
