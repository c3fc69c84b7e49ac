"""Run the sandbox carrier until it is ended: live quotes with made-up prices, without credentials."""

from __future__ import annotations

import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from carriers.live.sandbox.carrier import API_KEY, SandboxCarrier
from carriers.live.sandbox.server import CarrierServer

PORT = 8799


class Command(BaseCommand):
    help = _("Run the sandbox carrier: live quotes with made-up prices, on this computer only.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=PORT, help=_("where it listens, 0 for any port that is free"))

    def handle(self, *, port: int, **options: Any) -> None:
        try:
            server = CarrierServer(SandboxCarrier(), port=port)
        except OSError as fault:
            raise CommandError(_("Port %(port)s is taken or not allowed.") % {"port": port}) from fault
        with server:
            told = {"host": server.host, "key": API_KEY}
            self.stdout.write(_("EasyPost account: address http://%(host)s, API key %(key)s; LIVE_QUOTE_HOSTS=%(host)s") % told)
            self.stdout.flush()
            threading.Event().wait()
