from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class SelectionUnknown(DomainError):
    code = "selection_unknown"
    sentence = _("There is nothing to export by the name “%(value)s”.")


class FormatUnknown(DomainError):
    code = "format_unknown"
    sentence = _("A file is written as CSV or as XLSX, not as “%(value)s”.")


class TooManyExports(DomainError):
    code = "too_many_exports"
    sentence = _("%(count)s of your exports are not finished yet: wait for one, or cancel one.")


class ExportGone(DomainError):
    code = "export_gone"
    sentence = _("There is no such export any more: it was cancelled, removed after its time, or is not yours.")


class SheetTooShort(DomainError):
    code = "sheet_too_short"
    sentence = _("%(rows)s rows do not fit into a sheet of XLSX, which ends at %(most)s: take CSV.")


class ExportBroke(DomainError):
    code = "export_broke"
    sentence = _("The file could not be written; the fault is in the log.")
