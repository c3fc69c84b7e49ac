"""What may be wrong with a what-if run."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class SimulationNotFound(DomainError):
    code = "simulation_not_found"
    sentence = _("There is no such simulation.")


class SimulationEmpty(DomainError):
    code = "simulation_empty"
    sentence = _("Nothing differs from what is in force: change a setting, or try the draft of the rules.")


class SimulationDays(DomainError):
    code = "simulation_days"
    sentence = _("The last day, %(until)s, must not come before the first, %(since)s.")


class SimulationNotDone(DomainError):
    code = "simulation_not_done"
    sentence = _("This simulation has not run to its end: only what was seen through is put in force.")
