"""The three steps by which operators set up smart allocation (智能分仓), as a form; and the draft that it makes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allocation.core.strategies import DEFAULT_WAREHOUSE, EXCEPTION, Fallback, Objective, Scope, StrategyDraft, TagRestriction, Terms
from allocation.models import Strategy
from allocation.strategy_models import OBJECTIVE_NAMES
from carriers.models import Channel
from inventory.models import Warehouse
from orders.models import Store
from wms.tenancy.models import Seller
from wms.values.money import from_minor, to_minor

type Choices = list[tuple[Any, Any]]

METRES_A_KM = 1000
FALLBACKS = 3
ANY = "*"
_THEN = (_("when nothing serves"), _("then"), _("and then"))
MANY: dict[str, Any] = {"required": False, "coerce": int, "widget": forms.CheckboxSelectMultiple}
MONEY: dict[str, Any] = {"required": False, "min_value": 0, "max_digits": 12}
MONEY_TERMS = ("late_day_price", "split_price", "least_split_value", "most_over_cheapest")


class StrategyForm(forms.Form):
    """A strategy in three steps. Make it inside the tenant's scope; amounts are in the tenant's `currency`."""

    name = forms.CharField(label=_("name"), max_length=120)
    active = forms.BooleanField(label=_("switched on"), required=False)
    objective = forms.ChoiceField(label=_("what is best"), choices=OBJECTIVE_NAMES, widget=forms.RadioSelect)
    late_day_price = forms.DecimalField(label=_("price of a day late"), **MONEY)
    split_price = forms.DecimalField(label=_("price of a split"), **MONEY)

    warehouses = forms.TypedMultipleChoiceField(label=_("warehouses"), **MANY)
    channels = forms.TypedMultipleChoiceField(label=_("channels"), **MANY)
    most_shipments = forms.IntegerField(
        label=_("most shipments of an order"), min_value=1, max_value=8, help_text=_("1: an order is never split.")
    )
    least_split_value = forms.DecimalField(label=_("least value of each half of a split"), **MONEY)
    most_distance_km = forms.IntegerField(label=_("farthest, in kilometres"), required=False, min_value=1, max_value=25_000)
    most_over_cheapest = forms.DecimalField(label=_("most above the cheapest"), **MONEY)
    promise_is_hard = forms.BooleanField(label=_("never later than promised"), required=False)
    same_day = forms.BooleanField(label=_("only warehouses that still ship today"), required=False)
    restrictions = forms.CharField(
        label=_("goods that may not ship so"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: tag, warehouse code or *, channel code or *. Such as: battery, *, AIR"),
    )
    keep_back_units = forms.IntegerField(label=_("units kept back beyond the safety stock"), min_value=0, max_value=1_000_000)

    sellers = forms.TypedMultipleChoiceField(label=_("sellers"), **MANY)
    stores = forms.TypedMultipleChoiceField(label=_("stores"), **MANY)
    platforms = forms.MultipleChoiceField(label=_("platforms"), required=False, widget=forms.CheckboxSelectMultiple)
    countries = forms.CharField(label=_("countries"), required=False, max_length=200, help_text=_("Two letters each, such as US CA."))
    priority = forms.IntegerField(
        label=_("priority"), min_value=0, max_value=100_000, help_text=_("The smaller number decides between equals.")
    )
    comment = forms.CharField(label=_("comment on this change"), required=False, max_length=200)

    def __init__(self, *args: Any, currency: str, strategy_id: int | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._currency = currency
        stores = list(Store.objects.select_related("seller").order_by("seller__name", "name"))
        choices: dict[str, Choices] = {
            "warehouses": [(row.pk, str(row)) for row in Warehouse.objects.filter(active=True).order_by("code")],
            "channels": [(row.pk, str(row)) for row in Channel.objects.filter(active=True).order_by("code")],
            "sellers": [(row.pk, row.name) for row in Seller.objects.order_by("name")],
            "stores": [(row.pk, _store_name(row)) for row in stores],
            "platforms": [(name, name) for name in sorted({row.platform for row in stores})],
        }
        for place in range(1, FALLBACKS + 1):
            self.fields[fallback_name(place)] = forms.ChoiceField(required=False, label=_THEN[place - 1])
            choices[fallback_name(place)] = _fallbacks(strategy_id)
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in MONEY_TERMS:
            try:
                cleaned[name] = _minor(cleaned.get(name), self._currency)
            except ValueError:
                self.add_error(name, _("This amount is finer than the currency's smallest unit."))
        return cleaned

    def clean_restrictions(self) -> tuple[TagRestriction, ...]:
        lines = [line.strip() for line in self.cleaned_data["restrictions"].splitlines()]
        return tuple(_restriction(line) for line in lines if line)

    def draft(self) -> StrategyDraft:
        """Return what a valid form asks for."""
        asked = self.cleaned_data
        distance = asked["most_distance_km"]
        return StrategyDraft(
            name=asked["name"],
            active=asked["active"],
            priority=asked["priority"],
            warehouse_ids=tuple(sorted(asked["warehouses"])),
            channel_ids=tuple(sorted(asked["channels"])),
            scope=Scope(
                store_ids=tuple(sorted(asked["stores"])),
                seller_ids=tuple(sorted(asked["sellers"])),
                platforms=tuple(sorted(asked["platforms"])),
                countries=tuple(sorted({code.upper() for code in asked["countries"].replace(",", " ").split()})),
            ),
            terms=Terms(
                objective=Objective(asked["objective"]),
                late_day_price_minor=asked["late_day_price"] or 0,
                split_price_minor=asked["split_price"] or 0,
                most_shipments=asked["most_shipments"],
                least_split_value_minor=asked["least_split_value"] or 0,
                most_distance_m=None if distance is None else distance * METRES_A_KM,
                most_over_cheapest_minor=asked["most_over_cheapest"],
                promise_is_hard=asked["promise_is_hard"],
                same_day=asked["same_day"],
                keep_back_units=asked["keep_back_units"],
                restrictions=asked["restrictions"],
            ),
            fallbacks=self._asked_fallbacks(),
        )

    def _asked_fallbacks(self) -> tuple[Fallback, ...]:
        asked = [self.cleaned_data[fallback_name(place)] for place in range(1, FALLBACKS + 1)]
        named: list[Fallback] = [value if value in {DEFAULT_WAREHOUSE, EXCEPTION} else int(value) for value in asked if value]
        return tuple(dict.fromkeys(named))


def values_of(draft: StrategyDraft, *, currency: str) -> dict[str, Any]:
    """Return the form's values for a draft."""
    terms = draft.terms
    values: dict[str, Any] = {
        "name": draft.name,
        "active": draft.active,
        "priority": draft.priority,
        "warehouses": list(draft.warehouse_ids),
        "channels": list(draft.channel_ids),
        "sellers": list(draft.scope.seller_ids),
        "stores": list(draft.scope.store_ids),
        "platforms": list(draft.scope.platforms),
        "countries": " ".join(draft.scope.countries),
        "objective": terms.objective.value,
        "late_day_price": _shown(terms.late_day_price_minor or None, currency),
        "split_price": _shown(terms.split_price_minor or None, currency),
        "most_shipments": terms.most_shipments,
        "least_split_value": _shown(terms.least_split_value_minor or None, currency),
        "most_distance_km": None if terms.most_distance_m is None else terms.most_distance_m // METRES_A_KM,
        "most_over_cheapest": _shown(terms.most_over_cheapest_minor, currency),
        "promise_is_hard": terms.promise_is_hard,
        "same_day": terms.same_day,
        "keep_back_units": terms.keep_back_units,
        "restrictions": _restrictions_shown(terms.restrictions),
    }
    return values | {fallback_name(place): fallback for place, fallback in enumerate(draft.fallbacks[:FALLBACKS], start=1)}


def fallback_name(place: int) -> str:
    """Return the field's name of the place-th thing to try when nothing serves."""
    return f"fallback_{place}"


def _store_name(store: Store) -> str:
    return store.name if store.seller.name in store.name else f"{store.seller.name} · {store.name}"


def _fallbacks(strategy_id: int | None) -> Choices:
    others = Strategy.objects.exclude(pk=strategy_id).order_by("name").values_list("pk", "name")
    return [("", "—"), (DEFAULT_WAREHOUSE, _("default warehouse")), (EXCEPTION, _("exception order")), *others]


def _restriction(line: str) -> TagRestriction:
    parts = [part.strip() for part in line.replace("，", ",").split(",")]
    if len(parts) != len(("tag", "warehouse", "channel")) or not parts[0]:
        raise forms.ValidationError(_("“%(line)s” is not a tag, a warehouse and a channel with commas between."), params={"line": line})
    tag, warehouse, channel = parts
    return TagRestriction(tag=tag, warehouse_id=_id_of(Warehouse, warehouse), channel_id=_id_of(Channel, channel))


def _id_of(model: type[Warehouse | Channel], code: str) -> int | None:
    if code in {"", ANY}:
        return None
    found: int | None = model.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        params = {"kind": model._meta.verbose_name, "code": code}
        raise forms.ValidationError(_("There is no %(kind)s with the code %(code)s."), params=params)
    return found


def _restrictions_shown(restrictions: tuple[TagRestriction, ...]) -> str:
    warehouses = dict(Warehouse.objects.values_list("pk", "code"))
    channels = dict(Channel.objects.values_list("pk", "code"))
    return "\n".join(
        f"{ban.tag}, {warehouses.get(ban.warehouse_id or 0, ANY)}, {channels.get(ban.channel_id or 0, ANY)}" for ban in restrictions
    )


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else to_minor(amount, currency)


def _shown(amount_minor: int | None, currency: str) -> Decimal | None:
    return None if amount_minor is None else from_minor(amount_minor, currency)
