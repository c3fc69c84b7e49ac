"""分仓规则 from a terminal: look at the draft, change it, try it, and put it in force."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.core.rules.findings import Finding
from allocation.core.rules.terms import Act
from allocation.models import Rule, RuleSetVersion
from allocation.rules.editing import archive_rule, discard_draft, duplicate_rule, reorder_rules, set_rule_enabled
from allocation.rules.errors import RuleUnknown
from allocation.rules.publishing import publish_rules, restore_rules
from allocation.rules.reading import check_rules, draft_or_active, rows_of, terms_of
from allocation.rules.stated import add_stated_rules, change_to_stated_rule, rule_to_names, rules_stated
from allocation.rules.telling import names_in, tell_action, tell_example, tell_finding, tell_look, tell_part
from allocation.rules.trying import matches_of_recent, try_on_order
from allocation.stated_files import read_stated_file
from orders.searching import order_numbered
from wms.errors import DomainError
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.terminal import table

type Options = dict[str, Any]


class Command(BaseCommand):
    help = _("Allocation rules: look at the draft, change it, try it on orders, and put it in force.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("the code of the company"))
        parser.add_argument("--actor", default="command", help=_("who does it, as versions name them"))
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help=_("the rules that people work on, in the order in which they are asked"))
        _rule(verbs.add_parser("show", help=_("one rule as a file that “add” reads")))
        verbs.add_parser("add", help=_("add the rules of a file, TOML or JSON, at the end of the draft")).add_argument("file", type=Path)
        _rule(verbs.add_parser("change", help=_("let a rule be as a file states it"))).add_argument("file", type=Path)
        _rule(verbs.add_parser("duplicate", help=_("put a copy, switched off, behind a rule"))).add_argument("name")
        for verb, told in (("on", _("switch a rule on")), ("off", _("switch a rule off")), ("archive", _("take a rule out of the draft"))):
            _rule(verbs.add_parser(verb, help=told))
        order = verbs.add_parser("order", help=_("ask these rules first, in this order; the others stay behind them"))
        order.add_argument("rules", type=int, nargs="+", metavar="RULE")
        verbs.add_parser("findings", help=_("rules that can never match, and rules that contradict each other"))
        verbs.add_parser("count", help=_("how many of the last orders each rule matches first"))
        verbs.add_parser("try", help=_("what the rules make of an order")).add_argument("order", help=_("the order's number"))
        verbs.add_parser("publish", help=_("put the draft in force")).add_argument("--comment", default="")
        verbs.add_parser("discard", help=_("forget the draft"))
        verbs.add_parser("history", help=_("the versions, the newest first"))
        verbs.add_parser("restore", help=_("make the draft a copy of a version")).add_argument("number", type=int)

    def handle(self, *, tenant: str, actor: str, verb: str, **options: Any) -> None:
        try:
            who: Options = {"tenant_id": tenant_id_of(code=tenant), "actor": actor, "at": timezone.now()}
            for line in _VERBS[verb](who, options):
                self.stdout.write(line)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault


def _rule(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("rule", type=int, help=_("the rule's number, as the list shows it"))
    return parser


def _list(who: Options, options: Options) -> Sequence[str]:
    with tenant_scope(tenant_id=who["tenant_id"]):
        version = draft_or_active()
        rows = rows_of(version)
        terms = {row.key: terms_of(row) for row in rows}
        names = names_in(terms.values(), timezone=_timezone(who))
        told = [
            (
                str(row.key),
                row.name,
                _("on") if row.enabled else _("off"),
                tell_part(terms[row.key].condition, names),
                tell_action(terms[row.key].action, names),
                row.get_unserved_display() if terms[row.key].action.act != Act.REVIEW else "",
            )
            for row in rows
        ]
    if version is None:
        return [_("There are no rules yet.")]
    heading = _("Version %(number)s, %(state)s") % {"number": version.number, "state": version.get_state_display()}
    header = [_("rule"), _("name"), "", _("conditions"), _("action"), _("when it cannot be served")]
    return [heading, "", *table(header=header, rows=told)]


def _show(who: Options, options: Options) -> Sequence[str]:
    with tenant_scope(tenant_id=who["tenant_id"]):
        document = rule_to_names(_row(options["rule"]), timezone=_timezone(who))
    return [json.dumps(document, ensure_ascii=False, indent=2)]


def _add(who: Options, options: Options) -> Sequence[str]:
    saved = add_stated_rules(documents=rules_stated(read_stated_file(options["file"])), **who)
    told = [_("Rule %(rule)s is in the draft.") % {"rule": one.key} for one in saved]
    return [*told, *(tell for one in saved for tell in _told(one.findings))]


def _change(who: Options, options: Options) -> Sequence[str]:
    saved = change_to_stated_rule(key=options["rule"], document=read_stated_file(options["file"]), **who)
    return [_("Rule %(rule)s is in the draft.") % {"rule": saved.key}, *_told(saved.findings)]


def _duplicate(who: Options, options: Options) -> Sequence[str]:
    saved = duplicate_rule(key=options["rule"], name=options["name"], **who)
    return [_("Rule %(rule)s is in the draft.") % {"rule": saved.key}]


def _on(who: Options, options: Options) -> Sequence[str]:
    return [_("Done."), *_told(set_rule_enabled(key=options["rule"], enabled=True, **who).findings)]


def _off(who: Options, options: Options) -> Sequence[str]:
    set_rule_enabled(key=options["rule"], enabled=False, **who)
    return [_("Done.")]


def _archive(who: Options, options: Options) -> Sequence[str]:
    archive_rule(key=options["rule"], **who)
    return [_("Done.")]


def _order(who: Options, options: Options) -> Sequence[str]:
    first = list(dict.fromkeys(options["rules"]))
    with tenant_scope(tenant_id=who["tenant_id"]):
        held = [row.key for row in rows_of(draft_or_active())]
        for key in first:
            if key not in held:
                raise RuleUnknown
        reorder_rules(keys=[*first, *(key for key in held if key not in first)], **who)
    return [_("Done.")]


def _findings(who: Options, options: Options) -> Sequence[str]:
    return _told(check_rules(tenant_id=who["tenant_id"])) or [_("Nothing is wrong with these rules, as far as their words tell.")]


def _count(who: Options, options: Options) -> Sequence[str]:
    with tenant_scope(tenant_id=who["tenant_id"]):
        rules = [terms_of(row) for row in rows_of(draft_or_active()) if row.enabled]
        counts = matches_of_recent(tenant_id=who["tenant_id"], rules=rules, at=who["at"])
    rows = [(str(rule.id), rule.name, str(counts.first.get(rule.id, 0))) for rule in rules]
    return table(header=[_("rule"), _("name"), _("orders")], rows=[*rows, ("", _("none of them"), str(counts.unmatched))], right=(2,))


def _try(who: Options, options: Options) -> Sequence[str]:
    with tenant_scope(tenant_id=who["tenant_id"]):
        rules = [terms_of(row) for row in rows_of(draft_or_active()) if row.enabled]
        order_id = order_numbered(options["order"])
        looked = try_on_order(tenant_id=who["tenant_id"], order_id=order_id, rules=rules, at=who["at"])
        names = names_in(rules, timezone=_timezone(who))
        rows = [(str(each.rule.id), each.rule.name, tell_look(each, names)) for each in looked]
    return table(header=[_("rule"), _("name"), ""], rows=rows)


def _publish(who: Options, options: Options) -> Sequence[str]:
    return [_("Version %(number)s is in force.") % {"number": publish_rules(comment=options["comment"], **who)}]


def _discard(who: Options, options: Options) -> Sequence[str]:
    discard_draft(tenant_id=who["tenant_id"])
    return [_("The draft is gone; what was in force stays.")]


def _history(who: Options, options: Options) -> Sequence[str]:
    with tenant_scope(tenant_id=who["tenant_id"]):
        versions = list(RuleSetVersion.objects.order_by("-number"))
    rows = [(str(each.number), each.get_state_display(), _when(each), each.author, each.comment) for each in versions]
    return table(header=[_("version"), _("state"), "UTC", _("by"), _("comment")], rows=rows)


def _when(version: RuleSetVersion) -> str:
    return f"{version.published_at or version.created_at:%Y-%m-%d %H:%M}"


def _restore(who: Options, options: Options) -> Sequence[str]:
    restore_rules(number=options["number"], **who)
    return [_("Version %(number)s is the draft now: look at it, then publish it.") % {"number": options["number"]}]


def _row(key: int) -> Rule:
    for row in rows_of(draft_or_active()):
        if row.key == key:
            return row
    raise RuleUnknown


def _timezone(who: Options) -> str:
    return str(Tenant.objects.values_list("timezone", flat=True).get(pk=who["tenant_id"]))


def _told(findings: Sequence[Finding]) -> list[str]:
    return [" ".join([tell_finding(each), *([tell_example(each.example)] if each.example else [])]) for each in findings]


_VERBS: Final[dict[str, Callable[[Options, Options], Sequence[str]]]] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "change": _change,
    "duplicate": _duplicate,
    "on": _on,
    "off": _off,
    "archive": _archive,
    "order": _order,
    "findings": _findings,
    "count": _count,
    "try": _try,
    "publish": _publish,
    "discard": _discard,
    "history": _history,
    "restore": _restore,
}
