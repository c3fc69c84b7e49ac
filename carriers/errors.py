"""Why prices are not taken."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from carriers.core.documents import DocumentError
from wms.errors import DomainError


class PricesRefused(DomainError):
    """What the carriers' room does not take."""


class ChannelUnknown(PricesRefused):
    code = "channel_unknown"
    sentence = _("There is no channel “%(channel)s”.")


class MarkupUnreadable(PricesRefused):
    code = "markup_unreadable"
    sentence = _("“%(value)s” is no per cent of −100 to 1,000 with at most three decimals, nor one for a channel such as GROUND: -5.")


class NoRateCardInForce(PricesRefused):
    code = "no_rate_card_in_force"
    sentence = _("Channel “%(channel)s” has no rate card in force on %(day)s.")


class CarrierUnknown(PricesRefused):
    code = "carrier_unknown"
    sentence = _("There is no carrier “%(carrier)s”.")


class ZoneChartUnknown(PricesRefused):
    code = "zone_chart_unknown"
    sentence = _("The channel's carrier has no zone chart “%(chart)s”.")


class DocumentRefused(PricesRefused):
    """A rate card or zone chart that carriers.core can't read; `faults` are (path, code, text)."""

    def __init__(self, fault: DocumentError) -> None:
        super().__init__(count=len(fault.faults), first=str(fault.faults[0]))
        self.faults: Sequence[tuple[str, str, str]] = [(one.path, one.code, one.value) for one in fault.faults]


class RateCardInvalid(DocumentRefused):
    code = "rate_card_invalid"
    sentence = _("The rate card has %(count)s faults. The first: %(first)s")


class ZoneChartInvalid(DocumentRefused):
    code = "zone_chart_invalid"
    sentence = _("The zone chart has %(count)s faults. The first: %(first)s")


class AreaListInvalid(DocumentRefused):
    code = "area_list_invalid"
    sentence = _("The list of areas has %(count)s faults. The first: %(first)s")


class ZoneChartCodeTaken(PricesRefused):
    code = "zone_chart_code_taken"
    sentence = _("The carrier has another zone chart called “%(chart)s”; a chart never changes, so give this one a name of its own.")


class ZonesForeign(PricesRefused):
    code = "zones_foreign"
    sentence = _("The rate card's zones (%(card)s) and the zone chart's (%(chart)s) have nothing in common.")


class RateCardOverlaps(PricesRefused):
    code = "rate_card_overlaps"
    sentence = _("The rate card ends on %(until)s, but the next one begins on %(next)s already.")


class RateCardLeavesGap(PricesRefused):
    code = "rate_card_leaves_gap"
    sentence = _("The rate card ends on %(until)s, and the one that it replaces would not come back: publish it without an end.")


class RateInvalid(PricesRefused):
    code = "rate_invalid"
    sentence = _("%(value)s is not between %(least)s and %(most)s.")


class FxRateUnusable(PricesRefused):
    code = "fx_rate_unusable"
    sentence = _("%(rate)s is no exchange rate from %(source)s to %(target)s: it is above zero and has at most ten digits.")


class DetailsUnreadable(PricesRefused):
    code = "details_unreadable"
    sentence = _("%(path)s is not a JSON object: %(cause)s")
