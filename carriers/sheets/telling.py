"""What a file would change, and what is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from carriers.sheets.difference import MOST_EXAMPLES, Difference, Items, PriceChange
from carriers.sheets.faults import Faults

SHOWN_NAMES: Final = 6
SHOWN_FAULTS: Final = 40


def tell_faults(faults: Faults) -> Iterator[str]:
    """Yield a line for each fault, the first ones of many."""
    yield ngettext("%(count)s fault:", "%(count)s faults:", faults.count) % {"count": f"{faults.count:,}"}
    yield from (f"  {fault}" for fault in faults.found[:SHOWN_FAULTS])
    if faults.count > SHOWN_FAULTS:
        yield "  …"


def tell_difference(difference: Difference) -> Iterator[str]:
    """Yield what would change, a line each."""
    if difference.since is None:
        yield _("No version is in force: everything is new.")
    else:
        yield _("Compared with the version in force since %(day)s:") % {"day": difference.since.isoformat()}
    yield from (f"  {line}" for line in _lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    if difference.prices:
        yield from _prices(difference)
    yield from _items(_("weights"), difference.rows)
    yield from _items(_("zones"), difference.zones)
    language = get_language() or "en"
    for word, before, after in difference.terms:
        yield f"{word.text(language)}: {before or '–'} → {after or '–'}"
    yield from _items(_("discount by weight"), difference.discounts)
    yield from _items(_("surcharges"), difference.surcharges)
    yield from _items(_("restrictions"), difference.restrictions)
    yield from _items(_("transit days"), difference.transit_days)
    yield from _items(_("zone chart"), difference.chart)
    for code, items in difference.areas.items():
        yield from _items(_("list %(code)s") % {"code": code}, items)
    yield from _items(_("fuel surcharge"), difference.fuel)
    if difference.since is not None and not difference:
        yield _("nothing")


def _prices(difference: Difference) -> Iterator[str]:
    if difference.since is None or difference.currency:
        yield _("prices: %(count)s") % {"count": f"{difference.prices:,}"}
    elif not difference.changes:
        yield _("prices: %(count)s, none of them changed") % {"count": f"{difference.prices:,}"}
    else:
        counts = {"changed": f"{len(difference.changes):,}", "count": f"{difference.prices:,}"}
        yield _("prices: %(changed)s of %(count)s changed") % counts
    extremes = difference.extremes()
    if extremes:
        yield _("least: %(change)s") % {"change": _change(extremes[0])}
        yield _("most: %(change)s") % {"change": _change(extremes[1])}
    yield from (f"  {_change(change)}" for change in difference.changes[:MOST_EXAMPLES] if len(difference.changes) <= MOST_EXAMPLES)


def _change(change: PriceChange) -> str:
    percent = f" ({change.percent:+} %)" if change.percent is not None else ""
    place = _("zone %(zone)s up to %(weight)s") % {"zone": change.zone, "weight": change.not_over or "∞"}
    return f"{place}: {change.before} → {change.after}{percent}"


def _items(name: str, items: Items) -> Iterator[str]:
    for count, sentence in (
        (items.added, _("%(name)s: %(count)s added (%(which)s)")),
        (items.removed, _("%(name)s: %(count)s removed (%(which)s)")),
        (items.changed, _("%(name)s: %(count)s changed (%(which)s)")),
    ):
        if count:
            yield sentence % {"name": name, "count": f"{len(count):,}", "which": _some(count)}


def _some(names: Sequence[str]) -> str:
    return ", ".join([*(name or "∞" for name in names[:SHOWN_NAMES]), *(["…"] if len(names) > SHOWN_NAMES else [])])


def tell_ignored(names: Iterable[str]) -> Iterator[str]:
    """Yield which sheets were not read, if any."""
    listed = ", ".join(names)
    if listed:
        yield _("Sheets not read, since their names are none of ours: %(sheets)s") % {"sheets": listed}
