"""分仓规则: the list in the order in which rules are asked, the builder, what a draft would match, its publishing and history."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allocation.core.rules.findings import Finding
from allocation.core.rules.terms import Act, Field, RuleTerms
from allocation.models import Rule, RuleSetVersion
from allocation.rule_models import RuleSetState, UnservedChoice
from allocation.rules.editing import (
    SavedRule,
    StatedRule,
    archive_rule,
    discard_draft,
    duplicate_rule,
    read_stated,
    reorder_rules,
    save_rule,
    set_rule_enabled,
)
from allocation.rules.publishing import publish_rules, restore_rules
from allocation.rules.reading import check_rules, draft_or_active, rows_of, terms_of
from allocation.rules.telling import names_in, tell_action, tell_example, tell_finding, tell_look, tell_part
from allocation.rules.trying import MOST_RECENT, matches_of_recent, try_on_order
from allocation.rules.words import ACTS
from carriers.models import Channel
from inventory.models import Warehouse
from orders.models import Order
from wms.console.rules.fields import Block, Row, Written, as_document, as_written, is_deep, read_post, shown
from wms.console.site import console, own_page_response
from wms.console.visit import company_of, covers, currency_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase
from wms.tenancy.middleware import seat_of

PAGE: dict[str, Any] = {"seen_by": UseCase.SEE_SETTINGS, "changed_by": UseCase.CONFIGURE}
MOST_VERSIONS: Final = 50


def _who(request: HttpRequest) -> dict[str, Any]:
    seat = seat_of(request)
    assert seat is not None
    return {"tenant_id": seat.tenant_id, "actor": request.user.get_username(), "at": timezone.now()}


def _timezone(request: HttpRequest) -> str:
    company = company_of(request)
    return company.timezone if company else "UTC"


@console.own_page("rules/", name="rules", **PAGE)
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules that people work on; ?count=1 counts their matches, ?order=NUMBER tries them on an order."""
    version, who = draft_or_active(), _who(request)
    rows = rows_of(version)
    terms = {row.key: terms_of(row) for row in rows}
    names = names_in(terms.values(), timezone=_timezone(request))
    findings = check_rules(tenant_id=who["tenant_id"])
    switched_on = [terms[row.key] for row in rows if row.enabled]
    asked = {"tenant_id": who["tenant_id"], "rules": switched_on, "at": who["at"]}
    counts = matches_of_recent(**asked) if "count" in request.GET else None
    context = {
        "version": version,
        "is_draft": version is not None and version.state == RuleSetState.DRAFT,
        "may_change": covers(request, UseCase.CONFIGURE),
        "rows": [_listed(row, terms[row.key], names, findings, counts) for row in rows],
        "counts": counts,
        "most_recent": MOST_RECENT,
        "number": request.GET.get("order", ""),
        **_tried(request.GET.get("order", "").strip(), asked, names),
    }
    return own_page_response(request, "console/rules.html", title=_("Allocation rules"), **context)


def _listed(row: Rule, terms: RuleTerms, names: Any, findings: tuple[Finding, ...], counts: Any) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "enabled": row.enabled,
        "when": tell_part(terms.condition, names),
        "then": tell_action(terms.action, names),
        "unserved": row.get_unserved_display() if terms.action.act != Act.REVIEW else "",
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "count": counts.first.get(row.key, 0) if counts and row.enabled else None,
        "findings": [_told(finding) for finding in findings if finding.rule.id == row.key],
    }


def _told(finding: Finding) -> str:
    example = f" {tell_example(finding.example)}" if finding.example else ""
    return tell_finding(finding) + example


def _tried(number: str, asked: dict[str, Any], names: Any) -> dict[str, Any]:
    """Return what the rules make of the order with this number, or that there is none."""
    if not number:
        return {}
    order = Order.objects.filter(external_number=number).order_by("-pk").first()
    if order is None:
        return {"not_found": True}
    looked = try_on_order(order_id=order.pk, **asked)
    return {"tried": [(each.rule.name, each.seen.value, tell_look(each, names)) for each in looked], "order": order}


@console.own_page("rules/new/", name="new_rule", **PAGE)
def new_rule(request: HttpRequest) -> HttpResponse:
    """Build a new rule."""
    return _builder(request, None)


@console.own_page("rules/<int:key>/", name="rule", **PAGE)
def rule(request: HttpRequest, key: int) -> HttpResponse:
    """Change a rule."""
    row = next((row for row in rows_of(draft_or_active()) if row.key == key), None)
    if row is None:
        raise Http404
    return _builder(request, row)


def _builder(request: HttpRequest, row: Rule | None) -> HttpResponse:
    """Show the builder; a button of the form adds and removes lines, and only “save” changes anything."""
    if request.method != "POST":
        return _show(request, row, _stored(row, _timezone(request)), _plain(row))
    written, do = read_post(request.POST), request.POST.get("do", "")
    plain = _posted(request)
    if do not in ("save", "count"):
        _rearrange(written, do)
        return _show(request, row, written, plain)
    try:
        stated = _stated(written, plain, _timezone(request))
        if do == "count":
            return _show(request, row, written, plain, counted=_count(request, stated, row.key if row else 0))
        saved = save_rule(stated=stated, key=row.key if row else None, **_who(request))
    except DomainError as fault:
        return _show(request, row, written, plain, fault=str(fault), status=422 if do == "save" else 200)
    return _saved(request, saved)


def _saved(request: HttpRequest, saved: SavedRule) -> HttpResponse:
    messages.success(request, _("Saved in the draft. Nothing decides by it until it is published."))
    for finding in saved.findings:
        messages.warning(request, _told(finding))
    return redirect(f"{reverse('console:rules')}#rule-{saved.key}")


def _count(request: HttpRequest, stated: StatedRule, key: int) -> Any:
    who = _who(request)
    return matches_of_recent(tenant_id=who["tenant_id"], rules=[read_stated(stated, key=key)], at=who["at"])


def _stored(row: Rule | None, zone: str) -> Written:
    if row is None:
        return Written(blocks=[Block(rows=[Row(Field.PLATFORM)])])
    return as_written(terms_of(row).condition, timezone=zone)


def _plain(row: Rule | None) -> dict[str, Any]:
    """Return the rest of a stored rule as the form's values."""
    if row is None:
        return {"act": Act.RESTRICT.value, "unserved": UnservedChoice.SMART.value, "enabled": True, "warehouses": [], "channels": []}
    return {
        "name": row.name,
        "act": row.action["act"],
        "warehouses": row.action["warehouse_ids"],
        "channels": row.action["channel_ids"],
        "unserved": row.unserved,
        "enabled": row.enabled,
        "effective_from": row.effective_from.isoformat() if row.effective_from else "",
        "effective_to": row.effective_to.isoformat() if row.effective_to else "",
    }


def _posted(request: HttpRequest) -> dict[str, Any]:
    data = request.POST
    texts = {name: data.get(name, "").strip() for name in ("name", "act", "unserved", "effective_from", "effective_to")}
    ids = {name: [int(value) for value in data.getlist(name) if value.isdecimal()] for name in ("warehouses", "channels")}
    return {**texts, **ids, "enabled": "enabled" in data}


def _stated(written: Written, plain: dict[str, Any], zone: str) -> StatedRule:
    return StatedRule(
        name=plain["name"],
        condition=as_document(written, timezone=zone),
        action={"act": plain["act"], "warehouse_ids": plain["warehouses"], "channel_ids": plain["channels"]},
        unserved=plain["unserved"] if plain["unserved"] in UnservedChoice.values else UnservedChoice.SMART.value,
        enabled=plain["enabled"],
        effective_from=_day(plain["effective_from"]),
        effective_to=_day(plain["effective_to"]),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _rearrange(written: Written, do: str) -> None:
    """Add or remove what a button of the form names: “add:0”, “remove:0.1”, “group”."""
    verb, _sign, place = do.partition(":")
    block, _dot, row = place.partition(".")
    at = int(block) if block.isdecimal() else -1
    if verb == "group":
        written.blocks.append(Block(every=not written.every, rows=[Row(Field.PLATFORM)]))
    elif 0 <= at < len(written.blocks):
        rows = written.blocks[at].rows
        if verb == "add":
            rows.append(Row(Field.PLATFORM))
        elif verb == "remove" and row.isdecimal() and int(row) < len(rows):
            del rows[int(row)]
            if not rows:
                del written.blocks[at]


def _show(
    request: HttpRequest,
    row: Rule | None,
    written: Written,
    plain: dict[str, Any],
    *,
    fault: str = "",
    counted: Any = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "rule": row,
        "plain": plain,
        "fault": fault,
        "counted": counted,
        "matched": sum(counted.first.values()) if counted else 0,
        "builder": shown(written, currency=currency_of(request)),
        "too_deep": row is not None and is_deep(terms_of(row).condition),
        "may_change": covers(request, UseCase.CONFIGURE),
        "acts": [(str(act), words, act == plain["act"]) for act, words in ACTS.items()],
        "warehouses": [
            (each.pk, str(each), each.pk in plain["warehouses"]) for each in Warehouse.objects.filter(active=True).order_by("code")
        ],
        "channels": [(each.pk, str(each), each.pk in plain["channels"]) for each in Channel.objects.filter(active=True).order_by("code")],
        "unserved": [(value, words, value == plain["unserved"]) for value, words in UnservedChoice.choices],
    }
    return own_page_response(request, "console/rule.html", title=row.name if row else _("Add a rule"), status=status, **context)


@console.own_page("rules/order/", name="order_rules", **PAGE)
@require_POST
def order_rules(request: HttpRequest) -> HttpResponse:
    """Put the rules into the order of the form, one of them moved up or down if a button says so."""
    keys = [int(key) for key in request.POST.getlist("key") if key.isdecimal()]
    way, _sign, moved = request.POST.get("move", "").partition(":")
    if moved.isdecimal() and int(moved) in keys:
        at = keys.index(int(moved))
        to = max(0, at - 1) if way == "up" else at + 1
        keys.insert(to, keys.pop(at))
    return _done(request, lambda who: reorder_rules(keys=keys, **who), anchor=moved)


@console.own_page("rules/<int:key>/switch/", name="switch_rule", **PAGE)
@require_POST
def switch_rule(request: HttpRequest, key: int) -> HttpResponse:
    return _done(request, lambda who: set_rule_enabled(key=key, enabled=request.POST.get("on") == "1", **who), anchor=str(key))


@console.own_page("rules/<int:key>/duplicate/", name="duplicate_rule", **PAGE)
@require_POST
def copy_rule(request: HttpRequest, key: int) -> HttpResponse:
    taken = {row.name: row for row in rows_of(draft_or_active())}
    name = next((name for name, row in taken.items() if row.key == key), "")
    free = next(f"{name[:110]} ({number})" for number in range(2, len(taken) + 3) if f"{name[:110]} ({number})" not in taken)
    return _done(request, lambda who: duplicate_rule(key=key, name=free, **who), anchor=str(key))


@console.own_page("rules/<int:key>/archive/", name="archive_rule", **PAGE)
@require_POST
def remove_rule(request: HttpRequest, key: int) -> HttpResponse:
    return _done(request, lambda who: archive_rule(key=key, **who))


@console.own_page("rules/publish/", name="publish_rules", **PAGE)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    comment = request.POST.get("comment", "").strip()
    return _done(
        request, lambda who: publish_rules(comment=comment, **who), said=_("Published: orders are decided by these rules from now on.")
    )


@console.own_page("rules/discard/", name="discard_rules", **PAGE)
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    return _done(request, lambda who: discard_draft(tenant_id=who["tenant_id"]), said=_("The draft is gone; what was in force stays."))


@console.own_page("rules/history/", name="rules_history", **PAGE)
def history(request: HttpRequest) -> HttpResponse:
    """List the versions, newest first."""
    versions = list(RuleSetVersion.objects.order_by("-number")[:MOST_VERSIONS])
    counts = [len(rows_of(version)) for version in versions]
    rows = list(zip(versions, counts, strict=True))
    return own_page_response(
        request, "console/rules_history.html", title=_("Versions of the rules"), rows=rows, may_change=covers(request, UseCase.CONFIGURE)
    )


@console.own_page("rules/restore/<int:number>/", name="restore_rules", **PAGE)
@require_POST
def restore(request: HttpRequest, number: int) -> HttpResponse:
    said = _("Version %(number)s is the draft now: look at it, then publish it.") % {"number": number}
    return _done(request, lambda who: restore_rules(number=number, **who), said=said)


def _done(request: HttpRequest, deed: Any, *, said: str = "", anchor: str = "") -> HttpResponse:
    """Do something to the draft, and go back to the list with what there is to say."""
    try:
        deed(_who(request))
    except DomainError as fault:
        messages.error(request, str(fault))
    else:
        if said:
            messages.success(request, said)
    return redirect(reverse("console:rules") + (f"#rule-{anchor}" if anchor else ""))
