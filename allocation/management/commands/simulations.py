"""模拟 from a terminal: try drafts of settings and rules on orders, compare both sides, and put in force what was tried."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.models import SimulationRun, SimulationState, StockBasis
from allocation.simulation.errors import SimulationNotFound
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import NEW, Scenario
from allocation.simulation.services import UNFINISHED, Asked, cancel_simulation, publish_simulation, request_simulation
from allocation.stated_files import read_stated_file
from allocation.strategies.stated import draft_stated, strategy_stated_by
from inventory.models import Warehouse
from wms.errors import DomainError
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.terminal import table
from wms.values.money import format_minor

type Options = dict[str, Any]

LOOK_SECONDS: Final = 1
MOST_LISTED: Final = 50


class Command(BaseCommand):
    help = _("What-if runs: try drafts of settings and of the rules on orders, changing nothing, and publish what was tried.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("the code of the company"))
        parser.add_argument("--actor", default="command", help=_("who does it, as versions name them"))
        verbs = parser.add_subparsers(dest="verb", required=True)
        run = verbs.add_parser("run", help=_("try drafts, and wait for what comes out"))
        run.add_argument("name")
        run.add_argument("--strategy", type=Path, action="append", default=[], metavar="FILE", help=_("as `strategies save` reads it"))
        run.add_argument("--rules-draft", action="store_true", help=_("the draft of the rules"))
        run.add_argument(
            "--stock-price-days", type=int, metavar="DAYS", help=_("scarce stock priced by the orders of so many days; 0: only costs count")
        )
        run.add_argument("--since", type=date.fromisoformat, help=_("orders received from this day on; without it, those that wait"))
        run.add_argument("--until", type=date.fromisoformat, help=_("to this day"))
        run.add_argument("--stock", choices=StockBasis.values, default=StockBasis.NOW.value)
        verbs.add_parser("list", help=_("the last runs"))
        for verb, told in (("show", _("both sides of a run")), ("cancel", _("end a run")), ("publish", _("put in force what a run tried"))):
            _run(verbs.add_parser(verb, help=told))

    def handle(self, *, tenant: str, actor: str, verb: str, **options: Any) -> None:
        try:
            self._do(tenant_id_of(code=tenant), actor, verb, options)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault

    def _do(self, tenant_id: int, actor: str, verb: str, options: Options) -> None:
        if verb == "list":
            self._list(tenant_id)
        elif verb == "run":
            self._show(tenant_id, self._ran(tenant_id, actor, options))
        elif verb == "show":
            self._show(tenant_id, options["run"])
        elif verb == "cancel":
            cancel_simulation(tenant_id=tenant_id, run_id=options["run"], at=timezone.now())
            self.stdout.write(_("Done."))
        else:
            publish_simulation(tenant_id=tenant_id, run_id=options["run"], author=actor, at=timezone.now())
            self.stdout.write(_("What was tried is in force."))

    def _ran(self, tenant_id: int, actor: str, options: Options) -> int:
        """Run a what-if run to its end, here or where a worker was faster; a key that interrupts cancels it."""
        if options["until"] and not options["since"]:
            raise CommandError(_("Give the first day too: --since."))
        run_id = request_simulation(
            tenant_id=tenant_id,
            name=options["name"],
            author=actor,
            scenario=_scenario(tenant_id, options),
            asked=Asked(since=options["since"], until=options["until"] or options["since"], stock_basis=StockBasis(options["stock"])),
            at=timezone.now(),
        )
        try:
            run_simulation(tenant_id=tenant_id, run_id=run_id, at=timezone.now())
            while _find(tenant_id, run_id).state in UNFINISHED:
                sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            cancel_simulation(tenant_id=tenant_id, run_id=run_id, at=timezone.now())
        return run_id

    def _list(self, tenant_id: int) -> None:
        with tenant_scope(tenant_id=tenant_id):
            runs = list(SimulationRun.objects.order_by("-pk").defer("scenario", "result")[:MOST_LISTED])
        rows = [(str(run.pk), run.name, run.get_state_display(), f"{run.orders_done} / {run.orders}", run.author) for run in runs]
        self._write([_("simulation"), _("name"), _("state"), _("orders"), _("by")], rows)

    def _show(self, tenant_id: int, run_id: int) -> None:
        run = _find(tenant_id, run_id)
        self.stdout.write(f"{run.pk} {run.name}: {run.get_state_display()}, {run.orders_done} / {run.orders}")
        if run.state == SimulationState.DONE and run.result:
            with tenant_scope(tenant_id=tenant_id):
                currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
                rows = _compared(run.result, currency)
            self._write(["", _("in force"), _("draft")], rows)

    def _write(self, header: list[str], rows: Sequence[tuple[str, ...]]) -> None:
        for line in table(header=header, rows=rows, right=range(1, len(header)) if not header[0] else ()):
            self.stdout.write(line)


def _run(parser: ArgumentParser) -> None:
    parser.add_argument("run", type=int, help=_("the run's number"))


def _find(tenant_id: int, run_id: int) -> SimulationRun:
    with tenant_scope(tenant_id=tenant_id):
        run: SimulationRun | None = SimulationRun.objects.filter(pk=run_id).first()
    if run is None:
        raise SimulationNotFound
    return run


def _scenario(tenant_id: int, options: Options) -> Scenario:
    strategies = {}
    with tenant_scope(tenant_id=tenant_id):
        currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
        for place, file in enumerate(options["strategy"]):
            document = read_stated_file(file)
            strategies[strategy_stated_by(document) or NEW - place] = draft_stated(document, currency=currency)
    return Scenario(strategies=strategies, rules_draft=options["rules_draft"], stock_price_days=options["stock_price_days"])


def _compared(result: Mapping[str, Any], currency: str) -> list[tuple[str, ...]]:
    """Return the figures of both sides, with a line for each warehouse."""
    sides = result["before"], result["after"]
    rows = [
        (_("orders with a warehouse"), *(f"{side['served']:,}" for side in sides)),
        (_("exceptions"), *(f"{side['orders'] - side['served']:,}" for side in sides)),
        (f"{_('estimated cost')}, {currency}", *(format_minor(side["cost_minor"], currency) for side in sides)),
        (_("later than promised"), *(f"{side['late']:,}" for side in sides)),
        (_("decided otherwise"), "", f"{result['differences']:,}"),
    ]
    ids = sorted(map(int, {**sides[0]["warehouses"], **sides[1]["warehouses"]}))
    codes = dict(Warehouse.objects.filter(pk__in=ids).values_list("pk", "code"))
    return [*rows, *((codes.get(key, f"#{key}"), *(_load(side["warehouses"].get(str(key)), currency) for side in sides)) for key in ids)]


def _load(load: list[int] | None, currency: str) -> str:
    orders, cost_minor = load or (0, 0)
    return f"{orders:,} · {format_minor(cost_minor, currency)}"
