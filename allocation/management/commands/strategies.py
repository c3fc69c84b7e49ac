"""智能分仓设置 from a terminal: what is in force, a setting as a file, saving one, its versions, and a try on orders."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.models import Strategy
from allocation.naming import id_named
from allocation.stated_files import read_stated_file
from allocation.strategies import SavedStrategy, read_drafts, restore_strategy, set_strategy_active, strategy_versions
from allocation.strategies.stated import save_stated_strategy, stated_strategy, strategy_stated_by
from allocation.strategy_models import OBJECTIVE_NAMES
from wms.errors import DomainError
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.terminal import table

type Options = dict[str, Any]


class Command(BaseCommand):
    help = _("Settings of smart allocation: look at them, save them from files, switch and restore them.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("the code of the company"))
        parser.add_argument("--actor", default="command", help=_("who does it, as versions name them"))
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help=_("the settings in the order in which they are asked"))
        show = _named(verbs.add_parser("show", help=_("a setting as a file that “save” reads")))
        show.add_argument("--number", type=int, help=_("this version of it"))
        save = verbs.add_parser("save", help=_("save the setting of a file, TOML or JSON: a new one, or the next version of that name"))
        save.add_argument("file", type=Path)
        save.add_argument("--change", default="", metavar="NAME", help=_("change this one, which the file may give another name"))
        save.add_argument("--comment", default="")
        _named(verbs.add_parser("on", help=_("switch a setting on")))
        _named(verbs.add_parser("off", help=_("switch a setting off")))
        _named(verbs.add_parser("history", help=_("the versions, the newest first")))
        _named(verbs.add_parser("restore", help=_("let an earlier version be the newest"))).add_argument("number", type=int)

    def handle(self, *, tenant: str, actor: str, verb: str, **options: Any) -> None:
        try:
            who: Options = {"tenant_id": tenant_id_of(code=tenant), "author": actor, "at": timezone.now()}
            with tenant_scope(tenant_id=who["tenant_id"]):
                lines = _VERBS[verb](who, options)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        for line in lines:
            self.stdout.write(line)


def _named(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("name", help=_("the setting's name"))
    return parser


def _list(who: Options, options: Options) -> Sequence[str]:
    versions = dict(Strategy.objects.values_list("pk", "version"))
    asked = sorted(read_drafts().items(), key=lambda item: (item[1].scope.breadth, item[1].priority, item[0]))
    rows = [
        (
            draft.name,
            _("on") if draft.active else _("off"),
            str(dict(OBJECTIVE_NAMES)[draft.terms.objective.value]),
            str(draft.priority),
            str(len(draft.warehouse_ids)),
            str(len(draft.channel_ids)),
            str(versions[key]),
        )
        for key, draft in asked
    ]
    header = [_("name"), "", _("objective"), _("priority"), _("warehouses"), _("channels"), _("version")]
    return table(header=header, rows=rows, right=(3, 4, 5, 6))


def _show(who: Options, options: Options) -> Sequence[str]:
    currency = Tenant.objects.values_list("currency", flat=True).get(pk=who["tenant_id"])
    document = stated_strategy(strategy_id=id_named(Strategy, options["name"]), number=options["number"], currency=currency)
    return [json.dumps(document, ensure_ascii=False, indent=2)]


def _save(who: Options, options: Options) -> Sequence[str]:
    document, change = read_stated_file(options["file"]), options["change"]
    if not change and strategy_stated_by(document) is not None:
        change = document["name"]
    return _told(save_stated_strategy(document=document, change=change, comment=options["comment"], **who))


def _on(who: Options, options: Options) -> Sequence[str]:
    return _told(set_strategy_active(strategy_id=id_named(Strategy, options["name"]), active=True, **who))


def _off(who: Options, options: Options) -> Sequence[str]:
    return _told(set_strategy_active(strategy_id=id_named(Strategy, options["name"]), active=False, **who))


def _history(who: Options, options: Options) -> Sequence[str]:
    rows = [
        (str(each.number), f"{each.saved_at:%Y-%m-%d %H:%M}", each.author, each.comment)
        for each in strategy_versions(strategy_id=id_named(Strategy, options["name"]))
    ]
    return table(header=[_("version"), "UTC", _("by"), _("comment")], rows=rows)


def _restore(who: Options, options: Options) -> Sequence[str]:
    return _told(restore_strategy(strategy_id=id_named(Strategy, options["name"]), number=options["number"], **who))


def _told(saved: SavedStrategy) -> list[str]:
    told = [_("Saved as version %(version)s.") % {"version": saved.version}]
    if saved.overlaps:
        sentence = _("As specific as this one, and covering some of the same orders: %(names)s. Between them the priority decides.")
        told.append(sentence % {"names": _(", ").join(saved.overlaps)})
    return told


_VERBS: Final[dict[str, Callable[[Options, Options], Sequence[str]]]] = {
    "list": _list,
    "show": _show,
    "save": _save,
    "on": _on,
    "off": _off,
    "history": _history,
    "restore": _restore,
}
