"""Take a lost second factor away from whom no administrator can help: platform staff, people of several companies."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from wms.tenancy.audit import SECOND_FACTOR, note_everywhere
from wms.tenancy.models import AuditVerb
from wms.tenancy.second_factor import take_away


class Command(BaseCommand):
    help = "Take away a person's second factor and end the sessions that stand on it; the password is enough until another is set up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Take it away, and note that in each of the person's companies."""
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(_("There is no person with the user name “%(value)s”.") % {"value": username})
        with transaction.atomic():
            if not take_away(user_id=person.pk):
                raise CommandError(_("%(person)s has no second factor.") % {"person": username})
            note_everywhere(person=person, verb=AuditVerb.REMOVED, subject=SECOND_FACTOR, actor="")
        self.stdout.write(_("%(person)s signs in by the password alone.") % {"person": username})
