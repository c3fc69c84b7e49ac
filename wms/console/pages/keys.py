"""API keys of the company: made for a program with a role and an end, shown once, revoked. Sellers make theirs in the portal."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from wms.console.site import console, own_page_response
from wms.console.visit import seat_inside
from wms.errors import DomainError
from wms.tenancy.access import UseCase
from wms.tenancy.keys import KeyUnknown, create_api_key, revoke_api_key
from wms.tenancy.models import ApiKey, Role

ROLES: Final = [(role.value, role.label) for role in (Role.READ_ONLY, Role.OPERATIONS, Role.OPERATOR, Role.ADMIN)]
LIVES_DAYS: Final = [
    ("90", gettext_lazy("90 days")),
    ("30", gettext_lazy("30 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("until it is revoked")),
]


class KeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(
        label=gettext_lazy("which program will use it"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=gettext_lazy("role"), choices=ROLES, help_text=gettext_lazy("The program may do what a person of this role may.")
    )
    lives_days = forms.TypedChoiceField(label=gettext_lazy("in force"), coerce=int, empty_value=None, required=False, choices=LIVES_DAYS)

    def given(self, at: datetime) -> dict[str, Any]:
        """Return the terms of the key of a valid form that is made at an instant."""
        days = self.cleaned_data["lives_days"]
        ends = None if days is None else at + timedelta(days=days)
        return {"name": self.cleaned_data["name"], "role": self.cleaned_data["role"], "expires_at": ends}


@console.own_page("api-keys/", name="api_keys", seen_by=UseCase.MANAGE_PEOPLE, changed_by=UseCase.MANAGE_PEOPLE)
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the company's keys and its sellers'; make one, and show its secret this once."""
    form, secret, now = KeyForm(request.POST or None), "", timezone.now()
    if form.is_valid():
        try:
            made = create_api_key(seat=seat_inside(request), created_by=request.user.get_username(), at=now, **form.given(now))
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            form, secret = KeyForm(), made.secret
    keys = ApiKey.objects.select_related("seller").order_by("revoked_at", "-pk")
    rows = [{"key": key, "ended": key.expires_at is not None and key.expires_at <= now} for key in keys]
    return own_page_response(request, "console/api_keys.html", title=_("API keys"), form=form, secret=secret, rows=rows)


@console.own_page("api-keys/<int:key_id>/revoke/", name="revoke_api_key", seen_by=UseCase.MANAGE_PEOPLE, changed_by=UseCase.MANAGE_PEOPLE)
@require_POST
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key; one that is unknown or revoked already stays as it is."""
    with contextlib.suppress(KeyUnknown):
        revoke_api_key(seat=seat_inside(request), key_id=key_id, at=timezone.now())
    return redirect("console:api_keys")
