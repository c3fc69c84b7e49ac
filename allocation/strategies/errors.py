"""Why a strategy can't be saved as somebody wished, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class StrategyNotFound(DomainError):
    code = "strategy_not_found"
    sentence = _("There is no smart allocation setting %(strategy_id)s.")


class StrategyVersionUnknown(DomainError):
    code = "strategy_version_unknown"
    sentence = _("“%(name)s” has no version %(number)s: choose one of those in its history.")


class StrategyChanged(DomainError):
    code = "strategy_changed"
    sentence = _("“%(name)s” was changed meanwhile: it is at version %(version)s. Look at it again before you save.")


class StrategyWithoutName(DomainError):
    code = "strategy_without_name"
    sentence = _("The setting has no name: give it one of at most 120 characters.")


class StrategyNameTaken(DomainError):
    code = "strategy_name_taken"
    sentence = _("There is a setting “%(name)s” already: choose another name, or change that one.")


class StrategyWithoutWarehouse(DomainError):
    code = "strategy_without_warehouse"
    sentence = _("“%(name)s” names no warehouse: choose at least one that it may ship from.")


class StrategyWithoutChannel(DomainError):
    code = "strategy_without_channel"
    sentence = _("“%(name)s” names no channel: choose at least one that it may ship by.")


class StrategyWithoutLane(DomainError):
    code = "strategy_without_lane"
    sentence = _("“%(name)s” could never ship: none of its warehouses ships by any of its channels. Choose a channel of one of them.")


class StrategyNamesUnknown(DomainError):
    code = "strategy_names_unknown"
    sentence = _("“%(name)s” names what is not there: %(kind)s %(unknown)s. Take it out, or choose one of this company's.")


class StrategyCountryUnknown(DomainError):
    code = "strategy_country_unknown"
    sentence = _("“%(country)s” is no country's code: write two capital letters, like US.")


class StrategyLimitInvalid(DomainError):
    code = "strategy_limit_invalid"
    sentence = _("%(limit)s: %(value)s is not between %(least)s and %(most)s.")


class StrategyWeighsNothing(DomainError):
    code = "strategy_weighs_nothing"
    sentence = _("“%(name)s” weighs days and splits, but both cost nothing: set a price for one of them, or choose lowest cost.")


class StrategyBanEmpty(DomainError):
    code = "strategy_ban_empty"
    sentence = _("A restriction of goods needs a tag, and a warehouse or a channel that they may not use.")


class StrategyFallbackCircular(DomainError):
    code = "strategy_fallback_circular"
    sentence = _("The fallbacks run in a circle: %(circle)s. Take one of these steps out.")


class StrategyFallbackUnreachable(DomainError):
    code = "strategy_fallback_unreachable"
    sentence = _("“%(name)s” tries nothing after it has given up: put “exception” last, and each step only once.")
